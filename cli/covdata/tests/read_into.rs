//! Counter files that are read at once give what they give step by step.

mod encode;

use covdata::{Combine, CounterFile, DecodeError, MetaFile, Warning};
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
}
