//! What holds for all bytes, and for all files that can be written.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "helpers of tests")]

mod corpus;
mod encode;

use std::sync::LazyLock;

use covdata::{Combine, CounterFile, Directory, FileName, MetaFile, MetaHash, peek_hash};
use encode::{CounterSpec, FuncSpec, MetaSpec, PackageSpec, SegmentSpec};
use encode::{encode_counters, encode_meta};
use proptest::collection::vec;
use proptest::prelude::*;

static FILES: LazyLock<corpus::Files> = LazyLock::new(corpus::all_files);

/// Small numbers are common, but every width occurs.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 0u32..4, 2 => 0u32..300, 1 => any::<u32>()]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-c]{1,2}", "[a-z/.*\u{e9}]{1,150}"]
}

fn func() -> impl Strategy<Value = FuncSpec> {
    let units = vec(prop::array::uniform5(number()), 0..6);
    (name(), name(), units, any::<bool>()).prop_map(|(name, file, units, literal)| FuncSpec {
        name,
        file,
        units,
        literal,
    })
}

fn package() -> impl Strategy<Value = PackageSpec> {
    (name(), name(), name(), vec(func(), 0..5))
        .prop_map(|(path, name, module, funcs)| PackageSpec { path, name, module, funcs })
}

fn meta() -> impl Strategy<Value = MetaSpec> {
    (any::<[u8; 16]>(), 1u8..=3, 1u8..=2, vec(package(), 0..5)).prop_map(
        |(hash, mode, granularity, packages)| MetaSpec { hash, mode, granularity, packages },
    )
}

fn segment() -> impl Strategy<Value = SegmentSpec> {
    let args = prop::collection::btree_map(name(), name(), 0..4);
    let records = vec((number(), number(), vec(number(), 0..6)), 0..8);
    (args, records)
        .prop_map(|(args, records)| SegmentSpec { args: args.into_iter().collect(), records })
}

fn counters() -> impl Strategy<Value = CounterSpec> {
    (any::<[u8; 16]>(), 1u8..=2, 0u8..=1, vec(segment(), 1..4)).prop_map(
        |(hash, flavor, big_endian, segments)| CounterSpec { hash, flavor, big_endian, segments },
    )
}

/// A file of the corpus with some bytes changed and perhaps cut.
fn damaged() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let edits = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (0..FILES.len(), edits, prop::option::of(any::<prop::sample::Index>())).prop_map(
        |(file, edits, cut)| {
            let mut bytes = FILES[file].1.clone();
            for (at, value) in edits {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = value;
                }
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            (file, bytes)
        },
    )
}

/// Decodes by every way there is.
fn decode_all(bytes: &[u8]) {
    peek_hash(bytes).ok();
    if let Ok(meta) = MetaFile::decode(bytes) {
        let n: usize = meta.funcs().iter().map(|func| meta.func_units(func).len()).sum();
        assert_eq!(n, meta.units().len());
        let n: usize = meta.packages().iter().map(|p| meta.package_funcs(p).len()).sum();
        assert_eq!(n, meta.funcs().len());
    }
    if let Ok(file) = CounterFile::decode(bytes) {
        let (mut n_records, mut n_counters) = (0, 0);
        file.for_each_record(|_, _, counters| {
            n_records += 1;
            n_counters += counters.len() as u64;
        });
        assert_eq!((n_records, n_counters), (file.n_records(), file.n_counters()));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        decode_all(&bytes);
    }

    #[test]
    fn random_bytes_behind_a_sound_header_never_panic(tail in vec(any::<u8>(), 0..200)) {
        for mut file in [encode::meta_sample(), encode::counter_sample()] {
            let keep = file.len() / 2;
            file.truncate(keep);
            file.extend(&tail);
            let n = file.len() as u64;
            decode_all(&file);
            if file[2] == b'v' {
                file[8..16].copy_from_slice(&n.to_le_bytes());
            } else {
                file.extend(b"\0cwm\0\0\0\0\x01\0\0\0\0\0\0\0");
            }
            decode_all(&file);
        }
    }

    #[test]
    fn damaged_real_files_never_panic((file, bytes) in damaged()) {
        decode_all(&bytes);
        let name = FILES[file].0.as_str();
        let others = corpus::borrow(&FILES).take(6);
        let dir = Directory::read(others.chain([(name, bytes.as_slice())]));
        covdata::write_textfmt(&[dir], Combine::Sum, &mut Vec::new()).ok();
    }

    #[test]
    fn meta_files_round_trip(spec in meta()) {
        let bytes = encode_meta(&spec);
        let meta = MetaFile::decode(&bytes).unwrap();
        prop_assert_eq!(meta.hash(), MetaHash::from_bytes(spec.hash));
        prop_assert_eq!(meta.packages().len(), spec.packages.len());
        for (package, want) in meta.packages().iter().zip(&spec.packages) {
            let texts = [package.path, package.name, package.module_path].map(|id| meta.str(id));
            prop_assert_eq!(texts, [&want.path, &want.name, &want.module].map(String::as_str));
            let funcs = meta.package_funcs(package);
            prop_assert_eq!(funcs.len(), want.funcs.len());
            for (func, want) in funcs.iter().zip(&want.funcs) {
                prop_assert_eq!(meta.str(func.name), &want.name);
                prop_assert_eq!(meta.str(func.file), &want.file);
                prop_assert_eq!(func.is_literal, want.literal);
                let units = meta.func_units(func).iter();
                let units: Vec<_> = units
                    .map(|u| [u.start_line, u.start_col, u.end_line, u.end_col, u.statements])
                    .collect();
                prop_assert_eq!(&units, &want.units);
            }
        }
    }

    #[test]
    fn counter_files_round_trip(spec in counters()) {
        let bytes = encode_counters(&spec);
        let file = CounterFile::decode(&bytes).unwrap();
        let mut records = Vec::new();
        file.for_each_record(|package, func, counters| {
            records.push((package, func, counters.to_vec()));
        });
        prop_assert_eq!(records, spec.segments[0].records.clone());
        prop_assert_eq!(file.n_segments() as usize, spec.segments.len());
        prop_assert_eq!(file.warnings().len(), usize::from(spec.segments.len() > 1));
        prop_assert_eq!(file.meta_hash(), MetaHash::from_bytes(spec.hash));
    }

    #[test]
    fn every_proper_prefix_is_refused(spec in meta(), counters in counters(), at in any::<prop::sample::Index>()) {
        let meta = encode_meta(&spec);
        let cut = at.index(meta.len());
        prop_assert!(MetaFile::decode(&meta[..cut]).is_err(), "{} of {}", cut, meta.len());
        // A file of several segments may be cut exactly behind one of them.
        let single = CounterSpec { segments: counters.segments[..1].to_vec(), ..counters };
        let file = encode_counters(&single);
        let cut = at.index(file.len());
        prop_assert!(CounterFile::decode(&file[..cut]).is_err(), "{} of {}", cut, file.len());
    }

    #[test]
    fn combining_is_the_same_in_any_order(
        mode in 1u8..=3,
        first in vec(number(), 4),
        second in vec(number(), 4),
        sum in any::<bool>(),
    ) {
        let mut spec = encode::meta_spec();
        spec.mode = mode;
        let meta = MetaFile::decode(&encode_meta(&spec)).unwrap();
        let combine = if sum { Combine::Sum } else { Combine::Max };
        let files = [first, second].map(|counts| {
            let mut spec = encode::counter_spec();
            let [a, b, c, d] = counts[..] else { unreachable!() };
            spec.segments[0].records =
                vec![(1, 0, vec![d]), (0, 1, vec![c]), (0, 0, vec![a, b])];
            encode_counters(&spec)
        });
        let run = |order: [usize; 2]| {
            let mut counters = [0; 4];
            for index in order {
                let file = CounterFile::decode(&files[index]).unwrap();
                let report = file.merge_into(&meta, &mut counters, combine).unwrap();
                assert_eq!(report.applied, 3);
            }
            counters
        };
        prop_assert_eq!(run([0, 1]), run([1, 0]));
        if mode == 1 {
            prop_assert!(run([0, 1]).iter().all(|count| *count <= 1));
        }
    }

    #[test]
    fn covered_units_are_those_with_a_count(
        shape in vec(0usize..40, 1..6),
        files in vec((any::<u64>(), 1u8..=2, 0u8..=1), 1..4),
    ) {
        let mut meta = encode::meta_spec();
        meta.packages.truncate(1);
        let template = meta.packages[0].funcs[0].clone();
        meta.packages[0].funcs = shape
            .iter()
            .map(|n| FuncSpec { units: vec![[1, 1, 2, 2, 1]; *n], ..template.clone() })
            .collect();
        let files: Vec<_> = files.into_iter().enumerate().map(|(pid, (seed, flavor, big_endian))| {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Mostly zeros and small numbers, sometimes of two to five bytes.
                let [.., kind, value] = state.to_be_bytes()[..4] else { unreachable!() };
                match kind { 0..128 => 0, 128..220 => u32::from(value % 128), _ => 1 << (value % 32) }
            };
            let mut spec = encode::counter_spec();
            (spec.flavor, spec.big_endian) = (flavor, big_endian);
            let records = (0u32..).zip(&shape);
            spec.segments[0].records =
                records.map(|(func, n)| (0, func, (0..*n).map(|_| next()).collect())).collect();
            (format!("covcounters.x.{pid}.1"), encode_counters(&spec))
        }).collect();
        let meta = encode_meta(&meta);
        let borrowed = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let dir = Directory::read(borrowed.chain([("covmeta.x", meta.as_slice())]));
        prop_assert_eq!(dir.refused(), &[]);
        let build = &dir.builds()[0];
        let mut largest = vec![0; build.meta.units().len()];
        for (_, bytes) in &files {
            let mut at = 0;
            CounterFile::decode(bytes).unwrap().for_each_record(|_, _, counters| {
                for counter in counters {
                    largest[at] = largest[at].max(*counter);
                    at += 1;
                }
            });
        }
        prop_assert_eq!(build.combined(Combine::Max), largest.clone());
        let covered: Vec<_> = largest.iter().map(|count| *count > 0).collect();
        prop_assert_eq!(build.covered(), covered);
    }

    #[test]
    fn names_never_panic_and_keep_their_numbers(tag in "\\S{1,20}", pid in 0..=i64::MAX as u64, time: u64) {
        let parsed = FileName::parse(&format!("covcounters.{tag}.{pid}.{time}"));
        prop_assert_eq!(parsed, Some(FileName::Counters { tag: tag.clone(), pid, time }));
        FileName::parse(&tag);
    }
}
