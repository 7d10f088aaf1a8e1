//! How columns are packed: string tables, deltas and runs.
//!
//! Every shard is one [`Columns`]: a string table and named columns of integers. One type for all
//! of them keeps the viewer small, and a reader of another program needs no schema.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::named::Named;

/// Index of a string in a [`Strings`] table. Index 0 is always the empty string, which also stands
/// for "unknown".
pub type StrIdx = u32;

/// A table of distinct strings in the order in which they were added; entry 0 is `""`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Strings(Vec<String>);

impl Default for Strings {
    fn default() -> Self {
        Self(vec![String::new()])
    }
}

impl Strings {
    /// A table of these strings; `None` unless the first one is `""`.
    pub(crate) fn of(strings: Vec<String>) -> Option<Self> {
        strings.first()?.is_empty().then_some(Self(strings))
    }

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

/// Stands for a time that is not known.
const UNKNOWN_TIME: i64 = i64::MIN;

/// The contents of a shard: a string table and named columns of integers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// The strings that columns of string indexes point to.
    pub strings: Strings,
    #[serde(skip_serializing_if = "Named::is_empty")]
    texts: Named<Vec<String>>,
    numbers: Named<Vec<i64>>,
}

impl Columns {
    /// No columns yet.
    pub fn new(strings: Strings) -> Self {
        Self { strings, ..Self::default() }
    }

    /// The columns as they were read.
    pub(crate) fn of(
        strings: Strings,
        texts: Named<Vec<String>>,
        numbers: Named<Vec<i64>>,
    ) -> Self {
        Self { strings, texts, numbers }
    }

    /// Adds a column of texts that are all different, such as names of shards.
    pub fn put_texts(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        self.texts.insert(name, values.into_iter().collect());
    }

    /// Takes the texts of a column out, and leaves none; `None` when there is no such column.
    pub fn take_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.texts.get_mut(name).map(std::mem::take)
    }

    /// Adds a column as it is.
    pub fn put(&mut self, name: &str, values: impl IntoIterator<Item = i64>) {
        self.numbers.insert(name, values.into_iter().collect());
    }

    /// Adds a column of counts, positions or string indexes.
    pub fn put_u32(&mut self, name: &str, values: impl IntoIterator<Item = u32>) {
        self.put(name, values.into_iter().map(i64::from));
    }

    /// Adds a column of statements. Numbers beyond `i64` do not occur.
    pub fn put_u64(&mut self, name: &str, values: impl IntoIterator<Item = u64>) {
        self.put(name, values.into_iter().map(|v| i64::try_from(v).unwrap_or(i64::MAX)));
    }

    /// Adds a column as [`deltas`].
    pub fn put_deltas(&mut self, name: &str, values: impl IntoIterator<Item = u32>) {
        self.put(name, deltas(values));
    }

    /// Adds a column as [`zero_runs`].
    pub fn put_runs(&mut self, name: &str, values: impl IntoIterator<Item = u32>) {
        self.put(name, zero_runs(values));
    }

    /// Adds a column as [`first_uses`].
    pub fn put_first_uses(&mut self, name: &str, values: impl IntoIterator<Item = u32>) {
        self.put(name, first_uses(values));
    }

    /// Adds a column of lists: their lengths as `<name>.len`, all values as `<name>`.
    pub fn put_lists<'a>(&mut self, name: &str, lists: impl IntoIterator<Item = &'a [u32]>) {
        let (mut lens, mut values) = (Vec::new(), Vec::new());
        for list in lists {
            lens.push(i64::try_from(list.len()).unwrap_or(i64::MAX));
            values.extend(list.iter().copied().map(i64::from));
        }
        self.put(&format!("{name}.len"), lens);
        self.put(name, values);
    }

    /// Adds a column of times in seconds since 1970 UTC, some of which are not known.
    pub fn put_times(&mut self, name: &str, times: impl IntoIterator<Item = Option<i64>>) {
        self.put(name, times.into_iter().map(|time| time.unwrap_or(UNKNOWN_TIME)));
    }

    /// The undoing of [`Columns::put_times`].
    pub fn times(&self, name: &str) -> Option<Vec<Option<i64>>> {
        let known = |&time: &i64| (time != UNKNOWN_TIME).then_some(time);
        Some(self.get(name)?.iter().map(known).collect())
    }

    /// A column as it is; `None` when there is no such column.
    pub fn get(&self, name: &str) -> Option<&[i64]> {
        self.numbers.get(name).map(Vec::as_slice)
    }

    /// The undoing of [`Columns::put_u32`]; `None` when a value does not fit.
    pub fn u32s(&self, name: &str) -> Option<Vec<u32>> {
        self.get(name)?.iter().map(|&v| u32::try_from(v).ok()).collect()
    }

    /// The undoing of [`Columns::put_u64`]; `None` when a value does not fit.
    pub fn u64s(&self, name: &str) -> Option<Vec<u64>> {
        self.get(name)?.iter().map(|&v| u64::try_from(v).ok()).collect()
    }

    /// The undoing of [`Columns::put_deltas`]; `None` when a value does not fit.
    pub fn undeltas(&self, name: &str) -> Option<Vec<u32>> {
        undeltas(self.get(name)?)
    }

    /// The undoing of [`Columns::put_first_uses`]; `None` when a value does not fit.
    pub fn un_first_uses(&self, name: &str) -> Option<Vec<u32>> {
        un_first_uses(self.get(name)?)
    }

    /// The undoing of [`Columns::put_runs`]; `None` when there are not exactly `len` values.
    pub fn unruns(&self, name: &str, len: usize) -> Option<Vec<u32>> {
        un_zero_runs(self.get(name)?, len)
    }

    /// The undoing of [`Columns::put_lists`]; `None` when the lengths do not add up.
    pub fn lists(&self, name: &str) -> Option<Vec<Vec<u32>>> {
        let values = self.u32s(name)?;
        let mut rest = values.as_slice();
        let mut lists = Vec::new();
        for &len in self.get(&format!("{name}.len"))? {
            let (list, after) = rest.split_at_checked(usize::try_from(len).ok()?)?;
            lists.push(list.to_vec());
            rest = after;
        }
        rest.is_empty().then_some(lists)
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

/// Codes indexes into a table that grows in the order in which they are first used: 0 stands for the
/// next one that was not used before, n for the one n before it.
pub fn first_uses(values: impl IntoIterator<Item = u32>) -> Vec<i64> {
    let mut next = 0;
    values
        .into_iter()
        .map(|v| {
            let back = next - i64::from(v);
            next = next.max(i64::from(v) + 1);
            back
        })
        .collect()
}

/// Undoes [`first_uses`]. `None` when a value leaves the range of `u32`.
pub fn un_first_uses(coded: &[i64]) -> Option<Vec<u32>> {
    let mut next = 0_i64;
    coded
        .iter()
        .map(|&back| {
            let value = u32::try_from(next.checked_sub(back)?).ok()?;
            next = next.max(i64::from(value) + 1);
            Some(value)
        })
        .collect()
}

/// The different values, sorted, and for each value its position among them from 1; 0 for `none`,
/// which is none of them.
pub fn positions(values: &[u32], none: u32) -> (Vec<u32>, Vec<u32>) {
    let mut different = values.to_vec();
    different.sort_unstable();
    different.dedup();
    different.retain(|value| *value != none);
    let position = |value: &u32| {
        let found = different.binary_search(value).ok().and_then(|at| u32::try_from(at).ok());
        found.map_or(0, |at| at.saturating_add(1))
    };
    let positions = values.iter().map(position).collect();
    (different, positions)
}

/// Undoes [`positions`]. `None` when a position is beyond the different values.
pub fn at_positions(different: &[u32], positions: &[u32], none: u32) -> Option<Vec<u32>> {
    let value = |position: &u32| match position.checked_sub(1) {
        None => Some(none),
        Some(at) => usize::try_from(at).ok().and_then(|at| different.get(at)).copied(),
    };
    positions.iter().map(value).collect()
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
    fn new_indexes_become_zeros() {
        assert_eq!(first_uses([0, 1, 0, 2, 2]), [0, 0, 2, 0, 1]);
        assert_eq!(un_first_uses(&[1]), None);
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
        fn first_uses_come_back(values in proptest::collection::vec(prop_oneof![0_u32..6, any::<u32>()], 0..50)) {
            prop_assert_eq!(un_first_uses(&first_uses(values.iter().copied())), Some(values));
        }

        #[test]
        fn zero_runs_come_back(values in proptest::collection::vec(0_u32..3, 0..80)) {
            let runs = zero_runs(values.iter().copied());
            prop_assert_eq!(un_zero_runs(&runs, values.len()), Some(values));
        }

        #[test]
        fn positions_come_back(values in proptest::collection::vec(prop_oneof![0_u32..4, any::<u32>()], 0..40), none in 0_u32..4) {
            let (different, at) = positions(&values, none);
            prop_assert!(different.is_sorted() && !different.contains(&none));
            prop_assert_eq!(at_positions(&different, &at, none), Some(values));
            let beyond = u32::try_from(different.len()).unwrap() + 1;
            prop_assert_eq!(at_positions(&different, &[beyond], none), None);
        }

        #[test]
        fn lists_come_back(lists in proptest::collection::vec(proptest::collection::vec(any::<u32>(), 0..4), 0..8)) {
            let mut columns = Columns::default();
            columns.put_lists("pods", lists.iter().map(Vec::as_slice));
            prop_assert_eq!(columns.lists("pods"), Some(lists));
        }

        #[test]
        fn hostile_numbers_never_panic(runs in proptest::collection::vec(any::<i64>(), 0..20), len in 0_usize..100) {
            let _ = un_zero_runs(&runs, len);
            let _ = (undeltas(&runs), un_first_uses(&runs));
        }
    }
}
