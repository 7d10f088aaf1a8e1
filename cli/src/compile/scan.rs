//! Reports, their owners and the headers of their files.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use camino::Utf8PathBuf;
use covdata::{DecodeError, FileName, Kind, MetaHash, peek_hash};
use rayon::prelude::*;

use super::{Options, evidence};
use crate::{
    collect::file_name::FileRole,
    collection::{Metadata, ReportDir, ReportFile},
    db::{ImageSource, OwnerKey, ReportRow},
    image::{Evidence, host_key},
    owner::by_prefix,
    problems::{Problem, Problems, Severity},
    profile::{SnapshotTime, StoredUnits},
    timestamp::Timestamp,
};

/// Bytes that tell kind, hash and mode of a file.
const HEADER: u64 = 56;

/// All reports of a collection, before any counter is read.
#[derive(Debug)]
pub(super) struct Scan {
    /// Reports, sorted by folder.
    pub(super) reports: Vec<Report>,
    /// Owners with their evidence, sorted by key.
    pub(super) owners: Vec<(OwnerKey, String)>,
    /// Builds, sorted by hash.
    pub(super) builds: Vec<ScannedBuild>,
    /// Evidence about images.
    pub(super) image_sources: BTreeSet<ImageSource>,
    /// What went wrong so far.
    pub(super) problems: Problems,
}

/// One report.
#[derive(Debug)]
pub(super) struct Report {
    /// Its row.
    pub(super) row: ReportRow,
    /// Position in [`Scan::owners`]; `None` when it has no usable file.
    pub(super) owner: Option<usize>,
    /// Its meta files.
    pub(super) metas: Vec<Meta>,
    /// Its counter files.
    pub(super) counters: Vec<Counters>,
    /// What says where it was built from.
    pub(super) evidence: Vec<Evidence>,
}

impl Report {
    /// The report in the words of the cluster: `namespace/pod/container/binary`.
    pub(super) fn label(&self) -> String {
        label(&self.row)
    }
}

fn label(row: &ReportRow) -> String {
    let host = if row.is_host { &row.hostname } else { "" };
    let parts = [&row.namespace, host, &row.pod, &row.container, &row.binary];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// A meta file, or the text profile that stands in for it.
#[derive(Debug)]
pub(super) struct Meta {
    /// Its path.
    pub(super) path: Utf8PathBuf,
    /// The hash in its header.
    pub(super) hash: MetaHash,
    /// Which content it is.
    pub(super) stamp: Stamp,
}

/// What tells that a file is the one that was read before: name, size in bytes, and when it was
/// last written. Collectors and imports never write another content in place.
pub(super) type Stamp = (String, u64, Option<Timestamp>);

/// A counter file.
#[derive(Debug)]
pub(super) struct Counters {
    /// Its path.
    pub(super) path: Utf8PathBuf,
    /// The hash in its header.
    pub(super) hash: MetaHash,
    /// The pid in its name.
    pub(super) pid: u64,
    /// When it was written.
    pub(super) time: SnapshotTime,
    /// Which content it is.
    pub(super) stamp: Stamp,
}

/// One build: who has it.
#[derive(Debug)]
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

/// Reads the headers of all reports on all cores.
pub(super) fn scan(dirs: &[ReportDir], options: &Options) -> Scan {
    let read: Vec<Read> = dirs.par_iter().map(|dir| read_report(dir, options)).collect();
    let mut owners: BTreeMap<OwnerKey, String> = BTreeMap::new();
    for r in read.iter().filter(|r| !r.report.metas.is_empty()) {
        let (key, evidence) = &r.owner;
        owners.entry(key.clone()).or_insert_with(|| evidence.clone());
    }
    let owners: Vec<(OwnerKey, String)> = owners.into_iter().collect();
    let (mut reports, mut problems) = (Vec::with_capacity(read.len()), Problems::default());
    for Read { mut report, owner, problems: own } in read {
        let position = owners.binary_search_by(|(key, _)| key.cmp(&owner.0)).ok();
        report.owner = position.filter(|_| !report.metas.is_empty());
        problems.extend(own);
        reports.push(report);
    }
    drop_orphans(&mut reports, &mut problems);
    let image_sources = reports.iter().flat_map(evidence::image_sources).collect();
    Scan { builds: builds(&reports), reports, owners, image_sources, problems }
}

fn builds(reports: &[Report]) -> Vec<ScannedBuild> {
    let mut builds: BTreeMap<MetaHash, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
    for (idx, report) in reports.iter().enumerate() {
        let Some(owner) = report.owner else { continue };
        let hashes: BTreeSet<MetaHash> = report.metas.iter().map(|m| m.hash).collect();
        for hash in hashes {
            builds.entry(hash).or_default().entry(owner).or_default().push(idx);
        }
    }
    builds.into_iter().map(|(hash, owners)| ScannedBuild { hash, owners }).collect()
}

/// Takes out counter files whose meta file is not in their report, and says where one is.
fn drop_orphans(reports: &mut [Report], problems: &mut Problems) {
    let mut seen: BTreeMap<MetaHash, String> = BTreeMap::new();
    for report in reports.iter() {
        for meta in &report.metas {
            seen.insert(meta.hash, report.row.dir.clone());
        }
    }
    for report in reports {
        let own: BTreeSet<MetaHash> = report.metas.iter().map(|m| m.hash).collect();
        let (kept, orphans): (Vec<_>, Vec<_>) =
            std::mem::take(&mut report.counters).into_iter().partition(|c| own.contains(&c.hash));
        report.counters = kept;
        report.row.failed |= !orphans.is_empty();
        for orphan in orphans {
            let hash = orphan.hash;
            let remedy = match seen.get(&hash) {
                Some(dir) => format!("`{dir}` has that meta file: copy it beside the counters"),
                None => "no report has that meta file: collect this process again".to_owned(),
            };
            problems.push(
                Problem::loss("Orphan", report.label())
                    .at(&orphan.path)
                    .because(format!("Orphan: no meta file with the hash {hash}"))
                    .remedy(remedy),
            );
        }
    }
}

/// What `metadata.json` says; without it the names come from the folder.
fn read_metadata(dir: &ReportDir, problems: &mut Vec<Problem>) -> Metadata {
    let metadata = dir.metadata().unwrap_or_else(|err| {
        let problem = Problem::note("metadata", dir.name()).caused_by(&err);
        problems.push(problem.remedy("its names are taken from the folder; import it again"));
        None
    });
    metadata.unwrap_or_else(|| Metadata {
        pod_name: dir.name().to_owned(),
        namespace: "local".to_owned(),
        local_process: true,
        ..Metadata::default()
    })
}

fn read_report(dir: &ReportDir, options: &Options) -> Read {
    let mut problems = Vec::new();
    let metadata = read_metadata(dir, &mut problems);
    let (mut row, owner) = identity(dir, &metadata, options);
    let label = || label(&row);
    let files = dir.files().unwrap_or_else(|err| {
        let problem = Problem::loss("unreadable", label()).at(dir.path()).caused_by(&err);
        problems.push(problem.remedy("check the folder's permissions"));
        Vec::new()
    });
    let (mut metas, mut counters) = (Vec::new(), Vec::new());
    for file in &files {
        let Some(name) = FileName::parse(&file.name) else { continue };
        let path = dir.file(&file.name);
        let stamp = (file.name.clone(), file.size, file.modified);
        match (name, read_header(&path)) {
            (FileName::Meta { .. }, Ok((Kind::Meta { .. }, hash))) => {
                metas.push(Meta { path, hash, stamp });
            }
            (FileName::Counters { pid, time, .. }, Ok((Kind::Counters, hash))) => {
                let time = SnapshotTime::of_counter_file(time, written_at(&metadata, file));
                counters.push(Counters { path, hash, pid, time, stamp });
            }
            (_, Ok(_)) => {
                let cause =
                    "BadMagic: a meta file under the name of a counter file, or the reverse";
                problems.push(damaged(label(), &path, cause));
            }
            (_, Err(cause)) => problems.push(damaged(label(), &path, &cause)),
        }
    }
    // Binary data always wins: a text beside it may be stale.
    if metas.is_empty() && counters.is_empty() && problems.is_empty() {
        match read_text(dir, &files) {
            Some(Ok(text)) => metas.push(text),
            Some(Err((path, cause))) => problems.push(damaged(label(), &path, &cause)),
            None => problems.push(without_data(label(), dir)),
        }
    }
    let evidence = evidence::of_report(dir, &metadata, options, &mut problems);
    tracing::trace!(dir = dir.name(), metas = metas.len(), counters = counters.len(), "scanned");
    row.failed = problems.iter().any(|p| p.severity == Severity::Loss);
    Read { report: Report { row, owner: None, metas, counters, evidence }, owner, problems }
}

/// The text profile of a report that has nothing else; the filtered one counts where both are.
fn read_text(dir: &ReportDir, files: &[ReportFile]) -> Option<Result<Meta, (Utf8PathBuf, String)>> {
    let file = files.iter().rfind(|f| f.role == FileRole::Text)?;
    let path = dir.file(&file.name);
    let stamp = (file.name.clone(), file.size, file.modified);
    let text = fs_err::read(&path).map_err(|err| err.to_string());
    let hash = text.and_then(|bytes| StoredUnits::decode(&bytes)).map(|units| units.hash());
    Some(match hash {
        Ok(hash) => Ok(Meta { path, hash, stamp }),
        Err(cause) => Err((path, cause)),
    })
}

/// What is said of a report without coverage.
fn without_data(label: String, dir: &ReportDir) -> Problem {
    Problem::loss("NoData", label)
        .at(dir.path())
        .because("NoData: no coverage data")
        .remedy("collect it again with the covmeta and covcounters files")
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

/// When the object was last written to the store, in nanoseconds since 1970 UTC.
fn written_at(metadata: &Metadata, file: &ReportFile) -> Option<u64> {
    let source = metadata.source.as_ref()?.files.get(&file.name)?;
    source.last_modified.and_then(|t| u64::try_from(t.unix_nanos()).ok())
}

fn read_header(path: &camino::Utf8Path) -> Result<(Kind, MetaHash), String> {
    let mut header = Vec::new();
    let file = fs_err::File::open(path).map_err(|err| err.to_string())?;
    file.take(HEADER).read_to_end(&mut header).map_err(|err| err.to_string())?;
    peek_hash(&header).map_err(|err| describe(&err))
}

/// A decode error in one line: class, offset, field and message.
pub(super) fn describe(err: &DecodeError) -> String {
    format!("{}: {err}", err.class)
}

/// A file that cannot be decoded.
pub(super) fn damaged(report: String, path: &camino::Utf8Path, cause: &str) -> Problem {
    Problem::loss("damaged", report)
        .at(path)
        .because(cause)
        .remedy("collect it again; the other files and reports are used")
}
