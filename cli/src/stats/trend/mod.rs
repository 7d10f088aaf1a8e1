//! How coverage develops over several collections, such as those of many nights.

mod lines;

use std::collections::{BTreeMap, btree_map::Entry};

use covatlas_shared::stats::Coverage;
use rayon::prelude::*;

pub use self::lines::LineError;
use super::{
    Data, Row, StatsError,
    group::select,
    side::{Key, Part, Side, key_row},
};
use crate::{args::CompareBy, selection::Selection};

/// One collection: what ran of each thing, each statement once.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The folder, as the user named it, or the name that a summary has for it.
    name: String,
    /// When its last data was written, in seconds since 1970 UTC.
    time: Option<i64>,
    /// For each way to look at it what ran, by key.
    parts: Vec<BTreeMap<Key, Coverage>>,
}

/// One thing in every collection that has it.
#[derive(Clone, Debug)]
pub struct Series {
    /// The columns that say which thing it is.
    key: Row,
    /// Oldest first, at least one.
    points: Vec<Point>,
}

#[derive(Clone, Debug)]
struct Point {
    name: String,
    time: Option<i64>,
    coverage: Coverage,
}

impl Snapshot {
    /// What the selection leaves of a collection, by the things that each of `by` names; empty
    /// when it leaves nothing.
    ///
    /// # Errors
    /// [`StatsError::Nothing`] when nothing was there.
    pub fn new(
        name: String,
        data: &Data,
        by: &[CompareBy],
        selection: &Selection,
    ) -> Result<Self, StatsError> {
        let groups = match select(data, selection) {
            Err(StatsError::NoMatch(_)) => Vec::new(),
            groups => groups?,
        };
        let seen = groups.iter().flat_map(|g| &g.ran).filter_map(|r| r.process.last_seen);
        let time = seen.max();
        let side = Side::new(groups, selection);
        let parts = |by: &CompareBy| {
            let parts: Vec<(Key, Part<'_>)> = side.parts(*by).into_iter().collect();
            let parts = parts.into_par_iter().map(|(key, part)| (key, part.coverage()));
            // A filter on funcs may leave nothing of a thing.
            parts.filter(|(_, coverage)| coverage.statements() > 0).collect()
        };
        let parts = by.iter().map(parts).collect();
        Ok(Self { name, time, parts })
    }
}

/// Every run, oldest first, and what each owner ran in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Name and time, in seconds since 1970 UTC.
    pub runs: Vec<(String, Option<i64>)>,
    /// For each run what the owner ran, `None` where it was not there; by namespace, kind, name and
    /// binary.
    pub owners: BTreeMap<Vec<String>, Vec<Option<Coverage>>>,
}

impl History {
    /// The owners of snapshots that were taken by owner alone.
    pub fn of(mut snapshots: Vec<Snapshot>) -> Self {
        snapshots.sort_by_key(|snapshot| snapshot.time);
        let n = snapshots.len();
        let mut history = Self::default();
        for (at, Snapshot { name, time, parts }) in snapshots.into_iter().enumerate() {
            history.runs.push((name, time));
            for (key, coverage) in parts.into_iter().next().into_iter().flatten() {
                let runs = history.owners.entry(key).or_insert_with(|| vec![None; n]);
                if let Some(run) = runs.get_mut(at) {
                    *run = Some(coverage);
                }
            }
        }
        history
    }
}

/// Every thing of the collections, for each of `by` in its order; what fell most since the
/// collection before is first. Collections are put in the order of their times.
///
/// # Errors
/// [`StatsError::NoMatch`] when the selection leaves nothing in any of them.
pub fn trend(
    mut snapshots: Vec<Snapshot>,
    by: &[CompareBy],
    selection: &Selection,
) -> Result<Vec<Vec<Series>>, StatsError> {
    // Stable: those of one time stay as they were named.
    snapshots.sort_by_key(|snapshot| snapshot.time);
    let lists = by.iter().enumerate().map(|(at, by)| series(&snapshots, at, *by));
    let lists: Vec<Vec<Series>> = lists.collect();
    if lists.iter().all(Vec::is_empty) {
        return Err(StatsError::NoMatch(selection.to_string()));
    }
    Ok(lists)
}

fn series(snapshots: &[Snapshot], at: usize, by: CompareBy) -> Vec<Series> {
    let mut all: BTreeMap<&Key, Vec<Point>> = BTreeMap::new();
    for snapshot in snapshots {
        for (key, coverage) in snapshot.parts.get(at).into_iter().flatten() {
            let (name, time) = (snapshot.name.clone(), snapshot.time);
            let point = Point { name, time, coverage: *coverage };
            match all.entry(key) {
                Entry::Occupied(known) => known.into_mut().push(point),
                Entry::Vacant(new) => drop(new.insert(vec![point])),
            }
        }
    }
    let series = all.into_iter().map(|(key, points)| Series { key: key_row(by, key), points });
    let mut series: Vec<Series> = series.collect();
    // Stable: equal ones stay in the order of their keys.
    series.sort_by_key(|series| series.last_change().unwrap_or(0));
    series
}

impl Series {
    /// One row for each collection: which thing, `collection, time, statements, covered, percent,
    /// change`, the last in points since the collection before, null for the first.
    pub fn rows(&self) -> Vec<Row> {
        let changes = std::iter::once(None).chain(self.changes());
        let row = |(point, change): (&Point, Option<i64>)| {
            self.key
                .clone()
                .with("collection", point.name.clone())
                .with_time("time", point.time)
                .with_coverage(point.coverage)
                .with("change", change.map(points))
        };
        self.points.iter().zip(changes).map(row).collect()
    }

    /// One row for people: which thing, in how many collections, the percentages of the first and
    /// the last, the points since the one before the last, and all as a little curve.
    pub fn summary(&self) -> Row {
        let percent = |point: Option<&Point>| point.and_then(|p| p.coverage.percent());
        self.key
            .clone()
            .with("runs", self.points.len())
            .with("first", percent(self.points.first()))
            .with("percent", percent(self.points.last()))
            .with("change", self.last_change().map(points))
            .with("trend", self.curve())
    }

    /// Hundredths of points between each collection and the next.
    fn changes(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        let pairs = self.points.iter().zip(self.points.iter().skip(1));
        pairs.map(|(a, b)| {
            let (a, b) = a.coverage.hundredths().zip(b.coverage.hundredths())?;
            Some(i64::from(b) - i64::from(a))
        })
    }

    fn last_change(&self) -> Option<i64> {
        self.changes().last().flatten()
    }

    /// The percentages as bars of eight heights, the lowest and the highest of them as its ends.
    fn curve(&self) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        /// Less than this, in hundredths of points, is shown as almost even.
        const LEAST: i64 = 500;
        let values = self.points.iter().map(|p| p.coverage.hundredths().map_or(0, i64::from));
        let values: Vec<i64> = values.collect();
        let low = values.iter().copied().min().unwrap_or(0);
        let high = values.iter().copied().max().unwrap_or(0).max(low + LEAST);
        let bar = |value: i64| {
            let height = usize::try_from((value - low) * 7 / (high - low)).unwrap_or(0);
            BARS.get(height).copied().unwrap_or('█')
        };
        values.into_iter().map(bar).collect()
    }
}

/// Hundredths of points as points.
fn points(hundredths: i64) -> f64 {
    // Percentages have two decimals and are below 100: this is exact.
    f64::from(i32::try_from(hundredths).unwrap_or(0)) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(covered: &[u64]) -> Series {
        let point = |covered: &u64| Point {
            name: format!("night-{covered}"),
            time: None,
            coverage: Coverage::new(1000, *covered).unwrap(),
        };
        Series { key: Row::default(), points: covered.iter().map(point).collect() }
    }

    #[test]
    fn curves_span_what_there_was_and_small_changes_stay_small() {
        let curve = |covered: &[u64]| series(covered).curve();
        assert_eq!(curve(&[0, 500, 1000]), "▁▄█");
        assert_eq!(curve(&[700, 701, 700]), "▁▁▁");
        assert_eq!(curve(&[800, 790, 810]), "▂▁▃");
        assert_eq!(curve(&[5]), "▁");
    }

    #[test]
    fn a_change_is_in_points_since_the_run_before() {
        let rows = series(&[500, 405, 1000]).rows();
        let changes: Vec<_> = rows.iter().map(|row| row.get("change").unwrap().as_f64()).collect();
        assert_eq!(changes, [None, Some(-9.5), Some(59.5)]);
        let alone = series(&[500]).summary();
        assert!(alone.get("change").unwrap().is_null());
        assert_eq!(alone.get("percent"), alone.get("first"));
    }
}
