//! Real data of six Go releases against what `go tool covdata` printed for it.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod corpus;

use std::fmt::Write as _;

use covdata::{Combine, CounterFile, Directory, ErrorClass, FileName, MetaFile, write_textfmt};

fn textfmt(dirs: &[Directory<'_>]) -> String {
    let mut out = Vec::new();
    let report = write_textfmt(dirs, Combine::Sum, &mut out).unwrap();
    assert_eq!(report.refused, []);
    String::from_utf8(out).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the crate does no I/O, so it has no fs_err")]
fn golden(name: &str) -> String {
    std::fs::read_to_string(corpus::root().join("golden").join(name)).unwrap()
}

#[test]
fn textfmt_is_byte_identical_for_all_directories() {
    let directories = corpus::directories();
    assert_eq!(directories.len(), 14);
    for (number, dir) in directories {
        let files = corpus::read_dir(&dir);
        let dir = Directory::read(corpus::borrow(&files));
        assert_eq!(dir.refused(), [], "{number}");
        // One directory has counters whose meta file nobody has; Go skips them without a word.
        let n_orphans = usize::from(number == "05");
        assert_eq!((dir.findings().len(), dir.orphans().len()), (n_orphans, n_orphans), "{number}");
        assert_eq!(textfmt(&[dir]), golden(&format!("{number}.txt")), "{number}");
    }
}

/// `go tool covdata percent` from the same counters, by another way than through the rows.
#[test]
fn statements_agree_with_percent_where_a_directory_holds_one_program() {
    let mut n_checked = 0;
    for (number, dir) in corpus::directories() {
        let files = corpus::read_dir(&dir);
        let dir = Directory::read(corpus::borrow(&files));
        let [build] = dir.builds() else { continue };
        let counters = build.combined(Combine::Max);
        let mut lines = Vec::new();
        for package in build.meta.packages() {
            let (mut total, mut covered) = (0, 0);
            for func in build.meta.package_funcs(package) {
                let start = usize::try_from(func.units.start).unwrap();
                for (unit, count) in build.meta.func_units(func).iter().zip(&counters[start..]) {
                    total += u64::from(unit.statements);
                    covered += u64::from(unit.statements) * u64::from(*count > 0);
                }
            }
            let percent = 100.0 * f64::from(u32::try_from(covered).unwrap())
                / f64::from(u32::try_from(total).unwrap());
            lines.push((build.meta.str(package.path), total, percent));
        }
        lines.sort_unstable_by_key(|(path, ..)| *path);
        let mut text = String::new();
        for (path, total, percent) in lines {
            write!(text, "\t{path}\t\t").unwrap();
            if total > 0 {
                writeln!(text, "coverage: {percent:.1}% of statements").unwrap();
            }
        }
        assert_eq!(text, golden(&format!("{number}.percent")), "{number}");
        n_checked += 1;
    }
    assert!(n_checked >= 10, "{n_checked}");
}

#[test]
fn the_corpus_has_every_mode_and_encoding() {
    let files = corpus::all_files();
    let mut modes = std::collections::BTreeSet::new();
    let (mut n_raw, mut n_segmented) = (0, 0);
    for (name, bytes) in corpus::borrow(&files) {
        match FileName::parse(name) {
            Some(FileName::Meta { .. }) => {
                let meta = MetaFile::decode(bytes).unwrap();
                let odd = meta.warnings().iter().any(|w| w.class == ErrorClass::HashMismatch);
                assert!(!odd, "{name}: every producer's hash formula is known");
                modes.insert(meta.mode());
            }
            Some(FileName::Counters { .. }) => {
                n_raw += usize::from(bytes[24] == 1);
                n_segmented += usize::from(CounterFile::decode(bytes).unwrap().n_segments() > 1);
            }
            None => {}
        }
    }
    assert_eq!(modes.len(), 3);
    assert!(n_raw > 0 && n_segmented > 0, "{n_raw} {n_segmented}");
}
