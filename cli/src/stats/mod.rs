//! The numbers on the command line: rows from the processes that a selection leaves.
//!
//! Everything is computed from the bits of processes, so that a filter on pods or nodes changes
//! every number that it should.

mod compare;
mod exported;
mod gate;
mod group;
mod locate;
mod merged;
mod never;
mod query;
mod reports;
mod rows;
mod side;
mod table;
mod trend;
mod unit_counts;
mod until;
mod who;

use std::collections::BTreeMap;

use rayon::prelude::*;
use thiserror::Error;

pub use compare::{
    Change, ComparedFile, ComparedFunc, ComparedVariant, Comparer, Comparison, Hunk, Line, State,
    Texts, markdown,
};
pub use exported::{Exported, FileCounts, FuncCount, Source, export};
pub use gate::{Bar, BarError, check};
pub use never::never;
pub use query::{coverage, each_row, query};
pub use reports::ReportBits;
pub use rows::Row;
pub use table::Table;
pub use trend::{History, LineError, Series, Snapshot, trend};
pub use unit_counts::UnitCounts;
pub use who::{Runners, SourceLine, SourceLineError, who};

use crate::{
    db::{
        BuildRow, BuildSource, Database, DbError, OwnerRecord, Packed, PackedMeta, ProcessRow,
        ReportRow, Resolution,
    },
    profile::{Bits, BuildTable},
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
    /// No file is known to be of any repository.
    #[error("no file has a repository yet: `covatlas clone-sources` finds them")]
    NoRepo,
    /// The selection leaves nothing.
    #[error("nothing matches {0}")]
    NoMatch(String),
    /// No file is called so.
    #[error("no file `{name}`{hint}", hint = did_you_mean(nearest))]
    NoFile {
        /// The name that was given.
        name: String,
        /// Names that are like it, the nearest first.
        nearest: Vec<String>,
    },
    /// Several files end so.
    #[error("`{name}` is ambiguous, name one of these:{list}", list = as_list(candidates))]
    Ambiguous {
        /// The name that was given.
        name: String,
        /// The paths as built of the files that it could be, sorted.
        candidates: Vec<String>,
    },
    /// There is no such column.
    #[error("no column `{column}`: the columns are {known}")]
    NoColumn {
        /// The name that was given.
        column: String,
        /// The names that there are.
        known: String,
    },
}

/// The most names that an error lists.
const MAX_LISTED: usize = 20;

/// Names one below the other.
fn as_list(names: &[String]) -> String {
    let shown = names.iter().take(MAX_LISTED);
    let shown = shown.fold(String::new(), |list, name| list + "\n  " + name);
    match names.len().checked_sub(MAX_LISTED) {
        Some(more) if more > 0 => format!("{shown}\n  … and {more} more"),
        _ => shown,
    }
}

fn did_you_mean(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!("; the nearest names are{}", as_list(nearest))
}

/// One build with everything that ran it.
#[derive(Debug)]
pub struct BuildData {
    id: i64,
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

impl BuildData {
    /// Where the text of a file is; `None`: unresolved.
    fn resolution(&self, idx: usize) -> Option<&Resolution> {
        self.resolutions.get(idx).and_then(Option::as_ref)
    }
}

impl Data {
    /// Whether any file or image is known to be of a repository.
    pub(super) fn has_repos(&self) -> bool {
        self.builds.iter().any(|build| !group::repos(build).is_empty())
    }

    /// Reads a database.
    ///
    /// # Errors
    /// [`StatsError::Db`] and [`StatsError::Meta`].
    pub fn read(db: &Database) -> Result<Self, StatsError> {
        Self::read_builds(db, |_| true)
    }

    /// Reads the builds for whose ids `is_wanted` holds, and everything that ran them.
    ///
    /// # Errors
    /// [`StatsError::Db`] and [`StatsError::Meta`].
    pub fn read_builds(db: &Database, is_wanted: impl Fn(i64) -> bool) -> Result<Self, StatsError> {
        let excluded = db.excluded_files()?;
        let mut sources: BTreeMap<i64, BuildSource> =
            db.build_sources()?.into_iter().map(|s| (s.build_id, s)).collect();
        let mut processes: BTreeMap<i64, Vec<(ProcessRow, Packed)>> = BTreeMap::new();
        for (process, bits) in db.processes(&is_wanted)? {
            processes.entry(process.build_id).or_default().push((process, bits));
        }
        let mut stored = Vec::new();
        for (id, row) in db.builds()?.into_iter().filter(|(id, _)| is_wanted(*id)) {
            stored.push(StoredBuild {
                id,
                meta: db.packed_meta(id)?,
                row,
                source: sources.remove(&id),
                resolved: db.resolutions(id)?,
                processes: processes.remove(&id).unwrap_or_default(),
            });
        }
        let builds = stored.into_par_iter().map(|build| build.unpack(&excluded));
        let mut builds: Vec<BuildData> = builds.collect::<Result<_, StatsError>>()?;
        builds.sort_by(|a, b| (&a.row.binary, &a.row.hash).cmp(&(&b.row.binary, &b.row.hash)));
        Ok(Self {
            builds,
            owners: db.owners()?.into_iter().map(|o| (o.id, o)).collect(),
            reports: db.reports()?.into_iter().collect(),
        })
    }
}

/// A build as the database holds it.
struct StoredBuild {
    id: i64,
    meta: PackedMeta,
    row: BuildRow,
    source: Option<BuildSource>,
    resolved: Vec<Resolution>,
    processes: Vec<(ProcessRow, Packed)>,
}

impl StoredBuild {
    fn unpack(self, excluded: &[String]) -> Result<BuildData, StatsError> {
        let Self { id, meta, row, source, resolved, processes } = self;
        let damaged = || StatsError::Meta(row.hash.clone());
        let table = meta.to_table(excluded).ok_or_else(damaged)?;
        let n_units = table.units().len();
        let unpacked = processes.into_iter().map(|(process, bits)| {
            let what = || format!("processes of build {}", row.hash);
            let bits = bits.to_bits(n_units).ok_or_else(|| DbError::Damaged { what: what() })?;
            Ok((process, bits))
        });
        let processes = unpacked.collect::<Result<_, DbError>>()?;
        let resolutions = Resolution::by_position(resolved, table.files().len());
        Ok(BuildData { id, row, table, source, resolutions, processes })
    }
}
