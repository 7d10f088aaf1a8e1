//! The shards of one repository.

use std::collections::BTreeMap;

use covatlas_shared::{
    codec::StringsBuilder,
    files::{FileRow, StatsShard},
    path,
    repo::{RepoBuild, RepoOwner, RepoRun, RepoShard, Unbuilt, Variant, n_words},
    shard::Kind,
    stats::Coverage,
    union::{UnionCounts, UnionShard},
};

use super::{Repo, RepoFile, unbuilt::unbuilt};
use crate::site::{RenderError, Writer, builds, count, packs::FileRef, positions::Positions};

/// Counts of neighbouring files go into one shard until there are so many units: about what the
/// text of a source pack takes.
const UNITS: usize = 8192;

/// Writes the counts of a repository; gives its shard.
pub(super) fn write(repo: &Repo<'_>, writer: &Writer) -> Result<RepoShard, RenderError> {
    let mut strings = StringsBuilder::default();
    let (owner_idx, owners) = owners(repo, &mut strings);
    let runs = runs(repo, &owner_idx);
    let mut rows = Rows::default();
    for file in &repo.files {
        rows.add(repo, &runs, owners.len(), file, &mut strings);
    }
    let unbuilt = unbuilt(repo).into_iter().map(|(file, commit)| {
        let (dir, base) = path::split(&file);
        Unbuilt { dir: strings.add(dir), base: strings.add(base), commit }
    });
    let unbuilt = unbuilt.collect();
    let sources = repo
        .commits
        .iter()
        .map(|commit| builds::source(repo.site.input, repo.name.to_owned(), (*commit).to_owned()));
    let (strings, sources) = (strings.finish(), sources.collect());
    let stats = StatsShard::new(
        strings,
        String::new(),
        sources,
        rows.packs.items(),
        rows.files,
        Vec::new(),
    )?;
    let mut shard = RepoShard {
        stats,
        repo: repo.name.to_owned(),
        commits: repo.unions().iter().map(crate::profile::Union::coverage).collect(),
        builds: repo_builds(repo),
        owners,
        runs,
        build_sets: rows.build_sets.items(),
        owner_sets: rows.owner_sets.items(),
        variants: rows.variants,
        // Names come when the counts are written.
        unions: vec![String::new(); rows.unions.len()],
        unbuilt,
    };
    for (at, counts) in rows.unions.into_iter().enumerate() {
        let union = UnionShard::new(&shard, at, counts)?;
        let name = writer.shard(Kind::Union, &union.encode()?)?;
        if let Some(slot) = shard.unions.get_mut(at) {
            *slot = name;
        }
    }
    Ok(shard)
}

/// The owners, and of each position in the input their position here.
fn owners(repo: &Repo<'_>, strings: &mut StringsBuilder) -> (BTreeMap<usize, u32>, Vec<RepoOwner>) {
    let input = repo.site.input;
    let (mut idx, mut owners) = (BTreeMap::new(), Vec::new());
    for owner in repo.rows.iter().filter_map(|row| Some(input.rows.get(*row)?.owner)) {
        if let Some(record) = input.owners.get(owner)
            && !idx.contains_key(&owner)
        {
            let key = &record.key;
            idx.insert(owner, count(owners.len()));
            owners.push(RepoOwner {
                cluster: strings.add(&key.cluster),
                namespace: strings.add(&key.namespace),
                kind: strings.add(&key.kind),
                name: strings.add(&key.name),
                binary: strings.add(&key.binary),
            });
        }
    }
    (idx, owners)
}

/// The runs, in the order of the rows of [`Repo`].
fn runs(repo: &Repo<'_>, owner_idx: &BTreeMap<usize, u32>) -> Vec<RepoRun> {
    let input = repo.site.input;
    let mut covered: BTreeMap<usize, u64> = BTreeMap::new();
    for (build, file) in repo.files.iter().flat_map(|file| &file.places) {
        for (row, own) in repo.site.builds.get(*build).into_iter().flat_map(|b| &b.rows) {
            *covered.entry(*row).or_default() += u64::from(own.files.get(*file).map_or(0, |n| *n));
        }
    }
    let run = |row: &usize| {
        let input_row = input.rows.get(*row)?;
        Some(RepoRun {
            owner: *owner_idx.get(&input_row.owner)?,
            build: count(repo.builds.binary_search(&input_row.build).ok()?),
            covered: covered.get(row).copied().unwrap_or(0),
        })
    };
    repo.rows.iter().filter_map(run).collect()
}

/// The builds, each with what anyone ran of its files of the repository.
fn repo_builds(repo: &Repo<'_>) -> Vec<RepoBuild> {
    let site = &repo.site;
    let mut found: BTreeMap<usize, (u32, Coverage)> = BTreeMap::new();
    for place in repo.files.iter().flat_map(|file| &file.places) {
        let (commit, coverage) = found.entry(place.0).or_insert((u32::MAX, Coverage::default()));
        *commit = (*commit).min(repo.commit(*place));
        let own = site.builds.get(place.0).and_then(|b| b.files.get(place.1));
        *coverage = coverage.plus(own.copied().unwrap_or_default());
    }
    let hashes = site.input.hashes(repo.builds.clone());
    let build = |(hash, build)| {
        let (commit, coverage) = found.get(build).copied().unwrap_or_default();
        RepoBuild { hash, commit, coverage }
    };
    hashes.into_iter().zip(&repo.builds).map(build).collect()
}

/// The variants while they are added.
#[derive(Default)]
struct Rows {
    packs: Positions<String>,
    build_sets: Positions<Vec<u32>>,
    owner_sets: Positions<Vec<u32>>,
    files: Vec<FileRow>,
    variants: Vec<Variant>,
    unions: Vec<UnionCounts>,
}

impl Rows {
    fn add(
        &mut self,
        repo: &Repo<'_>,
        runs: &[RepoRun],
        n_owners: usize,
        file: &RepoFile<'_>,
        strings: &mut StringsBuilder,
    ) {
        let units = units(repo, file);
        let (covered, by_build) = (covered(repo, file), by_build(repo, file));
        let ran = covered.iter().filter(|(_, covered)| *covered > 0);
        let ran = ran.filter_map(|(run, _)| Some(runs.get(*run)?.owner));
        let is_full = |counts: &UnionCounts| {
            !counts.units.is_empty() && counts.units.len().saturating_add(units.len()) > UNITS
        };
        if self.unions.last().is_none_or(is_full) {
            self.unions.push(UnionCounts::default());
        }
        self.variants.push(Variant {
            builds: self.build_sets.add(by_build.iter().map(|(build, _)| *build).collect()),
            owners: self.owner_sets.add(bits(ran, n_owners)),
            union: count(self.unions.len().saturating_sub(1)),
        });
        let row = self.row(repo, file, &units, strings);
        self.files.push(row);
        if let Some(counts) = self.unions.last_mut() {
            counts.units.extend(units);
            counts.runs.extend(covered.into_iter().map(|(_, covered)| covered));
            counts.builds.extend(by_build.into_iter().map(|(_, covered)| covered));
        }
    }

    fn row(
        &mut self,
        repo: &Repo<'_>,
        RepoFile { places, found, table, file }: &RepoFile<'_>,
        units: &[u32],
        strings: &mut StringsBuilder,
    ) -> FileRow {
        let input = repo.site.input;
        let ran = table.units_of(file).iter().zip(units).filter(|(_, count)| **count > 0);
        let covered = ran.map(|(unit, _)| u64::from(unit.statements)).sum();
        let (dir, base) = path::split(&file.path);
        let first = places.first().copied().unwrap_or_default();
        let place = repo.site.packs.places.get(first.0).and_then(|build| build.get(first.1));
        let (pack, entry) = place.cloned().unwrap_or_default();
        FileRow {
            dir: strings.add(dir),
            base: strings.add(base),
            repo_path: strings.add(&found.repo_path),
            source: Some(repo.commit(first)),
            resolution: strings.add(&found.resolution),
            evidence: strings.add(&found.evidence),
            is_generated: places
                .iter()
                .any(|place| input.resolution(*place).is_some_and(|r| r.generated)),
            pack: self.packs.add(pack),
            entry,
            n_units: count(units.len()),
            n_funcs: 0,
            coverage: Coverage::new(file.statements, covered).unwrap_or_default(),
        }
    }
}

/// How often each unit of a file ran at most in one process of any build.
pub(super) fn units(repo: &Repo<'_>, file: &RepoFile<'_>) -> Vec<u32> {
    builds::anywhere(repo.site.input, repo.site.builds, &file.places)
}

/// Positions of the runs whose build has a file, with the statements of it that ran there.
pub(super) fn covered(repo: &Repo<'_>, file: &RepoFile<'_>) -> Vec<(usize, u32)> {
    let places: BTreeMap<usize, usize> = file.places.iter().copied().collect();
    let run = |(run, row): (usize, &usize)| {
        let build = repo.site.input.rows.get(*row)?.build;
        let at = places.get(&build)?;
        let own = repo.site.builds.get(build).and_then(|b| b.rows.get(row));
        Some((run, own.and_then(|own| own.files.get(*at)).copied().unwrap_or(0)))
    };
    repo.rows.iter().enumerate().filter_map(run).collect()
}

/// Positions in [`Repo::builds`] of the builds that have a file, sorted, with the statements of it
/// that ran in anyone who runs the build.
pub(super) fn by_build(repo: &Repo<'_>, file: &RepoFile<'_>) -> Vec<(u32, u32)> {
    let build = |(build, at): &FileRef| {
        let own = repo.site.builds.get(*build).and_then(|b| b.files.get(*at));
        let covered = own.map_or(0, |own| u32::try_from(own.covered()).unwrap_or(u32::MAX));
        Some((count(repo.builds.binary_search(build).ok()?), covered))
    };
    let mut builds: Vec<(u32, u32)> = file.places.iter().filter_map(build).collect();
    builds.sort_unstable();
    builds
}

/// Positions as bits of words, lowest first.
fn bits(positions: impl Iterator<Item = u32>, len: usize) -> Vec<u32> {
    let mut words = vec![0_u32; n_words(len)];
    for position in positions {
        let word = usize::try_from(position / 32).ok().and_then(|at| words.get_mut(at));
        if let Some(word) = word {
            *word |= 1 << (position % 32);
        }
    }
    words
}
