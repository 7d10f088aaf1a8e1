//! The numbers on the command line: rows from the processes that a selection leaves.
//!
//! Everything is computed from the bits of processes, so that a filter on pods or nodes changes
//! every number that it should.

mod query;
mod rows;
mod table;

use std::collections::BTreeMap;

use rayon::prelude::*;
use thiserror::Error;

pub use query::query;
pub use rows::Row;
pub use table::to_table;

use crate::{
    db::{
        BuildRow, BuildSource, Database, DbError, OwnerRecord, ProcessRow, ReportRow, Resolution,
    },
    profile::{Bits, BuildTable, StoredUnits},
    site::excluded_files,
};

/// Why there are no numbers.
#[derive(Debug, Error)]
pub enum StatsError {
    /// The database cannot be read.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A stored meta file does not decode.
    #[error("damaged meta file of build {0} in the database: run `covatlas compile` again")]
    Meta(String),
    /// There is nothing to select from.
    #[error("no report in the database could be used: `covatlas compile` says why")]
    Nothing,
    /// The selection leaves nothing.
    #[error("nothing matches {0}")]
    NoMatch(String),
    /// There is no such column.
    #[error("no column `{column}`: the columns are {known}")]
    NoColumn {
        /// The name that was given.
        column: String,
        /// The names that there are.
        known: String,
    },
}

/// One build with everything that ran it.
#[derive(Debug)]
pub struct BuildData {
    row: BuildRow,
    table: BuildTable,
    source: Option<BuildSource>,
    resolutions: Vec<Option<Resolution>>,
    processes: Vec<(ProcessRow, Bits)>,
}

/// A whole database in memory.
#[derive(Debug)]
pub struct Data {
    builds: Vec<BuildData>,
    owners: BTreeMap<i64, OwnerRecord>,
    reports: BTreeMap<i64, ReportRow>,
}

impl Data {
    /// Reads a database.
    ///
    /// # Errors
    /// [`StatsError::Db`] and [`StatsError::Meta`].
    pub fn read(db: &Database) -> Result<Self, StatsError> {
        let excluded = excluded_files(db)?;
        let mut sources: BTreeMap<i64, BuildSource> =
            db.build_sources()?.into_iter().map(|s| (s.build_id, s)).collect();
        let mut stored = Vec::new();
        for (id, row) in db.builds()? {
            let processes = db.processes(id, row.n_units)?;
            stored.push((db.meta(id)?, row, sources.remove(&id), db.resolutions(id)?, processes));
        }
        let build = |(meta, row, source, resolved, processes): (Vec<u8>, BuildRow, _, _, _)| {
            let damaged = || StatsError::Meta(row.hash.clone());
            let units = StoredUnits::decode(&meta).map_err(|_| damaged())?;
            let table = units.table(&excluded).map_err(|_| damaged())?;
            let resolutions = by_position(resolved, table.files().len());
            Ok(BuildData { row, table, source, resolutions, processes })
        };
        let mut builds: Vec<BuildData> =
            stored.into_par_iter().map(build).collect::<Result<_, StatsError>>()?;
        builds.sort_by(|a, b| (&a.row.binary, &a.row.hash).cmp(&(&b.row.binary, &b.row.hash)));
        Ok(Self {
            builds,
            owners: db.owners()?.into_iter().map(|o| (o.id, o)).collect(),
            reports: db.reports()?.into_iter().collect(),
        })
    }
}

/// Resolutions at the positions of their files.
fn by_position(resolved: Vec<Resolution>, n_files: usize) -> Vec<Option<Resolution>> {
    let mut slots: Vec<Option<Resolution>> = vec![None; n_files];
    for resolution in resolved {
        if let Some(slot) = slots.get_mut(resolution.idx) {
            *slot = Some(resolution);
        }
    }
    slots
}
