//! What the user gave besides coverage data, kept so that a later run need not be told again.

use std::io;

use camino::Utf8PathBuf;
use thiserror::Error;

use super::{Collection, make_private, read_at_most, write_if_changed, write_private};

/// The largest input that is read, in bytes: far above the pods of any cluster.
const MAX_BYTES: u64 = 256 << 20;

/// One kind of input, each a file of its own in `inputs/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// Owners as the cluster tells them: names only, nothing else of the list they were read from.
    Owners,
    /// Where images come from, as the user tells it.
    Images,
    /// Where repositories are fetched from.
    Mirrors,
    /// What pseudonyms are made with; nobody gives it, and only the collection's owner may read it.
    RedactKey,
}

impl Inputs {
    fn file_name(self) -> &'static str {
        match self {
            Self::Owners => "owners.json",
            Self::Images => "images.tsv",
            Self::Mirrors => "mirrors.json",
            Self::RedactKey => "redact.key",
        }
    }
}

/// An input that cannot be kept, or not be read again.
#[derive(Debug, Error)]
pub enum InputError {
    /// It cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It cannot be read.
    #[error("cannot read `{path}`, which an earlier run kept: remove it, and give {flag} again")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// The flag that it was given with.
        flag: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Collection {
    /// The file of an input.
    pub fn input_path(&self, input: Inputs) -> Utf8PathBuf {
        self.inputs_dir().join(input.file_name())
    }

    /// Keeps an input in place of the one that was kept before.
    ///
    /// # Errors
    /// [`InputError::Write`].
    pub fn keep_input(&self, input: Inputs, contents: &[u8]) -> Result<(), InputError> {
        let path = self.input_path(input);
        let write = || match input {
            Inputs::RedactKey => write_private(&path, contents),
            _ => write_if_changed(&path, contents).map(drop),
        };
        let written = fs_err::create_dir_all(self.inputs_dir()).and_then(|()| write());
        written.map_err(|source| InputError::Write { path, source })
    }

    /// The input that was kept, as `parse` reads it; `None` when there is none.
    ///
    /// # Errors
    /// [`InputError::Read`].
    pub fn kept_input<T, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &self,
        input: Inputs,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<Option<T>, InputError> {
        let path = self.input_path(input);
        let flag = match input {
            Inputs::Owners => "--owners",
            Inputs::Images => "--images",
            Inputs::Mirrors => "--mirror",
            Inputs::RedactKey => "--redact",
        };
        if input == Inputs::RedactKey {
            // Who may read it but does not own it can still use it.
            make_private(&path).ok();
        }
        let parsed = match read_at_most(&path, MAX_BYTES) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => Err(err.into()),
            Ok(bytes) => parse(&bytes).map_err(Into::into),
        };
        parsed.map(Some).map_err(|source| InputError::Read { path, flag, source })
    }
}
