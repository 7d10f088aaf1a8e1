//! `compare`: two halves of the sample against what Go says about each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use covatlas_tests::golden::{Golden, Profile, percent};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files, fixtures, tools};

/// The units of a file that make it the same file: range and statements.
pub(crate) type Units = Vec<(String, u64)>;

/// What ran of each file, by path and units: one bit a unit.
pub(crate) type Ran = BTreeMap<String, BTreeMap<Units, Vec<bool>>>;

/// A collection of these directories of the sample, and what Go says ran in them.
pub(crate) fn part(goldens: &[&Golden]) -> (Collection, Ran) {
    let collection = Collection::new();
    let data = collection.beside("data");
    let mut ran = Ran::new();
    for golden in goldens {
        files::copy(&golden.dir(), &data.join(&golden.key));
        let profile = golden.profile();
        for path in profile.files().keys() {
            let file = profile.file(path);
            let units = file.iter().map(|(range, unit)| ((*range).to_owned(), unit.0)).collect();
            let variants = ran.entry((*path).to_owned()).or_default();
            let bits = variants.entry(units).or_insert_with(|| vec![false; file.len()]);
            let counts = file.values().map(|unit| unit.1 > 0);
            bits.iter_mut().zip(counts).for_each(|(bit, now)| *bit |= now);
        }
    }
    collection.import(&data).exits(0);
    collection.run(["compile", "--keep-going"]).exits(0);
    (collection, ran)
}

/// Gained, lost, still uncovered; files that are the same, changed, added, removed.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    statements: [u64; 3],
    files: [u64; 4],
}

fn expected(before: &Ran, after: &Ran) -> Expected {
    let mut expected = Expected::default();
    let none = BTreeMap::new();
    for path in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (before.get(path).unwrap_or(&none), after.get(path).unwrap_or(&none));
        for (units, now) in new {
            let Some(then) = old.get(units) else { continue };
            for ((then, now), (_, statements)) in then.iter().zip(now).zip(units) {
                match (then, now) {
                    (false, true) => expected.statements[0] += statements,
                    (true, false) => expected.statements[1] += statements,
                    (false, false) => expected.statements[2] += statements,
                    (true, true) => {}
                }
            }
        }
        let is_same = |units: &Units| old.contains_key(units);
        expected.files[0] += u64::from(new.keys().any(is_same));
        match (old.is_empty(), new.is_empty()) {
            (true, _) => expected.files[2] += 1,
            (_, true) => expected.files[3] += 1,
            _ => expected.files[1] += u64::from(!old.keys().eq(new.keys())),
        }
    }
    expected
}

pub(crate) fn coverage(ran: &Ran) -> (u64, u64) {
    let files = ran.values().flatten();
    files.fold((0, 0), |sum, (units, bits)| {
        units.iter().zip(bits).fold(sum, |(all, ran), ((_, statements), bit)| {
            (all + statements, ran + if *bit { *statements } else { 0 })
        })
    })
}

fn found(row: &Row) -> Expected {
    Expected {
        statements: ["gained", "lost", "uncovered"].map(|key| row.number(key)),
        files: ["files_same", "files_changed", "files_added", "files_removed"]
            .map(|key| row.number(key)),
    }
}

/// Two halves of the sample that share builds, files of other builds, and more.
fn halves() -> ((Collection, Ran), (Collection, Ran)) {
    let goldens = Golden::all();
    // One directory has several programs in one profile, which Go cannot take apart.
    let single = || goldens.iter().filter(|golden| golden.builds().len() == 1);
    let old: Vec<&Golden> = single().filter(|golden| golden.number % 3 != 1).collect();
    let new: Vec<&Golden> = single().filter(|golden| golden.number % 3 != 0).collect();
    (part(&old), part(&new))
}

#[test]
fn what_was_gained_and_lost_is_what_go_says() {
    let ((before, ran_before), (after, ran_after)) = halves();
    let baseline = before.path();
    let compare = |more: &[&str]| {
        after
            .run([&["compare", baseline.to_str().unwrap(), "--json"], more].concat())
            .exits(0)
            .rows()
    };
    let [row] = &compare(&[])[..] else { panic!() };
    let wanted = expected(&ran_before, &ran_after);
    assert!(wanted.statements.iter().all(|n| *n > 0) && wanted.files[0] > 0, "{wanted:?}");
    assert_eq!(found(row), wanted);
    let keys = [
        "statements_before",
        "covered_before",
        "percent_before",
        "statements",
        "covered",
        "percent",
        "gained",
        "lost",
        "uncovered",
        "kept",
        "unmatched",
        "files_same",
        "files_changed",
        "files_aligned",
        "files_added",
        "files_removed",
    ];
    assert_eq!(row.keys(), keys);
    let (old, new) = (coverage(&ran_before), coverage(&ran_after));
    assert_eq!((row.number("statements_before"), row.number("covered_before")), old);
    assert_eq!(row.coverage(), new);
    assert_eq!(row.get("percent_before").as_f64(), percent(old));
    assert_eq!(row.get("percent").as_f64(), percent(new));

    // File by file.
    let rows = compare(&["--by", "file", "--all"]);
    let paths: BTreeSet<&str> = rows.iter().map(|row| row.text("path")).collect();
    let all: BTreeSet<&str> =
        ran_before.keys().chain(ran_after.keys()).map(String::as_str).collect();
    assert_eq!((paths, rows.len()), (all.clone(), all.len()));
    for row in &rows {
        let path = row.text("path");
        let only = |ran: &Ran| ran.clone().into_iter().filter(|(p, _)| p == path).collect::<Ran>();
        let wanted = expected(&only(&ran_before), &only(&ran_after));
        let state = match wanted.files {
            [_, 1, ..] => "changed",
            [_, _, 1, _] => "added",
            [_, _, _, 1] => "removed",
            _ => "same",
        };
        assert_eq!(row.text("state"), state, "{path}");
        if wanted.files[0] == 1 {
            let numbers = ["gained", "lost", "uncovered"].map(|key| row.number(key));
            assert_eq!(numbers, wanted.statements, "{path}");
        } else {
            assert!(row.get("lost").is_null(), "{path}");
        }
    }
    // Without --all only what differs, most lost first.
    let shown = compare(&["--by", "file"]);
    assert!(
        shown.len() < rows.len()
            && shown.iter().all(|row| {
                row.text("state") != "same" || row.number("gained") + row.number("lost") > 0
            })
    );
    // Funcs add up to their files.
    let funcs = compare(&["--by", "func", "--all"]);
    for file in rows.iter().filter(|row| row.text("state") == "same") {
        let own = || funcs.iter().filter(|func| func.text("path") == file.text("path"));
        for key in ["gained", "lost", "uncovered", "statements", "covered_before"] {
            let sum: u64 = own().map(|func| func.number(key)).sum();
            assert_eq!(sum, file.number(key), "{key} of {}", file.text("path"));
        }
    }
}

#[test]
fn a_part_of_the_cluster_is_compared_with_the_same_part() {
    let ((before, _), (after, _)) = halves();
    let baseline = before.path();
    let compare = ["compare", baseline.to_str().unwrap(), "--json", "--all", "--by", "namespace"];
    for row in after.run(compare).exits(0).rows() {
        let namespace = row.text("namespace");
        let of = |number: bool| {
            let part: Vec<Golden> = Golden::all()
                .into_iter()
                .filter(|g| g.part(1) == namespace && g.builds().len() == 1)
                .filter(|g| g.number % 3 != u64::from(number) as usize)
                .collect();
            part
        };
        let (old, new) = (of(true), of(false));
        let [old, new] = [old, new].map(|goldens| {
            if goldens.is_empty() {
                Ran::new()
            } else {
                part(&goldens.iter().collect::<Vec<_>>()).1
            }
        });
        if !old.is_empty() && !new.is_empty() {
            let wanted = expected(&old, &new);
            let same = wanted.files[0] > 0;
            assert!(!same || found(&row) == wanted, "{namespace}: {row:?} is not {wanted:?}");
        }
        assert_eq!(row.coverage(), coverage(&new), "{namespace}");
    }
}

#[test]
fn gates_markdown_and_mistakes() {
    let ((before, _), (after, _)) = halves();
    let baseline = before.path();
    let baseline = baseline.to_str().unwrap();
    let run = after.run(["compare", baseline, "--fail-on-loss", "--json"]).exits(4);
    assert!(run.rows()[0].number("lost") > 0);
    before.run(["compare", baseline, "--fail-on-loss"]).exits(0).says(&["0 lost"]);
    assert_eq!(before.run(["compare", baseline, "--by", "func", "--json"]).exits(0).text(), "");

    let text = after.run(["compare", baseline, "--markdown", "--by", "owner"]).exits(0).text();
    let row = &after.run(["compare", baseline, "--json"]).exits(0).rows()[0];
    let numbers = format!("- {} gained, **{} lost**", row.number("gained"), row.number("lost"));
    assert!(text.starts_with("**Coverage ") && text.contains(&numbers), "{text}");
    assert!(text.contains("| namespace | owner_kind | owner | binary | before |"), "{text}");
    let bars: BTreeSet<usize> = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.replace("\\|", "").matches('|').count())
        .collect();
    assert_eq!(bars, BTreeSet::from([10]), "{text}");

    let short = after.run(["compare", baseline, "--markdown", "--by", "func", "--limit", "2"]);
    assert!(short.exits(0).text().contains("\n… and "));
    let all = after.run(["compare", baseline, "--hide", "path=*"]).exits(1).prints_nothing();
    all.says(&["nothing matches not path=*"]);

    after.run(["compare"]).exits(2).prints_nothing();
    after.run(["compare", baseline, "--json", "--markdown"]).exits(2).prints_nothing();
    let run = after.run(["compare", after.beside("nowhere").to_str().unwrap()]).exits(1);
    run.prints_nothing().says(&["cannot read the baseline", "nowhere"]);
    let run = after.run(["compare", baseline, "--where", "owner=nobody"]).exits(1);
    run.prints_nothing().says(&["owner=nobody"]);
}

/// What Go's tool makes of a meta file and some of its counter files.
fn by_go(metas: &[PathBuf], counters: &[PathBuf]) -> Profile {
    let dir = tempfile::tempdir().unwrap();
    for path in metas.iter().chain(counters) {
        fs::copy(path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    Profile::parse(&tools::go_textfmt(&[dir.path()]))
}

/// When the first snapshot of [`spread`] was taken, in seconds since 1970.
const START: u64 = 1_795_000_000;

/// A directory of the sample whose snapshots lie a minute apart: those of the sample were taken
/// within seconds.
fn spread(golden: &Golden) -> (Collection, PathBuf, Vec<PathBuf>) {
    let collection = Collection::new();
    let dir = collection.beside("data").join(&golden.key);
    files::copy(&golden.dir(), &dir);
    let mut counters = Vec::new();
    for (minute, path) in (0..).zip(fixtures::counters(&dir)) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (front, _) = name.rsplit_once('.').unwrap();
        let to = dir.join(format!("{front}.{}000000000", START + 60 * minute));
        fs::rename(&path, &to).unwrap();
        counters.push(to);
    }
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile", "--keep-going"]).exits(0);
    (collection, dir, counters)
}

/// Seconds since 1970 as covatlas and people write times.
fn rfc3339(seconds: u64) -> String {
    let output =
        Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%FT%TZ"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn since_a_time_is_what_no_earlier_snapshot_had_by_go() {
    if !tools::has("since_a_time_is_what_no_earlier_snapshot_had_by_go", "go") {
        return;
    }
    let mut n_compared = 0;
    for golden in Golden::all().iter().filter(|golden| golden.builds().len() == 1) {
        let (collection, dir, counters) = spread(golden);
        let metas = fixtures::metas(&dir);
        let all = by_go(&metas, &counters).coverage().1;
        for minute in 0..counters.len() {
            let before = by_go(&metas, &counters[..=minute]).coverage();
            let since = rfc3339(START + 60 * minute as u64 + 1);
            let run = collection.run(["compare", "--json", "--since", &since]).exits(0);
            let row = &run.rows()[0];
            let found = (row.number("statements_before"), row.number("covered_before"));
            assert_eq!(found, before, "{} since {since}", golden.key);
            assert_eq!(row.number("gained"), all - before.1, "{} since {since}", golden.key);
            assert_eq!(row.number("lost"), 0);
            n_compared += u64::from(before.1 < all);
        }
    }
    assert!(n_compared > 0, "no time splits what ran");
    let (collection, _) = part(&[&Golden::all()[0]]);
    let run = collection.run(["compare", "--since", "yesterday"]).exits(2).prints_nothing();
    run.says(&["yesterday"]);
    collection.run(["compare", "x", "--since", "20261120T081502Z"]).exits(2).prints_nothing();
}
