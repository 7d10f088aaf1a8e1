//! The search: names of owners, binaries, packages, files and funcs, and those that fit a query.

mod beside;
mod hit;

use std::rc::Rc;

use covatlas_shared::{
    owners::Build,
    search::{FuncsShard, PathRow, PathsShard},
};

use super::{
    build_links::BuildLinks,
    find_words::{Fit, fit, words_of},
    format,
    owners::OwnerTable,
    sorting::{sort_by_keys, sorted_things},
};

use beside::Beside;
pub use hit::{Hit, short_repo};

/// What is found, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Owners.
    Owners,
    /// Builds of binaries.
    Binaries,
    /// Go packages.
    Packages,
    /// Files.
    Files,
    /// Funcs.
    Funcs,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Owners, Self::Binaries, Self::Packages, Self::Files, Self::Funcs];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Owners => "Owners",
            Self::Binaries => "Binaries",
            Self::Packages => "Packages",
            Self::Files => "Files",
            Self::Funcs => "Functions",
        }
    }

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owners => "owners",
            Self::Binaries => "binaries",
            Self::Packages => "packages",
            Self::Files => "files",
            Self::Funcs => "functions",
        }
    }

    /// The kind with this name in addresses.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// All names of a site, as far as they are here.
#[derive(Debug)]
pub struct Names {
    links: BuildLinks,
    paths: Option<Rc<PathsShard>>,
    funcs: Option<Rc<FuncsShard>>,
    packages: Vec<Package>,
    /// For each build of the paths its position among the builds of the site.
    builds: Vec<Option<usize>>,
}

/// A Go package of a repository.
#[derive(Debug)]
struct Package {
    /// A file of it.
    file: PathRow,
    n_files: usize,
}

/// Something that fits a query: the position of an owner, a build, a package or a file; of a func
/// that of its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    at: usize,
    /// Position of the func among all funcs.
    func: usize,
}

/// All of one kind that fit a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    items: Vec<Item>,
    /// How well each fits; smaller is better.
    keys: Vec<u64>,
}

impl Hits {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The `n` best, best first.
    pub fn best(&self, n: usize) -> Vec<Item> {
        let mut best: Vec<(u64, Item)> = Vec::new();
        for (key, item) in self.keys.iter().zip(&self.items) {
            if best.len() < n || best.last().is_some_and(|(worst, _)| key < worst) {
                let at = best.partition_point(|(other, _)| other <= key);
                best.insert(at, (*key, *item));
                best.truncate(n);
            }
        }
        best.into_iter().map(|(_, item)| item).collect()
    }

    /// All, best first.
    pub fn sorted(&self) -> Vec<Item> {
        let mut positions = (0..self.items.len()).collect();
        sort_by_keys(&mut positions, &self.keys);
        positions.into_iter().filter_map(|at| self.items.get(at).copied()).collect()
    }

    fn add(&mut self, item: Item, key: Option<u64>) {
        if let Some(key) = key {
            self.items.push(item);
            self.keys.push(key);
        }
    }
}

/// What fits a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The words of the query, in lower case.
    pub words: Vec<String>,
    kinds: [Hits; 5],
}

impl Found {
    /// What fits of a kind.
    pub fn of(&self, kind: Kind) -> &Hits {
        let [owners, binaries, packages, files, funcs] = &self.kinds;
        match kind {
            Kind::Owners => owners,
            Kind::Binaries => binaries,
            Kind::Packages => packages,
            Kind::Files => files,
            Kind::Funcs => funcs,
        }
    }

    /// The kinds of which something fits: that with the best fit first, and in their usual order
    /// those that fit as well.
    pub fn kinds_by_fit(&self) -> Vec<Kind> {
        let best = |kind: Kind| self.of(kind).keys.iter().min().map(|key| key >> 16);
        let kinds: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| !self.of(*kind).is_empty()).collect();
        sorted_things(kinds, |a, b| best(*a).cmp(&best(*b)))
    }

    /// How many fit in all.
    pub fn len(&self) -> usize {
        self.kinds.iter().map(Hits::len).sum()
    }

    /// Whether nothing fits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How the words fit a name and what stands beside it: `None` unless each word stands in one of
/// them, `needs_name` and none stands in the name.
fn rank(name: &str, fits: impl Iterator<Item = (Fit, Fit)>, needs_name: bool) -> Option<u64> {
    let (mut rank, mut is_named) = (0_u64, !needs_name);
    for (in_name, beside) in fits {
        is_named |= in_name != Fit::Absent;
        rank += match (in_name, beside) {
            (Fit::Whole, _) => 0,
            (Fit::Start, _) => 1,
            (Fit::Word, _) => 2,
            (Fit::Inside, _) => 3,
            (Fit::Absent, Fit::Absent) => return None,
            (Fit::Absent, Fit::Inside) => 5,
            (Fit::Absent, _) => 4,
        };
    }
    let len = format::amount(name.len()).min(0xffff);
    is_named.then_some(rank.min(0xff) << 16 | len)
}

impl Names {
    /// The names of the owners, and of what else is here.
    pub fn new(
        table: Rc<OwnerTable>,
        paths: Option<Rc<PathsShard>>,
        funcs: Option<Rc<FuncsShard>>,
    ) -> Self {
        let links = BuildLinks::new(table);
        let builds = paths.as_ref().map(|p| links.positions(&p.builds)).unwrap_or_default();
        let packages = paths.as_ref().map(|p| packages(p)).unwrap_or_default();
        Self { links, paths, funcs, packages, builds }
    }

    /// What fits a query: nothing when it has no words.
    pub fn find(&self, query: &str) -> Found {
        let words = words_of(query);
        if words.is_empty() {
            return Found::default();
        }
        let kinds = [
            self.owners(&words),
            self.binaries(&words),
            self.packages(&words),
            self.files(&words),
            self.funcs(&words),
        ];
        Found { words, kinds }
    }

    fn owners(&self, words: &[String]) -> Hits {
        let (table, mut hits) = (self.links.table(), Hits::default());
        for at in 0..table.len() {
            let Some(row) = table.newest(at) else { continue };
            let text = |idx| table.text(idx);
            let (short, long) = format::kind(text(row.kind));
            let (before, namespace) = format::namespace(text(row.namespace));
            let fixed = [text(row.namespace), namespace, before, short, long, text(row.binary)];
            let others = row.containers.iter().chain([&row.cluster]).map(|idx| text(*idx));
            let beside: Vec<&str> = fixed.into_iter().chain(others).collect();
            hits.add(Item { at, func: 0 }, rank_of(text(row.name), &beside, words));
        }
        hits
    }

    fn binaries(&self, words: &[String]) -> Hits {
        let (table, mut hits) = (self.links.table(), Hits::default());
        for (at, build) in table.shard().builds.iter().enumerate() {
            let Build { hash, binary, module, repo, commit, .. } = build;
            let beside = [hash, table.text(*module), table.text(*repo), table.text(*commit)];
            hits.add(Item { at, func: 0 }, rank_of(table.text(*binary), &beside, words));
        }
        hits
    }

    fn packages(&self, words: &[String]) -> Hits {
        let Some(paths) = &self.paths else { return Hits::default() };
        let mut hits = Hits::default();
        for (at, package) in self.packages.iter().enumerate() {
            let [dir, repo] =
                [package.file.dir, package.file.repo].map(|idx| paths.strings.get(idx));
            hits.add(Item { at, func: 0 }, rank_of(dir, &[repo], words));
        }
        hits
    }

    fn files(&self, words: &[String]) -> Hits {
        let Some(paths) = &self.paths else { return Hits::default() };
        let beside = Beside::new(paths, words);
        let mut hits = Hits::default();
        for (at, file) in paths.files.iter().enumerate().filter(|(at, _)| !paths.is_other(*at)) {
            let fits = beside.words().map(|word| (word.base(file), word.directory(file)));
            let key = rank(paths.strings.get(file.base), fits, false);
            hits.add(Item { at, func: 0 }, key);
        }
        hits
    }

    fn funcs(&self, words: &[String]) -> Hits {
        let Some((paths, funcs)) = self.paths.as_ref().zip(self.funcs.as_ref()) else {
            return Hits::default();
        };
        let strings = &funcs.strings;
        let by_name: Vec<Vec<Fit>> = words
            .iter()
            .map(|word| indexes(strings.len()).map(|idx| fit(strings.get(idx), word)).collect())
            .collect();
        let in_name = |word: &Vec<Fit>, name: u32| at(word, name).unwrap_or(Fit::Absent);
        let is_named = |name: u32| by_name.iter().any(|word| in_name(word, name) != Fit::Absent);
        let all = funcs.funcs();
        let named: Vec<usize> =
            (0..all.len()).filter(|at| all.get(*at).is_some_and(|f| is_named(f.name))).collect();
        let beside = Beside::new(paths, words);
        let mut hits = Hits::default();
        for (file_at, file) in paths.files.iter().enumerate() {
            let range = funcs.of_file(file_at);
            let first = named.partition_point(|at| *at < range.start);
            for func_at in named.iter().skip(first).copied().take_while(|at| *at < range.end) {
                let Some(func) = all.get(func_at) else { continue };
                let fits = by_name.iter().zip(beside.words()).map(|(by_name, word)| {
                    (in_name(by_name, func.name), word.base(file).min(word.directory(file)))
                });
                let key = rank(strings.get(func.name), fits, true);
                hits.add(Item { at: file_at, func: func_at }, key);
            }
        }
        hits
    }
}

/// How the words fit a name and the texts beside it.
fn rank_of(name: &str, beside: &[&str], words: &[String]) -> Option<u64> {
    let fits = words.iter().map(|word| {
        let beside = beside.iter().map(|text| fit(text, word)).min();
        (fit(name, word), beside.unwrap_or(Fit::Absent))
    });
    rank(name, fits, true)
}

/// The indexes of a table of strings.
fn indexes(len: usize) -> impl Iterator<Item = u32> {
    0..u32::try_from(len).unwrap_or(u32::MAX)
}

fn at<T: Copy>(of: &[T], idx: u32) -> Option<T> {
    usize::try_from(idx).ok().and_then(|idx| of.get(idx)).copied()
}

/// The packages of the files, by directory.
fn packages(paths: &PathsShard) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    // Where the packages of the directory start: one for each repository.
    let mut first = 0;
    for (at, file) in paths.files.iter().enumerate() {
        if packages.last().is_none_or(|last| last.file.dir != file.dir) {
            first = packages.len();
        }
        let of_dir = packages.get_mut(first..).unwrap_or_default();
        let n_files = usize::from(!paths.is_other(at));
        match of_dir.iter_mut().find(|package| package.file.repo == file.repo) {
            Some(package) => package.n_files = package.n_files.saturating_add(n_files),
            None => packages.push(Package { file: *file, n_files }),
        }
    }
    packages
}

#[cfg(test)]
mod tests;
