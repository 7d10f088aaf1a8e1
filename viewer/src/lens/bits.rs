//! What is known of a build under any lens: which processes ran which units.

use std::{collections::HashMap, ops::Range};

use covatlas_shared::{
    codec::StrIdx, lens::LensShard, owners::OwnersShard, stats::Coverage, units::UnitsShard,
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
    /// Neighbouring units of a file that the same processes ran, if any did.
    spans: Vec<Span>,
    /// Funcs with statements, and the sets of processes that ran units of them.
    entries: Vec<(u32, u32)>,
    n_funcs: u32,
}

/// Neighbouring units of a file that the same processes ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Position of the file in the build.
    pub file: u32,
    /// Positions of the units among all of the collection: the first, and the one behind the last.
    pub units: (u32, u32),
    /// The position of the set of processes.
    pub set: u32,
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
        let weights = vec![0_u64; shard.sets().count()];
        let (spans, entries) = (Vec::new(), Vec::new());
        let mut bits = Self { shard, at, groups, weights, spans, entries, n_funcs: 0 };
        bits.measure(units);
        bits
    }

    /// Finds out what does not depend on a lens.
    fn measure(&mut self, units: &UnitsShard) {
        let mut sets = self.shard.set_of_units().iter();
        let mut first_func = 0_u32;
        for (file, own) in (0..).zip(units.files_of(self.at)) {
            let range = units.range(own.file);
            let (statements, funcs) = (units.statements(range.clone()), units.funcs(range.clone()));
            let n_funcs = units.n_funcs(own.file);
            let mut of_func = vec![0_u64; usize::try_from(n_funcs).unwrap_or(0)];
            let (mut entries, mut unit) = (Vec::new(), count(range.start));
            for ((n, func), set) in statements.iter().zip(funcs).zip(sets.by_ref()) {
                let weight = usize::try_from(*set).ok().and_then(|set| self.weights.get_mut(set));
                if let Some(weight) = weight {
                    *weight = weight.saturating_add(u64::from(*n));
                }
                if let Some(sum) = usize::try_from(*func).ok().and_then(|at| of_func.get_mut(at)) {
                    *sum = sum.saturating_add(u64::from(*n));
                }
                if *set != 0 {
                    entries.push((*func, *set));
                    match self.spans.last_mut() {
                        Some(span) if (span.file, span.units.1, span.set) == (file, unit, *set) => {
                            span.units.1 = unit.saturating_add(1);
                        }
                        _ => {
                            let units = (unit, unit.saturating_add(1));
                            self.spans.push(Span { file, units, set: *set });
                        }
                    }
                }
                unit = unit.saturating_add(1);
            }
            entries.sort_unstable();
            entries.dedup();
            let has_statements = |func: u32| {
                usize::try_from(func).ok().and_then(|at| of_func.get(at)).is_some_and(|n| *n > 0)
            };
            let entries = entries.into_iter().filter(|(func, _)| has_statements(*func));
            self.entries.extend(entries.map(|(func, set)| (first_func.saturating_add(func), set)));
            self.n_funcs =
                self.n_funcs.saturating_add(count(of_func.iter().filter(|n| **n > 0).count()));
            first_func = first_func.saturating_add(n_funcs);
        }
    }

    /// What any process ran, neighbouring units at once.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Funcs with statements, and those that these processes entered.
    pub fn funcs(&self, mask: &Mask) -> Coverage {
        let (mut last, mut entered) = (None, 0_u64);
        for (func, set) in &self.entries {
            if last != Some(*func) && mask.has_run(*set) {
                last = Some(*func);
                entered = entered.saturating_add(1);
            }
        }
        Coverage::new(self.n_funcs.into(), entered).unwrap_or_default()
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
        let mut of_file: Vec<u32> = Vec::new();
        let sets = self.shard.set_of_units();
        let mut next = 0_usize;
        for own in units.files_of(self.at) {
            let range = units.range(own.file);
            let (statements, funcs) = (units.statements(range.clone()), units.funcs(range.clone()));
            let start = next;
            next = next.saturating_add(range.len());
            of_file.clear();
            of_file.resize(usize::try_from(units.n_funcs(own.file)).unwrap_or(0), 0);
            let mut covered = 0_u32;
            let rows = statements.iter().zip(funcs).zip(sets.get(start..next).unwrap_or_default());
            for ((n, func), set) in rows {
                if mask.has_run(*set) {
                    covered = covered.saturating_add(*n);
                    let func = usize::try_from(*func).ok().and_then(|func| of_file.get_mut(func));
                    if let Some(covered) = func {
                        *covered = covered.saturating_add(*n);
                    }
                }
            }
            numbers.files.push(covered);
            numbers.funcs.extend(&of_file);
        }
        numbers
    }
}

impl Mask {
    /// Whether one of the processes is in a set, by the set's position.
    pub fn has_run(&self, set: u32) -> bool {
        usize::try_from(set).ok().and_then(|set| self.meets.get(set)).copied().unwrap_or(false)
    }

    /// Whether a process is one of them.
    pub fn contains(&self, process: usize) -> bool {
        self.words.get(process / 32).is_some_and(|word| word >> (process % 32) & 1 == 1)
    }
}

fn names(process: &covatlas_shared::lens::LensProcess) -> [StrIdx; 5] {
    [process.cluster, process.namespace, process.kind, process.name, process.binary]
}

/// A number of items, or a position; a page holds fewer than its type does.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
