//! A sample in each encoding, and how it fits its meta file.

use super::*;
use crate::encode::{counter_sample, counter_spec, encode_counters, meta_sample};
use crate::{ErrorClass, MetaFile};

fn records(file: &CounterFile<'_>) -> Vec<(u32, u32, Vec<u32>)> {
    let mut records = Vec::new();
    file.for_each_record(|package, func, counters| records.push((package, func, counters.into())));
    records
}

#[test]
fn every_flavor_gives_the_same_records() {
    for (flavor, big_endian) in [(2, 0), (2, 1), (1, 0), (1, 1)] {
        let spec = crate::encode::CounterSpec { flavor, big_endian, ..counter_spec() };
        let bytes = encode_counters(&spec);
        let file = CounterFile::decode(&bytes).unwrap();
        assert_eq!(records(&file), spec.segments[0].records, "{flavor} {big_endian}");
        assert_eq!((file.n_segments(), file.n_records(), file.n_counters()), (1, 2, 3));
        assert_eq!(file.warnings(), []);
    }
}

#[test]
fn only_the_first_segment_counts() {
    let mut spec = counter_spec();
    let mut second = spec.segments[0].clone();
    second.records[0].2 = vec![9, 9];
    spec.segments.push(second);
    let bytes = encode_counters(&spec);
    let file = CounterFile::decode(&bytes).unwrap();
    assert_eq!(file.n_segments(), 2);
    assert_eq!(records(&file), spec.segments[0].records);
    let [warning] = file.warnings() else { panic!("{:?}", file.warnings()) };
    assert_eq!(warning.class, ErrorClass::Malformed);
    assert_eq!(warning.field, "number of segments");
}

#[test]
fn combining_follows_mode_and_rule() {
    let sample = meta_sample();
    let bytes = counter_sample();
    let file = CounterFile::decode(&bytes).unwrap();
    let run = |mode: u8, combine, before: [u32; 4]| {
        let mut sample = sample.clone();
        sample[48] = mode;
        let meta = MetaFile::decode(&sample).unwrap();
        let mut counters = before;
        let report = file.merge_into(&meta, &mut counters, combine).unwrap();
        (counters, report.saturated)
    };
    assert_eq!(run(3, Combine::Max, [7, 0, 1, 0]), ([7, 0, 1, 300], 0));
    assert_eq!(run(2, Combine::Sum, [7, 0, 1, 0]), ([12, 0, 1, 300], 0));
    assert_eq!(run(3, Combine::Sum, [u32::MAX - 1, 0, 0, 0]), ([u32::MAX, 0, 0, 300], 1));
    assert_eq!(run(1, Combine::Sum, [0, 0, 1, 1]), ([1, 0, 1, 1], 0));
    assert_eq!(run(1, Combine::Max, [0; 4]), ([1, 0, 0, 1], 0));
}

#[test]
fn unknown_functions_are_left_out_and_reported() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    let mut spec = counter_spec();
    spec.segments[0].records =
        vec![(0, 2, vec![1]), (0, 1, vec![4]), (9, 0, vec![1, 2]), (1, 1, vec![])];
    let bytes = encode_counters(&spec);
    let mut counters = [0; 4];
    let file = CounterFile::decode(&bytes).unwrap();
    let report = file.merge_into(&meta, &mut counters, Combine::Sum).unwrap();
    assert_eq!(counters, [0, 0, 4, 0]);
    assert_eq!((report.applied, report.unknown_functions), (1, 3));
    let [warning] = report.warnings.as_slice() else { panic!("{report:?}") };
    assert_eq!(warning.class, ErrorClass::UnknownFunction);
    assert!(warning.message.contains("first function 2 of package 0"), "{warning}");
}

#[test]
fn a_wrong_length_changes_nothing() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    for wrong in [vec![1], vec![1, 2, 3]] {
        let mut spec = counter_spec();
        spec.segments[0].records = vec![(1, 0, vec![8]), (0, 0, wrong)];
        let bytes = encode_counters(&spec);
        let file = CounterFile::decode(&bytes).unwrap();
        let mut counters = [0; 4];
        let err = file.merge_into(&meta, &mut counters, Combine::Max).unwrap_err();
        assert_eq!((err.class, err.field), (ErrorClass::LengthMismatch, "counters"));
        assert_eq!(counters, [0; 4]);
    }
}

#[test]
fn counters_of_another_build_are_refused() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    let mut bytes = counter_sample();
    bytes[8] ^= 1;
    let file = CounterFile::decode(&bytes).unwrap();
    let err = file.merge_into(&meta, &mut [0; 4], Combine::Max).unwrap_err();
    assert_eq!((err.class, err.offset, err.field), (ErrorClass::Orphan, 8, "meta hash"));
}

#[test]
fn an_array_of_another_length_is_refused() {
    let meta = MetaFile::decode(&meta_sample()).unwrap();
    let bytes = counter_sample();
    let file = CounterFile::decode(&bytes).unwrap();
    let err = file.merge_into(&meta, &mut [0; 3], Combine::Max).unwrap_err();
    assert_eq!(err.class, ErrorClass::LengthMismatch);
}
