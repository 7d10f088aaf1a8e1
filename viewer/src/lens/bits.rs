//! What is known of a build under any lens: which processes ran which units.

use std::{collections::HashMap, ops::Range};

use covatlas_shared::{
    codec::StrIdx,
    lens::LensShard,
    owners::OwnersShard,
    stats::Coverage,
    units::{FileOf, UnitsShard},
};

/// A build with its processes.
#[derive(Debug)]
pub struct BuildBits {
    /// Its processes, and what they ran.
    pub shard: LensShard,
    /// Its position in the units shard.
    pub at: usize,
    /// Positions of rows of the owners shard, and their processes in `shard`.
    pub groups: Vec<(usize, Range<usize>)>,
    /// Statements of the units that each set of processes ran.
    weights: Vec<u64>,
}

/// Processes of a build, as bits of words, and which sets of them meet.
#[derive(Clone, Debug)]
pub struct Mask {
    words: Vec<u32>,
    /// By position among [`LensShard::sets`].
    meets: Vec<bool>,
}

/// What ran of a build.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// Covered statements of each file.
    pub files: Vec<u32>,
    /// Covered statements of each func, those of the first file first.
    pub funcs: Vec<u32>,
    /// Of the whole build.
    pub coverage: Coverage,
    /// Funcs with statements, and those that were entered.
    pub n_funcs: Coverage,
}

impl BuildBits {
    /// Finds the rows of the processes of a build, by position in `owners` and in `units`.
    pub fn new(
        shard: LensShard,
        build: usize,
        at: usize,
        owners: &OwnersShard,
        units: &UnitsShard,
    ) -> Self {
        let rows = owners.rows.iter().enumerate();
        let own = rows.filter(|(_, row)| usize::try_from(row.build).is_ok_and(|b| b == build));
        let name = |idx: StrIdx| owners.strings.get(idx);
        let rows: HashMap<[&str; 5], usize> = own
            .map(|(at, r)| ([r.cluster, r.namespace, r.kind, r.name, r.binary].map(name), at))
            .collect();
        let mut groups: Vec<(usize, Range<usize>)> = Vec::new();
        let mut next = 0_usize;
        for same in shard.processes.chunk_by(|a, b| names(a) == names(b)) {
            let start = next;
            next = next.saturating_add(same.len());
            let key = same.first().map(|p| names(p).map(|idx| shard.strings.get(idx)));
            if let Some(row) = key.and_then(|key| rows.get(&key)) {
                groups.push((*row, start..next));
            }
        }
        drop(rows);
        let mut weights = vec![0_u64; shard.sets().count()];
        let mut bits = Self { shard, at, groups, weights: Vec::new() };
        bits.each_unit(units, |unit| {
            if let Some(weight) = weights.get_mut(unit.set) {
                *weight = weight.saturating_add(u64::from(unit.statements));
            }
        });
        bits.weights = weights;
        bits
    }

    /// These processes, by position.
    pub fn mask(&self, processes: impl IntoIterator<Item = usize>) -> Mask {
        let mut words = vec![0_u32; self.shard.width()];
        for process in processes {
            if let Some(word) = words.get_mut(process / 32) {
                *word |= 1 << (process % 32);
            }
        }
        let meet = |set: &[u32]| set.iter().zip(&words).any(|(a, b)| a & b != 0);
        let meets = self.shard.sets().map(meet).collect();
        Mask { words, meets }
    }

    /// Statements of the build, and those that these processes ran.
    pub fn coverage(&self, mask: &Mask) -> Coverage {
        let ran = self.weights.iter().zip(&mask.meets).filter(|(_, meets)| **meets);
        let sum = |sum: u64, n: &u64| sum.saturating_add(*n);
        let (all, ran) = (self.weights.iter().fold(0, sum), ran.map(|(n, _)| n).fold(0, sum));
        Coverage::new(all, ran).unwrap_or_default()
    }

    /// What these processes ran.
    pub fn numbers(&self, units: &UnitsShard, mask: &Mask) -> Numbers {
        let mut numbers = Numbers::default();
        let (mut n_funcs, mut n_entered) = (0_u64, 0_u64);
        let mut of_file: Vec<(u32, u64, bool)> = Vec::new();
        let sets = self.shard.set_of_units();
        let mut next = 0_usize;
        for own in units.files_of(self.at) {
            let range = units.range(own.file);
            let (statements, funcs) = (units.statements(range.clone()), units.funcs(range.clone()));
            let start = next;
            next = next.saturating_add(range.len());
            of_file.clear();
            of_file.resize(usize::try_from(units.n_funcs(own.file)).unwrap_or(0), (0, 0, false));
            let mut covered = 0_u32;
            let rows = statements.iter().zip(funcs).zip(sets.get(start..next).unwrap_or_default());
            for ((n, func), set) in rows {
                let ran = mask.has_run(*set);
                if ran {
                    covered = covered.saturating_add(*n);
                }
                let func = usize::try_from(*func).ok().and_then(|func| of_file.get_mut(func));
                if let Some((covered, statements, entered)) = func {
                    *covered = covered.saturating_add(if ran { *n } else { 0 });
                    *statements = statements.saturating_add(u64::from(*n));
                    *entered |= ran;
                }
            }
            numbers.files.push(covered);
            for (covered, statements, entered) in &of_file {
                numbers.funcs.push(*covered);
                n_funcs = n_funcs.saturating_add(u64::from(*statements > 0));
                n_entered = n_entered.saturating_add(u64::from(*statements > 0 && *entered));
            }
        }
        numbers.coverage = self.coverage(mask);
        numbers.n_funcs = Coverage::new(n_funcs, n_entered).unwrap_or_default();
        numbers
    }

    /// Calls `visit` with all units, in order.
    pub fn each_unit(&self, units: &UnitsShard, mut visit: impl FnMut(UnitOf)) {
        let mut sets = self.shard.set_of_units().iter();
        for (file_idx, own) in units.files_of(self.at).iter().enumerate() {
            let range = units.range(own.file);
            let statements = units.statements(range.clone());
            for ((unit, statements), set) in range.zip(statements).zip(sets.by_ref()) {
                let set = usize::try_from(*set).unwrap_or(usize::MAX);
                visit(UnitOf { file_idx, own: *own, unit, statements: *statements, set });
            }
        }
    }
}

/// A unit of a build.
#[derive(Clone, Copy, Debug)]
pub struct UnitOf {
    /// Position of its file in the build.
    pub file_idx: usize,
    /// Its file.
    pub own: FileOf,
    /// Its position among all units of the collection.
    pub unit: usize,
    /// Its statements.
    pub statements: u32,
    /// The position of the set of processes that ran it.
    pub set: usize,
}

impl Mask {
    /// Whether one of the processes is in a set, by the set's position.
    pub fn has_run(&self, set: u32) -> bool {
        usize::try_from(set).is_ok_and(|set| self.meets(set))
    }

    /// The same.
    pub fn meets(&self, set: usize) -> bool {
        self.meets.get(set).copied().unwrap_or(false)
    }

    /// Whether a process is one of them.
    pub fn contains(&self, process: usize) -> bool {
        self.words.get(process / 32).is_some_and(|word| word >> (process % 32) & 1 == 1)
    }
}

fn names(process: &covatlas_shared::lens::LensProcess) -> [StrIdx; 5] {
    [process.cluster, process.namespace, process.kind, process.name, process.binary]
}
