//! The directories of some files: sums, which are open, and their rows.

use std::cmp::Ordering;

use super::{
    super::{
        sorting::sorted_things,
        stat::{Column, Order, Stat},
    },
    FileList, Item, TreeRow, reach, unite,
};

/// Directories open by themselves, the one with most uncovered statements first, while the table
/// does not get longer than this.
const OPEN_ROWS: usize = 80;

/// A directory that holds less than one part in so many of what never ran does not open by itself.
const OPEN_SHARE: u64 = 20;

/// Directories below this depth are not told apart; no tree that people make is so deep.
const MAX_DEPTH: usize = 64;

/// The directories of some files; the first is the root.
pub(super) struct Dirs(Vec<Dir>);

#[derive(Debug, Default)]
struct Dir {
    /// The path as built, up to and with its last `/`.
    path: String,
    stat: Stat,
    /// Those of all files in it and below.
    crowd: Vec<u32>,
    n_files: usize,
    dirs: Vec<usize>,
    files: Vec<usize>,
}

impl Dirs {
    pub(super) fn new(list: &FileList, shown: &[usize]) -> Self {
        let root = Dir { path: list.prefix().to_owned(), ..Dir::default() };
        let mut dirs = vec![root];
        // The directories that the current file is in, from the root.
        let mut inside = vec![0_usize];
        for &idx in shown {
            let Some(file) = list.get(idx) else { continue };
            while inside.len() > 1
                && let Some(&last) = inside.last()
                && dirs.get(last).is_some_and(|d| !file.path.starts_with(&d.path))
            {
                inside.pop();
            }
            descend(&mut dirs, &mut inside, &file.path);
            for &dir in &inside {
                if let Some(dir) = dirs.get_mut(dir) {
                    dir.stat = dir.stat.plus(file.stat);
                    dir.n_files = dir.n_files.saturating_add(1);
                    unite(&mut dir.crowd, &file.crowd);
                }
            }
            if let Some(dir) = inside.last().and_then(|&last| dirs.get_mut(last)) {
                dir.files.push(idx);
            }
        }
        for dir in &mut dirs {
            dir.stat.reach = reach(&dir.crowd, list.n_build_words);
        }
        Self(dirs)
    }

    fn get(&self, idx: usize) -> Option<&Dir> {
        self.0.get(idx)
    }

    /// The directory that is shown for `idx`: one that holds nothing but one directory is shown as
    /// one row with it.
    fn folded(&self, mut idx: usize) -> usize {
        while let Some(Dir { dirs, files, .. }) = self.get(idx)
            && let ([only], []) = (dirs.as_slice(), files.as_slice())
        {
            idx = *only;
        }
        idx
    }

    fn n_children(&self, idx: usize) -> usize {
        self.get(idx).map_or(0, |d| d.dirs.len().saturating_add(d.files.len()))
    }

    /// For each directory whether it is open.
    pub(super) fn open(&self, toggled: &[String], all_open: bool) -> Vec<bool> {
        let mut open = vec![all_open; self.0.len()];
        if !all_open {
            self.open_heaviest(&mut open);
        }
        for (dir, is_open) in self.0.iter().zip(&mut open) {
            *is_open ^= toggled.contains(&dir.path);
        }
        open
    }

    fn open_heaviest(&self, open: &mut [bool]) {
        let mut n_rows = self.n_children(0);
        let (total, n_files) =
            self.get(0).map_or((0, 0), |root| (root.stat.own.uncovered(), root.n_files));
        let all_fit = self.0.len().saturating_add(n_files) <= OPEN_ROWS;
        let mut closed: Vec<usize> = self.get(0).map(|d| d.dirs.clone()).unwrap_or_default();
        while n_rows < OPEN_ROWS {
            let weight = |dir: usize| self.get(dir).map_or(0, |d| d.stat.own.uncovered());
            closed.retain(|&dir| {
                n_rows + self.n_children(self.folded(dir)) <= OPEN_ROWS
                    && (all_fit || weight(dir).saturating_mul(OPEN_SHARE) >= total)
            });
            let heaviest = closed
                .iter()
                .enumerate()
                .max_by_key(|(i, dir)| (weight(**dir), std::cmp::Reverse(*i)));
            let Some(dir) = heaviest.map(|(i, _)| i).map(|i| self.folded(closed.swap_remove(i)))
            else {
                return;
            };
            n_rows = n_rows.saturating_add(self.n_children(dir));
            if let Some(is_open) = open.get_mut(dir) {
                *is_open = true;
            }
            closed.extend(self.get(dir).map(|d| d.dirs.as_slice()).unwrap_or_default());
        }
    }

    /// The rows of a directory's children, last first, each with its directory.
    pub(super) fn rows(
        &self,
        list: &FileList,
        parent: usize,
        depth: usize,
        order: Order,
        open: &[bool],
    ) -> Vec<(TreeRow, Option<usize>)> {
        let Some(parent) = self.get(parent) else { return Vec::new() };
        let from = parent.path.len();
        let mut rows: Vec<(TreeRow, Option<usize>)> = Vec::new();
        for idx in parent.dirs.iter().map(|&dir| self.folded(dir)) {
            let Some(dir) = self.get(idx) else { continue };
            let item = Item::Dir {
                path: dir.path.clone(),
                n_files: dir.n_files,
                is_open: open.get(idx).copied().unwrap_or(false),
            };
            let name = dir.path.get(from..).unwrap_or_default().to_owned();
            rows.push((TreeRow { item, name, depth, stat: dir.stat }, Some(idx)));
        }
        let files = parent.files.iter().filter_map(|&idx| list.file_row(idx, from, depth));
        rows.extend(files.map(|row| (row, None)));
        sorted_things(rows, |(a, _), (b, _)| by(order, b, a))
    }
}

/// Adds the directories of `path` that are below the last one of `inside`.
fn descend(dirs: &mut Vec<Dir>, inside: &mut Vec<usize>, path: &str) {
    while inside.len() < MAX_DEPTH
        && let Some(&parent) = inside.last()
        && let Some(from) = dirs.get(parent).map(|d| d.path.len())
        && let Some(slash) = path.get(from..).and_then(|rest| rest.find('/'))
    {
        let end = from.saturating_add(slash).saturating_add(1);
        let dir = Dir { path: path.get(..end).unwrap_or(path).to_owned(), ..Dir::default() };
        let idx = dirs.len();
        dirs.push(dir);
        if let Some(parent) = dirs.get_mut(parent) {
            parent.dirs.push(idx);
        }
        inside.push(idx);
    }
}

fn by(order: Order, a: &TreeRow, b: &TreeRow) -> Ordering {
    let is_file = |row: &TreeRow| matches!(row.item, Item::File(_));
    if order.column == Column::Name {
        let names = a.name.cmp(&b.name);
        let names = if order.descending { names.reverse() } else { names };
        return is_file(a).cmp(&is_file(b)).then(names);
    }
    order.compare(&a.stat, &b.stat).then_with(|| a.name.cmp(&b.name))
}
