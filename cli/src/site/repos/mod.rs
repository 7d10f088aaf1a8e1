//! Repositories over all builds: each file once, who has it, who ran it, and what no build has.
//!
//! A file of a repository is what `stats` counts once: a path as built with a list of units. It
//! counts for the builds whose file of that name was found in the repository.

mod shard;
mod unbuilt;

use std::{cmp::Reverse, collections::BTreeMap};

use covatlas_shared::{manifest::RepoLink, shard::Kind};
use rayon::prelude::*;

use super::{Input, RenderError, Writer, builds::BuildShards, count, packs::FileRef, packs::Packs};
use crate::{
    db::Resolution,
    profile::{BuildFile, BuildTable, FileDigest, Union},
    sources::TextSource,
};

/// What everything about repositories is made of.
#[derive(Clone, Copy)]
struct Site<'a> {
    input: &'a Input,
    packs: &'a Packs,
    builds: &'a [BuildShards],
    texts: &'a dyn TextSource,
}

/// Writes the shards of all repositories; gives what the manifest says of them.
pub(super) fn write(
    input: &Input,
    texts: &dyn TextSource,
    packs: &Packs,
    builds: &[BuildShards],
    writer: &Writer,
) -> Result<Vec<RepoLink>, RenderError> {
    let site = Site { input, packs, builds, texts };
    let repos: Vec<_> = by_repo(input).into_iter().collect();
    repos
        .into_par_iter()
        .map(|(name, files)| {
            let shard = shard::write(&Repo::new(site, name, files), writer)?;
            let coverage = shard.coverage();
            let shard = writer.shard(Kind::Repo, &shard.encode()?)?;
            Ok(RepoLink { repo: name.to_owned(), shard, coverage })
        })
        .collect()
}

/// Files, by path as built and digest of their unit lists, and where builds have them.
type Files<'a> = BTreeMap<(&'a str, FileDigest), Vec<FileRef>>;

fn by_repo(input: &Input) -> BTreeMap<&str, Files<'_>> {
    let mut repos: BTreeMap<&str, Files<'_>> = BTreeMap::new();
    for (build_idx, build) in input.builds.iter().enumerate() {
        for (file_idx, file) in build.table.files().iter().enumerate() {
            let place = (build_idx, file_idx);
            if let Some(found) = input.resolution(place).filter(|r| !r.repo.is_empty()) {
                let files = repos.entry(&found.repo).or_default();
                files.entry((&file.path, file.digest)).or_default().push(place);
            }
        }
    }
    repos
}

/// A repository, and what of the site is about it.
struct Repo<'a> {
    site: Site<'a>,
    /// `host/org/repo`.
    name: &'a str,
    /// The commits, that of the data seen last first.
    commits: Vec<&'a str>,
    /// Positions of the builds that have files of it.
    builds: Vec<usize>,
    /// Positions in [`Input::rows`] of the owners that run these.
    rows: Vec<usize>,
    /// Its files, in the order of the shard.
    files: Vec<RepoFile<'a>>,
}

/// A file of a repository: what is the same in the builds that have it.
struct RepoFile<'a> {
    /// Where builds have it: the place to show first, one with the real text of the newest commit.
    places: Vec<FileRef>,
    /// Where the first place was found.
    found: &'a Resolution,
    table: &'a BuildTable,
    file: &'a BuildFile,
}

impl<'a> Repo<'a> {
    fn new(site: Site<'a>, name: &'a str, files: Files<'a>) -> Self {
        let mut builds: Vec<usize> = files.values().flatten().map(|(build, _)| *build).collect();
        builds.sort_unstable();
        builds.dedup();
        let rows = site.input.rows.iter().enumerate();
        let rows = rows.filter(|(_, row)| builds.binary_search(&row.build).is_ok());
        let commits = commits(site.input, &files);
        let mut repo = Self {
            site,
            name,
            commits,
            rows: rows.map(|(at, _)| at).collect(),
            builds,
            files: Vec::new(),
        };
        let mut files: Vec<RepoFile<'a>> =
            files.into_values().filter_map(|places| repo.file(places)).collect();
        files.sort_by_cached_key(|file| {
            let newest = file.places.iter().map(|place| repo.commit(*place)).min();
            (&file.found.repo_path, newest, Reverse(file.places.len()), &file.file.path)
        });
        repo.files = files;
        repo
    }

    fn file(&self, mut places: Vec<FileRef>) -> Option<RepoFile<'a>> {
        let input = self.site.input;
        places.sort_by_key(|place| (!input.has_text(*place), self.commit(*place), *place));
        let first = *places.first()?;
        let table = &input.builds.get(first.0)?.table;
        let (found, file) = (input.resolution(first)?, table.files().get(first.1)?);
        Some(RepoFile { places, found, table, file })
    }

    /// Position of the commit that a file of a build was found in.
    fn commit(&self, place: FileRef) -> u32 {
        let commit = self.site.input.resolution(place).map(|found| found.commit.as_str());
        let at = self.commits.iter().position(|known| Some(*known) == commit);
        at.map_or(u32::MAX, count)
    }

    /// What ran of each commit, every statement counted once.
    fn unions(&self) -> Vec<Union<'a>> {
        let mut unions: Vec<Union<'a>> = Vec::new();
        unions.resize_with(self.commits.len(), Union::default);
        for place in self.files.iter().flat_map(|file| &file.places) {
            let at = usize::try_from(self.commit(*place)).ok();
            let union = at.and_then(|at| unions.get_mut(at));
            let build = self.site.input.builds.get(place.0).zip(self.site.builds.get(place.0));
            if let Some((union, (build, shards))) = union.zip(build)
                && let Some(file) = build.table.files().get(place.1)
            {
                union.add(&build.table, file, |at| shards.anyone.get(at));
            }
        }
        unions
    }
}

/// The commits of a repository, that of the data seen last first.
fn commits<'a>(input: &'a Input, files: &Files<'_>) -> Vec<&'a str> {
    let mut seen: Vec<Option<i64>> = vec![None; input.builds.len()];
    for row in &input.rows {
        if let Some(seen) = seen.get_mut(row.build) {
            *seen = (*seen).max(row.row.last_seen);
        }
    }
    let mut commits: BTreeMap<&str, Option<i64>> = BTreeMap::new();
    for place in files.values().flatten() {
        if let Some(found) = input.resolution(*place) {
            let last = commits.entry(&found.commit).or_default();
            *last = (*last).max(seen.get(place.0).copied().flatten());
        }
    }
    let mut commits: Vec<_> = commits.into_iter().collect();
    commits.sort_by_key(|(commit, last)| (Reverse(*last), *commit));
    commits.into_iter().map(|(commit, _)| commit).collect()
}

#[cfg(test)]
mod tests;
