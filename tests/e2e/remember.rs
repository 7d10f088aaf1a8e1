//! What a collection remembers: a later run without flags means the same as the first.

use std::fs;

use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo, files, fixtures};
use serde_json::{Value, json};

/// A collection of the demo's cluster with everything in it.
fn whole() -> Collection {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    demo::run(&collection, &["--viewer", &viewer]).exits(0);
    collection
}

/// What of the numbers depends on the user's inputs.
fn answers(collection: &Collection) -> (Vec<Row>, Vec<Row>) {
    (collection.stats("owner"), collection.stats("file"))
}

fn notes(run: &Value) -> Vec<&Value> {
    let problems = run["problems"].as_array().unwrap().iter();
    problems.filter(|problem| problem["kind"] == "not-measured").collect()
}

#[test]
fn a_new_database_finds_owners_images_and_sources_again() {
    let collection = whole();
    let before = answers(&collection);
    assert!(before.1.iter().all(|row| row.text("resolution") != "unresolved"));
    let first = collection.run(["compile", "--json"]).exits(0).json();
    assert!(!notes(&first).is_empty(), "pods without a report are still noted");
    for file in files::list(&collection.path()) {
        if file.to_str().unwrap().starts_with("coverage.db") {
            fs::remove_file(collection.at(file)).unwrap();
        }
    }
    let again = collection.run(["compile", "--json"]).exits(0).json();
    assert_eq!(answers(&collection), before);
    assert_eq!(notes(&again), notes(&first));
    // A commit that is in repos/ is not fetched again, and no flag says where from.
    let clone = collection.run(["clone-sources", "--json"]).exits(0).json();
    assert_eq!((&clone["done"], &clone["failed"]), (&json!(0), &json!(0)));
    assert_eq!(answers(&collection), before);
}

#[test]
fn sources_come_from_the_same_place_again() {
    let collection = whole();
    let before = answers(&collection);
    fs::remove_dir_all(collection.at("repos")).unwrap();
    let clone = collection.run(["clone-sources", "--json"]).exits(0).json();
    assert_eq!((&clone["failed"], &clone["problems"]), (&json!(0), &json!([])));
    assert_eq!(answers(&collection), before);
}

#[test]
fn new_inputs_replace_those_of_before_and_nothing_else_is_kept() {
    let collection = whole();
    let owner = |collection: &Collection| {
        let rows = collection.stats("owner");
        rows.iter().map(|row| row.text("owner").to_owned()).collect::<Vec<_>>()
    };
    assert!(!owner(&collection).contains(&"renamed".to_owned()));
    let dir = collection.report_dir("gateway-internal-");
    let text = fs::read_to_string(dir.join("metadata.json")).unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let (namespace, pod) = (&metadata["namespace"], &metadata["pod_name"]);
    let references = json!([{ "kind": "Deployment", "name": "renamed", "controller": true }]);
    let metadata = json!({ "namespace": namespace, "name": pod, "ownerReferences": references });
    let spec = json!({ "containers": [{ "env": [{ "name": "TOKEN", "value": "hunter2" }] }] });
    let list = json!({ "items": [{ "kind": "Pod", "metadata": metadata, "spec": spec }] });
    let path = collection.beside("owners.json");
    fs::write(&path, list.to_string()).unwrap();
    collection.run(["compile", "--owners", path.to_str().unwrap()]).exits(0);
    assert!(owner(&collection).contains(&"renamed".to_owned()));
    collection.run(["compile"]).exits(0);
    assert!(owner(&collection).contains(&"renamed".to_owned()));
    for file in files::list(&collection.at("inputs")) {
        let text = fs::read_to_string(collection.at("inputs").join(file)).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
    }
    // One that is damaged is named, not passed over.
    fs::write(collection.at("inputs/owners.json"), "{").unwrap();
    collection.run(["compile"]).exits(1).says(&["inputs/owners.json", "give --owners again"]);
    collection.run(["compile", "--owners", path.to_str().unwrap()]).exits(0);
}

#[test]
fn a_first_run_counts_what_it_fetched_and_names_all_that_it_could_not() {
    let collection = whole();
    fs::remove_dir_all(collection.at("repos")).unwrap();
    fs::remove_file(collection.at("inputs/mirrors.json")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("https://git.example.com/=http://127.0.0.1:{port}/");
    let clone = collection.run(["clone-sources", "--json", "--mirror", &nowhere]).exits(0).json();
    let commits: u64 = 4;
    assert_eq!((&clone["done"], &clone["failed"]), (&json!(0), &json!(commits)), "{clone}");
    let problems = clone["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "one note for the server: {problems:#?}");
    let cause = problems[0]["cause"].as_str().unwrap();
    for row in collection.stats("owner") {
        if let Some(repo) = row.get("repo").as_str() {
            assert!(cause.contains(repo), "no {repo} in {cause}");
        }
    }
    let mirror = format!("https://git.example.com/={}", demo::dir().join("git").display());
    let clone = ["clone-sources", "--json", "--mirror", &mirror, "--allow-local-git"];
    let first = collection.run(clone).exits(0).json();
    assert_eq!((&first["done"], &first["skipped"]), (&json!(commits), &json!(0)), "{first}");
    let second = collection.run(clone).exits(0).json();
    assert_eq!((&second["done"], &second["skipped"]), (&json!(0), &json!(commits)), "{second}");
}
