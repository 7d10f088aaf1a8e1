//! Which builds must be decoded: those whose input is not the one their rows were computed from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Options,
    digest::Digest,
    scan::{Report, Scan, ScannedBuild},
};
use crate::{
    db::{OwnerKey, ReportRow},
    profile::Combine,
    selection::{Field, Selection},
};

/// Raised whenever the same files would give other rows: all builds are then decoded again.
const DECODER: u32 = 4;

/// What is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    /// Builds to decode, sorted by hash.
    pub(super) changed: Vec<PlannedBuild>,
    /// Hashes of builds whose rows stay.
    pub(super) unchanged: BTreeSet<String>,
    /// Hashes of builds that are in the database but in no report any more.
    pub(super) gone: Vec<String>,
}

/// A build to decode.
#[derive(Debug)]
pub(super) struct PlannedBuild {
    /// Who has it.
    pub(super) scanned: ScannedBuild,
    /// The digest of its input.
    pub(super) input: String,
}

impl Plan {
    /// Compares the inputs of all builds with those in the database (by hash).
    pub(super) fn new(
        scan: &Scan,
        excluded: &[String],
        options: &Options,
        mut stored: BTreeMap<String, String>,
    ) -> Self {
        let mut plan = Self { changed: Vec::new(), unchanged: BTreeSet::new(), gone: Vec::new() };
        for scanned in &scan.builds {
            let hash = scanned.hash.to_string();
            let input = input(scan, scanned, excluded, options.combine);
            let is_same = stored.remove(&hash).is_some_and(|stored| stored == input);
            if is_same && !is_forced(scan, scanned, options.update.as_ref()) {
                plan.unchanged.insert(hash);
            } else {
                plan.changed.push(PlannedBuild { scanned: scanned.clone(), input });
            }
        }
        plan.gone = stored.into_keys().collect();
        plan
    }

    /// Positions of the reports that have a build to decode.
    pub(super) fn reports(&self) -> BTreeSet<usize> {
        let builds = self.changed.iter();
        builds.flat_map(|b| b.scanned.owners.values().flatten().copied()).collect()
    }
}

/// Whether the user wants some report of the build decoded again.
fn is_forced(scan: &Scan, build: &ScannedBuild, update: Option<&Selection>) -> bool {
    let Some(update) = update else { return false };
    let reports = build.owners.values().flatten().filter_map(|idx| scan.reports.get(*idx));
    reports.into_iter().any(|report| is_selected(scan, build, report, update))
}

fn is_selected(scan: &Scan, build: &ScannedBuild, report: &Report, update: &Selection) -> bool {
    let owner = report.owner.and_then(|owner| scan.owners.get(owner));
    let hash = build.hash.to_string();
    is_wanted(update, &report.row, owner.map(|(key, _)| key), &[&hash])
}

/// Whether the user's selection has a report with these builds.
pub(super) fn is_wanted(
    update: &Selection,
    row: &ReportRow,
    owner: Option<&OwnerKey>,
    builds: &[&str],
) -> bool {
    update.matches(|field| {
        let value = match field {
            Field::Cluster => &row.cluster,
            Field::Namespace => &row.namespace,
            Field::Kind => &owner?.kind,
            Field::Owner => &owner?.name,
            Field::Pod => &row.pod,
            Field::Node => &row.hostname,
            Field::Container => &row.container,
            Field::Image => &row.image,
            Field::Binary => &row.binary,
            Field::Key => return Some(vec![owner?.text().into()]),
            Field::Build => return Some(builds.iter().copied().map(Cow::from).collect()),
            Field::Label => return Some(row.labels.iter().map(Cow::from).collect()),
            Field::Repo | Field::Path | Field::Func => return None,
        };
        Some(vec![Cow::from(value)])
    })
}

/// A digest of everything that a build's rows depend on: its reports, owners, and the options.
fn input(scan: &Scan, build: &ScannedBuild, excluded: &[String], combine: Combine) -> String {
    let mut digest = Digest::default();
    digest.add(&format!("{DECODER} {combine:?} {excluded:?}"));
    for (owner, reports) in &build.owners {
        if let Some((key, evidence)) = scan.owners.get(*owner) {
            digest.add(&format!("{key:?} {evidence}"));
        }
        for report in reports.iter().filter_map(|idx| scan.reports.get(*idx)) {
            digest.add(&report.row.listing);
        }
    }
    digest.finish()
}
