//! The names that the search knows: each path of a repository once, with its funcs.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use covatlas_shared::{
    codec::StringsBuilder,
    path,
    search::{FuncName, FuncsShard, PathRow, PathsShard},
    shard::Kind,
};

use super::{Input, RenderError, Writer, packs::FileRef, positions::Positions};
use crate::profile::FileDigest;

/// Names of the shards.
#[derive(Debug)]
pub(super) struct SearchShards {
    pub(super) paths: String,
    pub(super) funcs: String,
}

/// Writes the shards.
pub(super) fn write(input: &Input, writer: &Writer) -> Result<SearchShards, RenderError> {
    let mut shards = Shards::default();
    for (name, places) in paths(input) {
        shards.add(input, name, places);
    }
    let (paths, funcs) = shards.finish(input);
    Ok(SearchShards {
        paths: writer.shard(Kind::Paths, &paths.encode()?)?,
        funcs: writer.shard(Kind::Funcs, &funcs.encode()?)?,
    })
}

/// Directory, last part, repository.
type Name<'a> = (&'a str, &'a str, &'a str);

/// All files of all builds, by name.
fn paths(input: &Input) -> BTreeMap<Name<'_>, Vec<FileRef>> {
    let mut paths: BTreeMap<Name<'_>, Vec<FileRef>> = BTreeMap::new();
    for (build_idx, build) in input.builds.iter().enumerate() {
        for (file_idx, file) in build.table.files().iter().enumerate() {
            let (dir, base) = path::split(&file.path);
            let place = (build_idx, file_idx);
            let repo = input.resolution(place).map_or("", |r| r.repo.as_str());
            paths.entry((dir, base, repo)).or_default().push(place);
        }
    }
    paths
}

/// The shards while they grow.
#[derive(Default)]
struct Shards {
    strings: StringsBuilder,
    /// Positions in the site of the builds that files point to.
    builds: Positions<usize>,
    rows: Vec<PathRow>,
    names: StringsBuilder,
    lists: Positions<Vec<FuncName>>,
    list_of: Vec<u32>,
}

impl Shards {
    /// Adds a path with all funcs that any of its places has. The first place is the one to show,
    /// whatever ran of it: one with the real text, with most statements.
    fn add(&mut self, input: &Input, (dir, base, repo): Name<'_>, mut places: Vec<FileRef>) {
        let file = |(build, file): FileRef| {
            input.builds.get(build).and_then(|build| build.table.files().get(file))
        };
        places.sort_by_cached_key(|place| {
            let statements = file(*place).map_or(0, |file| file.statements);
            (!input.has_text(*place), Reverse(statements), *place)
        });
        let mut units: BTreeSet<FileDigest> = BTreeSet::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for place in places {
            let Some(file) = file(place).filter(|file| units.insert(file.digest)) else { continue };
            let Some(build) = input.builds.get(place.0) else { continue };
            let is_first = units.len() == 1;
            let mut list = Vec::new();
            for func in build.table.funcs_of(file).iter().filter(|func| !func.is_literal) {
                if known.insert(&func.name) {
                    list.push(FuncName { name: self.names.add(&func.name), line: func.line });
                }
            }
            if is_first || !list.is_empty() {
                let (dir, base) = (self.strings.add(dir), self.strings.add(base));
                let repo = self.strings.add(repo);
                self.rows.push(PathRow { dir, base, repo, build: self.builds.add(place.0) });
                self.list_of.push(self.lists.add(list));
            }
        }
    }

    fn finish(self, input: &Input) -> (PathsShard, FuncsShard) {
        let lists = self.lists.items();
        let lists = lists.iter().map(Vec::as_slice);
        let funcs = FuncsShard::new(self.names.finish(), lists, self.list_of);
        let builds = input.hashes(self.builds.items());
        (PathsShard { strings: self.strings.finish(), builds, files: self.rows }, funcs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        db::Database,
        encode::FuncSpec,
        sample::{POD, REPLICA, Run, counters, meta, time},
    };

    fn func(name: &str, line: u32, statements: u32) -> FuncSpec {
        let units = vec![[line, 2, line, 9, statements]];
        FuncSpec {
            name: name.into(),
            file: "m/a.go".into(),
            units,
            literal: name.starts_with("func."),
        }
    }

    #[test]
    fn a_path_is_there_once_with_the_funcs_of_all_its_variants() {
        let run = Run::new();
        let builds = [
            (POD, vec![func("F", 1, 1), func("Gone", 5, 1), func("F", 9, 1)]),
            (REPLICA, vec![func("F", 2, 1), func("G", 7, 8), func("func.L8.C2", 8, 1)]),
        ];
        for (hash, (pod, funcs)) in (1..).zip(builds) {
            run.put(pod, "covmeta.x", &meta(hash, funcs));
            let counts = counters(hash, &[&[1], &[0], &[0]]);
            run.put(pod, &format!("covcounters.x.1.{}", time(hash.into())), &counts);
        }
        run.compile();
        let db = Database::open(&run.collection.database()).unwrap();
        let input = Input::read_all(&db).unwrap();
        let mut shards = Shards::default();
        for (name, places) in paths(&input) {
            shards.add(&input, name, places);
        }
        let (paths, funcs) = shards.finish(&input);
        assert_eq!(paths.files.len(), 2);
        assert_eq!([0, 1].map(|at| paths.is_other(at)), [false, true]);
        let found = |at: usize| -> Vec<(&str, u32)> {
            let own = &funcs.funcs()[funcs.of_file(at)];
            own.iter().map(|f| (funcs.strings.get(f.name), f.line)).collect()
        };
        // The variant with most statements leads; literals have no name.
        assert_eq!((found(0), found(1)), (vec![("F", 2), ("G", 7)], vec![("Gone", 5)]));
        let build = |at: usize| &paths.builds[usize::try_from(paths.files[at].build).unwrap()];
        assert_eq!((build(0).as_str(), build(1).as_str()), (&*"02".repeat(16), &*"01".repeat(16)));
    }
}
