//! What changed unit by unit, for pages that show lines.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    Change, Comparer, Hunk,
    align::{Aligner, Alignment, Counterpart},
    change::compare_variants,
    funcs,
};
use crate::{
    profile::FileDigest,
    stats::{UnitCounts, side::Variants},
};

/// A path on both sides.
#[derive(Clone, Debug)]
pub struct ComparedFile {
    /// The path as built.
    pub path: String,
    /// `host/org/repo`; empty when unresolved.
    pub repo: String,
    /// The path in the repository; empty when unresolved.
    pub repo_path: String,
    /// What changed over all variants.
    pub change: Change,
    /// The lists of units that builds now have.
    pub variants: Vec<ComparedVariant>,
    /// The funcs with statements, by line.
    pub funcs: Vec<ComparedFunc>,
}

/// A func over all builds.
#[derive(Clone, Debug)]
pub struct ComparedFunc {
    /// The name as the compiler wrote it.
    pub name: String,
    /// First line of its first unit, from 1: now, or before when it is gone.
    pub line: u32,
    /// What changed.
    pub change: Change,
}

/// A list of units of a path, as builds now have it, and what stood there before.
#[derive(Clone, Debug)]
pub struct ComparedVariant {
    /// The digest of the list.
    pub digest: FileDigest,
    /// How often each unit ran before; 0 for those without counterpart.
    pub before: Vec<u32>,
    /// Positions of the units that nothing before corresponds to.
    pub unmatched: Vec<u32>,
    /// Lines in which the texts differ; none when the lists of units are equal.
    pub hunks: Vec<Hunk>,
    /// The commits before and now; empty when unknown or the same.
    pub commits: [String; 2],
}

impl Comparer<'_> {
    /// All paths, sorted, with what changed of them unit by unit; `counts` are those of before.
    pub fn files(&self, counts: &UnitCounts<'_>) -> Vec<ComparedFile> {
        let [before, after] = &self.all;
        let none = Variants::new();
        let file = |path: &&str| {
            let path = *path;
            let (old, new) = (before.get(path), after.get(path));
            let found = [new, old].into_iter().flatten().flat_map(BTreeMap::values);
            let found = found.map(|file| file.found).find(|found| !found.1.is_empty());
            let (repo, repo_path) = found.unwrap_or_default();
            let all = self.aligner.counterparts(path, old.unwrap_or(&none), new.unwrap_or(&none));
            ComparedFile {
                path: path.to_owned(),
                repo: repo.to_owned(),
                repo_path: repo_path.to_owned(),
                change: compare_variants(path, old, new, &self.aligner),
                variants: all
                    .into_iter()
                    .map(|(digest, file, old)| {
                        variant(path, (digest, file.file.units.len()), &old, counts, &self.aligner)
                    })
                    .collect(),
                funcs: funcs::changes(path, old, new, &self.aligner)
                    .into_iter()
                    .map(|(func, change)| ComparedFunc {
                        name: func.name.to_owned(),
                        line: func.line,
                        change,
                    })
                    .collect(),
            }
        };
        self.paths().into_iter().collect::<Vec<_>>().par_iter().map(file).collect()
    }
}

fn variant(
    path: &str,
    (digest, n_units): (FileDigest, usize),
    old: &Counterpart<'_, '_>,
    counts: &UnitCounts<'_>,
    aligner: &Aligner<'_>,
) -> ComparedVariant {
    let counts_of = |digest| counts.get(&(path, digest)).map(Vec::as_slice).unwrap_or_default();
    let same = old.same.map(|_| counts_of(digest));
    let others: Vec<(&Alignment, &[u32])> =
        old.aligned.iter().map(|a| (&*a.alignment, counts_of(a.digest))).collect();
    let count = |counts: &[u32], at: usize| counts.get(at).copied().unwrap_or(0);
    let before = |position: usize| {
        let same = same.map(|counts| count(counts, position));
        let twins = others
            .iter()
            .filter_map(|(alignment, counts)| Some(count(counts, alignment.twin(position)?)));
        same.into_iter().chain(twins).max()
    };
    let all: Vec<Option<u32>> = (0..n_units).map(before).collect();
    let unmatched = (0_u32..).zip(&all).filter(|(_, before)| before.is_none());
    // What is the same needs no lines to be laid on others.
    let first = old.aligned.first().filter(|_| same.is_none());
    let old_digest = first.map(|aligned| aligned.digest).or(same.map(|_| digest));
    let [before, now] = aligner.commits(path, [old_digest, Some(digest)]).map(str::to_owned);
    ComparedVariant {
        digest,
        before: all.iter().map(|before| before.unwrap_or(0)).collect(),
        unmatched: unmatched.map(|(position, _)| position).collect(),
        hunks: first.map(|aligned| aligned.alignment.hunks.clone()).unwrap_or_default(),
        commits: if before == now { [String::new(), String::new()] } else { [before, now] },
    }
}
