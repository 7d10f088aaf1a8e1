//! `download` where a file of the collection, or an object of the bucket, is or was damaged.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use covatlas_tests::s3::{Listing, S3Server};
use covatlas_tests::{Collection, binary, files, fixtures};
use serde_json::json;

use crate::download::{PLACE, coverage, download, fetched};

/// A store of which nothing is damaged.
fn store() -> S3Server {
    let (server, data) = (S3Server::start(Listing::Full), Collection::new());
    fixtures::whole_data(&data.path());
    server.put_all("cov", "runs/0412", &data.path());
    server
}

/// The first counter file of a report with a single one, and the key of its object.
fn counters(collection: &Collection) -> (PathBuf, String) {
    let path = fixtures::counters(&collection.report_dir("router-default")).remove(0);
    let name = path.file_name().unwrap().to_owned();
    let is_it = |file: &PathBuf| {
        file.file_name() == Some(&*name) && file.to_str().unwrap().contains("/router-default")
    };
    let object = files::list(&fixtures::data()).into_iter().find(is_it).unwrap();
    (path, format!("runs/0412/{}", object.to_str().unwrap()))
}

fn cut(path: &PathBuf) {
    let bytes = fs::read(path).unwrap();
    files::replace(path, &bytes[..bytes.len() / 2]);
}

/// The numbers of all owners, without when an object was written.
fn numbers(collection: &Collection) -> Vec<covatlas_tests::row::Row> {
    collection.stats("owner").into_iter().map(|row| row.without("last_seen")).collect()
}

fn compiles(collection: &Collection, status: i32) {
    collection.run(["compile"]).exits(status);
}

/// Runs a command as it stands in a remedy.
fn shell(server: &S3Server, command: &str) {
    let folder = binary::path().parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    server.known_to(shell.args(["-c", command])).env("PATH", path);
    binary::finish(&mut shell).exits(0);
}

#[test]
fn a_damaged_file_of_an_unchanged_object_is_replaced_in_place() {
    let server = store();
    let collection = Collection::new();
    download(&server, &collection, &[]).exits(0);
    compiles(&collection, 0);
    let (wanted, rows) = (coverage(&collection), numbers(&collection));
    let (path, _) = counters(&collection);
    let meta = fixtures::metas(path.parent().unwrap()).remove(0);
    for damaged in [&path, &meta, &path] {
        cut(damaged);
        compiles(&collection, 3);
        let again = download(&server, &collection, &[]).exits(0).json();
        assert_eq!((&again["done"], &again["kept_both"]), (&json!(1), &json!(0)), "{again}");
        files::assert_same(&coverage(&collection), &wanted);
        compiles(&collection, 0);
        assert!(numbers(&collection) == rows, "no process is invented");
    }
}

#[test]
fn what_an_object_held_while_it_was_damaged_goes_when_it_is_sound_again() {
    let server = store();
    let sound = Collection::new();
    download(&server, &sound, &[]).exits(0);
    compiles(&sound, 0);
    let (wanted, rows) = (coverage(&sound), numbers(&sound));
    let (path, key) = counters(&sound);
    let bytes = fs::read(&path).unwrap();
    let half = &bytes[..bytes.len() / 2];
    // A new collection that met the damaged object first, and one that had the sound one before.
    for collection in [Collection::new(), sound] {
        server.put("cov", &key, half);
        download(&server, &collection, &[]).exits(0);
        compiles(&collection, 3);
        server.put("cov", &key, &bytes);
        download(&server, &collection, &[]).exits(0);
        compiles(&collection, 0);
        let contents = |tree: &files::Tree| -> Vec<Vec<u8>> {
            let mut all: Vec<Vec<u8>> = tree.values().map(|bytes| bytes.to_vec()).collect();
            all.sort();
            all
        };
        assert!(contents(&coverage(&collection)) == contents(&wanted), "nothing is left or lost");
        assert!(numbers(&collection) == rows);
        collection.run(["verify"]).exits(0);
        server.requests();
        assert_eq!(download(&server, &collection, &[]).exits(0).json()["done"], 0);
        assert_eq!(fetched(&server), 0);
    }
}

#[test]
fn what_cannot_come_again_is_no_longer_missed_and_verify_says_download() {
    let server = store();
    let collection = Collection::new();
    download(&server, &collection, &[]).exits(0);
    let (path, key) = counters(&collection);
    compiles(&collection, 0);
    let remedy = || {
        let problems = collection.run(["verify", "--json"]).exits(3).problems();
        let damaged = problems.iter().find(|problem| problem["kind"] == "damaged").unwrap();
        damaged["remedy"].as_str().unwrap().to_owned()
    };
    let place = format!("download --cluster-name ci {PLACE} &&");
    fs::remove_file(&path).unwrap();
    assert!(remedy().contains(&place), "{}", remedy());
    shell(&server, &remedy());
    collection.run(["verify"]).exits(0);
    // One of a program that noted no bucket.
    let metadata = path.with_file_name("metadata.json");
    let noted = fs::read_to_string(&metadata).unwrap();
    fs::write(&metadata, noted.replace("\"bucket\": \"cov\",", "")).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(remedy().contains("download --cluster-name ci s3://BUCKET/runs/0412 &&"));
    // Meanwhile the object was overwritten: what it held is gone for good.
    let mut bytes = fs::read(server.bucket("cov").join(&key)).unwrap();
    bytes.truncate(bytes.len() / 2);
    server.put("cov", &key, &bytes);
    download(&server, &collection, &[]).exits(0);
    let problems = collection.run(["verify", "--json"]).exits(3).problems();
    assert!(problems.iter().all(|p| !p["cause"].as_str().unwrap().contains("is gone")));
}
