//! The numbers of a directory in which several programs left their data.

use std::collections::BTreeMap;

use covdata::{Build, Combine, Unit};

/// Units and statements, and which statements ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) units: u64,
    pub(super) statements: u64,
    pub(super) covered: u64,
}

impl Totals {
    fn add(&mut self, unit: &Unit, count: u32) {
        self.units += 1;
        let statements = u64::from(unit.statements);
        self.statements += statements;
        if count > 0 {
            self.covered += statements;
        }
    }
}

/// The totals of all builds. A source file of several builds counts once when its units are equal
/// in all; where they differ, each variant counts.
pub(super) fn totals(builds: &[Build<'_>]) -> Totals {
    let mut totals = Totals::default();
    if let [build] = builds {
        let (counts, _) = build.combined(Combine::Max);
        build.meta.units().iter().zip(&counts).for_each(|(unit, count)| totals.add(unit, *count));
        return totals;
    }
    let mut files: BTreeMap<(&str, Vec<Unit>), Vec<u32>> = BTreeMap::new();
    for build in builds {
        for (path, rows) in files_of(build) {
            let (units, counts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let known = files.entry((path, units)).or_insert_with(|| vec![0; counts.len()]);
            for (known, count) in known.iter_mut().zip(counts) {
                *known = (*known).max(count);
            }
        }
    }
    for ((_, units), counts) in &files {
        units.iter().zip(counts).for_each(|(unit, count)| totals.add(unit, *count));
    }
    totals
}

/// The units of each file with their counts, sorted.
fn files_of<'a>(build: &'a Build<'_>) -> BTreeMap<&'a str, Vec<(Unit, u32)>> {
    let (counts, _) = build.combined(Combine::Max);
    let mut files: BTreeMap<&str, Vec<(Unit, u32)>> = BTreeMap::new();
    for func in build.meta.funcs() {
        let start = usize::try_from(func.units.start).unwrap_or(usize::MAX);
        let counts = counts.get(start..).unwrap_or_default();
        let rows = build.meta.func_units(func).iter().copied().zip(counts.iter().copied());
        files.entry(build.meta.str(func.file)).or_default().extend(rows);
    }
    for rows in files.values_mut() {
        rows.sort_unstable();
    }
    files
}
