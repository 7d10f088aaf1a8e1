//! What ran before and does not now, and the other way round.
//!
//! A statement is the same on both sides when path as built and unit list of its file are, and
//! its position in that list is. Files whose lists differ are laid on each other by the texts of both
//! commits, as far as these are there: a statement is then the same where the text is. What has no
//! counterpart is not compared but counted.

mod align;
mod change;
mod detail;
mod funcs;
mod markdown;

use std::collections::BTreeSet;

use rayon::prelude::*;

pub use align::{Hunk, Texts};
pub use change::{Change, State};
pub use detail::{ComparedFile, ComparedFunc, ComparedVariant};
pub use markdown::markdown;

use self::{align::Aligner, change::compare_variants};
use super::{
    Data, Row, StatsError,
    group::select,
    side::{self, Files, Key, Part, Side},
};
use crate::{args::CompareBy, selection::Selection};

/// Two sides compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Over everything that the selection leaves, each statement once.
    pub total: Change,
    /// One line for each thing that was asked for, most lost first.
    pub lines: Vec<Line>,
}

/// One thing on both sides.
#[derive(Clone, Debug)]
pub struct Line {
    /// The columns that say which thing it is.
    pub key: Row,
    /// What changed.
    pub change: Change,
}

impl Comparison {
    /// Statements that any line lost.
    pub fn lost(&self) -> u64 {
        self.lines.iter().map(|line| line.change.lost).sum::<u64>().max(self.total.lost)
    }
}

impl Line {
    /// The line with the columns of its key and the promised numbers.
    pub fn row(&self, by: CompareBy) -> Row {
        let change = &self.change;
        let row = match by {
            CompareBy::File | CompareBy::Func => {
                self.key.clone().with("state", change.state().as_str())
            }
            _ => self.key.clone(),
        };
        let (before, after) = (change.before, change.after);
        // Nothing was compared where the lists of units differ and no texts tell more.
        let compared = |n: u64| change.is_compared().then_some(n);
        let row = row
            .with("statements_before", before.statements())
            .with("covered_before", before.covered())
            .with("percent_before", before.percent())
            .with_coverage(after)
            .with("gained", compared(change.gained))
            .with("lost", compared(change.lost))
            .with("uncovered", compared(change.uncovered))
            .with("kept", compared(change.kept))
            .with("unmatched", change.unmatched());
        match by {
            CompareBy::File | CompareBy::Func => row,
            _ => row
                .with("files_same", change.files_same)
                .with("files_changed", change.files_changed)
                .with("files_aligned", change.files_aligned)
                .with("files_added", change.files_added)
                .with("files_removed", change.files_removed),
        }
    }
}

/// Two collections, or two moments of one, about to be compared.
pub struct Comparer<'a> {
    before: Side<'a>,
    after: Side<'a>,
    /// All files of both sides.
    all: [Files<'a>; 2],
    aligner: Aligner<'a>,
    total: Change,
}

impl<'a> Comparer<'a> {
    /// Takes what the selection leaves of both sides; one side may have nothing of it. `texts` are
    /// those of both sides: without them files that changed are not compared.
    ///
    /// # Errors
    /// [`StatsError::NoMatch`] when neither side has anything, [`StatsError::Nothing`] when one of
    /// them is empty altogether.
    pub fn new(
        before: &'a Data,
        after: &'a Data,
        texts: Option<Texts<'a>>,
        selection: &'a Selection,
    ) -> Result<Self, StatsError> {
        let side = |data| match select(data, selection) {
            Ok(groups) => Ok(Side::new(groups, selection)),
            Err(StatsError::NoMatch(_)) => Ok(Side::new(Vec::new(), selection)),
            Err(err) => Err(err),
        };
        let (before, after) = (side(before)?, side(after)?);
        let all = [before.whole(), after.whole()].map(|part| part.files());
        if all.iter().all(Files::is_empty) {
            return Err(StatsError::NoMatch(selection.to_string()));
        }
        let places = [&before, &after].map(|side| match texts {
            Some(_) => side.places(),
            None => side::Places::new(),
        });
        let aligner = Aligner::new(texts, places);
        let mut comparer = Self { before, after, all, aligner, total: Change::default() };
        let [all_before, all_after] = &comparer.all;
        let mut total = comparer.change_of(all_before, all_after);
        if all_after.is_empty() {
            total.lose_everything();
        }
        comparer.total = total;
        Ok(comparer)
    }

    /// What changed of each thing that `by` names.
    ///
    /// Lines in which nothing changed are there as well: see [`Change::is_nothing`].
    pub fn compare(&self, by: CompareBy) -> Comparison {
        let [all_before, all_after] = &self.all;
        let mut lines = match by {
            CompareBy::Collection => vec![Line { key: Row::default(), change: self.total }],
            CompareBy::File => self.file_lines(),
            CompareBy::Func => funcs::lines(all_before, all_after, &self.aligner),
            _ => self.part_lines(by),
        };
        // Stable: equal ones stay in the order of their keys.
        lines.sort_by_key(|line| {
            std::cmp::Reverse((line.change.lost, line.change.gained, line.change.files_changed))
        });
        Comparison { total: self.total, lines }
    }

    /// The paths that either side has.
    fn paths(&self) -> BTreeSet<&'a str> {
        self.all.iter().flat_map(|files| files.keys().copied()).collect()
    }

    /// Everything that changed in two sets of files.
    fn change_of(&self, before: &Files<'_>, after: &Files<'_>) -> Change {
        let paths: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let change =
            |path: &str| compare_variants(path, before.get(path), after.get(path), &self.aligner);
        paths.into_iter().map(change).fold(Change::default(), Change::plus)
    }

    fn file_lines(&self) -> Vec<Line> {
        let [before, after] = &self.all;
        let line = |path: &str| Line {
            key: Row::default()
                .with("path", path)
                .with_known("repo_path", side::repo_path(after.get(path), before.get(path))),
            change: compare_variants(path, before.get(path), after.get(path), &self.aligner),
        };
        self.paths().into_iter().map(line).collect()
    }

    /// Lines of things that are sets of processes or, for repositories, of files.
    fn part_lines(&self, by: CompareBy) -> Vec<Line> {
        let (mut before, mut after) = (self.before.parts(by), self.after.parts(by));
        let keys: BTreeSet<Key> = before.keys().chain(after.keys()).cloned().collect();
        let keys: Vec<_> =
            keys.into_iter().map(|key| (before.remove(&key), after.remove(&key), key)).collect();
        let line = |(before, after, key): &(Option<Part<'_>>, Option<Part<'_>>, Key)| {
            let (before, after) = (before.as_ref(), after.as_ref());
            let key = side::key_row(by, key);
            let key = match by {
                CompareBy::Repo => key
                    .with("commits_before", before.map(Part::commits).unwrap_or_default())
                    .with("commits", after.map(Part::commits).unwrap_or_default()),
                _ => key,
            };
            let [files_before, files_after] =
                [before, after].map(|part| part.map(Part::files).unwrap_or_default());
            let mut change = self.change_of(&files_before, &files_after);
            if after.is_none() {
                change.lose_everything();
            }
            Line { key, change }
        };
        keys.par_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests;
