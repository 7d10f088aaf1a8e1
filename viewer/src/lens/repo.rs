//! A repository under a lens.

use std::collections::{BTreeMap, HashMap};

use covatlas_shared::{
    repo::{RepoBuild, RepoOwner, RepoRun, RepoShard, Variant, n_words},
    shard::{Kind, ShardError},
    stats::Coverage,
    union::{UnionCounts, UnionShard},
};

use super::{
    chosen::{BuildPart, Chosen, Site},
    never::StatsOf,
    positions::Positions,
    union::Union,
};
use crate::store::lens_name::name;

/// The files of a repository in the builds that pass a lens.
#[derive(Debug)]
pub struct LensedRepo {
    /// The shard that pages see.
    pub shard: RepoShard,
    /// Of each of its variants where its builds have it: position of the build in the owners shard,
    /// of the file in the build.
    places: Vec<Vec<(usize, usize)>>,
    /// Of each of its runs the row in the owners shard.
    rows: Vec<usize>,
    /// Covered statements by file of each build and of each row that have files of the repository.
    of_build: HashMap<usize, Vec<u32>>,
    of_row: HashMap<usize, Vec<u32>>,
}

/// The position of one of a repository's shards of counts among all of the lens.
pub fn union_at(repo: usize, at: usize) -> usize {
    (repo << 16) | (at & 0xffff)
}

/// Undoes [`union_at`].
pub fn of_union_at(at: usize) -> (usize, usize) {
    (at >> 16, at & 0xffff)
}

impl LensedRepo {
    /// What passes of `own`, the repository at position `at` of the manifest; `stats` has those of the
    /// builds that pass and are of the repository.
    pub fn new(site: &Site, chosen: &Chosen, stats: &StatsOf, own: &RepoShard, at: usize) -> Self {
        let builds = builds(site, chosen, own);
        let mut repo = Self {
            shard: RepoShard {
                stats: own.stats.clone(),
                repo: own.repo.clone(),
                unbuilt: own.unbuilt.clone(),
                unions: (0..own.unions.len())
                    .map(|union| name(Kind::Union, chosen.id, union_at(at, union)))
                    .collect(),
                ..RepoShard::default()
            },
            places: Vec::new(),
            rows: Vec::new(),
            of_build: HashMap::new(),
            of_row: HashMap::new(),
        };
        repo.add_numbers(site, chosen, &builds);
        repo.add_runs(site, chosen, own, &builds);
        repo.add_variants(site, chosen, own, &builds, stats);
        repo.add_builds(site, chosen, own, &builds, stats);
        repo.drop_commits();
        repo
    }

    /// Leaves out the commits of which no build passes.
    fn drop_commits(&mut self) {
        let mut next = 0_u32;
        let mut kept: Vec<Option<u32>> = Vec::new();
        for coverage in &self.shard.commits {
            let is_there = coverage.statements() > 0;
            kept.push(is_there.then_some(next));
            next = next.saturating_add(u32::from(is_there));
        }
        // Without a statement nobody sees which commits there are.
        if next == 0 {
            return;
        }
        let moved = |at: u32| usize::try_from(at).ok().and_then(|at| *kept.get(at)?);
        let RepoShard { stats, commits, builds, unbuilt, .. } = &mut self.shard;
        for file in &mut stats.files {
            // A file that stays is the same in the commit that stays.
            file.source = file.source.map(|at| moved(at).unwrap_or(0));
        }
        for build in builds {
            build.commit = moved(build.commit).unwrap_or(0);
        }
        unbuilt.retain_mut(|file| moved(file.commit).map(|at| file.commit = at).is_some());
        let mut is_kept = kept.iter().map(Option::is_some);
        stats.sources.retain(|_| is_kept.next() == Some(true));
        commits.retain(|coverage| coverage.statements() > 0);
    }

    fn add_numbers(&mut self, site: &Site, chosen: &Chosen, builds: &[Option<usize>]) {
        for build in builds.iter().flatten() {
            let Some(BuildPart { bits, part, rows }) = chosen.builds.get(build) else { continue };
            let numbers = |mask| bits.numbers(&site.units, mask).files;
            self.of_build.insert(*build, numbers(&part.mask));
            for row in rows {
                if let Some(part) = chosen.rows.get(row) {
                    self.of_row.insert(*row, numbers(&part.mask));
                }
            }
        }
    }

    /// Owners and runs that pass.
    fn add_runs(
        &mut self,
        site: &Site,
        chosen: &Chosen,
        own: &RepoShard,
        builds: &[Option<usize>],
    ) {
        let owners = &site.owners;
        let mut rows: HashMap<(usize, [&str; 5]), usize> = HashMap::new();
        for at in chosen.rows.keys() {
            if let Some(r) = owners.rows.get(*at) {
                let names = [r.cluster, r.namespace, r.kind, r.name, r.binary];
                let build = usize::try_from(r.build).unwrap_or(usize::MAX);
                rows.insert((build, names.map(|idx| owners.strings.get(idx))), *at);
            }
        }
        let position = positions(builds);
        let mut owner_at: HashMap<u32, u32> = HashMap::new();
        for run in &own.runs {
            let build = usize::try_from(run.build).ok();
            let Some(build) = build.and_then(|at| *builds.get(at)?) else { continue };
            let owner = usize::try_from(run.owner).ok().and_then(|at| own.owners.get(at));
            let Some(RepoOwner { cluster, namespace, kind, name, binary }) = owner else {
                continue;
            };
            let names = [*cluster, *namespace, *kind, *name, *binary];
            let names = names.map(|idx| own.stats.strings.get(idx));
            let Some(row) = rows.get(&(build, names)) else { continue };
            let next = u32::try_from(self.shard.owners.len()).unwrap_or(u32::MAX);
            let at = *owner_at.entry(run.owner).or_insert_with(|| {
                self.shard.owners.extend(owner);
                next
            });
            let build = position.get(&build).copied().unwrap_or(0);
            self.shard.runs.push(RepoRun { owner: at, build, covered: 0 });
            self.rows.push(*row);
        }
    }

    fn add_variants(
        &mut self,
        site: &Site,
        chosen: &Chosen,
        own: &RepoShard,
        builds: &[Option<usize>],
        stats: &StatsOf,
    ) {
        let position = positions(builds);
        let paths = paths(stats);
        let n_owners = n_words(self.shard.owners.len());
        let (mut build_sets, mut owner_sets) = (Positions::default(), Positions::default());
        let mut files = Vec::new();
        for (variant, row) in own.stats.files.iter().enumerate() {
            let path = own.stats.path(row);
            let of_variant = own.builds_of(variant).iter();
            let of_variant = of_variant.filter_map(|b| *builds.get(usize::try_from(*b).ok()?)?);
            let places: Vec<(usize, usize)> = of_variant
                .filter_map(|build| Some((build, *paths.get(&build)?.get(path.as_str())?)))
                .collect();
            if places.is_empty() {
                continue;
            }
            let set: Vec<u32> =
                places.iter().filter_map(|(build, _)| position.get(build).copied()).collect();
            let mut ran = vec![0_u32; n_owners];
            let file_of: HashMap<usize, usize> = places.iter().copied().collect();
            for (run, row) in self.shard.runs.iter_mut().zip(&self.rows) {
                let part = chosen.rows.get(row);
                let Some(file) = part.and_then(|part| file_of.get(&part.build)) else { continue };
                let covered = self.of_row.get(row).and_then(|files| files.get(*file));
                let covered = covered.copied().unwrap_or(0);
                run.covered = run.covered.saturating_add(u64::from(covered));
                let word = usize::try_from(run.owner / 32).ok().and_then(|at| ran.get_mut(at));
                if let Some(word) = word.filter(|_| covered > 0) {
                    *word |= 1 << (run.owner % 32);
                }
            }
            let union = own.variants.get(variant).map_or(0, |variant| variant.union);
            self.shard.variants.push(Variant {
                builds: build_sets.add(set),
                owners: owner_sets.add(ran),
                union,
            });
            let mut row = row.clone();
            let covered = covered(site, chosen, &places);
            row.coverage = Coverage::new(row.coverage.statements(), covered).unwrap_or_default();
            files.push(row);
            self.places.push(places);
        }
        (self.shard.build_sets, self.shard.owner_sets) = (build_sets.items(), owner_sets.items());
        let of = &own.stats;
        let (strings, build) = (of.strings.clone(), of.build.clone());
        let rows = (of.sources.clone(), of.packs.clone());
        if let Ok(stats) =
            covatlas_shared::files::StatsShard::new(strings, build, rows.0, rows.1, files, vec![])
        {
            self.shard.stats = stats;
        }
    }

    /// Builds and commits.
    fn add_builds(
        &mut self,
        site: &Site,
        chosen: &Chosen,
        own: &RepoShard,
        builds: &[Option<usize>],
        stats: &StatsOf,
    ) {
        let mut covered: HashMap<usize, u64> = HashMap::new();
        for (build, file) in self.places.iter().flatten() {
            let own = self.of_build.get(build).and_then(|files| files.get(*file));
            let sum = covered.entry(*build).or_default();
            *sum = sum.saturating_add(u64::from(own.copied().unwrap_or(0)));
        }
        for (row, build) in own.builds.iter().zip(builds) {
            if let Some(build) = build {
                let ran = covered.get(build).copied().unwrap_or(0);
                let coverage = Coverage::new(row.coverage.statements(), ran).unwrap_or_default();
                self.shard.builds.push(RepoBuild { coverage, ..row.clone() });
            }
        }
        let mut files_of: HashMap<usize, Vec<usize>> = HashMap::new();
        for (build, file) in self.places.iter().flatten() {
            files_of.entry(*build).or_default().push(*file);
        }
        let mut stamps = site.stamps.borrow_mut();
        let mut union = Union::new(&site.units, &mut stamps);
        for source in &own.stats.sources {
            for (build, files) in &files_of {
                let known = chosen.builds.get(build).zip(stats.get(build));
                let Some((BuildPart { bits, part, .. }, stats)) = known else { continue };
                let is_of_commit = |file: &usize| {
                    let at = stats.files.get(*file).and_then(|row| row.source);
                    let found = at.and_then(|at| stats.sources.get(usize::try_from(at).ok()?));
                    found.is_some_and(|f| f.repo == source.repo && f.commit == source.commit)
                };
                let mut is_own = vec![false; stats.files.len()];
                for file in files.iter().filter(|file| is_of_commit(file)) {
                    if let Some(slot) = is_own.get_mut(*file) {
                        *slot = true;
                    }
                }
                union.add(bits, &part.mask, |file| is_own.get(file) == Some(&true));
            }
            self.shard.commits.push(union.take().0);
        }
    }

    /// The builds whose counts [`LensedRepo::union`] needs, by position in the owners shard.
    pub fn builds_in(&self, union: usize) -> Vec<usize> {
        let variants = self.shard.variants_in(union);
        let places = self.places.get(variants).unwrap_or_default().iter().flatten();
        let mut builds: Vec<usize> = places.map(|(build, _)| *build).collect();
        builds.sort_unstable();
        builds.dedup();
        builds
    }

    /// The counts of some of the variants; `counts` gives those of the units of a build under the
    /// lens.
    ///
    /// # Errors
    /// See [`UnionShard::new`].
    pub fn union(
        &self,
        site: &Site,
        chosen: &Chosen,
        union: usize,
        counts: &BTreeMap<usize, Vec<u32>>,
    ) -> Result<UnionShard, ShardError> {
        let mut all = UnionCounts::default();
        for variant in self.shard.variants_in(union) {
            let places = self.places.get(variant).map_or(&[][..], Vec::as_slice);
            let n_units = self.shard.stats.files.get(variant).map_or(0, |file| file.n_units);
            let mut units = vec![0_u32; usize::try_from(n_units).unwrap_or(0)];
            for (build, file) in places {
                let own = start(site, chosen, *build, *file);
                let own = counts.get(build).zip(own).and_then(|(counts, at)| counts.get(at..));
                for (most, count) in units.iter_mut().zip(own.unwrap_or_default()) {
                    *most = (*most).max(*count);
                }
            }
            all.units.extend(units);
            let of_file = |numbers: &HashMap<usize, Vec<u32>>, at: usize, file: usize| {
                numbers.get(&at).and_then(|files| files.get(file)).copied().unwrap_or(0)
            };
            for row in &self.rows {
                let build = chosen.rows.get(row).map(|part| part.build);
                let place = places.iter().find(|(own, _)| Some(*own) == build);
                all.runs.extend(place.map(|(_, file)| of_file(&self.of_row, *row, *file)));
            }
            all.builds.extend(places.iter().map(|(b, file)| of_file(&self.of_build, *b, *file)));
        }
        UnionShard::new(&self.shard, union, all)
    }
}

/// Of each build of the repository its position in the owners shard, if it passes.
pub fn builds(site: &Site, chosen: &Chosen, own: &RepoShard) -> Vec<Option<usize>> {
    let hashes =
        chosen.builds.keys().filter_map(|at| Some((&site.owners.builds.get(*at)?.hash, *at)));
    let at: HashMap<&String, usize> = hashes.collect();
    own.builds.iter().map(|build| at.get(&build.hash).copied()).collect()
}

/// Of builds by position in the owners shard their positions among those that pass.
fn positions(builds: &[Option<usize>]) -> HashMap<usize, u32> {
    builds.iter().flatten().copied().zip(0..).collect()
}

/// Files of builds by path as built.
fn paths(stats: &StatsOf) -> HashMap<usize, HashMap<String, usize>> {
    let of_build = |(build, stats): (&usize, &covatlas_shared::files::StatsShard)| {
        let files = stats.files.iter().enumerate();
        (*build, files.map(|(at, file)| (stats.path(file), at)).collect())
    };
    stats.iter().map(of_build).collect()
}

/// Where the units of a file start among those of its build.
fn start(site: &Site, chosen: &Chosen, build: usize, file: usize) -> Option<usize> {
    let files = site.units.files_of(chosen.builds.get(&build)?.bits.at).get(..file)?;
    Some(files.iter().map(|own| site.units.range(own.file).len()).sum())
}

/// Statements of a file that ran in any of these builds.
fn covered(site: &Site, chosen: &Chosen, places: &[(usize, usize)]) -> u64 {
    let mut ran: Vec<bool> = Vec::new();
    let mut statements: &[u32] = &[];
    for (build, file) in places {
        let Some(BuildPart { bits, part, .. }) = chosen.builds.get(build) else { continue };
        let Some(own) = site.units.files_of(bits.at).get(*file) else { continue };
        statements = site.units.statements(site.units.range(own.file));
        ran.resize(statements.len(), false);
        let at = start(site, chosen, *build, *file).unwrap_or(usize::MAX);
        let sets = bits.shard.set_of_units().get(at..).unwrap_or_default();
        for (ran, set) in ran.iter_mut().zip(sets) {
            *ran |= part.mask.has_run(*set);
        }
    }
    ran.iter().zip(statements).filter(|(ran, _)| **ran).map(|(_, n)| u64::from(*n)).sum()
}
