//! `verify`: each damage is named, and the command it names repairs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use covatlas_tests::binary::covatlas;
use covatlas_tests::layout::{CounterLayout, MetaLayout};
use covatlas_tests::{Collection, binary, files, fixtures};
use serde_json::Value;

use crate::stats::local_mirror;

/// A collection with everything in it, whose defaults stand in its covatlas.toml.
fn whole() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let text = format!(
        "[compile]\nimages = {:?}\n[clone-sources]\nmirror = [{:?}]\nallow-local-git = true\n\
         [render]\nviewer = {viewer:?}\n",
        fixtures::images(),
        local_mirror(),
    );
    fs::write(collection.at("covatlas.toml"), text).unwrap();
    collection.run(["run"]).exits(0);
    collection
}

/// Damages a collection, which must be found and named, and runs the commands that are to repair
/// it until nothing is found.
fn damage(collection: &Collection, what: &str, kind: &str, damage: impl FnOnce(&Collection)) {
    damage(collection);
    let run = collection.run(["verify", "--json"]).exits(3);
    let problems = run.problems();
    let found: Vec<&str> = problems.iter().map(|p| p["kind"].as_str().unwrap()).collect();
    assert!(found.contains(&kind), "{what}: {problems:#?}");
    for round in 0..3 {
        let problems = collection.run(["verify", "--json", "--keep-going"]).exits(0).problems();
        let Some(problem) = problems.first() else { return };
        assert!(round < 2, "{what} is not repaired: {problems:#?}");
        let mut remedies: Vec<&str> =
            problems.iter().map(|p| p["remedy"].as_str().unwrap()).collect();
        remedies.dedup();
        for remedy in remedies {
            assert!(remedy.contains("covatlas -C "), "{what}: no command in {problem}");
            shell(collection, remedy);
        }
    }
}

/// Runs a command as it stands in a remedy, with the data's folder for `DIR`.
fn shell(collection: &Collection, command: &str) {
    let data = collection.beside("data");
    let command = command.replace(" DIR ", &format!(" {} ", data.display()));
    let program = binary::path();
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh").args(["-c", &command]).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

fn truncate(path: &Path, to: u64) {
    let bytes = fs::read(path).unwrap();
    files::replace(path, &bytes[..usize::try_from(to).unwrap()]);
}

/// Writes over a part of a file.
fn scribble(path: &Path, at: usize, n: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + n].iter_mut().for_each(|byte| *byte = !*byte);
    files::replace(path, &bytes);
}

/// The first file of the site of this kind.
fn shard(collection: &Collection, kind: &str) -> PathBuf {
    let entries = fs::read_dir(collection.at("site/data")).unwrap().map(|e| e.unwrap().path());
    let is_it = |p: &PathBuf| p.file_name().unwrap().to_str().unwrap().starts_with(kind);
    entries.filter(is_it).min().unwrap()
}

#[test]
fn a_whole_collection_is_sound() {
    let collection = whole();
    let summary = collection.run(["verify", "--json"]).exits(0).json();
    let keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    for key in ["command", "done", "failed", "problems", "reports", "builds", "texts", "site_files"]
    {
        assert!(keys.contains(&&key.to_owned()), "{key}");
    }
    assert_eq!(summary["reports"], 14);
    assert_eq!(summary["builds"], collection.stats("binary").len());
    let n_data: usize = files::list(&collection.at("coverage"))
        .iter()
        .filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with("cov"))
        .count();
    assert_eq!(summary["files"], n_data);
    let n_site = files::list(&collection.at("site")).len() - 1; // The list of files itself.
    assert_eq!(summary["site_files"], n_site);
    assert!(summary["texts"].as_u64().unwrap() > 5);
    collection.run(["verify"]).exits(0).says(&["sound and fit together"]);
}

#[test]
fn damaged_reports_are_named_and_repaired() {
    let collection = whole();
    let dir = collection.report_dir("router-default");
    let (meta, counters) = (fixtures::metas(&dir).remove(0), fixtures::counters(&dir).remove(0));
    damage(&collection, "cut meta file", "damaged", |_| truncate(&meta, 99));
    damage(&collection, "cut counters", "damaged", |_| truncate(&counters, 40));
    damage(&collection, "counters without meta", "orphan", |_| fs::remove_file(&meta).unwrap());
    damage(&collection, "no counters", "stale", |_| fs::remove_file(&counters).unwrap());
    damage(&collection, "no report", "gone", |_| fs::remove_dir_all(&dir).unwrap());
    damage(&collection, "a new report", "stale", |collection| {
        collection.import(&collection.beside("data")).exits(0);
    });
    damage(&collection, "more counters", "stale", |collection| {
        let bytes = fs::read(&counters).unwrap();
        fs::remove_file(&counters).unwrap();
        collection.run(["compile"]).exits(0);
        fs::write(&counters, bytes).unwrap();
    });
}

/// Sets to 0 the counts of all functions that have only small ones.
fn forget(counters: &[u8]) -> Vec<u8> {
    let mut bytes = counters.to_vec();
    let layout = CounterLayout::of(counters);
    let starts: Vec<usize> =
        layout.borders.range(layout.records..=layout.footer).copied().collect();
    for record in starts.windows(2) {
        let n = usize::from(bytes[record[0]]);
        if record[1] - record[0] == 3 + n {
            bytes[record[0] + 3..record[1]].fill(0);
        }
    }
    assert_ne!(bytes, counters);
    bytes
}

#[test]
fn what_looks_unchanged_is_decoded_again() {
    let collection = whole();
    let dir = collection.report_dir("router-default");
    let counters = fixtures::counters(&dir).remove(0);
    damage(&collection, "other counters of same size and time", "stale", |_| {
        let time = fs::metadata(&counters).unwrap().modified().unwrap();
        files::replace(&counters, &forget(&fs::read(&counters).unwrap()));
        fs::File::options().write(true).open(&counters).unwrap().set_modified(time).unwrap();
        collection.run(["compile"]).exits(0);
    });
}

#[test]
fn a_meta_file_that_a_replica_has_too_is_only_damaged() {
    let collection = whole();
    // The etcd pod was built the same way.
    let meta = fixtures::metas(&collection.report_dir("openshift-kube-scheduler")).remove(0);
    damage(&collection, "cut replica", "damaged", |_| {
        truncate(&meta, fs::metadata(&meta).unwrap().len() / 2);
        collection.run(["compile"]).exits(3);
        let problems = collection.run(["verify", "--json"]).exits(3).problems();
        let mut of_reports = problems.iter().filter(|p| p["item"] != "site");
        assert!(of_reports.all(|p| p["kind"] == "damaged"), "{problems:#?}");
    });
}

#[test]
fn a_meta_file_that_contradicts_itself_is_damaged() {
    let collection = whole();
    let dir = collection.report_dir("router-default");
    let meta = fixtures::metas(&dir).remove(0);
    damage(&collection, "no text", "damaged", |_| {
        let strings = MetaLayout::of(&fs::read(&meta).unwrap()).packages[0].strings;
        let mut bytes = fs::read(&meta).unwrap();
        bytes[strings + 4..strings + 8].fill(0xff);
        files::replace(&meta, &bytes);
        let dir = dir.to_str().unwrap();
        covatlas(["inspect", dir]).exits(3).says(&["Malformed"]);
        covatlas(["inspect", meta.to_str().unwrap()]).exits(3).says(&["Malformed"]);
    });
}

#[test]
fn what_says_whose_a_report_is_is_named_and_repaired() {
    let collection = whole();
    let data = files::list(&collection.beside("data"));
    let is_router = |path: &&PathBuf| path.to_str().unwrap().contains("/router-default");
    let key = data.iter().find(is_router).unwrap().parent().unwrap();
    let sound = b"{\"binary\": \"router\", \"pid\": 1}".as_slice();
    fs::write(collection.beside("data").join(key).join("info.json"), sound).unwrap();
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["run"]).exits(0);
    let owners = collection.stats("owner");
    let info = collection.report_dir("router-default").join("info.json");
    let metadata = info.with_file_name("metadata.json");
    for path in [&metadata, &info] {
        damage(&collection, "damaged", "damaged", |_| files::replace(path, b"{\"pid\": "));
        damage(&collection, "gone", "damaged", |_| fs::remove_file(path).unwrap());
        assert_eq!(collection.stats("owner"), owners);
    }
    // Compiling meanwhile gives the report to nobody else: its folder's name says the same.
    damage(&collection, "gone and compiled", "damaged", |_| {
        fs::remove_file(&metadata).unwrap();
        collection.run(["compile"]).exits(0).says(&["metadata.json", "import it again"]);
        let key = |row: &covatlas_tests::row::Row| crate::pipeline::owner_key(row);
        let found: Vec<_> = collection.stats("owner").iter().map(key).collect();
        assert_eq!(found, owners.iter().map(key).collect::<Vec<_>>());
    });
    // An import by itself brings a sound one back, however new the damaged one is.
    files::replace(&info, b"{");
    collection.import(&collection.beside("data")).exits(0);
    assert_eq!(fs::read(&info).unwrap(), sound);
}

#[test]
fn when_the_last_report_is_gone_no_number_is_left() {
    let collection = whole();
    let empty = |collection: &Collection| {
        fs::remove_dir_all(collection.at("coverage")).unwrap();
        fs::create_dir(collection.at("coverage")).unwrap();
    };
    damage(&collection, "no report", "NoReports", empty);
    damage(&collection, "no report, compiled", "NoReports", |collection| {
        empty(collection);
        collection.run(["compile"]).exits(1).says(&["no reports in", "are taken out"]);
        collection.run(["stats"]).exits(1).says(&["no report in the database"]);
        collection.run(["compile"]).exits(1).says(&["no reports in"]);
    });
}

#[test]
fn a_damaged_database_is_named_and_repaired() {
    let collection = whole();
    let db = || collection.at("coverage.db");
    damage(&collection, "no database", "database", |_| fs::remove_file(db()).unwrap());
    damage(&collection, "no SQLite", "database", |_| scribble(&db(), 0, 64));
    damage(&collection, "damaged pages", "database", |_| {
        let len = fs::metadata(db()).unwrap().len();
        for page in 2..usize::try_from(len / 4096).unwrap() {
            scribble(&db(), page * 4096, 16);
        }
    });
    damage(&collection, "cut short", "database", |_| {
        truncate(&db(), fs::metadata(db()).unwrap().len() / 2);
    });
}

#[test]
fn lost_sources_are_named_and_repaired() {
    let collection = whole();
    let store = collection.at(format!("repos/{}.git", fixtures::REPO));
    damage(&collection, "no repository", "no-commit", |_| fs::remove_dir_all(&store).unwrap());
    damage(&collection, "damaged objects", "text", |_| {
        let is_big = |path: &PathBuf| fs::metadata(store.join(path)).unwrap().len() > 300;
        let objects = files::list(&store).into_iter().filter(|path| path.starts_with("objects"));
        for object in objects.filter(is_big) {
            let path = store.join(object);
            let half = usize::try_from(fs::metadata(&path).unwrap().len() / 2).unwrap();
            if !path.to_str().unwrap().ends_with(".idx") {
                scribble(&path, half, 100.min(half));
            }
        }
    });
}

#[test]
fn a_damaged_site_is_named_and_repaired() {
    let collection = whole();
    for kind in ["manifest", "owners", "stats", "counts", "lens", "source"] {
        damage(&collection, kind, "site", |c| fs::remove_file(shard(c, kind)).unwrap());
        damage(&collection, kind, "site", |c| scribble(&shard(c, kind), 60, 1));
    }
    // A sound shard under the name of another one.
    damage(&collection, "swapped", "site", |c| {
        let counts = shard(c, "counts");
        let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let other = fs::read_to_string(shard(c, "source")).unwrap();
        let text = other.replace(&name(&shard(c, "source")), &name(&counts));
        fs::write(counts, text).unwrap();
    });
    let wasm = collection.at("site/viewer/viewer-1.wasm.js");
    damage(&collection, "no viewer", "site", |_| fs::remove_file(&wasm).unwrap());
    damage(&collection, "other wasm", "site", |c| {
        scribble(&c.at("site/viewer/viewer-1.wasm.js"), 30, 4)
    });
    // Also a part of what says no name of its own, and the page itself.
    for file in ["viewer/viewer-1.wasm.js", "viewer/loader-1.js", "index.html", ".nojekyll"] {
        let path = collection.at("site").join(file);
        damage(&collection, file, "site", |_| {
            let mut bytes = fs::read(&path).unwrap();
            bytes.extend(b" ");
            files::replace(&path, &bytes);
        });
        if file != ".nojekyll" {
            damage(&collection, file, "site", |_| scribble(&path, 6, 1));
            damage(&collection, file, "site", |_| truncate(&path, 7));
        }
    }
    let list = collection.at("site/.covatlas-site.json");
    damage(&collection, "no list", "site", |_| fs::remove_file(&list).unwrap());
    damage(&collection, "damaged list", "site", |_| truncate(&list, 30));
    damage(&collection, "no page", "site", |c| fs::remove_file(c.at("site/index.html")).unwrap());
    damage(&collection, "old site", "stale", |c| {
        c.run(["compile", "--exclude-file", "main.go"]).exits(0);
    });
}

/// Rendering by itself, without what `verify` would have removed.
#[test]
fn a_render_writes_damaged_files_again_and_no_others() {
    let collection = whole();
    let before = files::read(&collection.at("site"));
    // Who does not remember the site goes through all of it.
    fs::remove_file(collection.at("rendered.json")).unwrap();
    let again = collection.run(["render", "--json"]).exits(0).json();
    let usual = again["done"].as_u64().unwrap();
    let counts = shard(&collection, "counts");
    scribble(&counts, 60, 1);
    files::replace(&collection.at("site/viewer/loader-1.js"), b"garbage\n");
    truncate(&shard(&collection, "source"), 20);
    fs::remove_file(shard(&collection, "stats")).unwrap();
    let repaired = collection.run(["render", "--json"]).exits(0).json();
    assert_eq!(repaired["done"].as_u64().unwrap(), usual + 4);
    files::assert_same(&files::read(&collection.at("site")), &before);
}

#[test]
fn people_read_what_to_do() {
    let collection = whole();
    let counts = shard(&collection, "counts");
    fs::remove_file(&counts).unwrap();
    let run = collection.run(["verify"]).exits(3).prints_nothing();
    let remedy =
        format!("rm -f {} && covatlas -C {} render", counts.display(), collection.path().display());
    run.says(&["lost: data/counts-", "No such file", &remedy, "1 problem in"]);
    collection.run(["verify", "--keep-going"]).exits(0);
    let nothing = Collection::new();
    nothing.run(["verify", "--json"]).exits(1).prints_nothing().says(&["no collection"]);
    let _: Value = collection.run(["verify", "--json"]).exits(3).json();
}
