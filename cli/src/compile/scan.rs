//! Reports, their owners and the headers of their files.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use camino::{Utf8Path, Utf8PathBuf};
use covdata::{DecodeError, FileName, Kind, MetaHash, peek_hash};
use rayon::prelude::*;

use super::{Options, evidence};
use crate::{
    collect::file_name::FileRole,
    collection::{Metadata, ReportDir, ReportFile},
    db::{ImageSource, KnownReports, OwnerKey, ReportRow},
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

/// The files of a report, by what they hold.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) metas: Vec<Meta>,
    pub(super) counters: Vec<Counters>,
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

fn label(row: &ReportRow) -> String {
    let host = if row.is_host { &row.hostname } else { "" };
    let parts = [&row.namespace, host, &row.pod, &row.container, &row.binary];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// A meta file, or the text profile that stands in for it.
#[derive(Debug)]
pub(super) struct Meta {
    /// Its name.
    pub(super) name: String,
    /// The hash in its header.
    pub(super) hash: MetaHash,
}

/// A counter file.
#[derive(Debug)]
pub(super) struct Counters {
    /// Its name.
    pub(super) name: String,
    /// The hash in its header. Where the report has one meta file, it is not read here but taken to
    /// be that file's; reading the counters tells.
    pub(super) hash: MetaHash,
    /// The pid in its name.
    pub(super) pid: u64,
    /// When it was written.
    pub(super) time: SnapshotTime,
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
    let image_sources = reports.iter().flat_map(evidence::image_sources).collect();
    let builds = builds(&reports);
    let mut scan = Scan { reports, owners, builds, image_sources, problems };
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

    /// Counters whose meta file is not in their report, and where one is.
    pub(super) fn orphan(&self, report: &Report, file: &str, hash: MetaHash) -> Problem {
        let home = self.reports.iter().rfind(|r| r.hashes.contains(&hash));
        let remedy = match home.map(|r| &r.row.dir) {
            Some(dir) => format!("`{dir}` has that meta file: copy it beside the counters"),
            None => "no report has that meta file: collect this process again".to_owned(),
        };
        Problem::loss("Orphan", report.label())
            .at(report.file(file))
            .because(format!("Orphan: no meta file with the hash {hash}"))
            .remedy(remedy)
    }
}

fn has_loss(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Loss)
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

fn read_report(dir: &ReportDir, options: &Options, known: &KnownReports) -> Read {
    let mut problems = Vec::new();
    let metadata = read_metadata(dir, &mut problems);
    let (mut row, owner) = identity(dir, &metadata, options);
    let listed = list(dir, &row, &metadata, &mut problems);
    row.listing = digest(&row, &listed);
    let (hashes, files) = if let Some(hashes) = known.builds_of(&row.dir, &row.listing) {
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

/// A file of a report that may hold coverage.
struct Listed {
    file: ReportFile,
    name: Option<FileName>,
    /// When the object was last written to the store, in nanoseconds since 1970 UTC.
    written_at: Option<u64>,
}

/// The files of a report that may hold coverage, sorted by name.
fn list(
    dir: &ReportDir,
    row: &ReportRow,
    metadata: &Metadata,
    problems: &mut Vec<Problem>,
) -> Vec<Listed> {
    let files = dir.files().unwrap_or_else(|err| {
        let problem = Problem::loss("unreadable", label(row)).at(dir.path()).caused_by(&err);
        problems.push(problem.remedy("check the folder's permissions"));
        Vec::new()
    });
    let listed = files.into_iter().filter_map(|file| {
        let name = FileName::parse(&file.name);
        let is_data = name.is_some() || file.role == FileRole::Text;
        is_data.then(|| Listed { written_at: written_at(metadata, &file), name, file })
    });
    listed.collect()
}

/// A digest of what a report says of itself, and of its files by name, size and times. Collectors
/// and imports never write another content in place.
fn digest(row: &ReportRow, files: &[Listed]) -> String {
    let mut hasher = blake3::Hasher::new();
    // Each text is preceded by its length, so that no two lists of texts look alike.
    let mut add = |text: &str| {
        hasher.update(&text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(&format!("{row:?}"));
    for Listed { file, written_at, .. } in files {
        add(&file.name);
        let modified = file.modified.map_or(0, Timestamp::unix_nanos);
        add(&format!("{} {modified} {written_at:?}", file.size));
    }
    hasher.finalize().to_hex().to_string()
}

/// Reads the headers of a report's files.
fn read_files(
    dir: &ReportDir,
    row: &ReportRow,
    listed: &[Listed],
    problems: &mut Vec<Problem>,
) -> Files {
    let mut files = Files::default();
    for Listed { file, name, .. } in listed {
        let Some(FileName::Meta { .. }) = name else { continue };
        match read_header(&dir.file(&file.name)) {
            Ok((Kind::Meta { .. }, hash)) => {
                files.metas.push(Meta { name: file.name.clone(), hash });
            }
            Ok(_) => problems.push(misnamed(label(row), &dir.file(&file.name))),
            Err(cause) => problems.push(damaged(label(row), &dir.file(&file.name), &cause)),
        }
    }
    let only = match files.metas.as_slice() {
        [meta] => Some(meta.hash),
        _ => None,
    };
    for Listed { file, name, written_at } in listed {
        let Some(FileName::Counters { pid, time, .. }) = *name else { continue };
        let header = match only {
            Some(hash) => Ok((Kind::Counters, hash)),
            None => read_header(&dir.file(&file.name)),
        };
        match header {
            Ok((Kind::Counters, hash)) => {
                let time = SnapshotTime::of_counter_file(time, *written_at);
                files.counters.push(Counters { name: file.name.clone(), hash, pid, time });
            }
            Ok(_) => problems.push(misnamed(label(row), &dir.file(&file.name))),
            Err(cause) => problems.push(damaged(label(row), &dir.file(&file.name), &cause)),
        }
    }
    // Binary data always wins: a text beside it may be stale.
    if files.metas.is_empty() && files.counters.is_empty() && problems.is_empty() {
        match read_text(dir, listed) {
            Some(Ok(text)) => files.metas.push(text),
            Some(Err((path, cause))) => problems.push(damaged(label(row), &path, &cause)),
            None => problems.push(without_data(label(row), dir)),
        }
    }
    files
}

/// A file that holds the other kind of data than its name says.
fn misnamed(report: String, path: &Utf8Path) -> Problem {
    let cause = "BadMagic: a meta file under the name of a counter file, or the reverse";
    damaged(report, path, cause)
}

/// The text profile of a report that has nothing else; the filtered one counts where both are.
fn read_text(dir: &ReportDir, files: &[Listed]) -> Option<Result<Meta, (Utf8PathBuf, String)>> {
    let name = &files.iter().rfind(|f| f.file.role == FileRole::Text)?.file.name;
    let path = dir.file(name);
    let text = fs_err::read(&path).map_err(|err| err.to_string());
    let hash = text.and_then(|bytes| StoredUnits::decode(&bytes)).map(|units| units.hash());
    Some(match hash {
        Ok(hash) => Ok(Meta { name: name.clone(), hash }),
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

/// When the object was last written to the store, in nanoseconds since 1970 UTC.
fn written_at(metadata: &Metadata, file: &ReportFile) -> Option<u64> {
    let source = metadata.source.as_ref()?.files.get(&file.name)?;
    source.last_modified.and_then(|t| u64::try_from(t.unix_nanos()).ok())
}

fn read_header(path: &Utf8Path) -> Result<(Kind, MetaHash), String> {
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
pub(super) fn damaged(report: String, path: &Utf8Path, cause: &str) -> Problem {
    Problem::loss("damaged", report)
        .at(path)
        .because(cause)
        .remedy("collect it again; the other files and reports are used")
}
