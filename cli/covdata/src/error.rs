//! What can be wrong with a file, and where.

use std::fmt;

use thiserror::Error;

/// Why a file, a record or a whole directory is refused or questioned.
///
/// The names are part of the command line's `--json` contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// The bytes end before the data does.
    Truncated,
    /// The first four bytes belong to another kind of file.
    BadMagic,
    /// A format version other than 1.
    UnsupportedVersion,
    /// A field holds a value that the format does not allow.
    Malformed,
    /// A count promises more than the rest of the file can hold.
    TooLarge,
    /// A meta file's own hash follows no known formula. Only ever a warning.
    HashMismatch,
    /// A record has another number of counters than its function has units.
    LengthMismatch,
    /// A record names a function that the meta file does not have. Only ever a warning.
    UnknownFunction,
    /// Meta files of different counter modes or granularities meet in one output.
    ModeClash,
    /// Counters whose header names a hash that no usable meta file has.
    Orphan,
    /// A directory without any meta or counter file. Only ever a warning.
    NoData,
}

impl ErrorClass {
    /// The name of the class, as in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "Truncated",
            Self::BadMagic => "BadMagic",
            Self::UnsupportedVersion => "UnsupportedVersion",
            Self::Malformed => "Malformed",
            Self::TooLarge => "TooLarge",
            Self::HashMismatch => "HashMismatch",
            Self::LengthMismatch => "LengthMismatch",
            Self::UnknownFunction => "UnknownFunction",
            Self::ModeClash => "ModeClash",
            Self::Orphan => "Orphan",
            Self::NoData => "NoData",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a file is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at byte {offset}, while reading {field}: {message}")]
pub struct DecodeError {
    /// The kind of damage.
    pub class: ErrorClass,
    /// Where in the file the field starts, in bytes from 0.
    pub offset: u64,
    /// The field that was read, in the words of the format.
    pub field: &'static str,
    /// The cause: lower case, no full stop.
    pub message: String,
}

impl DecodeError {
    pub(crate) fn new(
        class: ErrorClass,
        offset: u64,
        field: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { class, offset, field, message: message.into() }
    }

    pub(crate) fn malformed(offset: u64, field: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Malformed, offset, field, message)
    }
}

/// Something odd about a file that is used all the same.
///
/// Repeated oddities of one kind share one warning, so a file has a handful at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The kind of oddity.
    pub class: ErrorClass,
    /// Where in the file the first such field starts, in bytes from 0.
    pub offset: u64,
    /// The field that was read, in the words of the format.
    pub field: &'static str,
    /// The cause: lower case, no full stop.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(
        class: ErrorClass,
        offset: u64,
        field: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { class, offset, field, message: message.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}, while reading {}: {}", self.offset, self.field, self.message)
    }
}
