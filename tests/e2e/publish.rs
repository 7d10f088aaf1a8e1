//! A site on a branch, over a real `git http-backend`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use covatlas_tests::binary::{Finished, Killed, finish};
use covatlas_tests::git_server::{Reply, Server};
use covatlas_tests::{Collection, files, fixtures, tools, wait};
use serde_json::json;

/// A collection with a site, and an empty bare repository `o/pages.git` beside it.
fn site() -> (Collection, PathBuf) {
    let collection = Collection::new();
    collection.import(&fixtures::data()).exits(0);
    collection.run(["compile", "--keep-going"]).exits(0);
    render(&collection, &[]);
    let repo = collection.beside("git/o/pages.git");
    fs::create_dir_all(&repo).unwrap();
    assert!(
        Command::new("git").args(["init", "-q", "--bare"]).arg(&repo).status().unwrap().success()
    );
    (collection, repo)
}

fn render(collection: &Collection, more: &[&str]) {
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    collection.run(["render", "--viewer", &viewer].iter().chain(more)).exits(0);
}

fn publish(collection: &Collection, url: &str, more: &[&str]) -> Finished {
    let args = ["publish", "gh-pages", url, "--json"];
    collection.run(args.iter().chain(more))
}

/// The paths of a branch.
fn tree(repo: &Path, branch: &str) -> Vec<String> {
    let text = tools::git(repo, &["ls-tree", "-r", "--name-only", branch]);
    text.lines().map(str::to_owned).collect()
}

fn n_commits(repo: &Path, branch: &str) -> String {
    tools::git(repo, &["rev-list", "--count", branch])
}

/// A commit on a branch with these files and nothing else.
fn commit(repo: &Path, branch: &str, files: &[(&str, &str)]) -> String {
    let scratch = tempfile::tempdir().unwrap();
    for (path, text) in files {
        files::replace(&scratch.path().join(path), text.as_bytes());
    }
    let work = scratch.path().to_str().unwrap();
    let index = scratch.path().join(".index");
    let index = index.to_str().unwrap();
    let with = |args: &[&str]| {
        let mut command = Command::new("git");
        command.env("GIT_INDEX_FILE", index).arg("--git-dir").arg(repo).args(["--work-tree", work]);
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    with(&["add", "--", "."]);
    with(&["rm", "-q", "--cached", "--ignore-unmatch", ".index", ".index.lock"]);
    let tree = with(&["write-tree"]);
    let reference = format!("refs/heads/{branch}");
    let parent = Command::new("git")
        .arg("--git-dir")
        .arg(repo)
        .args(["rev-parse", "-q", "--verify", &reference])
        .output()
        .unwrap();
    let parent = String::from_utf8(parent.stdout).unwrap().trim().to_owned();
    let mut args = vec!["commit-tree", &*tree, "-m", "by somebody"];
    if !parent.is_empty() {
        args.extend(["-p", &parent]);
    }
    let commit = tools::git(repo, &args);
    tools::git(repo, &["update-ref", &reference, &commit]);
    commit
}

#[test]
fn a_site_goes_to_a_branch_and_only_what_changed_goes_again() {
    let (collection, repo) = site();
    let server = Server::git(collection.beside("git"));
    let url = server.url("o/pages");
    let first = publish(&collection, &url, &[]).exits(0).json();
    assert_eq!((&first["command"], &first["problems"]), (&json!("publish"), &json!([])));
    let site = files::read(&collection.at("site"));
    assert_eq!(first["done"], json!(site.len() - 1), "the render's own list stays here");
    for (path, bytes) in &site {
        if path != ".covatlas-site.json" {
            let object = tools::git(&repo, &["rev-parse", &format!("gh-pages:{path}")]);
            let blob = Command::new("git")
                .arg("--git-dir")
                .arg(&repo)
                .args(["cat-file", "blob", &object])
                .output()
                .unwrap();
            assert_eq!(blob.stdout, *bytes, "{path}");
        }
    }
    assert!(tree(&repo, "gh-pages").contains(&".nojekyll".to_owned()));
    assert_eq!(first["commit"], tools::git(&repo, &["rev-parse", "gh-pages"]));

    // The same site changes nothing, and pushes nothing.
    let again = publish(&collection, &url, &[]).exits(0).json();
    assert_eq!((&again["done"], &again["commit"]), (&json!(0), &first["commit"]));

    // Another title is another page; the branch does not grow.
    render(&collection, &["--title", "Nightly"]);
    let dry = publish(&collection, &url, &["--dry-run"]).exits(0).json();
    assert!(dry["done"].as_u64() > Some(0) && dry["commit"] == first["commit"], "{dry}");
    let second = publish(&collection, &url, &[]).exits(0).json();
    assert_eq!((&second["done"], &second["skipped"]), (&dry["done"], &dry["skipped"]));
    assert!(second["done"].as_u64() < first["done"].as_u64());
    assert_ne!(second["commit"], first["commit"]);
    assert_eq!(n_commits(&repo, "gh-pages"), "1");
}

#[test]
fn what_others_put_on_the_branch_stays() {
    let (collection, repo) = site();
    let others = [("CNAME", "cov.example.com"), ("docs/index.html", "docs"), ("index.html", "own")];
    let theirs = commit(&repo, "gh-pages", &others);
    let server = Server::git(collection.beside("git"));
    let url = server.url("o/pages.git");
    let refused = publish(&collection, &url, &[]).exits(1);
    refused.says(&["3 files", "published none of them", "--take-over", "--branch"]);
    assert_eq!(tools::git(&repo, &["rev-parse", "gh-pages"]), theirs);

    publish(&collection, &url, &["--subdir", "cov/nightly"]).exits(0);
    let paths = tree(&repo, "gh-pages");
    for path in ["CNAME", "docs/index.html", "index.html", "cov/nightly/index.html", ".nojekyll"] {
        assert!(paths.contains(&path.to_owned()), "{path}: {paths:?}");
    }
    assert_eq!(tools::git(&repo, &["show", "gh-pages:index.html"]), "own");
    // The commit of others is still in the history, and stays there.
    render(&collection, &["--title", "Nightly"]);
    publish(&collection, &url, &["--subdir", "cov/nightly"]).exits(0);
    assert_eq!(n_commits(&repo, "gh-pages"), "2");
    assert_eq!(tools::git(&repo, &["rev-parse", "gh-pages~1"]), theirs);

    let refused = publish(&collection, &url, &[]).exits(1);
    refused.says(&["published none of them"]);
    publish(&collection, &url, &["--take-over"]).exits(0);
    assert_ne!(tools::git(&repo, &["show", "gh-pages:index.html"]), "own");
    assert_eq!(tools::git(&repo, &["show", "gh-pages:CNAME"]), "cov.example.com");
    // From now on it is known what is ours.
    render(&collection, &["--title", "Weekly"]);
    publish(&collection, &url, &["--delete"]).exits(0);
    assert_eq!(tools::git(&repo, &["show", "gh-pages:CNAME"]), "cov.example.com");
    // Somebody who puts a file where the next site has one is asked, too.
    let shard = tree(&repo, "gh-pages").into_iter().find(|p| p.starts_with("viewer/")).unwrap();
    let list = tools::git(&repo, &["show", "gh-pages:.covatlas-published.json"]);
    let list = list.lines().filter(|line| !line.contains(&shard)).collect::<Vec<_>>().join("\n");
    commit(&repo, "gh-pages", &[(&shard, "theirs"), (".covatlas-published.json", &list)]);
    publish(&collection, &url, &[]).exits(1).says(&[&shard, "--take-over"]);
}

#[test]
fn files_of_earlier_sites_stay_until_nobody_needs_them() {
    let (collection, repo) = site();
    let server = Server::git(collection.beside("git"));
    let url = server.url("o/pages");
    let mut manifests = Vec::new();
    for title in ["one", "two", "three"] {
        render(&collection, &["--title", title]);
        publish(&collection, &url, &["--delete"]).exits(0);
        let page = tools::git(&repo, &["show", "gh-pages:index.html"]);
        let (_, rest) = page.split_once("data-manifest=\"").unwrap();
        manifests.push(rest.split('"').next().unwrap().to_owned());
        let paths = tree(&repo, "gh-pages");
        let there: Vec<bool> =
            manifests.iter().map(|m| paths.iter().any(|path| path.contains(&**m))).collect();
        let wanted = [&[true][..], &[true, true], &[false, true, true]][manifests.len() - 1];
        assert_eq!(there, wanted, "{manifests:?} in {paths:?}");
    }
    let run = publish(&collection, &url, &["--delete", "--keep", "0"]).exits(0).json();
    assert!(run["deleted"].as_u64() > Some(0), "{run}");
    let ours = |path: &String| path != ".covatlas-published.json";
    let mut paths: Vec<String> = tree(&repo, "gh-pages").into_iter().filter(ours).collect();
    paths.sort();
    let local = files::read(&collection.at("site"));
    let local: Vec<&String> = local.keys().filter(|p| *p != ".covatlas-site.json").collect();
    assert_eq!(paths.iter().collect::<Vec<_>>(), local);
}

/// Between reading the branch and pushing, and between the server's answer and its own change.
#[test]
fn a_branch_that_moves_meanwhile_is_left_to_who_moved_it() {
    for at_push in [false, true] {
        let (collection, repo) = site();
        let moved = Arc::new(AtomicBool::new(false));
        let (flag, moving) = (Arc::clone(&moved), repo.clone());
        let server = Server::guarded(collection.beside("git"), move |request| {
            let is_it = if at_push {
                request.method == "POST" && request.path.ends_with("git-receive-pack")
            } else {
                request.query.contains("git-receive-pack")
            };
            if is_it && !flag.swap(true, Ordering::SeqCst) {
                commit(&moving, "gh-pages", &[("theirs", "x")]);
            }
            None
        });
        let run = publish(&collection, &server.url("o/pages"), &[]).exits(1);
        run.says(&["the branch `gh-pages` moved while we worked", "publish again"]);
        assert!(moved.load(Ordering::SeqCst));
        assert_eq!(tree(&repo, "gh-pages"), ["theirs"]);
    }
}

#[test]
fn a_killed_push_leaves_the_branch_and_the_next_one_goes_through() {
    let (collection, repo) = site();
    let before = commit(&repo, "gh-pages", &[("theirs", "x")]);
    let slow = Arc::new(AtomicBool::new(true));
    let reached = Arc::new(AtomicBool::new(false));
    let (is_slow, at) = (Arc::clone(&slow), Arc::clone(&reached));
    let server = Server::guarded(collection.beside("git"), move |request| {
        let is_push = request.method == "POST" && request.path.ends_with("git-receive-pack");
        if !is_push || !is_slow.load(Ordering::SeqCst) {
            return None;
        }
        at.store(true, Ordering::SeqCst);
        Some(Reply::Silence)
    });
    let url = server.url("o/pages");
    let mut command = collection.command();
    command.args(["publish", "gh-pages", &url, "--take-over", "--quiet"]);
    let mut running = Killed(command.spawn().unwrap());
    wait::until("the push arrives", || reached.load(Ordering::SeqCst));
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    assert_eq!(tools::git(&repo, &["rev-parse", "gh-pages"]), before);
    slow.store(false, Ordering::SeqCst);
    publish(&collection, &url, &["--take-over"]).exits(0);
    assert!(tree(&repo, "gh-pages").contains(&"index.html".to_owned()));
}

#[test]
fn a_server_that_keeps_history_gets_another_commit() {
    let (collection, repo) = site();
    tools::git(&repo, &["config", "receive.denyNonFastForwards", "true"]);
    let server = Server::git(collection.beside("git"));
    let url = server.url("o/pages");
    publish(&collection, &url, &[]).exits(0);
    render(&collection, &["--title", "Nightly"]);
    publish(&collection, &url, &[]).exits(0);
    assert_eq!(n_commits(&repo, "gh-pages"), "2");
    // One that takes nothing says why.
    let hook = repo.join("hooks/pre-receive");
    files::replace(&hook, b"#!/bin/sh\necho 'closed today' >&2\nexit 1\n");
    let mut mode = fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    fs::set_permissions(&hook, mode).unwrap();
    render(&collection, &["--title", "Weekly"]);
    publish(&collection, &url, &[]).exits(1).says(&["does not take the commit", "hook declined"]);
}

#[test]
fn a_login_opens_the_server_and_is_never_shown() {
    let (collection, repo) = site();
    let server = Server::closed(collection.beside("git"), "me:hunter2");
    let url = server.url("o/pages");
    publish(&collection, &url, &[]).exits(1).says(&["the server wants a login (HTTP 401)"]);
    let with = url.replace("http://", "http://me:hunter2@");
    let run = publish(&collection, &with, &["-vv"]).exits(0);
    assert!(!run.stderr.contains("hunter2") && !run.text().contains("hunter2"));
    let netrc = collection.beside("netrc");
    fs::write(&netrc, "machine 127.0.0.1 login me password hunter2\n").unwrap();
    render(&collection, &["--title", "Nightly"]);
    let mut command = collection.command();
    command.args(["publish", "gh-pages", &url, "--branch", "reports"]).env("NETRC", &netrc);
    finish(&mut command).exits(0);
    assert!(tree(&repo, "reports").contains(&"index.html".to_owned()));
    for (path, bytes) in files::read(&collection.path()) {
        assert!(!bytes.windows(7).any(|w| w == b"hunter2"), "a secret is in {path}");
    }
}

#[test]
fn places_that_cannot_be() {
    let (collection, repo) = site();
    let path = repo.to_str().unwrap();
    for (flags, text) in
        [(&["--branch=-x"][..], "`-x`"), (&["--branch", "a..b"], "cannot be the name of a branch")]
    {
        assert_ne!(publish(&collection, path, flags).says(&[text]).status, 0);
    }
    publish(&collection, path, &["--subdir", "../x"]).exits(2).says(&["no folder of a branch"]);
    let gone = "/nowhere/pages.git";
    publish(&collection, gone, &[]).exits(1).says(&["there is no folder /nowhere/pages"]);
    publish(&collection, "ftp://h/o/r", &[]).exits(1).says(&["only https, http, ssh"]);
    fs::remove_file(collection.at("site/index.html")).unwrap();
    publish(&collection, path, &[]).exits(1).says(&["not whole", "index.html", "covatlas render"]);
    fs::remove_dir_all(collection.at("site")).unwrap();
    publish(&collection, path, &[]).exits(1).says(&["no site of covatlas in", "covatlas render"]);
}

#[test]
fn a_path_and_a_remote_by_name_are_places_too() {
    let (collection, repo) = site();
    publish(&collection, repo.to_str().unwrap(), &["--branch", "by-path"]).exits(0);
    let work = collection.beside("work");
    assert!(Command::new("git").args(["init", "-q"]).arg(&work).status().unwrap().success());
    let git = work.join(".git");
    tools::git(&git, &["remote", "add", "pages", repo.to_str().unwrap()]);
    let mut command = collection.command();
    command.args(["publish", "gh-pages", "pages", "--branch", "by-name"]).current_dir(&work);
    finish(&mut command).exits(0);
    assert_eq!(tree(&repo, "by-name"), tree(&repo, "by-path"));
}
