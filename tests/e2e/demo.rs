//! The demo: its numbers are those of Go's own tool, and its story is told as it should be.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use covatlas_tests::golden::{Profile, percent};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo, files, fixtures, tools};

use crate::pipeline::owner_key;

/// The demo as a collection with a site.
fn whole() -> Collection {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let run = demo::run(&collection, &["--viewer", &viewer]).exits(0);
    let problems = run.problems();
    assert!(problems.iter().all(|p| p["severity"] == "note"), "{problems:?}");
    collection
}

fn where_(collection: &Collection, command: &str, by: &str, filters: &[&str]) -> Vec<Row> {
    let mut args = vec![command, "--json"];
    if command == "stats" {
        args.extend(["--by", by]);
    }
    filters.iter().for_each(|filter| args.extend(["--where", filter]));
    collection.run(args).exits(0).rows()
}

#[test]
fn the_demos_owners_and_files_have_gos_numbers() {
    let collection = whole();
    let (goldens, rows) = (demo::owners(), collection.stats("owner"));
    assert_eq!(rows.len(), goldens.len());
    for golden in &goldens {
        let row = rows.iter().find(|row| owner_key(row) == golden.key);
        let row = row.unwrap_or_else(|| panic!("no line for {:?}", golden.key));
        assert_eq!(row.coverage(), golden.coverage, "{row:?}");
        assert_eq!(row.get("percent").as_f64(), percent(golden.coverage), "{row:?}");
        assert_eq!(row.number("processes"), golden.reports.len() as u64, "{row:?}");
    }
    let mut found = 0;
    for row in collection.stats("file") {
        let golden = goldens.iter().find(|golden| golden.key == owner_key(&row)).unwrap();
        assert_eq!(row.coverage(), golden.files[row.text("path")], "{row:?}");
        found += 1;
    }
    assert_eq!(found, goldens.iter().map(|golden| golden.files.len()).sum::<usize>());
    assert_eq!(collection.stats("collection")[0].coverage(), demo::total());
}

/// Whoever rebuilds the data must rebuild the goldens too.
#[test]
fn the_demos_goldens_with_go_are_fresh() {
    if !tools::has("the_demos_goldens_with_go_are_fresh", "go") {
        return;
    }
    for golden in demo::owners() {
        let report = |key: &String| demo::dir().join("data").join(key);
        let dirs: Vec<PathBuf> = golden.reports.iter().map(report).collect();
        let dirs: Vec<_> = dirs.iter().map(PathBuf::as_path).collect();
        let profile = Profile::parse(&tools::go_textfmt(&dirs));
        assert_eq!(profile.coverage(), golden.coverage, "{:?}", golden.key);
        for (path, coverage) in profile.files() {
            assert_eq!(golden.files[path], coverage, "{path}");
        }
    }
}

#[test]
fn the_demo_is_a_whole_cluster_and_small() {
    let collection = whole();
    let owners = collection.stats("owner");
    let distinct = |rows: &[Row], keys: &[&str]| -> BTreeSet<Vec<String>> {
        let value = |row: &Row| keys.iter().map(|key| row.text(key).to_owned()).collect();
        rows.iter().map(value).collect()
    };
    let kinds: BTreeSet<&str> = owners.iter().map(|row| row.text("owner_kind")).collect();
    let wanted =
        ["CronJob", "DaemonSet", "Deployment", "Host", "Job", "Pod", "StatefulSet", "StaticPod"];
    assert_eq!(kinds, BTreeSet::from(wanted));
    assert!(distinct(&owners, &["binary"]).len() >= 8);
    assert!(distinct(&owners, &["namespace"]).len() >= 5);
    assert!(distinct(&owners, &["repo", "commit"]).len() >= 4);
    let total = &collection.stats("collection")[0];
    for (key, least) in [("reports", 30), ("owners", 12), ("pods", 20), ("hosts", 6), ("repos", 3)]
    {
        assert!(total.number(key) >= least, "{key}: {total:?}");
    }
    assert_eq!(total.number("reports_failed"), 0);

    let rows = collection.stats("file");
    let (written, generated): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.get("generated") == false);
    assert!(distinct(&written, &["path"]).len() >= 60);
    assert_eq!(distinct(&generated, &["path"]).len(), 2);
    let funcs = collection.stats("func");
    let named: Vec<Row> =
        funcs.into_iter().filter(|row| !row.text("func").starts_with("func.L")).collect();
    assert!(distinct(&named, &["path", "func"]).len() >= 400);

    let bytes: usize = files::read(&demo::dir()).values().map(Vec::len).sum();
    assert!(bytes <= 3_000_000, "the demo has {bytes} bytes");
}

#[test]
fn every_source_of_the_demo_is_found() {
    let collection = whole();
    for row in collection.stats("file") {
        let path = row.text("path");
        let is_kit = path.starts_with("tern.example/kit/");
        match row.text("resolution") {
            "exact" => assert!(path.ends_with(row.text("repo_path")), "{row:?}"),
            // The image is built in /workspace; other repositories vendor the kit.
            "rewritten" => assert!(path.starts_with("/workspace/") || is_kit, "{row:?}"),
            other => panic!("{other}: {row:?}"),
        }
        let is_mapped = row.text("binary") == "metrics-store";
        assert_eq!(row.text("evidence"), if is_mapped { "mapping" } else { "info" }, "{row:?}");
    }
    let workspace = where_(&collection, "stats", "file", &["path=/workspace/*"]);
    let paths: Vec<&str> = workspace.iter().map(|row| row.text("repo_path")).collect();
    assert_eq!(paths, ["main.go", "options.go"]);
    // A main package that was given as files names no module; that of the kit would be wrong.
    for row in collection.stats("binary") {
        let module = match row.text("binary") {
            "order-operator" => "",
            "catalog-api" | "shop-admin" | "stock-report" => "tern.example/shop",
            _ => "tern.example/platform",
        };
        assert_eq!(row.text("module"), module, "{row:?}");
    }
}

#[test]
fn the_demos_rolling_upgrade_is_one_owner_with_two_builds() {
    let collection = whole();
    let rows = where_(&collection, "stats", "owner", &["namespace=shop", "owner=catalog-api"]);
    let commits: BTreeSet<&str> = rows.iter().map(|row| row.text("commit")).collect();
    assert_eq!((rows.len(), commits.len()), (2, 2));
    assert!(rows.iter().all(|row| row.number("pods") == 2 && row.number("processes") == 2));
    let newest = &rows[0];
    assert!(newest.text("last_seen") > rows[1].text("last_seen"), "the newest first: {rows:?}");

    // What the upgrade did not touch is the same file in both, what it did are two.
    let both = |name: &str| -> Vec<(u64, u64)> {
        let filters = ["namespace=shop", "owner=catalog-api", &format!("path=*/{name}")];
        where_(&collection, "stats", "file", &filters).iter().map(Row::coverage).collect()
    };
    let (search, store) = (both("search.go"), both("store.go"));
    assert_ne!(search[0].0, search[1].0, "the upgrade added to search.go");
    assert_eq!(store[0].0, store[1].0, "it left store.go alone");
    let nearest = where_(&collection, "stats", "func", &["owner=catalog-api", "func=*nearest"]);
    assert!(nearest.iter().all(|row| row.text("build") == newest.text("build")));
    assert!(nearest.iter().any(|row| row.number("covered") > 0));
}

#[test]
fn the_demo_tells_what_ran_only_since_the_upgrade() {
    let collection = whole();
    let args = ["compare", "--json", "--since", "2026-11-23T13:00:00Z", "--by", "func"];
    let rows = collection.run(args).exits(0).rows();
    assert!(rows.iter().all(|row| row.number("gained") > 0 && row.number("lost") == 0));
    let nearest = rows.iter().find(|row| row.text("func") == "*index.nearest").unwrap();
    assert_eq!((nearest.number("covered_before"), nearest.number("uncovered")), (0, 0));
}

#[test]
fn the_demos_restart_is_one_pod_with_two_processes() {
    let collection = whole();
    for (owner, pods, processes) in [("order-operator", 1, 2), ("metrics-store", 2, 3)] {
        let row = &where_(&collection, "stats", "owner", &[&format!("owner={owner}")])[0];
        assert_eq!((row.number("pods"), row.number("processes")), (pods, processes), "{row:?}");
    }
    // Only the second process reads what the first has left, only the first one is asked to end.
    let ran = |func: &str| {
        let filters = ["owner=metrics-store", &format!("func={func}")];
        where_(&collection, "stats", "func", &filters)[0].number("covered") > 0
    };
    assert!(ran("[*]Store.Save") && ran("[*]Store.Load"));
}

#[test]
fn the_demos_pod_without_counters_has_run_nothing() {
    let collection = whole();
    let row = &where_(&collection, "stats", "owner", &["owner=gateway-internal"])[0];
    let beside = &where_(&collection, "stats", "owner", &["owner=gateway"])[0];
    assert_eq!(row.coverage(), (beside.number("statements"), 0));
    assert_eq!(row.get("percent").as_f64(), Some(0.0));
    assert_eq!(row.text("build"), beside.text("build"));
    assert_eq!((row.number("pods"), row.text("repo")), (1, beside.text("repo")));
    assert_eq!(row.text("first_seen"), "2026-11-23T15:59:58Z");
}

#[test]
fn the_demo_takes_owners_from_the_clusters_own_list() {
    let collection = whole();
    for row in collection.stats("owner") {
        let wanted = if row.text("owner_kind") == "Host" { "host" } else { "owner-reference" };
        assert_eq!(row.text("evidence"), wanted, "{row:?}");
    }
    // By its pods' names the job would be a DaemonSet.
    let jobs = where_(&collection, "stats", "owner", &["kind=Job"]);
    assert_eq!(jobs[0].text("owner"), "journal-maintenance");
    assert_eq!(jobs[0].number("processes"), 3);
}

/// The kit has one path as built, and one in each repository that vendors it.
#[test]
fn a_line_of_the_demos_library_has_the_same_runners_under_each_of_its_names() {
    let collection = whole();
    let who = |name: &str| collection.run(["who", "--json", &format!("{name}:35")]).exits(0).rows();
    let runners = who("tern.example/kit/httpx/server.go");
    let builds: BTreeSet<&str> = runners.iter().map(|row| row.text("build")).collect();
    assert!(builds.len() >= 8, "{builds:?}");
    for name in ["kit/httpx/server.go", "vendor/tern.example/kit/httpx/server.go"] {
        assert_eq!(who(name), runners, "{name}");
    }
}

#[test]
fn the_demo_says_which_pods_nobody_measured() {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let notes = demo::run(&collection, &["--viewer", &viewer]).exits(0).problems();
    let notes: Vec<String> = notes
        .iter()
        .map(|p| format!("{} {}: {}", p["kind"], p["item"], p["cause"]).replace('"', ""))
        .collect();
    let wanted = [
        "not-measured shop: 3 of 15 pods have no report: \
         Deployment web-frontend (2), StatefulSet orders-db (1)",
        "not-measured tern-system: 2 of 7 pods have no report: DaemonSet volume-driver (2)",
    ];
    assert_eq!(notes, wanted);
}

#[test]
fn the_demos_dead_package_and_rare_events_never_ran() {
    let collection = whole();
    let never = where_(&collection, "never", "", &[]);
    let dead = |path: &str| never.iter().filter(|row| row.text("path").ends_with(path)).count();
    let funcs = |path: &str| {
        let rows = where_(&collection, "stats", "func", &[&format!("path=*{path}")]);
        let names: BTreeSet<_> = rows.iter().map(|row| row.texts(["path", "func"])).collect();
        names.len()
    };
    for path in ["/legacyfeed/feed.go", "/legacyfeed/mapping.go", "/sched/preempt.go"] {
        assert!(dead(path) > 1, "{path}");
        assert_eq!(dead(path), funcs(path), "{path}");
    }
    assert!(never.iter().any(|row| row.text("func") == "*Scheduler.PlanDrain"));
    assert_eq!(dead("/catalog/store.go"), 0);
}

/// What a re-publish uploads: nothing of what others run, and no text.
#[test]
fn a_newer_snapshot_of_one_owner_changes_few_files_of_the_site() {
    let collection = whole();
    let site = collection.at("site");
    let before = files::read(&site);
    let report = collection.at("coverage");
    let report = report.join("tern-staging~_host_~node-agent~20261123T053140Z~tern-stg-cp-0");
    let newest = fixtures::counters(&report).pop().unwrap();
    let name = newest.file_name().unwrap().to_str().unwrap().to_owned();
    let hash = name.split('.').nth(1).unwrap();
    // Another process that ran the same, later.
    fs::copy(&newest, report.join(format!("covcounters.{hash}.99.1799999999999999999"))).unwrap();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    demo::run(&collection, &["--viewer", &viewer]).exits(0);
    let after = files::read(&site);
    let is_new = |(name, bytes): &(&String, &Vec<u8>)| before.get(*name) != Some(bytes);
    let new: Vec<(&String, usize)> =
        after.iter().filter(is_new).map(|(name, bytes)| (name, bytes.len())).collect();
    for kind in ["data/lens-", "data/manifest-", "data/owners-", "index.html"] {
        assert_eq!(new.iter().filter(|(name, _)| name.starts_with(kind)).count(), 1, "{new:?}");
    }
    // The list of files stays on this disk.
    let uploaded = new.iter().filter(|(name, _)| !name.starts_with(".covatlas"));
    let (n, bytes) = uploaded.fold((0, 0), |(n, sum), (_, bytes)| (n + 1, sum + bytes));
    assert!(n <= 5, "{new:?}");
    // A hundredth of the demo's site with the programs of its page, which are not part of this one.
    assert!(bytes <= 13_500, "{bytes} bytes: {new:?}");
}
