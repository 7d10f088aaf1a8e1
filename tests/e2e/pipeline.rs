//! `run`: from the bucket's shape to a site, with the numbers of Go's own tool.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::git_server::Server;
use covatlas_tests::golden::{percent, union};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, Finished, files, fixtures, tools};

use covatlas_tests::world::{self, OwnerKey};

/// Runs the whole pipeline on the sample, with sources from a real `git http-backend`.
fn whole_run(collection: &Collection, server: &Server, more: &[&str]) -> Finished {
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let mirror = format!("{}={}", fixtures::REPO_URL, server.url("samples"));
    let (data, images) = (fixtures::data(), fixtures::images());
    let mut args = vec!["run", data.to_str().unwrap(), "--copy", "--cluster-name", "ci", "--json"];
    args.extend(["--images", &images, "--mirror", &mirror, "--viewer", &viewer]);
    args.extend(more);
    collection.run(args)
}

fn git_is_here(test: &str) -> bool {
    tools::has(test, "git")
}

pub fn owner_key(row: &Row) -> OwnerKey {
    row.texts(["namespace", "owner_kind", "owner", "binary", "build"])
}

#[test]
fn the_sample_with_git_has_gos_numbers() {
    if !git_is_here("the_sample_with_git_has_gos_numbers") {
        return;
    }
    let collection = Collection::new();
    fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Another);
    let server = Server::git(collection.beside("git"));
    let run = whole_run(&collection, &server, &[]).exits(3);
    // The one loss of the sample: counters without their meta file.
    let losses: Vec<_> =
        run.problems().into_iter().filter(|problem| problem["severity"] == "loss").collect();
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert_eq!(losses[0]["kind"], "Orphan");

    let owners = world::owners();
    let rows = collection.stats("owner");
    let found: BTreeMap<OwnerKey, &Row> = rows.iter().map(|row| (owner_key(row), row)).collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), owners.keys().collect::<Vec<_>>());
    assert_eq!(rows.len(), found.len(), "one line per owner and build");
    for (key, owner) in &owners {
        let row = found[key];
        let coverage = owner.profile.coverage();
        assert_eq!(row.coverage(), coverage, "{key:?}");
        assert_eq!(row.get("percent").as_f64(), percent(coverage), "{key:?}");
        assert_eq!(row.text("evidence"), owner.evidence, "{key:?}");
        let containers: Vec<_> = owner.containers.iter().map(String::as_str).collect();
        assert_eq!(*row.get("containers"), serde_json::json!(containers), "{key:?}");
        for (name, n) in [
            ("pods", owner.pods.len()),
            ("hosts", owner.hosts.len()),
            ("processes", owner.processes),
        ] {
            assert_eq!(row.number(name), n as u64, "{name} of {key:?}");
        }
        let source = if key[1] == "Host" { ["", ""] } else { [fixtures::REPO, fixtures::COMMIT] };
        assert_eq!(row.texts(["repo", "commit"]), source, "{key:?}");
    }
    collection_totals(&collection, &owners);
    every_file(&collection, &owners);
    assert!(collection.at("site/index.html").is_file());
}

fn collection_totals(collection: &Collection, owners: &BTreeMap<OwnerKey, world::Owner>) {
    let rows = collection.stats("collection");
    assert_eq!(rows.len(), 1);
    let coverage = union(owners.values().map(|owner| &owner.profile));
    assert_eq!(rows[0].coverage(), coverage, "each statement counts once");
    assert_eq!(rows[0].get("percent").as_f64(), percent(coverage));
    let distinct = |part: fn(&OwnerKey) -> Vec<&String>| {
        owners.keys().map(part).collect::<BTreeSet<_>>().len()
    };
    let pods: BTreeSet<_> = owners.values().flat_map(|o| &o.pods).collect();
    let hosts: BTreeSet<_> = owners.values().flat_map(|o| &o.hosts).collect();
    for (name, n) in [
        ("reports", 14),
        ("reports_failed", 1),
        ("processes", owners.values().map(|o| o.processes).sum()),
        ("owners", distinct(|key| key[..4].iter().collect())),
        ("binaries", distinct(|key| vec![&key[3]])),
        ("pods", pods.len()),
        ("hosts", hosts.len()),
        ("images", 9),
        ("repos", 1),
    ] {
        assert_eq!(rows[0].number(name), n as u64, "{name}");
    }
}

fn every_file(collection: &Collection, owners: &BTreeMap<OwnerKey, world::Owner>) {
    let mut found = 0;
    for row in collection.stats("file") {
        let owner = &owners[&owner_key(&row)];
        let files = owner.profile.files();
        assert_eq!(row.coverage(), files[row.text("path")], "{row:?}");
        found += 1;
        let source = row.texts(["repo_path", "resolution", "evidence"]);
        // The repository has no source of gofmt, and `weird.y` stands in a `//line` comment only.
        if owner.evidence == "host" || row.text("path").ends_with("/weird.y") {
            assert_eq!(source, ["", "unresolved", ""], "{row:?}");
        } else {
            assert!(fixtures::small().join("src").join(&source[0]).is_file(), "{row:?}");
            assert_eq!(source[2], "mapping", "{row:?}");
            // A path outside of any module can only be found by its end.
            let is_absolute = row.text("path").starts_with('/');
            let how: &[&str] = if is_absolute { &["suffix"] } else { &["exact", "rewritten"] };
            assert!(how.contains(&source[1].as_str()), "{row:?}");
        }
    }
    assert_eq!(found, owners.values().map(|o| o.profile.files().len()).sum::<usize>());
}

#[test]
fn a_second_run_with_git_changes_nothing() {
    if !git_is_here("a_second_run_with_git_changes_nothing") {
        return;
    }
    let collection = Collection::new();
    fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    let server = Server::git(collection.beside("git"));
    let first = whole_run(&collection, &server, &["--keep-going"]).exits(0).json();
    assert_eq!(first["fetched"], 1);
    let (owners, asked) = (collection.stats("owner"), server.n_requests());
    let site = files::read(&collection.at("site"));
    let second = whole_run(&collection, &server, &["--keep-going"]).exits(0).json();
    assert_eq!(second["fetched"], 0);
    assert_eq!(server.n_requests(), asked, "nothing is asked of the server again");
    assert_eq!(collection.stats("owner"), owners);
    files::assert_same(&files::read(&collection.at("site")), &site);
}

#[test]
fn a_commit_that_git_refuses_is_a_note_and_never_takes_its_name() {
    if !git_is_here("a_commit_that_git_refuses_is_a_note_and_never_takes_its_name") {
        return;
    }
    let collection = Collection::new();
    fixtures::repository(&collection.beside("git"), "false", fixtures::Tip::Another);
    let server = Server::git(collection.beside("git"));
    let run = whole_run(&collection, &server, &["--keep-going"]).exits(0);
    let notes = run.problems();
    let note = notes.iter().find(|p| p["item"].as_str().unwrap().contains(fixtures::REPO));
    let note = note.unwrap_or_else(|| panic!("no note on the repository in {notes:?}"));
    assert_eq!(note["severity"], "note");
    let remedy = note["remedy"].as_str().unwrap();
    assert!(remedy.contains("--fallback none"), "how to forbid it: {remedy}");
    assert_eq!(run.json()["fallbacks"], 1);
    let refs = tools::git(
        &collection.at("repos/git.example.com/ocp/samples.git"),
        &["for-each-ref", "--format=%(refname)"],
    );
    assert_eq!(refs, format!("refs/cov-fallback/{}", fixtures::COMMIT));

    // Forbidden, the source stays out, and no number changes.
    let strict = Collection::new();
    let run = whole_run(&strict, &server, &["--keep-going", "--fallback", "none"]).exits(0);
    assert_eq!(run.json()["fallbacks"], 0);
    let unresolved = strict.stats("file").iter().all(|row| row.text("resolution") == "unresolved");
    assert!(unresolved);
    let coverage = |collection: &Collection| collection.stats("collection")[0].coverage();
    assert_eq!(coverage(&strict), coverage(&collection));
}
