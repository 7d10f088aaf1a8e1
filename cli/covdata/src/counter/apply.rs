//! Counters of a file, combined into one flat array.

use std::ops::Range;

use super::value::{Flavor, RawBe, RawLe, Uleb, Value};
use super::{CounterFile, Record};
use crate::cursor::Cursor;
use crate::error::{DecodeError, ErrorClass, Warning};
use crate::meta::{MetaFile, Mode};

/// How two counters of one unit become one.
///
/// In set mode both give 1 unless both counters are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Combine {
    /// The larger one: right for snapshots of one process, which are cumulative.
    Max,
    /// The sum, at most `u32::MAX`: what `go tool covdata` does with everything.
    Sum,
}

/// What came of combining a file's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ApplyReport {
    /// How many records went in.
    pub applied: usize,
    /// How many records were left out because the meta file has no such function.
    pub unknown_functions: usize,
    /// How many sums were cut to `u32::MAX`.
    pub saturated: usize,
    /// One `UnknownFunction` warning when records were left out.
    pub warnings: Vec<Warning>,
}

impl CounterFile<'_> {
    /// Checks that the records fit a meta file, without reading a counter.
    ///
    /// # Errors
    ///
    /// As [`Self::merge_into`], except for the length of the array.
    pub fn check_fit(&self, meta: &MetaFile) -> Result<ApplyReport, DecodeError> {
        if self.hash != meta.hash() {
            let message = format!("the counters belong to {}, not to {}", self.hash, meta.hash());
            return Err(DecodeError::new(ErrorClass::Orphan, 8, "meta hash", message));
        }
        let mut report = ApplyReport::default();
        let mut first_unknown = None;
        for record in &self.records {
            let Some(range) = meta.unit_range(record.package, record.func) else {
                report.unknown_functions += 1;
                first_unknown.get_or_insert(record);
                continue;
            };
            if usize::try_from(record.n_counters) != Ok(range.len()) {
                return Err(length_mismatch(record, &range));
            }
            report.applied += 1;
        }
        if let Some(record) = first_unknown {
            report.warnings.push(unknown_function(record, report.unknown_functions));
        }
        Ok(report)
    }

    /// Combines the file's counters into `counters`, one per unit of `meta` and in its order.
    ///
    /// Records of functions that `meta` does not have are left out and reported. In set mode a
    /// counter becomes 1 where the file's is not 0, and stays as it is elsewhere.
    ///
    /// # Errors
    ///
    /// `Orphan` when the file belongs to another meta file; `LengthMismatch` when a record's length
    /// differs from its function's number of units, or `counters` from the number of all units.
    /// `counters` is then unchanged: all records are checked before the first one is applied.
    pub fn merge_into(
        &self,
        meta: &MetaFile,
        counters: &mut [u32],
        combine: Combine,
    ) -> Result<ApplyReport, DecodeError> {
        if counters.len() != meta.units().len() {
            let (have, want) = (counters.len(), meta.units().len());
            let message = format!("the array has room for {have} counters, not for {want}");
            return Err(DecodeError::new(ErrorClass::LengthMismatch, 0, "counters", message));
        }
        let mut report = self.check_fit(meta)?;
        report.saturated = self.merge_checked(meta, counters, combine);
        Ok(report)
    }

    /// As [`Self::merge_into`] after [`Self::check_fit`] with this meta file. Returns the number
    /// of saturated sums.
    pub(crate) fn merge_checked(
        &self,
        meta: &MetaFile,
        counters: &mut [u32],
        combine: Combine,
    ) -> usize {
        match self.flavor {
            Flavor::Uleb => self.apply::<Uleb>(meta, counters, combine),
            Flavor::RawLe => self.apply::<RawLe>(meta, counters, combine),
            Flavor::RawBe => self.apply::<RawBe>(meta, counters, combine),
        }
    }

    /// Sets the flag of each unit that ran, after [`Self::check_fit`] with this meta file.
    ///
    /// `flags` has one byte per unit, 0 or 1; `missing` has the number of zeros among the flags of
    /// each function. Records of functions without a zero are not even read.
    pub(crate) fn mark_checked(&self, meta: &MetaFile, flags: &mut [u8], missing: &mut [u32]) {
        match self.flavor {
            Flavor::Uleb => self.mark::<Uleb>(meta, flags, missing),
            Flavor::RawLe => self.mark::<RawLe>(meta, flags, missing),
            Flavor::RawBe => self.mark::<RawBe>(meta, flags, missing),
        }
    }

    fn mark<V: Value>(&self, meta: &MetaFile, flags: &mut [u8], missing: &mut [u32]) {
        for record in &self.records {
            let Some(func_idx) = meta.func_idx(record.package, record.func) else { continue };
            let Some(missing) = missing.get_mut(func_idx).filter(|missing| **missing > 0) else {
                continue;
            };
            let Some(range) = meta.unit_range(record.package, record.func) else { continue };
            let n = range.len();
            if let Some(flags) = flags.get_mut(range.start..) {
                *missing = missing.saturating_sub(V::mark(self.bytes_of(record), n, flags));
            }
        }
    }

    /// Picks the inner loop once per file. Returns the number of saturated sums.
    fn apply<V: Value>(&self, meta: &MetaFile, counters: &mut [u32], combine: Combine) -> usize {
        let mut saturated = 0;
        match (meta.mode(), combine) {
            (Mode::Set, _) => self.apply_with::<V>(meta, counters, |counter, value| {
                *counter = if value == 0 { *counter } else { 1 };
            }),
            (_, Combine::Max) => self.apply_with::<V>(meta, counters, |counter, value| {
                *counter = (*counter).max(value);
            }),
            (_, Combine::Sum) => self.apply_with::<V>(meta, counters, |counter, value| {
                let (sum, overflow) = counter.overflowing_add(value);
                *counter = if overflow { u32::MAX } else { sum };
                saturated += usize::from(overflow);
            }),
        }
        saturated
    }

    fn apply_with<V: Value>(
        &self,
        meta: &MetaFile,
        counters: &mut [u32],
        mut rule: impl FnMut(&mut u32, u32),
    ) {
        for record in &self.records {
            let Some(range) = meta.unit_range(record.package, record.func) else { continue };
            let n = range.len();
            if let Some(counters) = counters.get_mut(range.start..) {
                let mut cursor = Cursor::new(self.bytes_of(record), u64::from(record.start));
                // The records were checked: this always finds its numbers.
                V::combine(&mut cursor, n, counters, &mut rule);
            }
        }
    }
}

fn length_mismatch(record: &Record, units: &Range<usize>) -> DecodeError {
    let Record { package, func, n_counters, start } = record;
    let message = format!(
        "function {func} of package {package} has {} units, but its record {n_counters} counters",
        units.len()
    );
    DecodeError::new(ErrorClass::LengthMismatch, u64::from(*start), "counters", message)
}

fn unknown_function(record: &Record, n: usize) -> Warning {
    let Record { package, func, start, .. } = record;
    let message = format!(
        "{n} records name functions that the meta file does not have, first function {func} of \
         package {package}"
    );
    Warning::new(ErrorClass::UnknownFunction, u64::from(*start), "records", message)
}
