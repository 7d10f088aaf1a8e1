//! Files of a site: names from content, one compression, `index.html` last.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::{
    layout::{self, Form},
    shard::Kind,
};
use flate2::{Compression, GzBuilder};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::collection::{is_temporary, read_at_most, write_atomic};

/// The list of our files: what a later render may delete.
pub const FILE_LIST: &str = ".covatlas-site.json";

/// The largest list that is read, in bytes: far above one of millions of files.
const MAX_LIST: u64 = 1 << 32;

/// Why a site's file cannot be written.
#[derive(Debug, Error)]
pub enum WriterError {
    /// The folder holds somebody else's page.
    #[error(
        "`{0}` holds an index.html that covatlas did not write: choose another --output-dir, or \
         remove that file"
    )]
    ForeignIndex(Utf8PathBuf),
    /// The disk refuses.
    #[error(
        "cannot write the site to `{dir}`: what is there stays as it is, and a re-run goes on from here"
    )]
    Io {
        /// The site's folder.
        dir: Utf8PathBuf,
        /// What the system says; it names the file.
        #[source]
        source: std::io::Error,
    },
}

/// The list of our files as stored.
#[derive(Debug, Default, Serialize, Deserialize)]
struct FileList {
    format: u32,
    files: BTreeSet<String>,
    /// What is stored under each path, as [`digest`] gives it; sites of older covatlas have none.
    #[serde(default)]
    digests: BTreeMap<String, String>,
}

/// The files that covatlas wrote to a site's folder, as far as they lie in it.
#[derive(Clone, Debug, Default)]
pub struct ListedFiles {
    /// Paths, each with the digest of what was stored there, where that is known.
    files: BTreeMap<String, Option<String>>,
}

impl ListedFiles {
    /// The paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.files.keys()
    }

    /// Whether `bytes` are what was stored at `path`; `None` when that is not known.
    pub fn is_sound(&self, path: &str, bytes: &[u8]) -> Option<bool> {
        let stored = self.files.get(path)?.as_ref()?;
        Some(*stored == digest(bytes))
    }

    /// Whether what was stored is still there, at every path.
    pub(super) fn are_there(&self, dir: &Utf8Path) -> bool {
        self.files.par_iter().all(|(path, _)| self.is_there(dir, path))
    }

    /// Whether what was stored at `path` is still there.
    fn is_there(&self, dir: &Utf8Path, path: &str) -> bool {
        let Some(Some(stored)) = self.files.get(path) else { return false };
        let path = dir.join(path);
        // Opening a pipe would wait for a writer.
        path.is_file() && digest_of_file(&path).is_ok_and(|found| found == *stored)
    }
}

/// A disk that refuses, with the site's folder.
pub(super) fn io_error(dir: &Utf8Path, source: std::io::Error) -> WriterError {
    WriterError::Io { dir: dir.to_owned(), source }
}

/// [`digest`] of a file, piece by piece.
pub(super) fn digest_of_file(path: &Utf8Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs_err::File::open(path)?)?;
    Ok(short_hex(&hasher.finalize()))
}

/// Hex digits that tell stored bytes apart.
fn digest(bytes: &[u8]) -> String {
    short_hex(&blake3::hash(bytes))
}

fn short_hex(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(32).collect()
}

/// What [`Writer::finish`] leaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finished {
    /// Files of the site.
    pub files: usize,
    /// Files that were not there before.
    pub written: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// The files that covatlas wrote to a site's folder; `None` when it wrote none, or the list cannot
/// be read.
pub fn listed_files(dir: &Utf8Path) -> Option<ListedFiles> {
    let FileList { files, mut digests, .. } = serde_json::from_slice(&read_list(dir).ok()?).ok()?;
    let is_inside = |path: &String| path == layout::INDEX || is_ours(path);
    let files = files.into_iter().filter(is_inside);
    let files = files.map(|path| (path.clone(), digests.remove(&path))).collect();
    Some(ListedFiles { files })
}

fn read_list(dir: &Utf8Path) -> std::io::Result<Vec<u8>> {
    read_at_most(&dir.join(FILE_LIST), MAX_LIST)
}

/// Writes the files of one site. Shared between threads.
#[derive(Debug)]
pub struct Writer {
    dir: Utf8PathBuf,
    form: Form,
    earlier: ListedFiles,
    /// Files of this site; each with its digest as soon as that is known.
    files: Mutex<BTreeMap<String, Option<String>>>,
    written: AtomicUsize,
}

impl Writer {
    /// Begins a site in `dir`, which is made when it is missing.
    ///
    /// # Errors
    /// [`WriterError`].
    pub fn create(dir: &Utf8Path, form: Form) -> Result<Self, WriterError> {
        let io = |source| io_error(dir, source);
        if !dir.join(FILE_LIST).is_file() && dir.join(layout::INDEX).exists() {
            return Err(WriterError::ForeignIndex(dir.to_owned()));
        }
        let earlier = listed_files(dir).unwrap_or_default();
        for sub in [layout::SHARD_DIR, layout::VIEWER_DIR] {
            fs_err::create_dir_all(dir.join(sub)).map_err(io)?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            form,
            earlier,
            files: Mutex::default(),
            written: AtomicUsize::new(0),
        })
    }

    /// How shards are stored.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Writes a shard and gives its name. Equal contents of one kind share a file.
    ///
    /// # Errors
    /// [`WriterError::Io`].
    pub fn shard(&self, kind: Kind, bytes: &[u8]) -> Result<String, WriterError> {
        let name = layout::shard_name(kind, &blake3::hash(bytes).to_hex());
        let path = layout::shard_path(&name, self.form);
        if self.is_there(&path) {
            return Ok(name);
        }
        let gz = gzip(bytes);
        let contents = match self.form {
            Form::Gz => gz,
            Form::Script => script(&name, &gz),
        };
        self.put(&path, &contents)?;
        self.note(&path, Some(digest(&contents)));
        Ok(name)
    }

    /// Writes one of the viewer's files.
    ///
    /// # Errors
    /// [`WriterError::Io`].
    pub fn viewer_file(&self, name: &str, bytes: &[u8]) -> Result<(), WriterError> {
        let path = layout::viewer_path(name);
        let (is_there, new) = (self.is_there(&path), digest(bytes));
        let earlier = self.earlier.files.get(&path).and_then(Option::as_ref);
        if !is_there || earlier != Some(&new) {
            self.put(&path, bytes)?;
            self.note(&path, Some(new));
        }
        Ok(())
    }

    /// Takes note of a file of the site; says whether it is on disk already. Names carry hashes,
    /// so a file of the same name has the same content, unless it was damaged since.
    fn is_there(&self, path: &str) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.contains_key(path) {
            return true;
        }
        files.insert(path.to_owned(), None);
        drop(files);
        let is_there = self.earlier.is_there(&self.dir, path);
        if is_there {
            self.note(path, self.earlier.files.get(path).cloned().flatten());
        }
        is_there
    }

    fn note(&self, path: &str, digest: Option<String>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), digest);
    }

    /// Writes a file by rename, so that no reader sees half of it.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), WriterError> {
        let io = |source| io_error(&self.dir, source);
        write_atomic(&self.dir.join(path), bytes).map_err(io)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Writes the list of files and `index.html`, then deletes what only the earlier site needed.
    ///
    /// # Errors
    /// [`WriterError::Io`].
    pub fn finish(self, index: &[u8]) -> Result<Finished, WriterError> {
        let io = |source| io_error(&self.dir, source);
        self.put(layout::NO_JEKYLL, b"")?;
        self.note(layout::NO_JEKYLL, Some(digest(b"")));
        self.note(layout::INDEX, Some(digest(index)));
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Until the new index.html is there the old files count as ours: a killed run leaves both.
        let mut both = self.earlier.files.clone();
        both.extend(files.clone());
        self.put(FILE_LIST, &file_list(both))?;
        self.put(layout::INDEX, index)?;
        let stale = self.earlier.paths().filter(|path| !files.contains_key(*path) && is_ours(path));
        for stale in stale {
            match fs_err::remove_file(self.dir.join(stale)) {
                Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(io(err)),
                _ => {}
            }
        }
        self.remove_temporary().map_err(io)?;
        self.put(FILE_LIST, &file_list(files.clone()))?;
        let size = |path: &String| fs_err::metadata(self.dir.join(path)).map_or(0, |m| m.len());
        Ok(Finished {
            files: files.len(),
            written: self.written.load(Ordering::Relaxed),
            bytes: files.keys().map(size).sum(),
        })
    }

    /// Removes what an earlier run that was killed had not finished writing.
    fn remove_temporary(&self) -> std::io::Result<()> {
        for folder in ["", layout::SHARD_DIR, layout::VIEWER_DIR] {
            for entry in fs_err::read_dir(self.dir.join(folder))? {
                let entry = entry?;
                let is_left_over = entry.file_name().to_str().is_some_and(is_temporary);
                if is_left_over && entry.file_type()?.is_file() {
                    fs_err::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

fn file_list(files: BTreeMap<String, Option<String>>) -> Vec<u8> {
    let digests = files.iter().filter_map(|(path, digest)| Some((path.clone(), digest.clone()?)));
    let digests = digests.collect();
    let files = files.into_keys().collect();
    let list = FileList { format: covatlas_shared::FORMAT, files, digests };
    serde_json::to_vec_pretty(&list).unwrap_or_default()
}

/// Whether a path from the list is one that we could have written: the list is only a file.
fn is_ours(path: &str) -> bool {
    let in_our_folder = [layout::SHARD_DIR, layout::VIEWER_DIR].iter().any(|dir| {
        path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')).is_some_and(|name| {
            !name.is_empty() && !name.contains(['/', '\\', '\0']) && name != ".." && name != "."
        })
    });
    in_our_folder || path == layout::NO_JEKYLL
}

/// A classic script that hands `gz` to the page under `name`.
pub(super) fn script(name: &str, gz: &[u8]) -> Vec<u8> {
    format!("covatlas(\"{name}\",\"{}\");\n", STANDARD.encode(gz)).into_bytes()
}

/// Compresses without a time or a name, so that equal bytes stay equal.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::new(7), bytes)
}

/// Like [`gzip`], three times as slow and some percent smaller: for what every reader loads.
pub(super) fn gzip_program(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::best(), bytes)
}

fn gzip_at(level: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    // Writing to memory cannot fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().join("site")).unwrap();
        (dir, path)
    }

    #[test]
    fn only_files_of_the_earlier_site_are_deleted() {
        let (_guard, dir) = site();
        let writer = Writer::create(&dir, Form::Script).unwrap();
        let old = writer.shard(Kind::Owners, b"old").unwrap();
        writer.finish(b"1").unwrap();
        fs_err::write(dir.join("CNAME"), "example.com").unwrap();
        fs_err::write(dir.join("data/foreign.js"), "").unwrap();

        let writer = Writer::create(&dir, Form::Script).unwrap();
        let new = writer.shard(Kind::Owners, b"new").unwrap();
        writer.finish(b"2").unwrap();
        assert!(!dir.join(layout::shard_path(&old, Form::Script)).exists());
        assert!(dir.join(layout::shard_path(&new, Form::Script)).exists());
        assert!(dir.join("CNAME").exists() && dir.join("data/foreign.js").exists());
    }

    #[test]
    fn left_overs_of_a_killed_run_are_removed() {
        let (_guard, dir) = site();
        Writer::create(&dir, Form::Script).unwrap().finish(b"1").unwrap();
        for name in ["tmp.aB3xYz", "data/tmp.000000", "viewer/tmp.ABCDEF", "tmp.notes.txt"] {
            fs_err::write(dir.join(name), "half").unwrap();
        }
        Writer::create(&dir, Form::Script).unwrap().finish(b"1").unwrap();
        assert!(!dir.join("tmp.aB3xYz").exists() && !dir.join("data/tmp.000000").exists());
        assert!(!dir.join("viewer/tmp.ABCDEF").exists() && dir.join("tmp.notes.txt").exists());
    }

    #[test]
    fn a_hostile_file_list_deletes_nothing_outside() {
        let (_guard, dir) = site();
        Writer::create(&dir, Form::Script).unwrap().finish(b"1").unwrap();
        fs_err::write(dir.join("../precious"), "").unwrap();
        fs_err::write(dir.join("precious"), "").unwrap();
        let list = r#"{"format":1,"files":["../precious","precious","data/../../precious"]}"#;
        fs_err::write(dir.join(FILE_LIST), list).unwrap();
        Writer::create(&dir, Form::Script).unwrap().finish(b"2").unwrap();
        assert!(dir.join("../precious").exists() && dir.join("precious").exists());
    }

    #[test]
    fn somebody_elses_page_is_not_overwritten() {
        let (_guard, dir) = site();
        fs_err::create_dir_all(&dir).unwrap();
        fs_err::write(dir.join(layout::INDEX), "mine").unwrap();
        let err = Writer::create(&dir, Form::Script).unwrap_err();
        assert!(matches!(err, WriterError::ForeignIndex(_)), "{err}");
    }
}
