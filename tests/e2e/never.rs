//! `never`: the functions for which Go prints 0.0 % in every directory that has the same file.

use covatlas_tests::funcs::gos_funcs;
use covatlas_tests::golden::Golden;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, fixtures};

use crate::stats::{compiled, local_mirror};

const KEYS: [&str; 7] =
    ["path", "repo_path", "func", "line", "statements", "generated", "binaries"];

fn never(collection: &Collection, filters: &[&str]) -> Vec<Row> {
    let mut args = vec!["never", "--json"];
    filters.iter().for_each(|filter| args.extend(["--where", filter]));
    collection.run(args).exits(0).rows()
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
