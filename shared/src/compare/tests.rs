use proptest::{collection::vec, prelude::*};

use super::columns::deltas;
use super::*;
use crate::codec::{Columns, StringsBuilder};

fn delta() -> impl Strategy<Value = Delta> {
    let few = || prop_oneof![Just(0_u64), 0_u64..900];
    let side = || (0_u64..900, few());
    (few(), few(), few(), few(), side(), side(), 0_u32..4).prop_map(
        |(gained, lost, uncovered, kept, before, after, state)| Delta {
            before: Coverage::new(before.0 + before.1, before.0).unwrap(),
            after: Coverage::new(after.0 + after.1, after.0).unwrap(),
            gained,
            lost,
            uncovered,
            kept,
            state: State::of_code(state).unwrap(),
        },
    )
}

fn shard() -> impl Strategy<Value = CompareShard> {
    let times = || proptest::option::of(-9_i64..9);
    let rows = (vec(delta(), 0..4), vec(delta(), 1..5), vec((any::<u32>(), delta()), 0..6));
    (rows, delta(), ".{0,8}", [times(), times(), times(), times(), times()]).prop_map(
        |((owners, files, funcs), total, name, [since, a, b, c, d])| {
            let mut strings = StringsBuilder::default();
            let name = strings.add(&name);
            let n = u32::try_from(files.len()).unwrap();
            CompareShard {
                about: About { baseline: "x".into(), since, before: [a, b], now: [c, d] },
                total,
                n_files: [1, 2, 3, 4, u64::from(n)],
                owners: owners
                    .into_iter()
                    .map(|delta| OwnerDelta { name, delta, ..OwnerDelta::default() })
                    .collect(),
                repos: vec![RepoDeltas { repo: name, shard: "y".into(), files: n, funcs: 7 }],
                files: files
                    .into_iter()
                    .map(|delta| FileDelta { base: name, delta, ..FileDelta::default() })
                    .collect(),
                variants: (0..n)
                    .map(|file| FileVariant {
                        file,
                        entry: n - file,
                        has_text: file % 2 == 1,
                        ..FileVariant::default()
                    })
                    .collect(),
                funcs: funcs
                    .into_iter()
                    .map(|(line, delta)| FuncDelta { file: line % n, name, line, delta })
                    .collect(),
                packs: vec!["p".into()],
                lines: vec!["l".into()],
                builds: vec!["b".into()],
                strings: strings.finish(),
            }
        },
    )
}

#[test]
fn variants_are_found_by_file() {
    let variant = |file| FileVariant { file, ..FileVariant::default() };
    let shard = CompareShard {
        files: vec![FileDelta::default(); 3],
        variants: [0, 0, 2].map(variant).to_vec(),
        ..CompareShard::default()
    };
    assert_eq!([0, 1, 2, 9].map(|file| shard.variants_of(file).len()), [2, 0, 1, 0]);
}

#[test]
fn rows_must_point_to_what_is_there() {
    let whole = CompareShard {
        files: vec![FileDelta::default()],
        variants: vec![FileVariant::default()],
        packs: vec!["p".into()],
        lines: vec!["l".into()],
        builds: vec!["b".into()],
        ..CompareShard::default()
    };
    let is_read = |shard: &CompareShard| CompareShard::decode(&shard.encode().unwrap()).is_ok();
    assert!(is_read(&whole));
    assert!(!is_read(&CompareShard { packs: vec![], ..whole.clone() }));
    assert!(!is_read(&CompareShard { lines: vec![], ..whole.clone() }));
    assert!(!is_read(&CompareShard { builds: vec![], ..whole.clone() }));
    assert!(!is_read(&CompareShard { files: vec![], ..whole.clone() }));
    let funcs = vec![FuncDelta { file: 1, ..FuncDelta::default() }];
    assert!(!is_read(&CompareShard { funcs, ..whole }));
}

proptest! {
    #[test]
    fn comparisons_come_back(shard in shard()) {
        prop_assert_eq!(CompareShard::decode(&shard.encode().unwrap()).unwrap(), shard);
    }

    #[test]
    fn damaged_comparisons_never_panic(
        shard in shard(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = shard.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..at]] {
            if let Ok(read) = CompareShard::decode(bytes) {
                let _ = (read.total.unmatched(), read.variants_of(usize::MAX));
            }
        }
    }

    #[test]
    fn hostile_numbers_never_panic(numbers in vec(any::<i64>(), 9)) {
        let mut columns = Columns::default();
        let fields = [
            "statements", "gained", "lost", "uncovered", "kept", "rest_before", "rest", "state", "grown",
        ];
        for (field, number) in fields.iter().zip(numbers) {
            columns.put(&format!("total.{field}"), [number]);
        }
        if let Some(read) = deltas(&columns, "total") {
            let _ = (read[0].unmatched(), read[0].is_nothing());
        }
    }
}
