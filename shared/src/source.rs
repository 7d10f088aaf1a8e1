//! Source packs: text and units of the files of a Go package, each once for all who share it.

use crate::{
    codec::{Columns, StringsBuilder},
    shard::{self, Kind, ShardError},
};

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

impl SourcePack {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut strings = StringsBuilder::default();
        let paths: Vec<u32> = self.files.iter().map(|f| strings.add(&f.path)).collect();
        let mut columns = Columns::new(strings.finish());
        columns.put_u32("path", paths);
        // -1: no text.
        let len = |text: &Vec<u8>| i64::try_from(text.len()).unwrap_or(i64::MAX);
        columns.put("len", self.files.iter().map(|f| f.text.as_ref().map_or(-1, len)));
        columns.put("units", self.files.iter().map(|f| i64::try_from(f.units.len()).unwrap_or(0)));
        let units = || self.files.iter().flat_map(|f| &f.units);
        columns.put_deltas("lines", units().map(|u| u.start_line));
        columns.put_u32("cols", units().map(|u| u.start_col));
        columns.put_u32("spans", units().map(|u| u.end_line.saturating_sub(u.start_line)));
        columns.put_u32("ends", units().map(|u| u.end_col));
        columns.put_u32("stmts", units().map(|u| u.statements));
        let texts: Vec<u8> =
            self.files.iter().filter_map(|f| f.text.as_deref()).flatten().copied().collect();
        shard::encode(Kind::Source, &columns, &texts)
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when texts or columns are cut short.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, raw) = shard::decode(Kind::Source, bytes)?;
        let damaged = || ShardError::damaged(Kind::Source, "texts or columns do not fit");
        let units = units(&columns).ok_or_else(damaged)?;
        let files = files(&columns, raw, &units).ok_or_else(damaged)?;
        Ok(Self { files })
    }
}

/// The units of all files.
fn units(columns: &Columns) -> Option<Vec<Unit>> {
    let (cols, spans) = (columns.u32s("cols")?, columns.u32s("spans")?);
    let (ends, stmts) = (columns.u32s("ends")?, columns.u32s("stmts")?);
    let unit = |(i, start_line): (usize, u32)| {
        Some(Unit {
            start_line,
            end_line: start_line.checked_add(*spans.get(i)?)?,
            start_col: *cols.get(i)?,
            end_col: *ends.get(i)?,
            statements: *stmts.get(i)?,
        })
    };
    columns.undeltas("lines")?.into_iter().enumerate().map(unit).collect()
}

/// Paths, texts and units, file by file.
fn files(columns: &Columns, raw: &[u8], units: &[Unit]) -> Option<Vec<SourceFile>> {
    let (lens, n_units) = (columns.get("len")?, columns.u32s("units")?);
    let (mut raw, mut units) = (raw, units);
    let mut files = Vec::new();
    for (i, path) in columns.u32s("path")?.into_iter().enumerate() {
        let mut text = None;
        if let Ok(len) = usize::try_from(*lens.get(i)?) {
            let (own, rest) = raw.split_at_checked(len)?;
            (text, raw) = (Some(own.to_vec()), rest);
        }
        let (own, rest) = units.split_at_checked(usize::try_from(*n_units.get(i)?).ok()?)?;
        units = rest;
        let path = columns.strings.get(path).to_owned();
        files.push(SourceFile { path, text, units: own.to_vec() });
    }
    Some(files)
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
