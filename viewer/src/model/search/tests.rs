use std::rc::Rc;

use covatlas_shared::{
    codec::StringsBuilder,
    owners::{Build, OwnerRow, OwnersShard},
    search::{FuncName, FuncsShard, PathRow, PathsShard},
    stats::{Coverage, Tiers},
};
use proptest::prelude::*;

use super::*;

const HASHES: [&str; 2] = ["aaaaaaaa11111111aaaaaaaa11111111", "bbbbbbbb22222222bbbbbbbb22222222"];

/// Two owners; the second ran more of the second build.
fn owners() -> OwnersShard {
    let mut strings = StringsBuilder::default();
    let build = |strings: &mut StringsBuilder, hash: &str, binary: &str| Build {
        hash: hash.to_owned(),
        binary: strings.add(binary),
        module: strings.add("example.com/m"),
        repo: strings.add("github.com/o/mco"),
        commit: 0,
        coverage: Coverage::new(10, 5).unwrap(),
        funcs: Coverage::default(),
        files: 1,
        stats: String::new(),
        counts: String::new(),
        lens: String::new(),
    };
    let builds =
        vec![build(&mut strings, HASHES[0], "api"), build(&mut strings, HASHES[1], "drainer")];
    let row = |strings: &mut StringsBuilder, name: &str, build, covered| OwnerRow {
        cluster: strings.add("c"),
        namespace: strings.add("openshift-mco"),
        kind: strings.add("DaemonSet"),
        name: strings.add(name),
        binary: strings.add("mcd"),
        evidence: 0,
        build,
        coverage: Coverage::new(10, covered).unwrap(),
        funcs: Coverage::default(),
        processes: 1,
        containers: vec![],
        pods: vec![],
        hosts: vec![],
        images: vec![],
        labels: vec![],
        trend: vec![],
        first_seen: None,
        last_seen: None,
        counts: String::new(),
    };
    let rows = [("config", 0, 1), ("drain-agent", 1, 2), ("undrained", 1, 3)];
    let rows = rows.map(|(name, build, covered)| row(&mut strings, name, build, covered)).into();
    OwnersShard { strings: strings.finish(), builds, rows, runs: vec![] }
}

/// `pkg/daemon/drain.go` is there in two variants, the second with one more func.
fn names() -> Names {
    let mut strings = StringsBuilder::default();
    let mut path = |dir: &str, base: &str, build| PathRow {
        dir: strings.add(dir),
        base: strings.add(base),
        repo: strings.add("github.com/o/mco"),
        build,
    };
    let files = vec![
        path("m/pkg/daemon", "drain.go", 0),
        path("m/pkg/daemon", "drain.go", 1),
        path("m/pkg/drain", "controller.go", 1),
    ];
    let builds = HASHES.map(str::to_owned).into();
    let paths = PathsShard { strings: strings.finish(), builds, files };
    let mut strings = StringsBuilder::default();
    let mut func = |name: &str, line| FuncName { name: strings.add(name), line };
    let lists = [
        vec![func("*Daemon.performDrain", 84), func("run", 120)],
        vec![func("*Daemon.drainNew", 7)],
        vec![func("undrain", 9), func("*Helper.Delete", 20)],
    ];
    let lists = lists.iter().map(Vec::as_slice);
    let funcs = FuncsShard::new(strings.finish(), lists, vec![0, 1, 2]);
    let table = OwnerTable::new(Rc::new(owners()), Tiers::default());
    Names::new(Rc::new(table), Some(Rc::new(paths)), Some(Rc::new(funcs)))
}

/// Names and rests of all hits of a kind, best first.
fn found(names: &Names, kind: Kind, query: &str) -> Vec<String> {
    let found = names.find(query);
    let hits = found.of(kind);
    assert_eq!(hits.best(hits.len()), hits.sorted());
    let hit = |item| names.hit(kind, item).unwrap();
    hits.sorted().into_iter().map(|item| format!("{} {}", hit(item).name, hit(item).rest)).collect()
}

#[test]
fn better_fits_come_first_and_names_count_more_than_what_stands_beside() {
    let names = names();
    assert_eq!(found(&names, Kind::Owners, "drain"), ["drain-agent mcd", "undrained mcd"]);
    assert_eq!(found(&names, Kind::Binaries, "DRAIN"), ["drainer build bbbbbbbb"]);
    assert_eq!(found(&names, Kind::Packages, "drain"), ["drain 1 file"]);
    assert_eq!(found(&names, Kind::Files, "drain"), ["drain.go ", "controller.go "]);
    let funcs = [
        "(*Daemon).drainNew m/pkg/daemon/drain.go:7",
        "(*Daemon).performDrain m/pkg/daemon/drain.go:84",
        "undrain m/pkg/drain/controller.go:9",
    ];
    assert_eq!(found(&names, Kind::Funcs, "drain"), funcs);
    assert!(names.find("  ").is_empty());
}

#[test]
fn all_words_must_fit_and_a_func_must_have_one_of_them_in_its_name() {
    let names = names();
    let funcs = |query| found(&names, Kind::Funcs, query);
    assert_eq!(funcs("drain delete"), ["(*Helper).Delete m/pkg/drain/controller.go:20"]);
    assert_eq!(funcs("daemon.perform"), ["(*Daemon).performDrain m/pkg/daemon/drain.go:84"]);
    assert!(funcs("controller").is_empty() && funcs("drain nowhere").is_empty());
    assert_eq!(found(&names, Kind::Files, "daemon/dr"), ["drain.go "]);
    assert_eq!(found(&names, Kind::Files, "mco daemon"), ["drain.go "]);
    assert_eq!(found(&names, Kind::Owners, "ds mco config"), ["config mcd"]);
    assert_eq!(found(&names, Kind::Binaries, "api aaaaaaaa1"), ["api build aaaaaaaa"]);
}

#[test]
fn hits_lead_to_the_owner_that_ran_most_of_the_build() {
    let names = names();
    let first = |kind, query: &str| {
        let item = names.find(query).of(kind).best(1)[0];
        names.hit(kind, item).unwrap().to.href()
    };
    assert_eq!(
        first(Kind::Funcs, "drainNew"),
        "#/o/openshift-mco/DaemonSet/undrained/mcd/f/m/pkg/daemon/drain.go?l=7&b=bbbbbbbb&counts=anywhere"
    );
    assert_eq!(
        first(Kind::Files, "drain.go"),
        "#/o/openshift-mco/DaemonSet/config/mcd/f/m/pkg/daemon/drain.go?b=aaaaaaaa&counts=anywhere"
    );
    assert_eq!(
        first(Kind::Packages, "pkg/drain"),
        "#/b/drainer/bbbbbbbb?q=m/pkg/drain/&in=m/pkg/drain/"
    );
    assert_eq!(first(Kind::Owners, "config"), "#/o/openshift-mco/DaemonSet/config/mcd");
}

#[test]
fn owners_are_found_before_the_rest_is_here() {
    let table = OwnerTable::new(Rc::new(owners()), Tiers::default());
    let names = Names::new(Rc::new(table), None, None);
    let found = names.find("drain");
    assert_eq!((found.of(Kind::Owners).len(), found.of(Kind::Funcs).len()), (2, 0));
}

proptest! {
    #[test]
    fn any_query_is_survived(query in "[a-zA-Z./ *é]{0,12}", n in 0_usize..5) {
        let names = names();
        let found = names.find(&query);
        for kind in Kind::ALL {
            let best = found.of(kind).best(n);
            prop_assert_eq!(&best[..], &found.of(kind).sorted()[..n.min(found.of(kind).len())]);
        }
    }
}
