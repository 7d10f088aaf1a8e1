//! Rows, their order, and how rows of several programs become one.

use super::*;
use crate::encode::{counter_sample, counter_spec, encode_counters, encode_meta, meta_spec};

fn text(dirs: &[Directory<'_>], combine: Combine) -> String {
    let mut out = Vec::new();
    let report = write_textfmt(dirs, combine, &mut out).unwrap();
    assert_eq!(report.refused, []);
    String::from_utf8(out).unwrap()
}

#[test]
fn rows_are_sorted_and_counters_of_two_processes_combined() {
    let (meta, counters) = (encode_meta(&meta_spec()), counter_sample());
    let files = [
        ("covmeta.a", meta.as_slice()),
        ("covcounters.a.1.1", counters.as_slice()),
        ("covcounters.a.2.1", counters.as_slice()),
    ];
    let dirs = [Directory::read(files)];
    insta::assert_snapshot!(text(&dirs, Combine::Sum), @r"
    mode: atomic
    m/a/a.go:3.10,5.2 2 10
    m/a/a.go:4.3,4.300 1 0
    m/a/a.go:7.12,9.2 1 0
    m/b/b.go:3.20,3.20 0 600
    ");
    assert!(text(&dirs, Combine::Max).contains("m/a/a.go:3.10,5.2 2 5\n"));
}

#[test]
fn packages_are_sorted_by_path_so_files_are_not() {
    let mut spec = meta_spec();
    spec.packages[0].path = "m/a-b".to_owned();
    spec.packages[0].funcs[0].file = "m/a-b/x.go".to_owned();
    spec.packages[0].funcs.truncate(1);
    spec.packages[1].path = "m/a".to_owned();
    spec.packages[1].funcs[0].file = "m/a/x.go".to_owned();
    let meta = encode_meta(&spec);
    insta::assert_snapshot!(text(&[Directory::read([("covmeta.a", meta.as_slice())])], Combine::Sum), @r"
    mode: atomic
    m/a/x.go:3.20,3.20 0 0
    m/a-b/x.go:3.10,5.2 2 0
    m/a-b/x.go:4.3,4.300 1 0
    ");
}

#[test]
fn equal_functions_of_two_programs_become_one_row_and_renamed_ones_stay_two() {
    let first = meta_spec();
    let mut second = meta_spec();
    second.hash = [1; 16];
    second.packages.truncate(1);
    second.packages[0].funcs[1].name = "*T.A".to_owned();
    let mut spec = counter_spec();
    spec.hash = second.hash;
    spec.segments[0].records = vec![(0, 0, vec![u32::MAX - 2, 1]), (0, 1, vec![9])];
    let (a, b) = (encode_meta(&first), encode_meta(&second));
    let (of_a, of_b) = (counter_sample(), encode_counters(&spec));
    let files = [
        ("covmeta.a", &a),
        ("covmeta.b", &b),
        ("covcounters.a.1.1", &of_a),
        ("covcounters.b.1.1", &of_b),
    ];
    let dirs = [Directory::read(files.map(|(name, bytes)| (name, bytes.as_slice())))];
    insta::assert_snapshot!(text(&dirs, Combine::Sum), @r"
    mode: atomic
    m/a/a.go:3.10,5.2 2 4294967295
    m/a/a.go:4.3,4.300 1 1
    m/a/a.go:7.12,9.2 1 9
    m/a/a.go:7.12,9.2 1 0
    m/b/b.go:3.20,3.20 0 300
    ");
    assert!(text(&dirs, Combine::Max).contains("a.go:3.10,5.2 2 4294967293\n"));
}

#[test]
fn counters_find_their_meta_file_in_another_directory() {
    let (meta, counters) = (encode_meta(&meta_spec()), counter_sample());
    let first = Directory::read([("1/covcounters.a.1.1", counters.as_slice())]);
    let second = Directory::read([("2/covmeta.a", meta.as_slice())]);
    let dirs = [first, second];
    assert!(text(&dirs, Combine::Sum).contains("m/a/a.go:3.10,5.2 2 5\n"));
    let report = write_textfmt(&dirs[..1], Combine::Sum, &mut Vec::new()).unwrap();
    assert_eq!((report.n_rows, report.orphans), (0, vec!["1/covcounters.a.1.1"]));
}

#[test]
fn set_mode_gives_ones() {
    let mut spec = meta_spec();
    spec.mode = 1;
    let (meta, counters) = (encode_meta(&spec), counter_sample());
    let files = [("covmeta.a", meta.as_slice()), ("covcounters.a.1.1", counters.as_slice())];
    let text = text(&[Directory::read(files)], Combine::Sum);
    assert!(text.starts_with("mode: set\nm/a/a.go:3.10,5.2 2 1\n"), "{text}");
}

#[test]
fn no_meta_file_gives_no_byte() {
    assert_eq!(text(&[], Combine::Sum), "");
    assert_eq!(text(&[Directory::read([])], Combine::Sum), "");
}

#[test]
fn a_meta_file_without_packages_gives_the_mode_alone() {
    let mut spec = meta_spec();
    spec.packages.clear();
    let meta = encode_meta(&spec);
    assert_eq!(
        text(&[Directory::read([("covmeta.a", meta.as_slice())])], Combine::Sum),
        "mode: atomic\n"
    );
}

#[test]
fn modes_and_granularities_must_agree_before_anything_is_written() {
    let meta = encode_meta(&meta_spec());
    for (field, offset) in [("mode", 48), ("granularity", 49)] {
        let mut other = meta.clone();
        other[24] ^= 1;
        other[offset] = 2;
        let dirs = [Directory::read([("covmeta.a", meta.as_slice()), ("covmeta.b", &other)])];
        let mut out = Vec::new();
        let err = write_textfmt(&dirs, Combine::Sum, &mut out).unwrap_err();
        let TextfmtError::Clash { name, error } = err else { panic!("{err}") };
        assert_eq!((name.as_str(), error.class), ("covmeta.b", ErrorClass::ModeClash));
        assert_eq!((error.field, error.offset), (field, u64::try_from(offset).unwrap()));
        assert!(out.is_empty());
    }
}

#[test]
fn decimals_have_no_leading_zeros() {
    for number in [0, 7, 10, 300, 1_000_000_000, u32::MAX] {
        let mut out = Vec::new();
        push_decimal(&mut out, number);
        assert_eq!(out, number.to_string().as_bytes());
    }
}
