//! `export` and `inspect`: straight from folders of coverage files.

use std::fs;
use std::path::Path;

use covatlas_tests::binary::covatlas;
use covatlas_tests::golden::{Golden, Profile, union};
use covatlas_tests::row::Row;
use covatlas_tests::world::{MIXED, MIXED_FROM};
use covatlas_tests::{Collection, files, fixtures, tools};

/// `export textfmt` of folders.
fn textfmt(args: &[&str], dirs: &[&Path]) -> covatlas_tests::Finished {
    let dirs = dirs.iter().map(|dir| dir.to_str().unwrap());
    covatlas(["export", "textfmt"].into_iter().chain(args.iter().copied()).chain(dirs))
}

#[test]
fn sums_are_byte_for_byte_gos_goldens() {
    for golden in Golden::all() {
        let run = textfmt(&["--combine", "sum", "--keep-going"], &[&golden.dir()]).exits(0);
        assert!(run.text() == golden.text, "{} differs", golden.number);
    }
}

#[test]
fn sums_are_byte_for_byte_what_the_go_on_this_machine_writes() {
    if !tools::has("sums_are_byte_for_byte_what_the_go_on_this_machine_writes", "go") {
        return;
    }
    let goldens = Golden::all();
    let dirs =
        |numbers: &[usize]| -> Vec<_> { numbers.iter().map(|n| goldens[*n].dir()).collect() };
    // Folders together: replicas, snapshots of one process twice, programs with shared packages.
    for numbers in [&[0][..], &[6, 7, 10, 12], &[3, 2], &[8, 9, 13], &[11, 11], &[1, 5], &[4]] {
        let dirs = dirs(numbers);
        let dirs: Vec<&Path> = dirs.iter().map(|dir| dir.as_path()).collect();
        let modes: std::collections::BTreeSet<&str> =
            numbers.iter().map(|n| goldens[*n].text.lines().next().unwrap()).collect();
        let run = textfmt(&["--combine", "sum", "--keep-going"], &dirs);
        if modes.len() > 1 {
            assert_ne!(run.status, 0, "{numbers:?} have several modes");
            continue;
        }
        assert!(run.text() == tools::go_textfmt(&dirs), "{numbers:?} differ");
    }
}

#[test]
fn the_largest_counts_are_those_of_processes_and_the_output_may_be_a_file() {
    let collection = Collection::new();
    let golden = &Golden::all()[6];
    let run = textfmt(&[], &[&golden.dir()]).exits(0);
    let (max, sum) = (Profile::parse(&run.text()), golden.profile());
    assert_eq!(max.coverage(), sum.coverage());
    // Three snapshots of one process: Go adds them, so each of its counts is too large.
    for (place, count) in &max.counts {
        let total = sum.counts[place];
        assert!(*count <= total && total <= 3 * count, "{place:?}: {count} of {total}");
    }
    let path = collection.beside("out.txt");
    let to_file = textfmt(&["-o", path.to_str().unwrap()], &[&golden.dir()]).exits(0);
    to_file.prints_nothing();
    assert_eq!(fs::read_to_string(&path).unwrap(), run.text());
}

#[test]
fn a_damaged_file_is_lost_and_the_rest_is_exported() {
    let collection = Collection::new();
    let golden = &Golden::all()[6];
    let dir = collection.beside("dir");
    files::copy(&golden.dir(), &dir);
    let counters = fixtures::counters(&dir);
    files::replace(&counters[0], &fs::read(&counters[0]).unwrap()[..50]);
    let run = textfmt(&["--combine", "sum"], &[&dir]).exits(3);
    let name = counters[0].file_name().unwrap().to_str().unwrap();
    let text = run.text();
    run.says(&[name, "Truncated", "at byte"]);
    fs::remove_file(&counters[0]).unwrap();
    assert_eq!(textfmt(&["--combine", "sum"], &[&dir]).exits(0).text(), text);
    for wrong in [["--where", "pod=x"], ["--paths", "repo"]] {
        textfmt(&wrong, &[&dir]).exits(2).prints_nothing();
    }
    let nowhere = collection.beside("nowhere");
    textfmt(&[], &[&nowhere]).exits(1).says(&[nowhere.to_str().unwrap()]);
}

const SOUND: [&str; 12] = [
    "file",
    "kind",
    "hash",
    "go_version",
    "packages",
    "funcs",
    "units",
    "statements",
    "segments",
    "pid",
    "time",
    "warnings",
];

fn inspect(path: &Path) -> covatlas_tests::Finished {
    covatlas(["inspect", "--json", path.to_str().unwrap()])
}

#[test]
fn inspect_says_what_files_hold() {
    for golden in Golden::all() {
        let rows = inspect(&golden.dir());
        let orphaned = golden.number == 5;
        let rows = rows.exits(if orphaned { 3 } else { 0 }).rows();
        let (dirs, files): (Vec<&Row>, Vec<&Row>) =
            rows.iter().partition(|row| row.text("kind") == "directory");
        assert_eq!(dirs.len(), 1, "{}", golden.key);
        for row in &files {
            assert_eq!(row.keys(), SOUND, "{row:?}");
            let bytes = fs::read(row.text("file")).unwrap();
            let name = row.text("file").rsplit('/').next().unwrap();
            let numbers: Vec<&str> = name.rsplit('.').take(2).collect();
            match row.text("kind") {
                "meta" => assert_eq!(row.text("hash"), fixtures::hex(&bytes[24..40])),
                "counters" => {
                    assert_eq!(row.text("hash"), fixtures::hex(&bytes[8..24]));
                    assert_eq!(row.number("pid").to_string(), numbers[1]);
                    assert_eq!(row.number("time").to_string(), numbers[0]);
                }
                kind => assert!(kind == "other" && name.starts_with("tmp."), "{row:?}"),
            }
        }
        assert_eq!(files.len(), covatlas_tests::files::list(&golden.dir()).len());
        // Straight from a folder, the injected server's file counts as it does for Go.
        // Of several programs, files with equal units count once, and others as often as they differ.
        let goldens = Golden::all();
        let of = |number: &usize| Profile::whole(&goldens[*number].text);
        let builds: Vec<Profile> = match golden.number {
            MIXED => MIXED_FROM.iter().map(of).collect(),
            number => vec![of(&number)],
        };
        let all = union(&builds);
        assert_eq!(dirs[0].coverage(), all, "{}", golden.key);
    }
}

#[test]
fn inspect_names_class_offset_and_field_of_damage_and_never_arguments() {
    let collection = Collection::new();
    let dir = collection.beside("dir");
    files::copy(&Golden::all()[0].dir(), &dir);
    let counters = fixtures::counters(&dir).remove(0);
    let good = fs::read(&counters).unwrap();
    let args = good.windows(5).any(|window| window == b"argv0");
    assert!(args, "the file has its process's arguments");
    for path in [&dir, &counters] {
        let run = inspect(path).exits(0);
        assert!(!run.text().contains("argv") && !run.text().contains("/tmp/go-build"));
    }
    files::replace(&counters, &good[..good.len() - 20]);
    let run = inspect(&dir).exits(3);
    let rows = run.rows();
    let damaged: Vec<&Row> = rows.iter().filter(|row| row.keys().contains(&"error")).collect();
    assert_eq!(damaged.len(), 1);
    assert_eq!(damaged[0].keys(), ["file", "error"]);
    let error = damaged[0].get("error");
    assert_eq!(error["class"], "Truncated", "{error}");
    for key in ["offset", "field", "message"] {
        assert!(!error[key].is_null(), "{error}");
    }
    covatlas(["inspect", collection.beside("nowhere").to_str().unwrap()]).exits(1);
}
