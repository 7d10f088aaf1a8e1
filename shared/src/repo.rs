//! A repository over all builds: each of its files once, who has it, who ran it, and the files that
//! no build has.

use std::ops::Range;

use crate::{
    codec::{Columns, StrIdx},
    files::StatsShard,
    path,
    shard::{self, Kind, ShardError},
    stats::Coverage,
};

/// All files of a repository that any build has, and those that none has.
///
/// A *variant* is a file as one or more builds have it: path as built and list of units. Where
/// commits differ, a path of the repository has several; they are never merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepoShard {
    /// The variants, as the files of a build are kept, sorted by path in the repository; those of a
    /// path that is the newest commit's first. Their coverage is that of all builds together. The
    /// sources are the commits, that of the data seen last first. There are no funcs.
    pub stats: StatsShard,
    /// `host/org/repo`.
    pub repo: String,
    /// Of each commit its statements, each counted once over the builds made of it, and how many of
    /// these ran there.
    pub commits: Vec<Coverage>,
    /// The builds that have files of the repository.
    pub builds: Vec<RepoBuild>,
    /// The owners of these builds.
    pub owners: Vec<RepoOwner>,
    /// Who runs what: an owner with one of its builds each.
    pub runs: Vec<RepoRun>,
    /// Sets of positions of builds; variants point to them.
    pub build_sets: Vec<Vec<u32>>,
    /// Sets of owners as bits of words, lowest first, as many words as the owners need; variants
    /// point to them.
    pub owner_sets: Vec<Vec<u32>>,
    /// What else is known of each variant.
    pub variants: Vec<Variant>,
    /// Names of the shards with the counts; variants point to them.
    pub unions: Vec<String>,
    /// Files of the commits that no build has, sorted by path.
    pub unbuilt: Vec<Unbuilt>,
}

/// A build, as far as it is of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepoBuild {
    /// The meta hash, 32 hex digits.
    pub hash: String,
    /// Position of the commit in the sources.
    pub commit: u32,
    /// What anyone with the build ran of its files of the repository.
    pub coverage: Coverage,
}

/// The name of an owner with one of its binaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepoOwner {
    /// The cluster.
    pub cluster: StrIdx,
    /// The namespace.
    pub namespace: StrIdx,
    /// The owner kind.
    pub kind: StrIdx,
    /// The owner's name.
    pub name: StrIdx,
    /// Name of the binary.
    pub binary: StrIdx,
}

/// An owner with one of its builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepoRun {
    /// Position in [`RepoShard::owners`].
    pub owner: u32,
    /// Position in [`RepoShard::builds`].
    pub build: u32,
    /// Statements of the build's files of the repository that ran here.
    pub covered: u64,
}

/// What is known of a variant besides its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Position in [`RepoShard::build_sets`] of the builds that have it.
    pub builds: u32,
    /// Position in [`RepoShard::owner_sets`] of the owners that ran anything of it.
    pub owners: u32,
    /// Position in [`RepoShard::unions`] of its counts; never less than that of the one before.
    pub union: u32,
}

/// A Go file of the repository that no build has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unbuilt {
    /// The directory part of its path, without the last `/`.
    pub dir: StrIdx,
    /// The last part of its path.
    pub base: StrIdx,
    /// Position in the sources of the newest commit that has it.
    pub commit: u32,
}

/// How many words the bits of `n` owners take.
pub fn n_words(n: usize) -> usize {
    n.div_ceil(32)
}

impl RepoShard {
    /// All statements, each counted once, and how many of them ran anywhere.
    pub fn coverage(&self) -> Coverage {
        let files = self.stats.files.iter().map(|file| file.coverage);
        files.fold(Coverage::default(), Coverage::plus)
    }

    /// The path in the repository of a variant; empty when out of range.
    pub fn path(&self, variant: usize) -> &str {
        self.stats.files.get(variant).map_or("", |file| self.stats.strings.get(file.repo_path))
    }

    /// The variants of a path in the repository.
    pub fn variants_of(&self, path: &str) -> Range<usize> {
        let file_path = |file: &crate::files::FileRow| self.stats.strings.get(file.repo_path);
        let start = self.stats.files.partition_point(|file| file_path(file) < path);
        start..self.stats.files.partition_point(|file| file_path(file) <= path)
    }

    /// Positions of the builds that have a variant.
    pub fn builds_of(&self, variant: usize) -> &[u32] {
        let set = self.variants.get(variant).map(|variant| variant.builds);
        set.and_then(|set| self.build_sets.get(usize_of(set))).map_or(&[], Vec::as_slice)
    }

    /// The owners that ran anything of a variant, as words of bits.
    pub fn owners_of(&self, variant: usize) -> &[u32] {
        let set = self.variants.get(variant).map(|variant| variant.owners);
        set.and_then(|set| self.owner_sets.get(usize_of(set))).map_or(&[], Vec::as_slice)
    }

    /// Positions of the runs that have a variant, in order: those whose build has it.
    pub fn runs_of(&self, variant: usize) -> Vec<usize> {
        let builds = self.builds_of(variant);
        let has = |(at, run): (usize, &RepoRun)| builds.contains(&run.build).then_some(at);
        self.runs.iter().enumerate().filter_map(has).collect()
    }

    /// The variants whose counts are in the shard at `union`.
    pub fn variants_in(&self, union: usize) -> Range<usize> {
        let at = |variant: &Variant| usize_of(variant.union);
        let start = self.variants.partition_point(|variant| at(variant) < union);
        start..self.variants.partition_point(|variant| at(variant) <= union)
    }

    /// The path of a file that no build has.
    pub fn unbuilt_path(&self, file: &Unbuilt) -> String {
        path::join(self.stats.strings.get(file.dir), self.stats.strings.get(file.base))
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.stats.strings.clone());
        self.stats.put(&mut columns);
        columns.put_texts("repo", [self.repo.clone()]);
        columns.put_texts("unions", self.unions.iter().cloned());
        columns.put_u64("commits.statements", self.commits.iter().map(|c| c.statements()));
        columns.put_u64("commits.covered", self.commits.iter().map(|c| c.covered()));
        let builds = &self.builds;
        columns.put_texts("builds", builds.iter().map(|b| b.hash.clone()));
        columns.put_u32("builds.commit", builds.iter().map(|b| b.commit));
        columns.put_u64("builds.statements", builds.iter().map(|b| b.coverage.statements()));
        columns.put_u64("builds.covered", builds.iter().map(|b| b.coverage.covered()));
        for (name, field) in OWNER {
            columns.put_deltas(name, self.owners.iter().map(field));
        }
        columns.put_deltas("runs.owner", self.runs.iter().map(|r| r.owner));
        columns.put_deltas("runs.build", self.runs.iter().map(|r| r.build));
        columns.put_u64("runs.covered", self.runs.iter().map(|r| r.covered));
        columns.put_lists("build_sets", self.build_sets.iter().map(Vec::as_slice));
        columns.put_lists("owner_sets", self.owner_sets.iter().map(Vec::as_slice));
        columns.put_first_uses("builds_of", self.variants.iter().map(|v| v.builds));
        columns.put_first_uses("owners_of", self.variants.iter().map(|v| v.owners));
        columns.put_deltas("union_of", self.variants.iter().map(|v| v.union));
        columns.put_deltas("unbuilt.dir", self.unbuilt.iter().map(|u| u.dir));
        columns.put_deltas("unbuilt.base", self.unbuilt.iter().map(|u| u.base));
        columns.put_deltas("unbuilt.commit", self.unbuilt.iter().map(|u| u.commit));
        shard::encode(Kind::Repo, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit together, or a row points to something
    /// that is not there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Repo, bytes)?;
        let shard = Self::take(columns).filter(Self::is_whole);
        shard.ok_or_else(|| ShardError::damaged(Kind::Repo, "columns do not fit together"))
    }

    fn take(mut columns: Columns) -> Option<Self> {
        Some(Self {
            repo: columns.take_texts("repo")?.pop()?,
            unions: columns.take_texts("unions")?,
            commits: coverages(&columns, "commits")?,
            builds: builds(&mut columns)?,
            owners: owners(&columns)?,
            runs: runs(&columns)?,
            build_sets: columns.lists("build_sets")?,
            owner_sets: columns.lists("owner_sets")?,
            variants: variants(&columns)?,
            unbuilt: unbuilt(&columns)?,
            stats: StatsShard::take(columns)?,
        })
    }

    /// Whether all that rows point to is there.
    fn is_whole(&self) -> bool {
        let below = |at: u32, len: usize| usize_of(at) < len;
        let (n_commits, n_builds) = (self.stats.sources.len(), self.builds.len());
        let n_words = n_words(self.owners.len());
        let fits = |v: &Variant| {
            below(v.builds, self.build_sets.len())
                && below(v.owners, self.owner_sets.len())
                && below(v.union, self.unions.len())
        };
        self.commits.len() == n_commits
            && self.variants.len() == self.stats.files.len()
            && self.builds.iter().all(|b| below(b.commit, n_commits))
            && self.runs.iter().all(|r| below(r.owner, self.owners.len()))
            && self.runs.iter().all(|r| below(r.build, n_builds))
            && self.build_sets.iter().flatten().all(|b| below(*b, n_builds))
            && self.owner_sets.iter().all(|set| set.len() == n_words)
            && self.variants.iter().all(fits)
            && self.variants.is_sorted_by_key(|v| v.union)
            && self.unbuilt.iter().all(|u| below(u.commit, n_commits))
    }
}

/// A column of names of the owners.
type Field = fn(&RepoOwner) -> u32;

const OWNER: [(&str, Field); 5] = [
    ("owners.cluster", |o| o.cluster),
    ("owners.namespace", |o| o.namespace),
    ("owners.kind", |o| o.kind),
    ("owners.name", |o| o.name),
    ("owners.binary", |o| o.binary),
];

fn coverages(columns: &Columns, name: &str) -> Option<Vec<Coverage>> {
    let covered = columns.u64s(&format!("{name}.covered"))?;
    let coverage = |(i, statements)| Coverage::new(statements, *covered.get(i)?);
    columns.u64s(&format!("{name}.statements"))?.into_iter().enumerate().map(coverage).collect()
}

fn builds(columns: &mut Columns) -> Option<Vec<RepoBuild>> {
    let (coverages, commits) = (coverages(columns, "builds")?, columns.u32s("builds.commit")?);
    let build = |(i, hash)| {
        Some(RepoBuild { hash, commit: *commits.get(i)?, coverage: *coverages.get(i)? })
    };
    columns.take_texts("builds")?.into_iter().enumerate().map(build).collect()
}

fn owners(columns: &Columns) -> Option<Vec<RepoOwner>> {
    let [clusters, namespaces, kinds, names, binaries] =
        OWNER.map(|(name, _)| columns.undeltas(name));
    let (namespaces, kinds, names, binaries) = (namespaces?, kinds?, names?, binaries?);
    let owner = |(i, cluster)| {
        let (namespace, kind) = (*namespaces.get(i)?, *kinds.get(i)?);
        let (name, binary) = (*names.get(i)?, *binaries.get(i)?);
        Some(RepoOwner { cluster, namespace, kind, name, binary })
    };
    clusters?.into_iter().enumerate().map(owner).collect()
}

fn runs(columns: &Columns) -> Option<Vec<RepoRun>> {
    let (builds, covered) = (columns.undeltas("runs.build")?, columns.u64s("runs.covered")?);
    let run =
        |(i, owner)| Some(RepoRun { owner, build: *builds.get(i)?, covered: *covered.get(i)? });
    columns.undeltas("runs.owner")?.into_iter().enumerate().map(run).collect()
}

fn variants(columns: &Columns) -> Option<Vec<Variant>> {
    let (owners, unions) = (columns.un_first_uses("owners_of")?, columns.undeltas("union_of")?);
    let variant =
        |(i, builds)| Some(Variant { builds, owners: *owners.get(i)?, union: *unions.get(i)? });
    columns.un_first_uses("builds_of")?.into_iter().enumerate().map(variant).collect()
}

fn unbuilt(columns: &Columns) -> Option<Vec<Unbuilt>> {
    let (bases, commits) = (columns.undeltas("unbuilt.base")?, columns.undeltas("unbuilt.commit")?);
    let file = |(i, dir)| Some(Unbuilt { dir, base: *bases.get(i)?, commit: *commits.get(i)? });
    columns.undeltas("unbuilt.dir")?.into_iter().enumerate().map(file).collect()
}

/// An index as `usize`; an index that does not fit is beyond every table.
fn usize_of(idx: u32) -> usize {
    usize::try_from(idx).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[path = "repo_tests.rs"]
mod tests;
