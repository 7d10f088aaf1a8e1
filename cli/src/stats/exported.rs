//! Counts of source files over everything that a selection leaves, for other tools.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::{path, source::Unit};
use rayon::prelude::*;

use super::{
    Data, StatsError,
    group::{Group, is_func_selected, select, selected_units},
};
use crate::{
    args::Paths,
    db::{Database, DbError, Packed},
    problems::{Problem, Problems},
    profile::{Bits, BuildFile, BuildFunc, Combine, FileDigest, merge},
    selection::Selection,
};

/// All files, sorted by folder and name.
#[derive(Clone, Debug)]
pub struct Exported {
    /// `set`, `count` or `atomic`: `set` when no build counts, `atomic` when any does so.
    pub mode: String,
    /// When the newest data of the builds was written, in seconds since 1970 UTC.
    pub last_seen: Option<i64>,
    /// The files.
    pub files: Vec<FileCounts>,
    /// What other tools will not see.
    pub problems: Problems,
}

/// One file with the counts of everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCounts {
    /// What it is called; no other file is called so.
    pub path: String,
    /// Units, sorted.
    pub units: Vec<Unit>,
    /// The largest count that any owner has, one a unit.
    pub counts: Vec<u32>,
    /// Funcs with statements, by position.
    pub funcs: Vec<FuncCount>,
    /// Where the text is that it was made from; `None` when that is not known.
    pub source: Option<Source>,
}

/// One func.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncCount {
    /// The name as the compiler wrote it.
    pub name: String,
    /// Line of its first unit.
    pub line: u32,
    /// Byte column of that unit.
    pub col: u32,
    /// How often it was entered: the count of its first unit, or the largest one when only others
    /// ran.
    pub count: u32,
}

/// A text in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// `host/org/repo`.
    pub repo: String,
    /// The commit that evidence names.
    pub commit: String,
    /// The path in the repository.
    pub repo_path: String,
}

/// A file of one build.
#[derive(Clone, Copy, Debug)]
struct Variant<'a> {
    /// Position of its group.
    group: usize,
    idx: usize,
    file: &'a BuildFile,
}

/// The files that are called alike, by unit list.
type Variants<'a> = BTreeMap<FileDigest, Vec<Variant<'a>>>;

/// What a file is called: the repository where that belongs to the name, and the path.
type Name<'a> = (&'a str, &'a str);

/// Unites the counts of everything that the selection leaves, file by file.
///
/// Equal unit lists under one name are one file; of several unit lists the newest build's is
/// taken, which is a note.
///
/// # Errors
/// [`StatsError::NoMatch`], [`StatsError::Nothing`] and those of [`Data::read`].
pub fn export(db: &Database, selection: &Selection, paths: Paths) -> Result<Exported, StatsError> {
    let data = Data::read(db)?;
    let groups = select(&data, selection)?;
    let counts = counts(db, &groups)?;
    let mut names: BTreeMap<Name<'_>, Variants<'_>> = BTreeMap::new();
    for (group, of) in groups.iter().enumerate() {
        for (idx, file) in of.files(selection) {
            let variant = Variant { group, idx, file };
            let variants = names.entry(name(of, idx, file, paths)).or_default();
            variants.entry(file.digest).or_default().push(variant);
        }
    }
    let mut problems = Problems::new();
    problems.extend(several_lists(&names));
    if paths == Paths::Repo {
        problems.extend(without_repository(&names));
    }
    let labels = labels(names.keys().copied());
    let names: Vec<_> = names.into_iter().zip(labels).collect();
    let files = names.par_iter().filter_map(|((_, variants), label)| {
        let newest = |same: &&Vec<Variant<'_>>| same.iter().map(|v| age(&groups, v)).max();
        let newest = variants.values().max_by_key(newest)?;
        united(&groups, &counts, newest, label, selection)
    });
    let mut files: Vec<FileCounts> = files.collect();
    if files.is_empty() {
        return Err(StatsError::NoMatch(selection.to_string()));
    }
    // As Go sorts files.
    files.par_sort_by(|a, b| path::split(&a.path).cmp(&path::split(&b.path)));
    let last_seen = groups.iter().filter_map(|g| g.build.row.last_seen).max();
    Ok(Exported { mode: mode(&groups).to_owned(), files, last_seen, problems })
}

/// What makes a variant newer than another: when its build was last seen; at last its hash.
fn age<'a>(groups: &'a [Group<'_>], variant: &Variant<'_>) -> Option<(Option<i64>, &'a str)> {
    groups.get(variant.group).map(|g| (g.build.row.last_seen, g.build.row.hash.as_str()))
}

fn mode(groups: &[Group<'_>]) -> &'static str {
    let has = |mode: &str| groups.iter().any(|g| g.build.row.mode == mode);
    match () {
        () if has("atomic") => "atomic",
        () if has("count") => "count",
        () => "set",
    }
}

/// The largest count of each unit of each group over its owners, where a selected process ran it.
fn counts(db: &Database, groups: &[Group<'_>]) -> Result<Vec<Vec<u32>>, StatsError> {
    let wanted: BTreeSet<i64> = groups.iter().map(|g| g.build.id).collect();
    let mut packed: BTreeMap<i64, BTreeMap<i64, Packed>> = BTreeMap::new();
    for counts in db.packed_counts(|id| wanted.contains(&id))? {
        packed.entry(counts.build_id).or_default().insert(counts.owner_id, counts.counts);
    }
    let of_group = |group: &Group<'_>| {
        let n_units = group.build.table.units().len();
        let damaged =
            || DbError::Damaged { what: format!("counts of build {}", group.build.row.hash) };
        let mut owners: BTreeMap<i64, Bits> = BTreeMap::new();
        for ran in &group.ran {
            owners.entry(ran.owner.id).or_insert_with(|| Bits::new(n_units)).unite(ran.bits);
        }
        let mut all = vec![0; n_units];
        for (owner, ran) in owners {
            let counts = packed.get(&group.build.id).and_then(|owners| owners.get(&owner));
            let mut counts = counts.and_then(|c| c.to_counts(n_units)).ok_or_else(damaged)?;
            counts.iter_mut().enumerate().filter(|(at, _)| !ran.get(*at)).for_each(|(_, n)| *n = 0);
            merge(&mut all, &counts, Combine::Max);
        }
        Ok(all)
    };
    groups.par_iter().map(of_group).collect()
}

fn name<'a>(group: &Group<'a>, idx: usize, file: &'a BuildFile, paths: Paths) -> Name<'a> {
    let found = group.build.resolution(idx).filter(|r| !r.repo.is_empty());
    match found {
        Some(found) if paths == Paths::Repo => (&found.repo, &found.repo_path),
        _ => ("", &file.path),
    }
}

/// The names as texts: with the repository where a path stands in several of them.
fn labels<'a>(names: impl Iterator<Item = Name<'a>> + Clone) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    names.clone().for_each(|(_, path)| *times.entry(path).or_default() += 1);
    let label = |(repo, path): Name<'_>| match times.get(path) {
        Some(n) if *n > 1 && !repo.is_empty() => format!("{repo}/{path}"),
        _ => path.to_owned(),
    };
    names.map(label).collect()
}

/// One file from builds that have it with equal units; `None` when the selection leaves no unit.
fn united(
    groups: &[Group<'_>],
    counts: &[Vec<u32>],
    same: &[Variant<'_>],
    path: &str,
    selection: &Selection,
) -> Option<FileCounts> {
    let newest = same.iter().max_by_key(|v| age(groups, v))?;
    let group = groups.get(newest.group)?;
    let table = &group.build.table;
    let mut all = vec![0; newest.file.units.len()];
    for variant in same {
        let own = counts.get(variant.group)?.get(variant.file.units.clone())?;
        merge(&mut all, own, Combine::Max);
    }
    let units = table.source_units_of(newest.file);
    let funcs = funcs(group, newest.file, &all, selection);
    let selected = selected_units(table, newest.file, selection);
    let kept = units.into_iter().zip(all).zip(selected).filter(|(_, selected)| *selected);
    let (units, counts): (Vec<Unit>, Vec<u32>) = kept.map(|(kept, _)| kept).unzip();
    let source = group.build.resolution(newest.idx).filter(|r| r.fits()).map(|r| Source {
        repo: r.repo.clone(),
        commit: r.commit.clone(),
        repo_path: r.repo_path.clone(),
    });
    (!units.is_empty()).then(|| FileCounts { path: path.to_owned(), units, counts, funcs, source })
}

/// The funcs with statements that the selection leaves; `counts` are those of the file's units.
fn funcs(
    group: &Group<'_>,
    file: &BuildFile,
    counts: &[u32],
    selection: &Selection,
) -> Vec<FuncCount> {
    let table = &group.build.table;
    let funcs = table.funcs_of(file);
    // Of each func the count of its first unit, and the largest one.
    let mut entered = vec![(0_u32, 0_u32); funcs.len()];
    let units = table.units_of(file).iter().zip(counts);
    for ((unit, count), at) in units.zip(table.unit_funcs_of(file)) {
        let Some((func, (first, most))) = funcs.get(at).zip(entered.get_mut(at)) else { continue };
        if (unit.start_line, unit.start_col) == (func.line, func.col) {
            *first = (*first).max(*count);
        }
        *most = (*most).max(*count);
    }
    let with_statements = funcs.iter().zip(entered).filter(|(func, _)| func.statements > 0);
    let selected = with_statements.filter(|(func, _)| is_func_selected(&func.name, selection));
    let count = |(func, (first, most)): (&BuildFunc, (u32, u32))| FuncCount {
        name: func.name.clone(),
        line: func.line,
        col: func.col,
        count: if first > 0 { first } else { most },
    };
    selected.map(count).collect()
}

/// The most names in a note.
const MAX_NAMED: usize = 5;

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MAX_NAMED) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// The note about files of which only one of several unit lists is written.
fn several_lists(names: &BTreeMap<Name<'_>, Variants<'_>>) -> Option<Problem> {
    let several = names.iter().filter(|(_, variants)| variants.len() > 1);
    let paths: Vec<&str> = several.map(|((_, path), _)| *path).collect();
    let cause = "not the same in all builds: the newest build's is written";
    (!paths.is_empty()).then(|| {
        Problem::note("several-builds", format!("{} files", paths.len()))
            .because(format!("{cause} ({})", listed(&paths)))
            .remedy("choose one build with --where build=HASH")
    })
}

/// The note about files that are called as they were built.
fn without_repository(names: &BTreeMap<Name<'_>, Variants<'_>>) -> Option<Problem> {
    let without = names.keys().filter(|(repo, _)| repo.is_empty());
    let paths: Vec<&str> = without.map(|(_, path)| *path).collect();
    (!paths.is_empty()).then(|| {
        Problem::note("unresolved", format!("{} files", paths.len()))
            .because(format!("in no repository, called as they were built ({})", listed(&paths)))
            .remedy("`covatlas clone-sources` fetches repositories")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{POD, REPLICA, Run, counters, func, meta, time};

    fn exported(run: &Run, filters: &[&str]) -> Result<Exported, StatsError> {
        let filters: Vec<String> = filters.iter().map(|f| (*f).to_owned()).collect();
        let db = Database::open(&run.collection.database()).unwrap();
        export(&db, &Selection::parse(&filters).unwrap(), Paths::Build)
    }

    /// Path and counts of each file, and how many notes there are.
    fn counts(run: &Run, filters: &[&str]) -> (Vec<(String, Vec<u32>)>, usize) {
        let Exported { files, problems, .. } = exported(run, filters).unwrap();
        (files.into_iter().map(|f| (f.path, f.counts)).collect(), problems.len())
    }

    #[test]
    fn equal_files_are_written_once_and_of_others_the_newest() {
        let run = Run::new();
        let lib = || func("m/lib/l.go", &[2, 3]);
        run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1]), lib()]));
        run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters_of(1, &[9, 9], &[4, 0]));
        run.put(REPLICA, "covmeta.y", &meta(2, vec![func("m/a.go", &[1, 2]), lib()]));
        run.put(
            REPLICA,
            &format!("covcounters.y.1.{}", time(9)),
            &counters_of(2, &[0, 3], &[1, 2]),
        );
        run.compile();
        let file = |path: &str, counts: [u32; 2]| (path.to_owned(), counts.to_vec());
        let both = vec![file("m/a.go", [0, 3]), file("m/lib/l.go", [4, 2])];
        assert_eq!(counts(&run, &[]), (both, 1));
        let older = vec![file("m/a.go", [9, 9]), file("m/lib/l.go", [4, 0])];
        assert_eq!(counts(&run, &["node=n1"]), (older, 0));
        let files = exported(&run, &["path=m/a.go"]).unwrap().files;
        let [FuncCount { name, line: 1, col: 2, count: 3 }] = &files[0].funcs[..] else {
            panic!("{files:?}")
        };
        assert_eq!(name, "F", "entered, although its first unit did not run");
        for nothing in ["path=nowhere", "func=G", "node=n3"] {
            assert!(matches!(exported(&run, &[nothing]), Err(StatsError::NoMatch(_))), "{nothing}");
        }
    }

    fn counters_of(hash: u8, a: &[u32], lib: &[u32]) -> Vec<u8> {
        counters(hash, &[a, lib])
    }

    #[test]
    fn a_filter_on_pods_leaves_no_count_where_only_others_ran() {
        let run = Run::new();
        for (pod, own) in [(POD, [5, 0]), (REPLICA, [7, 1])] {
            run.put(pod, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1])]));
            run.put(pod, "covcounters.x.1.1", &counters(1, &[&own]));
        }
        run.compile();
        assert_eq!(counts(&run, &[]).0[0].1, [7, 1]);
        assert_eq!(counts(&run, &["node=n1"]).0[0].1, [7, 0]);
    }

    #[test]
    fn a_path_in_several_repositories_gets_its_repository() {
        let names = [("h/o/a", "main.go"), ("h/o/b", "main.go"), ("h/o/b", "x.go"), ("", "x.go")];
        let expected = ["h/o/a/main.go", "h/o/b/main.go", "h/o/b/x.go", "x.go"];
        assert_eq!(labels(names.into_iter()), expected);
    }
}
