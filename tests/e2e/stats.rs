//! `stats`: the promised keys in the promised order, filters, sorting and limits.

use std::collections::BTreeSet;

use covatlas_tests::golden::{Golden, Profile, percent, union};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, fixtures, world};

use crate::pipeline::owner_key;

/// The sample, compiled, without sources.
pub fn compiled() -> Collection {
    let collection = Collection::new();
    collection.import(&fixtures::data()).exits(0);
    collection.run(["compile", "--keep-going", "--images", &fixtures::images()]).exits(0);
    collection
}

const COVERAGE: [&str; 3] = ["statements", "covered", "percent"];
const FILE: [&str; 10] = [
    "namespace",
    "owner_kind",
    "owner",
    "binary",
    "build",
    "path",
    "repo_path",
    "resolution",
    "evidence",
    "generated",
];

fn promised_keys(by: &str) -> Vec<&'static str> {
    let collection = [
        "reports",
        "reports_failed",
        "processes",
        "owners",
        "binaries",
        "pods",
        "hosts",
        "images",
        "repos",
    ];
    match by {
        "owner" => vec![
            "namespace",
            "owner_kind",
            "owner",
            "evidence",
            "binary",
            "build",
            "containers",
            "pods",
            "hosts",
            "processes",
            "statements",
            "covered",
            "percent",
            "funcs",
            "funcs_covered",
            "repo",
            "commit",
            "first_seen",
            "last_seen",
        ],
        "file" => [&FILE[..], &COVERAGE].concat(),
        "func" => [&FILE[..], &["func", "line"], &COVERAGE].concat(),
        "binary" => {
            let own = ["binary", "build", "module", "go_version", "owners", "processes"];
            [&own[..], &COVERAGE].concat()
        }
        "repo" => [&["repo", "commit", "files"][..], &COVERAGE].concat(),
        "collection" => [&collection[..], &COVERAGE].concat(),
        "namespace" => [&["namespace", "owners"][..], &COVERAGE].concat(),
        "pod" => [&["pod", "owners"][..], &COVERAGE].concat(),
        "image" => [&["image", "owners"][..], &COVERAGE].concat(),
        "cluster" => [&["cluster", "owners"][..], &COVERAGE].concat(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_line_has_the_promised_keys_and_a_rounded_percentage() {
    let collection = compiled();
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    for by in [
        "owner",
        "file",
        "func",
        "binary",
        "repo",
        "collection",
        "namespace",
        "pod",
        "image",
        "cluster",
    ] {
        let rows = collection.stats(by);
        assert!(!rows.is_empty(), "{by}");
        for row in rows {
            assert_eq!(row.keys(), promised_keys(by), "{by}");
            assert_eq!(row.get("percent").as_f64(), percent(row.coverage()), "{row:?}");
        }
    }
    assert_eq!(collection.run(["stats", "--json"]).exits(0).rows(), collection.stats("owner"));
}

/// The mirror that finds the sample's repository on this disk.
pub fn local_mirror() -> String {
    format!("{}={}", fixtures::REPO_URL, fixtures::small().join("samples.git").display())
}

#[test]
fn a_namespace_a_pod_and_a_binary_count_each_statement_once() {
    let collection = compiled();
    let owners = world::owners();
    let of = |part: usize, value: &str| -> Vec<&Profile> {
        owners.iter().filter(|(key, _)| key[part] == value).map(|(_, o)| &o.profile).collect()
    };
    for row in collection.stats("namespace") {
        let name = row.text("namespace");
        assert_eq!(row.coverage(), union(of(0, name)), "{name}");
        let distinct: BTreeSet<_> =
            owners.keys().filter(|key| key[0] == name).map(|key| &key[..4]).collect();
        assert_eq!(row.number("owners"), distinct.len() as u64, "{name}");
    }
    for row in collection.stats("binary") {
        assert_eq!(row.coverage(), union(of(4, row.text("build"))), "{row:?}");
    }
    let goldens = Golden::all();
    for row in collection.stats("pod") {
        let of_pod = goldens.iter().filter(|g| g.key.contains(&format!("/{}/", row.text("pod"))));
        let profiles: Vec<Profile> = of_pod.map(Golden::profile).collect();
        // The mixed directory's profile unites equal units of three programs as well.
        if !row.text("pod").contains("canary") {
            let mut one = Profile::default();
            profiles.iter().for_each(|p| one.raise(p));
            assert_eq!(row.coverage(), one.coverage(), "{row:?}");
        }
    }
}

/// Go prints `path:line: name percent`; it leaves literals out and glues equal names together.
#[test]
fn funcs_have_gos_lines_and_percentages() {
    let collection = compiled();
    let rows = collection.stats("func");
    let owners = world::owners();
    let mut compared = 0;
    for golden in Golden::all() {
        // Of these directories nothing else adds to the owner and build.
        let single = owners.iter().find(|(_, owner)| owner.goldens == [golden.number]);
        let Some((key, _)) = single.filter(|_| golden.builds().len() == 1) else { continue };
        let own: Vec<&Row> = rows.iter().filter(|row| owner_key(row) == *key).collect();
        let lines: Vec<&str> = golden.funcs.lines().filter(|l| !l.starts_with("total")).collect();
        let mut seen = BTreeSet::new();
        for line in &lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [place, name, go_percent] = words[..] else { panic!("{line}") };
            let (path, number) = place.trim_end_matches(':').rsplit_once(':').unwrap();
            let is_it = |row: &&&Row| {
                row.text("path") == path
                    && row.text("func") == name
                    && row.number("line").to_string() == number
            };
            if path.ends_with("/coverage_server.go") || !seen.insert((path, name)) {
                continue;
            }
            let row = own.iter().find(is_it).unwrap_or_else(|| panic!("no row for {line}"));
            let (statements, covered) = row.coverage();
            let ratio = if statements == 0 { 0.0 } else { covered as f64 / statements as f64 };
            assert_eq!(format!("{:.1}%", ratio * 100.0), go_percent, "{line}");
            compared += 1;
        }
    }
    assert!(compared > 150, "only {compared} funcs compared");
}

#[test]
fn filters_are_globs_over_whole_values_and_all_must_match() {
    let collection = compiled();
    let all = collection.stats("owner");
    let filtered = |filters: &[&str]| -> Vec<Row> {
        let mut args = vec!["stats", "--json"];
        filters.iter().for_each(|filter| args.extend(["--where", filter]));
        collection.run(args).exits(0).rows()
    };
    let expect = |wanted: &dyn Fn(&Row) -> bool| -> Vec<Row> {
        all.iter().filter(|row| wanted(row)).cloned().collect()
    };
    let demo = expect(&|row| row.text("namespace") == "openshift-demo");
    assert!(demo.len() > 3);
    assert_eq!(filtered(&["namespace=openshift-demo"]), demo);
    assert_eq!(filtered(&["namespace=openshift-dem?"]), demo);
    assert_eq!(filtered(&["namespace=[o]penshift-demo"]), demo);
    assert_eq!(
        filtered(&["namespace=openshift-*", "kind=Deployment", "owner=covdemo"]),
        expect(&|row| row.text("owner") == "covdemo")
    );
    let build = all[3].text("build");
    assert_eq!(filtered(&[&format!("build={build}")]), expect(&|row| row.text("build") == build));
    for field in ["node=*-master-0", "pod=*master-0", "container=kube-apiserver", "binary=demo-set"]
    {
        let rows = filtered(&[field, "namespace=openshift-kube-apiserver"]);
        assert_eq!(rows.len(), 1, "{field}");
    }
    for field in ["cluster=ci", "image=*", "namespace=*"] {
        assert_eq!(filtered(&[field]), all, "{field}");
    }
    // A filter on pods changes the numbers of what is left, not only the lines.
    let one = filtered(&["pod=covdemo-86b574976-b7w9d"]);
    assert_eq!(one.len(), 1);
    let golden = &Golden::all()[10];
    assert_eq!(one[0].coverage(), golden.profile().coverage());
    assert_eq!((one[0].number("pods"), one[0].number("processes")), (1, 1));
    // Files and funcs can be chosen too.
    let files = ["stats", "--json", "--by", "file", "--where", "path=*/eval.go"];
    assert!(
        collection.run(files).exits(0).rows().iter().all(|r| r.text("path").ends_with("eval.go"))
    );
}

#[test]
fn wrong_filters_and_columns_are_explained() {
    let collection = compiled();
    let fields = [
        "cluster",
        "namespace",
        "kind",
        "owner",
        "pod",
        "node",
        "container",
        "image",
        "binary",
        "build",
        "repo",
        "path",
        "func",
    ];
    for wrong in ["foo=1", "namespace", "ns=x"] {
        let run = collection.run(["stats", "--where", wrong]).exits(2).prints_nothing();
        run.says(&fields);
    }
    collection.run(["stats", "--where", "owner=[a"]).exits(2).prints_nothing().says(&["[a"]);
    let none = collection.run(["stats", "--json", "--where", "owner=nobody"]);
    none.exits(1).prints_nothing().says(&["owner=nobody"]);
    let column = collection.run(["stats", "--sort", "colour"]).exits(2);
    column.prints_nothing().says(&["colour", "statements"]);
}

#[test]
fn sorting_and_limits() {
    let collection = compiled();
    let column = |sort: &str, name: &str| -> Vec<u64> {
        let rows = collection.run(["stats", "--json", "--sort", sort]).exits(0).rows();
        rows.iter().map(|row| row.number(name)).collect()
    };
    let up = column("covered", "covered");
    assert!(up.is_sorted() && up.len() > 10, "{up:?}");
    let down = column("-covered", "covered");
    assert!(down.iter().rev().is_sorted(), "{down:?}");
    let rows =
        collection.run(["stats", "--json", "--sort", "owner", "--limit", "3"]).exits(0).rows();
    let names: Vec<&str> = rows.iter().map(|row| row.text("owner")).collect();
    assert_eq!(names, ["console-operator", "covdemo", "covdemo-canary"]);
}

#[test]
fn the_table_for_people_has_the_same_numbers() {
    let collection = compiled();
    let text = collection.run(["stats", "--by", "collection"]).exits(0).text();
    for word in ["statements", "covered", "percent"] {
        assert!(text.contains(word), "{text}");
    }
    let (statements, covered) = collection.stats("collection")[0].coverage();
    let line = text.lines().last().unwrap();
    for number in [statements, covered] {
        assert!(line.split_whitespace().any(|w| w == number.to_string()), "{text}");
    }
}
