//! Commit ids.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A commit id, whole or shortened.
///
/// Invariant: 7 to 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit(String);

/// The text is no commit id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a commit: 7 to 64 hexadecimal digits are needed")]
pub struct CommitError {
    /// What was read instead, cut to 80 characters, control characters replaced.
    pub text: String,
}

impl Commit {
    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a whole SHA-1 or SHA-256, which a server can be asked for.
    pub fn is_full(&self) -> bool {
        matches!(self.0.len(), 40 | 64)
    }

    /// Whether `full` is the commit this one names, whole or shortened.
    pub fn names(&self, full: &str) -> bool {
        full.starts_with(&self.0)
    }
}

impl FromStr for Commit {
    type Err = CommitError;

    fn from_str(text: &str) -> Result<Self, CommitError> {
        let trimmed = text.trim();
        let hex = trimmed.bytes().all(|b| b.is_ascii_hexdigit());
        if hex && (7..=64).contains(&trimmed.len()) {
            Ok(Self(trimmed.to_ascii_lowercase()))
        } else {
            Err(CommitError { text: super::url::printable(trimmed) })
        }
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_digits() {
        for good in ["0123456", "ABCDEF0123456789", &"a".repeat(40), &"f".repeat(64)] {
            let commit: Commit = good.parse().unwrap();
            assert_eq!(commit.as_str(), good.to_ascii_lowercase());
        }
        for bad in ["", "012345", &"a".repeat(65), "HEAD", "main", "-upload-pack", "g123456"] {
            assert!(bad.parse::<Commit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_short_commit_names_the_long_one() {
        let short: Commit = "abcdef1".parse().unwrap();
        assert!(short.names("abcdef1234567890abcdef1234567890abcdef12"));
        assert!(!short.is_full());
        assert!(!short.names("abcdef2"));
    }

    #[test]
    fn the_error_shows_no_control_characters() {
        let err = "\u{1b}[31mred".parse::<Commit>().unwrap_err();
        assert_eq!(
            err.to_string(),
            "`?[31mred` is not a commit: 7 to 64 hexadecimal digits are needed"
        );
    }
}
