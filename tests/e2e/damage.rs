//! Damaged files: each gives its class, takes nothing else with it, and a good copy heals it.

use std::path::{Path, PathBuf};

use covatlas_tests::layout::{CounterLayout, MetaLayout, put_u32, put_u64, u32_at, u64_at};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files, fixtures};
use serde_json::Value;

/// What becomes of the report whose file is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// Nothing is left of its owner.
    Gone,
    /// Its units are known, but none of them ran.
    Nothing,
    /// All is as it was; there is at most a note.
    Same,
}

/// A way to damage a file, and what must be said of it.
struct Case {
    name: String,
    /// `None` where a note is enough.
    class: Option<&'static str>,
    after: After,
    bytes: Vec<u8>,
}

/// A collection without any loss, with a report of one meta file and one counter file whose build
/// no other report has.
struct Victim {
    collection: Collection,
    before: Vec<Row>,
    meta: PathBuf,
    counters: PathBuf,
}

/// The owner of that report.
const VICTIM: &str = "router-default";

impl Victim {
    fn new() -> Self {
        let collection = Collection::new();
        fixtures::whole_data(&collection.beside("data"));
        collection.import(&collection.beside("data")).exits(0);
        collection.run(["compile"]).exits(0);
        let dir = collection.report_dir(VICTIM);
        Self {
            before: collection.stats("owner"),
            meta: fixtures::metas(&dir).remove(0),
            counters: fixtures::counters(&dir).remove(0),
            collection,
        }
    }

    /// Runs all cases on one file, one after the other, and heals it after each.
    fn run(&self, file: &Path, cases: Vec<Case>) {
        let good = std::fs::read(file).unwrap();
        for case in cases {
            files::replace(file, &case.bytes);
            self.check(file, &case);
            files::replace(file, &good);
        }
        let healed = self.collection.run(["compile", "--json"]).exits(0);
        assert!(healed.problems().iter().all(|p| p["severity"] == "note"), "{healed:?}");
        assert_eq!(self.collection.stats("owner"), self.before, "a good copy heals");
        assert_eq!(self.collection.stats("collection")[0].number("reports_failed"), 0);
    }

    fn check(&self, file: &Path, case: &Case) {
        let name = &case.name;
        let run = self.collection.run(["compile", "--json"]).says(&[]);
        let problems = run.problems();
        assert_eq!(run.status, if case.class.is_some() { 3 } else { 0 }, "{name}: {problems:?}");
        if let Some(class) = case.class {
            let is_loss = |p: &&Value| p["severity"] == "loss" && is_about(p, file);
            let loss = problems.iter().find(is_loss);
            let loss =
                loss.unwrap_or_else(|| panic!("{name}: no loss names the file: {problems:?}"));
            let cause = loss["cause"].as_str().unwrap();
            assert!(cause.starts_with(&format!("{class}: ")), "{name}: {cause}");
            assert!(!loss["remedy"].as_str().unwrap().is_empty(), "{name}: {loss}");
            if !["Orphan", "BadMagic"].contains(&class) {
                let place = cause.split("at byte ").nth(1).and_then(|rest| rest.split(',').next());
                let offset: Option<usize> = place.and_then(|offset| offset.parse().ok());
                assert!(offset.is_some_and(|o| o <= case.bytes.len()), "{name}: {cause}");
                assert!(cause.contains("while reading "), "{name}: no field: {cause}");
            }
            let failed = self.collection.stats("collection")[0].number("reports_failed");
            assert_eq!(failed, 1, "{name}");
        }
        self.check_numbers(case);
    }

    fn check_numbers(&self, case: &Case) {
        let is_victim = |row: &&Row| row.text("owner") == VICTIM;
        let now = self.collection.stats("owner");
        let others = |rows: &[Row]| -> Vec<Row> {
            rows.iter().filter(|row| !is_victim(row)).cloned().collect()
        };
        assert_eq!(others(&now), others(&self.before), "{}: other reports changed", case.name);
        let (was, is) = (self.before.iter().find(is_victim).unwrap(), now.iter().find(is_victim));
        match case.after {
            After::Gone => assert_eq!(is, None, "{}", case.name),
            After::Nothing => {
                let is = is.unwrap_or_else(|| panic!("{}: the owner is gone", case.name));
                assert_eq!(is.coverage(), (was.coverage().0, 0), "{}", case.name);
            }
            After::Same => assert_eq!(is, Some(was), "{}", case.name),
        }
    }
}

fn is_about(problem: &Value, file: &Path) -> bool {
    let place = problem["place"].as_str().unwrap();
    place.ends_with(file.file_name().unwrap().to_str().unwrap())
}

/// Damages a copy of a good file.
fn case(
    name: &str,
    class: impl Into<Option<&'static str>>,
    after: After,
    good: &[u8],
    damage: impl FnOnce(&mut Vec<u8>),
) -> Case {
    let mut bytes = good.to_vec();
    damage(&mut bytes);
    assert_ne!(bytes, good, "{name} changes nothing");
    Case { name: name.to_owned(), class: class.into(), after, bytes }
}

/// The file cut at some of its borders, and one byte to either side of them.
fn cuts(good: &[u8], borders: impl IntoIterator<Item = usize>, after: After) -> Vec<Case> {
    let cut =
        |at: usize| case(&format!("cut at {at}"), "Truncated", after, good, |b| b.truncate(at));
    let around = |border: usize| [border.saturating_sub(1), border, border + 1];
    let mut places: Vec<usize> = borders.into_iter().flat_map(around).collect();
    places.retain(|at| *at < good.len());
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(cut).collect()
}

/// Things that are no coverage file at all.
fn foreign(after: After) -> Vec<Case> {
    let not_found = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>\n".repeat(20);
    let contents: [(&str, &'static str, Vec<u8>); 5] = [
        ("an error page", "BadMagic", not_found),
        ("zeros", "BadMagic", vec![0; 4096]),
        ("gzip", "BadMagic", [&[0x1f, 0x8b, 8, 0][..], &[7; 500]].concat()),
        ("a text profile", "BadMagic", b"mode: atomic\nx/a.go:1.1,2.2 1 1\n".repeat(9)),
        ("an executable", "BadMagic", [&b"\x7fELF\x02\x01\x01"[..], &[0; 900]].concat()),
    ];
    contents
        .map(|(name, class, bytes)| Case {
            name: name.to_owned(),
            class: Some(class),
            after,
            bytes,
        })
        .into()
}

#[test]
fn meta_files_cut_anywhere() {
    let victim = Victim::new();
    let good = std::fs::read(&victim.meta).unwrap();
    let borders: Vec<usize> = MetaLayout::of(&good).borders.into_iter().collect();
    // All borders of the header and of the first package, then every fifth.
    let some = borders.iter().copied().enumerate().filter(|(i, _)| *i < 22 || i % 5 == 0);
    let end = [good.len()];
    victim.run(&victim.meta, cuts(&good, some.map(|(_, at)| at).chain(end), After::Gone));
}

#[test]
fn meta_files_with_wrong_fields() {
    use After::{Gone, Same};
    let victim = Victim::new();
    let good = std::fs::read(&victim.meta).unwrap();
    let layout = MetaLayout::of(&good);
    let first = &layout.packages[0];
    let last = layout.packages.len() - 1;
    let lengths = 56 + 8 * layout.packages.len();
    let func = first.funcs[0].0;
    let counters = std::fs::read(&victim.counters).unwrap();
    let mut cases = vec![
        case("magic", "BadMagic", Gone, &good, |b| b[3] ^= 1),
        case("a counter file", "BadMagic", Gone, &good, |b| *b = counters),
        case("version 2", "UnsupportedVersion", Gone, &good, |b| put_u32(b, 4, 2)),
        case("version 0", "UnsupportedVersion", Gone, &good, |b| put_u32(b, 4, 0)),
        case("a smaller total length", "Malformed", Gone, &good, |b| put_u64(b, 8, 60)),
        case("a larger total length", "Truncated", Gone, &good, |b| put_u64(b, 8, 1 << 40)),
        case("2^33 packages", "TooLarge", Gone, &good, |b| put_u64(b, 16, 1 << 33)),
        case("2^64-1 packages", "TooLarge", Gone, &good, |b| put_u64(b, 16, u64::MAX)),
        case("one package more", "Malformed", Gone, &good, |b| put_u64(b, 16, last as u64 + 2)),
        case("one package less", "Malformed", Gone, &good, |b| put_u64(b, 16, last as u64)),
        case("mode 0", "Malformed", Gone, &good, |b| b[48] = 0),
        case("mode 9", "Malformed", Gone, &good, |b| b[48] = 9),
        case("granularity 7", "Malformed", Gone, &good, |b| b[49] = 7),
        case("package offset at the end", "Truncated", Gone, &good, |b| {
            let end = b.len() as u64;
            put_u64(b, 56, end);
        }),
        case("package length 10", "Truncated", Gone, &good, |b| put_u64(b, lengths, 10)),
        case("package length 2^63", "Malformed", Gone, &good, |b| put_u64(b, lengths, 1 << 63)),
        case("blob length", "Malformed", Gone, &good, |b| {
            let length = u32_at(b, first.start) - 1;
            put_u32(b, first.start, length as u32);
        }),
        case("path index", "Malformed", Gone, &good, |b| put_u32(b, first.start + 8, 5_000)),
        case("2^32-1 funcs", "Malformed", Gone, &good, |b| put_u32(b, first.start + 40, u32::MAX)),
        case("func offset 3", "Malformed", Gone, &good, |b| put_u32(b, first.start + 44, 3)),
        case("strings without end", "Malformed", Gone, &good, |b| b[first.strings] = 0x7f),
        case("more units than bytes", "TooLarge", Gone, &good, |b| b[func] = 0x7f),
        case("one more byte", None, Same, &good, |b| b.push(0)),
    ];
    cases.extend(foreign(Gone));
    victim.run(&victim.meta, cases);
    assert_eq!(u64_at(&good, 8), good.len(), "the header tells the length of the file");
}

#[test]
fn counter_files_cut_anywhere() {
    let victim = Victim::new();
    let good = std::fs::read(&victim.counters).unwrap();
    let borders: Vec<usize> = CounterLayout::of(&good).borders.into_iter().collect();
    victim.run(&victim.counters, cuts(&good, borders, After::Nothing));
}

#[test]
fn counter_files_with_wrong_fields() {
    use After::Nothing;
    let victim = Victim::new();
    let good = std::fs::read(&victim.counters).unwrap();
    let layout = CounterLayout::of(&good);
    let (records, footer) = (layout.records, layout.footer);
    let n = u64_at(&good, 32) as u64;
    let meta = std::fs::read(&victim.meta).unwrap();
    let mut cases = vec![
        case("magic", "BadMagic", Nothing, &good, |b| b[3] ^= 1),
        case("a meta file", "BadMagic", Nothing, &good, |b| *b = meta),
        case("version 2", "UnsupportedVersion", Nothing, &good, |b| put_u32(b, 4, 2)),
        case("version 0", "UnsupportedVersion", Nothing, &good, |b| put_u32(b, 4, 0)),
        case("another build's hash", "Orphan", Nothing, &good, |b| b[8] ^= 0x10),
        case("flavor 0", "Malformed", Nothing, &good, |b| b[24] = 0),
        case("flavor 3", "Malformed", Nothing, &good, |b| b[24] = 3),
        case("2^32 more records", "Malformed", Nothing, &good, |b| put_u64(b, 32, n + (1 << 32))),
        case("2^64-1 records", "Malformed", Nothing, &good, |b| put_u64(b, 32, u64::MAX)),
        case("a record more", "Malformed", Nothing, &good, |b| put_u64(b, 32, n + 1)),
        case("a record less", "Malformed", Nothing, &good, |b| put_u64(b, 32, n - 1)),
        case("strings of 4 GB", "Truncated", Nothing, &good, |b| put_u32(b, 40, u32::MAX)),
        case("arguments of 4 GB", "Truncated", Nothing, &good, |b| put_u32(b, 44, u32::MAX)),
        case("a counter less", "LengthMismatch", Nothing, &good, |b| {
            b[records] -= 1;
            b.remove(records + 3);
        }),
        case("a counter more", "LengthMismatch", Nothing, &good, |b| {
            b[records] += 1;
            b.insert(records + 3, 1);
        }),
        case("no segments", "Malformed", Nothing, &good, |b| put_u32(b, footer + 8, 0)),
        case("footer magic", "Truncated", Nothing, &good, |b| b[footer + 3] ^= 1),
        case("one more byte", "Truncated", Nothing, &good, |b| b.push(0)),
        case("the second half of another upload", "BadMagic", Nothing, &good, |b| {
            b.drain(..footer / 2);
        }),
        case("three segments", "Malformed", Nothing, &good, |b| put_u32(b, footer + 8, 3)),
    ];
    cases.extend(foreign(Nothing));
    victim.run(&victim.counters, cases);
}

#[test]
fn a_damaged_copy_of_a_meta_file_is_read_from_a_replica() {
    let victim = Victim::new();
    // Three pods of one Deployment carry the same meta file.
    let dir = victim.collection.report_dir("covdemo-86b574976-b7w9d");
    let meta = fixtures::metas(&dir).remove(0);
    let good = std::fs::read(&meta).unwrap();
    // Behind the header, so that the build is still known.
    files::replace(&meta, &good[..good.len() / 2]);
    let run = victim.collection.run(["compile", "--json"]).exits(3);
    let losses: Vec<_> =
        run.problems().into_iter().filter(|problem| problem["severity"] == "loss").collect();
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert!(is_about(&losses[0], &meta), "{losses:?}");
    assert_eq!(victim.collection.stats("owner"), victim.before, "no count is lost with the copy");
}

#[test]
fn one_damaged_snapshot_of_several_loses_only_itself() {
    let victim = Victim::new();
    let dir = victim.collection.report_dir("x2kqp~covdemo~covdemo~20261120T081502Z");
    let files = fixtures::counters(&dir);
    assert_eq!(files.len(), 3, "three snapshots of one process");
    files::replace(&files[1], b"");
    victim.collection.run(["compile"]).exits(3).says(&["Truncated", "at byte 0"]);
    // The last snapshot has everything that the earlier ones have.
    assert_eq!(victim.collection.stats("owner"), victim.before);
}
