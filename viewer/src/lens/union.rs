//! Statements of several builds, each counted once.

use covatlas_shared::{stats::Coverage, units::UnitsShard};

use super::bits::{BuildBits, Mask, Span};

/// Which union each file, and each unit that ran, was in last: one allocation serves all.
#[derive(Debug, Default)]
pub struct Stamps {
    files: Vec<u32>,
    ran: Vec<u32>,
    /// The union that is being made, from 1.
    now: u32,
}

/// Counts statements over builds: a file with its units is the same in all builds that have it.
#[derive(Debug)]
pub struct Union<'a> {
    units: &'a UnitsShard,
    stamps: &'a mut Stamps,
    n_files: u32,
    statements: u64,
    covered: u64,
}

impl<'a> Union<'a> {
    /// Nothing yet.
    pub fn new(units: &'a UnitsShard, stamps: &'a mut Stamps) -> Self {
        stamps.files.resize(units.n_files(), 0);
        stamps.ran.resize(units.n_units(), 0);
        stamps.now = stamps.now.saturating_add(1);
        Self { units, stamps, n_files: 0, statements: 0, covered: 0 }
    }

    /// Adds those files of a build for which `is_part` holds, with what these processes ran.
    pub fn add(&mut self, build: &BuildBits, mask: &Mask, is_part: impl Fn(usize) -> bool) {
        let Stamps { files, ran, now } = &mut *self.stamps;
        for (file_idx, own) in self.units.files_of(build.at).iter().enumerate() {
            let slot = usize::try_from(own.file).ok().and_then(|at| files.get_mut(at));
            if let Some(slot) = slot.filter(|slot| **slot != *now && is_part(file_idx)) {
                *slot = *now;
                self.n_files = self.n_files.saturating_add(1);
                let own = self.units.statements(self.units.range(own.file));
                let sum = own.iter().map(|n| u64::from(*n)).sum();
                self.statements = self.statements.saturating_add(sum);
            }
        }
        let chosen = build.spans().iter().filter(|span| mask.has_run(span.set));
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        for Span { file, units: (start, end), .. } in chosen {
            if !is_part(index(*file)) {
                continue;
            }
            let units = index(*start)..index(*end);
            let slots = ran.get_mut(units.clone()).unwrap_or_default().iter_mut();
            for (slot, n) in slots.zip(self.units.statements(units)) {
                if *slot != *now {
                    *slot = *now;
                    self.covered = self.covered.saturating_add(u64::from(*n));
                }
            }
        }
    }

    /// Ends the union: its statements and files. The next one starts with nothing.
    pub fn take(&mut self) -> (Coverage, u32) {
        let coverage = Coverage::new(self.statements, self.covered).unwrap_or_default();
        let n_files = self.n_files;
        self.stamps.now = self.stamps.now.saturating_add(1);
        (self.n_files, self.statements, self.covered) = (0, 0, 0);
        (coverage, n_files)
    }
}
