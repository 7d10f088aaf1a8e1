//! What `export` writes, read by the programs that people read it with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use covatlas_tests::golden::{Profile, percent};
use covatlas_tests::{Collection, fixtures, tools, world};
use serde_json::Value;

use crate::export::{export, line_counts, single};
use crate::stats::{compiled, local_mirror};

/// Runs a Python program that prints JSON.
fn python(python: &Path, program: &str, args: &[&Path]) -> Value {
    let output = Command::new(python).arg("-c").arg(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The sample with sources, and what one owner ran by Go's account.
fn with_sources() -> (Collection, String, Profile) {
    let collection = compiled();
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    let (filter, golden) = single();
    (collection, filter, golden.profile())
}

/// Lines with code and those that ran of each file, by the sources and Go's profile.
fn lines(profile: &Profile) -> BTreeMap<String, BTreeMap<u64, u64>> {
    let lines = |built: &&str| {
        let path = built.strip_prefix("example.com/ocp/").unwrap();
        let text = fs::read_to_string(fixtures::small().join("src").join(path)).unwrap();
        (path.to_owned(), line_counts(profile, built, &text))
    };
    profile.files().keys().map(lines).collect()
}

fn totals<'a>(files: impl IntoIterator<Item = &'a BTreeMap<u64, u64>>) -> (u64, u64) {
    files
        .into_iter()
        .flat_map(BTreeMap::values)
        .fold((0, 0), |(all, ran), count| (all + 1, ran + u64::from(*count > 0)))
}

fn to_file(collection: &Collection, format: &str, name: &str, more: &[&str]) -> PathBuf {
    let path = collection.beside(name);
    export(collection, format, &[&["-o", path.to_str().unwrap()], more].concat());
    path
}

/// Walks a report by the rules of coverage-04.dtd: children in their order, required attributes,
/// and nothing else.
const VALIDATE: &str = r#"
import json, re, sys
import xml.etree.ElementTree as ET
RATES = ["line-rate", "branch-rate", "complexity"]
RULES = {
    "coverage": ("(sources )?packages ", RATES + ["lines-covered", "lines-valid",
                 "branches-covered", "branches-valid", "version", "timestamp"]),
    "sources": ("(source )*", []), "source": ("", []),
    "packages": ("(package )*", []), "package": ("classes ", RATES + ["name"]),
    "classes": ("(class )*", []), "class": ("methods lines ", RATES + ["name", "filename"]),
    "methods": ("(method )*", []), "method": ("lines ", RATES + ["name", "signature"]),
    "lines": ("(line )*", []), "line": ("(conditions )*", ["number", "hits"]),
}
OPTIONAL = {"line": {"branch", "condition-coverage"}}
def walk(element):
    children, required = RULES[element.tag]
    found = "".join(child.tag + " " for child in element)
    assert re.fullmatch(children, found), (element.tag, found)
    extra = set(element.keys()) - set(required) - OPTIONAL.get(element.tag, set())
    assert not extra and set(required) <= set(element.keys()), (element.tag, element.keys())
    for rate in ("line-rate", "branch-rate"):
        assert 0 <= float(element.get(rate, "0")) <= 1
    for child in element:
        walk(child)
root = ET.parse(sys.argv[1]).getroot()
walk(root)
json.dump({"rate": float(root.get("line-rate")), "valid": int(root.get("lines-valid")),
           "covered": int(root.get("lines-covered"))}, sys.stdout)
"#;

/// What pycobertura makes of a report, file by file.
const PYCOBERTURA: &str = r#"
import json, sys
from pycobertura import Cobertura
report = Cobertura(sys.argv[1])
files = {name: [report.total_statements(name), report.total_hits(name), report.missed_statements(name)]
         for name in report.files()}
json.dump(files, sys.stdout)
"#;

#[test]
fn cobertura_is_valid_and_says_of_each_line_what_go_says() {
    let test = "cobertura_is_valid_and_says_of_each_line_what_go_says";
    let Some(program) = tools::python(test, "pycobertura") else { return };
    let (collection, filter, profile) = with_sources();
    let report =
        to_file(&collection, "cobertura", "c.xml", &["--paths", "repo", "--where", &filter]);
    let expected = lines(&profile);
    let (all, ran) = totals(expected.values());
    let valid = python(&program, VALIDATE, &[&report]);
    assert_eq!((valid["valid"].as_u64(), valid["covered"].as_u64()), (Some(all), Some(ran)));
    assert_eq!(valid["rate"].as_f64().map(|r| (r * 10_000.0).round() / 100.0), percent((all, ran)));

    let found = python(&program, PYCOBERTURA, &[&report]);
    let found = found.as_object().unwrap();
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (path, lines) in &expected {
        let (all, ran) = totals([lines]);
        let missed: Vec<u64> = lines.iter().filter(|(_, n)| **n == 0).map(|(l, _)| *l).collect();
        let [statements, hits, misses] = [0, 1, 2].map(|i| found[path][i].clone());
        assert_eq!((statements.as_u64(), hits.as_u64()), (Some(all), Some(ran)), "{path}");
        let misses: Vec<u64> = serde_json::from_value(misses).unwrap();
        assert_eq!(misses, missed, "{path}");
    }
    // Everything at once, with files of which nothing is known but their units.
    let whole = to_file(&collection, "cobertura", "all.xml", &[]);
    python(&program, VALIDATE, &[&whole]);
    assert_eq!(fs::read(&whole).unwrap(), export(&collection, "cobertura", &[]).into_bytes());
}

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@localhost",
        "-c",
        "commit.gpgsign=false",
    ]);
    let output = command.arg("-C").arg(dir).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose last commit puts every third line of the sources in, and these lines by
/// path.
fn two_commits(dir: &Path) -> BTreeMap<String, Vec<u64>> {
    covatlas_tests::files::copy(&fixtures::small().join("src"), dir);
    git(dir, &["init", "-q", "-b", "main"]);
    let mut changed = BTreeMap::new();
    let files = covatlas_tests::files::list(dir).into_iter();
    let sources: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "go")).collect();
    for path in &sources {
        let text = fs::read_to_string(dir.join(path)).unwrap();
        let is_changed = |number: usize| number.is_multiple_of(3);
        let older = text.lines().enumerate().map(|(at, line)| {
            if is_changed(at + 1) { format!("// before {line}\n") } else { format!("{line}\n") }
        });
        fs::write(dir.join(path), older.collect::<String>()).unwrap();
        let numbers = (1..=text.lines().count()).filter(|number| is_changed(*number));
        changed.insert(path.to_str().unwrap().to_owned(), numbers.map(|n| n as u64).collect());
    }
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", "before"]);
    git(dir, &["checkout", "-q", "-b", "change"]);
    for path in &sources {
        fs::copy(fixtures::small().join("src").join(path), dir.join(path)).unwrap();
    }
    git(dir, &["commit", "-q", "-a", "-m", "now"]);
    changed
}

#[test]
fn diff_cover_says_how_much_of_a_change_ran() {
    let test = "diff_cover_says_how_much_of_a_change_ran";
    let Some(program) = tools::python(test, "diff_cover") else { return };
    let (collection, filter, profile) = with_sources();
    let repo = collection.beside("repo");
    let changed = two_commits(&repo);
    let mut expected = lines(&profile);
    for (path, lines) in &mut expected {
        lines.retain(|line, _| changed[path].contains(line));
    }
    let (all, ran) = totals(expected.values());
    assert!(ran > 0 && ran < all, "{ran} of {all}");
    for (format, name) in [("cobertura", "coverage.xml"), ("lcov", "coverage.info")] {
        let report = to_file(&collection, format, name, &["--paths", "repo", "--where", &filter]);
        let json = collection.beside("diff.json");
        let mut command = Command::new(program.with_file_name("diff-cover"));
        command.arg(&report).args(["--compare-branch", "main", "--format"]);
        command.arg(format!("json:{}", json.display())).current_dir(&repo);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        let numbers = ["total_num_lines", "total_num_violations"].map(|key| found[key].as_u64());
        assert_eq!(numbers, [Some(all), Some(all - ran)], "{format}: {found}");
        for (path, lines) in &expected {
            let missed: Vec<u64> =
                lines.iter().filter(|(_, n)| **n == 0).map(|(l, _)| *l).collect();
            let of_file = &found["src_stats"][path.as_str()]["violation_lines"];
            let of_file: Vec<u64> = serde_json::from_value(of_file.clone()).unwrap_or_default();
            assert_eq!(of_file, missed, "{format} {path}");
        }
    }
}

/// What DuckDB reads from a CSV and from a Parquet file: the same rows, with these types.
const DUCKDB: &str = r#"
import duckdb, json, sys
csv, parquet = sys.argv[1:3]
all = lambda query: duckdb.execute(query).fetchall()
types = {row[0]: row[1] for row in all(f"DESCRIBE SELECT * FROM '{parquet}'")}
columns = list(types)
same = all(f"""
    SELECT count(*) FROM (
      (SELECT * FROM '{parquet}' EXCEPT ALL SELECT * FROM read_csv('{csv}', header = true, types = {types}))
      UNION ALL
      (SELECT * FROM read_csv('{csv}', header = true, types = {types}) EXCEPT ALL SELECT * FROM '{parquet}'))
""")[0][0] == 0
owners = all(f"""
    SELECT namespace, owner_kind, owner, "binary", build, sum(statements)::BIGINT, sum(covered)::BIGINT
    FROM '{parquet}' GROUP BY ALL ORDER BY ALL
""")
count = all(f"SELECT count(*), count(repo_path), sum(generated::INT)::BIGINT FROM '{csv}'")[0]
json.dump({"types": types, "columns": columns, "same": same, "owners": owners, "count": count}, sys.stdout)
"#;

#[test]
fn duckdb_reads_csv_and_parquet_alike() {
    let Some(program) = tools::python("duckdb_reads_csv_and_parquet_alike", "duckdb") else {
        return;
    };
    let (collection, ..) = with_sources();
    let csv = to_file(&collection, "csv", "files.csv", &[]);
    let parquet = to_file(&collection, "parquet", "files.parquet", &[]);
    let found = python(&program, DUCKDB, &[&csv, &parquet]);
    let rows = collection.stats("file");
    let keys: Vec<Value> = rows[0].keys().into_iter().map(Value::from).collect();
    assert_eq!(found["columns"].as_array().unwrap(), &keys);
    let of = |column: &str| found["types"][column].as_str().unwrap().to_owned();
    assert_eq!(["path", "repo_path", "build"].map(of), ["VARCHAR"; 3]);
    assert_eq!(["statements", "covered"].map(of), ["BIGINT"; 2]);
    assert_eq!(["percent", "generated"].map(of), ["DOUBLE", "BOOLEAN"]);
    assert_eq!(found["same"], true);
    let resolved = rows.iter().filter(|row| !row.get("repo_path").is_null()).count();
    assert!(resolved > 0 && resolved < rows.len());
    let generated = rows.iter().filter(|row| row.get("generated") == true).count();
    assert_eq!(found["count"], serde_json::json!([rows.len(), resolved, generated]));
    let owners: Vec<Value> = world::owners()
        .into_iter()
        .map(|(key, owner)| {
            let (statements, covered) = owner.profile.coverage();
            let [namespace, kind, name, binary, build] = key;
            serde_json::json!([namespace, kind, name, binary, build, statements, covered])
        })
        .collect();
    assert_eq!(found["owners"].as_array().unwrap(), &owners);
    // The same bytes again, and to stdout.
    assert_eq!(fs::read(&parquet).unwrap(), collection.run(["export", "parquet"]).exits(0).stdout);
}

/// The database itself, by Python's own SQLite. DuckDB reads it too, with an extension that it
/// downloads.
const SQLITE: &str = r#"
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
owners = db.execute("SELECT namespace, owner_kind, owner, binary, build, statements, covered, percent"
                    " FROM v_owners ORDER BY 1, 2, 3, 4, 5").fetchall()
files = db.execute("SELECT owner, build, path, statements, covered FROM v_files"
                   " ORDER BY namespace, owner_kind, owner, binary, build, path").fetchall()
tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
version = db.execute("SELECT version FROM schema_version").fetchone()[0]
json.dump({"owners": owners, "files": files, "tables": tables, "version": version}, sys.stdout)
"#;

#[test]
fn the_database_can_be_queried_by_anyone() {
    let test = "the_database_can_be_queried_by_anyone";
    let Some(program) = tools::python(test, "sqlite3") else { return };
    let (collection, ..) = with_sources();
    let found = python(&program, SQLITE, &[&collection.at("coverage.db")]);
    let mut files = Vec::new();
    let owners: Vec<Value> = world::owners()
        .into_iter()
        .map(|(key, owner)| {
            let coverage = owner.profile.coverage();
            let [namespace, kind, name, binary, build] = key;
            for (path, (statements, covered)) in owner.profile.files() {
                files.push(serde_json::json!([name, build, path, statements, covered]));
            }
            let (statements, covered) = coverage;
            let percent = percent(coverage);
            serde_json::json!([namespace, kind, name, binary, build, statements, covered, percent])
        })
        .collect();
    assert_eq!(found["owners"].as_array().unwrap(), &owners);
    assert_eq!(found["files"].as_array().unwrap(), &files);
    let tables: Vec<&str> =
        found["tables"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    for table in ["report_sources", "owners", "owner_reports", "owner_file_stats", "image_sources"]
    {
        assert!(tables.contains(&table), "{tables:?}");
    }
    assert!(found["version"].as_u64().is_some_and(|version| version > 0));
}
