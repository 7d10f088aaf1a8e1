//! The shards of one build under a lens.

use covatlas_shared::{
    counts::{CountsShard, UNKNOWN},
    files::StatsShard,
    lens::LensShard,
    stats::Coverage,
    units::UnitsShard,
};

use super::{
    bits::{Mask, Numbers},
    chosen::{BuildPart, Part},
};

/// Packages, files and funcs with what the processes of the build that pass ran.
pub fn stats(
    units: &UnitsShard,
    BuildPart { bits, part, .. }: &BuildPart,
    stats: &StatsShard,
) -> StatsShard {
    let numbers = fit(stats, bits.at, units, bits.numbers(units, &part.mask));
    let mut stats = stats.clone();
    let put = |coverage: &mut Coverage, covered: &u32| {
        *coverage = Coverage::new(coverage.statements(), u64::from(*covered)).unwrap_or_default();
    };
    for (file, covered) in stats.files.iter_mut().zip(&numbers.files) {
        put(&mut file.coverage, covered);
    }
    for (func, covered) in stats.funcs.iter_mut().zip(&numbers.funcs) {
        put(&mut func.coverage, covered);
    }
    stats
}

/// Leaves out the funcs of files of which this build knows none, though others do.
fn fit(stats: &StatsShard, at: usize, units: &UnitsShard, mut numbers: Numbers) -> Numbers {
    let mut funcs = numbers.funcs.into_iter();
    let mut kept = Vec::with_capacity(stats.funcs.len());
    for (file, own) in stats.files.iter().zip(units.files_of(at)) {
        let n_all = usize::try_from(units.n_funcs(own.file)).unwrap_or(0);
        let n_own = usize::try_from(file.n_funcs).unwrap_or(0);
        let of_file: Vec<u32> = funcs.by_ref().take(n_all).collect();
        kept.extend(of_file.into_iter().take(n_own));
    }
    numbers.funcs = kept;
    numbers
}

/// The counts of one owner, of which only some processes pass, from those of all of them.
///
/// Counts are kept by owner: where a process that does not pass ran a unit too, nobody knows how often
/// the others did, nor when first.
pub fn counts_of_row(
    units: &UnitsShard,
    build: &BuildPart,
    (row, part): (usize, &Part),
    stats: &StatsShard,
    all: &CountsShard,
) -> CountsShard {
    let bits = &build.bits;
    let others = build.all_of(row).flatten().filter(|process| !part.mask.contains(*process));
    let others = bits.mask(others);
    let mut own = counts(units, build, &part.mask, stats);
    let sets = bits.shard.set_of_units().iter();
    for (at, set) in sets.enumerate().filter(|(_, set)| part.mask.has_run(**set)) {
        let is_known = !others.has_run(*set);
        if let Some(slot) = own.units.get_mut(at) {
            *slot = all.units.get(at).copied().filter(|_| is_known).unwrap_or(UNKNOWN);
        }
        if let Some(slot) = own.seen.get_mut(at) {
            *slot = all.seen.get(at).copied().filter(|_| is_known).unwrap_or(0);
        }
    }
    own
}

/// The counts of everyone with a build who passes, from those of each owner.
pub fn counts_of_build(
    units: &UnitsShard,
    build: &BuildPart,
    stats: &StatsShard,
    rows: &[CountsShard],
) -> CountsShard {
    let mut own = counts(units, build, &build.part.mask, stats);
    for row in rows {
        for (slot, count) in own.units.iter_mut().zip(&row.units) {
            *slot = (*slot).max(*count);
        }
        for (slot, seen) in own.seen.iter_mut().zip(&row.seen) {
            let is_earlier = *seen != 0 && (*slot == 0 || *seen < *slot);
            *slot = if is_earlier { *seen } else { *slot };
        }
    }
    own
}

/// What these processes ran, without counts.
fn counts(units: &UnitsShard, build: &BuildPart, mask: &Mask, stats: &StatsShard) -> CountsShard {
    let bits = &build.bits;
    let numbers = fit(stats, bits.at, units, bits.numbers(units, mask));
    let n_units = bits.shard.n_units();
    CountsShard {
        files: numbers.files,
        funcs: numbers.funcs,
        units: vec![0; n_units],
        seen: vec![0; n_units],
    }
}

/// The processes that pass, with what they ran.
pub fn lens(BuildPart { bits, part, .. }: &BuildPart) -> LensShard {
    let of_part = part.processes.iter().filter_map(|at| bits.shard.processes.get(*at));
    let width = LensShard::width_of(part.processes.len());
    let narrow = |set: &[u32]| {
        let mut words = vec![0_u32; width];
        for (new, old) in part.processes.iter().enumerate() {
            let has_run = set.get(old / 32).is_some_and(|word| word >> (old % 32) & 1 == 1);
            if let Some(word) = words.get_mut(new / 32).filter(|_| has_run) {
                *word |= 1 << (new % 32);
            }
        }
        words
    };
    let sets: Vec<Vec<u32>> = bits.shard.sets().map(narrow).collect();
    let of_unit = |set: &u32| usize::try_from(*set).ok().and_then(|at| sets.get(at)).cloned();
    let ran = bits.shard.set_of_units().iter().map(|set| of_unit(set).unwrap_or_default());
    LensShard::new(bits.shard.strings.clone(), of_part.cloned().collect(), ran)
}
