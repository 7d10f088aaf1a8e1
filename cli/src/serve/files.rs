use std::io::{self, Read as _};

use axum::body::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::layout::INDEX;
use thiserror::Error;

use super::archive::{Archive, ArchiveError};
use crate::timestamp::Timestamp;

/// The files of a site, in a folder or in a `.tar.gz`.
#[derive(Debug)]
pub struct SiteFiles(Home);

#[derive(Debug)]
enum Home {
    /// The folder, with all links resolved.
    Folder(Utf8PathBuf),
    Archive(Archive),
}

/// A site that cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no such file or folder.
    #[error("no site at `{path}`: make one with `covatlas render`")]
    Missing {
        /// The place that was looked at.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The folder has no `index.html`.
    #[error("no site in `{path}`: it has no index.html; make one with `covatlas render`")]
    NoIndex {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// The archive is not served.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// One file's contents.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    pub(super) bytes: Bytes,
    /// Differs whenever the contents do, as far as the file system's times tell.
    pub(super) version: i128,
}

impl SiteFiles {
    /// Opens a site's folder or archive.
    ///
    /// An archive is unpacked into a temporary file without a name, which blocks for as long as
    /// that takes. Fails when there is no site, or when the archive holds anything but plain files
    /// below one folder.
    pub fn open(path: &Utf8Path) -> Result<Self, OpenError> {
        let missing = |source| OpenError::Missing { path: path.to_owned(), source };
        let root = path.canonicalize_utf8().map_err(missing)?;
        if root.is_file() {
            return Ok(Self(Home::Archive(Archive::open(path)?)));
        }
        if !root.join(INDEX).is_file() {
            return Err(OpenError::NoIndex { path: path.to_owned() });
        }
        Ok(Self(Home::Folder(root)))
    }

    /// How many files an archive holds; `None` for a folder, which may still change.
    pub fn n_files(&self) -> Option<usize> {
        match &self.0 {
            Home::Folder(_) => None,
            Home::Archive(archive) => Some(archive.len()),
        }
    }

    /// Reads a file by its path below the site, as [`super::path::target`] gives it.
    pub(super) fn read(&self, path: &str) -> io::Result<Option<Contents>> {
        match &self.0 {
            Home::Folder(root) => read_below(root, path),
            Home::Archive(archive) => {
                let found = archive.read(path)?;
                Ok(found.map(|(bytes, version)| Contents { bytes: bytes.into(), version }))
            }
        }
    }
}

/// Reads a regular file of the folder; links that leave the folder lead nowhere.
fn read_below(root: &Utf8Path, path: &str) -> io::Result<Option<Contents>> {
    let not_there = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    };
    let path = match root.join(path).canonicalize_utf8() {
        Ok(path) if path.starts_with(root) && path.is_file() => path,
        Ok(_) => return Ok(None),
        Err(error) if not_there(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut file = fs_err::File::open(&path)?;
    let metadata = file.metadata()?;
    let written = metadata.modified().ok().and_then(Timestamp::from_system_time);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let version = written.map_or(0, Timestamp::unix_nanos);
    Ok(Some(Contents { bytes: bytes.into(), version }))
}
