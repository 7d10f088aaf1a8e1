use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use super::atomic::{read_at_most, write_if_changed};
use super::{metadata::Metadata, name};
use crate::collect::file_name::FileRole;
use crate::timestamp::Timestamp;

/// The largest `metadata.json` that is read, in bytes: far above thousands of files.
const MAX_METADATA_BYTES: u64 = 16 << 20;

/// The folder of one report; always a valid `GOCOVERDIR`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportDir {
    path: Utf8PathBuf,
}

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The name within the report.
    pub name: String,
    /// What the name says about the contents.
    pub role: FileRole,
    /// In bytes.
    pub size: u64,
    /// When the file was last written, if the file system tells.
    pub modified: Option<Timestamp>,
}

/// A `metadata.json` that cannot be used.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// It cannot be read or written; the cause names the path.
    #[error("cannot use `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Its contents are not what they must be.
    #[error("`{path}` is not the metadata of a report")]
    Malformed {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why, with line and column.
        #[source]
        source: serde_json::Error,
    },
}

impl MetadataError {
    fn is_missing_file(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a `metadata.json` wherever it lies.
pub fn parse_metadata_file(path: &Utf8Path) -> Result<Metadata, MetadataError> {
    let contents = read_at_most(path, MAX_METADATA_BYTES)
        .map_err(|source| MetadataError::Io { path: path.to_owned(), source })?;
    Metadata::parse(&contents)
        .map_err(|source| MetadataError::Malformed { path: path.to_owned(), source })
}

impl ReportDir {
    /// A folder that has, or is to have, the files of one report.
    pub(crate) fn new(path: Utf8PathBuf) -> Self {
        Self { path }
    }

    /// The folder's name, unique within the collection.
    pub fn name(&self) -> &str {
        self.path.file_name().unwrap_or_default()
    }

    /// The folder itself.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Whether the folder has such a name as covatlas gives it, made of the report's identity.
    pub fn is_named_by_key(&self) -> bool {
        name::is_report_dir_name(self.name())
    }

    /// The cluster in the folder's name, when that has one.
    pub fn cluster_by_name(&self) -> Option<String> {
        let first = self.name().split(name::SEPARATOR).next().filter(|_| self.is_named_by_key())?;
        name::unescape(first)
    }

    /// What the folder's name says of the report: its image may be missing, since long names are cut.
    /// `None` when more than that is, or the name is somebody else's.
    pub fn metadata_by_name(&self) -> Option<Metadata> {
        let (cluster, key) = name::key_of(self.name())?;
        Some(Metadata::from_key(&cluster, &key))
    }

    /// Makes the folder when it is missing.
    pub fn create(&self) -> io::Result<()> {
        fs_err::create_dir_all(&self.path)
    }

    /// The path of a file of this report.
    ///
    /// `name` must be a plain name, as [`FileRole`] accepts it or [`ReportFile`] gives it.
    pub fn file(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// The regular files in the folder, sorted by name; links and sub-folders are skipped.
    pub fn files(&self) -> io::Result<Vec<ReportFile>> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(&self.path)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            // A name that is not UTF-8 is none of the names that a report's files have.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if metadata.is_file() {
                files.push(ReportFile {
                    role: FileRole::of(&name),
                    name,
                    size: metadata.len(),
                    modified: metadata.modified().ok().and_then(Timestamp::from_system_time),
                });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The contents of `metadata.json`, or `None` when there is no such file.
    pub fn metadata(&self) -> Result<Option<Metadata>, MetadataError> {
        match parse_metadata_file(&self.file("metadata.json")) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.is_missing_file() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes `metadata.json` unless it already says the same; tells whether it wrote.
    pub fn write_metadata(&self, metadata: &Metadata) -> Result<bool, MetadataError> {
        let path = self.file("metadata.json");
        let json = match metadata.to_json() {
            Ok(json) => json,
            Err(source) => return Err(MetadataError::Malformed { path, source }),
        };
        write_if_changed(&path, &json).map_err(|source| MetadataError::Io { path, source })
    }
}
