//! What images say about themselves, from their registries.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_remote::registry::{
    Client, CredentialError, Credentials, ImageName, RegistryFailure, Settings,
};
use rayon::prelude::*;

use super::{Options, evidence, scan::Scan};
use crate::{
    image::Labels,
    problems::{Problem, chain},
};

/// How to ask registries.
#[derive(Debug)]
pub struct Inspection {
    /// Logins.
    pub credentials: Credentials,
    /// Files of logins that cannot be used; only told of when a registry is asked.
    pub unusable: Vec<CredentialError>,
    /// Images that are asked for at once.
    pub n_threads: usize,
}

/// What registries said.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    /// By image, as the reports name it.
    pub(super) found: BTreeMap<String, Labels>,
    /// Images about which nothing could be had.
    pub(super) failed: usize,
    /// Notes about them.
    pub(super) notes: Vec<Problem>,
}

/// Asks for the images of all reports that are not in `known`.
///
/// Only names that are certain are ever sent anywhere. A failure is a note, and the image is asked
/// for again the next time; of a server that cannot be reached there is one note.
pub(super) fn inspect(
    scan: &Scan,
    options: &Options,
    known: &BTreeMap<String, Labels>,
) -> Inspected {
    let Some(inspection) = &options.inspection else { return Inspected::default() };
    // Names are written by any node of the cluster: only registries that covatlas or the user knows
    // are asked.
    let prefixes = evidence::prefixes(options);
    let is_certain = |image: &str| prefixes.iter().any(|p| image.starts_with(&p.registry));
    let images: BTreeSet<&str> = scan.reports.iter().map(|r| r.row.image.as_str()).collect();
    let wanted =
        images.into_iter().filter(|image| !known.contains_key(*image) && is_certain(image));
    let wanted: Vec<ImageName> = wanted.filter_map(ImageName::parse).collect();
    if wanted.is_empty() {
        return Inspected::default();
    }
    tracing::info!(images = wanted.len(), "asking registries");
    let mut inspected = ask(interleaved(wanted), inspection).unwrap_or_else(|err| {
        let note = Problem::note("image", "registries").caused_by(&err);
        let notes = vec![note.remedy("compile again with a smaller --max-concurrency")];
        Inspected { notes, ..Inspected::default() }
    });
    let unusable = inspection.unusable.iter().map(|err| {
        let note = Problem::note("login", "registries").caused_by(err);
        note.remedy("correct it, or name another one with --registry-config FILE")
    });
    inspected.notes.extend(unusable);
    inspected
}

/// The images with one of each registry in front, so that several that are silent are waited for
/// at the same time.
fn interleaved(images: Vec<ImageName>) -> Vec<ImageName> {
    let mut by_host: BTreeMap<String, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, ImageName)> = images
        .into_iter()
        .map(|image| {
            let rank = by_host.entry(image.host().to_owned()).or_default();
            *rank = rank.saturating_add(1);
            (*rank, image)
        })
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(_, image)| image).collect()
}

fn ask(
    images: Vec<ImageName>,
    inspection: &Inspection,
) -> Result<Inspected, rayon::ThreadPoolBuildError> {
    let client = Client::new(inspection.credentials.clone(), Settings::default());
    let threads = rayon::ThreadPoolBuilder::new().num_threads(inspection.n_threads.max(1));
    let threads = threads.build()?;
    let one = |image: ImageName| {
        tracing::debug!(image = image.to_string(), "asking");
        let result = client.inspect(&image);
        (image, result)
    };
    // One by one: a thread's share, given in advance, would put images of one registry behind
    // each other.
    let results: Vec<(ImageName, Result<_, RegistryFailure>)> =
        threads.install(|| images.into_par_iter().with_max_len(1).map(one).collect());
    let (mut inspected, mut failures) = (Inspected::default(), Failures::new());
    for (image, result) in results {
        match result {
            Ok(config) => {
                let labels = Labels::of_config(config.labels, &config.env);
                inspected.found.insert(image.to_string(), labels);
            }
            Err(failure) => {
                inspected.failed = inspected.failed.saturating_add(1);
                let item = if failure.is_of_server() {
                    image.host().to_owned()
                } else {
                    format!("{}/{}", image.host(), image.repository())
                };
                failures.entry((item, failure)).or_default().push(image);
            }
        }
    }
    inspected.notes = failures.into_iter().map(note).collect();
    Ok(inspected)
}

/// Images by what failed: the registry, or else the repository, and why.
type Failures = BTreeMap<(String, RegistryFailure), Vec<ImageName>>;

fn note(((item, failure), images): ((String, RegistryFailure), Vec<ImageName>)) -> Problem {
    let (item, cause) = match images.as_slice() {
        [image] => (image.to_string(), chain(&failure)),
        images => (item, format!("{}; nothing is known about {} images", failure, images.len())),
    };
    Problem::note("image", item).because(cause).remedy(failure.remedy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_image_of_each_registry_comes_first() {
        let name =
            |text: &str| ImageName::parse(&format!("{text}@sha256:{}", "0".repeat(64))).unwrap();
        let images = ["a.io/1", "a.io/2", "a.io/3", "b.io/1", "b.io/2", "c.io/1"].map(name);
        let order: Vec<String> = interleaved(images.to_vec())
            .iter()
            .map(|image| format!("{}/{}", image.host(), image.repository()))
            .collect();
        assert_eq!(order, ["a.io/1", "b.io/1", "c.io/1", "a.io/2", "b.io/2", "a.io/3"]);
    }
}
