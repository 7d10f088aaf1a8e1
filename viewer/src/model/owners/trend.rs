//! How an owner developed over several runs.

use covatlas_shared::owners::{OwnerRow, Run};

use super::OwnerTable;

/// What an owner ran in the runs that it was in, of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// Position of the run, and hundredths of a percent; at least one, oldest first.
    pub points: Vec<(usize, u32)>,
    /// Hundredths of points since the run before; `None` when it was in one run only.
    pub change: Option<i64>,
}

impl Trend {
    /// That of an owner's first row; `None` without a history.
    pub fn of(row: &OwnerRow) -> Option<Self> {
        let points = row.trend.iter().enumerate().filter_map(|(run, n)| Some((run, (*n)?)));
        let points: Vec<(usize, u32)> = points.collect();
        let mut latest = points.iter().rev().map(|(_, n)| i64::from(*n));
        let (last, before) = (latest.next()?, latest.next());
        Some(Self { change: before.map(|before| last.saturating_sub(before)), points })
    }
}

impl OwnerTable {
    /// The runs that owners have a history of, oldest first; mostly none.
    pub fn runs(&self) -> &[Run] {
        &self.shard.runs
    }
}
