//! Decodes a directory or a single file into rows.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use covdata::{CounterFile, DecodeError, Directory, FileName, MetaFile, MetaHash, NamedCounters};

use super::row::{DamageRow, DirRow, ErrorRow, FileRow, Kind, Row, UNREADABLE, WarningRow};
use super::union::totals;
use super::walk::{DataDir, DataFile};

/// What came of one directory, or of one file given by itself.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    /// The directory's path; the file's for a single file.
    pub path: String,
    /// One row a file, by name, then one for the directory.
    pub rows: Vec<Row>,
    /// Path, wanted hash and cause of each counter file without a meta file.
    pub(super) orphans: Vec<(String, MetaHash, String)>,
    /// The hashes of its sound meta files.
    pub(super) hashes: Vec<MetaHash>,
}

/// What the directories of a run share: meta files that were decoded before, by the digest of
/// their bytes, since replicas have the same; and buffers, since fresh memory costs page faults.
#[derive(Debug, Default)]
pub struct Workshop {
    known: Mutex<HashMap<blake3::Hash, Arc<OnceLock<Decoded>>>>,
    buffers: Mutex<Vec<Vec<u8>>>,
}

pub(crate) type Decoded = Result<Arc<MetaFile>, DecodeError>;

impl Workshop {
    /// The meta file in these bytes.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Decoded {
        let decode = || MetaFile::decode(bytes).map(Arc::new);
        let slot = match self.known.lock() {
            Ok(mut known) => Arc::clone(known.entry(blake3::hash(bytes)).or_default()),
            // Another thread panicked, which is no reason to fail here.
            Err(_) => return decode(),
        };
        slot.get_or_init(decode).clone()
    }

    fn take_buffer(&self) -> Vec<u8> {
        self.buffers.lock().ok().and_then(|mut buffers| buffers.pop()).unwrap_or_default()
    }

    fn return_buffer(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        if let Ok(mut buffers) = self.buffers.lock() {
            buffers.push(buffer);
        }
    }
}

/// Reads and decodes the files of a directory. A file that cannot be read or decoded becomes a row
/// like any other.
pub fn inspect_dir(dir: &DataDir, workshop: &Workshop) -> Inspected {
    let mut rows = Rows::new(dir);
    let mut files = Vec::new();
    let mut buffer = workshop.take_buffer();
    for DataFile { name, is_regular } in &dir.files {
        if FileName::parse(name).is_none() {
            rows.push(name, Row::File(blank(rows.path(name), Kind::Other)));
            continue;
        }
        let (path, start) = (dir.path.join(name), buffer.len());
        let read = if *is_regular {
            read_whole(&path, &mut buffer)
        } else {
            read_regular(&path, &mut buffer)
        };
        match read {
            Ok(()) => files.push((name.as_str(), start..buffer.len())),
            Err(error) => rows.push(name, unreadable(rows.path(name), &error)),
        }
    }
    let bytes = files.into_iter().filter_map(|(name, range)| Some((name, buffer.get(range)?)));
    let decoded = Directory::read_with(bytes, |bytes| workshop.decode(bytes));
    rows.add(&decoded);
    let inspected = rows.finish(dir, &decoded);
    workshop.return_buffer(buffer);
    inspected
}

/// Reads and decodes a single file: by its name, or by its first bytes where the name says nothing.
///
/// # Errors
/// When it cannot be read.
pub fn inspect_file(path: &Path) -> io::Result<Inspected> {
    let text = path.to_string_lossy().into_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut bytes = Vec::new();
    read_regular(path, &mut bytes)?;
    let magic = covdata::peek_hash(&bytes).ok().map(|(kind, _)| kind);
    let name = FileName::parse(&name);
    let row = match (&name, magic) {
        (Some(FileName::Meta { .. }), _) | (None, Some(covdata::Kind::Meta { .. })) => {
            MetaFile::decode(&bytes).map(|meta| meta_row(text.clone(), &meta))
        }
        (Some(FileName::Counters { .. }), _) | (None, Some(covdata::Kind::Counters)) => {
            CounterFile::decode(&bytes).map(|file| {
                let mut row = counter_row(text.clone(), &file, file.warnings());
                if let Some(FileName::Counters { pid, time, .. }) = name {
                    (row.pid, row.time) = (Some(pid), Some(time));
                }
                row
            })
        }
        (None, None) => Ok(blank(text.clone(), Kind::Other)),
    };
    let row = row.map_or_else(|error| damage(text.clone(), &error), Row::File);
    Ok(Inspected { path: text, rows: vec![row], ..Inspected::default() })
}

/// Appends a whole file, unless it is one that could block or never end.
fn read_regular(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    if fs_err::metadata(path)?.is_file() {
        return read_whole(path, buffer);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
}

/// Appends a whole file, with fewer system calls than the standard library: many are tiny.
/// Appends nothing on failure.
fn read_whole(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    let file = fs_err::File::open(path)?;
    // The decoders accept no more than 4 GiB; a sparse file of more must not take the memory.
    let size = u32::try_from(file.metadata()?.len())
        .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "larger than 4 GiB"))?;
    buffer.try_reserve(usize::try_from(size).unwrap_or_default().saturating_add(1))?;
    let start = buffer.len();
    // Not through the wrapper, which would zero the buffer first.
    let read = file.file().take(u64::from(u32::MAX)).read_to_end(buffer);
    if read.is_err() {
        buffer.truncate(start);
    }
    read.map(drop)
}

/// The rows of a directory while they are collected.
struct Rows<'a> {
    dir: &'a DataDir,
    rows: BTreeMap<String, Row>,
}

impl<'a> Rows<'a> {
    fn new(dir: &'a DataDir) -> Self {
        Self { dir, rows: BTreeMap::new() }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path.join(name).to_string_lossy().into_owned()
    }

    fn push(&mut self, name: &str, row: Row) {
        self.rows.insert(name.to_owned(), row);
    }

    fn add(&mut self, decoded: &Directory<'_>) {
        for build in decoded.builds() {
            self.push(build.name, Row::File(meta_row(self.path(build.name), &build.meta)));
            build.counters.iter().for_each(|named| self.add_counters(named));
        }
        for copy in decoded.duplicates() {
            self.push(copy.name, Row::File(meta_row(self.path(copy.name), &copy.meta)));
        }
        decoded.orphans().iter().for_each(|named| self.add_counters(named));
        for refused in decoded.refused() {
            self.push(refused.name, damage(self.path(refused.name), &refused.error));
        }
    }

    fn add_counters(&mut self, named: &NamedCounters<'_>) {
        let mut row = counter_row(self.path(named.name), &named.file, &named.warnings);
        (row.pid, row.time) = (Some(named.pid), Some(named.time));
        self.push(named.name, Row::File(row));
    }

    fn finish(self, dir: &DataDir, decoded: &Directory<'_>) -> Inspected {
        let path = dir.path.to_string_lossy().into_owned();
        let mut orphans = Vec::new();
        for (named, finding) in decoded.orphans().iter().zip(
            decoded.findings().iter().filter(|f| f.warning.class == covdata::ErrorClass::Orphan),
        ) {
            let cause = finding.warning.message.clone();
            orphans.push((self.path(named.name), named.file.meta_hash(), cause));
        }
        let findings = decoded.findings().iter().map(|finding| {
            let file = (!finding.name.is_empty()).then(|| self.path(finding.name));
            WarningRow::new(&finding.warning, file)
        });
        let totals = totals(decoded.builds());
        let dir_row = match &dir.unreadable {
            Some(message) => damage_row(path.clone(), message.clone()),
            None => Row::Dir(DirRow {
                file: path.clone(),
                kind: Kind::Directory,
                units: totals.units,
                statements: totals.statements,
                covered: totals.covered,
                warnings: findings.collect(),
                n_builds: decoded.builds().len(),
            }),
        };
        let hashes = decoded.builds().iter().map(|build| build.meta.hash()).collect();
        let rows = self.rows.into_values().chain([dir_row]).collect();
        Inspected { path, rows, orphans, hashes }
    }
}

fn blank(file: String, kind: Kind) -> FileRow {
    FileRow {
        file,
        kind,
        hash: None,
        go_version: None,
        packages: None,
        funcs: None,
        units: None,
        statements: None,
        segments: None,
        pid: None,
        time: None,
        warnings: Vec::new(),
        mode: None,
    }
}

fn meta_row(file: String, meta: &MetaFile) -> FileRow {
    FileRow {
        hash: Some(meta.hash().to_string()),
        packages: count(meta.packages().len()),
        funcs: count(meta.funcs().len()),
        units: count(meta.units().len()),
        statements: Some(meta.n_statements()),
        warnings: meta.warnings().iter().map(|warning| WarningRow::new(warning, None)).collect(),
        mode: Some(meta.mode()),
        ..blank(file, Kind::Meta)
    }
}

fn counter_row(file: String, counters: &CounterFile<'_>, warnings: &[covdata::Warning]) -> FileRow {
    FileRow {
        hash: Some(counters.meta_hash().to_string()),
        funcs: count(counters.n_records()),
        units: Some(counters.n_counters()),
        segments: Some(counters.n_segments()),
        warnings: warnings.iter().map(|warning| WarningRow::new(warning, None)).collect(),
        ..blank(file, Kind::Counters)
    }
}

fn count(n: usize) -> Option<u64> {
    u64::try_from(n).ok()
}

fn damage(file: String, error: &DecodeError) -> Row {
    Row::Damage(DamageRow { file, error: error.into() })
}

fn unreadable(file: String, error: &io::Error) -> Row {
    damage_row(file, error.to_string())
}

fn damage_row(file: String, message: String) -> Row {
    let error = ErrorRow { class: UNREADABLE, offset: 0, field: "file", message };
    Row::Damage(DamageRow { file, error })
}
