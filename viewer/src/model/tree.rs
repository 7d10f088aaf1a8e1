//! The files of a build as a list or as a tree of directories, with sums.

use std::{cmp::Ordering, rc::Rc};

use covatlas_shared::{
    counts::CountsShard,
    files::{FileRow, StatsShard},
    stats::Coverage,
};

use super::{
    haystack::holds,
    sorting::{sort_positions, sorted_positions, sorted_things},
    stat::{Column, Order, Reach, Stat},
};
use crate::route::{Counts, FileListView};

/// Directories open by themselves, the one with most uncovered statements first, while the table
/// does not get longer than this.
const OPEN_ROWS: usize = 80;

/// A directory that holds less than one part in so many of what never ran does not open by itself.
const OPEN_SHARE: u64 = 20;

/// Directories below this depth are not told apart; no tree that people make is so deep.
const MAX_DEPTH: usize = 64;

/// A file with its numbers.
#[derive(Clone, Debug)]
pub struct FileStat {
    /// The path as built.
    pub path: Rc<str>,
    /// The path in lower case, for the filter.
    lower: Box<str>,
    /// What ran of it.
    pub stat: Stat,
    /// Whether a tool wrote it.
    pub is_generated: bool,
    /// Whether its text was not found, or does not fit.
    pub has_no_text: bool,
    /// How many files these are: of a repository's path as many as builds differ in it, none where
    /// no build has it.
    pub n_variants: usize,
    /// Builds that have it, then owners that ran it, as words of bits; empty on a build's page.
    pub crowd: Vec<u32>,
}

/// The files of a build, in the order of its stats shard.
#[derive(Clone, Debug, Default)]
pub struct FileList {
    files: Vec<FileStat>,
    /// Positions of the files by path.
    sorted: Vec<usize>,
    /// Bytes at the start of every path that are not shown: the common directory with its `/`.
    prefix: usize,
    /// How many words of a crowd are of builds.
    n_build_words: usize,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// What it is.
    pub item: Item,
    /// The name to show: of a directory with `/` at its end, in a list with its directory.
    pub name: String,
    /// From 0.
    pub depth: usize,
    /// What ran of it.
    pub stat: Stat,
}

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A directory.
    Dir {
        /// Its path as built, with `/` at the end.
        path: String,
        /// Files in it and below.
        n_files: usize,
        /// Whether its rows follow.
        is_open: bool,
    },
    /// A file, by its position in the build.
    File(usize),
}

impl FileStat {
    /// A file with its numbers, with text, by people.
    pub fn new(path: String, stat: Stat) -> Self {
        Self {
            lower: path.to_lowercase().into(),
            path: path.into(),
            stat,
            is_generated: false,
            has_no_text: false,
            n_variants: 1,
            crowd: Vec::new(),
        }
    }

    /// Whether the path holds `word`, which is in lower case.
    pub fn holds(&self, word: &str) -> bool {
        holds(self.lower.as_bytes(), word)
    }
}

impl FileList {
    /// The files of `stats`; `own` has the counts of the owner, `None` on a page without owner.
    pub fn new(stats: &StatsShard, own: Option<&CountsShard>) -> Self {
        let row = |(i, file): (usize, &FileRow)| {
            let covered = own.map(|c| c.files.get(i).copied().unwrap_or(0));
            FileStat {
                is_generated: file.is_generated,
                has_no_text: has_no_text(stats, file),
                ..FileStat::new(stats.path(file), Stat::new(file.coverage, covered))
            }
        };
        Self::of(stats.files.iter().enumerate().map(row).collect())
    }

    fn of(files: Vec<FileStat>) -> Self {
        let path = |i: usize| files.get(i).map_or("", |f| &f.path);
        let sorted = sorted_positions(files.len(), &mut |a, b| path(a).cmp(path(b)));
        let end = |i: Option<&usize>| i.map_or("", |i| path(*i));
        let ends = (end(sorted.first()), end(sorted.last()));
        // What the first and the last path share, all share.
        let common = ends.0.bytes().zip(ends.1.bytes()).take_while(|(a, b)| a == b).count();
        let prefix = ends.0.as_bytes().get(..common).unwrap_or_default();
        let prefix = prefix.iter().rposition(|&b| b == b'/').map_or(0, |i| i.saturating_add(1));
        Self { files, sorted, prefix, n_build_words: 0 }
    }

    /// Files with crowds, of whose words so many are of builds.
    pub fn with_crowds(mut files: Vec<FileStat>, n_build_words: usize) -> Self {
        for file in &mut files {
            file.stat.reach = reach(&file.crowd, n_build_words);
        }
        Self { n_build_words, ..Self::of(files) }
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A file by its position in the build.
    pub fn get(&self, idx: usize) -> Option<&FileStat> {
        self.files.get(idx)
    }

    /// All files, in the order of the build.
    pub fn files(&self) -> &[FileStat] {
        &self.files
    }

    /// Positions of the files by path.
    pub fn by_path(&self) -> &[usize] {
        &self.sorted
    }

    /// The directory that all files share, with `/` at its end; empty when they share none.
    pub fn prefix(&self) -> &str {
        self.files.first().and_then(|f| f.path.get(..self.prefix)).unwrap_or("")
    }

    /// The path of a file without the directory that all share.
    pub fn short<'a>(&self, file: &'a FileStat) -> &'a str {
        file.path.get(self.prefix..).unwrap_or(&file.path)
    }

    /// Positions of the files, by path, whose path holds all words of `filter`, in any case.
    pub fn matching(&self, filter: &str) -> Vec<usize> {
        let filter = filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let has = |i: &usize| self.get(*i).is_some_and(|f| words.iter().all(|word| f.holds(word)));
        self.sorted.iter().copied().filter(has).collect()
    }

    /// How many files tools wrote.
    pub fn n_generated(&self) -> usize {
        self.files.iter().filter(|f| f.is_generated).count()
    }

    /// Those of the files at `shown` that people wrote, in the same order.
    pub fn written(&self, shown: &[usize]) -> Vec<usize> {
        let is_written = |idx: &usize| self.get(*idx).is_some_and(|f| !f.is_generated);
        shown.iter().copied().filter(is_written).collect()
    }

    /// What ran of the files at `shown`, added up.
    pub fn sum(&self, shown: &[usize]) -> Coverage {
        let own = shown.iter().filter_map(|idx| self.get(*idx)).map(|f| f.stat.own);
        own.fold(Coverage::default(), Coverage::plus)
    }

    /// Positions of the files by path that the words of `filter` find; without what tools wrote
    /// when `written`.
    pub fn listed(&self, FileListView { q, written, .. }: &FileListView) -> Vec<usize> {
        let matching = self.matching(q);
        if *written { self.written(&matching) } else { matching }
    }

    /// The files at `shown` (by path) in another order, by the numbers of `counts`.
    pub fn ordered(&self, shown: &[usize], order: Order, counts: Counts) -> Vec<usize> {
        let mut ordered = shown.to_vec();
        if order.column == Column::Name {
            if order.descending {
                ordered.reverse();
            }
            return ordered;
        }
        let stat = |idx: usize| self.get(idx).map(|f| f.stat.by(counts)).unwrap_or_default();
        sort_positions(&mut ordered, &mut |a, b| order.compare(&stat(a), &stat(b)));
        ordered
    }

    /// The files at `shown` (by path) as a list.
    pub fn list(&self, shown: &[usize], order: Order) -> Vec<TreeRow> {
        let ordered = self.ordered(shown, order, Counts::Here);
        ordered.into_iter().filter_map(|idx| self.file_row(idx, self.prefix, 0)).collect()
    }

    /// The files at `shown` (by path) as a tree. Directories in `toggled` are open when they would
    /// be closed, and the other way round; `all_open` opens all by default.
    pub fn tree(
        &self,
        shown: &[usize],
        order: Order,
        toggled: &[String],
        all_open: bool,
    ) -> Vec<TreeRow> {
        let dirs = Dirs::new(self, shown);
        let open = dirs.open(toggled, all_open);
        let mut rows = Vec::new();
        let mut stack = dirs.rows(self, 0, 0, order, &open);
        while let Some((row, dir)) = stack.pop() {
            let depth = row.depth.saturating_add(1);
            let is_open = matches!(row.item, Item::Dir { is_open: true, .. });
            rows.push(row);
            if let Some(dir) = dir.filter(|_| is_open) {
                stack.extend(dirs.rows(self, dir, depth, order, &open));
            }
        }
        rows
    }

    fn file_row(&self, idx: usize, from: usize, depth: usize) -> Option<TreeRow> {
        let file = self.get(idx)?;
        let name = file.path.get(from..).unwrap_or(&file.path).to_owned();
        Some(TreeRow { item: Item::File(idx), name, depth, stat: file.stat })
    }
}

/// The directories of some files; the first is the root.
struct Dirs(Vec<Dir>);

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
    fn new(list: &FileList, shown: &[usize]) -> Self {
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
    fn open(&self, toggled: &[String], all_open: bool) -> Vec<bool> {
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
    fn rows(
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

/// Whether there is no text of a file that can be shown in colours.
pub fn has_no_text(stats: &StatsShard, file: &FileRow) -> bool {
    matches!(stats.strings.get(file.resolution), "unresolved" | "mismatch" | "")
}

/// Sets every bit that is set in `other`.
pub fn unite(crowd: &mut Vec<u32>, other: &[u32]) {
    if crowd.len() < other.len() {
        crowd.resize(other.len(), 0);
    }
    crowd.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

fn reach(crowd: &[u32], n_build_words: usize) -> Reach {
    let (builds, owners) = crowd.split_at_checked(n_build_words).unwrap_or_default();
    let ones = |words: &[u32]| words.iter().map(|word| word.count_ones()).sum();
    Reach { builds: ones(builds), owners: ones(owners) }
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

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
