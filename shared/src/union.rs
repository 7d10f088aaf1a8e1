//! The counts that colour files of a repository in the colours of everyone, over all builds.

use crate::{
    codec::Columns,
    repo::RepoShard,
    shard::{self, Kind, ShardError},
};

/// Counts of neighbouring variants of a repository's files, all those that [`RepoShard`] says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnionShard {
    /// Position of the first variant.
    first: usize,
    /// How often each unit ran at most in one process of any build: the units of the first variant,
    /// then of the second, and so on, each in the order of its source pack.
    units: Vec<u32>,
    /// Covered statements of each variant in each of its runs: those of the first, and so on.
    covered: Vec<u32>,
    /// For each variant where its units and its runs start, and at the end how many there are.
    starts: Vec<(usize, usize)>,
}

impl UnionShard {
    /// The counts of the variants in the shard at `at` of a repository's.
    ///
    /// # Errors
    /// When there are not as many as the variants have units and runs.
    pub fn new(
        repo: &RepoShard,
        at: usize,
        units: Vec<u32>,
        covered: Vec<u32>,
    ) -> Result<Self, ShardError> {
        let starts = starts(repo, at);
        if starts.last() != Some(&(units.len(), covered.len())) {
            return Err(unfit());
        }
        Ok(Self { first: repo.variants_in(at).start, units, covered, starts })
    }

    /// The counts of the units of a variant, by its position in the repository; empty when they are
    /// in another shard.
    pub fn units_of(&self, variant: usize) -> &[u32] {
        let own = self.own(variant).and_then(|(a, b)| self.units.get(a.0..b.0));
        own.unwrap_or_default()
    }

    /// The covered statements of a variant in each run of [`RepoShard::runs_of`]; empty when they
    /// are in another shard.
    pub fn covered_of(&self, variant: usize) -> &[u32] {
        let own = self.own(variant).and_then(|(a, b)| self.covered.get(a.1..b.1));
        own.unwrap_or_default()
    }

    fn own(&self, variant: usize) -> Option<((usize, usize), (usize, usize))> {
        let at = variant.checked_sub(self.first)?;
        Some((*self.starts.get(at)?, *self.starts.get(at.checked_add(1)?)?))
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        columns.put_runs("units", self.units.iter().copied());
        columns.put_u32("covered", self.covered.iter().copied());
        shard::encode(Kind::Union, &columns, &[])
    }

    /// Reads the shard at `at` of a repository's from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the columns do not have the lengths that `repo` asks for.
    pub fn decode(bytes: &[u8], repo: &RepoShard, at: usize) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Union, bytes)?;
        let n_units = starts(repo, at).last().map_or(0, |(units, _)| *units);
        let read = columns.unruns("units", n_units).zip(columns.u32s("covered"));
        let (units, covered) = read.ok_or_else(unfit)?;
        Self::new(repo, at, units, covered)
    }
}

fn unfit() -> ShardError {
    ShardError::damaged(Kind::Union, "it does not fit its repository")
}

/// Where units and runs of each variant start, and how many there are at the end. Sums that are out
/// of range fit no column.
fn starts(repo: &RepoShard, at: usize) -> Vec<(usize, usize)> {
    let mut n_runs = vec![0_usize; repo.builds.len()];
    for run in &repo.runs {
        if let Some(n) = usize::try_from(run.build).ok().and_then(|build| n_runs.get_mut(build)) {
            *n = n.saturating_add(1);
        }
    }
    let n_of = |build: &u32| usize::try_from(*build).ok().and_then(|b| n_runs.get(b)).copied();
    let n_of_set = |set: &Vec<u32>| set.iter().filter_map(n_of).fold(0, usize::saturating_add);
    let by_set: Vec<usize> = repo.build_sets.iter().map(n_of_set).collect();
    let mut next = (0_usize, 0_usize);
    let mut starts = vec![next];
    for variant in repo.variants_in(at) {
        let row = repo.variants.get(variant).zip(repo.stats.files.get(variant));
        let Some((own, row)) = row else { continue };
        let set = usize::try_from(own.builds).ok().and_then(|set| by_set.get(set));
        let n_units = usize::try_from(row.n_units).unwrap_or(usize::MAX);
        next.0 = next.0.saturating_add(n_units);
        next.1 = next.1.saturating_add(set.copied().unwrap_or(0));
        starts.push(next);
    }
    starts
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        files::{FileRow, StatsShard},
        repo::{RepoBuild, RepoOwner, RepoRun, Variant},
    };

    /// Two builds, the first with two runs; variants by (units, set of builds, shard).
    fn repo(variants: &[(u32, u32, u32)]) -> RepoShard {
        let files = variants
            .iter()
            .map(|(n_units, ..)| FileRow { n_units: *n_units, ..FileRow::default() });
        let names = StatsShard::default().strings;
        let files = files.collect();
        RepoShard {
            stats: StatsShard::new(names, String::new(), vec![], vec![], files, vec![]).unwrap(),
            builds: vec![RepoBuild::default(), RepoBuild::default()],
            owners: vec![RepoOwner::default()],
            runs: [0, 0, 1].map(|build| RepoRun { build, ..RepoRun::default() }).into(),
            build_sets: vec![vec![0], vec![1], vec![0, 1]],
            owner_sets: vec![vec![0]],
            variants: variants
                .iter()
                .map(|(_, builds, union)| Variant { builds: *builds, owners: 0, union: *union })
                .collect(),
            unions: vec!["union-0123456789abcdef".into(), "union-1123456789abcdef".into()],
            ..RepoShard::default()
        }
    }

    #[test]
    fn counts_are_found_by_variant() {
        let repo = repo(&[(1, 0, 0), (2, 2, 1), (0, 1, 1), (1, 1, 1)]);
        let shard = UnionShard::new(&repo, 1, vec![7, 0, 9], vec![10, 11, 12, 20, 30]).unwrap();
        let back = UnionShard::decode(&shard.encode().unwrap(), &repo, 1).unwrap();
        assert_eq!(back, shard);
        assert_eq!(back.units_of(1), [7, 0]);
        assert_eq!((back.covered_of(1), repo.runs_of(1)), (&[10, 11, 12][..], vec![0, 1, 2]));
        assert_eq!((back.units_of(2), back.covered_of(2)), (&[][..], &[20][..]));
        assert_eq!((back.units_of(3), back.covered_of(3)), (&[9][..], &[30][..]));
        // Of another shard, or of none.
        assert_eq!([back.units_of(0), back.covered_of(0), back.units_of(4)], [&[0_u32; 0][..]; 3]);
    }

    #[test]
    fn counts_must_fit_their_repository() {
        let repo = repo(&[(2, 0, 0)]);
        assert!(UnionShard::new(&repo, 0, vec![1], vec![0, 0]).is_err());
        assert!(UnionShard::new(&repo, 0, vec![1, 2], vec![0]).is_err());
        let shard = UnionShard::new(&repo, 0, vec![1, 2], vec![0, 0]).unwrap();
        let bytes = shard.encode().unwrap();
        assert!(UnionShard::decode(&bytes, &repo, 0).is_ok());
        assert!(UnionShard::decode(&bytes, &repo, 1).is_err());
    }

    proptest! {
        #[test]
        fn counts_come_back(units in vec(0_u32..4, 0..40), covered in vec(any::<u32>(), 2..3)) {
            let repo = repo(&[(u32::try_from(units.len()).unwrap(), 0, 0)]);
            let shard = UnionShard::new(&repo, 0, units, covered).unwrap();
            prop_assert_eq!(UnionShard::decode(&shard.encode().unwrap(), &repo, 0).unwrap(), shard);
        }

        #[test]
        fn hostile_columns_never_panic(
            n_units in any::<u32>(),
            units in vec(-3_i64..5, 0..6),
            covered in vec(any::<i64>(), 0..6),
            at in 0_usize..4,
        ) {
            let repo = repo(&[(n_units, 2, 0), (n_units, 9, 1)]);
            let mut columns = Columns::default();
            columns.put("units", units);
            columns.put("covered", covered);
            let bytes = shard::encode(Kind::Union, &columns, &[]).unwrap();
            if let Ok(read) = UnionShard::decode(&bytes, &repo, at) {
                let _ = (read.units_of(0), read.covered_of(1), read.units_of(usize::MAX));
            }
        }
    }
}
