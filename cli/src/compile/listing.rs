//! The files of one report, and what their headers say.

use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use covdata::{FileName, Kind, MetaHash, peek_hash};

use super::{
    digest::Digest,
    scan::{damaged, describe, label},
};
use crate::{
    collect::file_name::FileRole,
    collection::{Metadata, ReportDir, ReportFile},
    db::ReportRow,
    problems::Problem,
    profile::{SnapshotTime, StoredUnits},
    timestamp::Timestamp,
};

/// Bytes that tell kind, hash and mode of a file.
const HEADER: u64 = 56;

/// The files of a report, by what they hold.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) metas: Vec<Meta>,
    pub(super) counters: Vec<Counters>,
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

/// A file of a report that may hold coverage.
pub(super) struct Listed {
    file: ReportFile,
    name: Option<FileName>,
    /// When the object was last written to the store, in nanoseconds since 1970 UTC.
    written_at: Option<u64>,
}

/// The files of a report that may hold coverage, sorted by name.
pub(super) fn list(
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
pub(super) fn digest(row: &ReportRow, files: &[Listed]) -> String {
    let mut digest = Digest::default();
    digest.add(&format!("{row:?}"));
    for Listed { file, written_at, .. } in files {
        digest.add(&file.name);
        let modified = file.modified.map_or(0, Timestamp::unix_nanos);
        digest.add(&format!("{} {modified} {written_at:?}", file.size));
    }
    digest.finish()
}

/// Reads the headers of a report's files.
pub(super) fn read_files(
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
