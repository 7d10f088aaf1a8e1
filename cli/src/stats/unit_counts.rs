//! How often each unit ran, over all builds.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{BuildData, Data, StatsError};
use crate::{
    db::{Database, DbError, OwnerRecord, PackedCounts, ReportRow},
    profile::{Bits, Combine, FileDigest, merge},
};

/// By path as built and digest of the list of units, how often each unit of a file ran at most in
/// one process.
pub type UnitCounts<'a> = BTreeMap<(&'a str, FileDigest), Vec<u32>>;

impl Data {
    /// Takes out what others than these owners ran.
    pub fn keep_owners(&mut self, is_kept: impl Fn(&OwnerRecord) -> bool) {
        self.owners.retain(|_, owner| is_kept(owner));
        for build in &mut self.builds {
            build.processes.retain(|(process, _)| self.owners.contains_key(&process.owner_id));
        }
    }

    /// Whether there is no owner.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// Changes names of owners and of what reports say of their processes.
    ///
    /// # Errors
    /// What `rename` fails with.
    pub fn rename<E>(
        &mut self,
        rename: impl FnOnce(&mut [OwnerRecord], &mut [ReportRow]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut owners: Vec<OwnerRecord> = std::mem::take(&mut self.owners).into_values().collect();
        let (ids, mut reports): (Vec<i64>, Vec<ReportRow>) =
            std::mem::take(&mut self.reports).into_iter().unzip();
        rename(&mut owners, &mut reports)?;
        self.owners = owners.into_iter().map(|owner| (owner.id, owner)).collect();
        self.reports = ids.into_iter().zip(reports).collect();
        Ok(())
    }

    /// The counts of all owners that are left.
    ///
    /// # Errors
    /// [`StatsError::Db`].
    pub fn unit_counts(&self, db: &Database) -> Result<UnitCounts<'_>, StatsError> {
        let mut packed: BTreeMap<i64, Vec<PackedCounts>> = BTreeMap::new();
        for counts in db.packed_counts(|_| true)? {
            if self.owners.contains_key(&counts.owner_id) {
                packed.entry(counts.build_id).or_default().push(counts);
            }
        }
        let counts = |build: &BuildData| {
            let n_units = build.table.units().len();
            let mut anyone = vec![0; n_units];
            for own in packed.get(&build.id).into_iter().flatten() {
                let what = || format!("counts of build {}", build.row.hash);
                let damaged = || DbError::Damaged { what: what() };
                let counts = own.counts.to_counts(n_units).ok_or_else(damaged)?;
                merge(&mut anyone, &counts, Combine::Max);
            }
            Ok(anyone)
        };
        let counts: Vec<Vec<u32>> =
            self.builds.par_iter().map(counts).collect::<Result<_, StatsError>>()?;
        Ok(self.by_file(&counts))
    }

    /// 1 for each unit that ran: how often is not known of an earlier moment.
    pub fn unit_bits(&self) -> UnitCounts<'_> {
        let counts = |build: &BuildData| {
            let mut anyone = Bits::new(build.table.units().len());
            build.processes.iter().for_each(|(_, bits)| anyone.unite(bits));
            (0..build.table.units().len()).map(|at| u32::from(anyone.get(at))).collect()
        };
        let counts: Vec<Vec<u32>> = self.builds.iter().map(counts).collect();
        self.by_file(&counts)
    }

    fn by_file(&self, counts: &[Vec<u32>]) -> UnitCounts<'_> {
        let mut by_file = UnitCounts::new();
        for (build, counts) in self.builds.iter().zip(counts) {
            for file in build.table.files() {
                let own = counts.get(file.units.clone()).unwrap_or_default();
                let known = by_file.entry((file.path.as_str(), file.digest));
                merge(known.or_insert_with(|| vec![0; own.len()]), own, Combine::Max);
            }
        }
        by_file
    }

    /// When the first process was seen and when the last data was written; `None` when unknown.
    pub fn period(&self) -> (Option<i64>, Option<i64>) {
        let processes = || self.builds.iter().flat_map(|build| &build.processes);
        let first = processes().filter_map(|(process, _)| process.first_seen).min();
        (first, processes().filter_map(|(process, _)| process.last_seen).max())
    }
}
