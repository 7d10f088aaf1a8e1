use serde_json::{Value, json};

use super::*;
use crate::sample::{POD, REPLICA, Run, counters, func, meta};

fn compare(
    before: &Data,
    after: &Data,
    by: CompareBy,
    selection: &Selection,
) -> Result<Comparison, StatsError> {
    Ok(Comparer::new(before, after, None, selection)?.compare(by))
}

/// One process of a program with these units and counts of `m/a.go` beside `m/lib/l.go`.
fn run(hash: u8, a: &[u32], counts: [&[u32]; 2]) -> Run {
    let run = Run::new();
    run.put(POD, "covmeta.x", &meta(hash, vec![func("m/a.go", a), func("m/lib/l.go", &[2, 3, 5])]));
    run.put(POD, "covcounters.x.1.1", &counters(hash, &counts));
    run.compile();
    run
}

fn rows(before: &Run, after: &Run, by: CompareBy) -> Vec<Value> {
    let compared = compare(&before.data(), &after.data(), by, &Selection::default()).unwrap();
    compared.lines.iter().map(|line| serde_json::to_value(line.row(by)).unwrap()).collect()
}

#[test]
fn statements_are_gained_lost_and_still_uncovered() {
    let before = run(1, &[1, 10], [&[1, 0], &[1, 1, 0]]);
    let after = run(1, &[1, 10], [&[1, 1], &[0, 4, 0]]);
    let expected = json!({
        "statements_before": 21, "covered_before": 6, "percent_before": 28.57,
        "statements": 21, "covered": 14, "percent": 66.67,
        "gained": 10, "lost": 2, "uncovered": 5, "kept": 4, "unmatched": 0,
        "files_same": 2, "files_changed": 0, "files_aligned": 0,
        "files_added": 0, "files_removed": 0,
    });
    assert_eq!(rows(&before, &after, CompareBy::Collection), std::slice::from_ref(&expected));
    let mut owner = json!({
        "namespace": "ns", "owner_kind": "Deployment", "owner": "api", "binary": "api",
    });
    owner.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
    assert_eq!(rows(&before, &after, CompareBy::Owner), [owner]);
    let files = rows(&before, &after, CompareBy::File);
    let short = |row: &Value| {
        ["path", "state", "gained", "lost", "uncovered"].map(|key| row[key].to_string()).join(" ")
    };
    let short: Vec<String> = files.iter().map(short).collect();
    assert_eq!(short, [r#""m/lib/l.go" "same" 0 2 5"#, r#""m/a.go" "same" 10 0 0"#]);
    assert!(compare_all(&before, &before).total.is_nothing());
}

#[test]
fn an_owner_that_is_gone_lost_everything_it_ran() {
    let before = run(1, &[1, 10], [&[1, 0], &[1, 1, 0]]);
    before.put(
        &POD.replace("api", "gone"),
        "covmeta.x",
        &meta(1, vec![func("m/a.go", &[1, 10]), func("m/lib/l.go", &[2, 3, 5])]),
    );
    before.put(
        &POD.replace("api", "gone"),
        "covcounters.x.1.1",
        &counters(1, &[&[0, 4], &[0, 0, 0]]),
    );
    before.compile();
    let after = run(1, &[1, 10], [&[1, 1], &[1, 1, 0]]);
    let by = CompareBy::Owner;
    let compared = compare(&before.data(), &after.data(), by, &Selection::default()).unwrap();
    assert_eq!(compared.total.lost, 0, "another owner runs them still");
    assert_eq!(compared.lost(), 10);
    let gone = serde_json::to_value(compared.lines[0].row(by)).unwrap();
    assert_eq!((&gone["covered_before"], &gone["lost"]), (&json!(10), &json!(10)));
    let selection = Selection::parse(&["owner=gone".to_owned()]).unwrap();
    let compared =
        compare(&before.data(), &after.data(), CompareBy::Collection, &selection).unwrap();
    assert_eq!(compared.lost(), 10, "nothing is left of what was asked for");
}

fn compare_all(before: &Run, after: &Run) -> Comparison {
    let by = CompareBy::Collection;
    compare(&before.data(), &after.data(), by, &Selection::default()).unwrap()
}

#[test]
fn a_file_with_another_list_of_units_is_changed_and_not_compared() {
    let before = run(1, &[1, 10], [&[1, 1], &[1, 1, 1]]);
    let after = run(2, &[1, 9], [&[0, 0], &[1, 1, 0]]);
    let total = compare_all(&before, &after).total;
    assert_eq!((total.gained, total.lost, total.uncovered), (0, 5, 0), "of the library only");
    assert_eq!((total.files_same, total.files_changed), (1, 1));
    assert_eq!((total.before.covered(), total.after.covered()), (21, 5));
    let files = rows(&before, &after, CompareBy::File);
    assert_eq!(files[1]["state"], "changed");
    assert_eq!(files[1]["lost"], Value::Null, "unknown is not nothing");
    let funcs = rows(&before, &after, CompareBy::Func);
    let changed = funcs.iter().find(|row| row["path"] == "m/a.go").unwrap();
    assert_eq!(changed["state"], "changed");
    assert_eq!(changed["percent_before"], 100.0);
    assert_eq!(changed["percent"], 0.0);
    assert_eq!(changed["lost"], Value::Null);
}

#[test]
fn files_of_one_side_only_are_added_or_removed() {
    let before = run(1, &[1], [&[1], &[1, 1, 1]]);
    let after = Run::new();
    let program = meta(3, vec![func("m/lib/l.go", &[2, 3, 5]), func("m/new.go", &[4])]);
    after.put(REPLICA, "covmeta.x", &program);
    after.put(REPLICA, "covcounters.x.1.1", &counters(3, &[&[1, 1, 1], &[1]]));
    after.compile();
    let compared = compare_all(&before, &after);
    assert_eq!((compared.total.files_added, compared.total.files_removed), (1, 1));
    assert_eq!((compared.total.gained, compared.lost()), (0, 0));
    let states: Vec<Value> =
        rows(&before, &after, CompareBy::File).iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["removed", "same", "added"].map(Value::from).to_vec().as_slice());
}

#[test]
fn names_are_no_markup() {
    let before = run(1, &[1, 10], [&[1, 0], &[1, 1, 0]]);
    let after = run(1, &[1, 10], [&[1, 1], &[0, 4, 0]]);
    let mut compared =
        compare(&before.data(), &after.data(), CompareBy::Namespace, &Selection::default())
            .unwrap();
    compared.lines[0].key = Row::default().with("namespace", "a|`<b>\n@you");
    let lines: Vec<&Line> = compared.lines.iter().collect();
    insta::assert_snapshot!(markdown(&compared, &lines, 2), @r"
    **Coverage 28.57 % → 66.67 %** (+38.10)

    - 6 of 21 statements ran before, 14 of 21 now
    - 10 gained, **2 lost**, 5 still uncovered

    | namespace | before | now | change | gained | lost |
    |---|---:|---:|---:|---:|---:|
    | `a\|'<b>�@you` | 28.57 % | 66.67 % | +38.10 | 10 | 2 |

    … and 2 more
    ");
}
