//! Counter files that are read at once give what they give step by step.

mod encode;

use covdata::{Combine, CounterFile, DecodeError, LastFile, MetaFile, Warning};
use encode::{CounterSpec, FuncSpec, MetaSpec, PackageSpec, SegmentSpec};
use encode::{encode_counters, encode_meta};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

type Records = Vec<(u32, u32, Vec<u32>)>;

/// What happens between two files.
#[derive(Clone, Debug)]
enum Edit {
    Count(Index, Index, u32),
    Remove(Index),
    Swap(Index, Index),
    Insert(Index, u32, u32, u32),
    Copy(Index, Index),
    WrongLength(Index),
}

/// How a file is written.
#[derive(Clone, Debug)]
struct Writing {
    edits: Vec<Edit>,
    flavor: u8,
    argument: String,
    is_foreign: bool,
    more_segments: bool,
    damage: Option<(Index, u8)>,
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let count = prop_oneof![3 => 0u32..4, 2 => 0u32..300, 1 => any::<u32>()];
    prop_oneof![
        8 => (at(), at(), count.clone()).prop_map(|(a, b, n)| Edit::Count(a, b, n)),
        2 => at().prop_map(Edit::Remove),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Swap(a, b)),
        4 => (at(), 0u32..4, 0u32..5, count).prop_map(|(a, p, f, n)| Edit::Insert(a, p, f, n)),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Copy(a, b)),
        1 => at().prop_map(Edit::WrongLength),
    ]
}

fn writing() -> impl Strategy<Value = Writing> {
    (
        vec(edit(), 0..5),
        prop_oneof![6 => Just(2u8), 1 => Just(1u8)],
        prop_oneof![4 => Just("a".to_owned()), 1 => "[a-c]{0,9}"],
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.1, (any::<Index>(), any::<u8>())),
    )
        .prop_map(|(edits, flavor, argument, is_foreign, more_segments, damage)| Writing {
            edits,
            flavor,
            argument,
            is_foreign,
            more_segments,
            damage,
        })
}

/// Functions of 0 to 5 units, in three packages.
fn meta(mode: u8, n_units: &[[u8; 4]; 3]) -> MetaSpec {
    let unit = |at: u8| [u32::from(at) + 1, 1, u32::from(at) + 1, 9, 1];
    let func = |n: &u8| FuncSpec {
        name: "f".to_owned(),
        file: "p/f.go".to_owned(),
        units: (0..*n).map(unit).collect(),
        literal: false,
    };
    let package = |funcs: &[u8; 4]| PackageSpec {
        path: "p".to_owned(),
        name: "p".to_owned(),
        module: "p".to_owned(),
        funcs: funcs.iter().map(func).collect(),
    };
    let packages = n_units.iter().map(package).collect();
    MetaSpec { hash: [7; 16], mode, granularity: 1, packages }
}

fn apply(records: &mut Records, edit: &Edit, n_units: &[[u8; 4]; 3]) {
    let n = records.len();
    let length = |package: u32, func: u32| {
        let funcs = usize::try_from(package).ok().and_then(|p| n_units.get(p));
        funcs.and_then(|f| f.get(usize::try_from(func).ok()?)).map_or(2, |n| usize::from(*n))
    };
    match edit {
        Edit::Insert(at, package, func, count) => {
            let at = at.index(n + 1);
            records.insert(at, (*package, *func, vec![*count; length(*package, *func)]));
        }
        _ if records.is_empty() => {}
        Edit::Count(record, unit, count) => {
            let record = record.get_mut(records);
            if !record.2.is_empty() {
                *unit.get_mut(&mut record.2) = *count;
            }
        }
        Edit::Remove(at) => drop(records.remove(at.index(n))),
        Edit::Swap(a, b) => records.swap(a.index(n), b.index(n)),
        Edit::Copy(from, to) => {
            let copy = from.get(records).clone();
            records.insert(to.index(n), copy);
        }
        Edit::WrongLength(at) => at.get_mut(records).2.push(1),
    }
}

fn write(records: &Records, writing: &Writing) -> Vec<u8> {
    let args = vec![("argc".to_owned(), writing.argument.clone())];
    let segment = SegmentSpec { args, records: records.clone() };
    let mut bytes = encode_counters(&CounterSpec {
        hash: [if writing.is_foreign { 8 } else { 7 }; 16],
        flavor: writing.flavor,
        big_endian: 0,
        segments: vec![segment; if writing.more_segments { 2 } else { 1 }],
    });
    if let Some((at, byte)) = &writing.damage {
        *at.get_mut(&mut bytes) = *byte;
    }
    bytes
}

/// A file's counts and warnings, step by step.
fn slowly(bytes: &[u8], meta: &MetaFile) -> Result<(Vec<u32>, Vec<Warning>), DecodeError> {
    let file = CounterFile::decode(bytes)?;
    let mut counts = vec![0; meta.units().len()];
    let report = file.merge_into(meta, &mut counts, Combine::Max)?;
    Ok((counts, [file.warnings(), &report.warnings].concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn reading_at_once_gives_what_decoding_and_merging_give(
        mode in 1u8..=3,
        n_units in prop::array::uniform3(prop::array::uniform4(0u8..6)),
        writings in vec(writing(), 1..12),
    ) {
        let meta = MetaFile::decode(&encode_meta(&meta(mode, &n_units))).unwrap();
        let mut records = Records::new();
        let mut counts = vec![9; 3];
        for writing in &writings {
            let before = records.clone();
            writing.edits.iter().for_each(|edit| apply(&mut records, edit, &n_units));
            let bytes = write(&records, writing);
            match (CounterFile::read_into(&bytes, &meta, &mut counts), slowly(&bytes, &meta)) {
                (Ok(warnings), Ok((expected, expected_warnings))) => {
                    prop_assert_eq!(&counts, &expected);
                    prop_assert_eq!(warnings, expected_warnings);
                }
                (Err(found), Err(expected)) => {
                    prop_assert_eq!(found, expected);
                    // The next file goes on from one that could be read.
                    records = before;
                }
                (found, expected) => prop_assert!(false, "{found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn following_gives_what_reading_gives_if_nothing_gets_smaller(
        mode in 1u8..=3,
        n_units in prop::array::uniform3(prop::array::uniform4(0u8..12)),
        grows in any::<bool>(),
        writings in vec(writing(), 1..12),
    ) {
        let meta = MetaFile::decode(&encode_meta(&meta(mode, &n_units))).unwrap();
        let n = meta.units().len();
        let (mut last, mut risen) = (LastFile::default(), Vec::new());
        let (mut records, mut counts, mut read) = (Records::new(), vec![0; n], Vec::new());
        let mut has_last = false;
        for writing in &writings {
            let before = records.clone();
            writing.edits.iter().for_each(|edit| apply(&mut records, edit, &n_units));
            if grows {
                keep_growing(&mut records, &before);
            }
            let mut bytes = write(&records, writing);
            let expected = CounterFile::read_into(&bytes, &meta, &mut read);
            let was = counts.clone();
            if has_last && last.follow(&mut bytes, &meta, &mut counts, &mut risen) {
                prop_assert!(expected.is_ok_and(|warnings| warnings.is_empty()));
                prop_assert_eq!(&counts, &read);
                for unit in 0..n {
                    prop_assert!(counts[unit] >= was[unit]);
                    let is_risen = risen.iter().any(|units| units.contains(&unit));
                    prop_assert!(is_risen || counts[unit] == 0 || was[unit] > 0);
                }
            } else {
                prop_assert_eq!(&counts, &was);
                if expected.is_ok() {
                    (counts, has_last) = (read.clone(), true);
                    last.remember(&mut bytes);
                } else {
                    records = before;
                }
            }
        }
    }
}

/// Undoes what a program does not do: records of before are there still, and count no less.
fn keep_growing(records: &mut Records, before: &Records) {
    for (at, record) in before.iter().enumerate() {
        let known = records.iter_mut().find(|(p, f, _)| (*p, *f) == (record.0, record.1));
        match known {
            Some((.., counts)) if counts.len() == record.2.len() => {
                counts
                    .iter_mut()
                    .zip(&record.2)
                    .for_each(|(now, before)| *now = (*now).max(*before));
            }
            Some(_) => {}
            None => records.insert(at.min(records.len()), record.clone()),
        }
    }
}

/// A program that goes on: more counts, a func between others, numbers that get longer.
#[test]
fn a_file_of_a_process_that_goes_on_is_followed() {
    let meta = MetaFile::decode(&encode_meta(&meta(3, &[[9, 2, 1, 3], [4; 4], [1; 4]]))).unwrap();
    let files: [Records; 4] = [
        vec![(0, 0, vec![1, 0, 0, 0, 127, 0, 0, 0, 5]), (1, 2, vec![0, 7, 0, 1])],
        vec![(0, 0, vec![2, 0, 0, 0, 128, 0, 0, 0, 5]), (1, 2, vec![0, 7, 0, 1])],
        vec![
            (2, 3, vec![1]),
            (0, 0, vec![2, 0, 3, 0, 128, 0, 0, 0, 5]),
            (0, 3, vec![0, 0, 70_000]),
            (1, 2, vec![0, 7, 0, u32::MAX]),
            (2, 2, vec![4]),
        ],
        vec![(0, 0, vec![1, 0, 3, 0, 128, 0, 0, 0, 5])],
    ];
    let writing = Writing {
        edits: Vec::new(),
        flavor: 2,
        argument: "a".to_owned(),
        is_foreign: false,
        more_segments: false,
        damage: None,
    };
    let mut bytes = files.iter().map(|records| write(records, &writing));
    let (mut last, mut counts, mut risen) = (LastFile::default(), Vec::new(), Vec::new());
    let mut first = bytes.next().unwrap();
    CounterFile::read_into(&first, &meta, &mut counts).unwrap();
    last.remember(&mut first);
    let mut follow = || {
        let mut bytes = bytes.next().unwrap();
        let is_followed = last.follow(&mut bytes, &meta, &mut counts, &mut risen);
        (is_followed, risen.clone(), counts.clone())
    };
    let (is_followed, risen, counts) = follow();
    assert!(is_followed && risen.is_empty());
    assert_eq!(counts[..9], [2, 0, 0, 0, 128, 0, 0, 0, 5]);
    let (is_followed, risen, counts) = follow();
    assert!(is_followed);
    assert_eq!(risen, [34..35, 0..9, 12..15, 33..34]);
    assert_eq!((counts[2], counts[14], counts[26], counts[33]), (3, 70_000, u32::MAX, 4));
    let (is_followed, _, after) = follow();
    assert!(!is_followed, "a count is smaller");
    assert_eq!(after, counts);
}
