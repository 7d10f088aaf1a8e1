//! What all builds are made of, without names and positions: statements and funcs of every unit, once
//! for all builds that share a file. With the [`crate::lens`] shards it says what any set of
//! processes ran.

use std::ops::Range;

use crate::{
    codec::{Columns, deltas, undeltas},
    shard::{self, Kind, ShardError},
};

/// The most funcs and units of one build: far above any real one, far below what a page can hold.
const MAX_FUNCS: u32 = 1 << 22;
const MAX_UNITS: usize = 1 << 26;

/// The units of all builds.
///
/// A *file* here is what counts once: a path as built with a list of units. Builds point to files by
/// position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitsShard {
    /// Meta hashes of the builds, sorted as in [`crate::owners::OwnersShard::builds`].
    pub builds: Vec<String>,
    /// The repositories of the files, `host/org/repo`.
    pub repos: Vec<String>,
    /// Of each build its files, in the order of its stats shard.
    files_of: Vec<Vec<FileOf>>,
    /// Funcs of each file.
    n_funcs: Vec<u32>,
    /// Statements of each unit, in the order of the source packs, those of the first file first.
    statements: Vec<u32>,
    /// Of each unit the position of its func among those of the file; none in a file without.
    funcs: Vec<u32>,
    /// Where the units of each file start, and how many there are at the end.
    starts: Vec<usize>,
}

/// A file of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileOf {
    /// Its position among all files.
    pub file: u32,
    /// Position in [`UnitsShard::repos`] of where it was found; `None` when unresolved.
    pub repo: Option<u32>,
}

/// The units of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileUnits {
    /// Funcs; 0 when a text profile was all that is known of the file.
    pub n_funcs: u32,
    /// Of each unit statements, and the position of its func among the file's, in the order of the
    /// stats shard.
    pub units: Vec<(u32, u32)>,
}

impl UnitsShard {
    /// A shard of these files and repositories, and of builds: meta hash and files, none of which
    /// points beyond the others.
    pub fn new(
        builds: Vec<(String, Vec<FileOf>)>,
        repos: Vec<String>,
        files: Vec<FileUnits>,
    ) -> Self {
        let (builds, files_of) = builds.into_iter().unzip();
        let mut shard = Self { builds, repos, files_of, starts: vec![0], ..Self::default() };
        for file in files {
            shard.n_funcs.push(file.n_funcs);
            for (statements, func) in file.units {
                shard.statements.push(statements);
                shard.funcs.push(func);
            }
            shard.starts.push(shard.statements.len());
        }
        shard
    }

    /// How many files there are.
    pub fn n_files(&self) -> usize {
        self.n_funcs.len()
    }

    /// How many units all files have.
    pub fn n_units(&self) -> usize {
        self.statements.len()
    }

    /// The position of a build; `None` when there is none with that hash.
    pub fn build(&self, hash: &str) -> Option<usize> {
        self.builds.iter().position(|own| own == hash)
    }

    /// The files of a build, in the order of its stats shard.
    pub fn files_of(&self, build: usize) -> &[FileOf] {
        self.files_of.get(build).map_or(&[], Vec::as_slice)
    }

    /// Where the units of a file stand among all; empty for a file that is not there.
    pub fn range(&self, file: u32) -> Range<usize> {
        let start = usize::try_from(file).ok().and_then(|at| self.starts.get(at..)?.get(..2));
        match start {
            Some([start, end]) => *start..*end,
            _ => 0..0,
        }
    }

    /// Funcs of a file.
    pub fn n_funcs(&self, file: u32) -> u32 {
        let n = usize::try_from(file).ok().and_then(|at| self.n_funcs.get(at));
        n.copied().unwrap_or(0)
    }

    /// Statements of units, by their positions among all.
    pub fn statements(&self, units: Range<usize>) -> &[u32] {
        self.statements.get(units).unwrap_or_default()
    }

    /// Positions of the funcs of units among those of their file, by positions among all units.
    pub fn funcs(&self, units: Range<usize>) -> &[u32] {
        self.funcs.get(units).unwrap_or_default()
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        columns.put_texts("builds", self.builds.iter().cloned());
        let n_files = self.files_of.iter().map(|files| u32::try_from(files.len()).unwrap_or(0));
        columns.put_u32("n_files", n_files);
        let files = || self.files_of.iter().flatten();
        columns.put_deltas("files", files().map(|own| own.file));
        columns.put_texts("repos", self.repos.iter().cloned());
        columns.put_runs(
            "repo_of",
            steps(files().map(|own| own.repo.map_or(0, |repo| repo.saturating_add(1)))),
        );
        let n_units = self.starts.windows(2).map(|pair| match pair {
            [start, end] => u32::try_from(end.saturating_sub(*start)).unwrap_or(u32::MAX),
            _ => 0,
        });
        columns.put_u32("n_units", n_units);
        columns.put_u32("n_funcs", self.n_funcs.iter().copied());
        columns.put_u32("statements", self.statements.iter().copied());
        columns.put_runs("funcs", self.func_steps());
        shard::encode(Kind::Units, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit together, or a build names a file that is
    /// not there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Units, bytes)?;
        Self::take(columns)
            .ok_or_else(|| ShardError::damaged(Kind::Units, "columns do not fit together"))
    }

    fn take(mut columns: Columns) -> Option<Self> {
        let builds = columns.take_texts("builds")?;
        let repos = columns.take_texts("repos")?;
        let (n_funcs, files) = (columns.u32s("n_funcs")?, files(&columns, repos.len())?);
        let (mut files_of, mut rest) = (Vec::new(), files.as_slice());
        for n in columns.u32s("n_files")? {
            let (own, after) = rest.split_at_checked(usize::try_from(n).ok()?)?;
            files_of.push(own.to_vec());
            rest = after;
        }
        let is_there = |own: &FileOf| usize::try_from(own.file).is_ok_and(|at| at < n_funcs.len());
        let statements = columns.u32s("statements")?;
        let mut starts = vec![0_usize];
        for n in columns.u32s("n_units")? {
            starts.push(starts.last()?.checked_add(usize::try_from(n).ok()?)?);
        }
        let fits = rest.is_empty()
            && files_of.len() == builds.len()
            && files.iter().all(is_there)
            && starts.len() == n_funcs.len().checked_add(1)?
            && *starts.last()? == statements.len();
        let sizes = starts.windows(2).map(|pair| match pair {
            [start, end] => end.saturating_sub(*start),
            _ => 0,
        });
        let sizes: Vec<(usize, u32)> = sizes.zip(n_funcs.iter().copied()).collect();
        let is_bounded = |own: &[FileOf]| {
            let of_file =
                |own: &FileOf| usize::try_from(own.file).ok().and_then(|at| sizes.get(at));
            let sum = own.iter().filter_map(of_file).fold((0_usize, 0_u32), |sum, file| {
                (sum.0.saturating_add(file.0), sum.1.saturating_add(file.1))
            });
            sum.0 <= MAX_UNITS && sum.1 <= MAX_FUNCS
        };
        let fits = fits
            && n_funcs.iter().all(|n| *n <= MAX_FUNCS)
            && files_of.iter().all(|own| is_bounded(own));
        let coded = columns.unruns("funcs", statements.len())?;
        let mut funcs = Vec::with_capacity(coded.len());
        for file in starts.windows(2) {
            let [start, end] = file else { continue };
            funcs.extend(unsteps(coded.get(*start..*end)?)?);
        }
        fits.then_some(Self { builds, repos, files_of, n_funcs, statements, funcs, starts })
    }

    /// Of each unit how far its func is from that of the unit before in the file. Units stand by
    /// position, so that nearly all are 0 or one step on.
    fn func_steps(&self) -> impl Iterator<Item = u32> {
        let files = self.starts.windows(2).filter_map(|file| match file {
            [start, end] => Some(*start..*end),
            _ => None,
        });
        files.flat_map(|file| steps(self.funcs(file).iter().copied()))
    }
}

/// Differences of neighbours with the sign in the lowest bit; the first value stands for itself.
fn steps(values: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    deltas(values)
        .into_iter()
        .map(|step| u32::try_from((step << 1) ^ (step >> 63)).unwrap_or(u32::MAX))
}

/// Undoes [`steps`]. `None` when a value leaves the range of `u32`.
fn unsteps(coded: &[u32]) -> Option<Vec<u32>> {
    let step = |coded: &u32| (i64::from(*coded) >> 1) ^ -(i64::from(*coded) & 1);
    undeltas(&coded.iter().map(step).collect::<Vec<_>>())
}

fn files(columns: &Columns, n_repos: usize) -> Option<Vec<FileOf>> {
    let files = columns.undeltas("files")?;
    let repos = unsteps(&columns.unruns("repo_of", files.len())?)?;
    let file = |(file, repo): (u32, u32)| {
        let repo = repo.checked_sub(1);
        let is_there = repo.is_none_or(|at| usize::try_from(at).is_ok_and(|at| at < n_repos));
        is_there.then_some(FileOf { file, repo })
    };
    files.into_iter().zip(repos).map(file).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn files() -> impl Strategy<Value = Vec<FileUnits>> {
        let file = (0_u32..5, vec((any::<u32>(), 0_u32..1 << 30), 0..9));
        vec(file.prop_map(|(n_funcs, units)| FileUnits { n_funcs, units }), 1..6)
    }

    proptest! {
        #[test]
        fn units_come_back(files in files(), picks in vec(vec(any::<u32>(), 0..7), 0..4)) {
            let n = u32::try_from(files.len()).unwrap();
            let builds = picks.iter().enumerate();
            let file_of = |pick: &u32| FileOf { file: pick % n, repo: (pick % 3).checked_sub(1) };
            let builds = builds.map(|(i, p)| (i.to_string(), p.iter().map(file_of).collect()));
            let repos = vec!["h/o/a".to_owned(), "h/o/b".to_owned()];
            let shard = UnitsShard::new(builds.collect(), repos, files.clone());
            let read = UnitsShard::decode(&shard.encode().unwrap()).unwrap();
            prop_assert_eq!(&read, &shard);
            for (at, file) in (0_u32..).zip(&files) {
                let units = read.statements(read.range(at)).iter().zip(read.funcs(read.range(at)));
                prop_assert_eq!(units.map(|(s, f)| (*s, *f)).collect::<Vec<_>>(), file.units.clone());
                prop_assert_eq!(read.n_funcs(at), file.n_funcs);
            }
            prop_assert!(read.range(n).is_empty() && read.files_of(picks.len()).is_empty());
        }

        #[test]
        fn hostile_columns_never_panic(
            n_units in vec(any::<u32>(), 0..4), n_funcs in vec(0_u32..4, 0..4), n_files in vec(0_u32..4, 0..4),
            files in vec(-3_i64..4, 0..6), repo_of in vec(-3_i64..4, 0..6), statements in vec(any::<i64>(), 0..6), funcs in vec(-5_i64..1 << 33, 0..6),
        ) {
            let mut columns = Columns::default();
            columns.put_texts("builds", n_files.iter().map(u32::to_string));
            columns.put_u32("n_files", n_files);
            columns.put_u32("n_units", n_units);
            columns.put_u32("n_funcs", n_funcs);
            columns.put("files", files);
            columns.put("repo_of", repo_of);
            columns.put_texts("repos", ["h/o/r".to_owned()]);
            columns.put("statements", statements);
            columns.put("funcs", funcs);
            let bytes = shard::encode(Kind::Units, &columns, &[]).unwrap();
            if let Ok(read) = UnitsShard::decode(&bytes) {
                for file in 0..5 {
                    let _ = (read.statements(read.range(file)), read.funcs(read.range(file)));
                }
            }
        }
    }

    #[test]
    fn more_funcs_than_a_page_can_hold_are_refused() {
        let file = |n_funcs| FileUnits { n_funcs, units: vec![(1, 0)] };
        let bytes = |n_files: usize, n_funcs| {
            let own = vec![FileOf::default(); n_files];
            UnitsShard::new(vec![("b".into(), own)], vec![], vec![file(n_funcs)]).encode().unwrap()
        };
        assert!(UnitsShard::decode(&bytes(2, 9)).is_ok());
        for (n_files, n_funcs) in [(0, u32::MAX), (1, u32::MAX), (9, MAX_FUNCS / 8)] {
            assert!(UnitsShard::decode(&bytes(n_files, n_funcs)).is_err());
        }
    }

    #[test]
    fn a_build_of_unknown_files_is_refused() {
        let bytes = UnitsShard::new(
            vec![("b".into(), vec![FileOf { file: 1, repo: None }])],
            vec![],
            vec![FileUnits::default()],
        );
        assert!(UnitsShard::decode(&bytes.encode().unwrap()).is_err());
    }
}
