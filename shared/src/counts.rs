//! The counts that colour the files of one build: of one owner, or of everyone who runs it.

use serde::{Deserialize, Serialize};

use crate::{
    codec::{un_zero_runs, zero_runs},
    files::StatsShard,
    shard::{self, Kind, ShardError},
};

/// Counts of one build. All three columns follow the order of the build's [`StatsShard`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountsShard {
    /// Covered statements of each file.
    pub files: Vec<u32>,
    /// Covered statements of each func.
    pub funcs: Vec<u32>,
    /// How often each unit ran at most in one process: the units of the first file, then of the
    /// second, and so on, each in the order of its source pack.
    pub units: Vec<u32>,
}

/// The columns as they stand in the JSON, zeros run-coded.
#[derive(Serialize, Deserialize)]
struct Columns {
    files: Vec<i64>,
    funcs: Vec<i64>,
    units: Vec<i64>,
}

impl CountsShard {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let columns = Columns {
            files: zero_runs(self.files.iter().copied()),
            funcs: zero_runs(self.funcs.iter().copied()),
            units: zero_runs(self.units.iter().copied()),
        };
        shard::encode(Kind::Counts, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression; `stats` is the shard of its build.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the columns do not have the lengths that `stats` asks for.
    pub fn decode(bytes: &[u8], stats: &StatsShard) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode::<Columns>(Kind::Counts, bytes)?;
        let fits = |column: &[i64], len: usize| {
            un_zero_runs(column, len)
                .ok_or_else(|| ShardError::damaged(Kind::Counts, "it does not fit its build"))
        };
        Ok(Self {
            files: fits(&columns.files, stats.files.len())?,
            funcs: fits(&columns.funcs, stats.funcs.len())?,
            units: fits(&columns.units, stats.n_units())?,
        })
    }

    /// The counts of the units of one file, by its position in `stats`; empty when out of range.
    pub fn of_file(&self, stats: &StatsShard, file_idx: usize) -> &[u32] {
        stats.unit_range(file_idx).and_then(|range| self.units.get(range)).unwrap_or_default()
    }
}
