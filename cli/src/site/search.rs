//! The names that the search knows: each path of a repository once, with its funcs.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use covatlas_shared::{
    codec::StringsBuilder,
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
            let (dir, base) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let resolution = build.resolutions.get(file_idx).and_then(Option::as_ref);
            let name = (dir, base, resolution.map_or("", |r| r.repo.as_str()));
            paths.entry(name).or_default().push((build_idx, file_idx));
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
