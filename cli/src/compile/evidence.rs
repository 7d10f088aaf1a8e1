//! What the reports say about where their images were built from.

use super::{Options, scan::Report};
use crate::{
    collection::{Metadata, ReportDir},
    db::ImageSource,
    image::{
        Evidence, EvidenceKind, Info, InfoError, LocalGit, choose, from_info, host_key,
        known_prefixes, unsanitise,
    },
    problems::Problem,
};

/// The name of an image as the registry knows it, where that is certain.
pub(super) fn image_name(sanitised: &str, options: &Options) -> String {
    let mut prefixes = known_prefixes();
    prefixes.extend(options.registry_prefixes.iter().cloned());
    unsanitise(sanitised, &prefixes).unwrap_or_else(|| sanitised.to_owned())
}

/// Everything that is said about where a report was built from.
pub(super) fn of_report(
    dir: &ReportDir,
    metadata: &Metadata,
    options: &Options,
    problems: &mut Vec<Problem>,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let image = &metadata.container.image;
    let names = if metadata.host_process {
        vec![host_key(&metadata.binary_name)]
    } else {
        vec![image.clone(), image_name(image, options)]
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some((repo, commit)) = options.mapping.find(&names) {
        evidence.push(Evidence {
            kind: EvidenceKind::Mapping,
            repo: repo.clone(),
            commit: Some(commit.clone()),
            software_group: None,
            software_key: None,
        });
    }
    let path = dir.file("info.json");
    match Info::read(&path) {
        Ok(info) => evidence.extend(from_info(&info, LocalGit::Deny)),
        // Most reports have none, and `verify` names one that cannot be read.
        Err(InfoError::Io(_)) => {}
        Err(err) => problems.push(
            Problem::note("info.json", dir.name())
                .at(&path)
                .caused_by(&err)
                .remedy("its source is then found through the image or the module"),
        ),
    }
    evidence
}

/// The rows of one report.
pub(super) fn image_sources(report: &Report) -> Vec<ImageSource> {
    report.evidence.iter().map(|e| image_source(&report.row.image, e)).collect()
}

/// The best word about a build, of all that its reports say.
pub(super) fn best<'a>(reports: impl Iterator<Item = &'a Report>) -> Option<ImageSource> {
    let all: Vec<(&str, &Evidence)> =
        reports.flat_map(|r| r.evidence.iter().map(|e| (r.row.image.as_str(), e))).collect();
    let rows: Vec<Evidence> = all.iter().map(|(_, e)| (*e).clone()).collect();
    choose(&rows).map(|evidence| image_source("", evidence))
}

fn image_source(image: &str, evidence: &Evidence) -> ImageSource {
    ImageSource {
        image: image.to_owned(),
        evidence: evidence.kind.to_string(),
        url: evidence.repo.to_string(),
        repo: evidence.repo.slug(),
        commit: evidence.commit.as_ref().map(|c| c.as_str().to_owned()).unwrap_or_default(),
    }
}
