//! Meta files: what a program consists of.

mod blob;
mod decode;
mod strings;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

pub(crate) use decode::{MAGIC as META_MAGIC, read_magic, read_version};
pub use strings::StrId;
pub(crate) use strings::{table_entry, table_len};

use crate::cursor::Cursor;
use crate::error::{DecodeError, Warning};
use crate::hash::MetaHash;
use strings::Strings;

/// How a program counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A counter is 1 once its unit has run.
    Set,
    /// A counter is the number of runs; goroutines may lose some.
    Count,
    /// A counter is the number of runs, exactly.
    Atomic,
}

impl Mode {
    /// The word that Go uses for the mode, also on the first line of a text profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Count => "count",
            Self::Atomic => "atomic",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a counter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// One unit per basic block: what the `go` command asks for.
    PerBlock,
    /// One unit per function.
    PerFunc,
}

impl Granularity {
    /// The word that Go uses for the granularity.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerBlock => "perblock",
            Self::PerFunc => "perfunc",
        }
    }
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A stretch of source code with one counter.
///
/// Lines count from 1. Columns count **bytes** from 1, but are 0 where a `//line` directive of an
/// older Go gave none. The end is exclusive. Nothing is promised about the order of start and end,
/// or that they lie inside the file.
///
/// The order is that of a text profile: the end line comes before the start column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// The line of the first byte.
    pub start_line: u32,
    /// The column of the first byte.
    pub start_col: u32,
    /// The line of the byte after the last one.
    pub end_line: u32,
    /// The column of the byte after the last one.
    pub end_col: u32,
    /// How many statements the unit holds; 0 is common.
    pub statements: u32,
}

impl Unit {
    fn key(&self) -> (u32, u32, u32, u32, u32) {
        (self.start_line, self.end_line, self.start_col, self.end_col, self.statements)
    }
}

impl Ord for Unit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Unit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A package of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The import path, or `command-line-arguments`.
    pub path: StrId,
    /// The name in the package clause.
    pub name: StrId,
    /// The module's path, empty for the standard library.
    pub module_path: StrId,
    /// Its functions: a range of [`MetaFile::funcs`]. May be empty.
    pub funcs: Range<u32>,
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Func {
    /// `F`, `T.M` or `*T.M`. Not unique: a file may hold several `init`.
    pub name: StrId,
    /// `<import path>/<base name>`, or an absolute path for packages given as files.
    pub file: StrId,
    /// Its units: a range of [`MetaFile::units`], in the order of the syntax tree. May be empty.
    pub units: Range<u32>,
    /// Whether this is a function literal outside of any function.
    pub is_literal: bool,
    /// The package's place in [`MetaFile::packages`].
    pub package: u32,
}

/// A decoded meta file: packages, functions and units of one build.
///
/// Invariant: packages, functions and units stand in *counter order*. The ranges of the packages
/// follow each other and cover all functions; those of the functions cover all units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaFile {
    hash: MetaHash,
    mode: Mode,
    granularity: Granularity,
    strings: Strings,
    packages: Vec<Package>,
    funcs: Vec<Func>,
    units: Vec<Unit>,
    n_statements: u64,
    warnings: Vec<Warning>,
}

impl MetaFile {
    /// Decodes a whole meta file.
    ///
    /// Stricter than Go, which loses functions without a word on some kinds of damage: lengths
    /// must add up, indexes must be in range, and nothing may be left over within the stated
    /// length. A failed hash check, bytes after the stated length and text that is not UTF-8 are
    /// warnings.
    ///
    /// # Errors
    ///
    /// `Truncated`, `BadMagic`, `UnsupportedVersion`, `Malformed` or `TooLarge`, with the place.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode::decode(bytes)
    }

    /// The bytes of a meta file as its head and its packages, which follow each other up to the
    /// end: programs that share packages share those bytes. `None` when the file has another shape.
    pub fn split(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
        decode::split(bytes)
    }

    /// The hash in the header, which counter files refer to.
    pub fn hash(&self) -> MetaHash {
        self.hash
    }

    /// How the program counts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What a counter stands for.
    pub fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// The packages in the order of their initialisation; the index is the id in counter files.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The functions of all packages, package by package.
    pub fn funcs(&self) -> &[Func] {
        &self.funcs
    }

    /// The units of all functions, function by function; counters have the same order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The functions of one package of this file.
    pub fn package_funcs(&self, package: &Package) -> &[Func] {
        to_usize(&package.funcs).and_then(|range| self.funcs.get(range)).unwrap_or_default()
    }

    /// The units of one function of this file.
    pub fn func_units(&self, func: &Func) -> &[Unit] {
        to_usize(&func.units).and_then(|range| self.units.get(range)).unwrap_or_default()
    }

    /// The text of a string of this file. Empty for an id of another file that is out of range.
    ///
    /// Strings of equal bytes have equal ids.
    pub fn str(&self, id: StrId) -> &str {
        self.strings.get(id)
    }

    /// How many different strings the file holds; ids are below that.
    pub fn n_strings(&self) -> usize {
        self.strings.len()
    }

    /// The place of a function's units in [`Self::units`], by the two indexes of a counter record:
    /// the package's, and the function's within the package. `None` when there is no such function.
    pub fn unit_range(&self, pkg_idx: u32, func_idx: u32) -> Option<Range<usize>> {
        to_usize(&self.funcs.get(self.func_idx(pkg_idx, func_idx)?)?.units)
    }

    /// The place of a function in [`Self::funcs`], by the two indexes of a counter record.
    pub(crate) fn func_idx(&self, pkg_idx: u32, func_idx: u32) -> Option<usize> {
        let package = self.packages.get(usize::try_from(pkg_idx).ok()?)?;
        let func = package.funcs.start.checked_add(func_idx)?;
        usize::try_from(func).ok().filter(|_| func < package.funcs.end)
    }

    /// The number of statements of all units.
    pub fn n_statements(&self) -> u64 {
        self.n_statements
    }

    /// What is odd about the file, a handful of entries at most.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Reads a meta file's header for what identifies the build.
pub(crate) fn read_meta_header(cursor: &mut Cursor<'_>) -> Result<(MetaHash, Mode), DecodeError> {
    decode::Header::read(cursor).map(|header| (header.hash, header.mode))
}

fn to_usize(range: &Range<u32>) -> Option<Range<usize>> {
    Some(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

#[cfg(test)]
mod tests;
