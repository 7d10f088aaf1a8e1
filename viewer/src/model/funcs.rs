//! The funcs of a build: filter, order, names.

use std::rc::Rc;

use covatlas_shared::{counts::CountsShard, files::StatsShard};

use super::{
    haystack::Haystack,
    sorting::{sort_by_keys, sorted_positions},
    stat::{Column, Order, Stat},
    tree::FileList,
};

/// A func with its numbers.
#[derive(Clone, Debug)]
pub struct FuncStat {
    /// The receiver or what else stands before the name, as it is shown: `(*T).`; may be empty.
    pub head: String,
    /// The name, as it is shown.
    pub name: Rc<str>,
    /// Position of its file.
    pub file: usize,
    /// Its line, from 1.
    pub line: u32,
    /// What ran of it.
    pub stat: Stat,
}

/// The funcs of a build that have statements, in the order of its stats shard.
#[derive(Clone, Debug, Default)]
pub struct FuncList {
    funcs: Vec<FuncStat>,
    /// Head and name of each in lower case, for the filter.
    lower: Haystack,
    /// Positions of the funcs by name.
    by_name: Vec<usize>,
    largest_never: Vec<usize>,
}

impl FuncList {
    /// The funcs of `stats`; `own` has the counts of the owner, `None` on a page without owner.
    pub fn new(stats: &StatsShard, own: Option<&CountsShard>) -> Self {
        let row = |(i, func): (usize, &covatlas_shared::files::FuncRow)| {
            let (head, name) = parts(stats.strings.get(func.name));
            let covered = own.map(|c| c.funcs.get(i).copied().unwrap_or(0));
            FuncStat {
                head,
                name: name.into(),
                file: usize::try_from(func.file).unwrap_or(usize::MAX),
                line: func.line,
                stat: Stat::new(func.coverage, covered),
            }
        };
        let has_statements = |f: &FuncStat| f.stat.all.statements() > 0;
        Self::of(stats.funcs.iter().enumerate().map(row).filter(has_statements).collect())
    }

    fn of(funcs: Vec<FuncStat>) -> Self {
        let name = |i: usize| funcs.get(i).map(|f| (&f.name, &f.head));
        let by_name = sorted_positions(funcs.len(), &mut |a, b| name(a).cmp(&name(b)));
        let mut lower = Haystack::default();
        for func in &funcs {
            lower.add(&format!("{}{}", func.head, func.name).to_lowercase());
            lower.end_row();
        }
        let largest_never = largest_never(&funcs, 3);
        Self { funcs, lower, by_name, largest_never }
    }

    /// How many funcs there are.
    pub fn len(&self) -> usize {
        self.funcs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.funcs.is_empty()
    }

    /// A func by its position.
    pub fn get(&self, idx: usize) -> Option<&FuncStat> {
        self.funcs.get(idx)
    }

    /// Positions of all funcs, sorted: equal ones by uncovered statements, most first, then by name.
    pub fn sorted(&self, order: Order) -> Vec<usize> {
        let mut sorted = self.by_name.clone();
        if order.column == Column::Name {
            if order.descending {
                sorted.reverse();
            }
            return sorted;
        }
        for order in [Order::default(), order] {
            let keys: Vec<u64> = self.funcs.iter().map(|f| order.key(&f.stat)).collect();
            sort_by_keys(&mut sorted, &keys);
        }
        sorted
    }

    /// Those of `funcs` that are in files that people wrote, in the same order.
    pub fn written(&self, funcs: &[usize], files: &FileList) -> Vec<usize> {
        let file = |idx: usize| self.get(idx).and_then(|func| files.get(func.file));
        let is_written = |idx: &usize| file(*idx).is_some_and(|f| !f.is_generated);
        funcs.iter().copied().filter(is_written).collect()
    }

    /// Those of `funcs` that are in the file or directory (with `/` at its end) `scope`, if it is
    /// not empty, and whose name or path holds each word of `filter`; in the same order.
    pub fn filter(
        &self,
        funcs: &[usize],
        files: &FileList,
        scope: &str,
        filter: &str,
    ) -> Vec<usize> {
        let filter = filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let in_scope: Vec<bool> = files.files().iter().map(|f| is_in(&f.path, scope)).collect();
        // For each word the files whose path holds it.
        let in_path: Vec<Vec<bool>> = words
            .iter()
            .map(|word| files.files().iter().map(|f| f.holds(word)).collect())
            .collect();
        let is_shown = |idx: &usize| {
            let Some(func) = self.funcs.get(*idx) else { return false };
            in_scope.get(func.file).copied().unwrap_or(scope.is_empty())
                && words.iter().zip(&in_path).all(|(word, path)| {
                    path.get(func.file).copied().unwrap_or(false) || self.lower.holds(*idx, word)
                })
        };
        funcs.iter().copied().filter(is_shown).collect()
    }

    /// Those with most statements of the funcs that never ran here, the largest first; only a few.
    pub fn largest_never(&self) -> impl Iterator<Item = &FuncStat> {
        self.largest_never.iter().filter_map(|i| self.funcs.get(*i))
    }
}

/// The `n` funcs with most statements of those that never ran here.
fn largest_never(funcs: &[FuncStat], n: usize) -> Vec<usize> {
    let size = |i: &usize| funcs.get(*i).map_or(0, |f| f.stat.own.statements());
    let mut largest: Vec<usize> = Vec::new();
    let never = funcs.iter().enumerate().filter(|(_, f)| f.stat.own.covered() == 0);
    for (idx, _) in never {
        let at = largest.partition_point(|other| size(other) >= size(&idx));
        largest.insert(at, idx);
        largest.truncate(n);
    }
    largest
}

/// Whether `path` is `scope`, or below it when that is a directory.
fn is_in(path: &str, scope: &str) -> bool {
    scope.is_empty() || path == scope || (scope.ends_with('/') && path.starts_with(scope))
}

/// The two parts in which a func's name is shown: `*T.M` becomes `(*T).` and `M`, the literal
/// `func.L12.C3` becomes `func at ` and `12:3`.
pub(super) fn parts(name: &str) -> (String, String) {
    if let Some((line, col)) = name.strip_prefix("func.L").and_then(|rest| rest.split_once(".C")) {
        return ("func at ".to_owned(), format!("{line}:{col}"));
    }
    // A dot inside type arguments parts nothing.
    let from = name.rfind(']').unwrap_or(0);
    let Some(dot) = name.get(from..).and_then(|rest| rest.rfind('.')) else {
        return (String::new(), name.to_owned());
    };
    let (receiver, method) = name.split_at(from.saturating_add(dot));
    let method = method.strip_prefix('.').unwrap_or(method);
    let head =
        if receiver.starts_with('*') { format!("({receiver}).") } else { format!("{receiver}.") };
    (head, method.to_owned())
}

#[cfg(test)]
mod tests {
    use covatlas_shared::{
        codec::StringsBuilder,
        files::{FileRow, FuncRow},
        stats::Coverage,
    };

    use super::*;

    fn lists() -> (FileList, FuncList) {
        let mut s = StringsBuilder::default();
        let mut file = |dir: &str, base: &str, n_funcs| FileRow {
            dir: s.add(dir),
            base: s.add(base),
            repo_path: 0,
            source: None,
            resolution: 0,
            evidence: 0,
            is_generated: base == "y.go",
            pack: 0,
            entry: 0,
            n_units: 0,
            n_funcs,
            coverage: Coverage::new(9, 9).unwrap(),
        };
        let files = vec![file("m/a", "x.go", 3), file("m/a-b", "y.go", 2)];
        let mut func = |file, name: &str, statements, covered| FuncRow {
            file,
            name: s.add(name),
            line: 1,
            coverage: Coverage::new(statements, covered).unwrap(),
        };
        let funcs = vec![
            func(0, "*T.Run", 9, 9),
            func(0, "Empty", 0, 0),
            func(0, "run", 4, 0),
            func(1, "T.Stop", 4, 2),
            func(1, "func.L12.C3", 1, 1),
        ];
        let stats =
            StatsShard::new(s.finish(), String::new(), vec![], vec![], files, funcs).unwrap();
        let own = CountsShard {
            files: vec![0, 0],
            funcs: vec![0, 0, 0, 2, 0],
            units: vec![],
            seen: vec![],
        };
        (FileList::new(&stats, Some(&own)), FuncList::new(&stats, Some(&own)))
    }

    #[test]
    fn funcs_of_files_that_tools_wrote_can_be_left_out() {
        let (files, funcs) = lists();
        let written = funcs.written(&funcs.sorted(Order::default()), &files);
        let names: Vec<&str> =
            written.iter().filter_map(|f| funcs.get(*f)).map(|f| &*f.name).collect();
        assert_eq!(names, ["Run", "run"]);
    }

    fn names(scope: &str, filter: &str, order: Order) -> String {
        let (files, funcs) = lists();
        let shown = funcs.filter(&funcs.sorted(order), &files, scope, filter).into_iter();
        let name = |i| funcs.get(i).map(|f| format!("{}{}", f.head, f.name)).unwrap();
        shown.map(name).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn funcs_without_statements_are_left_out() {
        let (_, funcs) = lists();
        let never: Vec<_> = funcs.largest_never().map(|f| &*f.name).collect();
        assert_eq!((funcs.len(), never), (4, vec!["Run", "run", "12:3"]));
        assert_eq!(names("", "", Order::default()), "(*T).Run, run, T.Stop, func at 12:3");
    }

    #[test]
    fn filter_and_scope_narrow_the_list() {
        let by_name = Order { column: Column::Name, descending: false };
        assert_eq!(names("", "RUN", by_name), "(*T).Run, run");
        assert_eq!(names("", "y.go st", by_name), "T.Stop");
        assert_eq!(names("m/a/", "", by_name), "(*T).Run, run");
        assert_eq!(names("m/a-b/y.go", "", by_name), "func at 12:3, T.Stop");
        assert_eq!(names("m/a", "", by_name), "");
        let down = Order { column: Column::Name, descending: true };
        assert_eq!(names("", "", down), "run, T.Stop, (*T).Run, func at 12:3");
    }

    #[test]
    fn names_are_shown_in_two_parts() {
        let both = |name| {
            let (head, tail) = parts(name);
            format!("{head}|{tail}")
        };
        assert_eq!(both("*T[go.shape.int].M"), "(*T[go.shape.int]).|M");
        assert_eq!(both("F[a.b]"), "|F[a.b]");
        assert_eq!(both("T.M"), "T.|M");
        assert_eq!(both(""), "|");
        assert_eq!(both("."), ".|");
    }
}
