//! Source packs: text and units of the files of a Go package, each once for all who share it.

use serde::{Deserialize, Serialize};

use crate::shard::{self, Kind, ShardError};

/// One coverable unit: a range of statements that run together (Go: `CoverableUnit`).
///
/// Lines count from 1. Columns count **bytes** from 1; 0 means that a `//line` directive hid them.
/// The range is `[start, end)`. The order of units is that of `go tool covdata textfmt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// First line.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
    /// First byte on the first line.
    pub start_col: u32,
    /// First byte behind the range, on the last line.
    pub end_col: u32,
    /// Statements.
    pub statements: u32,
}

/// Files that are loaded together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePack {
    /// The files, sorted by path.
    pub files: Vec<SourceFile>,
}

/// One file: its text, if it was found, and its units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as built.
    pub path: String,
    /// The text as it stands in the repository; need not be UTF-8. `None` when it was not found or
    /// is not to be shown.
    pub text: Option<Vec<u8>>,
    /// The units, sorted.
    pub units: Vec<Unit>,
}

/// One file as it stands in the JSON.
#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    /// Bytes of text behind the JSON; `None` without text.
    len: Option<usize>,
    /// Start lines, each as the difference to the one before.
    lines: Vec<i64>,
    /// Start columns.
    cols: Vec<u32>,
    /// End lines, as the difference to the start line.
    spans: Vec<u32>,
    /// End columns.
    ends: Vec<u32>,
    /// Statements.
    stmts: Vec<u32>,
}

impl SourcePack {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let entries: Vec<Entry> = self.files.iter().map(Entry::of).collect();
        let texts: Vec<u8> =
            self.files.iter().filter_map(|f| f.text.as_deref()).flatten().copied().collect();
        shard::encode(Kind::Source, &entries, &texts)
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when texts or columns are cut short.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (entries, mut raw) = shard::decode::<Vec<Entry>>(Kind::Source, bytes)?;
        let mut files = Vec::with_capacity(entries.len());
        for entry in entries {
            let text = match entry.len {
                None => None,
                Some(len) => {
                    let (text, rest) = raw
                        .split_at_checked(len)
                        .ok_or_else(|| ShardError::damaged(Kind::Source, "text cut short"))?;
                    raw = rest;
                    Some(text.to_vec())
                }
            };
            let units = entry
                .units()
                .ok_or_else(|| ShardError::damaged(Kind::Source, "unit columns do not fit"))?;
            files.push(SourceFile { path: entry.path, text, units });
        }
        Ok(Self { files })
    }
}

impl Entry {
    fn of(file: &SourceFile) -> Self {
        let units = &file.units;
        Self {
            path: file.path.clone(),
            len: file.text.as_ref().map(Vec::len),
            lines: crate::codec::deltas(units.iter().map(|u| u.start_line)),
            cols: units.iter().map(|u| u.start_col).collect(),
            spans: units.iter().map(|u| u.end_line.saturating_sub(u.start_line)).collect(),
            ends: units.iter().map(|u| u.end_col).collect(),
            stmts: units.iter().map(|u| u.statements).collect(),
        }
    }

    fn units(&self) -> Option<Vec<Unit>> {
        let lines = crate::codec::undeltas(&self.lines)?;
        let unit = |(i, start_line): (usize, u32)| {
            Some(Unit {
                start_line,
                end_line: start_line.checked_add(*self.spans.get(i)?)?,
                start_col: *self.cols.get(i)?,
                end_col: *self.ends.get(i)?,
                statements: *self.stmts.get(i)?,
            })
        };
        lines.into_iter().enumerate().map(unit).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn unit() -> impl Strategy<Value = Unit> {
        (0_u32..90_000, 0_u32..90, any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
            |(start_line, span, start_col, end_col, statements)| Unit {
                start_line,
                end_line: start_line + span,
                start_col,
                end_col,
                statements,
            },
        )
    }

    fn file() -> impl Strategy<Value = SourceFile> {
        (".{0,20}", option::of(vec(any::<u8>(), 0..60)), vec(unit(), 0..6)).prop_map(
            |(path, text, mut units)| {
                units.sort_unstable();
                SourceFile { path, text, units }
            },
        )
    }

    proptest! {
        #[test]
        fn packs_come_back(files in vec(file(), 0..5)) {
            let pack = SourcePack { files };
            prop_assert_eq!(SourcePack::decode(&pack.encode().unwrap()).unwrap(), pack);
        }

        #[test]
        fn damaged_packs_never_panic(files in vec(file(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = SourcePack { files }.encode().unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = SourcePack::decode(&bytes);
            let _ = SourcePack::decode(&bytes[..at]);
        }
    }
}
