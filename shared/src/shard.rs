//! The envelope of every shard: a header line that names kind and format, then JSON, then raw bytes.
//!
//! ```text
//! covatlas <kind> <format>\n
//! {…one line of JSON…}\n
//! …raw bytes, source packs only…
//! ```

use thiserror::Error;

use crate::{FORMAT, codec::Columns, json};

/// What a shard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The root of the site: see [`crate::manifest`].
    Manifest,
    /// All owners and builds: see [`crate::owners`].
    Owners,
    /// Packages, files and funcs of one build: see [`crate::files`].
    Stats,
    /// Counts of one owner and build, or of everyone with a build: see [`crate::counts`].
    Counts,
    /// Which process ran which unit of one build: see [`crate::lens`].
    Lens,
    /// Text and units of files: see [`crate::source`].
    Source,
    /// The paths of all files, for the search: see [`crate::search`].
    Paths,
    /// The names of all funcs, for the search: see [`crate::search`].
    Funcs,
    /// Funcs that nobody ever entered: see [`crate::never`].
    Never,
    /// All files of a repository over all builds: see [`crate::repo`].
    Repo,
    /// Counts of files of a repository over all builds: see [`crate::union`].
    Union,
    /// Statements and funcs of the units of all builds: see [`crate::units`].
    Units,
    /// What is missing or doubtful: see [`crate::trust`].
    Trust,
    /// What changed since another collection or moment: see [`crate::compare`].
    Compare,
    /// Counts of files before and now: see [`crate::lines`].
    Lines,
}

impl Kind {
    /// All kinds, in the order in which a viewer meets them.
    pub const ALL: [Self; 15] = [
        Self::Manifest,
        Self::Owners,
        Self::Stats,
        Self::Counts,
        Self::Lens,
        Self::Source,
        Self::Paths,
        Self::Funcs,
        Self::Never,
        Self::Repo,
        Self::Union,
        Self::Units,
        Self::Trust,
        Self::Compare,
        Self::Lines,
    ];

    /// The kind's name in headers and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Owners => "owners",
            Self::Stats => "stats",
            Self::Counts => "counts",
            Self::Lens => "lens",
            Self::Source => "source",
            Self::Paths => "paths",
            Self::Funcs => "funcs",
            Self::Never => "never",
            Self::Repo => "repo",
            Self::Union => "union",
            Self::Units => "units",
            Self::Trust => "trust",
            Self::Compare => "compare",
            Self::Lines => "lines",
        }
    }

    /// The kind with this name, `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// Why bytes are not the shard that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShardError {
    /// The first line is not a covatlas header.
    #[error("not a covatlas shard")]
    NotAShard,
    /// The header names another kind than the one asked for.
    #[error("expected a shard of kind {expected}, found {found}")]
    WrongKind {
        /// The kind asked for.
        expected: &'static str,
        /// The kind in the header, at most 32 characters of it.
        found: String,
    },
    /// The shard was written by another version of the format.
    #[error("the report has format {found}, this page reads format {FORMAT}")]
    WrongFormat {
        /// The version in the header.
        found: u32,
    },
    /// The JSON or the columns do not fit together.
    #[error("damaged {kind} shard: {reason}")]
    Damaged {
        /// The kind of the shard.
        kind: &'static str,
        /// What does not fit.
        reason: String,
    },
}

impl ShardError {
    /// A [`ShardError::Damaged`] with a reason.
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed over")]
    pub fn damaged(kind: Kind, reason: impl ToString) -> Self {
        Self::Damaged { kind: kind.name(), reason: reason.to_string() }
    }
}

/// Writes the envelope around `columns` (as JSON) and `raw`.
///
/// # Errors
/// When a column cannot be written as JSON; the columns of this crate always can.
pub fn encode(kind: Kind, columns: &Columns, raw: &[u8]) -> Result<Vec<u8>, ShardError> {
    let mut out = format!("covatlas {} {FORMAT}\n", kind.name()).into_bytes();
    serde_json::to_writer(&mut out, columns).map_err(|e| ShardError::damaged(kind, e))?;
    out.push(b'\n');
    out.extend_from_slice(raw);
    Ok(out)
}

/// Checks the envelope and parses the JSON; returns it with the raw bytes behind it.
///
/// # Errors
/// [`ShardError`] of each kind; the version is checked before the JSON is looked at.
pub fn decode(kind: Kind, bytes: &[u8]) -> Result<(Columns, &[u8]), ShardError> {
    let (header, rest) = split_line(bytes).ok_or(ShardError::NotAShard)?;
    let header = std::str::from_utf8(header).map_err(|_| ShardError::NotAShard)?;
    let mut words = header.split(' ');
    if words.next() != Some("covatlas") {
        return Err(ShardError::NotAShard);
    }
    let found = words.next().unwrap_or_default();
    let format = words.next().and_then(|f| f.parse::<u32>().ok()).ok_or(ShardError::NotAShard)?;
    if format != FORMAT {
        return Err(ShardError::WrongFormat { found: format });
    }
    if found != kind.name() {
        let found = found.chars().take(32).collect();
        return Err(ShardError::WrongKind { expected: kind.name(), found });
    }
    let (json, raw) = split_line(rest).ok_or_else(|| ShardError::damaged(kind, "cut short"))?;
    let columns = json::columns(json)
        .map_err(|at| ShardError::damaged(kind, format!("its JSON breaks at byte {at}")))?;
    Ok((columns, raw))
}

/// The bytes before the first line feed and those after it.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    let (line, rest) = bytes.split_at(end);
    Some((line, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_newer_format_is_refused_before_the_contents_are_parsed() {
        let err = decode(Kind::Owners, b"covatlas owners 99\nthis is not JSON\n").unwrap_err();
        assert_eq!(err, ShardError::WrongFormat { found: 99 });
    }

    #[test]
    fn another_kind_is_refused() {
        let bytes = encode(Kind::Stats, &Columns::default(), b"").unwrap();
        let err = decode(Kind::Owners, &bytes).unwrap_err();
        assert_eq!(err, ShardError::WrongKind { expected: "owners", found: "stats".into() });
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for kind in Kind::ALL {
                let _ = decode(kind, &bytes);
            }
        }

        #[test]
        fn raw_bytes_come_back(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut columns = Columns::default();
            columns.put_u32("a", [1, 2]);
            let bytes = encode(Kind::Source, &columns, &raw).unwrap();
            let (decoded, back) = decode(Kind::Source, &bytes).unwrap();
            prop_assert_eq!(decoded, columns);
            prop_assert_eq!(back, &raw[..]);
        }
    }
}
