use covatlas_shared::{
    codec::StringsBuilder,
    compare::{FileVariant, FuncDelta, OwnerDelta},
};

use super::*;

/// Gained, lost, uncovered and kept statements of something with the same code on both sides.
fn delta([gained, lost, uncovered, kept]: [u64; 4]) -> Delta {
    let all = gained + lost + uncovered + kept;
    Delta {
        before: Coverage::new(all, lost + kept).unwrap(),
        after: Coverage::new(all, gained + kept).unwrap(),
        gained,
        lost,
        uncovered,
        kept,
        state: State::Same,
    }
}

fn shard() -> Rc<CompareShard> {
    let mut strings = StringsBuilder::default();
    let owner = |strings: &mut StringsBuilder, namespace: &str, name: &str, delta| OwnerDelta {
        namespace: strings.add(namespace),
        kind: strings.add("Deployment"),
        name: strings.add(name),
        binary: strings.add("=bin"),
        delta,
    };
    let file = |strings: &mut StringsBuilder, base: &str, delta| FileDelta {
        dir: strings.add("m/a"),
        base: strings.add(base),
        repo: strings.add("h.io/o/r"),
        repo_path: strings.add(&format!("a/{base}")),
        delta,
    };
    let gone = Delta { state: State::Removed, ..delta([0, 9, 0, 0]) };
    let changed = Delta { state: State::Changed, ..Delta::default() };
    let owners = vec![
        owner(&mut strings, "ns", "api", delta([3, 1, 5, 9])),
        owner(&mut strings, "ns", "gone", gone),
        owner(&mut strings, "other", "same", delta([0, 0, 4, 9])),
    ];
    let files = vec![
        file(&mut strings, "a.go", delta([3, 1, 0, 4])),
        file(&mut strings, "b.go", changed),
        file(&mut strings, "z.go", gone),
    ];
    let func = |strings: &mut StringsBuilder, file, name: &str, line, delta| FuncDelta {
        file,
        name: strings.add(name),
        line,
        delta,
    };
    let funcs = vec![
        func(&mut strings, 0, "*T.Run", 3, delta([3, 0, 0, 4])),
        func(&mut strings, 0, "stop", 20, delta([0, 1, 0, 0])),
        func(&mut strings, 2, "old", 7, gone),
    ];
    Rc::new(CompareShard {
        strings: strings.finish(),
        owners,
        files,
        variants: vec![FileVariant::default()],
        funcs,
        ..CompareShard::default()
    })
}

fn names(level: Level, query: &CompareQuery) -> Vec<String> {
    let list = CompareList::new(level, vec![shard()]);
    list.filter(query).into_iter().map(|at| list.row(at).unwrap().name).collect()
}

fn only(only: &str) -> CompareQuery {
    CompareQuery { only: only.into(), ..CompareQuery::default() }
}

#[test]
fn what_is_shown_depends_on_what_happened() {
    let owners = |word| names(Level::Owners, &only(word));
    assert_eq!(owners(""), ["gone", "api"], "most lost first");
    assert_eq!(owners("new"), ["api"]);
    assert_eq!(owners("never"), ["api", "same"]);
    assert_eq!(owners("changed"), ["gone"]);
    assert_eq!(names(Level::Files, &only("")), ["z.go", "a.go", "b.go"]);
    assert_eq!(names(Level::Files, &only("changed")), ["z.go", "b.go"]);
    assert_eq!(names(Level::Funcs, &only("lost")), ["old", "stop"]);
}

#[test]
fn words_and_columns_narrow_and_sort() {
    let q = |q: &str| CompareQuery { q: q.into(), ..CompareQuery::default() };
    assert_eq!(names(Level::Funcs, &q("t.run A.GO")), ["Run"]);
    assert_eq!(names(Level::Owners, &q("nobody")), [""; 0]);
    let sorted = |column: Column| {
        let query = CompareQuery::default();
        CompareQuery { sort: clicked(&query, column), ..query }
    };
    assert_eq!(names(Level::Funcs, &sorted(Column::Name)), ["Run", "old", "stop"]);
    assert_eq!(names(Level::Funcs, &sorted(Column::Gained)), ["Run", "old", "stop"]);
    // The points of one are as many less as those of the other are more.
    assert_eq!(names(Level::Funcs, &sorted(Column::Points)), ["Run", "old", "stop"]);
    let again = clicked(&sorted(Column::Name), Column::Name);
    assert!(again.first().is_some_and(|sort| sort.descending));
    assert_eq!(clicked(&sorted(Column::Gained), Column::Lost), [], "the usual order has no name");
}

#[test]
fn rows_lead_to_their_pages_unless_they_are_gone() {
    let list = CompareList::new(Level::Funcs, vec![shard()]);
    let run = list.row(0).unwrap();
    assert_eq!((run.head.as_str(), run.place.as_str()), ("(*T).", "a/a.go:3"));
    let href = run.to.unwrap().href();
    assert_eq!(href, "#/compare/f/m/a/a.go?l=3&repo=h.io/o/r");
    assert_eq!(list.row(2).unwrap().to, None);
    let owners = CompareList::new(Level::Owners, vec![shard()]);
    let to = |at: usize| owners.row(at).unwrap().to.map(|to| to.href());
    assert_eq!(to(0).as_deref(), Some("#/o/ns/Deployment/api/%3Dbin"));
    assert_eq!(to(1), None);
}

#[test]
fn the_file_has_the_keys_of_the_command_and_nothing_that_is_not_known() {
    let list = CompareList::new(Level::Files, vec![shard()]);
    let csv = list.csv(&list.filter(&only("")));
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "path,repo_path,state,statements_before,covered_before,statements,covered,gained,lost,\
             uncovered,kept",
            "m/a/z.go,a/z.go,removed,9,9,9,0,0,9,0,0",
            "m/a/a.go,a/a.go,same,8,5,8,7,3,1,0,4",
            "m/a/b.go,a/b.go,changed,0,0,0,0,,,,",
            ""
        ]
    );
    let owners = CompareList::new(Level::Owners, vec![shard()]);
    assert!(owners.csv(&[0]).contains("\r\nns,Deployment,api,'=bin,18,10,18,12,3,1,5,9\r\n"));
}
