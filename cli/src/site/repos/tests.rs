//! Tests of what is written of repositories.

use covatlas_shared::{
    layout::Form,
    repo::RepoShard,
    union::{UnionCounts, UnionShard},
};

use super::*;
use crate::{
    db::{Checkout, Database},
    encode::FuncSpec,
    sample::{Run, counters, func, meta, time},
    site::{builds, packs},
};

/// Two programs, each in a pod of its own: (program, funcs, their counts, commit).
type Program<'a> = (&'a str, Vec<FuncSpec>, &'a [&'a [u32]], &'a str);

struct Texts(&'static [&'static str]);

impl TextSource for Texts {
    fn text(&self, _: &str, _: &str, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn paths(&self, _: &str, commit: &str) -> Option<Vec<String>> {
        let all = self.0.iter().filter_map(|path| path.split_once('@'));
        Some(all.filter(|(_, at)| *at == commit).map(|(path, _)| path.to_owned()).collect())
    }
}

/// What is written of these programs' repository, whose files are called as the programs call them
/// without `m/`; `files` are those of its trees, `path@commit`. The shards of counts come with it.
fn written(
    programs: &[Program<'_>],
    files: &'static [&'static str],
) -> (RepoShard, Vec<UnionShard>) {
    let run = Run::new();
    for (hash, (program, funcs, counts, _)) in (1_u8..).zip(programs) {
        let pod = format!("n{hash}/ns/{program}-0/c/20261120T081502Z/img/{program}");
        run.put(&pod, "covmeta.x", &meta(hash, funcs.clone()));
        let counts = counters(hash, counts);
        run.put(&pod, &format!("covcounters.x.1.{}", time(hash.into())), &counts);
    }
    run.compile();
    let db = Database::open(&run.collection.database()).unwrap();
    let mut input = Input::read_all(&db).unwrap();
    for (.., commit) in programs {
        let (repo, commit) = ("h.io/o/r".to_owned(), (*commit).to_owned());
        let (url, text_commit) = (String::new(), commit.clone());
        let checkout = Checkout { repo: repo.clone(), commit: commit.clone(), url, text_commit };
        input.checkouts.insert((repo, commit), checkout);
    }
    for build in &mut input.builds {
        let of_program = programs.iter().find(|(program, ..)| *program == build.row.binary);
        let found = build.table.files().iter().enumerate().map(|(idx, file)| {
            let path = file.path.strip_prefix("m/")?;
            Some(Resolution {
                build_id: 0,
                idx,
                repo: "h.io/o/r".into(),
                commit: of_program?.3.into(),
                repo_path: path.into(),
                resolution: "exact".into(),
                evidence: "info".into(),
                reason: String::new(),
                generated: false,
            })
        });
        build.resolutions = found.collect();
    }
    let texts = Texts(files);
    let writer = Writer::create(&run.collection.site_dir(), Form::Gz).unwrap();
    let packs = packs::write(&input, &texts, &writer).unwrap();
    let noise = vec![false; input.owners.len()];
    let builds = builds::write(&input, &packs, &noise, &writer).unwrap();
    let site = Site { input: &input, packs: &packs, builds: &builds, texts: &texts };
    let (name, files) = by_repo(&input).into_iter().next().unwrap();
    let repo = Repo::new(site, name, files);
    let shard = shard::write(&repo, &writer).unwrap();
    let union = |at| {
        let range = shard.variants_in(at);
        let files = repo.files.get(range).unwrap().iter();
        let units = files.clone().flat_map(|file| shard::units(&repo, file)).collect();
        let runs = files.clone().flat_map(|file| shard::covered(&repo, file)).map(|(_, n)| n);
        let builds = files.flat_map(|file| shard::by_build(&repo, file)).map(|(_, n)| n);
        let (runs, builds) = (runs.collect(), builds.collect());
        UnionShard::new(&shard, at, UnionCounts { units, runs, builds }).unwrap()
    };
    let unions = (0..shard.unions.len()).map(union).collect();
    (RepoShard::decode(&shard.encode().unwrap()).unwrap(), unions)
}

fn numbers(coverage: covatlas_shared::stats::Coverage) -> (u64, u64) {
    (coverage.covered(), coverage.statements())
}

#[test]
fn a_shared_file_counts_once_and_each_build_has_its_own_numbers() {
    let (shard, unions) = written(
        &[
            (
                "a",
                vec![func("m/cmd/a.go", &[10]), func("m/lib.go", &[60, 40])],
                &[&[1], &[3, 1]],
                "c1",
            ),
            (
                "b",
                vec![func("m/cmd/b.go", &[10]), func("m/lib.go", &[60, 40])],
                &[&[7], &[0, 0]],
                "c1",
            ),
        ],
        &[],
    );
    assert_eq!(numbers(shard.coverage()), (120, 120));
    assert_eq!(shard.commits.iter().map(|c| numbers(*c)).collect::<Vec<_>>(), [(120, 120)]);
    let builds: Vec<_> = shard.builds.iter().map(|b| numbers(b.coverage)).collect();
    assert_eq!(builds, [(110, 110), (10, 110)]);
    assert_eq!(shard.runs.iter().map(|r| r.covered).collect::<Vec<_>>(), [110, 10]);
    let paths: Vec<&str> = (0..3).map(|at| shard.path(at)).collect();
    assert_eq!(paths, ["cmd/a.go", "cmd/b.go", "lib.go"]);
    assert_eq!(
        [shard.builds_of(0), shard.builds_of(1), shard.builds_of(2)],
        [&[0][..], &[1], &[0, 1]]
    );
    // Of the library only the first owner ran anything.
    assert_eq!([shard.owners_of(1), shard.owners_of(2)], [[2], [1]]);
    assert_eq!((unions[0].units_of(2), unions[0].runs_of(2)), (&[3, 1][..], &[100, 0][..]));
    assert_eq!((unions[0].runs_of(1), unions[0].builds_of(2)), (&[10][..], &[100, 0][..]));
}

#[test]
fn files_that_differ_are_variants_and_the_newest_comes_first() {
    let (shard, _) = written(
        &[
            (
                "a",
                vec![func("m/lib.go", &[60, 40]), func("m/same.go", &[5])],
                &[&[1, 1], &[1]],
                "c1",
            ),
            (
                "b",
                vec![func("m/lib.go", &[60, 40, 7]), func("m/same.go", &[5])],
                &[&[0, 0, 1], &[0]],
                "c2",
            ),
        ],
        &[],
    );
    let commits: Vec<&str> = shard.stats.sources.iter().map(|s| s.commit.as_str()).collect();
    assert_eq!(commits, ["c2", "c1"], "the second program was seen last");
    assert_eq!((shard.variants_of("lib.go"), shard.variants_of("same.go")), (0..2, 2..3));
    assert_eq!((shard.builds_of(0), shard.builds_of(1)), (&[1][..], &[0][..]));
    assert_eq!(numbers(shard.stats.files[0].coverage), (7, 107));
    // What is the same counts once in all, and in each commit by itself.
    assert_eq!(numbers(shard.coverage()), (112, 212));
    assert_eq!(
        shard.commits.iter().map(|c| numbers(*c)).collect::<Vec<_>>(),
        [(7, 112), (105, 105)]
    );
}

#[test]
fn files_that_no_build_has_are_known() {
    let (shard, _) = written(
        &[
            ("a", vec![func("m/lib.go", &[1])], &[&[1]], "c1"),
            ("b", vec![func("m/cmd/b.go", &[1])], &[&[0]], "c2"),
        ],
        &[
            "lib.go@c2",
            "lib.go@c1",
            "gone.go@c1",
            "here/new.go@c2",
            "here/new.go@c1",
            "here/new_test.go@c2",
            "vendor/x/y.go@c2",
            "coverage_server.go@c2",
        ],
    );
    let unbuilt: Vec<_> =
        shard.unbuilt.iter().map(|file| (shard.unbuilt_path(file), file.commit)).collect();
    assert_eq!(unbuilt, [("gone.go".to_owned(), 1), ("here/new.go".to_owned(), 0)]);
}

#[test]
fn counts_are_cut_into_shards_of_a_bearable_size() {
    let long: Vec<u32> = vec![1; 5000];
    let funcs = ["m/a.go", "m/b.go", "m/c.go"].map(|path| func(path, &long));
    let counts = vec![1; 5000];
    let (shard, unions) = written(&[("a", funcs.into(), &[&counts, &counts, &counts], "c1")], &[]);
    assert_eq!(shard.unions.len(), 3);
    assert_eq!((unions[2].units_of(2).len(), unions[2].units_of(1).len()), (5000, 0));
}
