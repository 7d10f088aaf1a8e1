//! The objects that `covatlas inspect --json` prints, one per line; their keys are promised.

use serde::Serialize;

/// The class of a file that the system does not let us read.
pub(super) const UNREADABLE: &str = "Unreadable";

/// One line of output.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A sound file.
    File(FileRow),
    /// A refused file.
    Damage(DamageRow),
    /// A directory, after its files.
    Dir(DirRow),
}

impl Row {
    /// The path of the file or directory.
    pub fn path(&self) -> &str {
        match self {
            Self::File(row) => &row.file,
            Self::Damage(row) => &row.file,
            Self::Dir(row) => &row.file,
        }
    }

    /// The row as a JSON object in one line.
    ///
    /// # Errors
    /// Never for these types; the serialiser's all the same.
    pub fn to_json(&self) -> serde_json::Result<String> {
        match self {
            Self::File(row) => serde_json::to_string(row),
            Self::Damage(row) => serde_json::to_string(row),
            Self::Dir(row) => serde_json::to_string(row),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A meta file.
    Meta,
    /// A counter file.
    Counters,
    /// Neither, or a temporary file.
    Other,
    /// A directory.
    Directory,
}

/// A sound file; `None` where the kind of file does not say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileRow {
    /// Its path.
    pub file: String,
    /// What it is.
    pub kind: Kind,
    /// The hash in its header, 32 hex digits.
    pub hash: Option<String>,
    /// Always `None`: neither kind of file has the Go version.
    pub go_version: Option<String>,
    /// Number of packages.
    pub packages: Option<u64>,
    /// Number of functions; of a counter file: of those that ran.
    pub funcs: Option<u64>,
    /// Number of units; of a counter file: of those functions.
    pub units: Option<u64>,
    /// Number of statements.
    pub statements: Option<u64>,
    /// Number of segments, of which only the first counts.
    pub segments: Option<u32>,
    /// Process id in its name.
    pub pid: Option<u64>,
    /// Time in its name, usually nanoseconds since 1970.
    pub time: Option<u64>,
    /// What is odd about it.
    pub warnings: Vec<WarningRow>,
    /// Counter mode, for people.
    #[serde(skip)]
    pub mode: Option<covdata::Mode>,
}

/// A refused file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DamageRow {
    /// Its path.
    pub file: String,
    /// Why it is refused.
    pub error: ErrorRow,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorRow {
    /// The kind of damage, as [`covdata::ErrorClass`] names it, or `Unreadable`.
    pub class: &'static str,
    /// Where the field starts, in bytes.
    pub offset: u64,
    /// The field.
    pub field: &'static str,
    /// The cause.
    pub message: String,
}

/// A directory with data, all its programs and processes together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirRow {
    /// Its path.
    pub file: String,
    /// Always [`Kind::Directory`].
    pub kind: Kind,
    /// Number of units; files that programs share count once.
    pub units: u64,
    /// Number of statements.
    pub statements: u64,
    /// Number of statements that ran in any process.
    pub covered: u64,
    /// `Orphan` and `NoData` findings, and other oddities between files.
    pub warnings: Vec<WarningRow>,
    /// Number of different builds with a meta file, for people.
    #[serde(skip)]
    pub n_builds: usize,
}

/// An oddity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WarningRow {
    /// The kind of oddity, as [`covdata::ErrorClass`] names it.
    pub class: &'static str,
    /// The file concerned, where the row is a directory's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where the field starts, in bytes.
    pub offset: u64,
    /// The field.
    pub field: &'static str,
    /// The cause.
    pub message: String,
}

impl WarningRow {
    /// A warning of the decoder.
    pub(super) fn new(warning: &covdata::Warning, file: Option<String>) -> Self {
        let covdata::Warning { class, offset, field, message } = warning;
        let (class, message) = (class.as_str(), message.clone());
        Self { class, file, offset: *offset, field, message }
    }

    /// Whether a file says something else than its own lengths or counts.
    pub(super) fn is_malformed(&self) -> bool {
        self.class == covdata::ErrorClass::Malformed.as_str()
    }

    /// Whether counters have no meta file, which loses them.
    pub(super) fn is_orphan(&self) -> bool {
        self.class == covdata::ErrorClass::Orphan.as_str()
    }
}

impl From<&covdata::DecodeError> for ErrorRow {
    fn from(error: &covdata::DecodeError) -> Self {
        let covdata::DecodeError { class, offset, field, message } = error;
        Self { class: class.as_str(), offset: *offset, field, message: message.clone() }
    }
}
