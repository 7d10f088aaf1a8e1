//! The funcs that nobody entered under a lens.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use covatlas_shared::{
    codec::StringsBuilder,
    files::StatsShard,
    never::{NeverFunc, NeverRepo, NeverShard},
    path,
    shard::Kind,
};

use super::{
    chosen::{BuildPart, Chosen, Site},
    positions::Positions,
};
use crate::store::lens_name::name;

/// So many funcs that people wrote, and as many that tools wrote, are in the overview: as many as in
/// that of the site.
const OVERVIEW: usize = 1000;

/// The stats of builds, by position in the owners shard.
pub type StatsOf = BTreeMap<usize, StatsShard>;

/// The funcs of all builds of a lens that nobody entered.
#[derive(Debug, Default)]
pub struct Never {
    files: Vec<File>,
    /// By path as built, line and name.
    funcs: Vec<Func>,
}

/// A source file over all builds that have it.
#[derive(Debug, Default)]
struct File {
    path: String,
    repo_path: String,
    repo: String,
    is_generated: bool,
    binaries: BTreeSet<String>,
    /// The hash of a build that has it, with the real text if any has it.
    build: String,
}

#[derive(Debug)]
struct Func {
    file: usize,
    name: String,
    line: u32,
    statements: u64,
}

/// A func over all builds that have its file.
#[derive(Clone, Copy, Debug, Default)]
struct Entered {
    statements: u64,
    entered: bool,
}

impl Never {
    /// Looks at all builds of a lens; `stats` has those of each.
    pub fn new(site: &Site, chosen: &Chosen, stats: &StatsOf) -> Self {
        let mut places: BTreeMap<u32, Vec<(usize, usize)>> = BTreeMap::new();
        for (build, part) in &chosen.builds {
            for (file_idx, own) in site.units.files_of(part.bits.at).iter().enumerate() {
                places.entry(own.file).or_default().push((*build, file_idx));
            }
        }
        let layouts: HashMap<usize, Layout> = stats
            .iter()
            .filter_map(|(build, stats)| {
                Some((*build, Layout::new(site, chosen.builds.get(build)?, stats)))
            })
            .collect();
        let mut never = Self::default();
        for (file, places) in places {
            let funcs = funcs(site, chosen, stats, &layouts, file, &places);
            let own = funcs.into_iter().filter(|(_, func)| func.statements > 0 && !func.entered);
            let mut own = own.peekable();
            if own.peek().is_none() {
                continue;
            }
            let file = never.files.len();
            never.files.push(File::new(site, chosen, stats, &places));
            let func = |((line, name), func): ((u32, &str), Entered)| Func {
                file,
                name: name.to_owned(),
                line,
                statements: func.statements,
            };
            never.funcs.extend(own.map(func));
        }
        never
    }

    /// The repositories with such funcs, sorted.
    fn repos(&self) -> Vec<&str> {
        let repos: BTreeSet<&str> = self.files.iter().map(|file| file.repo.as_str()).collect();
        repos.into_iter().collect()
    }

    /// The shard at a position: the overview at 0, then one for each repository.
    pub fn shard(&self, lens: u32, at: usize) -> Option<NeverShard> {
        let repos = self.repos();
        let Some(at) = at.checked_sub(1) else { return Some(self.overview(lens, &repos)) };
        let repo = *repos.get(at)?;
        let of_repo = |func: &&Func| self.files.get(func.file).is_some_and(|f| f.repo == repo);
        Some(self.shard_of(self.funcs.iter().filter(of_repo), |_| Vec::new()))
    }

    fn overview(&self, lens: u32, repos: &[&str]) -> NeverShard {
        let is_generated = |func: &&Func| self.files.get(func.file).is_some_and(|f| f.is_generated);
        let mut largest: Vec<(usize, &Func)> = self.funcs.iter().enumerate().collect();
        largest.sort_by_key(|(_, func)| Reverse(func.statements));
        let (generated, written): (Vec<_>, Vec<_>) =
            largest.into_iter().partition(|(_, func)| is_generated(func));
        let generated = generated.into_iter().take(OVERVIEW);
        let mut shown: Vec<_> = written.into_iter().take(OVERVIEW).chain(generated).collect();
        shown.sort_by_key(|(at, _)| *at);
        self.shard_of(shown.into_iter().map(|(_, func)| func), |strings| {
            let mut rows: Vec<NeverRepo> = (1..)
                .zip(repos)
                .map(|(at, repo)| NeverRepo {
                    repo: strings.add(repo),
                    shard: name(Kind::Never, lens, at),
                    ..NeverRepo::default()
                })
                .collect();
            for func in &self.funcs {
                let Some(file) = self.files.get(func.file) else { continue };
                let at = repos.binary_search(&file.repo.as_str()).ok();
                if let Some(row) = at.and_then(|at| rows.get_mut(at)) {
                    let sum = if file.is_generated { &mut row.generated } else { &mut row.written };
                    sum.add(func.statements);
                }
            }
            rows
        })
    }

    fn shard_of<'a>(
        &'a self,
        funcs: impl Iterator<Item = &'a Func>,
        repos: impl FnOnce(&mut StringsBuilder) -> Vec<NeverRepo>,
    ) -> NeverShard {
        let mut strings = StringsBuilder::default();
        let mut shard = NeverShard::default();
        let (mut builds, mut binaries) = (Positions::default(), Positions::default());
        for func in funcs {
            let Some(file) = self.files.get(func.file) else { continue };
            let (dir, base) = path::split(&file.path);
            let names: Vec<u32> = file.binaries.iter().map(|name| strings.add(name)).collect();
            shard.funcs.push(NeverFunc {
                dir: strings.add(dir),
                base: strings.add(base),
                repo_path: strings.add(&file.repo_path),
                repo: strings.add(&file.repo),
                is_generated: file.is_generated,
                name: strings.add(&func.name),
                line: func.line,
                statements: func.statements,
                binaries: binaries.add(names),
                build: builds.add(file.build.clone()),
            });
        }
        (shard.builds, shard.binaries) = (builds.items(), binaries.items());
        shard.repos = repos(&mut strings);
        shard.strings = strings.finish();
        shard
    }
}

/// Where units and funcs of the files of a build start.
struct Layout {
    units: Vec<usize>,
    funcs: Vec<usize>,
}

impl Layout {
    fn new(site: &Site, part: &BuildPart, stats: &StatsShard) -> Self {
        let (mut units, mut funcs) = (vec![0_usize], vec![0_usize]);
        for (own, file) in site.units.files_of(part.bits.at).iter().zip(&stats.files) {
            let next = |starts: &mut Vec<usize>, n: usize| {
                starts.push(starts.last().copied().unwrap_or(0).saturating_add(n));
            };
            next(&mut units, site.units.range(own.file).len());
            next(&mut funcs, usize::try_from(file.n_funcs).unwrap_or(0));
        }
        Self { units, funcs }
    }
}

/// The funcs of a file by line and name, over the builds of a lens that have it.
fn funcs<'a>(
    site: &Site,
    chosen: &Chosen,
    stats: &'a StatsOf,
    layouts: &HashMap<usize, Layout>,
    file: u32,
    places: &[(usize, usize)],
) -> BTreeMap<(u32, &'a str), Entered> {
    let range = site.units.range(file);
    let (statements, of_func) = (site.units.statements(range.clone()), site.units.funcs(range));
    let mut funcs: BTreeMap<(u32, &str), Entered> = BTreeMap::new();
    for (build, file_idx) in places {
        let known = stats.get(build).zip(chosen.builds.get(build)).zip(layouts.get(build));
        let Some(((stats, part), layout)) = known else { continue };
        let start = |starts: &[usize]| starts.get(*file_idx).copied().unwrap_or(usize::MAX);
        let sets = part.bits.shard.set_of_units().get(start(&layout.units)..).unwrap_or_default();
        let n_funcs = stats.files.get(*file_idx).map_or(0, |file| file.n_funcs);
        let mut own = vec![Entered::default(); usize::try_from(n_funcs).unwrap_or(0)];
        for ((n, func), set) in statements.iter().zip(of_func).zip(sets) {
            if let Some(func) = usize::try_from(*func).ok().and_then(|func| own.get_mut(func)) {
                func.statements = func.statements.saturating_add(u64::from(*n));
                func.entered |= part.part.mask.has_run(*set);
            }
        }
        let rows = stats.funcs.get(start(&layout.funcs)..).unwrap_or_default();
        let mut sums: BTreeMap<(u32, &str), Entered> = BTreeMap::new();
        for (row, own) in rows.iter().zip(own) {
            let sum = sums.entry((row.line, stats.strings.get(row.name))).or_default();
            sum.statements = sum.statements.saturating_add(own.statements);
            sum.entered |= own.entered;
        }
        for (key, own) in sums {
            let func = funcs.entry(key).or_default();
            func.statements = func.statements.max(own.statements);
            func.entered |= own.entered;
        }
    }
    funcs
}

impl File {
    fn new(site: &Site, chosen: &Chosen, stats: &StatsOf, places: &[(usize, usize)]) -> Self {
        let rows = places.iter().filter_map(|(build, file)| {
            let stats = stats.get(build)?;
            Some((*build, stats, stats.files.get(*file)?))
        });
        let repo = |stats: &StatsShard, source: Option<u32>| {
            let source = source.and_then(|at| usize::try_from(at).ok());
            source.and_then(|at| stats.sources.get(at)).cloned()
        };
        let mut file = Self::default();
        let mut has_text = false;
        for (at, (build, stats, row)) in rows.enumerate() {
            let source = repo(stats, row.source);
            let repo_path = stats.strings.get(row.repo_path);
            if file.repo_path.is_empty() && !repo_path.is_empty() {
                repo_path.clone_into(&mut file.repo_path);
                file.repo = source.as_ref().map(|s| s.repo.clone()).unwrap_or_default();
            }
            file.is_generated |= row.is_generated;
            let fits = stats.strings.get(row.resolution) != "mismatch"
                && source.is_some_and(|s| !s.text_commit.is_empty());
            if at == 0 || (fits && !has_text) {
                let hash = site.owners.builds.get(build).map(|build| build.hash.clone());
                file.build = hash.unwrap_or_default();
                file.path = stats.path(row);
                has_text = fits;
            }
            let own = chosen.builds.get(&build).into_iter().flat_map(|part| &part.rows);
            let names = own.filter_map(|row| site.owners.rows.get(*row)).map(|row| row.binary);
            file.binaries.extend(names.map(|name| site.owners.strings.get(name).to_owned()));
        }
        file
    }
}
