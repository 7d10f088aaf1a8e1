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
    runs: Vec<u32>,
    /// The same in each of its builds, by anyone who runs it.
    builds: Vec<u32>,
    /// For each variant where its own start, and at the end how many there are.
    starts: Vec<Lengths>,
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lengths {
    units: usize,
    runs: usize,
    builds: usize,
}

/// What ran of the variants of a [`UnionShard`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnionCounts {
    /// How often each unit ran at most in one process of any build: the units of the first variant,
    /// then of the second, and so on, each in the order of its source pack.
    pub units: Vec<u32>,
    /// Covered statements of each variant in each run of [`RepoShard::runs_of`].
    pub runs: Vec<u32>,
    /// Covered statements of each variant in each build of [`RepoShard::builds_of`], by anyone.
    pub builds: Vec<u32>,
}

impl UnionShard {
    /// The counts of the variants in the shard at `at` of a repository's.
    ///
    /// # Errors
    /// When there are not as many as the variants have units and runs.
    pub fn new(
        repo: &RepoShard,
        at: usize,
        UnionCounts { units, runs, builds }: UnionCounts,
    ) -> Result<Self, ShardError> {
        let starts = starts(repo, at);
        let lengths = Lengths { units: units.len(), runs: runs.len(), builds: builds.len() };
        if starts.last() != Some(&lengths) {
            return Err(unfit());
        }
        Ok(Self { first: repo.variants_in(at).start, units, runs, builds, starts })
    }

    /// The counts of the units of a variant, by its position in the repository; empty when they are
    /// in another shard.
    pub fn units_of(&self, variant: usize) -> &[u32] {
        let own = self.own(variant).and_then(|(a, b)| self.units.get(a.units..b.units));
        own.unwrap_or_default()
    }

    /// The covered statements of a variant in each run of [`RepoShard::runs_of`]; empty when they
    /// are in another shard.
    pub fn runs_of(&self, variant: usize) -> &[u32] {
        let own = self.own(variant).and_then(|(a, b)| self.runs.get(a.runs..b.runs));
        own.unwrap_or_default()
    }

    /// The covered statements of a variant in each build of [`RepoShard::builds_of`], by anyone;
    /// empty when they are in another shard.
    pub fn builds_of(&self, variant: usize) -> &[u32] {
        let own = self.own(variant).and_then(|(a, b)| self.builds.get(a.builds..b.builds));
        own.unwrap_or_default()
    }

    fn own(&self, variant: usize) -> Option<(Lengths, Lengths)> {
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
        columns.put_u32("runs", self.runs.iter().copied());
        columns.put_u32("builds", self.builds.iter().copied());
        shard::encode(Kind::Union, &columns, &[])
    }

    /// Reads the shard at `at` of a repository's from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the columns do not have the lengths that `repo` asks for.
    pub fn decode(bytes: &[u8], repo: &RepoShard, at: usize) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Union, bytes)?;
        let n_units = starts(repo, at).last().map_or(0, |lengths| lengths.units);
        let counts = || {
            Some(UnionCounts {
                units: columns.unruns("units", n_units)?,
                runs: columns.u32s("runs")?,
                builds: columns.u32s("builds")?,
            })
        };
        Self::new(repo, at, counts().ok_or_else(unfit)?)
    }
}

fn unfit() -> ShardError {
    ShardError::damaged(Kind::Union, "it does not fit its repository")
}

/// Where what belongs to each variant starts, and how much there is at the end. Sums that are out
/// of range fit no column.
fn starts(repo: &RepoShard, at: usize) -> Vec<Lengths> {
    let mut n_runs = vec![0_usize; repo.builds.len()];
    for run in &repo.runs {
        if let Some(n) = usize::try_from(run.build).ok().and_then(|build| n_runs.get_mut(build)) {
            *n = n.saturating_add(1);
        }
    }
    let n_of = |build: &u32| usize::try_from(*build).ok().and_then(|b| n_runs.get(b)).copied();
    let n_of_set =
        |set: &Vec<u32>| (set.iter().filter_map(n_of).fold(0, usize::saturating_add), set.len());
    let by_set: Vec<(usize, usize)> = repo.build_sets.iter().map(n_of_set).collect();
    let mut next = Lengths::default();
    let mut starts = vec![next];
    for variant in repo.variants_in(at) {
        let row = repo.variants.get(variant).zip(repo.stats.files.get(variant));
        let Some((own, row)) = row else { continue };
        let set = usize::try_from(own.builds).ok().and_then(|set| by_set.get(set));
        let (runs, builds) = set.copied().unwrap_or_default();
        let units = usize::try_from(row.n_units).unwrap_or(usize::MAX);
        next = Lengths {
            units: next.units.saturating_add(units),
            runs: next.runs.saturating_add(runs),
            builds: next.builds.saturating_add(builds),
        };
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

    fn counts(units: &[u32], runs: &[u32], builds: &[u32]) -> UnionCounts {
        UnionCounts { units: units.into(), runs: runs.into(), builds: builds.into() }
    }

    #[test]
    fn counts_are_found_by_variant() {
        let repo = repo(&[(1, 0, 0), (2, 2, 1), (0, 1, 1), (1, 1, 1)]);
        let own = counts(&[7, 0, 9], &[10, 11, 12, 20, 30], &[11, 12, 20, 30]);
        let shard = UnionShard::new(&repo, 1, own).unwrap();
        let back = UnionShard::decode(&shard.encode().unwrap(), &repo, 1).unwrap();
        assert_eq!(back, shard);
        assert_eq!(back.units_of(1), [7, 0]);
        assert_eq!((back.runs_of(1), repo.runs_of(1)), (&[10, 11, 12][..], vec![0, 1, 2]));
        assert_eq!((back.builds_of(1), repo.builds_of(1)), (&[11, 12][..], &[0, 1][..]));
        assert_eq!((back.units_of(2), back.runs_of(2)), (&[][..], &[20][..]));
        assert_eq!(
            (back.units_of(3), back.runs_of(3), back.builds_of(3)),
            (&[9][..], &[30][..], &[30][..])
        );
        // Of another shard, or of none.
        assert_eq!([back.units_of(0), back.runs_of(0), back.builds_of(4)], [&[0_u32; 0][..]; 3]);
    }

    #[test]
    fn counts_must_fit_their_repository() {
        let repo = repo(&[(2, 0, 0)]);
        for (units, runs, builds) in [
            (&[1][..], &[0, 0][..], &[0][..]),
            (&[1, 2][..], &[0][..], &[0][..]),
            (&[1, 2][..], &[0, 0][..], &[0, 0][..]),
        ] {
            assert!(UnionShard::new(&repo, 0, counts(units, runs, builds)).is_err());
        }
        let shard = UnionShard::new(&repo, 0, counts(&[1, 2], &[0, 0], &[0])).unwrap();
        let bytes = shard.encode().unwrap();
        assert!(UnionShard::decode(&bytes, &repo, 0).is_ok());
        assert!(UnionShard::decode(&bytes, &repo, 1).is_err());
    }

    proptest! {
        #[test]
        fn counts_come_back(units in vec(0_u32..4, 0..40), runs in vec(any::<u32>(), 2..3), build in any::<u32>()) {
            let repo = repo(&[(u32::try_from(units.len()).unwrap(), 0, 0)]);
            let shard = UnionShard::new(&repo, 0, counts(&units, &runs, &[build])).unwrap();
            prop_assert_eq!(UnionShard::decode(&shard.encode().unwrap(), &repo, 0).unwrap(), shard);
        }

        #[test]
        fn hostile_columns_never_panic(
            n_units in any::<u32>(),
            units in vec(-3_i64..5, 0..6),
            runs in vec(any::<i64>(), 0..6),
            builds in vec(0_i64..5, 0..4),
            at in 0_usize..4,
        ) {
            let repo = repo(&[(n_units, 2, 0), (n_units, 9, 1)]);
            let mut columns = Columns::default();
            columns.put("units", units);
            columns.put("runs", runs);
            columns.put("builds", builds);
            let bytes = shard::encode(Kind::Union, &columns, &[]).unwrap();
            if let Ok(read) = UnionShard::decode(&bytes, &repo, at) {
                let _ = (read.units_of(0), read.runs_of(1), read.builds_of(usize::MAX));
            }
        }
    }
}
