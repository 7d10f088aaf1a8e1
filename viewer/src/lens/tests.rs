//! Two programs that share a library, only one of which runs it.

use std::rc::Rc;

use covatlas_shared::{
    codec::StringsBuilder,
    counts::{CountsShard, UNKNOWN},
    files::{FileRow, StatsShard},
    lens::{LensProcess, LensShard},
    manifest::Manifest,
    owners::{Build, OwnerRow, OwnersShard},
    stats::Coverage,
    units::{FileOf, FileUnits, UnitsShard},
};

use super::{
    Lens,
    bits::BuildBits,
    build,
    chosen::{Builds, Chosen, Site},
    front,
};
use crate::store::lens_name::parse_name;

/// Owners `a` and `b` run a build of their own name: `cmd/a` or `cmd/b` with 10 statements, and `lib`
/// with 100 in two units. Of `a` one pod runs the first unit of `lib`, another one the second.
fn site() -> (Site, Builds) {
    let mut strings = StringsBuilder::default();
    let [shop, deploy] = ["shop", "Deployment"].map(|text| strings.add(text));
    let names = ["a", "b"].map(|text| strings.add(text));
    let pods: Vec<u32> = ["a-1", "a-2", "b-1"].map(|text| strings.add(text)).into();
    let covered = |covered| Coverage::new(110, covered).unwrap();
    let build = |at: usize| Build {
        hash: format!("{at}"),
        binary: names[at],
        module: 0,
        repo: 0,
        commit: 0,
        coverage: covered([110, 10][at]),
        funcs: Coverage::default(),
        files: 2,
        stats: String::new(),
        counts: String::new(),
        lens: String::new(),
    };
    let row = |at: usize| OwnerRow {
        cluster: 0,
        namespace: shop,
        kind: deploy,
        name: names[at],
        binary: names[at],
        evidence: 0,
        build: u32::try_from(at).unwrap(),
        coverage: covered([110, 10][at]),
        funcs: Coverage::default(),
        processes: [2, 1][at],
        containers: vec![],
        pods: [pods[..2].to_vec(), pods[2..].to_vec()][at].clone(),
        hosts: vec![],
        images: vec![],
        labels: vec![],
        first_seen: None,
        last_seen: None,
        trend: vec![],
        counts: String::new(),
    };
    let (builds, rows) = ([0, 1].map(build).into(), [0, 1].map(row).into());
    let owners = OwnersShard { strings: strings.finish(), builds, rows, runs: vec![] };
    let file =
        |units: &[u32]| FileUnits { n_funcs: 0, units: units.iter().map(|n| (*n, 0)).collect() };
    let files = |own| vec![FileOf { file: own, repo: None }, FileOf { file: 2, repo: None }];
    let builds = vec![("0".to_owned(), files(0)), ("1".to_owned(), files(1))];
    let units = UnitsShard::new(builds, vec![], vec![file(&[10]), file(&[10]), file(&[60, 40])]);
    let process = |owner: usize, pod: u32| LensProcess {
        namespace: shop,
        kind: deploy,
        name: names[owner],
        binary: names[owner],
        pod,
        runs: 1,
        ..LensProcess::default()
    };
    let of = |processes: Vec<LensProcess>, ran: &[u32]| {
        LensShard::new(owners.strings.clone(), processes, ran.iter().map(|bits| vec![*bits]))
    };
    let shards = [
        of(vec![process(0, pods[0]), process(0, pods[1])], &[0b11, 0b01, 0b10]),
        of(vec![process(1, pods[2])], &[1, 0, 0]),
    ];
    let bits = |(at, shard)| (at, Rc::new(BuildBits::new(shard, at, at, &owners, &units)));
    let builds = shards.into_iter().enumerate().map(bits).collect();
    (Site::new(Manifest::default(), owners, units), builds)
}

fn under(filters: &[&str]) -> (Site, Chosen) {
    let (site, builds) = site();
    let texts: Vec<String> = filters.iter().map(|&text| text.to_owned()).collect();
    let lens = Lens::parse(&texts).unwrap();
    let wanted = site.builds_of(&lens);
    let builds = builds.into_iter().filter(|(at, _)| wanted.contains(at)).collect();
    let chosen = Chosen::new(&site, &lens, &builds).unwrap();
    (site, chosen)
}

fn total(filters: &[&str]) -> (u64, u64) {
    let (site, chosen) = under(filters);
    let manifest = front::manifest(&site, &chosen, &front::owners(&site, &chosen));
    (manifest.totals.coverage.covered(), manifest.totals.coverage.statements())
}

/// The stats shard of a build, without names.
fn stats() -> StatsShard {
    let file = |n_units, statements| FileRow {
        n_units,
        coverage: Coverage::new(statements, 0).unwrap(),
        ..FileRow::default()
    };
    let files = vec![file(1, 10), file(2, 100)];
    let strings = StringsBuilder::default().finish();
    StatsShard::new(strings, String::new(), vec![], vec![String::new()], files, vec![]).unwrap()
}

#[test]
fn a_shared_library_counts_once_and_for_whom_it_ran() {
    assert_eq!(total(&["owner=*"]), (120, 120));
    assert_eq!(total(&["owner=a"]), (110, 110));
    assert_eq!(total(&["owner=b"]), (10, 110));
    assert_eq!(total(&["key=shop/Deployment/{a/a,b/b}"]), (120, 120));
}

#[test]
fn under_a_lens_on_one_owner_the_library_never_ran_and_under_the_other_it_alone_ran_it() {
    let lib = |owner: &str, at: usize| {
        let (site, chosen) = under(&[&format!("owner={owner}")]);
        let part = &chosen.builds[&at];
        let file = build::stats(&site.units, part, &stats()).files[1].coverage;
        let who = build::lens(part);
        let ran = (0..who.processes.len()).filter(|process| who.has_run(*process, 1));
        let names = ran.map(|at| who.strings.get(who.processes[at].name).to_owned());
        (file.covered(), names.collect::<Vec<_>>())
    };
    assert_eq!(lib("b", 1), (0, vec![]));
    assert_eq!(lib("a", 0), (100, vec!["a".to_owned()]));
}

#[test]
fn of_a_part_of_an_owner_numbers_are_its_own_and_counts_are_known_where_nobody_else_ran() {
    let (site, chosen) = under(&["pod=a-1"]);
    let owners = front::owners(&site, &chosen);
    let [row] = &owners.rows[..] else { panic!("one owner") };
    assert_eq!((row.coverage.covered(), row.processes, row.pods.len()), (70, 1, 1));
    assert_eq!(parse_name(&row.counts, chosen.id).unwrap().1, front::counts_of_row(0));
    let all =
        CountsShard { files: vec![], funcs: vec![], units: vec![9, 5, 7], seen: vec![3, 2, 1] };
    let (part, build) = (&chosen.rows[&0], &chosen.builds[&0]);
    let counts = build::counts_of_row(&site.units, build, (0, part), &stats(), &all);
    assert_eq!(counts.files, [10, 60]);
    assert_eq!(counts.units, [UNKNOWN, 5, 0], "the first unit ran in the other pod too");
    assert_eq!(counts.seen, [0, 2, 0]);
}

#[test]
fn a_lens_that_nothing_passes_says_so() {
    let (site, builds) = site();
    for filters in [["owner=c", "pod=*"], ["owner=a", "pod=b-1"]] {
        let lens = Lens::parse(&filters.map(str::to_owned)).unwrap();
        assert!(Chosen::new(&site, &lens, &builds).unwrap_err().contains("no process"));
    }
}
