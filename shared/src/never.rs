//! Funcs that no process ever entered: the largest of all, and all of a repository.

use crate::{
    codec::{Columns, StrIdx, Strings},
    path,
    shard::{self, Kind, ShardError},
};

/// Funcs that nobody entered: the largest of a site with the list of its repositories, or all of
/// one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeverShard {
    /// The strings that the rows point to.
    pub strings: Strings,
    /// Meta hashes, 32 hex digits each, of the builds that funcs point to.
    pub builds: Vec<String>,
    /// Sets of names of binaries; funcs point to them.
    pub binaries: Vec<Vec<StrIdx>>,
    /// Funcs, sorted by path as built, line and name.
    pub funcs: Vec<NeverFunc>,
    /// All repositories with such funcs, sorted by name; none in the shard of a repository.
    pub repos: Vec<NeverRepo>,
}

/// A func that nobody entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeverFunc {
    /// The directory part of the path as built, without the last `/`.
    pub dir: StrIdx,
    /// The last part of the path as built.
    pub base: StrIdx,
    /// Path in the repository; empty when unresolved.
    pub repo_path: StrIdx,
    /// `host/org/repo`; empty when unresolved.
    pub repo: StrIdx,
    /// Whether a tool wrote the file.
    pub is_generated: bool,
    /// The name as the compiler wrote it.
    pub name: StrIdx,
    /// First line of its first unit, from 1.
    pub line: u32,
    /// Statements, none of which ran.
    pub statements: u64,
    /// Position in [`NeverShard::binaries`] of the binaries that have it.
    pub binaries: u32,
    /// Position in [`NeverShard::builds`] of a build that has it.
    pub build: u32,
}

/// What never ran of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeverRepo {
    /// `host/org/repo`; empty for files whose repository is not known.
    pub repo: StrIdx,
    /// Name of the shard with all its funcs that nobody entered.
    pub shard: String,
    /// Those in files that people wrote.
    pub written: NeverSum,
    /// Those in files that a tool wrote.
    pub generated: NeverSum,
}

/// A number of funcs that nobody entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeverSum {
    /// Funcs.
    pub funcs: u32,
    /// Their statements.
    pub statements: u64,
}

impl NeverSum {
    /// Counts a func.
    pub fn add(&mut self, statements: u64) {
        self.funcs = self.funcs.saturating_add(1);
        self.statements = self.statements.saturating_add(statements);
    }

    /// The sum of both numbers, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            funcs: self.funcs.saturating_add(other.funcs),
            statements: self.statements.saturating_add(other.statements),
        }
    }
}

/// A column of numbers of the funcs.
type Field = fn(&NeverFunc) -> u32;

/// The columns that are coded as differences.
const FIELDS: [(&str, Field); 9] = [
    ("dir", |f| f.dir),
    ("base", |f| f.base),
    ("repo_path", |f| f.repo_path),
    ("repo", |f| f.repo),
    ("generated", |f| u32::from(f.is_generated)),
    ("name", |f| f.name),
    ("line", |f| f.line),
    ("binaries_of", |f| f.binaries),
    ("build", |f| f.build),
];

impl NeverShard {
    /// The path as built of a func: `dir/base`.
    pub fn path(&self, func: &NeverFunc) -> String {
        let (dir, base) = (self.strings.get(func.dir), self.strings.get(func.base));
        path::join(dir, base)
    }

    /// The names of the binaries that have a func, sorted.
    pub fn binaries_of(&self, func: &NeverFunc) -> Vec<&str> {
        let set = usize::try_from(func.binaries).ok().and_then(|set| self.binaries.get(set));
        set.into_iter().flatten().map(|name| self.strings.get(*name)).collect()
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        columns.put_texts("builds", self.builds.iter().cloned());
        columns.put_lists("binaries", self.binaries.iter().map(Vec::as_slice));
        for (name, field) in FIELDS {
            columns.put_deltas(name, self.funcs.iter().map(field));
        }
        columns.put_u64("statements", self.funcs.iter().map(|f| f.statements));
        let repos = &self.repos;
        columns.put_texts("repos.shard", repos.iter().map(|r| r.shard.clone()));
        columns.put_u32("repos.repo", repos.iter().map(|r| r.repo));
        columns.put_u32("repos.funcs", repos.iter().map(|r| r.written.funcs));
        columns.put_u64("repos.statements", repos.iter().map(|r| r.written.statements));
        columns.put_u32("repos.generated.funcs", repos.iter().map(|r| r.generated.funcs));
        let statements = repos.iter().map(|r| r.generated.statements);
        columns.put_u64("repos.generated.statements", statements);
        shard::encode(Kind::Never, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit, or a func names a build or binaries that
    /// are not there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (mut columns, _) = shard::decode(Kind::Never, bytes)?;
        let unequal = || ShardError::damaged(Kind::Never, "columns do not fit together");
        let builds = columns.take_texts("builds").ok_or_else(unequal)?;
        let binaries = columns.lists("binaries").ok_or_else(unequal)?;
        let repos = repos(&mut columns).ok_or_else(unequal)?;
        let funcs = funcs(&columns).ok_or_else(unequal)?;
        let below = |at: u32, len: usize| usize::try_from(at).is_ok_and(|at| at < len);
        let is_known =
            |f: &NeverFunc| below(f.build, builds.len()) && below(f.binaries, binaries.len());
        if !funcs.iter().all(is_known) {
            return Err(unequal());
        }
        Ok(Self { strings: columns.strings, builds, binaries, funcs, repos })
    }
}

fn funcs(columns: &Columns) -> Option<Vec<NeverFunc>> {
    let [dir, base, repo_path, repo, generated, name, line, binaries, build] =
        FIELDS.map(|(name, _)| columns.undeltas(name));
    let (dir, base, repo_path, repo) = (dir?, base?, repo_path?, repo?);
    let (generated, name, line) = (generated?, name?, line?);
    let (binaries, build, statements) = (binaries?, build?, columns.u64s("statements")?);
    let func = |(at, statements): (usize, u64)| {
        Some(NeverFunc {
            dir: *dir.get(at)?,
            base: *base.get(at)?,
            repo_path: *repo_path.get(at)?,
            repo: *repo.get(at)?,
            is_generated: *generated.get(at)? == 1,
            name: *name.get(at)?,
            line: *line.get(at)?,
            statements,
            binaries: *binaries.get(at)?,
            build: *build.get(at)?,
        })
    };
    statements.into_iter().enumerate().map(func).collect()
}

fn repos(columns: &mut Columns) -> Option<Vec<NeverRepo>> {
    let repo = columns.u32s("repos.repo")?;
    let (funcs, statements) = (columns.u32s("repos.funcs")?, columns.u64s("repos.statements")?);
    let generated_funcs = columns.u32s("repos.generated.funcs")?;
    let generated_statements = columns.u64s("repos.generated.statements")?;
    let row = |(at, shard): (usize, String)| {
        let written = NeverSum { funcs: *funcs.get(at)?, statements: *statements.get(at)? };
        let generated = NeverSum {
            funcs: *generated_funcs.get(at)?,
            statements: *generated_statements.get(at)?,
        };
        Some(NeverRepo { repo: *repo.get(at)?, shard, written, generated })
    };
    columns.take_texts("repos.shard")?.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::codec::StringsBuilder;

    fn names() -> Strings {
        let mut strings = StringsBuilder::default();
        for name in ["m/a", "a.go", "F", "api", "github.com/o/r"] {
            strings.add(name);
        }
        strings.finish()
    }

    fn any_func() -> impl Strategy<Value = NeverFunc> {
        let texts = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
        let statements = 0..=u64::MAX / 2;
        (texts, any::<bool>(), any::<u32>(), statements, 0_u32..2, 0_u32..2).prop_map(
            |(
                (dir, base, repo_path, repo, name),
                is_generated,
                line,
                statements,
                binaries,
                build,
            )| {
                NeverFunc {
                    dir,
                    base,
                    repo_path,
                    repo,
                    is_generated,
                    name,
                    line,
                    statements,
                    binaries,
                    build,
                }
            },
        )
    }

    fn shard(funcs: Vec<NeverFunc>, repos: Vec<NeverRepo>) -> NeverShard {
        let builds = ["ab".repeat(16), "cd".repeat(16)].into();
        NeverShard { strings: names(), builds, binaries: vec![vec![4], vec![4, 3]], funcs, repos }
    }

    proptest! {
        #[test]
        fn rows_come_back(
            funcs in vec(any_func(), 0..20),
            repos in vec((any::<u32>(), any::<u32>(), 0_u64..1 << 40), 0..5),
        ) {
            let repo = |(at, (repo, funcs, statements)): (usize, (u32, u32, u64))| NeverRepo {
                repo,
                shard: format!("never-{at:016x}"),
                written: NeverSum { funcs, statements },
                generated: NeverSum { funcs: repo, statements: statements / 2 },
            };
            let shard = shard(funcs, repos.into_iter().enumerate().map(repo).collect());
            prop_assert_eq!(NeverShard::decode(&shard.encode().unwrap()).unwrap(), shard);
        }

        #[test]
        fn hostile_columns_never_panic(values in vec(-1_i64..3, 0..5), other in vec(any::<i64>(), 0..5)) {
            let mut columns = Columns::new(names());
            columns.put_texts("builds", ["x".to_owned()]);
            columns.put_texts("repos.shard", ["x".to_owned()]);
            for name in ["binaries", "binaries.len", "statements", "repos.repo"] {
                columns.put(name, values.iter().copied());
            }
            for name in ["repos.funcs", "repos.statements", "repos.generated.funcs", "repos.generated.statements"] {
                columns.put(name, other.iter().copied());
            }
            for (name, _) in FIELDS {
                columns.put(name, values.iter().copied());
            }
            let bytes = shard::encode(Kind::Never, &columns, &[]).unwrap();
            if let Ok(read) = NeverShard::decode(&bytes) {
                for func in &read.funcs {
                    let _ = (read.path(func), read.binaries_of(func));
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for func in [
            NeverFunc { build: 2, ..NeverFunc::default() },
            NeverFunc { binaries: 2, ..NeverFunc::default() },
        ] {
            assert!(NeverShard::decode(&shard(vec![func], vec![]).encode().unwrap()).is_err());
        }
        let func = NeverFunc { dir: 1, base: 2, binaries: 1, ..NeverFunc::default() };
        let shard = shard(vec![func], vec![]);
        assert_eq!(
            (shard.path(&func).as_str(), shard.binaries_of(&func)),
            ("m/a/a.go", vec!["api", "F"])
        );
    }
}
