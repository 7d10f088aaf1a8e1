//! The inner layer of a meta file: one blob per package.

use std::ops::Range;

use super::decode::BLOB_HEADER_LEN;
use super::strings::{Interner, StrId};
use super::{Func, Granularity, MetaFile, Mode, Package, Unit};
use crate::cursor::{Cursor, len64};
use crate::error::{DecodeError, ErrorClass, Warning};
use crate::hash::MetaHash;

/// What has been decoded of a meta file so far.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    interner: Interner<'a>,
    /// The current package's string table.
    table: Vec<StrId>,
    packages: Vec<Package>,
    funcs: Vec<Func>,
    units: Vec<Unit>,
    miscounted: Option<Warning>,
}

/// The fixed part of a blob.
struct BlobHeader {
    name: u32,
    path: u32,
    module_path: u32,
    hash: [u8; 16],
    n_strings: u32,
    n_funcs: u32,
}

impl<'a> Decoder<'a> {
    /// A decoder with room for what a usual file of that many bytes holds.
    pub(super) fn with_file_len(len: usize) -> Self {
        Self {
            interner: Interner::default(),
            table: Vec::new(),
            packages: Vec::new(),
            funcs: Vec::with_capacity(len / 64),
            units: Vec::with_capacity(len / 9),
            miscounted: None,
        }
    }

    /// Decodes the package whose blob is what `blob` has left. Returns its stored hash.
    pub(super) fn read_package(&mut self, blob: Cursor<'a>) -> Result<[u8; 16], DecodeError> {
        let base = blob.offset();
        let mut cursor = blob;
        let header = BlobHeader::read(&mut cursor)?;
        let slots_at = cursor.offset();
        let n_funcs = usize::try_from(header.n_funcs).unwrap_or(usize::MAX);
        if n_funcs > cursor.rest().len() / 4 {
            let (n, left) = (header.n_funcs, cursor.rest().len());
            let message = format!("{n} functions cannot fit into {left} bytes");
            return Err(DecodeError::malformed(base + 40, "number of functions", message));
        }
        let slots = cursor.take(n_funcs.saturating_mul(4), "function offset")?;
        self.table.clear();
        // The blob is complete, so a table that leaves it is damaged, not cut short.
        self.interner
            .read_table(&mut cursor, &mut self.table)
            .map_err(|err| DecodeError { class: ErrorClass::Malformed, ..err })?;
        self.note_count(header.n_strings, base);

        let first = count(&self.funcs, base)?;
        let package = count(&self.packages, base)?;
        let mut slots = Cursor::new(slots, slots_at);
        for _ in 0..n_funcs {
            check_slot(&mut slots, base, cursor.offset())?;
            let func = self.read_func(&mut cursor, package)?;
            self.funcs.push(func);
        }
        if !cursor.rest().is_empty() {
            let left = cursor.rest().len();
            let message = format!("{left} bytes after the package's last function");
            return Err(DecodeError::malformed(cursor.offset(), "package", message));
        }
        let decoded = Package {
            path: self.lookup(header.path, base + 8, "package path")?,
            name: self.lookup(header.name, base + 4, "package name")?,
            module_path: self.lookup(header.module_path, base + 12, "module path")?,
            funcs: first..count(&self.funcs, base)?,
        };
        self.packages.push(decoded);
        Ok(header.hash)
    }

    /// The finished file, and what is odd about it.
    pub(super) fn finish(
        mut self,
        hash: MetaHash,
        mode: Mode,
        granularity: Granularity,
    ) -> (MetaFile, impl Iterator<Item = Warning>) {
        let (strings, invalid) = self.interner.finish();
        let odd = self.miscounted.take().into_iter().chain(invalid);
        let meta = MetaFile {
            hash,
            mode,
            granularity,
            strings,
            packages: self.packages,
            funcs: self.funcs,
            n_statements: self.units.iter().map(|unit| u64::from(unit.statements)).sum(),
            units: self.units,
            warnings: Vec::new(),
        };
        (meta, odd)
    }

    fn read_func(&mut self, cursor: &mut Cursor<'a>, package: u32) -> Result<Func, DecodeError> {
        let start = cursor.offset();
        let n_units = cursor.uleb("number of units")?;
        let name_at = cursor.offset();
        let name = self.lookup(cursor.uleb("function name")?, name_at, "function name")?;
        let file_at = cursor.offset();
        let file = self.lookup(cursor.uleb("function file")?, file_at, "function file")?;
        // Each unit takes at least five bytes.
        if u64::from(n_units) > len64(cursor.rest()) / 5 {
            let left = cursor.rest().len();
            let message = format!("{n_units} units cannot fit into {left} bytes");
            return Err(DecodeError::new(ErrorClass::TooLarge, start, "number of units", message));
        }
        let units = self.read_units(cursor, n_units, start)?;
        let flag_at = cursor.offset();
        let is_literal = match cursor.uleb("literal flag")? {
            0 => false,
            1 => true,
            other => {
                let message = format!("{other} is neither 0 nor 1");
                return Err(DecodeError::malformed(flag_at, "literal flag", message));
            }
        };
        Ok(Func { name, file, units, is_literal, package })
    }

    fn read_units(
        &mut self,
        cursor: &mut Cursor<'a>,
        n_units: u32,
        start: u64,
    ) -> Result<Range<u32>, DecodeError> {
        let first = count(&self.units, start)?;
        for _ in 0..n_units {
            let Some(unit) = try_unit(cursor) else { return Err(cursor.uleb_error("unit")) };
            self.units.push(unit);
        }
        Ok(first..count(&self.units, start)?)
    }

    fn lookup(&self, index: u32, at: u64, field: &'static str) -> Result<StrId, DecodeError> {
        let id = usize::try_from(index).ok().and_then(|index| self.table.get(index));
        id.copied().ok_or_else(|| {
            let n = self.table.len();
            let message = format!("string {index} does not exist, the package has {n}");
            DecodeError::malformed(at, field, message)
        })
    }

    /// Go's header calls it the number of files and ignores it.
    fn note_count(&mut self, stated: u32, base: u64) {
        if self.miscounted.is_none() && usize::try_from(stated) != Ok(self.table.len()) {
            let message = format!("the package has {} strings, not {stated}", self.table.len());
            let field = "number of strings";
            self.miscounted = Some(Warning::new(ErrorClass::Malformed, base + 36, field, message));
        }
    }
}

impl BlobHeader {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let (base, length) = (cursor.offset(), len64(cursor.rest()));
        let stated = cursor.u32("blob length")?;
        if u64::from(stated) != length {
            let message = format!("{stated} differs from the {length} bytes of the table");
            return Err(DecodeError::malformed(base, "blob length", message));
        }
        let name = cursor.u32("package name")?;
        let path = cursor.u32("package path")?;
        let module_path = cursor.u32("module path")?;
        let hash = cursor.array("package hash")?;
        cursor.take(4, "padding")?;
        let n_strings = cursor.u32("number of strings")?;
        let n_funcs = cursor.u32("number of functions")?;
        debug_assert_eq!(cursor.offset(), base + BLOB_HEADER_LEN);
        Ok(Self { name, path, module_path, hash, n_strings, n_funcs })
    }
}

/// Reads a unit; the cursor stays before the number that cannot be read.
#[inline]
fn try_unit(cursor: &mut Cursor<'_>) -> Option<Unit> {
    Some(Unit {
        start_line: cursor.try_uleb()?,
        start_col: cursor.try_uleb()?,
        end_line: cursor.try_uleb()?,
        end_col: cursor.try_uleb()?,
        statements: cursor.try_uleb()?,
    })
}

/// Checks that the next function offset is where the function really starts.
///
/// A wrong one makes Go drop the rest of the package and report success.
fn check_slot(slots: &mut Cursor<'_>, base: u64, actual: u64) -> Result<(), DecodeError> {
    let at = slots.offset();
    let stated = u64::from(slots.u32("function offset")?);
    let actual = actual.saturating_sub(base);
    if stated == actual {
        return Ok(());
    }
    let message = format!("the function starts {actual} bytes into its package, not {stated}");
    Err(DecodeError::malformed(at, "function offset", message))
}

fn count<T>(items: &[T], at: u64) -> Result<u32, DecodeError> {
    u32::try_from(items.len()).map_err(|_| {
        let message = "more entries than 32 bits can count";
        DecodeError::new(ErrorClass::TooLarge, at, "package", message)
    })
}
