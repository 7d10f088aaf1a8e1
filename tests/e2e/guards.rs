//! What is refused before anything is changed, and what a failure leaves behind: nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use covatlas_tests::binary::Killed;
use covatlas_tests::{Collection, Finished, files, fixtures, wait};

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn imported() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection
}

#[test]
fn run_refuses_a_newer_database_before_it_imports() {
    let collection = imported();
    collection.run(["compile"]).exits(0);
    let mut bytes = fs::read(collection.at("coverage.db")).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    files::replace(&collection.at("coverage.db"), &bytes);
    let gone = collection.report_dir("router-default");
    fs::remove_dir_all(&gone).unwrap();
    let run =
        collection.run(["run", "--copy", "--cluster-name", "ci", str(&collection.beside("data"))]);
    run.exits(1).says(&["schema version 99", "nothing was changed"]);
    assert!(!gone.exists(), "nothing was imported");
    let run = collection.run(["verify"]).exits(1).prints_nothing();
    run.says(&["schema version 99", "use the newer covatlas"]);
}

#[test]
fn verify_of_a_site_that_is_not_there_fails() {
    let collection = imported();
    collection.run(["compile"]).exits(0);
    collection.run(["verify"]).exits(0);
    for site in [collection.beside("nowhere"), collection.beside("data")] {
        let run = collection.run(["verify", str(&site)]).exits(1).prints_nothing();
        run.says(&["no site in", str(&site), "covatlas render"]);
    }
}

#[test]
fn a_site_is_not_rendered_into_the_collections_own_data() {
    let collection = imported();
    collection.run(["compile"]).exits(0);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    symlink(collection.at("coverage"), collection.beside("link")).unwrap();
    let before = files::list(&collection.path());
    for output in ["coverage", "coverage/new/site", "repos", "repos/../coverage", "inputs", ""] {
        let output = collection.at(output);
        let run = collection.run(["render", "--viewer", &viewer, "--output-dir", str(&output)]);
        run.exits(2).says(&["cannot render into", str(&output), "another --output-dir"]);
    }
    let link = collection.beside("link");
    collection
        .run(["run", "--viewer", &viewer, "--output-dir", str(&link)])
        .exits(2)
        .says(&["cannot render into"]);
    assert_eq!(files::list(&collection.path()), before);
    let outside = collection.at("public");
    collection.run(["render", "--viewer", &viewer, "--output-dir", str(&outside)]).exits(0);
    assert!(outside.join("index.html").is_file());
}

#[test]
fn an_import_that_finds_nothing_leaves_no_collection() {
    let collection = Collection::new();
    let empty = collection.beside("empty");
    fs::create_dir_all(&empty).unwrap();
    let (nowhere, data) = (collection.beside("nowhere"), fixtures::data());
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    for (args, status) in [
        (&["import", str(&nowhere)][..], 1),
        (&["import", str(&empty)], 1),
        (&["import", "--discovered", "yesterday", str(&data)], 2),
        (&["run", "--viewer", &viewer, str(&nowhere)], 1),
    ] {
        collection.run(args).exits(status);
        assert!(!collection.path().exists(), "{args:?}");
    }
    // What was there before stays, as it was.
    fs::create_dir_all(collection.path()).unwrap();
    fs::write(collection.at("covatlas.toml"), "").unwrap();
    collection.run(["import", str(&nowhere)]).exits(1);
    assert!(collection.at("covatlas.toml").exists() && !collection.at("coverage").exists());
}

#[test]
fn an_import_removes_what_a_killed_one_had_not_finished() {
    let collection = imported();
    let dir = collection.report_dir("router-default");
    for name in ["tmp.aB3xYz", "tmp.covmeta.theirs"] {
        fs::write(dir.join(name), "half").unwrap();
    }
    collection.import(&collection.beside("data")).exits(0);
    assert!(!dir.join("tmp.aB3xYz").exists());
    assert!(dir.join("tmp.covmeta.theirs").exists(), "no file of this program");
}

/// Runs a command that must end by itself.
fn ends(collection: &Collection, args: &[&str]) -> Finished {
    let mut command = collection.command();
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Killed(command.spawn().unwrap());
    wait::until(&format!("{args:?} ends"), || child.0.try_wait().unwrap().is_some());
    collection.run(args)
}

#[test]
fn nobody_waits_for_a_pipe_in_place_of_a_file() {
    let collection = imported();
    let pipe = |path: &Path| {
        fs::remove_file(path).ok();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let dir = collection.report_dir("router-default");
    pipe(&dir.join("metadata.json"));
    pipe(&dir.join("info.json"));
    ends(&collection, &["compile"]).says(&["metadata.json", "not a regular file"]);
    ends(&collection, &["verify"]).exits(3);
    pipe(&collection.at("covatlas.toml"));
    ends(&collection, &["stats"]).exits(2).says(&["covatlas.toml", "not a regular file"]);
}
