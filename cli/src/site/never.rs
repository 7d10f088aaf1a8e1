//! Funcs that no process ever entered, over all builds: all of each repository, and the largest.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use covatlas_shared::{
    codec::StringsBuilder,
    never::{NeverFunc, NeverRepo, NeverShard},
    path,
    shard::Kind,
};
use rayon::prelude::*;

use super::{
    Input, RenderError, Writer, builds::BuildShards, packs::FileRef, positions::Positions,
};
use crate::profile::{NeverEntered, SourceFuncs};

/// So many funcs that people wrote, and as many that tools wrote, are in the overview.
const OVERVIEW: usize = 1000;

/// Writes the shards; gives the name of the overview.
pub(super) fn write(
    input: &Input,
    builds: &[BuildShards],
    writer: &Writer,
) -> Result<String, RenderError> {
    let never = never(input, builds);
    let mut by_repo: BTreeMap<&str, Vec<&Never<'_>>> = BTreeMap::new();
    for func in &never {
        by_repo.entry(func.file.repo).or_default().push(func);
    }
    let mut overview = Shard::default();
    for func in largest(&never) {
        overview.add(func);
    }
    let mut repos = Vec::new();
    for (repo, funcs) in by_repo {
        let mut shard = Shard::default();
        let mut row = NeverRepo { repo: overview.strings.add(repo), ..NeverRepo::default() };
        for func in funcs {
            shard.add(func);
            let sum = if func.file.is_generated { &mut row.generated } else { &mut row.written };
            sum.add(func.func.statements);
        }
        let shard = shard.finish(input, Vec::new());
        row.shard = writer.shard(Kind::Never, &shard.encode()?)?;
        repos.push(row);
    }
    let overview = overview.finish(input, repos);
    Ok(writer.shard(Kind::Never, &overview.encode()?)?)
}

/// A source file over all builds that have it.
#[derive(Debug)]
struct File<'a> {
    path: &'a str,
    repo_path: &'a str,
    repo: &'a str,
    is_generated: bool,
    binaries: BTreeSet<&'a str>,
    /// A build that has the file, with the real text if any has it.
    build: usize,
}

/// A func that nobody entered.
#[derive(Debug)]
struct Never<'a> {
    file: Arc<File<'a>>,
    func: NeverEntered<'a>,
}

/// All of them, by path, line and name.
fn never<'a>(input: &'a Input, builds: &[BuildShards]) -> Vec<Never<'a>> {
    let mut binaries: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); input.builds.len()];
    for row in &input.rows {
        if let Some((of_build, owner)) =
            binaries.get_mut(row.build).zip(input.owners.get(row.owner))
        {
            of_build.insert(&owner.key.binary);
        }
    }
    let files: Vec<_> = input.places().into_iter().collect();
    let found: Vec<Vec<Never<'a>>> = files
        .par_iter()
        .map(|((path, _), places)| never_in(input, builds, &binaries, path, places))
        .collect();
    found.into_iter().flatten().collect()
}

fn never_in<'a>(
    input: &'a Input,
    builds: &[BuildShards],
    binaries: &[BTreeSet<&'a str>],
    path: &'a str,
    places: &[FileRef],
) -> Vec<Never<'a>> {
    let mut funcs = SourceFuncs::default();
    for (build_idx, file) in places {
        let build = input.builds.get(*build_idx).zip(builds.get(*build_idx));
        let Some((build, shards)) = build else { continue };
        if let Some(file) = build.table.files().get(*file) {
            funcs.add(&build.table, file, |at| shards.anyone.get(at), |_| true);
        }
    }
    let mut never = funcs.never_entered().peekable();
    if never.peek().is_none() {
        return Vec::new();
    }
    let resolutions = || places.iter().filter_map(|place| input.resolution(*place));
    let resolved = resolutions().find(|r| !r.repo_path.is_empty());
    let best = places.iter().find(|place| input.has_text(**place)).or(places.first());
    let of_build = |(build, _): &FileRef| binaries.get(*build).into_iter().flatten().copied();
    let file = Arc::new(File {
        path,
        repo_path: resolved.map_or("", |r| &r.repo_path),
        repo: resolved.map_or("", |r| &r.repo),
        is_generated: resolutions().any(|r| r.generated),
        binaries: places.iter().flat_map(of_build).collect(),
        build: best.map_or(0, |(build, _)| *build),
    });
    never.map(|func| Never { file: file.clone(), func }).collect()
}

/// The largest that people wrote and the largest that tools wrote, by path, line and name.
fn largest<'n, 'a>(never: &'n [Never<'a>]) -> Vec<&'n Never<'a>> {
    let mut positions: Vec<usize> = (0..never.len()).collect();
    positions.sort_by_key(|at| never.get(*at).map(|f| Reverse(f.func.statements)));
    let of_kind = |is_generated: bool| {
        let own = positions.iter().copied();
        own.filter(move |at| never.get(*at).is_some_and(|f| f.file.is_generated == is_generated))
            .take(OVERVIEW)
    };
    let mut chosen: Vec<usize> = of_kind(false).chain(of_kind(true)).collect();
    chosen.sort_unstable();
    chosen.into_iter().filter_map(|at| never.get(at)).collect()
}

/// A shard while it grows.
#[derive(Default)]
struct Shard {
    strings: StringsBuilder,
    /// Positions in the site of the builds that funcs point to.
    builds: Positions<usize>,
    binaries: Positions<Vec<u32>>,
    funcs: Vec<NeverFunc>,
}

impl Shard {
    fn add(&mut self, Never { file, func }: &Never<'_>) {
        let (dir, base) = path::split(file.path);
        let names = file.binaries.iter().map(|name| self.strings.add(name)).collect();
        self.funcs.push(NeverFunc {
            dir: self.strings.add(dir),
            base: self.strings.add(base),
            repo_path: self.strings.add(file.repo_path),
            repo: self.strings.add(file.repo),
            is_generated: file.is_generated,
            name: self.strings.add(func.name),
            line: func.line,
            statements: func.statements,
            binaries: self.binaries.add(names),
            build: self.builds.add(file.build),
        });
    }

    fn finish(self, input: &Input, repos: Vec<NeverRepo>) -> NeverShard {
        NeverShard {
            strings: self.strings.finish(),
            builds: input.hashes(self.builds.items()),
            binaries: self.binaries.items(),
            funcs: self.funcs,
            repos,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_has_the_largest_of_people_and_of_tools_in_the_order_of_paths() {
        let file = |is_generated| {
            Arc::new(File {
                path: "m/a.go",
                repo_path: "",
                repo: "",
                is_generated,
                binaries: BTreeSet::new(),
                build: 0,
            })
        };
        let (written, generated) = (file(false), file(true));
        let func = |line: u32, is_generated| Never {
            file: if is_generated { &generated } else { &written }.clone(),
            func: NeverEntered { line, name: "F", statements: u64::from(line % 1001) + 1 },
        };
        let never: Vec<Never<'_>> =
            (0..1001).map(|line| func(line, false)).chain([func(0, true)]).collect();
        let chosen = largest(&never);
        assert_eq!(chosen.len(), 1001);
        let lines: Vec<u32> = chosen.iter().map(|f| f.func.line).collect();
        assert_eq!(lines, (1..1001).chain([0]).collect::<Vec<_>>());
    }
}
