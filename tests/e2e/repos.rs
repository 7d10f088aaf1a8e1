//! The repositories of a site have the numbers of the command line: each statement once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use covatlas_tests::{Collection, demo, tools};
use serde_json::Value;

/// The shards of a kind, by what their column of texts `key` says.
fn shards(site: &Path, kind: &str, key: &str) -> BTreeMap<String, Value> {
    let files = fs::read_dir(site.join("data")).unwrap().map(|entry| entry.unwrap().path());
    let own = files.filter(|path| {
        path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{kind}-"))
    });
    let shard = |path| {
        let text = String::from_utf8(tools::gunzip(&fs::read(path).unwrap())).unwrap();
        let value: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        (value["texts"][key][0].as_str().unwrap().to_owned(), value)
    };
    own.map(|path: std::path::PathBuf| shard(path)).collect()
}

/// A column of numbers.
fn column(shard: &Value, name: &str) -> Vec<u64> {
    let numbers = shard["numbers"][name].as_array().unwrap_or_else(|| panic!("no {name}"));
    numbers.iter().map(|n| n.as_u64().unwrap()).collect()
}

fn texts(shard: &Value, name: &str) -> Vec<String> {
    let texts = shard["texts"][name].as_array().unwrap();
    texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Statements and covered ones of each repository and commit.
type ByCommit = BTreeMap<(String, String), (u64, u64)>;

fn stats_by_repo(collection: &Collection) -> ByCommit {
    let rows = collection.run(["stats", "--by", "repo", "--json"]).exits(0).rows();
    let row = |row: &covatlas_tests::row::Row| {
        let key = (row.text("repo").to_owned(), row.text("commit").to_owned());
        (key, (row.number("statements"), row.number("covered")))
    };
    rows.iter().map(row).collect()
}

#[test]
fn repositories_have_the_numbers_of_stats() {
    let collection = Collection::new();
    let site = collection.beside("site");
    demo::run(&collection, &["--output-dir", site.to_str().unwrap(), "--shards", "gz"]).exits(0);
    let repos = shards(&site, "repo", "repo");
    let mut by_commit = ByCommit::new();
    for (name, shard) in &repos {
        let numbers = column(shard, "commits.statements").into_iter();
        let numbers = numbers.zip(column(shard, "commits.covered"));
        for (commit, numbers) in texts(shard, "source_commit").into_iter().zip(numbers) {
            by_commit.insert((name.clone(), commit), numbers);
        }
    }
    assert_eq!(by_commit, stats_by_repo(&collection));

    // Over all commits too, in the shard and in the manifest.
    let manifest = shards(&site, "manifest", "tool").into_values().next().unwrap();
    assert_eq!(texts(&manifest, "repos"), repos.keys().cloned().collect::<Vec<_>>());
    let listed = column(&manifest, "repos.statements").into_iter();
    let listed = listed.zip(column(&manifest, "repos.covered"));
    for ((name, shard), listed) in repos.iter().zip(listed) {
        let filter = format!("repo={name}");
        let row = collection.run(["stats", "--by", "collection", "--where", &filter, "--json"]);
        let row = &row.exits(0).rows()[0];
        let wanted = (row.number("statements"), row.number("covered"));
        let sum = |name: &str| column(shard, name).iter().sum::<u64>();
        assert_eq!((sum("statements"), sum("covered")), wanted, "{name}");
        assert_eq!(listed, wanted, "{name}");
    }
    // The shop was upgraded while it was measured.
    assert_eq!(by_commit.keys().filter(|(name, _)| name.ends_with("/shop")).count(), 2);
}

#[test]
fn without_sources_no_file_of_a_repository_is_told_that_no_build_has() {
    let collection = Collection::new();
    let site = collection.beside("site");
    let output = ["--output-dir", site.to_str().unwrap(), "--shards", "gz"];
    demo::run(&collection, &output).exits(0);
    let unbuilt = |site: &Path| -> usize {
        let shards = shards(site, "repo", "repo");
        shards.values().map(|s| s["numbers"]["unbuilt.dir"].as_array().unwrap().len()).sum()
    };
    assert!(unbuilt(&site) > 0, "the platform has a file that nothing uses");
    let other = collection.beside("other");
    let output = ["--output-dir", other.to_str().unwrap(), "--shards", "gz"];
    collection.run([&["render", "--no-source"][..], &output].concat()).exits(0);
    assert_eq!(unbuilt(&other), 0);
}
