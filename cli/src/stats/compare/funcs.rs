//! Comparing func by func.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::stats::Coverage;

use super::{Line, Row, change::Change};
use crate::stats::side::{self, Files, SourceFile, Variants};

/// One line for each func with statements, by path and line.
pub(super) fn lines(before: &Files<'_>, after: &Files<'_>) -> Vec<Line> {
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
        let changes = changes(old, new).into_iter();
        changes.map(|(func, change)| Line { key: key(&func), change }).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A func of one file.
#[derive(Clone, Copy, Debug)]
struct Func<'a> {
    name: &'a str,
    line: u32,
}

/// The funcs of a path with what changed of them, in the order of lines.
fn changes<'a>(
    before: Option<&'a Variants<'_>>,
    after: Option<&'a Variants<'_>>,
) -> Vec<(Func<'a>, Change)> {
    let same = before.zip(after).map(|(old, new)| {
        let both = new.iter().filter_map(|(digest, file)| Some((old.get(digest)?, file)));
        both.flat_map(|(old, new)| same_file(old, new)).collect::<Vec<_>>()
    });
    let changes = match same.filter(|same| !same.is_empty()) {
        Some(same) => united(same),
        None => other_file(before.and_then(fullest), after.and_then(fullest)),
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

fn same_file<'a>(before: &'a SourceFile<'_>, after: &'a SourceFile<'_>) -> Vec<(Func<'a>, Change)> {
    let mut changes: Vec<Change> = coverages(before)
        .into_iter()
        .zip(coverages(after))
        .map(|(before, after)| Change { before, after, files_same: 1, ..Change::default() })
        .collect();
    let of_unit: Vec<usize> = after.table.unit_funcs_of(after.file).collect();
    for (position, statements) in after.statements() {
        let func = of_unit.get(position).and_then(|func| changes.get_mut(*func));
        if let Some(change) = func {
            change.compare_unit(before.ran.get(position), after.ran.get(position), statements);
        }
    }
    funcs(after).zip(changes).collect()
}

/// Funcs of files that are not the same: by name, equal names in their order.
fn other_file<'a>(
    before: Option<&'a SourceFile<'_>>,
    after: Option<&'a SourceFile<'_>>,
) -> Vec<(Func<'a>, Change)> {
    let mut all: BTreeMap<(&str, usize), (Func<'a>, Change)> = BTreeMap::new();
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
