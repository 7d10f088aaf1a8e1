//! What follows from the rows of all builds, computed at the end of compiling.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension as _, params};

use super::{
    CompileWriter, DbError,
    blob::{unpack, unpack_counts},
    write::int,
};
use crate::profile::Bits;

impl CompileWriter<'_> {
    /// Computes what follows from the rows: ages of builds, totals of files, and what nobody
    /// refers to any more. `reports` are the ids of all reports that are there.
    pub fn settle(&mut self, reports: &BTreeSet<i64>) -> Result<(), DbError> {
        self.packages()?;
        self.ages()?;
        let touched = std::mem::take(&mut self.touched);
        self.totals(&touched)?;
        self.run(|tx| {
            let all: Vec<i64> = tx
                .prepare("SELECT id FROM report_sources")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut delete = tx.prepare_cached("DELETE FROM report_sources WHERE id = ?")?;
            for gone in all.iter().filter(|id| !reports.contains(id)) {
                delete.execute([gone])?;
            }
            tx.execute(
                "DELETE FROM owners WHERE id NOT IN (SELECT owner_id FROM owner_builds) \
                 AND id NOT IN (SELECT owner_id FROM owner_reports)",
                [],
            )?;
            tx.execute(
                "DELETE FROM source_files WHERE id NOT IN (SELECT file_id FROM build_files)",
                [],
            )?;
            for table in ["image_labels", "inspected_images"] {
                let gone = "image NOT IN (SELECT image FROM report_sources)";
                tx.execute(&format!("DELETE FROM {table} WHERE {gone}"), [])?;
            }
            Ok(())
        })
    }

    /// Numbers each owner's builds from the newest.
    fn ages(&self) -> Result<(), DbError> {
        self.run(|tx| {
            let rows: Vec<(i64, i64, u32)> = tx
                .prepare(
                    "SELECT owner_id, build_id, ob.age FROM owner_builds ob JOIN builds b \
                     ON b.id = ob.build_id ORDER BY owner_id, ob.last_seen DESC, b.hash",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut update = tx.prepare_cached(
                "UPDATE owner_builds SET age = ? WHERE owner_id = ? AND build_id = ?",
            )?;
            let (mut last, mut age) = (None, 0_u32);
            for (owner, build, stored) in rows {
                age = if last == Some(owner) { age.saturating_add(1) } else { 0 };
                last = Some(owner);
                if stored != age {
                    update.execute(params![age, owner, build])?;
                }
            }
            Ok(())
        })
    }

    /// Unites what ran of each touched file over all builds.
    fn totals(&self, touched: &BTreeSet<i64>) -> Result<(), DbError> {
        self.run(|tx| {
            let mut ran: BTreeMap<i64, Bits> = BTreeMap::new();
            let mut units = tx.prepare_cached("SELECT units FROM source_files WHERE id = ?")?;
            let mut builds = tx
                .prepare_cached("SELECT build_id, first_unit FROM build_files WHERE file_id = ?")?;
            let mut bits = tx.prepare_cached("SELECT ran, n_units FROM builds WHERE id = ?")?;
            let mut update =
                tx.prepare_cached("UPDATE source_files SET covered = ? WHERE id = ?")?;
            for file in touched {
                let places: Vec<(i64, i64)> = builds
                    .query_map([file], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                for (build, _) in &places {
                    if !ran.contains_key(build) {
                        ran.insert(*build, bits.query_row([build], bits_of_row)?);
                    }
                }
                let blob: Option<Vec<u8>> = units.query_row([file], |row| row.get(0)).optional()?;
                let Some(statements) = blob.and_then(|blob| statements(&blob)) else { continue };
                let has_run = |at: usize| {
                    places.iter().any(|(build, first)| {
                        let at = usize::try_from(*first).ok().and_then(|f| f.checked_add(at));
                        at.is_some_and(|at| ran.get(build).is_some_and(|bits| bits.get(at)))
                    })
                };
                let covered = statements.iter().enumerate().filter(|(at, _)| has_run(*at));
                let covered: u64 = covered.map(|(_, s)| u64::from(*s)).sum();
                update.execute(params![int(covered), file])?;
            }
            Ok(())
        })
    }
}

/// The bits of a row with `ran` and `n_units`.
fn bits_of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Bits> {
    let (blob, n_units): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
    let limit = usize::try_from(n_units).unwrap_or(0).div_ceil(8);
    Ok(Bits::from_bytes(unpack(&blob, limit).unwrap_or_default()))
}

/// Statements of each unit of a file.
fn statements(blob: &[u8]) -> Option<Vec<u32>> {
    unpack_counts(blob, None)
}
