//! The files of a build as a list or as a tree of directories, with sums.

mod dirs;

use std::rc::Rc;

use covatlas_shared::{
    counts::CountsShard,
    files::{FileRow, StatsShard},
    stats::Coverage,
};

use dirs::Dirs;

use super::{
    haystack::holds,
    sorting::{sort_positions, sorted_positions},
    stat::{Column, Order, Reach, Stat},
};
use crate::route::{Counts, FileListView};

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

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
