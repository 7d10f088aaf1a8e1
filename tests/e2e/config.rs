//! `covatlas.toml`: it takes effect in every step, flags and environment win, mistakes are named.

use std::collections::BTreeSet;
use std::fs;

use covatlas_tests::binary::finish;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, fixtures, tools, world};

use crate::stats::local_mirror;

/// The sample, imported, with this configuration.
fn configured(text: &str) -> Collection {
    let collection = Collection::new();
    collection.import(&fixtures::data()).exits(0);
    fs::write(collection.at("covatlas.toml"), text).unwrap();
    collection
}

fn names(rows: &[Row], key: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row.text(key).to_owned()).collect()
}

#[test]
fn a_file_takes_effect_in_every_step() {
    let mirror = local_mirror();
    let viewer = tempfile::tempdir().unwrap();
    let viewer = fixtures::plain_viewer(&viewer.path().join("viewer"));
    let collection = configured(&format!(
        "keep-going = true
         hide = ['kind=Job', 'namespace=openshift-demo']
         [compile]
         images = {images:?}
         exclude-file = ['main.go']
         owner-prefix = ['covdemo-86b574976-=Runner/by-prefix']
         [clone-sources]
         mirror = [{mirror:?}]
         allow-local-git = true
         [render]
         tiers = [40, 60, 80]
         title = 'From a file'
         shards = 'gz'
         viewer = {viewer:?}",
        images = fixtures::images(),
    ));
    collection.run(["run"]).exits(0);

    // compile: the file and the prefix are gone and there in every number.
    let shown = ["--hide=", "--json", "--by"];
    let stats = |by: &str, more: &[&str]| {
        collection.run([&["stats"], more, &[by]].concat()).exits(0).rows()
    };
    let files = stats("file", &shown);
    assert!(files.iter().all(|file| !file.text("path").ends_with("/main.go")));
    assert!(names(&files, "owner").contains("by-prefix"));
    let owners = stats("owner", &shown);
    let by_prefix = owners.iter().find(|row| row.text("owner") == "by-prefix").unwrap();
    assert_eq!(by_prefix.texts(["owner_kind", "evidence"]), ["Runner", "configured"]);

    // clone-sources: what the mirror has was fetched.
    assert!(names(&files, "resolution").contains("exact"), "{:?}", names(&files, "resolution"));

    // stats: noise is left out, and said to be.
    let run = collection.run(["stats", "--json", "--by", "owner"]).exits(0);
    let expected: BTreeSet<String> = world::owners()
        .into_keys()
        .filter(|[namespace, kind, ..]| kind != "Job" && namespace != "openshift-demo")
        .map(|[_, _, owner, ..]| owner)
        .collect();
    assert_eq!(names(&run.rows(), "owner"), expected);
    run.says(&["hidden kind=Job, namespace=openshift-demo"]);
    let never = collection.run(["never", "--hide", "path=*", "--json"]).exits(1);
    never.prints_nothing().says(&["nothing matches not path=*"]);

    // render: the page is told.
    let site = collection.at("site/data");
    let manifest = fs::read_dir(&site).unwrap().map(|e| e.unwrap().path());
    let manifest = manifest.into_iter().find(|p| p.to_str().unwrap().contains("manifest-"));
    let text = String::from_utf8(tools::gunzip(&fs::read(manifest.unwrap()).unwrap())).unwrap();
    for part in [
        r#""hide":["kind=Job","namespace=openshift-demo"]"#,
        r#""tiers":[40,60,80]"#,
        r#""title":["From a file"]"#,
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn the_environment_wins_over_files_and_flags_over_both() {
    let collection = configured("limit = 3\n[stats]\nby = 'pod'\n");
    collection.run(["compile", "--keep-going"]).exits(0);
    let rows = |environment: &[(&str, &str)], args: &[&str]| {
        let mut command = collection.command();
        command.args(["stats", "--json"]).args(args).envs(environment.iter().copied());
        finish(&mut command).exits(0).rows()
    };
    let first = |rows: &[Row]| (rows[0].keys()[0].to_owned(), rows.len());
    assert_eq!(first(&rows(&[], &[])), ("pod".into(), 3));
    let environment = [("COVATLAS_STATS_BY", "namespace"), ("COVATLAS_STATS_LIMIT", "2")];
    assert_eq!(first(&rows(&environment, &[])), ("namespace".into(), 2));
    assert_eq!(first(&rows(&environment, &["--by", "image", "--limit=1"])), ("image".into(), 1));
}

#[test]
fn the_users_own_file_is_weaker_than_the_collections() {
    let collection = configured("[stats]\nlimit = 2\n");
    let home = collection.beside("home/covatlas");
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("covatlas.toml"), "[stats]\nlimit = 1\nby = 'binary'\n").unwrap();
    let mut command = collection.command();
    command.args(["config", "show", "--json", "-q"]).env("COVATLAS_COLOR", "never");
    let shown = finish(command.env("XDG_CONFIG_HOME", collection.beside("home"))).exits(0);
    let rows = shown.rows();
    let find = |command: &str, key: &str| {
        let row = rows.iter().find(|r| r.text("command") == command && r.text("key") == key);
        let row = row.unwrap_or_else(|| panic!("no {command} {key}"));
        assert_eq!(row.keys(), ["command", "key", "value", "source", "place"]);
        let place = row.text("place").rsplit('/').next().unwrap().to_owned();
        (row.get("value").to_string(), row.text("source").to_owned(), place)
    };
    let expect = |value: &str, source: &str, place: &str| {
        (value.to_owned(), source.to_owned(), place.to_owned())
    };
    assert_eq!(find("stats", "limit"), expect("2", "file", "covatlas.toml:2"));
    assert_eq!(find("stats", "by"), expect("\"binary\"", "file", "covatlas.toml:3"));
    assert_eq!(find("", "quiet"), expect("true", "command-line", ""));
    assert_eq!(find("", "color"), expect("\"never\"", "environment", "COVATLAS_COLOR"));
    assert_eq!(find("clone-sources", "timeout"), expect("600", "default", ""));
    assert_eq!(find("export lcov", "paths"), expect("\"build\"", "default", ""));
}

#[test]
fn what_config_show_prints_is_a_configuration_that_says_the_same() {
    let collection =
        configured("hide = ['kind=\"J\\*']\n[import]\ncopy = true\n[check]\nfail-under = 7.5\n");
    let lines = |text: &str| {
        let without = text.lines().filter(|line| !line.starts_with("# "));
        without.map(|line| line.split("  # ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown = collection.run(["config", "show"]).exits(0).text();
    assert!(shown.contains("fail-under = 7.5"), "{shown}");
    fs::write(collection.at("covatlas.toml"), &shown).unwrap();
    let again = collection.run(["config", "show"]).exits(0).text();
    assert_eq!(lines(&again), lines(&shown));
}

#[test]
fn mistakes_name_file_line_and_key_before_anything_happens() {
    let collection = configured("\n[compile]\ncombin = 'max'\n");
    let run = collection.run(["compile"]).exits(2).prints_nothing();
    run.says(&["covatlas.toml:3: unknown key `compile.combin`: did you mean `combine`?"]);
    assert!(!collection.at("coverage.db").exists());
    let other = collection.beside("other.toml");
    fs::write(&other, "[clone-sources]\ntimeout = 'soon'\n").unwrap();
    let run = collection.run(["clone-sources", "--config", other.to_str().unwrap()]).exits(2);
    run.prints_nothing().says(&["other.toml:2: `clone-sources.timeout`: `soon` is not possible"]);
}

/// 64 hex digits of an image's digest.
const DIGEST: &str = "000d223da77bf8c5e86dde8c4ae557dbda86bcf767db294731bd1479473115f0";

#[test]
fn images_of_a_registry_in_the_configuration_get_their_names_back() {
    let collection = Collection::new();
    let dir = covatlas_tests::golden::Golden::all()[0].dir();
    let image = format!("registry.example.com-team-app-sha256-{DIGEST}");
    let names = ["--namespace", "shop", "--pod", "cart-0", "--image", &image];
    collection.run([&["import", dir.to_str().unwrap()], &names[..]].concat()).exits(0);
    let images = || {
        collection.run(["compile", "--keep-going"]).exits(0);
        names_of(&collection)
    };
    assert_eq!(images(), BTreeSet::from([image.clone()]), "nothing is guessed");
    let text = "[compile]\nregistry-prefix = ['registry.example.com/team']\n";
    fs::write(collection.at("covatlas.toml"), text).unwrap();
    let real = format!("registry.example.com/team/app@sha256:{DIGEST}");
    assert_eq!(images(), BTreeSet::from([real]));
}

fn names_of(collection: &Collection) -> BTreeSet<String> {
    names(&collection.stats("image"), "image")
}
