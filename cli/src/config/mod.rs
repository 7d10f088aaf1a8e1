//! `covatlas.toml`: the user's own defaults for every flag.
//!
//! Keys are the long names of flags. A key at the top is for every command that has such a flag, one
//! in a table such as `[compile]` or `[export.lcov]` for that command. What the file says becomes the
//! default of the flag, so that the order is: command line, environment, the collection's file, the
//! file in the user's own folder, covatlas.

mod apply;
mod file;
mod invocation;
mod settings;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use etcetera::BaseStrategy as _;
use thiserror::Error;

pub use apply::with_path_hints;
pub use file::Place;
pub use invocation::{Invocation, Refused};
pub use settings::{Setting, Shape, Source};

use file::ConfigFile;

/// The name of the file, in a collection and in the user's folder.
const FILE_NAME: &str = "covatlas.toml";
/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A configuration that cannot be used: a usage error.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is no TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What was expected there.
        message: String,
    },
    /// There is no such flag or command.
    #[error("{place}: unknown key `{key}`{hint}")]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The key with its table.
        key: String,
        /// The nearest key that there is, or all of them.
        hint: String,
    },
    /// The flag does not take this value.
    #[error("{place}: {message}")]
    Value {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        message: String,
    },
}

/// The files that are in force, the strongest first.
#[derive(Clone, Debug, Default)]
pub struct Config {
    files: Vec<ConfigFile>,
    /// Where there could have been one, the strongest first.
    candidates: Vec<Utf8PathBuf>,
}

impl Config {
    /// Reads `named`; without it the collection's file and the one in the user's folder, as far as
    /// they are there.
    ///
    /// # Errors
    /// [`ConfigError`] of the first file that cannot be used.
    pub fn read(
        named: Option<&Utf8Path>,
        collection: &Utf8Path,
        command: &clap::Command,
    ) -> Result<Self, ConfigError> {
        let candidates = match named {
            Some(path) => vec![path.to_owned()],
            None => [Some(collection.join(FILE_NAME)), user_file()].into_iter().flatten().collect(),
        };
        let mut files = Vec::new();
        for path in &candidates {
            if named.is_some() || path.exists() {
                files.push(ConfigFile::read(path, command)?);
            }
        }
        Ok(Self { files, candidates })
    }

    /// Where there could have been a file, and whether it is in force.
    pub fn places(&self) -> impl Iterator<Item = (&Utf8Path, bool)> {
        let is_read = |path: &Utf8Path| self.files.iter().any(|file| file.path == path);
        self.candidates.iter().map(move |path| (path.as_path(), is_read(path)))
    }
}

/// The file in the user's own folder: `$XDG_CONFIG_HOME/covatlas/covatlas.toml` or what stands for
/// it on this system.
fn user_file() -> Option<Utf8PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.config_dir();
    let folder = Utf8PathBuf::from_path_buf(folder).ok()?;
    Some(folder.join("covatlas").join(FILE_NAME))
}
