//! `never`: the functions for which Go prints 0.0 % in every directory that has the same file.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::golden::Golden;
use covatlas_tests::row::Row;
use covatlas_tests::world::MIXED;
use covatlas_tests::{Collection, fixtures};

use crate::stats::{compiled, local_mirror};

const KEYS: [&str; 7] =
    ["path", "repo_path", "func", "line", "statements", "generated", "binaries"];

fn never(collection: &Collection, filters: &[&str]) -> Vec<Row> {
    let mut args = vec!["never", "--json"];
    filters.iter().for_each(|filter| args.extend(["--where", filter]));
    collection.run(args).exits(0).rows()
}

/// One variant of a file: its path and its units.
type File = (String, Vec<(String, u64)>);

/// What Go says about a function.
#[derive(Debug, Default)]
struct Func {
    statements: u64,
    ran: bool,
    binaries: BTreeSet<String>,
}

/// All functions of some directories by file, line and name, united over the directories.
fn gos_funcs(goldens: &[Golden]) -> BTreeMap<(File, u64, String), Func> {
    let mut funcs: BTreeMap<_, Func> = BTreeMap::new();
    // The mixed directory has nothing that the three it was made from have not.
    for golden in goldens.iter().filter(|g| g.number != MIXED) {
        let profile = golden.profile();
        let mut starts: BTreeMap<&str, Vec<(u64, &str, bool)>> = BTreeMap::new();
        for line in golden.funcs.lines().filter(|line| !line.starts_with("total")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [place, name, percent] = words[..] else { panic!("{line}") };
            let (path, line) = place.trim_end_matches(':').rsplit_once(':').unwrap();
            let func = (line.parse().unwrap(), name, percent != "0.0%");
            starts.entry(path).or_default().push(func);
        }
        for (path, starts) in starts {
            let units = profile.file(path);
            if units.is_empty() {
                continue; // The injected server.
            }
            let identity: Vec<_> =
                units.iter().map(|(range, (stmts, _))| ((*range).to_owned(), *stmts)).collect();
            for (at, (line, name, ran)) in starts.iter().enumerate() {
                let end = starts.get(at + 1).map_or(u64::MAX, |next| next.0);
                let own = units.iter().filter(|(range, _)| {
                    let start = range.split('.').next().unwrap().parse().unwrap();
                    (*line..end).contains(&start)
                });
                let file = (path.to_owned(), identity.clone());
                let func = funcs.entry((file, *line, (*name).to_owned())).or_default();
                func.statements = own.map(|(_, (statements, _))| statements).sum();
                func.ran |= ran;
                func.binaries.insert(golden.binary().to_owned());
            }
        }
    }
    funcs
}

/// Go's list leaves literals out.
fn is_literal(row: &Row) -> bool {
    row.text("func").contains(".func") || row.text("func").starts_with("glob.")
}

/// Compares with what Go says about `goldens`; returns how many functions there were.
fn compare(rows: &[Row], goldens: &[Golden]) -> usize {
    let expected: Vec<_> = gos_funcs(goldens)
        .into_iter()
        .filter(|(_, func)| !func.ran && func.statements > 0)
        .map(|(((path, _), line, name), func)| (path, line, name, func))
        .collect();
    let place =
        |row: &Row| (row.text("path").to_owned(), row.number("line"), row.text("func").to_owned());
    let mut found: Vec<_> = rows.iter().filter(|row| !is_literal(row)).map(place).collect();
    found.sort();
    let places: Vec<_> =
        expected.iter().map(|(path, line, name, _)| (path.clone(), *line, name.clone())).collect();
    assert_eq!(found, places);
    let literals: Vec<_> = rows.iter().filter(|row| is_literal(row)).map(place).collect();
    for (path, line, name, func) in &expected {
        let is_it = |row: &&Row| place(row) == (path.clone(), *line, name.clone());
        // Statements of literals inside of it are Go's, but not the function's own.
        if literals.iter().any(|(p, ..)| p == path) || rows.iter().filter(is_it).count() > 1 {
            continue;
        }
        let row = rows.iter().find(is_it).unwrap();
        assert_eq!(row.number("statements"), func.statements, "{row:?}");
        let binaries: Vec<&String> = func.binaries.iter().collect();
        assert_eq!(*row.get("binaries"), serde_json::json!(binaries), "{row:?}");
    }
    expected.len()
}

#[test]
fn functions_that_never_ran_are_those_for_which_go_prints_nothing_but_zero() {
    let collection = compiled();
    let rows = never(&collection, &[]);
    for row in &rows {
        assert_eq!(row.keys(), KEYS);
    }
    let statements: Vec<u64> = rows.iter().map(|row| row.number("statements")).collect();
    assert!(statements.iter().rev().is_sorted(), "most statements first: {statements:?}");
    let goldens = Golden::all();
    assert!(compare(&rows, &goldens) > 20);
    // One replica alone entered less than all of them together.
    let one = never(&collection, &["pod=covdemo-86b574976-b7w9d"]);
    assert!(compare(&one, &goldens[10..11]) > 0);
    let limited = collection.run(["never", "--json", "--limit", "3"]).exits(0).rows();
    assert_eq!(limited, rows[..3]);
}

#[test]
fn filters_and_mistakes() {
    let collection = compiled();
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    for row in never(&collection, &["path=covdemo/*"]) {
        let file = fixtures::small().join("src").join(row.text("repo_path"));
        assert!(file.is_file(), "{row:?}");
    }
    let none = collection.run(["never", "--json", "--where", "owner=nobody"]).exits(1);
    none.prints_nothing().says(&["owner=nobody"]);
    collection.run(["never", "--where", "foo=1"]).exits(2).prints_nothing().says(&["namespace"]);
    let all_ran = ["never", "--where", "func=main", "--where", "binary=covdemo"];
    collection.run(all_ran).exits(0).prints_nothing().says(&["every func was entered"]);
    let table = collection.run(["never", "--limit", "2"]).exits(0).says(&["2 are shown"]);
    let text = table.text();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.starts_with("path"), "{text}");
}
