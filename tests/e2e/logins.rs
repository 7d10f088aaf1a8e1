//! Repositories that want a login: where it is taken from, and where it never goes.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use covatlas_tests::binary::finish;
use covatlas_tests::git_server::{Reply, Server};
use covatlas_tests::{Collection, files, fixtures};
use serde_json::json;

const SECRET: &str = "hunter2";

/// A compiled collection of the sample, whose repository lies in `git/` beside it.
fn compiled() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    collection
}

/// `clone-sources` from a server, with a netrc file of this text.
fn clone(collection: &Collection, url: &str, netrc: &str) -> Command {
    let file = collection.beside("netrc");
    fs::write(&file, netrc).unwrap();
    let mut command = collection.command();
    command.args([
        "clone-sources",
        "--json",
        "-vv",
        "--mirror",
        &format!("https://git.example.com/ocp={url}"),
    ]);
    command.env("NETRC", file).env_remove("GITHUB_TOKEN").env_remove("GH_TOKEN");
    command
}

fn assert_no_secret(collection: &Collection) {
    for (path, bytes) in files::read(&collection.path()) {
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "a secret is in {path}");
    }
}

#[test]
fn a_login_of_netrc_or_mirror_opens_a_closed_repository() {
    let netrc = format!("machine 127.0.0.1\nlogin me\npassword {SECRET}\n");
    for in_mirror in [false, true] {
        let collection = compiled();
        let server = Server::closed(collection.beside("git"), &format!("me:{SECRET}"));
        let plain = server.url("").trim_end_matches('/').to_owned();
        let (url, netrc) = if in_mirror {
            (plain.replace("://", &format!("://me:{SECRET}@")), "")
        } else {
            (plain, &*netrc)
        };
        let run = finish(&mut clone(&collection, &url, netrc)).exits(0);
        assert!(!run.stderr.contains(SECRET) && !run.text().contains(SECRET), "{}", run.stderr);
        assert_eq!((&run.json()["fetched"], &run.json()["problems"]), (&json!(1), &json!([])));
        assert_no_secret(&collection);
    }
}

#[test]
fn without_a_login_of_its_own_a_closed_repository_is_a_note() {
    let collection = compiled();
    let server = Server::closed(collection.beside("git"), &format!("me:{SECRET}"));
    let url = server.url("").trim_end_matches('/').to_owned();
    let logins = [
        "",
        // Everybody's password is for nobody.
        &format!("default login me password {SECRET}"),
        &format!("machine git.example.com login me password {SECRET}"),
        "machine 127.0.0.1 login me password wrong",
    ];
    for netrc in logins {
        let run = finish(&mut clone(&collection, &url, netrc)).exits(0).json();
        let problem = &run["problems"][0];
        assert_eq!((&run["failed"], &problem["severity"]), (&json!(1), &json!("note")), "{netrc}");
        assert!(problem["cause"].as_str().unwrap().contains("wants a login (HTTP 401)"));
        assert!(problem["remedy"].as_str().unwrap().contains("~/.netrc"));
    }
    // What failed is tried again.
    let netrc = format!("machine 127.0.0.1 login me password {SECRET}");
    let run = finish(&mut clone(&collection, &url, &netrc)).exits(0).json();
    assert_eq!(run["fetched"], 1);
}

/// What each request to a server had as its login.
type Seen = Arc<Mutex<Vec<String>>>;

/// An open or closed server that takes note of the logins it sees.
fn watching(collection: &Collection, closed: bool) -> (Server, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let server = Server::guarded(collection.beside("git"), move |request| {
        noted.lock().unwrap().push(request.authorization.clone());
        closed.then(|| Reply::status(401))
    });
    (server, seen)
}

#[test]
fn who_does_not_ask_is_told_no_login() {
    let collection = compiled();
    let (server, seen) = watching(&collection, false);
    let url = server.url("").trim_end_matches('/').to_owned();
    let netrc = format!("machine 127.0.0.1 login me password {SECRET}");
    finish(&mut clone(&collection, &url, &netrc)).exits(0);
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(String::is_empty), "{seen:?}");
}

#[test]
fn a_token_goes_to_its_own_host_only() {
    let collection = compiled();
    let (server, seen) = watching(&collection, true);
    let url = server.url("").trim_end_matches('/').to_owned();
    let mut command = clone(&collection, &url, "");
    command.env("GITHUB_TOKEN", SECRET).env("GITLAB_TOKEN", SECRET).env("CI_JOB_TOKEN", SECRET);
    finish(&mut command).exits(0);
    assert!(seen.lock().unwrap().iter().all(String::is_empty));
    // Where that host is the forge, it is asked with the token.
    command.env("GITHUB_SERVER_URL", &url);
    finish(&mut command).exits(0);
    assert!(seen.lock().unwrap().iter().any(|login| login.starts_with("Basic ")));
}

#[test]
fn a_login_does_not_follow_a_redirect() {
    let collection = compiled();
    let (other, seen) = watching(&collection, false);
    let target = other.url("samples.git/info/refs?service=git-upload-pack");
    let server = Server::guarded(collection.beside("git"), move |request| {
        let is_known = !request.authorization.is_empty();
        Some(if is_known { Reply::redirect(&target) } else { Reply::status(401) })
    });
    let url = server.url("").trim_end_matches('/').to_owned();
    let netrc = format!("machine 127.0.0.1 login me password {SECRET}");
    let run = finish(&mut clone(&collection, &url, &netrc)).exits(0).json();
    assert_eq!(run["fetched"], 1, "{run}");
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(String::is_empty), "{seen:?}");
}
