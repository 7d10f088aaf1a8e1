use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_remote::git::WebFailure;
use git2::{Oid, Repository, Signature};

use super::super::tree::EntryKind;
use super::*;
use crate::image::{Commit, RepoUrl};

#[path = "../../../../../tests/harness/git_server.rs"]
mod server;
use server::{Reply, Server};

/// A folder with one repository `o/r.git` of three commits, each with another `a.go`.
struct Origin {
    dir: tempfile::TempDir,
    commits: Vec<String>,
}

impl Origin {
    fn new(config: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("o/r.git");
        let repo = Repository::init_bare(&path).unwrap();
        for (key, value) in config {
            repo.config().unwrap().set_str(key, value).unwrap();
        }
        let mut commits = Vec::new();
        let mut parent: Option<Oid> = None;
        for text in ["one", "two", "three"] {
            let oid = commit(&repo, text, parent);
            commits.push(oid.to_string());
            parent = Some(oid);
        }
        repo.set_head("refs/heads/main").unwrap();
        Self { dir, commits }
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.dir.path()).unwrap()
    }

    fn commit(&self, index: usize) -> Commit {
        self.commits[index].parse().unwrap()
    }

    fn repo(&self) -> Repository {
        Repository::open_bare(self.root().join("o/r.git")).unwrap()
    }
}

fn commit(repo: &Repository, text: &str, parent: Option<Oid>) -> Oid {
    let blob = |text: &str| repo.blob(text.as_bytes()).unwrap();
    let mut sub = repo.treebuilder(None).unwrap();
    sub.insert("b.go", blob("package sub\n"), 0o100_644).unwrap();
    let sub = sub.write().unwrap();
    let mut root = repo.treebuilder(None).unwrap();
    root.insert("a.go", blob(text), 0o100_644).unwrap();
    root.insert("link.go", blob("/etc/passwd"), 0o120_000).unwrap();
    root.insert("module", Oid::from_str(&"1".repeat(40)).unwrap(), 0o160_000).unwrap();
    root.insert("sub", sub, 0o040_000).unwrap();
    let tree = repo.find_tree(root.write().unwrap()).unwrap();
    let who = Signature::new("a", "a@b", &git2::Time::new(1_700_000_000, 0)).unwrap();
    let parent = parent.map(|oid| repo.find_commit(oid).unwrap());
    let parents: Vec<_> = parent.iter().collect();
    repo.commit(Some("refs/heads/main"), &who, &who, text, &tree, &parents).unwrap()
}

const ANY: &[(&str, &str)] = &[("uploadpack.allowAnySHA1InWant", "true")];

struct Client {
    _dir: tempfile::TempDir,
    store: Utf8PathBuf,
}

impl Client {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Utf8Path::from_path(dir.path()).unwrap().join("repos/h/o/r.git");
        Self { _dir: dir, store }
    }

    fn fetch(&self, url: &str, commit: &Commit) -> Result<Fetched, FetchError> {
        self.fetch_with(url, commit, |_| {})
    }

    fn fetch_with(
        &self,
        url: &str,
        commit: &Commit,
        change: impl FnOnce(&mut FetchOptions),
    ) -> Result<Fetched, FetchError> {
        let mut options =
            FetchOptions { timeout: Duration::from_secs(20), ..FetchOptions::default() };
        change(&mut options);
        let url = RepoUrl::parse(url, LocalGit::Allow).unwrap();
        fetch(&url, commit, &self.store, &options)
    }

    fn text(&self, wanted: &str, path: &str) -> Option<String> {
        let checkout = open(&self.store, "h/o/r", wanted).unwrap()?;
        checkout.read(path).map(|text| String::from_utf8(text).unwrap())
    }

    fn refs(&self) -> Vec<String> {
        let repo = Repository::open_bare(&self.store).unwrap();
        let names = repo.references().unwrap();
        names.map(|r| r.unwrap().name().unwrap().to_owned()).collect()
    }
}

fn causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(err) = next {
        text = format!("{text}: {err}");
        next = err.source();
    }
    text
}

#[test]
fn exactly_the_wanted_commits_in_one_store() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    for (index, text) in [(0, "one"), (1, "two")] {
        let wanted = origin.commit(index);
        let fetched = client.fetch(&server.url("o/r"), &wanted).unwrap();
        assert!(fetched.is_exact() && !fetched.skipped && fetched.bytes > 100, "{fetched:?}");
        assert_eq!(fetched.commit, wanted.as_str());
        assert_eq!(client.text(wanted.as_str(), "a.go").as_deref(), Some(text));
    }
    let store = Repository::open_bare(&client.store).unwrap();
    assert!(store.is_shallow());
    // Nobody asked for the third one, and the first came without what is after it.
    assert!(store.find_commit(Oid::from_str(&origin.commits[2]).unwrap()).is_err());
    let wanted: Vec<_> = origin.commits[..2].iter().map(|c| format!("refs/cov/{c}")).collect();
    let mut refs = client.refs();
    refs.sort();
    assert_eq!(refs, {
        let mut wanted = wanted;
        wanted.sort();
        wanted
    });
}

#[test]
fn nothing_is_asked_twice() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    let wanted = origin.commit(1);
    client.fetch(&server.url("o/r"), &wanted).unwrap();
    let asked = server.n_requests();
    let fetched = client.fetch(&server.url("o/r"), &wanted).unwrap();
    assert!(fetched.skipped && fetched.is_exact());
    assert_eq!(server.n_requests(), asked);
}

#[test]
fn a_server_that_refuses_gives_its_head_under_another_name() {
    let origin = Origin::new(&[]);
    let server = Server::git(origin.root());
    let client = Client::new();
    let wanted = origin.commit(0);
    let fetched = client.fetch(&server.url("o/r"), &wanted).unwrap();
    assert_eq!(fetched.commit, origin.commits[2]);
    assert_eq!(
        fetched.fallback.as_deref(),
        Some("the server does not have it or does not give it")
    );
    assert_eq!(client.refs(), [format!("refs/cov-fallback/{wanted}")]);
    assert_eq!(client.text(wanted.as_str(), "a.go").as_deref(), Some("three"));
    let checkout = open(&client.store, "h/o/r", wanted.as_str()).unwrap().unwrap();
    assert!(!checkout.is_exact());

    // The next run asks again, and forgets the stand-in when the server has changed its mind.
    let config = origin.repo().config();
    config.unwrap().set_bool("uploadpack.allowAnySHA1InWant", true).unwrap();
    let fetched = client.fetch(&server.url("o/r"), &wanted).unwrap();
    assert!(fetched.is_exact());
    assert_eq!(client.refs(), [format!("refs/cov/{wanted}")]);
    assert_eq!(client.text(wanted.as_str(), "a.go").as_deref(), Some("one"));
}

#[test]
fn a_commit_that_a_branch_stands_at_needs_no_leave() {
    let origin = Origin::new(&[]);
    origin
        .repo()
        .reference("refs/heads/old", Oid::from_str(&origin.commits[0]).unwrap(), true, "")
        .unwrap();
    let server = Server::git(origin.root());
    let client = Client::new();
    let fetched = client.fetch(&server.url("o/r"), &origin.commit(0)).unwrap();
    assert!(fetched.is_exact());
    assert_eq!(client.text(&origin.commits[0], "a.go").as_deref(), Some("one"));
}

#[test]
fn a_commit_that_does_not_exist() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let fetched = client.fetch(&server.url("o/r"), &wanted).unwrap();
    assert_eq!(fetched.commit, origin.commits[2]);
    assert!(fetched.fallback.is_some());
}

#[test]
fn without_fallback_a_refusal_is_an_error() {
    let origin = Origin::new(&[]);
    let server = Server::git(origin.root());
    let client = Client::new();
    let wanted = origin.commit(0);
    let none = |options: &mut FetchOptions| options.fallback = Fallback::None;
    let err = client.fetch_with(&server.url("o/r"), &wanted, none).unwrap_err();
    assert!(matches!(err, FetchError::NoCommit { .. }), "{}", causes(&err));
    assert!(err.remedy().contains("--fallback head"));
    assert!(client.refs().is_empty());
    assert!(open(&client.store, "h/o/r", wanted.as_str()).unwrap().is_none());
}

#[test]
fn a_shortened_commit_is_found_among_the_branches() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    let tip: Commit = origin.commits[2][..8].parse().unwrap();
    let fetched = client.fetch(&server.url("o/r"), &tip).unwrap();
    assert!(fetched.is_exact());
    assert_eq!(fetched.commit, origin.commits[2]);
    assert_eq!(client.text(tip.as_str(), "a.go").as_deref(), Some("three"));
    assert!(open(&client.store, "h/o/r", tip.as_str()).unwrap().unwrap().is_exact());
    let older: Commit = origin.commits[0][..8].parse().unwrap();
    let fetched = client.fetch(&server.url("o/r"), &older).unwrap();
    assert!(fetched.fallback.unwrap().contains("whole id"));
}

#[test]
fn servers_that_fail() {
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let table = [
        (Reply::status(404), "the server has no such repository (HTTP 404)"),
        (Reply::status(401), "the server wants a login (HTTP 401)"),
        (Reply::status(503), "the server answered HTTP 503"),
        (Reply::text("<html>"), "the server does not speak git's protocol"),
        (Reply::redirect("file:///etc/passwd"), "the server redirects to `file:///etc/passwd`"),
        (Reply::redirect("/login"), "which is not followed"),
    ];
    for (reply, want) in table {
        let server = Server::fixed(reply);
        let client = Client::new();
        let err = client.fetch(&server.url("o/r"), &wanted).unwrap_err();
        assert!(matches!(err, FetchError::Web { .. }), "{err:?}");
        assert!(causes(&err).contains(want), "{}", causes(&err));
        assert!(!err.remedy().is_empty());
    }
}

#[test]
fn an_empty_repository() {
    let dir = tempfile::tempdir().unwrap();
    Repository::init_bare(dir.path().join("o/r.git")).unwrap();
    let server = Server::git(Utf8Path::from_path(dir.path()).unwrap());
    let client = Client::new();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let err = client.fetch(&server.url("o/r"), &wanted).unwrap_err();
    assert!(causes(&err).contains("cannot fetch"), "{}", causes(&err));
    assert!(open(&client.store, "h/o/r", wanted.as_str()).unwrap().is_none());
}

#[test]
fn nobody_listens() {
    let client = Client::new();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let err = client.fetch(&format!("http://127.0.0.1:{port}/o/r"), &wanted).unwrap_err();
    assert!(err.is_unreachable(), "{}", causes(&err));
}

#[test]
fn a_silent_server_ends_with_the_timeout() {
    let server = Server::fixed(Reply::Silence);
    let client = Client::new();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let start = Instant::now();
    let short = |options: &mut FetchOptions| options.timeout = Duration::from_secs(1);
    let err = client.fetch_with(&server.url("o/r"), &wanted, short).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(
        causes(&err),
        format!("cannot fetch {}: it took longer than 1 s", server.url("o/r"))
    );
}

#[test]
fn an_endless_answer_ends_with_the_limit() {
    let server = Server::fixed(Reply::Endless);
    let client = Client::new();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let small = |options: &mut FetchOptions| options.max_bytes = 1_000_000;
    let err = client.fetch_with(&server.url("o/r"), &wanted, small).unwrap_err();
    let is_limit = |cause: &WebFailure| matches!(cause, WebFailure::TooLarge(1_000_000));
    assert!(matches!(&err, FetchError::Web { cause, .. } if is_limit(cause)), "{}", causes(&err));
}

#[test]
fn a_redirect_moves_the_repository() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let end = "/info/refs?service=git-upload-pack";
    let front = Server::fixed(Reply::redirect(&format!("{}{end}", server.url("o/r.git"))));
    let client = Client::new();
    let fetched = client.fetch(&front.url("old/name"), &origin.commit(0)).unwrap();
    assert!(fetched.is_exact());
}

#[test]
fn a_mirror_is_asked_instead() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    let mirror: Mirror = format!("https://git.invalid/={}", server.url("")).parse().unwrap();
    let options = FetchOptions { mirrors: vec![mirror.clone()], ..FetchOptions::default() };
    let url = RepoUrl::parse("https://git.invalid/o/r", LocalGit::Deny).unwrap();
    let asked = super::server(&url, &options).unwrap();
    assert_eq!(format!("http://{asked}/"), server.url(""));
    let with_mirror = |options: &mut FetchOptions| options.mirrors = vec![mirror];
    let wanted = origin.commit(0);
    let fetched = client.fetch_with("https://git.invalid/o/r", &wanted, with_mirror).unwrap();
    assert!(fetched.is_exact());
}

#[test]
fn a_repository_on_this_machine() {
    let origin = Origin::new(&[]);
    let client = Client::new();
    let path = origin.root().join("o/r");
    let denied = client.fetch(path.as_str(), &origin.commit(0)).unwrap_err();
    assert!(causes(&denied).contains("--allow-local-git"), "{}", causes(&denied));
    let allow = |options: &mut FetchOptions| options.local = LocalGit::Allow;
    for short in [40, 10] {
        let wanted: Commit = origin.commits[0][..short].parse().unwrap();
        let fetched = client.fetch_with(path.as_str(), &wanted, allow).unwrap();
        assert!(fetched.is_exact());
        assert_eq!(client.text(wanted.as_str(), "a.go").as_deref(), Some("one"));
    }
    let other: Commit = "0123456789".repeat(4).parse().unwrap();
    let fetched = client.fetch_with(path.as_str(), &other, allow).unwrap();
    assert_eq!((fetched.is_exact(), fetched.commit.as_str()), (false, &*origin.commits[2]));
    let gone = client.fetch_with("/nowhere/o/r", &other, allow).unwrap_err();
    assert!(causes(&gone).contains("there is no folder /nowhere/o/r"), "{}", causes(&gone));
}

#[test]
fn the_tree_has_kinds_and_links_are_not_followed() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    client.fetch(&server.url("o/r"), &origin.commit(0)).unwrap();
    let checkout = open(&client.store, "h/o/r", &origin.commits[0]).unwrap().unwrap();
    assert_eq!(checkout.files().collect::<Vec<_>>(), ["a.go", "sub/b.go"]);
    assert_eq!(checkout.kind("link.go"), Some(EntryKind::Symlink));
    assert_eq!(checkout.kind("module"), Some(EntryKind::Submodule));
    for path in ["link.go", "module", "sub", "none", "../a.go", "/a.go", ""] {
        assert_eq!(checkout.read(path), None, "{path}");
    }
}

#[test]
fn many_threads_fetch_into_one_store() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    std::thread::scope(|scope| {
        for index in [0, 1, 2, 0, 1, 2] {
            let (client, origin, server) = (&client, &origin, &server);
            scope.spawn(move || {
                client.fetch(&server.url("o/r"), &origin.commit(index)).unwrap();
            });
        }
    });
    for (commit, text) in origin.commits.iter().zip(["one", "two", "three"]) {
        assert_eq!(client.text(commit, "a.go").as_deref(), Some(text));
    }
}

#[test]
fn what_a_killed_run_leaves_does_not_stop_the_next() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    client.fetch(&server.url("o/r"), &origin.commit(0)).unwrap();
    let wanted = origin.commit(1);
    let pack = client.store.join("objects/pack/pack_git2_a1b2c3");
    for file in ["shallow.lock", "packed-refs.lock", &format!("refs/cov/{wanted}.lock")] {
        fs_err::write(client.store.join(file), "").unwrap();
    }
    fs_err::write(&pack, "PACK").unwrap();
    fs_err::remove_file(client.store.join("config")).unwrap();
    assert!(client.fetch(&server.url("o/r"), &wanted).unwrap().is_exact());
    assert!(!pack.exists());
    assert_eq!(client.text(wanted.as_str(), "a.go").as_deref(), Some("two"));
    assert_eq!(client.text(&origin.commits[0], "a.go").as_deref(), Some("one"));

    // Nothing but the start of a store.
    let begun = Client::new();
    fs_err::create_dir_all(&begun.store).unwrap();
    fs_err::write(begun.store.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    assert!(begun.fetch(&server.url("o/r"), &wanted).unwrap().is_exact());
}

#[test]
fn a_store_that_cannot_be_made() {
    let client = Client::new();
    let parent = client.store.parent().unwrap();
    fs_err::create_dir_all(parent.parent().unwrap()).unwrap();
    fs_err::write(parent, "a file where a folder should be").unwrap();
    let wanted: Commit = "0123456789".repeat(4).parse().unwrap();
    let err = client.fetch("https://git.invalid/o/r", &wanted).unwrap_err();
    assert!(matches!(err, FetchError::Folder { .. }), "{}", causes(&err));
}

#[test]
fn a_damaged_store_is_mended_by_fetching_again() {
    let origin = Origin::new(ANY);
    let server = Server::git(origin.root());
    let client = Client::new();
    let [first, second] = [0, 1].map(|index| origin.commit(index));
    for wanted in [&first, &second] {
        client.fetch(&server.url("o/r"), wanted).unwrap();
    }
    for entry in client.store.join("objects/pack").read_dir_utf8().unwrap() {
        fs_err::remove_file(entry.unwrap().path()).unwrap();
    }
    assert!(open(&client.store, "h/o/r", first.as_str()).is_err());
    let again = |options: &mut FetchOptions| options.existing = Existing::Again;
    for wanted in [&first, &second] {
        let fetched = client.fetch_with(&server.url("o/r"), wanted, again).unwrap();
        assert!(fetched.is_exact() && !fetched.skipped && fetched.bytes > 100, "{fetched:?}");
    }
    assert_eq!(client.text(first.as_str(), "a.go").as_deref(), Some("one"));
    assert_eq!(client.text(second.as_str(), "a.go").as_deref(), Some("two"));
    assert!(!Utf8PathBuf::from(format!("{}.again", client.store)).exists());
    // A server that fails takes nothing away.
    let broken = Server::fixed(Reply::status(500));
    assert!(client.fetch_with(&broken.url("o/r"), &first, again).is_err());
    assert_eq!(client.text(first.as_str(), "a.go").as_deref(), Some("one"));
}
