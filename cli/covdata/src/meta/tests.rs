//! A sample, field by field.

use super::*;
use crate::encode::{SAMPLE_HASH, meta_sample};

#[test]
fn a_sample_decodes_to_its_packages_functions_and_units() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    assert_eq!(meta.hash(), MetaHash::from_bytes(SAMPLE_HASH));
    assert_eq!((meta.mode(), meta.granularity()), (Mode::Atomic, Granularity::PerBlock));
    let [a, b] = meta.packages() else { panic!("{:?}", meta.packages()) };
    assert_eq!([a.path, a.name, a.module_path].map(|id| meta.str(id)), ["m/a", "a", "m"]);
    assert_eq!([b.path, b.name, b.module_path].map(|id| meta.str(id)), ["m/b", "b", "m"]);
    let names: Vec<_> = meta.funcs().iter().map(|func| meta.str(func.name)).collect();
    assert_eq!(names, ["F", "*T.G", "func.L3.C9"]);
    assert_eq!(meta.package_funcs(b)[0].package, 1);
    assert!(meta.package_funcs(b)[0].is_literal);
    assert_eq!(meta.func_units(&meta.funcs()[0])[1].end_col, 300);
    assert_eq!(meta.n_statements(), 4);
}

#[test]
fn unit_ranges_follow_the_indexes_of_counter_records() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    assert_eq!(meta.unit_range(0, 0), Some(0..2));
    assert_eq!(meta.unit_range(0, 1), Some(2..3));
    assert_eq!(meta.unit_range(0, 2), None); // the next package's function is not this one's
    assert_eq!(meta.unit_range(1, 0), Some(3..4));
    assert_eq!(meta.unit_range(2, 0), None);
    assert_eq!(meta.unit_range(0, u32::MAX), None);
}

#[test]
fn equal_strings_of_two_packages_have_one_id() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    let [a, b] = meta.packages() else { panic!("two packages") };
    assert_eq!(a.module_path, b.module_path);
    assert_eq!(meta.str(a.module_path), "m");
}

#[test]
fn units_sort_by_end_line_before_start_column() {
    let unit = |start_line, start_col, end_line| Unit {
        start_line,
        start_col,
        end_line,
        end_col: 1,
        statements: 1,
    };
    let mut units = [unit(2, 1, 3), unit(1, 1, 9), unit(1, 5, 2)];
    units.sort();
    assert_eq!(units, [unit(1, 5, 2), unit(1, 1, 9), unit(2, 1, 3)]);
}

#[test]
fn a_file_splits_into_its_head_and_its_packages() {
    let bytes = meta_sample();
    let (head, packages) = MetaFile::split(&bytes).unwrap();
    assert_eq!(packages.len(), 2);
    assert_eq!([&[head][..], &packages].concat().concat(), bytes);
    assert_eq!(MetaFile::split(&[&bytes[..], b"x"].concat()), None, "bytes behind the end");
    for end in 0..bytes.len() {
        assert_eq!(MetaFile::split(&bytes[..end]), None, "cut at {end}");
    }
    for at in 0..head.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        if let Some((head, packages)) = MetaFile::split(&damaged) {
            assert_eq!([&[head][..], &packages].concat().concat(), damaged, "byte {at}");
        }
    }
}
