//! The files of a repository over all builds, for a table.

use covatlas_shared::{
    manifest::RepoLink,
    repo::{RepoRun, RepoShard, Unbuilt, n_words},
};

use super::{
    sorting::{sorted_positions, sorted_things},
    stat::Stat,
    tree::{FileList, FileStat, has_no_text, unite},
};
use crate::route::{BuildId, OwnerRef};

/// Each path of a repository once, with all its variants added up; with those that no build has
/// when `with_unbuilt`.
pub fn file_list(repo: &RepoShard, with_unbuilt: bool) -> FileList {
    let n_build_words = n_words(repo.builds.len());
    let mut files: Vec<FileStat> = Vec::new();
    for (variant, row) in repo.stats.files.iter().enumerate() {
        let path = repo.path(variant);
        let mut crowd = vec![0; n_build_words];
        for build in repo.builds_of(variant) {
            let word = usize::try_from(build / 32).ok().and_then(|at| crowd.get_mut(at));
            if let Some(word) = word {
                *word |= 1 << (build % 32);
            }
        }
        crowd.extend(repo.owners_of(variant));
        let stat = Stat::new(row.coverage, None);
        let known = files.last_mut().filter(|file| *file.path == *path);
        if let Some(file) = known {
            file.stat = file.stat.plus(stat);
            file.n_variants = file.n_variants.saturating_add(1);
            file.is_generated |= row.is_generated;
            unite(&mut file.crowd, &crowd);
            continue;
        }
        let mut file = FileStat::new(path.to_owned(), stat);
        file.is_generated = row.is_generated;
        file.has_no_text = has_no_text(&repo.stats, row);
        file.crowd = crowd;
        files.push(file);
    }
    if with_unbuilt {
        let file = |file: &Unbuilt| {
            let mut stat = FileStat::new(repo.unbuilt_path(file), Stat::default());
            stat.n_variants = 0;
            stat
        };
        files.extend(repo.unbuilt.iter().map(file));
    }
    FileList::with_crowds(files, n_build_words)
}

/// The name of the owner of a run, for links; `has_clusters`: whether the report has several.
pub fn owner_ref(repo: &RepoShard, run: &RepoRun, has_clusters: bool) -> OwnerRef {
    let owner = usize::try_from(run.owner).ok().and_then(|at| repo.owners.get(at)).copied();
    let owner = owner.unwrap_or_default();
    let text = |idx| repo.stats.strings.get(idx).to_owned();
    OwnerRef {
        cluster: if has_clusters { text(owner.cluster) } else { String::new() },
        namespace: text(owner.namespace),
        kind: text(owner.kind),
        name: text(owner.name),
        binary: text(owner.binary),
    }
}

/// The id of a build, for links.
pub fn build_id(repo: &RepoShard, build: u32) -> Option<BuildId> {
    let build = usize::try_from(build).ok().and_then(|at| repo.builds.get(at))?;
    BuildId::of_hash(&build.hash)
}

/// The name of the binary of a build; empty when nobody runs it.
pub fn binary(repo: &RepoShard, build: usize) -> &str {
    let is_of = |run: &&RepoRun| usize::try_from(run.build).is_ok_and(|at| at == build);
    let owner = repo.runs.iter().find(is_of).map(|run| run.owner);
    let owner = owner.and_then(|at| repo.owners.get(usize::try_from(at).ok()?));
    owner.map_or("", |owner| repo.stats.strings.get(owner.binary))
}

/// Positions of the builds, what most of their files ran first.
pub fn builds_by_covered(repo: &RepoShard) -> Vec<usize> {
    let covered = |at: usize| repo.builds.get(at).map(|build| build.coverage.covered());
    sorted_positions(repo.builds.len(), &mut |a, b| covered(b).cmp(&covered(a)))
}

/// Positions of the runs, what ran most first.
pub fn runs_by_covered(repo: &RepoShard) -> Vec<usize> {
    let covered = |at: usize| repo.runs.get(at).map(|run| run.covered);
    sorted_positions(repo.runs.len(), &mut |a, b| covered(b).cmp(&covered(a)))
}

/// The variant of a path that a build has, else the first one; `None` where no build has the path.
pub fn variant_of(repo: &RepoShard, path: &str, build: Option<&BuildId>) -> Option<usize> {
    let mut variants = repo.variants_of(path);
    let has = |variant: &usize| {
        let mut builds = repo.builds_of(*variant).iter();
        builds.any(|at| build.is_some() && build_id(repo, *at).as_ref() == build)
    };
    variants.clone().find(has).or_else(|| variants.next())
}

/// The repositories whose names are most like `name`: those that end alike first, at most `n`.
pub fn nearest_repos<'a>(repos: &'a [RepoLink], name: &str, n: usize) -> Vec<&'a RepoLink> {
    let shared_end = |repo: &&RepoLink| {
        repo.repo.bytes().rev().zip(name.bytes().rev()).take_while(|(a, b)| a == b).count()
    };
    let sorted = sorted_things(repos.iter().collect(), |a, b| shared_end(b).cmp(&shared_end(a)));
    sorted.into_iter().take(n).collect()
}

/// The paths with the same last part as `path`, those in the most similar directory first, at most
/// `n`.
pub fn nearest_paths(repo: &RepoShard, path: &str, n: usize) -> Vec<String> {
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = base(path);
    let mut paths: Vec<&str> = (0..repo.stats.files.len()).map(|at| repo.path(at)).collect();
    paths.dedup();
    paths.retain(|other| base(other) == wanted);
    let shared_end = |other: &str| {
        other.bytes().rev().zip(path.bytes().rev()).take_while(|(a, b)| a == b).count()
    };
    let sorted = sorted_things(paths, |a, b| shared_end(b).cmp(&shared_end(a)));
    sorted.into_iter().take(n).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use covatlas_shared::{
        codec::StringsBuilder,
        files::{FileRow, StatsShard},
        repo::{RepoBuild, RepoOwner, Variant},
        stats::Coverage,
    };

    use super::*;

    /// Two builds; `a/a.go` differs in them, `b.go` is the same, and nothing has `a/c.go`.
    fn repo() -> RepoShard {
        let mut strings = StringsBuilder::default();
        let mut row = |path: &str, statements, covered| FileRow {
            repo_path: strings.add(path),
            coverage: Coverage::new(statements, covered).unwrap(),
            ..FileRow::default()
        };
        let files = vec![row("a/a.go", 10, 10), row("a/a.go", 7, 0), row("b.go", 3, 1)];
        let (dir, base, name) = (strings.add("a"), strings.add("c.go"), strings.add("daemon"));
        let (build, strings) = (String::new(), strings.finish());
        let variant = |builds, owners| Variant { builds, owners, union: 0 };
        let hash = |byte: &str| RepoBuild { hash: byte.repeat(16), ..RepoBuild::default() };
        RepoShard {
            stats: StatsShard::new(strings, build, vec![], vec![], files, vec![]).unwrap(),
            builds: vec![hash("ab"), hash("cd")],
            owners: vec![RepoOwner { name, binary: name, ..RepoOwner::default() }; 2],
            runs: vec![
                RepoRun { owner: 0, build: 0, covered: 3 },
                RepoRun { owner: 1, build: 1, covered: 11 },
            ],
            build_sets: vec![vec![1], vec![0], vec![0, 1]],
            owner_sets: vec![vec![0b10], vec![0], vec![0b11]],
            variants: vec![variant(0, 0), variant(1, 1), variant(2, 2)],
            unbuilt: vec![Unbuilt { dir, base, commit: 0 }],
            ..RepoShard::default()
        }
    }

    #[test]
    fn a_path_is_listed_once_with_its_variants_added_up() {
        let repo = repo();
        let rows = |with_unbuilt| -> Vec<(String, usize, u64, (u32, u32))> {
            let list = file_list(&repo, with_unbuilt);
            let row = |f: &FileStat| {
                let reach = (f.stat.reach.builds, f.stat.reach.owners);
                (f.path.to_string(), f.n_variants, f.stat.all.statements(), reach)
            };
            list.files().iter().map(row).collect()
        };
        let built = [("a/a.go".to_owned(), 2, 17, (2, 1)), ("b.go".to_owned(), 1, 3, (2, 2))];
        assert_eq!(rows(false), built);
        let all = [&built[..], &[("a/c.go".to_owned(), 0, 0, (0, 0))]].concat();
        assert_eq!(rows(true), all);
    }

    #[test]
    fn the_variant_of_a_build_is_found_else_the_first() {
        let repo = repo();
        let id = |hash: &str| BuildId::of_hash(hash);
        let of = |path, build: Option<BuildId>| variant_of(&repo, path, build.as_ref());
        assert_eq!(of("a/a.go", id("abababab")), Some(1));
        assert_eq!(of("a/a.go", id("cdcdcdcd")), Some(0));
        assert_eq!([of("a/a.go", None), of("a/a.go", id("00000000"))], [Some(0); 2]);
        assert_eq!([of("b.go", id("abababab")), of("a/c.go", None)], [Some(2), None]);
    }

    #[test]
    fn what_ran_most_comes_first() {
        let repo = repo();
        assert_eq!(runs_by_covered(&repo), [1, 0]);
        assert_eq!((binary(&repo, 1), binary(&repo, 2)), ("daemon", ""));
        assert_eq!(owner_ref(&repo, &repo.runs[1], false).name, "daemon");
    }

    #[test]
    fn the_nearest_names_end_alike() {
        let link = |repo: &str| RepoLink { repo: repo.to_owned(), ..RepoLink::default() };
        let repos = ["h.io/o/api", "h.io/o/r", "x.io/p/r"].map(link);
        let near =
            |name| nearest_repos(&repos, name, 2).iter().map(|r| &*r.repo).collect::<Vec<_>>();
        assert_eq!(near("y.io/p/r"), ["x.io/p/r", "h.io/o/r"]);
        assert_eq!(nearest_paths(&repo(), "z/a/a.go", 3), ["a/a.go"]);
        assert_eq!(nearest_paths(&repo(), "z/other.go", 3), [""; 0]);
    }
}
