use covatlas_shared::stats::Coverage;
use proptest::{collection::vec, prelude::*};

use super::*;

fn list(files: &[(&str, u64, u64)]) -> FileList {
    let file = |&(path, statements, covered): &(&str, u64, u64)| {
        let own = Coverage::new(statements, covered).unwrap();
        let stat = Stat::new(own, None);
        FileStat { is_generated: path.contains("zz_"), ..FileStat::new(path.to_owned(), stat) }
    };
    FileList::of(files.iter().map(file).collect())
}

fn small() -> FileList {
    list(&[
        ("x.io/m/cmd/daemon/main.go", 10, 5),
        ("x.io/m/pkg/a.go", 10, 9),
        ("x.io/m/pkg/a/a.go", 20, 0),
        ("x.io/m/pkg/a-b/B.go", 4, 4),
        ("x.io/m/pkg/z.go", 0, 0),
    ])
}

/// One line per row: indented name, `+` open or `-` closed, covered of statements.
fn shown(rows: &[TreeRow]) -> String {
    let line = |row: &TreeRow| {
        let sign = match &row.item {
            Item::Dir { is_open: true, n_files, .. } => format!(" + {n_files}"),
            Item::Dir { n_files, .. } => format!(" - {n_files}"),
            Item::File(_) => String::new(),
        };
        let (own, depth) = (row.stat.own, "  ".repeat(row.depth));
        format!("{depth}{}{sign} {}/{}", row.name, own.covered(), own.statements())
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn name_order() -> Order {
    Order { column: Column::Name, descending: false }
}

#[test]
fn what_tools_wrote_is_left_out_of_rows_and_sums() {
    let list = list(&[("m/a.go", 10, 5), ("m/p/zz_a.go", 30, 30), ("m/p/b.go", 6, 1)]);
    let written = list.written(&list.matching(""));
    assert_eq!(list.n_generated(), 1);
    assert_eq!(list.sum(&written), Coverage::new(16, 6).unwrap());
    let rows = list.tree(&written, name_order(), &[], true);
    assert_eq!(shown(&rows), "p/ + 1 1/6\n  b.go 1/6\na.go 5/10");
}

#[test]
fn a_directory_counts_each_build_and_owner_of_its_files_once() {
    // Builds in the first word, owners in the second.
    let file = |path: &str, crowd: [u32; 2]| {
        let stat = Stat::new(Coverage::new(4, 1).unwrap(), None);
        FileStat { crowd: crowd.into(), ..FileStat::new(path.to_owned(), stat) }
    };
    let files = [
        file("m/a/x.go", [0b01, 0b001]),
        file("m/a/y.go", [0b11, 0b110]),
        file("m/b.go", [0b10, 0]),
    ];
    let list = FileList::with_crowds(files.into(), 1);
    let rows = list.tree(&list.matching(""), name_order(), &[], true);
    let reach = |row: &TreeRow| (row.name.clone(), row.stat.reach.builds, row.stat.reach.owners);
    let found: Vec<_> = rows.iter().map(reach).collect();
    let want = [("a/", 2, 3), ("x.go", 1, 1), ("y.go", 2, 2), ("b.go", 1, 0)];
    assert_eq!(found, want.map(|(name, builds, owners)| (name.to_owned(), builds, owners)));
    let by_owners = Order { column: Column::Owners, descending: true };
    assert_eq!(list.ordered(&list.matching(""), by_owners, Counts::Here), [1, 0, 2]);
}

#[test]
fn a_tree_sums_up_and_folds() {
    let list = small();
    assert_eq!(list.prefix(), "x.io/m/");
    let rows = list.tree(&list.matching(""), Order::default(), &[], false);
    assert_eq!(
        shown(&rows),
        "pkg/ + 4 13/34\n  a/ + 1 0/20\n    a.go 0/20\n  a.go 9/10\n  a-b/ + 1 4/4\n    B.go 4/4\n  z.go 0/0\n\
         cmd/daemon/ + 1 5/10\n  main.go 5/10"
    );
    let rows = list.tree(&list.matching(""), name_order(), &[], false);
    assert_eq!(
        shown(&rows),
        "cmd/daemon/ + 1 5/10\n  main.go 5/10\npkg/ + 4 13/34\n  a-b/ + 1 4/4\n    B.go 4/4\n  a/ + 1 0/20\n    a.go 0/20\n\
         \x20 a.go 9/10\n  z.go 0/0"
    );
}

#[test]
fn toggled_directories_turn_around() {
    let list = small();
    let toggled = ["x.io/m/pkg/".to_owned(), "x.io/m/cmd/daemon/".to_owned()];
    let rows = list.tree(&list.matching(""), Order::default(), &toggled, false);
    assert_eq!(shown(&rows), "pkg/ - 4 13/34\ncmd/daemon/ - 1 5/10");
}

#[test]
fn the_filter_takes_sums_with_it() {
    let list = small();
    let rows = list.tree(&list.matching("A- .GO"), Order::default(), &[], true);
    assert_eq!(shown(&rows), "pkg/a-b/ + 1 4/4\n  B.go 4/4");
    assert_eq!(shown(&list.list(&list.matching("b.go"), Order::default())), "pkg/a-b/B.go 4/4");
    assert!(list.matching("nothing").is_empty());
}

#[test]
fn a_list_is_sorted_by_any_column() {
    let list = small();
    let all = list.matching("");
    let names = |column, descending| {
        let rows = list.list(&all, Order { column, descending });
        rows.into_iter().map(|r| r.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names(Column::Here, false),
        "pkg/a/a.go cmd/daemon/main.go pkg/a.go pkg/a-b/B.go pkg/z.go"
    );
    assert_eq!(
        names(Column::Statements, true),
        "pkg/a/a.go cmd/daemon/main.go pkg/a.go pkg/a-b/B.go pkg/z.go"
    );
    assert_eq!(
        names(Column::Name, true),
        "pkg/z.go pkg/a/a.go pkg/a.go pkg/a-b/B.go cmd/daemon/main.go"
    );
}

#[test]
fn only_as_many_directories_open_as_fit() {
    let paths: Vec<String> =
        (0..10).flat_map(|d| (0..9).map(move |f| format!("m/{d}/{f}.go"))).collect();
    let files: Vec<_> = paths.iter().map(|p| (p.as_str(), 9, 0)).collect();
    let list = list(&files);
    let rows = list.tree(&list.matching(""), name_order(), &[], false);
    assert_eq!(rows.len(), 10 + 7 * 9);
}

#[test]
fn absolute_and_single_paths_keep_their_name() {
    let one = list(&[("/tmp/x/main.go", 1, 1)]);
    assert_eq!((one.prefix(), one.short(&one.files()[0])), ("/tmp/x/", "main.go"));
    let two = list(&[("/tmp/x/main.go", 1, 1), ("x.io/a.go", 1, 1)]);
    assert_eq!(two.prefix(), "");
    let rows = two.tree(&two.matching(""), name_order(), &[], false);
    assert_eq!(shown(&rows), "/tmp/x/ + 1 1/1\n  main.go 1/1\nx.io/ + 1 1/1\n  a.go 1/1");
    assert!(list(&[]).tree(&[], name_order(), &[], false).is_empty());
}

proptest! {
    #[test]
    fn an_open_tree_holds_each_file_once_and_the_sums_agree(
        paths in vec(("[ab/é.-]{0,9}", 0_u64..9), 0..12),
        descending: bool,
    ) {
        let files: Vec<_> = paths.iter().map(|(p, n)| (p.as_str(), *n, n / 2)).collect();
        let list = list(&files);
        let order = Order { column: Column::Uncovered, descending };
        let rows = list.tree(&list.matching(""), order, &[], true);
        let mut seen: Vec<_> =
            rows.iter().filter_map(|r| if let Item::File(i) = r.item { Some(i) } else { None }).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..files.len()).collect::<Vec<_>>());
        let tops = rows.iter().filter(|r| r.depth == 0);
        let total = tops.fold(Stat::default(), |sum, r| sum.plus(r.stat));
        prop_assert_eq!(total.own.statements(), files.iter().map(|f| f.1).sum::<u64>());
    }
}
