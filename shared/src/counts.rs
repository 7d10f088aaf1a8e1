//! The counts that colour the files of one build: of one owner, or of everyone who runs it.

use crate::{
    codec::{Columns, at_positions, positions},
    files::StatsShard,
    shard::{self, Kind, ShardError},
};

/// The count of a unit that ran, nobody knows how often: under a lens that parts an owner, because
/// counts are kept by owner. Go's counters stop here too.
pub const UNKNOWN: u32 = u32::MAX;

/// Counts of one build. All columns follow the order of the build's [`StatsShard`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountsShard {
    /// Covered statements of each file.
    pub files: Vec<u32>,
    /// Covered statements of each func.
    pub funcs: Vec<u32>,
    /// How often each unit ran at most in one process: the units of the first file, then of the
    /// second, and so on, each in the order of its source pack.
    pub units: Vec<u32>,
    /// When each unit was first seen to have run, in seconds since 1970 UTC; 0: never, or nobody
    /// knows when. In the order of `units`.
    pub seen: Vec<u32>,
}

impl CountsShard {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        columns.put_runs("files", self.files.iter().copied());
        columns.put_runs("funcs", self.funcs.iter().copied());
        columns.put_runs("units", self.units.iter().copied());
        let (times, positions) = positions(&self.seen, 0);
        columns.put_runs("seen", positions);
        columns.put_deltas("times", times);
        shard::encode(Kind::Counts, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression; `stats` is the shard of its build.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the columns do not have the lengths that `stats` asks for.
    pub fn decode(bytes: &[u8], stats: &StatsShard) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Counts, bytes)?;
        let fits = |name: &str, len: usize| {
            columns
                .unruns(name, len)
                .ok_or_else(|| ShardError::damaged(Kind::Counts, "it does not fit its build"))
        };
        let damaged = || ShardError::damaged(Kind::Counts, "a time is missing");
        let times = columns.undeltas("times").ok_or_else(damaged)?;
        let seen = at_positions(&times, &fits("seen", stats.n_units())?, 0);
        Ok(Self {
            files: fits("files", stats.files.len())?,
            funcs: fits("funcs", stats.funcs.len())?,
            units: fits("units", stats.n_units())?,
            seen: seen.ok_or_else(damaged)?,
        })
    }

    /// The counts of the units of one file, by its position in `stats`; empty when out of range.
    pub fn of_file(&self, stats: &StatsShard, file_idx: usize) -> &[u32] {
        stats.unit_range(file_idx).and_then(|range| self.units.get(range)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn counts_and_times_come_back(units in vec((0_u32..4, prop_oneof![0_u32..3, any::<u32>()]), 0..40)) {
            let (units, seen): (Vec<u32>, Vec<u32>) = units.into_iter().unzip();
            let shard = CountsShard { files: vec![1], funcs: vec![], units, seen };
            let bytes = shard.encode().unwrap();
            prop_assert_eq!(CountsShard::decode(&bytes, &StatsShard::of_units(shard.units.len())).unwrap(), shard);
            prop_assert!(CountsShard::decode(&bytes, &StatsShard::of_units(99)).is_err());
        }
    }
}
