//! Placing files in a report without ever losing what was collected before.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use super::file_name::{CountersName, FileRole};
use crate::collection::{AtomicFile, Collection, CollectionError, ReportDir, is_temporary};
use crate::image::Info;
use crate::timestamp::Timestamp;

/// How local files get into a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// As hard links where the file system allows it, else as copies.
    #[default]
    Link,
    /// As copies, so that a later write to the original changes nothing here.
    Copy,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The report has it as a hard link to the original.
    Linked,
    /// The report has a copy.
    Copied,
    /// The report has a hard link to an identical meta file that was there before.
    Shared,
    /// The report had it before.
    Skipped,
    /// The report had another file of this name; that one stays, and this one has a new name.
    KeptBoth,
}

/// Where a file is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// What became of it.
    pub placed: Placed,
    /// The name that its contents have in the report.
    pub name: String,
}

/// A file that could not be placed.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// The original cannot be read; other files are not concerned.
    #[error("cannot read the original")]
    Read(#[source] io::Error),
    /// The collection cannot be written.
    #[error(
        "cannot write to the collection: what it holds is safe, and a re-run goes on from here"
    )]
    Write(#[source] io::Error),
}

/// A regular file outside the collection.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// Where it lies; not a link.
    pub path: &'a Utf8Path,
    /// Its name in the report: a plain name.
    pub name: &'a str,
    /// When it was last written.
    pub modified: Option<Timestamp>,
}

/// Places files, and remembers which meta files the collection has.
#[derive(Debug)]
pub struct Store {
    transfer: Transfer,
    /// By size in bytes; one path per file that is on disk once.
    metas: HashMap<u64, Vec<Utf8PathBuf>>,
    digests: HashMap<FileId, blake3::Hash>,
}

impl Store {
    /// Looks through the collection for meta files that new ones may be identical to, and removes
    /// what an import that was killed had not finished writing: the caller has the right to write.
    pub fn new(collection: &Collection, transfer: Transfer) -> Result<Self, CollectionError> {
        let mut store = Self { transfer, metas: HashMap::new(), digests: HashMap::new() };
        let mut seen = std::collections::HashSet::new();
        for report in collection.reports()? {
            // A report that cannot be listed offers nothing to share; compiling reports it.
            for file in report.files().unwrap_or_default() {
                let path = report.file(&file.name);
                if is_temporary(&file.name) {
                    // One that stays does no harm: nobody reads it.
                    fs_err::remove_file(&path).ok();
                    continue;
                }
                let id = || FileId::of(&path, &fs_err::metadata(path.as_std_path()).ok()?);
                if file.role == FileRole::Meta && id().is_none_or(|id| seen.insert(id)) {
                    store.metas.entry(file.size).or_default().push(path);
                }
            }
        }
        Ok(store)
    }

    /// Gives a report a file, keeping any other contents that it has under the same name.
    ///
    /// Counters move aside as `covcounters.<H>.<pid>.<time of last write in ns>`, meta files as
    /// `covmeta.<digest>`; of other files the one written last stays.
    pub fn place(
        &mut self,
        original: Original<'_>,
        report: &ReportDir,
    ) -> Result<Placement, PlaceError> {
        let role = FileRole::of(original.name);
        let target = report.file(original.name);
        let by_its_name = |placed| Placement { placed, name: original.name.to_owned() };
        if !exists(&target) {
            return self.place_new(original, role, &target).map(by_its_name);
        }
        if self.is_same(original.path, &target)? {
            return Ok(by_its_name(Placed::Skipped));
        }
        match role {
            FileRole::Counters | FileRole::Meta => self.place_aside(original, role, report),
            // A damaged one is worth nothing, however new it is.
            FileRole::Info if Info::read(original.path).is_ok() && Info::read(&target).is_err() => {
                copy(original, &target)?.commit().map_err(PlaceError::Write)?;
                Ok(by_its_name(Placed::Copied))
            }
            _ => replace_if_newer(original, &target).map(by_its_name),
        }
    }

    fn place_aside(
        &mut self,
        original: Original<'_>,
        role: FileRole,
        report: &ReportDir,
    ) -> Result<Placement, PlaceError> {
        let written = original.modified.map_or(0, Timestamp::unix_nanos).max(0);
        let digest = self.digest(original.path)?.to_hex();
        let digest: String = digest.chars().take(32).collect();
        for attempt in 0..1000 {
            let name = match CountersName::parse(original.name) {
                Some(name) => name.with_stamp(written.saturating_add(attempt)),
                None if attempt == 0 => format!("covmeta.{digest}"),
                None => format!("covmeta.{digest}-{attempt}"),
            };
            let target = report.file(&name);
            if !exists(&target) {
                self.place_new(original, role, &target)?;
                return Ok(Placement { placed: Placed::KeptBoth, name });
            }
            if self.is_same(original.path, &target)? {
                return Ok(Placement { placed: Placed::Skipped, name });
            }
        }
        let message = format!("`{}`: a thousand other files have its name", report.path());
        Err(PlaceError::Read(io::Error::new(io::ErrorKind::AlreadyExists, message)))
    }

    fn place_new(
        &mut self,
        original: Original<'_>,
        role: FileRole,
        target: &Utf8Path,
    ) -> Result<Placed, PlaceError> {
        if role != FileRole::Meta {
            return self.transfer(original, target);
        }
        let size = fs_err::metadata(original.path.as_std_path()).map_err(PlaceError::Read)?.len();
        let candidates = self.metas.get(&size).cloned().unwrap_or_default();
        for candidate in candidates {
            // A candidate that cannot be read or linked is no reason to fail: copying is left.
            let same = self.is_same(original.path, &candidate).unwrap_or(false);
            if same && link(&candidate, target).is_ok() {
                return Ok(Placed::Shared);
            }
        }
        let placed = self.transfer(original, target)?;
        self.metas.entry(size).or_default().push(target.to_owned());
        Ok(placed)
    }

    fn transfer(&self, original: Original<'_>, target: &Utf8Path) -> Result<Placed, PlaceError> {
        if self.transfer == Transfer::Link && link(original.path, target).is_ok() {
            return Ok(Placed::Linked);
        }
        copy(original, target)?.commit_new().map_err(PlaceError::Write)?;
        Ok(Placed::Copied)
    }

    /// Whether two files hold the same bytes: being one file is enough, and so is one digest.
    fn is_same(&mut self, a: &Utf8Path, b: &Utf8Path) -> Result<bool, PlaceError> {
        let metadata = |path: &Utf8Path| fs_err::metadata(path.as_std_path());
        let (of_a, of_b) =
            (metadata(a).map_err(PlaceError::Read)?, metadata(b).map_err(PlaceError::Read)?);
        if of_a.len() != of_b.len() {
            return Ok(false);
        }
        let ids = (FileId::of(a, &of_a), FileId::of(b, &of_b));
        Ok((ids.0.is_some() && ids.0 == ids.1) || self.digest(a)? == self.digest(b)?)
    }

    fn digest(&mut self, path: &Utf8Path) -> Result<blake3::Hash, PlaceError> {
        let file = fs_err::File::open(path.as_std_path()).map_err(PlaceError::Read)?;
        let metadata = file.metadata().map_err(PlaceError::Read)?;
        // Only meta files are compared often, and they stay: another file's number may come again
        // with its size and time, for other contents.
        let stays = path.file_name().map(FileRole::of) == Some(FileRole::Meta);
        let id = FileId::of(path, &metadata).filter(|_| stays);
        if let Some(digest) = id.as_ref().and_then(|id| self.digests.get(id)) {
            return Ok(*digest);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).map_err(PlaceError::Read)?;
        let digest = hasher.finalize();
        self.digests.extend(id.map(|id| (id, digest)));
        Ok(digest)
    }
}

/// What tells one file on disk from another: device and inode, with size and time of last write
/// so that a digest is not reused after a write. `None` where the system has no such numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FileId([i128; 4]);

impl FileId {
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "other systems have no such numbers")]
    fn of(_path: &Utf8Path, metadata: &std::fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let written = i128::from(metadata.mtime())
            .saturating_mul(1_000_000_000)
            .saturating_add(i128::from(metadata.mtime_nsec()));
        Some(Self([metadata.dev().into(), metadata.ino().into(), metadata.len().into(), written]))
    }

    #[cfg(not(unix))]
    fn of(_path: &Utf8Path, _metadata: &std::fs::Metadata) -> Option<Self> {
        None
    }
}

fn exists(path: &Utf8Path) -> bool {
    fs_err::symlink_metadata(path.as_std_path()).is_ok()
}

/// Links a regular file; anything else that stands there by now is not taken.
fn link(original: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    fs_err::hard_link(original, target)?;
    if fs_err::symlink_metadata(target.as_std_path())?.is_file() {
        return Ok(());
    }
    fs_err::remove_file(target)?;
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{original}` is not a regular file")))
}

/// Copies contents and time of last write to a file that is still to be committed.
fn copy(original: Original<'_>, target: &Utf8Path) -> Result<AtomicFile, PlaceError> {
    let mut source = fs_err::File::open(original.path.as_std_path()).map_err(PlaceError::Read)?;
    let mut file = AtomicFile::create(target).map_err(PlaceError::Write)?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n_bytes = source.read(&mut buffer).map_err(PlaceError::Read)?;
        let Some(bytes) = buffer.get(..n_bytes).filter(|bytes| !bytes.is_empty()) else { break };
        file.write_all(bytes).map_err(PlaceError::Write)?;
    }
    let written = source.metadata().and_then(|metadata| metadata.modified());
    if let Ok(written) = written {
        // Some file systems keep no times; the contents matter more.
        file.file().set_modified(written).ok();
    }
    Ok(file)
}

fn replace_if_newer(original: Original<'_>, target: &Utf8Path) -> Result<Placed, PlaceError> {
    let written = fs_err::metadata(target.as_std_path())
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(Timestamp::from_system_time);
    if original.modified <= written {
        return Ok(Placed::Skipped);
    }
    copy(original, target)?.commit().map_err(PlaceError::Write)?;
    Ok(Placed::Copied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Metadata;

    /// Two meta files of one size and time were taken for one when the second got the number that
    /// the file system had given to the first.
    #[test]
    fn a_file_is_not_taken_for_a_removed_one_of_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        let collection = Collection::create(&path.join("run")).unwrap();
        let mut store = Store::new(&collection, Transfer::Link).unwrap();
        let temporary = path.join("run/coverage/tmp.abcdef");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        for number in 0..40_u8 {
            // Of each two in a row the contents are the same, so that the file's number is free.
            let contents = [number / 2; 100];
            let key = format!("n{number}/_host_/20240229T235959Z/kubelet").parse().unwrap();
            let report = collection.report_dir("ci", &key);
            report.create().unwrap();
            report.write_metadata(&Metadata::from_key("ci", &key)).unwrap();
            fs_err::write(&temporary, contents).unwrap();
            fs_err::OpenOptions::new()
                .write(true)
                .open(&temporary)
                .unwrap()
                .set_modified(time)
                .unwrap();
            let modified = Timestamp::from_system_time(time);
            let original = Original { path: &temporary, name: "covmeta.a", modified };
            store.place(original, &report).unwrap();
            fs_err::remove_file(&temporary).unwrap();
            assert_eq!(fs_err::read(report.file("covmeta.a")).unwrap(), contents, "{number}");
        }
    }
}
