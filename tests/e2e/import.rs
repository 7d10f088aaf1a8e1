//! `import`: every shape of folder, twice, and names that want to get out.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use covatlas_tests::golden::Golden;
use covatlas_tests::{Collection, files, fixtures};
use serde_json::Value;

/// Names, sizes, times and inodes of everything in a collection.
fn state(dir: &Path) -> BTreeMap<PathBuf, (u64, i64, u64)> {
    let state = |path: &PathBuf| {
        let meta = fs::metadata(dir.join(path)).unwrap();
        (meta.len(), meta.mtime_nsec(), meta.ino())
    };
    files::list(dir).iter().map(|path| (path.clone(), state(path))).collect()
}

/// The key that a report came from, by what its `metadata.json` says.
fn key_of(metadata: &Value) -> String {
    let text = |pointer: &str| metadata.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let time = text("/discovered_at").replace(['-', ':'], "");
    let (host, namespace) = (text("/hostname"), text("/namespace"));
    let binary = text("/binary_name");
    if metadata["host_process"] == true {
        return [host, namespace, time, binary].join("/");
    }
    let (container, image) = (text("/container/name"), text("/container/image"));
    [host, namespace, text("/pod_name"), container, time, image, binary].join("/")
}

#[test]
fn a_tree_of_keys_comes_in_whole_and_a_second_run_changes_nothing() {
    let collection = Collection::new();
    let first = collection.import(&fixtures::data()).exits(0).json();
    // 14 meta directories, the mixed one with three; one file is a writer's left-over.
    let wanted = files::list(&fixtures::data()).len() - 1;
    assert_eq!(first["imported_reports"], 14);
    assert_eq!(first["done"], wanted);
    assert_eq!((&first["temporary"], &first["skipped"]), (&1.into(), &0.into()));
    let mut keys = Vec::new();
    for dir in fs::read_dir(collection.at("coverage")).unwrap() {
        let mut stored = files::read(&dir.unwrap().path());
        let metadata: Value =
            serde_json::from_slice(&stored.remove("metadata.json").unwrap()).unwrap();
        let key = key_of(&metadata);
        let mut originals = files::read(&fixtures::data().join(&key));
        originals.retain(|name, _| !name.starts_with("tmp."));
        files::assert_same(&stored, &originals);
        keys.push(key);
    }
    keys.sort();
    let mut wanted_keys: Vec<_> = Golden::all().into_iter().map(|golden| golden.key).collect();
    wanted_keys.sort();
    assert_eq!(keys, wanted_keys);
    let before = state(&collection.at("coverage"));
    let second = collection.import(&fixtures::data()).exits(0).json();
    assert_eq!((&second["done"], &second["skipped"]), (&0.into(), &wanted.into()));
    assert_eq!(state(&collection.at("coverage")), before);
}

#[test]
fn hard_links_are_the_default_and_originals_stay_as_they_are() {
    let collection = Collection::new();
    let data = collection.beside("data");
    files::copy(&fixtures::data(), &data);
    let before = files::read(&data);
    let run = collection.run(["import", "--json", data.to_str().unwrap()]).exits(0).json();
    assert!(run["linked"].as_u64().unwrap() > 30, "{run}");
    assert_eq!(run["copied"], 0);
    collection.run(["compile", "--keep-going"]).exits(0);
    files::assert_same(&files::read(&data), &before);
}

#[test]
fn the_older_tools_collection_keeps_its_identities() {
    let first = Collection::new();
    first.import(&fixtures::data()).exits(0);
    first.run(["compile", "--keep-going"]).exits(0);
    // Its reports carry metadata.json; the names of their folders do not matter.
    let old = first.beside("older/coverage");
    for (number, dir) in fs::read_dir(first.at("coverage")).unwrap().enumerate() {
        files::copy(&dir.unwrap().path(), &old.join(format!("dump-{number}")));
    }
    let second = Collection::new();
    second.run(["import", old.to_str().unwrap()]).exits(0);
    second.run(["compile", "--keep-going"]).exits(0);
    assert_eq!(second.stats("owner"), first.stats("owner"));
    let names = |collection: &Collection| -> Vec<_> { files::list(&collection.at("coverage")) };
    assert_eq!(names(&second), names(&first));
}

#[test]
fn a_plain_gocoverdir_gets_its_identity_from_flags() {
    let collection = Collection::new();
    let golden = &Golden::all()[8];
    let dir = collection.beside("out/run-7");
    files::copy(&golden.dir(), &dir);
    collection.run(["import", "--copy", dir.to_str().unwrap()]).exits(0);
    collection.run(["compile"]).exits(0);
    let rows = collection.stats("owner");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].texts(["namespace", "owner_kind", "owner"]), ["local", "Process", "run-7"]);
    assert_eq!(rows[0].coverage(), golden.profile().coverage());
    // The oldest counter file: 1795427199 seconds.
    assert_eq!(rows[0].text("first_seen"), "2026-11-23T09:46:39Z");

    let named = Collection::new();
    let flags = [
        "--host",
        "n1",
        "--namespace",
        "shop",
        "--pod",
        "web-0",
        "--container",
        "web",
        "--image",
        "img",
        "--binary",
        "webd",
        "--discovered",
        "20260102T030405Z",
        "--cluster-name",
        "east",
    ];
    named.run(["import", "--copy", dir.to_str().unwrap()].iter().chain(&flags)).exits(0);
    named.run(["compile"]).exits(0);
    let rows = named.stats("owner");
    let keys = ["namespace", "owner_kind", "owner", "binary", "first_seen"];
    let wanted = ["shop", "StatefulSet", "web", "webd", "2026-01-02T03:04:05Z"];
    assert_eq!(rows[0].texts(keys), wanted);
    assert_eq!(*rows[0].get("containers"), serde_json::json!(["web"]));
    for filter in ["cluster=east", "node=n1", "image=img", "pod=web-0"] {
        named.run(["stats", "--where", filter]).exits(0);
    }
    let bad = ["import", dir.to_str().unwrap(), "--discovered", "yesterday"];
    let run = named.run(bad);
    assert!([1, 2].contains(&run.status));
    run.says(&["yesterday"]);
}

#[test]
fn what_a_producer_overwrote_is_kept_beside_the_new() {
    let collection = Collection::new();
    let data = collection.beside("data");
    fixtures::whole_data(&data);
    let golden = Golden::all().remove(11);
    let slots = fixtures::counters(&data.join(&golden.key));
    let contents: Vec<_> = slots.iter().map(|slot| fs::read(slot).unwrap()).collect();
    // First there is the first slot only, then the producer writes the other content over it.
    fs::remove_file(&slots[1]).unwrap();
    collection.import(&data).exits(0);
    files::replace(&slots[0], &contents[1]);
    let second = collection.import(&data).exits(0).json();
    assert_eq!(second["kept_both"], 1, "{second}");
    let dir = collection.report_dir("prometheus-k8s-0");
    let mut kept: Vec<_> =
        fixtures::counters(&dir).iter().map(|path| fs::read(path).unwrap()).collect();
    kept.sort();
    let mut wanted = contents.clone();
    wanted.sort();
    assert_eq!(kept, wanted);
    let before = state(&collection.at("coverage"));
    collection.import(&data).exits(0);
    assert_eq!(state(&collection.at("coverage")), before);
    collection.run(["compile"]).exits(0);
    let rows = collection.run(["stats", "--json", "--where", "owner=prometheus-k8s"]).rows();
    assert_eq!(rows[0].coverage(), golden.profile().coverage());
}

/// A tree that tries everything; returns the path that must not be touched.
fn hostile_tree(collection: &Collection) -> PathBuf {
    let data = collection.beside("data");
    let good = Golden::all().remove(1);
    files::copy(&good.dir(), &data.join(&good.key));
    let t = "20261120T081502Z";
    let long = "p".repeat(250);
    for (number, dir) in [
        format!("n/..../pod/c/{t}/i/b"),
        format!("n/-rf/--pod/~/{t}/%2e%2e/$(id)"),
        format!("n/ns/a\u{7}b/c/{t}/i/b"),
        format!("n/ns/a\u{202e}b/c/{t}/i/b"),
        format!("n/ns/back\\slash/c/{t}/i/b"),
        format!("n/ns/new\nline/c/{t}/i/b"),
        format!("{long}/{long}/{long}/{long}/{t}/{long}/{long}"),
        format!("n/ns/' OR 1=1; --/c/{t}/i/\"b\""),
        format!("n/ns/<script>alert(1)<%2Fscript>/c/{t}/i/b"),
    ]
    .iter()
    .enumerate()
    {
        let dir = data.join(dir);
        fs::create_dir_all(&dir).unwrap();
        let meta = fixtures::metas(&good.dir()).remove(0);
        fs::copy(meta, dir.join(format!("covmeta.{number}"))).unwrap();
    }
    // Metadata that names places outside.
    let liar = data.join(format!("n/ns/liar/c/{t}/i/b"));
    files::copy(&good.dir(), &liar);
    let metadata = r#"{"pod_name":"../../../../victim/x","namespace":"/etc","hostname":"..",
        "cluster":"../..","binary_name":"a\u0000b\n","container":{"name":"\\..\\","image":"~"}}"#;
    fs::write(liar.join("metadata.json"), metadata).unwrap();
    // Links out of the tree.
    let victim = collection.beside("victim");
    fs::create_dir_all(&victim).unwrap();
    fs::write(victim.join("covmeta.secret"), "secret").unwrap();
    let links = data.join(format!("n/ns/links/c/{t}/i/b"));
    fs::create_dir_all(&links).unwrap();
    symlink(victim.join("covmeta.secret"), links.join("covmeta.link")).unwrap();
    symlink("/etc/passwd", links.join("covcounters.a.1.1")).unwrap();
    symlink(&victim, data.join("n/ns/folder")).unwrap();
    symlink(".", data.join("loop")).unwrap();
    // A name that is no text at all.
    let raw = std::ffi::OsString::from_vec(b"covmeta.\xff\xfe".to_vec());
    fs::write(links.join(raw), "x").unwrap();
    // As deep as the system lets anyone name it; 10,000 characters are too much for Linux.
    let mut deep = data.join("deep");
    for _ in 0..45 {
        deep.push("d".repeat(220));
        if fs::create_dir(&deep).or_else(|_| fs::create_dir_all(&deep)).is_err() {
            break;
        }
    }
    victim
}

#[test]
fn hostile_trees_write_nothing_outside_of_the_collection() {
    let collection = Collection::new();
    let victim = hostile_tree(&collection);
    let outside = |collection: &Collection| {
        let mut tree = files::read(&victim);
        tree.extend(files::read(&collection.beside("data/n")));
        let entries = fs::read_dir(victim.parent().unwrap()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
        names.retain(|name| name != "run");
        names.sort();
        (tree, names)
    };
    let before = outside(&collection);
    let data = collection.beside("data");
    let run = collection.run(["import", "--json", data.to_str().unwrap()]).exits(3).says(&[]);
    let kinds: Vec<String> =
        run.problems().iter().map(|p| p["kind"].as_str().unwrap().to_owned()).collect();
    for kind in ["rejected-path", "link-leaves-tree", "bad-name"] {
        assert!(kinds.iter().any(|k| k == kind), "no {kind} in {kinds:?}");
    }
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    fs::remove_dir_all(collection.beside("viewer")).unwrap();
    collection.run(["compile", "--json", "--keep-going"]).exits(0).says(&[]);
    assert_eq!(outside(&collection), before, "import and compile wrote outside");

    fixtures::plain_viewer(Path::new(&viewer));
    collection.run(["render", "--viewer", &viewer]).exits(0);
    fs::remove_dir_all(&viewer).unwrap();
    assert_eq!(outside(&collection), before, "render wrote outside");
    for path in files::list(&collection.path()) {
        let stored = collection.path().join(&path);
        assert!(!fs::read(&stored).unwrap().starts_with(b"root:"), "{path:?} is /etc/passwd");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.len() < 256 && !name.contains(['\n', '\u{7}', '\\', '\u{202e}']), "{name:?}");
    }
    let good = collection.run(["stats", "--json", "--where", "owner=kube-apiserver"]).exits(0);
    assert_eq!(good.rows()[0].coverage(), Golden::all()[1].profile().coverage());
}
