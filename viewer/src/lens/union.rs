//! Statements of several builds, each counted once.

use covatlas_shared::{stats::Coverage, units::UnitsShard};

use super::bits::{BuildBits, Mask, UnitOf};

/// Counts statements over builds: a file with its units is the same in all builds that have it.
///
/// One allocation serves any number of unions, one after another.
#[derive(Debug)]
pub struct Union<'a> {
    units: &'a UnitsShard,
    /// The last union that each file, and each unit that ran, was in.
    files: Vec<u32>,
    ran: Vec<u32>,
    /// The union that is being made, from 1.
    now: u32,
    n_files: u32,
    statements: u64,
    covered: u64,
}

impl<'a> Union<'a> {
    /// Nothing yet.
    pub fn new(units: &'a UnitsShard) -> Self {
        let (files, ran) = (vec![0; units.n_files()], vec![0; units.n_units()]);
        Self { units, files, ran, now: 1, n_files: 0, statements: 0, covered: 0 }
    }

    /// Adds those files of a build for which `is_part` holds, with what these processes ran.
    pub fn add(&mut self, build: &BuildBits, mask: &Mask, is_part: impl Fn(usize) -> bool) {
        for (file_idx, own) in self.units.files_of(build.at).iter().enumerate() {
            let slot = usize::try_from(own.file).ok().and_then(|at| self.files.get_mut(at));
            if let Some(slot) = slot.filter(|slot| **slot != self.now && is_part(file_idx)) {
                *slot = self.now;
                self.n_files = self.n_files.saturating_add(1);
                let own = self.units.statements(self.units.range(own.file));
                let sum = own.iter().map(|n| u64::from(*n)).sum();
                self.statements = self.statements.saturating_add(sum);
            }
        }
        let Self { units, ran, now, covered, .. } = self;
        build.each_unit(units, |UnitOf { file_idx, unit, statements, set, .. }| {
            if mask.meets(set)
                && is_part(file_idx)
                && let Some(slot) = ran.get_mut(unit).filter(|slot| **slot != *now)
            {
                *slot = *now;
                *covered = covered.saturating_add(u64::from(statements));
            }
        });
    }

    /// Ends the union: its statements and files. The next one starts with nothing.
    pub fn take(&mut self) -> (Coverage, u32) {
        let coverage = Coverage::new(self.statements, self.covered).unwrap_or_default();
        let n_files = self.n_files;
        self.now = self.now.saturating_add(1);
        (self.n_files, self.statements, self.covered) = (0, 0, 0);
        (coverage, n_files)
    }
}
