//! The vectors of counting, on real bytes: meta and counter files, compiled into a database.

use covatlas_shared::stats::Coverage;
use serde_json::Value;

use super::{Compiled, Options, compile};
use crate::{
    args::By,
    collect::key::ReportKey,
    collection::Metadata,
    db::Database,
    problems::{Problem, Severity},
    sample::{POD, REPLICA, Run, counters, func, meta, time},
    selection::Selection,
    timestamp::Timestamp,
};

/// The problems that lost data. The hashes here follow no formula of Go's, which is a note.
fn losses(compiled: &Compiled) -> Vec<&Problem> {
    compiled.problems.iter().filter(|p| p.severity == Severity::Loss).collect()
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} of {row}"))
}

#[test]
fn snapshots_of_one_process_are_united_by_max_and_replicas_too() {
    let run = Run::new();
    for pod in [POD, REPLICA] {
        run.put(pod, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1])]));
    }
    run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters(1, &[&[1, 0]]));
    run.put(POD, &format!("covcounters.x.1.{}", time(2)), &counters(1, &[&[2, 0]]));
    run.put(REPLICA, &format!("covcounters.x.1.{}", time(1)), &counters(1, &[&[1, 7]]));
    assert!(!run.compile().problems.has_loss());
    let owner = &run.rows(By::Owner)[0];
    assert_eq!((number(owner, "processes"), number(owner, "pods")), (2, 2));
    assert_eq!(run.counts(), [2, 7]);
}

#[test]
fn a_decreasing_count_is_a_restart_and_both_processes_are_kept() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1])]));
    run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters(1, &[&[5, 0]]));
    run.put(POD, &format!("covcounters.x.1.{}", time(2)), &counters(1, &[&[1, 1]]));
    run.compile();
    assert_eq!(number(&run.rows(By::Owner)[0], "processes"), 2);
    assert_eq!(run.counts(), [5, 1]);
    let db = Database::open(&run.collection.database()).unwrap();
    let pids: Vec<_> = db.processes(|_| true).unwrap().into_iter().map(|(p, _)| p).collect();
    assert_eq!(pids.len(), 1, "one pid, which two processes held");
    assert_eq!((pids[0].pid, pids[0].runs), (Some(1), 2));
}

#[test]
fn a_unit_was_first_seen_when_the_earliest_snapshot_of_any_replica_shows_it() {
    let run = Run::new();
    for pod in [POD, REPLICA] {
        run.put(pod, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1, 1, 1])]));
    }
    for (pod, n, counts) in
        [(POD, 1, [1, 0, 0, 0]), (POD, 3, [1, 1, 1, 0]), (REPLICA, 2, [0, 0, 1, 0])]
    {
        run.put(pod, &format!("covcounters.x.1.{}", time(n)), &counters(1, &[&counts]));
    }
    run.compile();
    let db = Database::open(&run.collection.database()).unwrap();
    let seen = db.packed_counts(|_| true).unwrap()[0].seen.to_seen(4).unwrap();
    let at = |n| i64::try_from(time(n) / 1_000_000_000).ok();
    assert_eq!([0, 1, 2, 3].map(|unit| seen.get(unit)), [at(1), at(3), at(2), None]);
}

#[test]
fn packages_that_builds_share_are_stored_once_and_gone_with_the_last_of_them() {
    let run = Run::new();
    for hash in [1, 2] {
        let funcs = vec![func("m/a/a.go", &[1]), func(&format!("m/b{hash}/b.go"), &[1])];
        run.put(&POD.replace("4kq2z", &format!("4kq2{hash}")), "covmeta.x", &meta(hash, funcs));
    }
    run.compile();
    let packages = || {
        let conn = rusqlite::Connection::open(run.collection.database()).unwrap();
        conn.query_row("SELECT count(*) FROM packages", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((packages(), run.rows(By::Binary).len()), (3, 2));
    let dir = run.collection.reports().unwrap().remove(0);
    fs_err::remove_dir_all(dir.path()).unwrap();
    run.compile();
    assert_eq!((packages(), run.rows(By::Binary).len()), (2, 1));
}

#[test]
fn both_slots_of_a_process_and_another_process_are_all_used() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1, 1])]));
    run.put(POD, "covcounters.x.77.1", &counters(1, &[&[1, 1, 0]]));
    run.put(POD, "covcounters.x.77.2", &counters(1, &[&[1, 0, 0]]));
    run.put(POD, "covcounters.x.78.1", &counters(1, &[&[0, 0, 3]]));
    run.compile();
    assert_eq!(number(&run.rows(By::Owner)[0], "processes"), 2);
    assert_eq!(run.counts(), [1, 1, 3]);
}

#[test]
fn a_meta_file_without_counters_is_a_normal_state() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[2, 1])]));
    let compiled = run.compile();
    assert!(!compiled.problems.has_loss(), "{:?}", compiled.problems);
    let owner = &run.rows(By::Owner)[0];
    assert_eq!((number(owner, "statements"), number(owner, "covered")), (3, 0));
    assert_eq!(owner["percent"], 0.0);
}

#[test]
fn counters_without_their_meta_file_are_orphans_and_change_nothing() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1])]));
    run.put(REPLICA, "covmeta.y", &meta(2, vec![func("m/b.go", &[1])]));
    // The name says x, the header says 2: the header counts.
    run.put(POD, "covcounters.x.1.1", &counters(2, &[&[9]]));
    let compiled = run.compile();
    let problem = losses(&compiled)[0];
    assert_eq!(&*problem.kind, "Orphan");
    assert!(problem.cause.contains(&"02".repeat(16)), "{problem}");
    assert!(problem.remedy.contains("has that meta file"), "{problem}");
    assert_eq!(compiled.reports_failed, 1);
    assert!(run.rows(By::Owner).iter().all(|row| row["covered"] == 0));
}

#[test]
fn totals_count_each_statement_once_over_all_binaries() {
    let run = Run::new();
    let lib = || func("m/lib/lib.go", &[100]);
    let a = meta(1, vec![func("m/cmd/a/a.go", &[10]), lib()]);
    let b = meta(2, vec![func("m/cmd/b/b.go", &[10]), lib()]);
    let (pod_a, pod_b) = ("n1/ns/a/c/20261120T081502Z/i/a", "n1/ns/b/c/20261120T081502Z/i/b");
    run.put(pod_a, "covmeta.a", &a);
    run.put(pod_a, "covcounters.a.1.1", &counters(1, &[&[1], &[1]]));
    run.put(pod_b, "covmeta.b", &b);
    run.put(pod_b, "covcounters.b.1.1", &counters(2, &[&[1], &[0]]));
    run.compile();
    let total = &run.rows(By::Collection)[0];
    assert_eq!((number(total, "statements"), number(total, "covered")), (120, 120));
    assert_eq!(total["percent"], 100.0);
    let binaries: Vec<_> = run
        .rows(By::Binary)
        .iter()
        .map(|r| (number(r, "covered"), number(r, "statements")))
        .collect();
    assert_eq!(binaries, [(110, 110), (10, 110)]);
    let db = Database::open(&run.collection.database()).unwrap();
    assert_eq!(db.totals().unwrap(), (Coverage::new(120, 120).unwrap(), 3));
}

#[test]
fn builds_of_a_rolling_upgrade_are_kept_apart_and_unchanged_files_count_once() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1]), func("m/lib/l.go", &[5])]));
    run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters(1, &[&[1], &[1]]));
    run.put(
        REPLICA,
        "covmeta.y",
        &meta(2, vec![func("m/a.go", &[1, 1]), func("m/lib/l.go", &[5])]),
    );
    run.put(REPLICA, &format!("covcounters.y.1.{}", time(9)), &counters(2, &[&[1, 0], &[0]]));
    run.compile();
    let rows = run.rows(By::Owner);
    let builds: Vec<_> =
        rows.iter().map(|r| (number(r, "covered"), number(r, "statements"))).collect();
    assert_eq!(builds, [(1, 7), (6, 6)], "the newest build comes first");
    let total = &run.rows(By::Collection)[0];
    assert_eq!((number(total, "owners"), number(total, "statements")), (1, 8));
    assert_eq!(number(total, "covered"), 7);
}

#[test]
fn injected_files_are_dropped_by_exact_base_name() {
    let run = Run::new();
    let files =
        ["m/coverage_server.go", "m/my_coverage_server.go", "/workspace/coverage_producer.go"];
    run.put(POD, "covmeta.x", &meta(1, files.map(|f| func(f, &[1])).to_vec()));
    run.put(POD, "covcounters.x.1.1", &counters(1, &[&[1], &[1], &[1]]));
    run.compile();
    let paths: Vec<_> = run.rows(By::File).iter().map(|r| r["path"].clone()).collect();
    assert_eq!(paths, ["m/my_coverage_server.go"]);
}

#[test]
fn two_units_of_a_file_with_one_range_are_malformed_and_other_reports_go_on() {
    let run = Run::new();
    let mut twice = func("m/a.go", &[1, 1]);
    twice.units[1] = twice.units[0];
    run.put(POD, "covmeta.x", &meta(1, vec![twice]));
    run.put("n1/ns/b/c/20261120T081502Z/i/b", "covmeta.b", &meta(2, vec![func("m/b.go", &[3])]));
    let compiled = run.compile();
    let problem = losses(&compiled)[0];
    assert!(problem.cause.starts_with("Malformed: two units of `m/a.go`"), "{problem}");
    assert_eq!(run.rows(By::Owner).len(), 1);
}

#[test]
fn a_damaged_report_stops_no_other_and_a_good_copy_heals_it() {
    let run = Run::new();
    let good = meta(1, vec![func("m/a.go", &[4])]);
    run.put(POD, "covmeta.x", &good[..good.len() - 1]);
    run.put(POD, "covcounters.x.1.1", &counters(1, &[&[1]]));
    run.put("n1/ns/b/c/20261120T081502Z/i/b", "covmeta.b", &meta(2, vec![func("m/b.go", &[3])]));
    let compiled = run.compile();
    let problem = losses(&compiled)[0];
    assert!(problem.cause.starts_with("Truncated: at byte "), "{problem}");
    assert!(problem.place.ends_with("/covmeta.x"), "{problem}");
    assert_eq!((compiled.reports_failed, compiled.owners), (1, 2));
    assert_eq!(run.rows(By::Owner).len(), 1);
    run.put(POD, "covmeta.x", &good);
    assert!(!run.compile().problems.has_loss());
    assert_eq!(number(&run.rows(By::Collection)[0], "covered"), 4);
}

#[test]
fn replicas_share_a_good_meta_file_when_one_copy_is_damaged() {
    let run = Run::new();
    let good = meta(1, vec![func("m/a.go", &[4])]);
    run.put(POD, "covmeta.x", &good[..good.len() - 1]);
    run.put(POD, "covcounters.x.1.1", &counters(1, &[&[3]]));
    run.put(REPLICA, "covmeta.x", &good);
    let compiled = run.compile();
    assert_eq!((compiled.reports_failed, losses(&compiled).len()), (1, 1));
    assert_eq!(run.counts(), [3], "the counters of the damaged report are used");
}

#[test]
fn compiling_twice_gives_the_same_rows() {
    let run = Run::new();
    for (n, pod) in [POD, REPLICA].into_iter().enumerate() {
        run.put(pod, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 2, 3])]));
        let counts = [u32::try_from(n).unwrap(), 1, 0];
        run.put(pod, "covcounters.x.1.1", &counters(1, &[&counts]));
    }
    run.compile();
    let first = (run.rows(By::Func), run.rows(By::Owner), run.counts());
    run.compile();
    assert_eq!((run.rows(By::Func), run.rows(By::Owner), run.counts()), first);
}

/// All rows that people can ask for.
fn everything(run: &Run) -> Vec<Vec<Value>> {
    let by = [By::Owner, By::File, By::Func, By::Binary, By::Pod, By::Image, By::Collection];
    by.into_iter().map(|by| run.rows(by)).collect()
}

/// Two owners with a build each, and a third file that both share.
fn two_builds() -> Run {
    let run = Run::new();
    let lib = || func("m/lib/lib.go", &[10, 20]);
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1, 1]), lib()]));
    run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters(1, &[&[1, 0], &[1, 0]]));
    run.put(OTHER, "covmeta.y", &meta(2, vec![func("m/b.go", &[5]), lib()]));
    run.put(OTHER, &format!("covcounters.y.1.{}", time(1)), &counters(2, &[&[0], &[0, 3]]));
    run
}

const OTHER: &str = "n1/ns/other/c/20261120T081502Z/img/other";

#[test]
fn a_second_run_with_nothing_new_decodes_nothing_and_changes_nothing() {
    let run = two_builds();
    assert_eq!(run.compile().builds_decoded, 2);
    let before = everything(&run);
    let again = run.compile();
    assert_eq!((again.builds_decoded, again.reports_decoded, again.processes), (0, 0, 2));
    assert_eq!(everything(&run), before);
}

#[test]
fn one_changed_report_recomputes_its_build_and_the_totals_only() {
    let run = two_builds();
    run.compile();
    let change = |run: &Run| {
        let name = format!("covcounters.x.1.{}", time(2));
        run.put(POD, &name, &counters(1, &[&[2, 1], &[1, 0]]));
    };
    change(&run);
    let compiled = run.compile();
    assert_eq!((compiled.builds_decoded, compiled.reports_decoded), (1, 1));
    let fresh = two_builds();
    change(&fresh);
    fresh.compile();
    assert_eq!(everything(&run), everything(&fresh));
    let totals = |run: &Run| Database::open(&run.collection.database()).unwrap().totals().unwrap();
    assert_eq!(totals(&run), totals(&fresh));
    assert_eq!(totals(&run).0, Coverage::new(37, 32).unwrap());
}

#[test]
fn a_report_that_is_gone_leaves_nothing_behind() {
    let run = two_builds();
    run.compile();
    let key: ReportKey = POD.parse().unwrap();
    fs_err::remove_dir_all(run.collection.report_dir("ci", &key).path()).unwrap();
    assert_eq!(run.compile().builds_decoded, 0);
    assert_eq!(run.rows(By::Owner).len(), 1);
    let db = Database::open(&run.collection.database()).unwrap();
    assert_eq!(db.totals().unwrap(), (Coverage::new(35, 20).unwrap(), 2));
    assert_eq!((db.reports().unwrap().len(), db.owners().unwrap().len()), (1, 1));
}

#[test]
fn failures_are_tried_again_and_never_count_as_done() {
    let run = two_builds();
    let good = counters(1, &[&[7, 7], &[7, 7]]);
    run.put(POD, &format!("covcounters.x.9.{}", time(3)), &good[..good.len() - 3]);
    for _ in 0..2 {
        let compiled = run.compile();
        assert_eq!((losses(&compiled).len(), compiled.reports_failed), (1, 1));
    }
    assert_eq!(run.compile().builds_decoded, 1, "the other build is done");
}

#[test]
fn notes_of_unchanged_builds_are_told_again() {
    let run = two_builds();
    let first = run.compile().problems;
    assert!(!first.is_empty() && !first.has_loss());
    assert_eq!(run.compile().problems, first);
}

#[test]
fn update_decodes_what_matches_again() {
    let run = two_builds();
    run.compile();
    let decoded = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        let update = Some(Selection::parse(&patterns).unwrap());
        let mut db = Database::create(&run.collection.database()).unwrap();
        let options = Options { update, ..Options::default() };
        compile(&run.collection.reports().unwrap(), &options, &mut db).unwrap().builds_decoded
    };
    assert_eq!(decoded(&[]), 2, "everything");
    assert_eq!(decoded(&["owner=api"]), 1);
    assert_eq!(decoded(&["owner=api", "binary=other"]), 0);
}

#[test]
fn other_options_compute_everything_anew() {
    let run = two_builds();
    run.compile();
    let mut db = Database::create(&run.collection.database()).unwrap();
    let options = Options { exclude: vec!["lib.go".into()], ..Options::default() };
    assert_eq!(
        compile(&run.collection.reports().unwrap(), &options, &mut db).unwrap().builds_decoded,
        2
    );
    assert_eq!(db.totals().unwrap(), (Coverage::new(7, 1).unwrap(), 2));
}

#[test]
fn a_text_profile_alone_is_a_report_and_stale_text_beside_binary_data_is_ignored() {
    let run = Run::new();
    let text = "mode: atomic\nm/a.go:1.2,1.9 4 7\nm/a.go:2.2,2.9 2 0\n\
                m/coverage_server.go:1.1,2.2 9 9\n";
    run.put(POD, "coverage.out", text.as_bytes());
    run.put(OTHER, "covmeta.y", &meta(2, vec![func("m/b.go", &[5])]));
    run.put(OTHER, "coverage.out", b"mode: atomic\nm/b.go:1.2,1.9 5 1\n");
    assert!(!run.compile().problems.has_loss());
    let rows = run.rows(By::Owner);
    let numbers: Vec<_> =
        rows.iter().map(|r| (number(r, "statements"), number(r, "covered"))).collect();
    assert_eq!(numbers, [(6, 4), (5, 0)]);
    assert_eq!(rows[0]["build"].as_str().unwrap().len(), 32);
}

#[test]
fn texts_of_replicas_are_united_and_a_file_with_the_units_of_a_binary_counts_once() {
    let run = Run::new();
    run.put(POD, "coverage.out", b"mode: set\nm/a.go:1.2,1.9 1 1\nm/a.go:2.2,2.9 1 0\n");
    run.put(REPLICA, "coverage.out", b"mode: set\nm/a.go:1.2,1.9 1 0\nm/a.go:2.2,2.9 1 1\n");
    run.put(OTHER, "covmeta.y", &meta(2, vec![func("m/a.go", &[1, 1])]));
    run.compile();
    assert_eq!(run.rows(By::Owner)[0]["covered"], 2);
    assert_eq!(run.rows(By::Collection)[0]["statements"], 2);
}

#[test]
fn a_damaged_text_profile_names_its_line() {
    let run = Run::new();
    run.put(POD, "coverage.out", b"mode: set\nm/a.go:1.2,1.9 1 one\n");
    let compiled = run.compile();
    assert_eq!(losses(&compiled)[0].cause, "Malformed: line 2: not a count");
}

#[test]
fn the_time_of_an_import_is_not_when_a_process_was_seen() {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1])]));
    run.put(POD, "covcounters.x.1.1", &counters(1, &[&[1]]));
    let key: ReportKey = POD.parse().unwrap();
    let imported = Timestamp::from_rfc3339("2027-01-01T00:00:00Z").ok();
    let metadata = Metadata { collected_at: imported, ..Metadata::from_key("ci", &key) };
    run.collection.report_dir("ci", &key).write_metadata(&metadata).unwrap();
    run.compile();
    let owner = &run.rows(By::Owner)[0];
    let seen = (&owner["first_seen"], &owner["last_seen"]);
    assert_eq!(seen, (&"2026-11-20T08:15:02Z".into(), &"2026-11-20T08:15:02Z".into()));
}
