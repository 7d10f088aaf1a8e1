//! Statements of several builds, each counted once.

use std::collections::BTreeMap;

use covatlas_shared::stats::Coverage;

use super::{Bits, BuildFile, BuildTable, FileDigest};

/// What ran of a set of source files over any number of builds and processes.
///
/// A file's identity is its path as built and the digest of its unit list, so equal files of
/// different builds count once, and adding is commutative, associative and idempotent.
#[derive(Debug, Default)]
pub struct Union<'a> {
    files: BTreeMap<(&'a str, FileDigest), Bits>,
    statements: u64,
    covered: u64,
}

impl<'a> Union<'a> {
    /// Adds a file of a build; `ran` says for each position in the table whether that unit ran.
    pub fn add(&mut self, table: &'a BuildTable, file: &'a BuildFile, ran: impl Fn(usize) -> bool) {
        self.add_part(table, file, |_| true, ran);
    }

    /// Adds those units of a file for which `is_part` holds, by position in the file.
    pub fn add_part(
        &mut self,
        table: &'a BuildTable,
        file: &'a BuildFile,
        is_part: impl Fn(usize) -> bool,
        ran: impl Fn(usize) -> bool,
    ) {
        let units = || table.units_of(file).iter().enumerate().filter(|(i, _)| is_part(*i));
        let bits = self.files.entry((&file.path, file.digest)).or_insert_with(|| {
            let statements: u64 = units().map(|(_, u)| u64::from(u.statements)).sum();
            self.statements = self.statements.saturating_add(statements);
            Bits::new(file.units.len())
        });
        for (position, unit) in units() {
            let at = file.units.start.saturating_add(position);
            if ran(at) && !bits.get(position) {
                bits.set(position);
                self.covered = self.covered.saturating_add(u64::from(unit.statements));
            }
        }
    }

    /// Statements of all files, each file counted once, and those that ran.
    pub fn coverage(&self) -> Coverage {
        Coverage::new(self.statements, self.covered).unwrap_or_default()
    }

    /// How many distinct files there are.
    pub fn n_files(&self) -> usize {
        self.files.len()
    }
}
