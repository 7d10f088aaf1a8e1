//! A site in a bucket: read back as a browser would, uploaded again only where it changed.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use covatlas_tests::binary::{Finished, Killed, finish};
use covatlas_tests::http::Answer;
use covatlas_tests::rng::Rng;
use covatlas_tests::s3::{Fault, Listing, S3Server};
use covatlas_tests::{Collection, demo, files, fixtures, tools, wait};

const PLACE: &str = "s3://site/reports/nightly";
const LIST: &str = ".covatlas-published.json";

/// A collection with a site, the page's real programs in it.
fn site() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    render(&collection);
    collection
}

fn render(collection: &Collection) {
    collection.run(["compile"]).exits(0);
    collection.run(["render"]).exits(0);
}

fn store() -> S3Server {
    let server = S3Server::start(Listing::Full);
    server.bucket("site");
    server
}

fn command(server: &S3Server, collection: &Collection, flags: &[&str]) -> Command {
    let mut command = collection.command();
    command.args(["publish", PLACE, "--json"]).args(flags);
    server.known_to(&mut command);
    command
}

fn publish(server: &S3Server, collection: &Collection, flags: &[&str]) -> Finished {
    finish(&mut command(server, collection, flags))
}

/// Paths that were written since the last look, below the place.
fn written(server: &S3Server) -> Vec<String> {
    let start = "PUT /site/reports/nightly/";
    let paths = server.requests().into_iter();
    let paths = paths.filter_map(|r| Some(r.strip_prefix(start)?.split('?').next()?.to_owned()));
    paths.collect()
}

/// The site's own files.
fn site_files(collection: &Collection) -> files::Tree {
    let mut files = files::read(&collection.at("site"));
    files.remove(".covatlas-site.json");
    files
}

/// A file as a browser gets it: headers, and the body without its encoding.
fn visit(server: &S3Server, path: &str) -> (Answer, Vec<u8>) {
    let answer = server.get(&format!("reports/nightly/{path}"));
    assert_eq!(answer.status, 200, "{path}");
    let is_gzip = answer.header("content-encoding") == "gzip";
    let body = if is_gzip { tools::gunzip(&answer.body) } else { answer.body.clone() };
    (answer, body)
}

#[test]
fn a_published_site_reads_back_as_it_was_and_only_changes_are_uploaded() {
    let (server, collection) = (store(), site());
    let dry = publish(&server, &collection, &["--dry-run"]).exits(0).json();
    assert_eq!(written(&server), Vec::<String>::new());
    let first = publish(&server, &collection, &[]).exits(0).json();
    let own = site_files(&collection);
    assert_eq!((&first["done"], &first["skipped"]), (&own.len().into(), &0.into()), "{first}");
    assert_eq!(dry["done"], first["done"]);
    // The page comes when all it needs is there.
    let order = written(&server);
    assert_eq!(order[order.len() - 2..], [LIST, "index.html"]);
    for (path, bytes) in &own {
        let (answer, body) = visit(&server, path);
        assert!(body == *bytes, "{path}");
        let is_hashed = path.contains('/');
        let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        let wanted = match path.rsplit_once('.').unwrap().1 {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "nojekyll" => "application/octet-stream",
            other => panic!("{path}: what type has {other}?"),
        };
        assert_eq!(answer.header("content-type"), wanted, "{path}");
    }

    let again = publish(&server, &collection, &["--delete"]).exits(0).json();
    assert_eq!((&again["done"], &again["bytes"]), (&0.into(), &0.into()), "{again}");
    assert_eq!(written(&server), Vec::<String>::new(), "the same site again");
}

#[test]
fn one_changed_owner_costs_only_what_changed_with_it() {
    let (server, collection) = (store(), Collection::new());
    demo::run(&collection, &[]).exits(0);
    publish(&server, &collection, &[]).exits(0);
    let before = site_files(&collection);
    // One owner has not counted anything.
    let owner = demo::owners().into_iter().find(|owner| owner.reports.len() == 1).unwrap();
    let pod = owner.reports[0].split('/').nth(2).unwrap().to_owned();
    for counters in fixtures::counters(&collection.report_dir(&pod)) {
        fs::remove_file(counters).unwrap();
    }
    collection.run(["compile"]).exits(0);
    collection.run(["render", "--hide", "kind=Pod"]).exits(0);
    server.requests();
    let run = publish(&server, &collection, &[]).exits(0).json();
    let after = site_files(&collection);
    let is_changed = |path: &&String| before.get(*path) != after.get(*path);
    let mut changed: Vec<_> = after.keys().filter(is_changed).cloned().collect();
    changed.push(LIST.to_owned());
    changed.sort();
    let mut sent = written(&server);
    sent.sort();
    assert_eq!(sent, changed);
    // Small shards of a small site: of a large one it is far less than a hundredth.
    let bytes = usize::try_from(run["bytes"].as_u64().unwrap()).unwrap();
    let total: usize = after.values().map(Vec::len).sum();
    assert!(bytes * 25 <= total, "{bytes} of {total} bytes");
    let (_, index) = visit(&server, "index.html");
    assert!(index == site_files(&collection)["index.html"]);
}

#[test]
fn only_listed_files_are_deleted_and_the_previous_site_stays_once() {
    let (server, collection) = (store(), site());
    publish(&server, &collection, &[]).exits(0);
    server.put("site", "reports/nightly/data/somebody-elses.js", b"keep me");
    server.put("site", "reports/README", b"keep me too");
    let sites: Vec<files::Tree> = (0..3)
        .map(|number| {
            if number > 0 {
                let title = format!("night {number}");
                collection.run(["render", "--title", &title]).exits(0);
                publish(&server, &collection, &["--delete"]).exits(0);
            }
            site_files(&collection)
        })
        .collect();
    let stored = files::read(&server.bucket("site"));
    let has = |path: &String| stored.contains_key(&format!("reports/nightly/{path}"));
    for (age, site) in sites.iter().rev().enumerate() {
        let gone = site.keys().filter(|path| !has(path)).count();
        assert_eq!(gone > 0, age > 1, "{gone} files of the site before {age} others are gone");
    }
    for path in ["data/somebody-elses.js", "../README"] {
        let path = format!("reports/nightly/{path}").replace("nightly/../", "");
        assert!(stored.contains_key(&path), "{path}");
    }
}

#[test]
fn two_publishers_notice_each_other() {
    let (server, one) = (store(), site());
    publish(&server, &one, &[]).exits(0);
    let other = Collection::new();
    fixtures::whole_data(&other.beside("data"));
    other.import(&other.beside("data")).exits(0);
    other.run(["compile"]).exits(0);
    other.run(["render", "--title", "the other"]).exits(0);
    one.run(["render", "--title", "the one"]).exits(0);
    // The first list that is written waits, and the other publisher is faster.
    server.forget_requests();
    server.set_faults(|request, before| {
        let is_list = request.starts_with("PUT") && request.contains(LIST);
        (is_list && before == 0).then_some(Fault::Slow(3_000))
    });
    let mut slow = command(&server, &one, &[]);
    let slow = slow.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait::until("the first list", || {
        server.has_been_asked(&format!("PUT /site/reports/nightly/{LIST}"))
    });
    publish(&server, &other, &[]).exits(0);
    let mut slow = Killed(slow);
    assert_eq!(slow.0.wait().unwrap().code(), Some(1));
    let mut said = String::new();
    slow.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("somebody else publishes to"), "{said}");
    let (_, index) = visit(&server, "index.html");
    assert!(index == site_files(&other)["index.html"]);
}

/// Kills publishing at random moments; says how often it was still running.
fn storm(rounds: usize, seed: u64) -> usize {
    let (server, collection) = (store(), site());
    publish(&server, &collection, &[]).exits(0);
    let old = site_files(&collection);
    let (mut rng, mut killed) = (Rng::new(seed), 0);
    for round in 0..rounds {
        let title = format!("round {round}");
        collection.run(["render", "--title", &title]).exits(0);
        let new = site_files(&collection);
        let mut process = command(&server, &collection, &[]);
        let process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut process = Killed(process);
        std::thread::sleep(Duration::from_millis(u64::try_from(rng.below(400)).unwrap()));
        killed += usize::from(process.0.try_wait().unwrap().is_none());
        drop(process);
        let (_, index) = visit(&server, "index.html");
        let is_new = index == new["index.html"];
        for path in new.keys().filter(|_| is_new) {
            assert!(visit(&server, path).1 == new[path], "round {round}: {path}");
        }
        // Whoever has the old page open still finds what it needs.
        for path in old.keys() {
            visit(&server, path);
        }
        publish(&server, &collection, &[]).exits(0);
        assert!(visit(&server, "index.html").1 == new["index.html"], "round {round}");
    }
    killed
}

#[test]
fn a_killed_publish_leaves_a_whole_page_and_the_next_one_finishes_it() {
    let killed = storm(4, 45);
    assert!(killed > 0, "none of 4 was still running");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_killed_publishes_leave_whole_pages() {
    let killed = storm(100, 46);
    assert!(killed > 25, "only {killed} of 100 were still running");
}

#[test]
fn a_page_of_somebody_else_stays() {
    let (server, collection) = (store(), site());
    server.put("site", "reports/nightly/index.html", b"mine");
    publish(&server, &collection, &[]).exits(1).says(&["index.html that covatlas did not publish"]);
    assert_eq!(visit(&server, "index.html").1, b"mine");
    let nowhere = Collection::new();
    publish(&server, &nowhere, &[]).exits(1).says(&["no collection"]);
    nowhere.run(["publish"]).says(&["s3://BUCKET/PREFIX"]);
    nowhere.run(["publish", "origin"]).exits(2).says(&["s3://BUCKET/PREFIX"]);
}
