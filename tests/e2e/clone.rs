//! Fetching sources from servers that are hostile, and from a real one.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use covatlas_tests::git_server::{Reply, Server};
use covatlas_tests::real_git::RealGit;
use covatlas_tests::{Collection, fixtures, tools};
use serde_json::{Value, json};

/// A compiled collection of the sample.
fn compiled() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    collection
}

/// The summary of `clone-sources` from another place for the sample's repository.
fn clone(collection: &Collection, url: &str, more: &[&str]) -> Value {
    let mirror = format!("https://git.example.com/ocp={}", url.trim_end_matches('/'));
    let args = ["clone-sources", "--json", "--mirror", &mirror];
    collection.run(args.iter().chain(more)).exits(0).json()
}

fn resolutions(collection: &Collection) -> Vec<String> {
    let rows = collection.stats("file").into_iter();
    let mut all: Vec<String> = rows.map(|row| row.text("resolution").to_owned()).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn a_hostile_server_costs_a_note_and_its_time_and_is_asked_again() {
    let start = format!("0034shallow {}00000008NAK\n", fixtures::COMMIT);
    let lines = Reply::Fetch {
        first: start.clone().into_bytes(),
        again: b"0013\x02still counting".repeat(100),
        pause: Duration::ZERO,
    };
    let trickle = Reply::Fetch {
        first: format!("{start}fff0\x02").into_bytes(),
        again: b".".to_vec(),
        pause: Duration::from_secs(1),
    };
    // A delta of a few bytes that unpacks to 8 GiB.
    let bomb = b"PACK\0\0\0\x02\0\0\0\x01\x77\
        \x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\
        \x78\x01\x01\x07\x00\xf8\xff\x05\x80\x80\x80\x80\x20\x90";
    let bomb = [format!("{start}{:04x}\x01", bomb.len() + 5).as_bytes(), bomb].concat();
    let table = [
        (Reply::Silence, "took longer than 2 s"),
        (lines, "took longer than 2 s"),
        (trickle, "took longer than 2 s"),
        (Reply::fetch(bomb), "an object of 8589934592 bytes"),
        (Reply::redirect("file:///etc/passwd"), "HTTP 301"),
        (Reply::status(429), "HTTP 429"),
        (Reply::text("<html>"), "does not speak git's protocol"),
    ];
    for (reply, want) in table {
        let collection = compiled();
        fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
        let is_hostile = Arc::new(AtomicBool::new(true));
        let flag = Arc::clone(&is_hostile);
        // It is honest until it has to send objects.
        let server = Server::guarded(collection.beside("git"), move |request| {
            let is_last = request.body.ends_with(b"0009done\n");
            (is_last && flag.load(Ordering::SeqCst)).then(|| reply.clone())
        });
        let started = Instant::now();
        let run = clone(&collection, &server.url(""), &["--timeout", "2"]);
        assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
        let problem = &run["problems"][0];
        assert_eq!((&problem["kind"], &problem["severity"]), (&json!("source"), &json!("note")));
        assert!(problem["cause"].as_str().unwrap().contains(want), "{problem}");
        assert_eq!((&run["fetched"], &run["failed"]), (&json!(0), &json!(1)));
        is_hostile.store(false, Ordering::SeqCst);
        let run = clone(&collection, &server.url(""), &["--timeout", "60"]);
        assert_eq!((&run["fetched"], &run["problems"]), (&json!(1), &json!([])));
    }
}

#[test]
fn people_hear_that_a_site_does_not_show_what_came() {
    let collection = compiled();
    fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    let server = Server::git(collection.beside("git"));
    let mirror = format!("https://git.example.com/ocp={}", server.url("").trim_end_matches('/'));
    let hint = "; the site does not show them yet: run `covatlas -C ";
    let fetch = || collection.run(["clone-sources", "--mirror", &mirror]).exits(0);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    collection.run(["render", "--viewer", &viewer]).exits(0);
    fetch().says(&[hint, " render`"]);
    // Nothing came, or there is no site.
    assert!(!fetch().stderr.contains(hint));
    for folder in ["repos", "site"] {
        fs::remove_dir_all(collection.at(folder)).unwrap();
    }
    let anew = fetch().says(&["1 commit fetched"]);
    assert!(!anew.stderr.contains(hint));
}

/// A repository whose files are not what they seem: nothing outside of it is ever read.
#[test]
fn links_submodules_and_strange_names_are_no_sources() {
    let collection = compiled();
    let repo = fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    // The wanted commit is known by its id alone: only its fallback can be another one.
    let files = tools::git(&repo, &["ls-tree", "-r", "--name-only", fixtures::COMMIT]);
    let scratch = collection.beside("index");
    let link = collection.beside("target");
    fs::write(&link, collection.beside("secret").to_str().unwrap()).unwrap();
    fs::write(collection.beside("secret"), "package main // a secret\n").unwrap();
    let blob = tools::git(&repo, &["hash-object", "-w", link.to_str().unwrap()]);
    let index = |input: &str| {
        let mut command = Command::new("git");
        command.env("GIT_INDEX_FILE", &scratch).arg("--git-dir").arg(&repo);
        command.args(["update-index", "--add", "--cacheinfo", input]);
        assert!(command.status().unwrap().success(), "{input}");
    };
    for path in files.lines().filter(|path| path.ends_with(".go")) {
        index(&format!("120000,{blob},{path}"));
    }
    index(&format!("160000,{},sub", "1".repeat(40)));
    index(&format!("100644,{blob},--upload-pack=touch x"));
    let tree = Command::new("git")
        .env("GIT_INDEX_FILE", &scratch)
        .arg("--git-dir")
        .arg(&repo)
        .arg("write-tree")
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let commit = tools::git(&repo, &["commit-tree", tree.trim(), "-m", "links"]);
    let head = tools::git(&repo, &["symbolic-ref", "HEAD"]);
    tools::git(&repo, &["update-ref", &head, &commit]);
    let server = Server::git(collection.beside("git"));
    let images = fs::read_to_string(fixtures::images()).unwrap();
    let list = collection.beside("images.tsv");
    fs::write(&list, images.replace(fixtures::COMMIT, &commit)).unwrap();
    collection.run(["compile", "--images", list.to_str().unwrap()]).exits(0);
    let run = clone(&collection, &server.url(""), &[]);
    assert_eq!((&run["fetched"], &run["problems"]), (&json!(1), &json!([])));
    assert_eq!(resolutions(&collection), ["unresolved"]);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let run = collection.run(["render", "--viewer", &viewer, "--json"]).exits(0).json();
    assert_eq!(run["source_files"], 0);
}

#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn a_real_server_that_refuses_exact_commits_then_gives_them() {
    let collection = compiled();
    let repo = fixtures::repository(&collection.beside("git"), "false", fixtures::Tip::Another);
    let server = RealGit::start(&collection.beside("git"), &collection.beside("server"));
    let run = clone(&collection, &server.url(""), &["--fallback", "none"]);
    assert_eq!((&run["failed"], &run["fallbacks"]), (&json!(1), &json!(0)), "{run}");
    let run = clone(&collection, &server.url(""), &[]);
    assert_eq!((&run["fetched"], &run["fallbacks"]), (&json!(1), &json!(1)), "{run}");
    assert_eq!(run["problems"][0]["kind"], "fallback");
    // What stands in is never taken for the wanted one: that is asked for again.
    tools::git(&repo, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let run = clone(&collection, &server.url(""), &[]);
    assert_eq!((&run["fallbacks"], &run["problems"]), (&json!(0), &json!([])), "{run}");
}

#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn a_real_server_takes_a_site() {
    let collection = compiled();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let repo = collection.beside("git/o/pages.git");
    fs::create_dir_all(&repo).unwrap();
    assert!(
        Command::new("git").args(["init", "-q", "--bare"]).arg(&repo).status().unwrap().success()
    );
    let server = RealGit::start(&collection.beside("git"), &collection.beside("server"));
    for title in ["one", "two"] {
        collection.run(["render", "--viewer", &viewer, "--title", title]).exits(0);
        collection.run(["publish", "gh-pages", &server.url("o/pages")]).exits(0);
        let page = tools::git(&repo, &["show", "gh-pages:index.html"]);
        assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
    }
}
