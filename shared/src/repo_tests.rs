//! Tests of the repository shard.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    codec::{Strings, StringsBuilder},
    files::{FileRow, Source},
};

fn names() -> Strings {
    let mut strings = StringsBuilder::default();
    for name in ["a.go", "b/c.go", "m", "m/b", "exact", "ns", "Pod", "p", "bin"] {
        strings.add(name);
    }
    strings.finish()
}

fn source() -> Source {
    Source {
        repo: "h.io/o/r".into(),
        url: "https://h.io/o/r".into(),
        commit: "c0ffee0".into(),
        text_commit: "c0ffee0".into(),
    }
}

/// A repository with one commit and two builds; of each variant its path and its numbers.
fn shard(files: Vec<(u32, Coverage, Variant)>) -> RepoShard {
    let (rows, variants) = files
        .into_iter()
        .map(|(repo_path, coverage, variant)| {
            let row = FileRow { repo_path, source: Some(0), coverage, ..FileRow::default() };
            (row, variant)
        })
        .unzip();
    let pack = "source-0123456789abcdef".to_owned();
    let (build, funcs) = (String::new(), vec![]);
    let build_of = |byte: &str, covered| RepoBuild {
        hash: byte.repeat(16),
        commit: 0,
        coverage: Coverage::new(9, covered).unwrap(),
    };
    RepoShard {
        stats: StatsShard::new(names(), build, vec![source()], vec![pack], rows, funcs).unwrap(),
        repo: "h.io/o/r".into(),
        commits: vec![Coverage::new(9, 5).unwrap()],
        builds: vec![build_of("ab", 4), build_of("cd", 0)],
        owners: vec![RepoOwner { cluster: 0, namespace: 6, kind: 7, name: 8, binary: 9 }],
        runs: vec![
            RepoRun { owner: 0, build: 0, covered: 4 },
            RepoRun { owner: 0, build: 1, covered: 0 },
        ],
        build_sets: vec![vec![0, 1], vec![1]],
        owner_sets: vec![vec![1], vec![0]],
        variants,
        unions: vec!["union-0123456789abcdef".into(), "union-1123456789abcdef".into()],
        unbuilt: vec![Unbuilt { dir: 4, base: 1, commit: 0 }],
    }
}

fn variant(builds: u32, owners: u32, union: u32) -> Variant {
    Variant { builds, owners, union }
}

#[test]
fn variants_are_found_by_path() {
    let coverage = |n| Coverage::new(n, 1).unwrap();
    let shard = shard(vec![
        (1, coverage(2), variant(0, 0, 0)),
        (2, coverage(3), variant(1, 1, 0)),
        (2, coverage(4), variant(0, 0, 1)),
    ]);
    let back = RepoShard::decode(&shard.encode().unwrap()).unwrap();
    assert_eq!(back, shard);
    assert_eq!(back.coverage(), Coverage::new(9, 3).unwrap());
    assert_eq!((back.variants_of("a.go"), back.variants_of("b/c.go")), (0..1, 1..3));
    assert!(["", "b", "z"].into_iter().all(|path| back.variants_of(path).is_empty()));
    assert_eq!((back.path(2), back.path(3)), ("b/c.go", ""));
    assert_eq!((back.builds_of(1), back.runs_of(1)), (&[1][..], vec![1]));
    assert_eq!((back.builds_of(2), back.runs_of(2)), (&[0, 1][..], vec![0, 1]));
    assert_eq!([back.owners_of(0), back.owners_of(1)], [&[1][..], &[0][..]]);
    assert_eq!((back.variants_in(0), back.variants_in(1)), (0..2, 2..3));
    assert_eq!(back.unbuilt_path(&back.unbuilt[0]), "m/b/a.go");
}

#[test]
fn what_is_not_there_is_refused() {
    let good = || shard(vec![(1, Coverage::default(), variant(1, 1, 1))]);
    assert!(RepoShard::decode(&good().encode().unwrap()).is_ok());
    let bad: [fn(&mut RepoShard); 11] = [
        |s| s.variants[0].builds = 2,
        |s| s.variants[0].owners = 2,
        |s| s.variants[0].union = 2,
        |s| s.variants.clear(),
        |s| s.commits.clear(),
        |s| s.builds[0].commit = 1,
        |s| s.runs[0].owner = 1,
        |s| s.runs[0].build = 2,
        |s| s.build_sets[0][0] = 2,
        |s| s.owner_sets[0].push(0),
        |s| s.unbuilt[0].commit = 1,
    ];
    for (at, break_it) in bad.into_iter().enumerate() {
        let mut shard = good();
        break_it(&mut shard);
        assert!(RepoShard::decode(&shard.encode().unwrap()).is_err(), "{at}");
    }
    let (a, b) = (variant(0, 0, 1), variant(0, 0, 0));
    let unsorted = shard(vec![(1, Coverage::default(), a), (2, Coverage::default(), b)]);
    assert!(RepoShard::decode(&unsorted.encode().unwrap()).is_err());
}

fn any_variant() -> impl Strategy<Value = (u32, Coverage, Variant)> {
    let coverage = (0..=u64::MAX / 2, 0..=u64::MAX / 2)
        .prop_map(|(a, b)| Coverage::new(a.max(b), a.min(b)).unwrap());
    (any::<u32>(), coverage, (0_u32..2, 0_u32..2, 0_u32..2)).prop_map(
        |(path, coverage, (builds, owners, union))| {
            (path, coverage, variant(builds, owners, union))
        },
    )
}

proptest! {
    #[test]
    fn rows_come_back(
        mut files in vec(any_variant(), 0..20),
        unbuilt in vec((any::<u32>(), any::<u32>()), 0..10),
    ) {
        files.sort_by_key(|(.., variant)| variant.union);
        let unbuilt = unbuilt.into_iter().map(|(dir, base)| Unbuilt { dir, base, commit: 0 });
        let shard = RepoShard { unbuilt: unbuilt.collect(), ..shard(files) };
        prop_assert_eq!(RepoShard::decode(&shard.encode().unwrap()).unwrap(), shard);
    }

    #[test]
    fn hostile_columns_never_panic(
        values in vec(-1_i64..3, 0..4),
        other in vec(any::<i64>(), 0..4),
        which in vec(any::<bool>(), 64),
    ) {
        let good = shard(vec![(1, Coverage::default(), variant(1, 1, 1))]);
        let bytes = good.encode().unwrap();
        let (mut columns, _) = shard::decode(Kind::Repo, &bytes).unwrap();
        let names = ["builds.commit", "runs.owner", "runs.build", "build_sets", "build_sets.len",
            "owner_sets", "owner_sets.len", "builds_of", "owners_of", "union_of", "unbuilt.dir",
            "unbuilt.base", "unbuilt.commit", "commits.covered", "repo_path", "n_units", "covered"];
        for (name, is_hostile) in names.into_iter().zip(which) {
            if is_hostile {
                let values = if name.len() % 2 == 0 { &values } else { &other };
                columns.put(name, values.iter().copied());
            }
        }
        let bytes = shard::encode(Kind::Repo, &columns, &[]).unwrap();
        if let Ok(read) = RepoShard::decode(&bytes) {
            for at in 0..3 {
                let _ = (read.path(at), read.runs_of(at), read.owners_of(at), read.variants_in(at));
            }
            let _ = (read.coverage(), read.variants_of("a.go"));
        }
    }
}
