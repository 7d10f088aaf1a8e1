//! What can be wrong with the collection that reports are brought into.

use std::io;

use camino::Utf8PathBuf;
use thiserror::Error;

use crate::collection::{CollectionError, MetadataError};

/// A collection that takes no reports. What it holds is safe.
#[derive(Debug, Error)]
pub enum TargetError {
    /// It cannot be listed.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A file of it cannot be written.
    #[error(
        "cannot write `{path}`: what the collection holds is safe, and a re-run goes on from here"
    )]
    Write {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A report's metadata cannot be written.
    #[error(
        "cannot note what came: what the collection holds is safe, and a re-run goes on from here"
    )]
    Metadata(#[from] MetadataError),
}

impl TargetError {
    /// For a path, what makes an error of the operating system's.
    pub(crate) fn writing(path: impl Into<Utf8PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Write { path, source }
    }
}
