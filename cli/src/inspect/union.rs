//! The numbers of a directory in which several programs left their data.

use std::collections::BTreeMap;

use covdata::{Build, Unit};

/// Units and statements, and which statements ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) units: u64,
    pub(super) statements: u64,
    pub(super) covered: u64,
}

impl Totals {
    fn add(&mut self, unit: &Unit, is_covered: bool) {
        self.units += 1;
        let statements = u64::from(unit.statements);
        self.statements += statements;
        if is_covered {
            self.covered += statements;
        }
    }
}

/// The totals of all builds. A source file of several builds counts once when its units are equal
/// in all; where they differ, each variant counts.
pub(super) fn totals(builds: &[Build<'_>]) -> Totals {
    let mut totals = Totals::default();
    if let [build] = builds {
        let covered = build.covered();
        build.meta.units().iter().zip(covered).for_each(|(unit, ran)| totals.add(unit, ran));
        return totals;
    }
    let mut files: BTreeMap<(&str, Vec<Unit>), Vec<bool>> = BTreeMap::new();
    for build in builds {
        for (path, rows) in files_of(build) {
            let (units, covered): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let known = files.entry((path, units)).or_insert_with(|| vec![false; covered.len()]);
            for (known, ran) in known.iter_mut().zip(covered) {
                *known |= ran;
            }
        }
    }
    for ((_, units), covered) in &files {
        units.iter().zip(covered).for_each(|(unit, ran)| totals.add(unit, *ran));
    }
    totals
}

/// The units of each file, sorted, and whether they ran.
fn files_of<'a>(build: &'a Build<'_>) -> BTreeMap<&'a str, Vec<(Unit, bool)>> {
    let covered = build.covered();
    let mut files: BTreeMap<&str, Vec<(Unit, bool)>> = BTreeMap::new();
    for func in build.meta.funcs() {
        let start = usize::try_from(func.units.start).unwrap_or(usize::MAX);
        let covered = covered.get(start..).unwrap_or_default();
        let rows = build.meta.func_units(func).iter().copied().zip(covered.iter().copied());
        files.entry(build.meta.str(func.file)).or_default().extend(rows);
    }
    for rows in files.values_mut() {
        rows.sort_unstable();
    }
    files
}
