//! `export` from the database: Go's numbers in other tools' formats, and read by these tools.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use covatlas_tests::golden::{Golden, Profile, union};
use covatlas_tests::row::Row;
use covatlas_tests::world::{self, OwnerKey};
use covatlas_tests::{Collection, fixtures, lines, tools};

use crate::pipeline::owner_key;
use crate::stats::{compiled, local_mirror};

pub fn export(collection: &Collection, format: &str, more: &[&str]) -> String {
    let args = [&["export", format], more].concat();
    collection.run(args).exits(0).text()
}

/// The filter for an owner of one directory with one counter file: Go's counts are the owner's,
/// for Go has nothing to add up.
pub fn single() -> (String, Golden) {
    let golden = Golden::all().swap_remove(0);
    let owners = world::owners();
    let own: Vec<_> = owners.iter().filter(|(key, _)| key[2] == "dns-default").collect();
    let [(_, owner)] = own[..] else { panic!("{own:?}") };
    assert_eq!((owner.goldens.as_slice(), fixtures::counters(&golden.dir()).len()), (&[0][..], 1));
    ("owner=dns-default".to_owned(), golden)
}

/// The largest counts of the owners that have one build.
fn largest(build: &str) -> Profile {
    let mut profile = Profile::default();
    let owners = world::owners();
    let own = owners.iter().filter(|(key, _)| key[4] == build);
    own.for_each(|(_, owner)| profile.raise(&owner.profile));
    profile
}

#[test]
fn a_text_profile_has_the_largest_counts_of_the_selected_owners() {
    let collection = compiled();
    let (filter, golden) = single();
    let text = export(&collection, "textfmt", &["--where", &filter]);
    let injected = |line: &&str| !line.contains("/coverage_server.go:");
    let lines = golden.text.lines().filter(injected);
    assert!(text.lines().eq(lines), "line by line what Go writes");
    // Counts are kept for owners; of one pod's processes it is known where they ran.
    let other = &Golden::all()[10];
    let text = export(&collection, "textfmt", &["--where", "pod=covdemo-86b574976-b7w9d"]);
    assert_eq!(Profile::whole(&text).coverage(), other.profile().coverage());
    // Snapshots of one process are added up by Go, so that of all owners only what ran is alike.
    for (key, _) in world::owners() {
        let build = format!("build={}", key[4]);
        let found = Profile::whole(&export(&collection, "textfmt", &["--where", &build]));
        let expected = largest(&key[4]);
        assert!(found.counts.keys().eq(expected.counts.keys()), "{key:?}");
        for (place, count) in &found.counts {
            let most = expected.counts[place];
            assert_eq!(*count > 0, most > 0, "{place:?}");
            assert!(*count <= most, "{place:?}");
        }
    }
}

#[test]
fn of_a_file_with_several_lists_of_units_one_is_written_and_said_so() {
    let collection = compiled();
    let run = collection.run(["export", "textfmt"]).exits(0);
    let profile = Profile::whole(&run.text());
    let owners = world::owners();
    let mut several = 0;
    let paths: Vec<&str> = profile.files().into_keys().collect();
    for path in &paths {
        let lists: std::collections::BTreeSet<Vec<_>> = owners
            .values()
            .map(|o| o.profile.file(path).iter().map(|(r, u)| ((*r).to_owned(), u.0)).collect())
            .filter(|list: &Vec<_>| !list.is_empty())
            .collect();
        let own: Vec<_> = profile.file(path).iter().map(|(r, u)| ((*r).to_owned(), u.0)).collect();
        assert!(lists.contains(&own), "{path}");
        several += usize::from(lists.len() > 1);
    }
    let all: std::collections::BTreeSet<&str> =
        owners.values().flat_map(|o| o.profile.files().into_keys()).collect();
    assert!(all.into_iter().eq(paths.iter().copied()), "every file is there once");
    assert!(several > 1);
    run.says(&[&format!("note: {several} files"), "newest build"]);
}

/// Runs `go` in a copy of the sources that the sample's big program was built from.
fn go_cover_func(collection: &Collection, profile: &Path) -> String {
    let dir = collection.beside("src");
    covatlas_tests::files::copy(&fixtures::small().join("src/covdemo"), &dir);
    let mut go = Command::new("go");
    go.args(["tool", "cover", "-func"]).arg(profile).current_dir(&dir);
    go.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod").env("GOPROXY", "off");
    let output = go.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn go_tool_cover_reads_the_profile() {
    if !tools::has("go_tool_cover_reads_the_profile", "go") {
        return;
    }
    let collection = compiled();
    let profile = collection.beside("cover.out");
    let (filter, golden) = single();
    let output = profile.to_str().unwrap();
    export(&collection, "textfmt", &["--where", &filter, "-o", output]);
    let text = go_cover_func(&collection, &profile);
    let (statements, covered) = golden.profile().coverage();
    let total = format!("{:.1}%", 100.0 * covered as f64 / statements as f64);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("total:") && last.ends_with(&total), "{last}, expected {total}");
    // Func by func what `go tool covdata func` says.
    let of = |line: &str| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        (words[0].clone(), words[words.len() - 1].clone())
    };
    let found: BTreeMap<String, String> = text.lines().map(of).collect();
    let funcs = golden.funcs.lines().filter(|line| line.starts_with("example.com/"));
    let funcs: Vec<_> =
        funcs.filter(|line| !line.contains("/coverage_server.go:")).map(of).collect();
    assert!(funcs.len() > 10);
    for (place, percent) in funcs {
        assert_eq!(found.get(&place), Some(&percent), "{place}");
    }
}

/// A record of a tracefile.
#[derive(Debug, Default)]
struct Record {
    lines: BTreeMap<u64, u64>,
    funcs: BTreeMap<String, (u64, u64)>,
    sums: BTreeMap<String, u64>,
}

fn tracefile(text: &str) -> BTreeMap<String, Record> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let pair = || {
            let (a, b) = value.split_once(',').unwrap();
            (a.parse::<u64>().unwrap(), b.to_owned())
        };
        match key {
            "SF" => {
                current = value.to_owned();
                assert!(records.insert(current.clone(), Record::default()).is_none(), "{value}");
            }
            "DA" => {
                let (number, count) = pair();
                let count = count.parse().unwrap();
                assert_eq!(records.get_mut(&current).unwrap().lines.insert(number, count), None);
            }
            "FN" => {
                let (number, name) = pair();
                let funcs = &mut records.get_mut(&current).unwrap().funcs;
                assert_eq!(funcs.insert(name, (number, 0)), None, "{line}");
            }
            "FNDA" => {
                let (count, name) = pair();
                records.get_mut(&current).unwrap().funcs.get_mut(&name).unwrap().1 = count;
            }
            "LF" | "LH" | "FNF" | "FNH" => {
                let sums = &mut records.get_mut(&current).unwrap().sums;
                sums.insert(key.to_owned(), value.parse().unwrap());
            }
            "TN" | "end_of_record" => {}
            other => panic!("{other}"),
        }
    }
    records
}

/// Counts of the lines with code.
pub fn line_counts(profile: &Profile, path: &str, text: &str) -> BTreeMap<u64, u64> {
    let states = lines::states(text, &profile.file(path));
    let counts = (1..).zip(states).filter_map(|(number, state)| Some((number, state?.1)));
    counts.collect()
}

#[test]
fn a_tracefile_has_the_lines_of_the_page_and_the_functions_of_go() {
    let collection = compiled();
    let (filter, golden) = single();
    let profile = golden.profile();
    let without = tracefile(&export(&collection, "lcov", &["--where", &filter]));
    assert!(without.keys().map(String::as_str).eq(profile.files().into_keys()));
    for (path, record) in &without {
        let mut starts: BTreeMap<u64, u64> = BTreeMap::new();
        for (range, (_, count)) in profile.file(path).iter().filter(|(_, unit)| unit.0 > 0) {
            let line = starts.entry(range.split('.').next().unwrap().parse().unwrap()).or_default();
            *line = (*line).max(*count);
        }
        assert_eq!(record.lines, starts, "{path}");
    }
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    let args = ["--where", &filter, "--paths", "repo"];
    let records = tracefile(&export(&collection, "lcov", &args));
    assert_eq!(records.len(), without.len());
    for (path, record) in &records {
        let text = fs::read_to_string(fixtures::small().join("src").join(path)).unwrap();
        let built = format!("example.com/ocp/{path}");
        assert_eq!(record.lines, line_counts(&profile, &built, &text), "{path}");
        let hit = |counts: &mut dyn Iterator<Item = u64>| counts.filter(|n| *n > 0).count() as u64;
        assert_eq!(record.sums["LF"], record.lines.len() as u64);
        assert_eq!(record.sums["LH"], hit(&mut record.lines.values().copied()));
        assert_eq!(record.sums["FNF"], record.funcs.len() as u64);
        assert_eq!(record.sums["FNH"], hit(&mut record.funcs.values().map(|f| f.1)));
        // Go leaves literals out.
        for line in golden.funcs.lines().filter(|line| line.starts_with(&format!("{built}:"))) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number: u64 = words[0].split(':').nth(1).unwrap().parse().unwrap();
            let (line, count) = record.funcs[words[1]];
            assert_eq!((line, count > 0), (number, words[2] != "0.0%"), "{words:?}");
        }
    }
}

#[test]
fn genhtml_draws_a_page_of_the_tracefile() {
    if !tools::has("genhtml_draws_a_page_of_the_tracefile", "genhtml") {
        return;
    }
    let collection = compiled();
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    let info: PathBuf = collection.beside("coverage.info");
    let (filter, golden) = single();
    let args = ["--paths", "repo", "--where", &filter, "-o", info.to_str().unwrap()];
    export(&collection, "lcov", &args);
    let out = collection.beside("html");
    let mut genhtml = Command::new("genhtml");
    genhtml.arg(&info).arg("-o").arg(&out).current_dir(fixtures::small().join("src"));
    let output = genhtml.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let profile = golden.profile();
    let (mut all, mut ran) = (0, 0);
    for built in profile.files().keys() {
        let path = built.strip_prefix("example.com/ocp/").unwrap();
        let text = fs::read_to_string(fixtures::small().join("src").join(path)).unwrap();
        let counts = line_counts(&profile, built, &text);
        all += counts.len();
        ran += counts.values().filter(|count| **count > 0).count();
    }
    assert!(said.contains(&format!("({ran} of {all} lines)")), "{ran} of {all}: {said}");
    let pages = covatlas_tests::files::list(&out);
    assert!(pages.iter().any(|page| page.ends_with("api/eval.go.gcov.html")), "{said}");
}

/// The cells of a line of CSV without quotes.
fn cells(line: &str) -> Vec<&str> {
    assert!(!line.contains('"'), "{line}");
    line.split(',').collect()
}

#[test]
fn csv_and_json_have_the_rows_of_stats() {
    let collection = compiled();
    let files = collection.stats("file");
    let csv = export(&collection, "csv", &[]);
    let mut lines = csv.split_terminator("\r\n");
    assert_eq!(cells(lines.next().unwrap()), files[0].keys());
    let rows: Vec<Vec<&str>> = lines.map(cells).collect();
    assert_eq!(rows.len(), files.len());
    let owners = world::owners();
    for (cells, file) in rows.iter().zip(&files) {
        let of = |key: &str| cells[file.keys().iter().position(|k| *k == key).unwrap()];
        let key: OwnerKey =
            ["namespace", "owner_kind", "owner", "binary", "build"].map(|k| of(k).to_owned());
        let (statements, covered) = owners[&key].profile.files()[of("path")];
        assert_eq!(of("statements"), statements.to_string());
        assert_eq!(of("covered"), covered.to_string());
    }
    let json: Vec<Row> = serde_json::from_str(&export(&collection, "json", &[])).unwrap();
    assert_eq!(json.len(), files.len());
    let mut n_funcs = 0;
    for (row, file) in json.iter().zip(&files) {
        assert_eq!(row.keys(), [&file.keys()[..], &["funcs"]].concat());
        assert_eq!(owner_key(row), owner_key(file));
        let coverage = owners[&owner_key(row)].profile.files()[row.text("path")];
        assert_eq!(row.coverage(), coverage);
        let funcs = row.get("funcs").as_array().unwrap();
        let sum = |key: &str| funcs.iter().map(|func| func[key].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum("statements"), sum("covered")), coverage, "{row:?}");
        n_funcs += funcs.len();
    }
    assert_eq!(n_funcs, collection.stats("func").len());
    assert!(union(owners.values().map(|o| &o.profile)).0 > 0);
}

#[test]
fn filters_outputs_and_mistakes() {
    let collection = compiled();
    for format in ["textfmt", "lcov", "cobertura", "json", "csv"] {
        let path = collection.beside(format);
        let output = path.to_str().unwrap();
        let filter = ["--where", "owner=etcd"];
        let to_file = [&["export", format, "-o", output], &filter[..]].concat();
        collection.run(to_file).exits(0).prints_nothing();
        let text = export(&collection, format, &filter);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert!(text.contains("main.go") && !text.contains("coverage_server.go"), "{text}");
        let none = collection.run(["export", format, "--where", "owner=nobody"]).exits(1);
        none.prints_nothing().says(&["owner=nobody"]);
        collection.run(["export", format, "--where", "x=1"]).exits(2).prints_nothing();
        let nowhere = collection.beside("nowhere/out");
        let run = collection.run(["export", format, "-o", nowhere.to_str().unwrap()]).exits(1);
        run.says(&["nowhere/out"]);
    }
    collection.run(["export", "textfmt", "--combine", "sum"]).exits(2).prints_nothing();
    let empty = Collection::new();
    empty.run(["export", "textfmt"]).exits(1).prints_nothing();
}
