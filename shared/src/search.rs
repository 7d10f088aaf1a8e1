//! The names that the search knows beside owners and builds: paths of files, and funcs.
//!
//! Names only, no numbers: the shards stay the same when other code runs. Each path of a repository
//! is there once, with a build that has it, so that a hit leads somewhere.

use std::ops::Range;

use crate::{
    codec::{Columns, StrIdx, Strings},
    path,
    shard::{self, Kind, ShardError},
};

/// The paths of all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathsShard {
    /// The strings that the files point to.
    pub strings: Strings,
    /// Meta hashes, 32 hex digits each, of the builds that files point to.
    pub builds: Vec<String>,
    /// Files, sorted by directory, last part and repository. Where builds of one repository have
    /// different files of one path, the first of them is the one to show; those behind it are there
    /// for funcs that the first does not have.
    pub files: Vec<PathRow>,
}

/// One file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRow {
    /// The directory part of the path as built, without the last `/`.
    pub dir: StrIdx,
    /// The last part of the path as built.
    pub base: StrIdx,
    /// `host/org/repo`; empty when unresolved.
    pub repo: StrIdx,
    /// Position in [`PathsShard::builds`] of a build that has the file: one with the real text, if
    /// there is one.
    pub build: u32,
}

impl PathsShard {
    /// The path as built of a file: `dir/base`.
    pub fn path(&self, file: &PathRow) -> String {
        let (dir, base) = (self.strings.get(file.dir), self.strings.get(file.base));
        path::join(dir, base)
    }

    /// Whether the file at a position is another one of the same path and repository as the one
    /// before it.
    pub fn is_other(&self, at: usize) -> bool {
        let row = |at: usize| self.files.get(at).map(|f| (f.dir, f.base, f.repo));
        at.checked_sub(1).is_some_and(|before| row(before).is_some() && row(before) == row(at))
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        columns.put_texts("builds", self.builds.iter().cloned());
        columns.put_deltas("dir", self.files.iter().map(|f| f.dir));
        columns.put_deltas("base", self.files.iter().map(|f| f.base));
        columns.put_deltas("repo", self.files.iter().map(|f| f.repo));
        columns.put_deltas("build", self.files.iter().map(|f| f.build));
        shard::encode(Kind::Paths, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit, or a file names a build that is not
    /// there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (mut columns, _) = shard::decode(Kind::Paths, bytes)?;
        let unequal = || ShardError::damaged(Kind::Paths, "columns do not fit together");
        let builds = columns.take_texts("builds").ok_or_else(unequal)?;
        let files = path_rows(&columns, builds.len()).ok_or_else(unequal)?;
        Ok(Self { strings: columns.strings, builds, files })
    }
}

fn path_rows(columns: &Columns, n_builds: usize) -> Option<Vec<PathRow>> {
    let [dir, base, repo, build] = ["dir", "base", "repo", "build"].map(|n| columns.undeltas(n));
    let (dir, base, repo, build) = (dir?, base?, repo?, build?);
    let is_whole = [base.len(), repo.len(), build.len()].iter().all(|len| *len == dir.len());
    let row = |(at, dir): (usize, u32)| {
        let build = *build.get(at)?;
        let is_known = usize::try_from(build).is_ok_and(|build| build < n_builds);
        is_known.then_some(PathRow { dir, base: *base.get(at)?, repo: *repo.get(at)?, build })
    };
    if is_whole { dir.into_iter().enumerate().map(row).collect() } else { None }
}

/// The names of all funcs.
///
/// Copies of a file in many repositories have the same funcs, so files share lists of funcs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuncsShard {
    /// The names, in the order in which the lists first use them.
    pub strings: Strings,
    /// For each file of the [`PathsShard`] the position of its list.
    files: Vec<u32>,
    /// Where each list ends in `funcs`.
    ends: Vec<usize>,
    funcs: Vec<FuncName>,
}

/// One func of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FuncName {
    /// The name as the compiler wrote it: `F`, `T.M` or `*T.M`. Literals have no name and are left
    /// out.
    pub name: StrIdx,
    /// First line of its first unit, from 1.
    pub line: u32,
}

impl FuncsShard {
    /// A shard of the lists of funcs of all files; `files` says for each file which list is its own.
    pub fn new<'a>(
        strings: Strings,
        lists: impl IntoIterator<Item = &'a [FuncName]>,
        files: Vec<u32>,
    ) -> Self {
        let (mut funcs, mut ends) = (Vec::new(), Vec::new());
        for list in lists {
            funcs.extend_from_slice(list);
            ends.push(funcs.len());
        }
        Self { strings, files, ends, funcs }
    }

    /// How many lists there are.
    pub fn n_lists(&self) -> usize {
        self.ends.len()
    }

    /// The funcs of all lists, one list behind the other.
    pub fn funcs(&self) -> &[FuncName] {
        &self.funcs
    }

    /// Where the funcs of a file stand in [`FuncsShard::funcs`]; empty when there is no such file.
    pub fn of_file(&self, file: usize) -> Range<usize> {
        let list = self.files.get(file).and_then(|list| usize::try_from(*list).ok());
        let range = list.and_then(|list| {
            let end = *self.ends.get(list)?;
            let start = list.checked_sub(1).map_or(Some(0), |at| self.ends.get(at).copied());
            Some(start?..end)
        });
        range.unwrap_or_default()
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        let mut start = 0;
        let lens = self.ends.iter().map(|end| {
            let len = end.saturating_sub(start);
            start = *end;
            u32::try_from(len).unwrap_or(u32::MAX)
        });
        columns.put_u32("len", lens.collect::<Vec<_>>());
        columns.put_first_uses("list", self.files.iter().copied());
        columns.put_first_uses("name", self.funcs.iter().map(|f| f.name));
        columns.put_deltas("line", self.funcs.iter().map(|f| f.line));
        shard::encode(Kind::Funcs, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the shard does not fit the files.
    pub fn decode(bytes: &[u8], paths: &PathsShard) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Funcs, bytes)?;
        let strings = columns.strings.clone();
        Self::of_columns(&columns, strings)
            .filter(|shard| shard.files.len() == paths.files.len())
            .ok_or_else(|| ShardError::damaged(Kind::Funcs, "it does not fit the files"))
    }

    fn of_columns(columns: &Columns, strings: Strings) -> Option<Self> {
        let (name, line) = (columns.un_first_uses("name")?, columns.undeltas("line")?);
        let files = columns.un_first_uses("list")?;
        let mut ends = Vec::new();
        let mut end = 0_usize;
        for len in columns.u32s("len")? {
            end = end.checked_add(usize::try_from(len).ok()?)?;
            ends.push(end);
        }
        let is_list = |list: &u32| usize::try_from(*list).is_ok_and(|list| list < ends.len());
        let fits = name.len() == end && line.len() == end && files.iter().all(is_list);
        let funcs = name.into_iter().zip(line).map(|(name, line)| FuncName { name, line });
        fits.then(|| Self { strings, files, ends, funcs: funcs.collect() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::codec::StringsBuilder;

    fn names() -> Strings {
        let mut strings = StringsBuilder::default();
        for name in ["a/b", "main.go", "F", "*T.M"] {
            strings.add(name);
        }
        strings.finish()
    }

    fn paths(rows: &[(u32, u32, u32, u32)]) -> PathsShard {
        let row = |&(dir, base, repo, build)| PathRow { dir, base, repo, build };
        let files = rows.iter().map(row).collect();
        PathsShard { strings: names(), builds: ["ab".repeat(16), "cd".repeat(16)].into(), files }
    }

    fn funcs(lists: &[Vec<(u32, u32)>], files: &[u32]) -> FuncsShard {
        let func = |&(name, line): &(u32, u32)| FuncName { name, line };
        let lists: Vec<Vec<FuncName>> =
            lists.iter().map(|list| list.iter().map(func).collect()).collect();
        FuncsShard::new(names(), lists.iter().map(Vec::as_slice), files.to_vec())
    }

    proptest! {
        #[test]
        fn paths_come_back(rows in vec((any::<u32>(), any::<u32>(), any::<u32>(), 0_u32..2), 0..20)) {
            let shard = paths(&rows);
            let back = PathsShard::decode(&shard.encode().unwrap()).unwrap();
            prop_assert_eq!(back, shard);
        }

        #[test]
        fn funcs_come_back_for_each_file(
            lists in vec(vec((any::<u32>(), any::<u32>()), 0..5), 1..6),
            files in vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let files: Vec<u32> =
                files.iter().map(|at| u32::try_from(at.index(lists.len())).unwrap()).collect();
            let shard = funcs(&lists, &files);
            let paths = paths(&vec![(1, 2, 0, 0); files.len()]);
            let back = FuncsShard::decode(&shard.encode().unwrap(), &paths).unwrap();
            prop_assert_eq!(&back, &shard);
            for (at, list) in files.iter().enumerate() {
                let own = &back.funcs()[back.of_file(at)];
                let own: Vec<_> = own.iter().map(|f| (f.name, f.line)).collect();
                prop_assert_eq!(&own, &lists[usize::try_from(*list).unwrap()]);
            }
            prop_assert!(back.of_file(files.len()).is_empty());
        }

        #[test]
        fn hostile_columns_never_panic(
            dir in vec(any::<i64>(), 0..4), build in vec(-1_i64..3, 0..4),
            len in vec(-1_i64..3, 0..4), list in vec(-2_i64..3, 0..4), name in vec(-2_i64..3, 0..6),
        ) {
            let mut columns = Columns::new(names());
            columns.put_texts("builds", ["x".to_owned()]);
            for (column, values) in [("dir", &dir), ("base", &dir), ("repo", &dir), ("build", &build)] {
                columns.put(column, values.iter().copied());
            }
            let bytes = shard::encode(Kind::Paths, &columns, &[]).unwrap();
            if let Ok(read) = PathsShard::decode(&bytes) {
                for at in 0..6 {
                    let _ = (read.is_other(at), read.files.get(at).map(|f| read.path(f)));
                }
            }
            let mut columns = Columns::new(names());
            for (column, values) in [("len", &len), ("list", &list), ("name", &name), ("line", &name)] {
                columns.put(column, values.iter().copied());
            }
            let bytes = shard::encode(Kind::Funcs, &columns, &[]).unwrap();
            if let Ok(read) = FuncsShard::decode(&bytes, &paths(&vec![(0, 0, 0, 0); list.len()])) {
                for at in 0..6 {
                    prop_assert!(read.funcs().get(read.of_file(at)).is_some());
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let unknown_build = paths(&[(1, 2, 0, 2)]).encode().unwrap();
        assert!(PathsShard::decode(&unknown_build).is_err());
        let shard = funcs(&[vec![(3, 9)]], &[0]).encode().unwrap();
        let err = FuncsShard::decode(&shard, &paths(&[])).unwrap_err();
        assert!(err.to_string().contains("does not fit the files"), "{err}");
        let unknown_list = funcs(&[vec![(3, 9)]], &[1]).encode().unwrap();
        assert!(FuncsShard::decode(&unknown_list, &paths(&[(1, 2, 0, 0)])).is_err());
    }

    #[test]
    fn a_further_file_of_a_path_is_told_apart() {
        let shard = paths(&[(1, 2, 0, 0), (1, 2, 0, 1), (1, 2, 3, 0)]);
        assert_eq!([0, 1, 2, 3].map(|at| shard.is_other(at)), [false, true, false, false]);
        assert_eq!(shard.path(&shard.files[0]), "a/b/main.go");
    }
}
