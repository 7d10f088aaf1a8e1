//! Comparing func by func.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::stats::Coverage;

use super::{
    Line, Row,
    align::{Aligner, Counterpart},
    change::Change,
};
use crate::stats::side::{self, Files, SourceFile, Variants};

/// One line for each func with statements, by path and line.
pub(super) fn lines<'a>(before: &Files<'a>, after: &Files<'a>, aligner: &Aligner<'a>) -> Vec<Line> {
    let paths: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let of_path = |path: &&str| {
        let (old, new) = (before.get(path), after.get(path));
        let repo_path = side::repo_path(new, old);
        let key = |func: &Func<'_>| {
            Row::default()
                .with("path", *path)
                .with_known("repo_path", repo_path)
                .with("func", func.name)
                .with("line", func.line)
        };
        let changes = changes(path, old, new, aligner).into_iter();
        changes.map(|(func, change)| Line { key: key(&func), change }).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A func of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Func<'a> {
    pub(super) name: &'a str,
    pub(super) line: u32,
}

/// The funcs of a path with what changed of them, in the order of lines.
pub(super) fn changes<'v, 'a>(
    path: &str,
    before: Option<&'v Variants<'a>>,
    after: Option<&'v Variants<'a>>,
    aligner: &Aligner<'a>,
) -> Vec<(Func<'v>, Change)> {
    let both = before.zip(after);
    let pairs = both.map(|(old, new)| aligner.counterparts(path, old, new)).unwrap_or_default();
    let compared = pairs.iter().flat_map(|(_, new, old)| compared_file(old, new)).collect();
    let changes = match united(compared) {
        none if none.is_empty() => {
            by_line(by_name(before.and_then(fullest), after.and_then(fullest)))
        }
        changes => changes,
    };
    changes.into_iter().filter(|(_, c)| c.before.statements() + c.after.statements() > 0).collect()
}

/// Funcs of several variants of a file: those of one line and name count as one.
fn united<'a>(changes: Vec<(Func<'a>, Change)>) -> Vec<(Func<'a>, Change)> {
    let mut all: BTreeMap<(u32, &str), (Func<'a>, Change)> = BTreeMap::new();
    for (func, change) in changes {
        let known = all.entry((func.line, func.name)).or_insert((func, Change::default()));
        known.1 = known.1.plus(change);
    }
    all.into_values().collect()
}

/// Of several lists of units the one of which most ran.
fn fullest<'a>(variants: &'a Variants<'_>) -> Option<&'a SourceFile<'a>> {
    let file = variants.values().max_by_key(|file| file.coverage().covered());
    file.map(|file| -> &'a SourceFile<'a> { file })
}

/// Funcs of a file of which statements were compared; none when there was nothing to compare with.
fn compared_file<'v, 'a>(
    before: &Counterpart<'v, 'a>,
    after: &'v SourceFile<'a>,
) -> Vec<(Func<'v>, Change)> {
    let mut compared = vec![Change::default(); after.table.funcs_of(after.file).len()];
    let of_unit: Vec<usize> = after.table.unit_funcs_of(after.file).collect();
    for (position, statements) in after.statements() {
        let func = of_unit.get(position).and_then(|func| compared.get_mut(*func));
        if let Some((change, ran)) = func.zip(before.ran(position)) {
            change.compare_unit(ran, after.ran.get(position), statements);
        }
    }
    if let Some(old) = before.same {
        let both = coverages(old).into_iter().zip(coverages(after)).zip(compared);
        let changes =
            both.map(|((before, after), change)| Change { before, after, files_same: 1, ..change });
        return funcs(after).zip(changes).collect();
    }
    let Some(old) = before.aligned.first().map(|aligned| aligned.file) else {
        return Vec::new();
    };
    let mut all = by_name(Some(old), Some(after));
    for ((key, ..), compared) in named(Some(after)).into_iter().zip(compared) {
        if let Some((_, change)) = all.get_mut(&key) {
            *change = aligned(*change, compared);
        }
    }
    by_line(all)
}

/// What changed of a func, with what was compared of it where the texts are the same.
fn aligned(by_name: Change, compared: Change) -> Change {
    let Change { gained, lost, uncovered, kept, .. } = compared;
    let mut change = Change { gained, lost, uncovered, kept, ..by_name };
    let n = gained + lost + uncovered + kept;
    let statements = [change.before, change.after].map(Coverage::statements);
    change.files_aligned = u64::from(n > 0);
    if change.files_changed > 0 && statements == [n; 2] {
        // It may have moved, but every statement of it is where it was.
        (change.files_same, change.files_changed, change.files_aligned) = (1, 0, 0);
    }
    change
}

/// Funcs by name and how often that name stood before.
type ByName<'a> = BTreeMap<(&'a str, usize), (Func<'a>, Change)>;

/// Funcs of files that are not the same: by name, equal names in their order.
fn by_name<'a>(
    before: Option<&'a SourceFile<'_>>,
    after: Option<&'a SourceFile<'_>>,
) -> ByName<'a> {
    let mut all = ByName::new();
    for (key, func, before) in named(before) {
        all.insert(key, (func, Change { before, files_removed: 1, ..Change::default() }));
    }
    for (key, func, after) in named(after) {
        let (known, change) = all.entry(key).or_insert((func, Change::default()));
        (*known, change.after) = (func, after);
        if change.files_removed == 0 {
            change.files_added = 1;
        } else {
            (change.files_removed, change.files_changed) = (0, 1);
        }
    }
    all
}

fn by_line(all: ByName<'_>) -> Vec<(Func<'_>, Change)> {
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by_key(|(func, _)| func.line);
    all
}

type Named<'a> = ((&'a str, usize), Func<'a>, Coverage);

/// The funcs of a file with what ran of them, by name and how often that name stood before.
fn named<'a>(file: Option<&'a SourceFile<'_>>) -> Vec<Named<'a>> {
    let Some(file) = file else { return Vec::new() };
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let funcs = funcs(file).zip(coverages(file)).map(|(func, coverage)| {
        let times = times.entry(func.name).or_default();
        *times += 1;
        ((func.name, *times), func, coverage)
    });
    funcs.collect()
}

/// What ran of each func of a file.
fn coverages(file: &SourceFile<'_>) -> Vec<Coverage> {
    let of_unit: Vec<usize> = file.table.unit_funcs_of(file.file).collect();
    let mut sums = vec![Coverage::default(); file.table.funcs_of(file.file).len()];
    for (position, statements) in file.statements() {
        let covered = if file.ran.get(position) { statements } else { 0 };
        let sum = of_unit.get(position).and_then(|func| sums.get_mut(*func));
        if let Some((sum, unit)) = sum.zip(Coverage::new(statements, covered)) {
            *sum = sum.plus(unit);
        }
    }
    sums
}

fn funcs<'a>(file: &'a SourceFile<'_>) -> impl Iterator<Item = Func<'a>> {
    let funcs = file.table.funcs_of(file.file).iter();
    funcs.map(|func| Func { name: &func.name, line: func.line })
}
