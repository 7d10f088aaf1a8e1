//! `check`: a gate whose number is Go's, and whose bar is compared exactly.

use covatlas_tests::golden::{Golden, percent, union};
use covatlas_tests::row::Row;
use covatlas_tests::world;

use crate::stats::compiled;

#[test]
fn the_exit_status_says_whether_the_bar_was_reached() {
    let collection = compiled();
    let (statements, covered) = union(world::owners().values().map(|owner| &owner.profile));
    let check = |bar: &str| collection.run(["check", "--json", "--fail-under", bar]);
    // Six decimals below and above the exact fraction, of which the rounded one is on one side.
    let millionths = covered * 100_000_000 / statements;
    let bar = |millionths: u64| format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    for (bar, status) in
        [("0".to_owned(), 0), (bar(millionths), 0), (bar(millionths + 1), 4), ("100".to_owned(), 4)]
    {
        let run = check(&bar).exits(status);
        let rows = run.rows();
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!(row.keys(), ["statements", "covered", "percent", "fail_under", "met"]);
        assert_eq!(row.coverage(), (statements, covered));
        assert_eq!(row.get("percent").as_f64(), percent((statements, covered)));
        assert_eq!(row.get("fail_under").as_f64(), bar.parse().ok());
        assert_eq!(*row.get("met"), status == 0);
    }
    let text = collection.run(["check", "--fail-under", "99.5"]).exits(4).text();
    for part in [format!("{covered} of {statements}"), "99.5 %".to_owned(), "not met".to_owned()] {
        assert!(text.contains(&part), "no `{part}` in {text}");
    }
}

#[test]
fn filters_choose_what_must_reach_the_bar() {
    let collection = compiled();
    let of = |filters: &[&str]| -> Row {
        let mut args = vec!["check", "--json", "--fail-under", "0"];
        filters.iter().for_each(|filter| args.extend(["--where", filter]));
        collection.run(args).exits(0).rows().remove(0)
    };
    let golden = &Golden::all()[10];
    let pod = "pod=covdemo-86b574976-b7w9d";
    assert_eq!(of(&[pod]).coverage(), golden.profile().coverage());
    let path = "example.com/ocp/covdemo/internal/api/eval.go";
    let file = golden.profile().files()[path];
    assert_eq!(of(&[pod, &format!("path={path}")]).coverage(), file);
    // Eval has no literals; Go's units of it are those from its line up to the next function.
    let profile = golden.profile();
    let units = profile.file(path);
    let own = units.iter().filter(|(range, _)| {
        (15..30).contains(&range.split('.').next().unwrap().parse::<u32>().unwrap())
    });
    let func = own.fold((0, 0), |(all, ran), (_, (stmts, count))| {
        (all + stmts, ran + if *count > 0 { *stmts } else { 0 })
    });
    assert!(golden.funcs.contains("eval.go:15:") && func.0 > 3);
    assert_eq!(of(&[pod, "func=Eval"]).coverage(), func);
}

#[test]
fn mistakes_are_no_failed_gates() {
    let collection = compiled();
    for wrong in ["-1", "101", "x", "NaN", ""] {
        let args = ["check", &format!("--fail-under={wrong}")];
        collection.run(args).exits(2).prints_nothing().says(&["0 to 100"]);
    }
    collection.run(["check"]).exits(2).prints_nothing().says(&["--fail-under"]);
    collection.run(["check", "--fail-under", "5", "--where", "x=1"]).exits(2).prints_nothing();
    for nothing in ["owner=nobody", "path=nowhere", "func=nothing"] {
        let run = collection.run(["check", "--fail-under", "0", "--where", nothing]).exits(1);
        run.prints_nothing().says(&[nothing]);
    }
}
