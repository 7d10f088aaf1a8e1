//! Two collections, or two moments of one, compared: totals, owners, files and funcs.

mod columns;

use crate::{
    codec::{StrIdx, Strings},
    path,
    shard::{self, Kind, ShardError},
    stats::Coverage,
};

/// What changed: all owners, the files and funcs that changed most, and all repositories; or all
/// files and funcs of one repository.
///
/// Invariant after decoding: rows point only to what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareShard {
    /// The strings that rows point to.
    pub strings: Strings,
    /// What is compared with what.
    pub about: About,
    /// Over everything, each statement once.
    pub total: Delta,
    /// How many files are on both sides with the same units, with others, of these how many were
    /// compared by their texts, and how many are only there now or were only there before.
    pub n_files: [u64; 5],
    /// Owners, what lost most first; none in the shard of a repository.
    pub owners: Vec<OwnerDelta>,
    /// The repositories that files are in, sorted by name; none in the shard of a repository.
    pub repos: Vec<RepoDeltas>,
    /// Files, sorted by path as built.
    pub files: Vec<FileDelta>,
    /// The lists of units that builds now have of the files: those of the first file first.
    pub variants: Vec<FileVariant>,
    /// Funcs, those of the first file first, then by line.
    pub funcs: Vec<FuncDelta>,
    /// Names of the source packs that variants point to.
    pub packs: Vec<String>,
    /// Names of the shards with counts that variants point to; see [`crate::lines`].
    pub lines: Vec<String>,
    /// Meta hashes, 32 hex digits each, of the builds that variants point to.
    pub builds: Vec<String>,
}

/// What is compared with what. Times are seconds since 1970 UTC, `None` when unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Name of the collection of before; empty when a moment of this one is.
    pub baseline: String,
    /// The moment.
    pub since: Option<i64>,
    /// When the first process of before was seen, and when its last data was written.
    pub before: [Option<i64>; 2],
    /// The same of now.
    pub now: [Option<i64>; 2],
}

/// How something is on the two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing but what ran may differ.
    #[default]
    Same,
    /// On both sides, but not the same code.
    Changed,
    /// Only now.
    Added,
    /// Only before.
    Removed,
}

/// Numbers of both sides and what is between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Before.
    pub before: Coverage,
    /// Now.
    pub after: Coverage,
    /// Statements that run now and did not before, of those that were compared.
    pub gained: u64,
    /// Statements that ran before and do not now.
    pub lost: u64,
    /// Statements that ran neither before nor now.
    pub uncovered: u64,
    /// Statements that ran before and run now.
    pub kept: u64,
    /// How it is on the two sides.
    pub state: State,
}

/// An owner with one of its binaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnerDelta {
    /// The namespace.
    pub namespace: StrIdx,
    /// The owner kind.
    pub kind: StrIdx,
    /// The owner's name.
    pub name: StrIdx,
    /// Name of the binary.
    pub binary: StrIdx,
    /// What changed.
    pub delta: Delta,
}

/// Where everything about a repository is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepoDeltas {
    /// `host/org/repo`; empty for files whose repository is not known.
    pub repo: StrIdx,
    /// Name of the shard with all of its files and funcs in which anything changed or never ran.
    pub shard: String,
    /// How many files these are.
    pub files: u32,
    /// How many funcs these are.
    pub funcs: u32,
}

/// A path as built over all builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileDelta {
    /// The directory part of the path as built, without the last `/`.
    pub dir: StrIdx,
    /// The last part of the path as built.
    pub base: StrIdx,
    /// `host/org/repo`; empty when unresolved.
    pub repo: StrIdx,
    /// Path in the repository; empty when unresolved.
    pub repo_path: StrIdx,
    /// What changed.
    pub delta: Delta,
}

/// A file as some builds now have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileVariant {
    /// Position of the file.
    pub file: u32,
    /// Position of its source pack in [`CompareShard::packs`].
    pub pack: u32,
    /// Position in the pack.
    pub entry: u32,
    /// Whether there is a text in it that fits the units.
    pub has_text: bool,
    /// Position of its counts in [`CompareShard::lines`].
    pub lines: u32,
    /// Position in that shard.
    pub at: u32,
    /// Position in [`CompareShard::builds`] of a build that has it.
    pub build: u32,
    /// The commit in which it was found before; empty when unknown or the same as now.
    pub commit_before: StrIdx,
    /// The commit in which it is found now; likewise.
    pub commit: StrIdx,
}

/// A func over all builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuncDelta {
    /// Position of the file.
    pub file: u32,
    /// The name as the compiler wrote it.
    pub name: StrIdx,
    /// First line of its first unit, from 1: now, or before when it is gone.
    pub line: u32,
    /// What changed.
    pub delta: Delta,
}

impl State {
    const ALL: [Self; 4] = [Self::Same, Self::Changed, Self::Added, Self::Removed];

    /// The word for it, as in `compare --json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    fn code(self) -> u32 {
        match self {
            Self::Same => 0,
            Self::Changed => 1,
            Self::Added => 2,
            Self::Removed => 3,
        }
    }

    fn of_code(code: u32) -> Option<Self> {
        usize::try_from(code).ok().and_then(|code| Self::ALL.get(code)).copied()
    }
}

impl Delta {
    /// Statements now that no statement before corresponds to.
    pub fn unmatched(&self) -> u64 {
        let compared = [self.gained, self.lost, self.uncovered, self.kept];
        compared.iter().fold(self.after.statements(), |rest, n| rest.saturating_sub(*n))
    }

    /// Whether both sides are alike.
    pub fn is_nothing(&self) -> bool {
        self.gained == 0 && self.lost == 0 && self.state == State::Same
    }
}

impl CompareShard {
    /// The path as built of a file: `dir/base`.
    pub fn path(&self, file: &FileDelta) -> String {
        path::join(self.strings.get(file.dir), self.strings.get(file.base))
    }

    /// The variants of the file at a position.
    pub fn variants_of(&self, file: usize) -> &[FileVariant] {
        let of = |variant: &FileVariant| usize::try_from(variant.file).unwrap_or(usize::MAX);
        let start = self.variants.partition_point(|variant| of(variant) < file);
        let end = self.variants.partition_point(|variant| of(variant) <= file);
        self.variants.get(start..end).unwrap_or_default()
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        shard::encode(Kind::Compare, &self.columns(), &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit together, or a row points to something
    /// that is not there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Compare, bytes)?;
        let shard = Self::take(columns).filter(Self::is_whole);
        shard.ok_or_else(|| ShardError::damaged(Kind::Compare, "columns do not fit together"))
    }

    /// Whether all that rows point to is there.
    fn is_whole(&self) -> bool {
        let below = |at: u32, len: usize| usize::try_from(at).is_ok_and(|at| at < len);
        let fits = |v: &FileVariant| {
            below(v.file, self.files.len())
                && below(v.pack, self.packs.len())
                && below(v.lines, self.lines.len())
                && below(v.build, self.builds.len())
        };
        self.variants.iter().all(fits)
            && self.variants.is_sorted_by_key(|v| v.file)
            && self.funcs.iter().all(|f| below(f.file, self.files.len()))
    }
}

#[cfg(test)]
mod tests;
