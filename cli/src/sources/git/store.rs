//! Making object stores, and mending what a killed run left.

use std::collections::BTreeSet;

use camino::Utf8Path;
use covatlas_remote::git as web;
use git2::{Repository, RepositoryInitOptions, RepositoryOpenFlags};

use super::FetchError;

/// Opens exactly the store at `path`, never a repository around it.
pub(super) fn open_store(path: &Utf8Path) -> Result<Repository, git2::Error> {
    web::install().map_err(|message| git2::Error::from_str(&message))?;
    let flags = RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::BARE;
    Repository::open_ext(path, flags, std::iter::empty::<&str>())
}

/// Opens the store at `path` for a fetch, or makes it.
///
/// The caller has the right to change it: locks and unfinished files of a killed run are removed.
pub(super) fn make_store(path: &Utf8Path) -> Result<Repository, FetchError> {
    fs_err::create_dir_all(path)
        .map_err(|cause| FetchError::Folder { path: path.to_owned(), cause })?;
    remove_leftovers(path);
    let store_error = |cause| FetchError::Store { path: path.to_owned(), cause };
    if let Ok(store) = open_store(path) {
        return Ok(store);
    }
    // Also completes a store whose making was cut short.
    web::install().map_err(|message| store_error(git2::Error::from_str(&message)))?;
    let mut options = RepositoryInitOptions::new();
    options.bare(true).no_reinit(false).mkdir(false).external_template(false);
    Repository::init_opts(path, &options).map_err(store_error)
}

/// The folder that a path on this machine means, with or without `.git`.
pub(super) fn local_folder(path: &str) -> Result<String, git2::Error> {
    let found = [path.to_owned(), format!("{path}.git")];
    found.into_iter().find(|path| Utf8Path::new(path).is_dir()).ok_or_else(|| {
        git2::Error::from_str(&format!("there is no folder {path} and no {path}.git"))
    })
}

/// The file in a store whose objects came only with a login.
const PRIVATE: &str = "covatlas-private";

/// Whether what is in the store at `path` was given only to somebody with a login.
pub fn is_private(path: &Utf8Path) -> bool {
    path.join(PRIVATE).exists()
}

/// Takes note of that a login was needed. That is remembered for all commits of the store: which
/// of its objects anybody may have, nobody knows.
pub(super) fn note_private(path: &Utf8Path) -> Result<(), FetchError> {
    fs_err::write(path.join(PRIVATE), "fetched with a login\n")
        .map_err(|cause| FetchError::Folder { path: path.to_owned(), cause })
}

/// Takes the note back, when nothing came after all.
pub(super) fn forget_private(path: &Utf8Path) {
    // When it stays, a text is left out that anybody may see, and the note says so.
    fs_err::remove_file(path.join(PRIVATE)).ok();
}

/// Moves all objects of the store `fresh` into the one at `path`.
pub(super) fn adopt(fresh: &Utf8Path, path: &Utf8Path) -> Result<(), FetchError> {
    let adopt = || -> std::io::Result<()> {
        let packs = path.join("objects/pack");
        fs_err::create_dir_all(&packs)?;
        for entry in fresh.join("objects/pack").read_dir_utf8()? {
            let entry = entry?;
            fs_err::rename(entry.path(), packs.join(entry.file_name()))?;
        }
        // Commits without their history are listed, or libgit2 would look for it.
        let lines = |path: &Utf8Path| match fs_err::read_to_string(path.join("shallow")) {
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            other => other,
        };
        let (old, new) = (lines(path)?, lines(fresh)?);
        let all: BTreeSet<&str> = old.lines().chain(new.lines()).collect();
        if !all.is_empty() {
            let text: String = all.into_iter().flat_map(|line| [line, "\n"]).collect();
            fs_err::write(path.join("shallow"), text)?;
        }
        Ok(())
    };
    adopt().map_err(|cause| FetchError::Folder { path: path.to_owned(), cause })
}

/// Removes a store, if it is there.
pub(super) fn remove_store(path: &Utf8Path) -> Result<(), FetchError> {
    match fs_err::remove_dir_all(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(FetchError::Folder { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}

/// Removes lock files, which would block every later fetch, and packs that were never finished.
fn remove_leftovers(path: &Utf8Path) {
    let is_lock = |name: &str| name.strip_suffix(".lock").is_some();
    let is_unfinished = |name: &str| name.contains("_git2_") || name.starts_with("tmp_");
    remove_files(path, is_lock);
    remove_files(&path.join("refs/cov"), is_lock);
    remove_files(&path.join("refs/cov-fallback"), is_lock);
    remove_files(&path.join("objects/pack"), is_unfinished);
}

fn remove_files(dir: &Utf8Path, unwanted: impl Fn(&str) -> bool) {
    // What cannot be listed or removed is told by the fetch, with a better message.
    for entry in dir.read_dir_utf8().into_iter().flatten().flatten() {
        if unwanted(entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            fs_err::remove_file(entry.path()).ok();
        }
    }
}
