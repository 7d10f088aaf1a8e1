//! The files of a site on this machine.

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::layout::INDEX;
use thiserror::Error;

use crate::site::listed_files;

/// A site that is whole: every file that covatlas wrote there is still there.
#[derive(Clone, Debug)]
pub struct SiteFiles {
    dir: Utf8PathBuf,
    /// Paths with sizes in bytes, sorted.
    files: Vec<(String, u64)>,
}

/// A site that cannot be published.
#[derive(Debug, Error)]
pub enum SiteFilesError {
    /// There is none.
    #[error("no site of covatlas in `{0}`: make one with `covatlas render`")]
    NoSite(Utf8PathBuf),
    /// Some of it is missing.
    #[error("the site is not whole: `{path}` is missing or no file; run `covatlas render` again")]
    Missing {
        /// The file.
        path: Utf8PathBuf,
    },
}

impl SiteFiles {
    /// Looks at the site in `dir`. Files that covatlas did not write are no part of it.
    ///
    /// # Errors
    ///
    /// [`SiteFilesError`].
    pub fn of(dir: &Utf8Path) -> Result<Self, SiteFilesError> {
        let listed = listed_files(dir).filter(|listed| listed.paths().any(|path| path == INDEX));
        let listed = listed.ok_or_else(|| SiteFilesError::NoSite(dir.to_owned()))?;
        let mut files = Vec::new();
        for name in listed.paths() {
            let path = dir.join(name);
            // A link may lead anywhere.
            match path.symlink_metadata() {
                Ok(metadata) if metadata.is_file() => files.push((name.clone(), metadata.len())),
                _ => return Err(SiteFilesError::Missing { path }),
            }
        }
        Ok(Self { dir: dir.to_owned(), files })
    }

    /// Paths with sizes in bytes, sorted.
    pub fn files(&self) -> &[(String, u64)] {
        &self.files
    }

    /// Where a file lies.
    pub fn path(&self, name: &str) -> Utf8PathBuf {
        self.dir.join(name)
    }
}
