//! Funcs that nobody entered, as a list: the largest first, filtered, grouped, and as a file.

use std::rc::Rc;

use covatlas_shared::never::{NeverFunc, NeverShard, NeverSum};

use super::{
    build_links::BuildLinks,
    csv::push_line,
    find_words::words_of,
    funcs::parts,
    haystack::Haystack,
    sorting::{sort_by_keys, sorted_positions},
};
use crate::route::{NeverQuery, Route};

/// The columns of the file: the keys of `never --json`, and the repository.
const COLUMNS: &str = "path,repo_path,func,line,statements,generated,binaries,repo";

/// The funcs of some shards.
#[derive(Debug)]
pub struct NeverList {
    links: Rc<BuildLinks>,
    shards: Vec<Rc<NeverShard>>,
    /// For each shard where its builds are among those of the site.
    builds: Vec<Vec<Option<usize>>>,
    /// Shard and position of each func: most statements first, then by path, line and name.
    rows: Vec<(usize, usize)>,
    /// Names, paths and repositories in lower case.
    lower: Haystack,
}

/// A func as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverRow {
    /// The receiver or what else stands before the name; may be empty.
    pub head: String,
    /// The name.
    pub name: String,
    /// The directory of the path in the repository, or as built when that is not known, with `/` at
    /// its end.
    pub dir: String,
    /// The last part of the path.
    pub base: String,
    /// First line of the func, from 1.
    pub line: u32,
    /// `host/org/repo`; empty when unknown.
    pub repo: String,
    /// The directory of the path as built: the package.
    pub package: String,
    /// Statements, none of which ran.
    pub statements: u64,
    /// The binaries that have it.
    pub binaries: Vec<String>,
    /// Whether a tool wrote the file.
    pub is_generated: bool,
    /// The page of its file, at the func.
    pub to: Option<Route>,
}

/// Funcs of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverPackage {
    /// The directory of the paths as built.
    pub package: String,
    /// `host/org/repo`; empty when unknown.
    pub repo: String,
    /// How many of its funcs nobody entered.
    pub sum: NeverSum,
}

impl NeverList {
    /// The funcs of these shards.
    pub fn new(links: Rc<BuildLinks>, shards: Vec<Rc<NeverShard>>) -> Self {
        let builds = shards.iter().map(|shard| links.positions(&shard.builds)).collect();
        let of_shard = |(at, shard): (usize, &Rc<NeverShard>)| {
            (0..shard.funcs.len()).map(move |func| (at, func))
        };
        let rows: Vec<(usize, usize)> = shards.iter().enumerate().flat_map(of_shard).collect();
        let mut list = Self { links, shards, builds, rows, lower: Haystack::default() };
        list.sort();
        list.lower = list.haystack();
        list
    }

    /// Each shard is in the order of paths, lines and names.
    fn sort(&mut self) {
        let func = |at: usize| self.rows.get(at).and_then(|row| self.func(*row));
        let place = |at: usize| {
            let (shard, func) = func(at)?;
            let [dir, base] = [func.dir, func.base].map(|idx| shard.strings.get(idx));
            let slash = if dir.is_empty() { "" } else { "/" };
            let path = [dir, slash, base].into_iter().flat_map(str::bytes);
            Some((path, func.line, shard.strings.get(func.name)))
        };
        let compare = &mut |a: usize, b: usize| match (place(a), place(b)) {
            (Some((a, a_line, a_name)), Some((b, b_line, b_name))) => {
                a.cmp(b).then(a_line.cmp(&b_line)).then(a_name.cmp(b_name))
            }
            _ => std::cmp::Ordering::Equal,
        };
        let n = self.rows.len();
        let mut sorted =
            if self.shards.len() > 1 { sorted_positions(n, compare) } else { (0..n).collect() };
        let key = |at: usize| u64::MAX - func(at).map_or(0, |(_, f)| f.statements);
        let keys: Vec<u64> = (0..n).map(key).collect();
        sort_by_keys(&mut sorted, &keys);
        self.rows = sorted.into_iter().filter_map(|at| self.rows.get(at).copied()).collect();
    }

    fn haystack(&self) -> Haystack {
        let mut lower = Haystack::default();
        for (shard, func) in self.rows.iter().filter_map(|row| self.func(*row)) {
            let [name, repo_path, repo] =
                [func.name, func.repo_path, func.repo].map(|idx| shard.strings.get(idx));
            let texts = [name, &shard.path(func), repo_path, repo];
            lower.add(&texts.join("\n").to_ascii_lowercase());
            lower.end_row();
        }
        lower
    }

    fn func(&self, (shard, func): (usize, usize)) -> Option<(&NeverShard, &NeverFunc)> {
        let shard = self.shards.get(shard)?;
        Some((shard, shard.funcs.get(func)?))
    }

    /// How many funcs there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Positions of the funcs that a query leaves, most statements first.
    pub fn filter(&self, query: &NeverQuery) -> Vec<usize> {
        let words = words_of(&query.q);
        let is_shown = |at: &usize| {
            let Some((shard, func)) = self.rows.get(*at).and_then(|row| self.func(*row)) else {
                return false;
            };
            let text = |idx| shard.strings.get(idx);
            (query.generated || !func.is_generated)
                && query.repo.as_ref().is_none_or(|repo| text(func.repo) == repo)
                && (query.package.is_empty() || text(func.dir) == query.package)
                && words.iter().all(|word| self.lower.holds(*at, word))
        };
        (0..self.rows.len()).filter(is_shown).collect()
    }

    /// The number of some funcs.
    pub fn sum(&self, funcs: &[usize]) -> NeverSum {
        let mut sum = NeverSum::default();
        for (_, func) in self.at(funcs) {
            sum.add(func.statements);
        }
        sum
    }

    fn at<'a>(
        &'a self,
        funcs: &'a [usize],
    ) -> impl Iterator<Item = (&'a NeverShard, &'a NeverFunc)> {
        funcs.iter().filter_map(|at| self.func(*self.rows.get(*at)?))
    }

    /// Some funcs by package, that with most statements first.
    pub fn packages(&self, funcs: &[usize]) -> Vec<NeverPackage> {
        let key = |at: usize| {
            let (shard, func) = self.func(*self.rows.get(*funcs.get(at)?)?)?;
            Some((shard.strings.get(func.dir), shard.strings.get(func.repo)))
        };
        let by_package = sorted_positions(funcs.len(), &mut |a, b| key(a).cmp(&key(b)));
        let mut packages: Vec<NeverPackage> = Vec::new();
        for at in by_package {
            let row = funcs.get(at).and_then(|at| self.rows.get(*at));
            let Some((shard, func)) = row.and_then(|row| self.func(*row)) else { continue };
            let [package, repo] = [func.dir, func.repo].map(|idx| shard.strings.get(idx));
            if packages.last().is_none_or(|last| last.package != package || last.repo != repo) {
                let (package, repo) = (package.to_owned(), repo.to_owned());
                packages.push(NeverPackage { package, repo, sum: NeverSum::default() });
            }
            if let Some(last) = packages.last_mut() {
                last.sum.add(func.statements);
            }
        }
        let keys: Vec<u64> = packages.iter().map(|p| u64::MAX - p.sum.statements).collect();
        let mut sorted: Vec<usize> = (0..packages.len()).collect();
        sort_by_keys(&mut sorted, &keys);
        sorted.into_iter().filter_map(|at| packages.get(at).cloned()).collect()
    }

    /// What is shown of a func.
    pub fn row(&self, at: usize) -> Option<NeverRow> {
        let place = *self.rows.get(at)?;
        let (shard, func) = self.func(place)?;
        let text = |idx| shard.strings.get(idx);
        let (head, name) = parts(text(func.name));
        let as_built = shard.path(func);
        let path = if func.repo_path == 0 { as_built.as_str() } else { text(func.repo_path) };
        let (dir, base) = path.split_at(path.rfind('/').map_or(0, |slash| slash.saturating_add(1)));
        let build = self.builds.get(place.0)?.get(usize::try_from(func.build).ok()?).copied();
        Some(NeverRow {
            head,
            name,
            dir: dir.to_owned(),
            base: base.to_owned(),
            line: func.line,
            repo: text(func.repo).to_owned(),
            package: text(func.dir).to_owned(),
            statements: func.statements,
            binaries: shard.binaries_of(func).into_iter().map(str::to_owned).collect(),
            is_generated: func.is_generated,
            to: build.flatten().and_then(|b| self.links.file(b, as_built, Some(func.line))),
        })
    }

    /// Funcs as CSV (RFC 4180): a line of names, then a line for each func, in the order given.
    /// Binaries stand behind one another with `;`.
    pub fn csv(&self, funcs: &[usize]) -> String {
        let mut out = format!("{COLUMNS}\r\n");
        for (shard, func) in self.at(funcs) {
            let text = |idx| shard.strings.get(idx);
            let binaries = shard.binaries_of(func).join(";");
            let generated = if func.is_generated { "true" } else { "false" };
            let (line, statements) = (func.line.to_string(), func.statements.to_string());
            let path = shard.path(func);
            let cells = [
                path.as_str(),
                text(func.repo_path),
                text(func.name),
                &line,
                &statements,
                generated,
                &binaries,
                text(func.repo),
            ];
            push_line(&mut out, &cells);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use covatlas_shared::{codec::StringsBuilder, owners::OwnersShard, stats::Tiers};

    use super::*;
    use crate::model::owners::OwnerTable;

    /// Funcs of one repository: directory, base, name, line, statements, whether generated.
    type Func<'a> = (&'a str, &'a str, &'a str, u32, u64, bool);

    fn shard(repo: &str, funcs: &[Func<'_>]) -> Rc<NeverShard> {
        let mut strings = StringsBuilder::default();
        let repo = strings.add(repo);
        let binaries = vec![vec![strings.add("api"), strings.add("=x")]];
        let func = |&(dir, base, name, line, statements, is_generated): &Func<'_>| NeverFunc {
            dir: strings.add(dir),
            base: strings.add(base),
            repo,
            is_generated,
            name: strings.add(name),
            line,
            statements,
            ..NeverFunc::default()
        };
        let funcs = funcs.iter().map(func).collect();
        let builds = vec!["ab".repeat(16)];
        Rc::new(NeverShard { strings: strings.finish(), builds, binaries, funcs, repos: vec![] })
    }

    fn list() -> NeverList {
        let one = [
            ("m/a", "a.go", "*T.Big", 3, 9, false),
            ("m/a", "a.go", "small", 20, 1, false),
            ("m/b", "zz.go", "Made", 7, 50, true),
        ];
        let two = [("k/x", "x.go", "same", 1, 9, false), ("m/a-b", "x.go", "x", 1, 1, false)];
        let table = OwnerTable::new(Rc::new(OwnersShard::default()), Tiers::default());
        let links = Rc::new(BuildLinks::new(Rc::new(table)));
        NeverList::new(links, vec![shard("git/one", &one), shard("git/two", &two)])
    }

    fn names(list: &NeverList, query: &NeverQuery) -> Vec<String> {
        list.filter(query).into_iter().map(|at| list.row(at).unwrap().name).collect()
    }

    #[test]
    fn most_statements_come_first_then_paths_and_generated_code_only_when_asked_for() {
        let list = list();
        let query = NeverQuery::default();
        assert_eq!(names(&list, &query), ["same", "Big", "x", "small"]);
        let all = NeverQuery { generated: true, ..query };
        assert_eq!(names(&list, &all), ["Made", "same", "Big", "x", "small"]);
        assert_eq!(list.sum(&list.filter(&all)), NeverSum { funcs: 5, statements: 70 });
    }

    #[test]
    fn words_repositories_and_packages_narrow_the_list() {
        let list = list();
        let of = |q: &str, repo: Option<&str>, package: &str| {
            let (q, package) = (q.to_owned(), package.to_owned());
            let repo = repo.map(str::to_owned);
            names(&list, &NeverQuery { q, repo, package, ..NeverQuery::default() })
        };
        assert_eq!(of("t.big A.GO", None, ""), ["Big"]);
        assert_eq!(of("", Some("git/two"), ""), ["same", "x"]);
        assert_eq!(of("", None, "m/a"), ["Big", "small"]);
        assert!(of("", Some(""), "").is_empty());
        let packages = list.packages(&list.filter(&NeverQuery::default()));
        let packages: Vec<_> = packages.iter().map(|p| (&*p.package, p.sum.statements)).collect();
        assert_eq!(packages, [("m/a", 10), ("k/x", 9), ("m/a-b", 1)]);
    }

    #[test]
    fn the_file_has_the_keys_of_the_command_and_no_formulas() {
        let list = list();
        let big = NeverQuery { q: "big".to_owned(), ..NeverQuery::default() };
        let csv = list.csv(&list.filter(&big));
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines, [COLUMNS, "m/a/a.go,,*T.Big,3,9,false,api;=x,git/one", ""]);
        assert_eq!(list.row(0).unwrap().to, None, "the site does not have the build");
    }
}
