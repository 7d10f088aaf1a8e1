//! What the reports say about where their images were built from.

use std::collections::BTreeMap;

use super::{Options, scan::Report};
use crate::{
    collection::{Metadata, ReportDir},
    db::ImageSource,
    image::{
        Evidence, EvidenceKind, Info, InfoError, Labels, LocalGit, RegistryPrefix, choose,
        from_info, host_key, known_prefixes, unsanitise,
    },
    problems::Problem,
};

/// The registries whose names are certain.
pub(super) fn prefixes(options: &Options) -> Vec<RegistryPrefix> {
    let mut prefixes = known_prefixes();
    prefixes.extend(options.registry_prefixes.iter().cloned());
    prefixes
}

/// The name of an image as the registry knows it, where that is certain.
pub(super) fn image_name(sanitised: &str, options: &Options) -> String {
    unsanitise(sanitised, &prefixes(options)).unwrap_or_else(|| sanitised.to_owned())
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

/// What the labels of images say, by image.
pub(super) fn of_labels<'a>(
    images: impl IntoIterator<Item = (&'a String, &'a Labels)>,
) -> BTreeMap<String, Evidence> {
    let of = |(image, labels): (&String, &Labels)| Some((image.clone(), labels.evidence()?));
    images.into_iter().filter_map(of).collect()
}

/// All that is said about a report: by itself, and by its image's labels.
fn of_both<'a>(
    report: &'a Report,
    labels: &'a BTreeMap<String, Evidence>,
) -> impl Iterator<Item = &'a Evidence> {
    report.evidence.iter().chain(labels.get(&report.row.image))
}

/// The rows of one report.
pub(super) fn image_sources<'a>(
    report: &'a Report,
    labels: &'a BTreeMap<String, Evidence>,
) -> impl Iterator<Item = ImageSource> {
    of_both(report, labels).map(|e| image_source(&report.row.image, e))
}

/// The best word about a build, of all that is said about its reports.
pub(super) fn best<'a>(
    reports: impl Iterator<Item = &'a Report>,
    labels: &BTreeMap<String, Evidence>,
) -> Option<ImageSource> {
    let rows: Vec<Evidence> = reports.flat_map(|r| of_both(r, labels).cloned()).collect();
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
