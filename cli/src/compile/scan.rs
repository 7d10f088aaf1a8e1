//! Reports, their owners and the headers of their files.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use covdata::{DecodeError, MetaHash};
use rayon::prelude::*;

use super::{
    Options, evidence,
    listing::{Counters, Files, Meta, digest, list, read_files},
    plan,
};
use crate::{
    collection::{Metadata, ReportDir},
    db::{KnownReports, MetaHomes, OwnerKey, ReportRow},
    image::{Evidence, host_key},
    label::Label,
    owner::by_prefix,
    problems::{Problem, Problems, Severity},
    timestamp::Timestamp,
};

/// All reports of a collection, before any counter is read.
#[derive(Debug)]
pub(super) struct Scan {
    /// Reports, sorted by folder.
    pub(super) reports: Vec<Report>,
    /// Owners with their evidence, sorted by key.
    pub(super) owners: Vec<(OwnerKey, String)>,
    /// Builds, sorted by hash.
    pub(super) builds: Vec<ScannedBuild>,
    /// What went wrong so far.
    pub(super) problems: Problems,
    /// The reports, by folder, that had the meta files of builds the last time or before.
    pub(super) last_homes: MetaHomes,
}

/// One report.
#[derive(Debug)]
pub(super) struct Report {
    /// Its row.
    pub(super) row: ReportRow,
    /// Its folder.
    dir: ReportDir,
    /// Position in [`Scan::owners`]; `None` when it has no usable file.
    pub(super) owner: Option<usize>,
    /// The builds that its files belong to.
    pub(super) hashes: BTreeSet<MetaHash>,
    /// What its files are. `None`: they are those of the last time, and nobody looked into them.
    pub(super) files: Option<Files>,
    /// What says where it was built from.
    pub(super) evidence: Vec<Evidence>,
}

impl Report {
    /// The report in the words of the cluster: `namespace/pod/container/binary`.
    pub(super) fn label(&self) -> String {
        label(&self.row)
    }

    /// The path of one of its files.
    pub(super) fn file(&self, name: &str) -> Utf8PathBuf {
        self.dir.file(name)
    }

    /// Its meta files of a build; none when nobody looked into its files.
    pub(super) fn metas(&self, hash: MetaHash) -> impl Iterator<Item = &Meta> {
        let metas = self.files.iter().flat_map(|f| &f.metas);
        metas.filter(move |m| m.hash == hash)
    }

    /// Its counter files of a build; none when nobody looked into its files.
    pub(super) fn counters(&self, hash: MetaHash) -> impl Iterator<Item = &Counters> {
        let counters = self.files.iter().flat_map(|f| &f.counters);
        counters.filter(move |c| c.hash == hash)
    }
}

pub(super) fn label(row: &ReportRow) -> String {
    let host = if row.is_host { &row.hostname } else { "" };
    let parts = [&row.namespace, host, &row.pod, &row.container, &row.binary];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// One build: who has it.
#[derive(Clone, Debug)]
pub(super) struct ScannedBuild {
    /// The meta hash.
    pub(super) hash: MetaHash,
    /// Position in [`Scan::owners`] to positions in [`Scan::reports`].
    pub(super) owners: BTreeMap<usize, Vec<usize>>,
}

/// A report with the key of its owner, before owners have positions.
struct Read {
    report: Report,
    owner: (OwnerKey, String),
    problems: Vec<Problem>,
}

/// Lists all reports on all cores, and reads the headers of those whose files are not in `known`.
pub(super) fn scan(dirs: &[ReportDir], options: &Options, known: &KnownReports) -> Scan {
    let read: Vec<Read> = dirs.par_iter().map(|dir| read_report(dir, options, known)).collect();
    let mut owners: BTreeMap<OwnerKey, String> = BTreeMap::new();
    for r in read.iter().filter(|r| !r.report.hashes.is_empty()) {
        let (key, evidence) = &r.owner;
        owners.entry(key.clone()).or_insert_with(|| evidence.clone());
    }
    let owners: Vec<(OwnerKey, String)> = owners.into_iter().collect();
    let (mut reports, mut problems) = (Vec::with_capacity(read.len()), Problems::default());
    for Read { mut report, owner, problems: own } in read {
        let position = owners.binary_search_by(|(key, _)| key.cmp(&owner.0)).ok();
        report.owner = position.filter(|_| !report.hashes.is_empty());
        problems.extend(own);
        reports.push(report);
    }
    let builds = builds(&reports);
    let last_homes = known.homes().clone();
    let mut scan = Scan { reports, owners, builds, problems, last_homes };
    scan.drop_orphans();
    scan
}

fn builds(reports: &[Report]) -> Vec<ScannedBuild> {
    let mut builds: BTreeMap<MetaHash, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
    for (idx, report) in reports.iter().enumerate() {
        let Some(owner) = report.owner else { continue };
        for hash in &report.hashes {
            builds.entry(*hash).or_default().entry(owner).or_default().push(idx);
        }
    }
    builds.into_iter().map(|(hash, owners)| ScannedBuild { hash, owners }).collect()
}

impl Scan {
    /// Reads the headers of the reports at these positions that nobody looked into yet.
    pub(super) fn read_headers(&mut self, positions: &BTreeSet<usize>) {
        let wanted = self.reports.par_iter_mut().enumerate();
        let wanted = wanted.filter(|(idx, r)| positions.contains(idx) && r.files.is_none());
        let problems: Vec<Vec<Problem>> = wanted
            .map(|(_, report)| {
                let mut problems = Vec::new();
                let metadata = read_metadata(&report.dir, &mut Vec::new());
                let listed = list(&report.dir, &report.row, &metadata, &mut problems);
                report.files = Some(read_files(&report.dir, &report.row, &listed, &mut problems));
                report.row.failed = has_loss(&problems);
                problems
            })
            .collect();
        self.problems.extend(problems.into_iter().flatten());
        self.drop_orphans();
    }

    /// Takes out counter files whose meta file is not in their report.
    fn drop_orphans(&mut self) {
        let mut orphans = Vec::new();
        for (idx, report) in self.reports.iter_mut().enumerate() {
            let Some(files) = &mut report.files else { continue };
            let own: BTreeSet<MetaHash> = files.metas.iter().map(|m| m.hash).collect();
            let gone = files.counters.extract_if(.., |c| !own.contains(&c.hash));
            orphans.extend(gone.map(|orphan| (idx, orphan)));
        }
        for (idx, orphan) in orphans {
            if let Some(report) = self.reports.get_mut(idx) {
                report.row.failed = true;
            }
            if let Some(report) = self.reports.get(idx) {
                let problem = self.orphan(report, &orphan.name, orphan.hash);
                self.problems.push(problem);
            }
        }
    }

    /// Counters whose meta file is not in their report, and where one is or was.
    pub(super) fn orphan(&self, report: &Report, file: &str, hash: MetaHash) -> Problem {
        let home = self.reports.iter().rfind(|r| r.hashes.contains(&hash));
        let again = "collect this process again";
        let remedy = match (home.map(|r| &r.row.dir), self.last_homes.get(&hash)) {
            (Some(dir), _) => format!("`{dir}` has that meta file: copy it beside the counters"),
            (None, Some(dir)) if *dir == report.row.dir => {
                format!("this report had that meta file itself: {again}")
            }
            (None, Some(dir)) => {
                format!("no report has that meta file; `{dir}` had it last: {again}")
            }
            (None, None) => format!("no report has that meta file: {again}"),
        };
        Problem::loss("Orphan", report.label())
            .at(report.file(file))
            .because(format!("Orphan: no meta file with the hash {hash}"))
            .remedy(remedy)
    }

    /// The last homes of the builds of which no report has a meta file any more.
    pub(super) fn lost_homes(&self) -> MetaHomes {
        let present: BTreeSet<&MetaHash> = self.reports.iter().flat_map(|r| &r.hashes).collect();
        let lost = self.last_homes.iter().filter(|(hash, _)| !present.contains(hash));
        lost.map(|(hash, dir)| (*hash, dir.clone())).collect()
    }
}

fn has_loss(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Loss)
}

/// What `metadata.json` says; without it what the folder's name does, which covatlas made of the
/// same, else the name itself.
fn read_metadata(dir: &ReportDir, problems: &mut Vec<Problem>) -> Metadata {
    let problem = match dir.metadata() {
        Ok(Some(metadata)) => return metadata,
        Ok(None) if !dir.is_named_by_key() => None,
        Ok(None) => {
            let problem = Problem::note("metadata", dir.name()).at(dir.file("metadata.json"));
            Some(problem.because("metadata.json is not there"))
        }
        Err(err) => Some(Problem::note("metadata", dir.name()).caused_by(&err)),
    };
    let by_name = dir.metadata_by_name();
    let remedy = match by_name.as_ref().map(|metadata| metadata.container.image.is_empty()) {
        Some(false) => "all that it says is in the folder's name, too; import it again",
        Some(true) => "its names are those in the folder's name; import it again for the image",
        None => "its names are taken from the folder; import it again",
    };
    problems.extend(problem.map(|problem| problem.remedy(remedy)));
    by_name.unwrap_or_else(|| Metadata {
        pod_name: dir.name().to_owned(),
        namespace: "local".to_owned(),
        local_process: true,
        ..Metadata::default()
    })
}

fn read_report(dir: &ReportDir, options: &Options, known: &KnownReports) -> Read {
    let mut problems = Vec::new();
    let metadata = read_metadata(dir, &mut problems);
    let (mut row, owner) = identity(dir, &metadata, options);
    let listed = list(dir, &row, &metadata, &mut problems);
    row.listing = digest(&row, &listed);
    let known = known.builds_of(&row.dir, &row.listing).filter(|hashes| {
        // Where the user asks for it, even files that look as before are read again.
        let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
        let hashes: Vec<&str> = hashes.iter().map(String::as_str).collect();
        let is_wanted = |update| plan::is_wanted(update, &row, Some(&owner.0), &hashes);
        !options.update.as_ref().is_some_and(is_wanted)
    });
    let (hashes, files) = if let Some(hashes) = known {
        (hashes, None)
    } else {
        let files = read_files(dir, &row, &listed, &mut problems);
        (files.metas.iter().map(|m| m.hash).collect(), Some(files))
    };
    let evidence = evidence::of_report(dir, &metadata, options, &mut problems);
    tracing::trace!(dir = dir.name(), files = listed.len(), is_new = files.is_some(), "scanned");
    row.failed = has_loss(&problems);
    let report = Report { row, dir: dir.clone(), owner: None, hashes, files, evidence };
    Read { report, owner, problems }
}

/// The row of a report, and the key and evidence of its owner.
fn identity(
    dir: &ReportDir,
    metadata: &Metadata,
    options: &Options,
) -> (ReportRow, (OwnerKey, String)) {
    let key = metadata.report_key(Timestamp::EPOCH);
    let stated = options.owners.as_ref().and_then(|o| o.owner_of(&key.namespace, &key.pod));
    let owner = stated.cloned().or_else(|| metadata.stated_owner());
    let configured = || by_prefix(&options.owner_prefixes, &key.pod).cloned();
    let owner = owner.or_else(configured).unwrap_or_else(|| key.owner());
    let seconds = |t: Option<Timestamp>| t.map(Timestamp::unix_seconds);
    let is_host = key.is_host();
    let image =
        if is_host { host_key(&key.binary) } else { evidence::image_name(&key.image, options) };
    let row = ReportRow {
        dir: dir.name().to_owned(),
        cluster: metadata.cluster.clone(),
        namespace: key.namespace.clone(),
        pod: key.pod,
        container: key.container,
        image,
        binary: key.binary.clone(),
        hostname: key.hostname,
        is_host,
        discovered_at: seconds(metadata.discovered_at),
        collected_at: seconds(metadata.collected_at),
        failed: false,
        labels: labels(metadata),
        listing: String::new(),
    };
    let owner_key = OwnerKey {
        cluster: row.cluster.clone(),
        namespace: key.namespace,
        kind: owner.kind.to_string(),
        name: owner.name,
        binary: key.binary,
    };
    (row, (owner_key, owner.evidence.to_string()))
}

/// The labels of a report, without those that are none: anybody may have written them.
fn labels(metadata: &Metadata) -> Vec<String> {
    let labels = metadata.labels.iter().filter_map(|(key, value)| Label::new(key, value).ok());
    labels.map(|label| label.to_string()).collect()
}

/// A decode error in one line: class, offset, field and message.
pub(super) fn describe(err: &DecodeError) -> String {
    format!("{}: {err}", err.class)
}

/// A file that cannot be decoded.
pub(super) fn damaged(report: String, path: &Utf8Path, cause: &str) -> Problem {
    Problem::loss("damaged", report)
        .at(path)
        .because(cause)
        .remedy("collect it again; the other files and reports are used")
}
