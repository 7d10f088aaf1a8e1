//! How columns are packed: string tables, deltas and runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Index of a string in a [`Strings`] table. Index 0 is always the empty string, which also stands
/// for "unknown".
pub type StrIdx = u32;

/// A table of distinct strings in the order in which they were added; entry 0 is `""`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Strings(Vec<String>);

impl Default for Strings {
    fn default() -> Self {
        Self(vec![String::new()])
    }
}

impl Strings {
    /// The string at `idx`; `""` for an index beyond the table.
    pub fn get(&self, idx: StrIdx) -> &str {
        usize::try_from(idx).ok().and_then(|i| self.0.get(i)).map_or("", String::as_str)
    }

    /// How many strings the table holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the table holds nothing but `""`.
    pub fn is_empty(&self) -> bool {
        self.0.len() <= 1
    }
}

/// Builds a [`Strings`] table; equal strings get equal indexes.
#[derive(Debug, Default)]
pub struct StringsBuilder {
    strings: Strings,
    index: BTreeMap<String, StrIdx>,
}

impl StringsBuilder {
    /// The index of `s`, which is added when it is new.
    pub fn add(&mut self, s: &str) -> StrIdx {
        if s.is_empty() {
            return 0;
        }
        if let Some(&idx) = self.index.get(s) {
            return idx;
        }
        let idx = StrIdx::try_from(self.strings.0.len()).unwrap_or(0);
        self.strings.0.push(s.to_owned());
        self.index.insert(s.to_owned(), idx);
        idx
    }

    /// The finished table.
    pub fn finish(self) -> Strings {
        self.strings
    }
}

/// Differences of neighbours; the first value stands for itself.
pub fn deltas(values: impl IntoIterator<Item = u32>) -> Vec<i64> {
    let mut last = 0;
    values
        .into_iter()
        .map(|v| {
            let delta = i64::from(v) - last;
            last = i64::from(v);
            delta
        })
        .collect()
}

/// Undoes [`deltas`]. `None` when a value leaves the range of `u32`.
pub fn undeltas(deltas: &[i64]) -> Option<Vec<u32>> {
    let mut last = 0_i64;
    deltas
        .iter()
        .map(|&d| {
            last = last.checked_add(d)?;
            u32::try_from(last).ok()
        })
        .collect()
}

/// Codes runs of zeros as one negative number: `[0, 0, 0, 7]` becomes `[-3, 7]`.
pub fn zero_runs(values: impl IntoIterator<Item = u32>) -> Vec<i64> {
    let mut out: Vec<i64> = Vec::new();
    for v in values {
        match (v, out.last_mut()) {
            (0, Some(run)) if *run < 0 => *run -= 1,
            (0, _) => out.push(-1),
            _ => out.push(i64::from(v)),
        }
    }
    out
}

/// Undoes [`zero_runs`] into exactly `len` values. `None` when the runs give another number of
/// values or a value does not fit; never allocates more than `len` values.
pub fn un_zero_runs(runs: &[i64], len: usize) -> Option<Vec<u32>> {
    let total = runs
        .iter()
        .try_fold(0_u64, |sum, &r| sum.checked_add(if r < 0 { r.unsigned_abs() } else { 1 }))?;
    if total != u64::try_from(len).ok()? {
        return None;
    }
    let mut out = Vec::with_capacity(len);
    for &run in runs {
        if run < 0 {
            let zeros = usize::try_from(run.unsigned_abs()).ok()?;
            out.resize(out.len().checked_add(zeros)?, 0);
        } else {
            out.push(u32::try_from(run).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_strings_share_an_index() {
        let mut b = StringsBuilder::default();
        assert_eq!([b.add(""), b.add("a"), b.add("b"), b.add("a")], [0, 1, 2, 1]);
        let strings = b.finish();
        assert_eq!((strings.get(1), strings.get(0), strings.get(99)), ("a", "", ""));
    }

    #[test]
    fn zeros_become_runs() {
        assert_eq!(zero_runs([0, 0, 0, 7, 0, 1]), [-3, 7, -1, 1]);
        assert_eq!(un_zero_runs(&[-3, 7], 3), None);
        assert_eq!(un_zero_runs(&[i64::MIN], 1), None);
    }

    proptest! {
        #[test]
        fn deltas_come_back(values in proptest::collection::vec(any::<u32>(), 0..50)) {
            prop_assert_eq!(undeltas(&deltas(values.iter().copied())), Some(values));
        }

        #[test]
        fn zero_runs_come_back(values in proptest::collection::vec(0_u32..3, 0..80)) {
            let runs = zero_runs(values.iter().copied());
            prop_assert_eq!(un_zero_runs(&runs, values.len()), Some(values));
        }

        #[test]
        fn hostile_numbers_never_panic(runs in proptest::collection::vec(any::<i64>(), 0..20), len in 0_usize..100) {
            let _ = un_zero_runs(&runs, len);
            let _ = undeltas(&runs);
        }
    }
}
