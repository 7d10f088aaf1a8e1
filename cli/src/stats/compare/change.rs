//! What changed of one file, or of many.

use std::collections::BTreeMap;

use covatlas_shared::stats::Coverage;

use super::align::Aligner;
use crate::stats::side::{SourceFile, Variants};

/// How a file or func is on the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The same text as far as coverage goes: statements were compared.
    Same,
    /// On both sides, with another list of units: compared where the text is the same, if the texts
    /// are there.
    Changed,
    /// Only now.
    Added,
    /// Only before.
    Removed,
}

impl State {
    /// The word for it in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// Numbers of both sides and what is between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub before: Coverage,
    /// Now.
    pub after: Coverage,
    /// Statements that run now and did not before, of those that were compared.
    pub gained: u64,
    /// Statements that ran before and do not now, of those that were compared.
    pub lost: u64,
    /// Statements that ran neither before nor now, of those that were compared.
    pub uncovered: u64,
    /// Statements that ran before and run now, of those that were compared.
    pub kept: u64,
    /// Files with a list of units that both sides have.
    pub files_same: u64,
    /// Files on both sides of which some list of units has no equal on the other.
    pub files_changed: u64,
    /// Those of them that were compared where their texts are the same.
    pub files_aligned: u64,
    /// Files that only the new side has.
    pub files_added: u64,
    /// Files that only the old side has.
    pub files_removed: u64,
    /// Whether the new side has nothing of it at all, so that everything that ran was lost.
    pub is_gone: bool,
}

impl Change {
    /// Both changes together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            before: self.before.plus(other.before),
            after: self.after.plus(other.after),
            gained: self.gained.saturating_add(other.gained),
            lost: self.lost.saturating_add(other.lost),
            uncovered: self.uncovered.saturating_add(other.uncovered),
            kept: self.kept.saturating_add(other.kept),
            files_same: self.files_same.saturating_add(other.files_same),
            files_changed: self.files_changed.saturating_add(other.files_changed),
            files_aligned: self.files_aligned.saturating_add(other.files_aligned),
            files_added: self.files_added.saturating_add(other.files_added),
            files_removed: self.files_removed.saturating_add(other.files_removed),
            is_gone: self.is_gone && other.is_gone,
        }
    }

    /// The thing itself is gone, not just files of it: whatever it ran, nothing of it runs now.
    pub(super) fn lose_everything(&mut self) {
        self.is_gone = true;
        self.lost = self.before.covered();
    }

    /// Whether both sides are alike.
    pub fn is_nothing(&self) -> bool {
        let files = [self.files_changed, self.files_added, self.files_removed];
        self.gained == 0 && self.lost == 0 && files == [0, 0, 0]
    }

    /// Whether any statement was compared, or all were lost.
    pub fn is_compared(&self) -> bool {
        self.files_same > 0 || self.files_aligned > 0 || self.is_gone
    }

    /// Statements now that no statement before corresponds to.
    pub fn unmatched(&self) -> u64 {
        let compared = [self.gained, self.lost, self.uncovered, self.kept];
        compared.iter().fold(self.after.statements(), |rest, n| rest.saturating_sub(*n))
    }

    /// How one file or func is.
    pub fn state(&self) -> State {
        match self {
            Self { files_changed: 1.., .. } => State::Changed,
            Self { files_added: 1.., .. } => State::Added,
            Self { files_removed: 1.., .. } => State::Removed,
            _ => State::Same,
        }
    }
}

/// Compares the variants of one path: of equal lists of units the statements, of others those that
/// stand where the text is the same, if the texts are there.
pub(super) fn compare_variants(
    path: &str,
    before: Option<&Variants<'_>>,
    after: Option<&Variants<'_>>,
    aligner: &Aligner<'_>,
) -> Change {
    let none = BTreeMap::new();
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let mut change = Change {
        before: before.values().map(SourceFile::coverage).fold(Coverage::default(), Coverage::plus),
        after: after.values().map(SourceFile::coverage).fold(Coverage::default(), Coverage::plus),
        ..Change::default()
    };
    for (_, file, old) in aligner.counterparts(path, before, after) {
        change.files_same = change.files_same.max(old.same.is_some().into());
        change.files_aligned = change.files_aligned.max((!old.aligned.is_empty()).into());
        for (position, statements) in file.statements() {
            if let Some(ran) = old.ran(position) {
                change.compare_unit(ran, file.ran.get(position), statements);
            }
        }
    }
    let is_whole = before.keys().eq(after.keys());
    match (before.is_empty(), after.is_empty()) {
        (true, false) => change.files_added = 1,
        (false, true) => change.files_removed = 1,
        _ => change.files_changed = u64::from(!is_whole),
    }
    change
}

impl Change {
    /// Takes one unit into account: whether it ran, before and now.
    pub(super) fn compare_unit(&mut self, before: bool, after: bool, statements: u64) {
        let count = match (before, after) {
            (false, true) => &mut self.gained,
            (true, false) => &mut self.lost,
            (false, false) => &mut self.uncovered,
            (true, true) => &mut self.kept,
        };
        *count = count.saturating_add(statements);
    }
}
