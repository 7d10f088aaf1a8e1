//! `render` of what was rendered before: only looked at, and written again as soon as anything that
//! goes into it or comes out of it is another.

use std::fs;
use std::path::Path;

use covatlas_tests::files::{self, Tree};
use covatlas_tests::{Collection, fixtures};

use crate::render::Ready;

/// What a run of `render` did.
#[derive(Debug, PartialEq, Eq)]
enum Did {
    Look,
    Write,
}

fn render(ready: &Ready, args: &[&str]) -> Did {
    let run = ready.render(args).exits(0).json();
    let (done, skipped) = (run["done"].as_u64().unwrap(), run["skipped"].as_u64().unwrap());
    // Whoever renders writes at least the list of files and the page.
    if done > 0 {
        Did::Write
    } else {
        assert!(skipped > 10, "{run}");
        Did::Look
    }
}

fn site(ready: &Ready) -> Tree {
    files::read(&ready.collection.at("site"))
}

#[test]
fn what_is_there_is_looked_at_and_has_the_same_numbers() {
    let ready = Ready::new();
    let mut first = ready.render(&[]).exits(0).json();
    let before = site(&ready);
    let mut second = ready.render(&[]).exits(0).json();
    files::assert_same(&site(&ready), &before);
    assert_eq!(second["done"], 0);
    assert_eq!(second["skipped"], first["files"]);
    for run in [&mut first, &mut second] {
        for varying in ["done", "skipped", "seconds"] {
            run.as_object_mut().unwrap().remove(varying).unwrap();
        }
    }
    assert_eq!(second, first);
    // A page that is older than the database would seem stale.
    let database = ready.collection.at("coverage.db");
    fs::File::open(&database).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    assert_eq!(render(&ready, &[]), Did::Look);
    let time = |name: &str| fs::metadata(ready.collection.at(name)).unwrap().modified().unwrap();
    assert!(time("site/index.html") >= time("coverage.db"));
}

#[test]
fn every_option_counts() {
    let ready = Ready::new();
    let other = Collection::new();
    other.import(&fixtures::data()).exits(0);
    other.run(["compile", "--keep-going"]).exits(0);
    let history = other.path().to_str().unwrap().to_owned();
    let runs: [&[&str]; 11] = [
        &[],
        &["--title", "Another"],
        &["--no-source"],
        &["--owner", "cov*"],
        &["--skip-owner", "cov*"],
        &["--tiers", "10,20,30"],
        &["--hide", "kind=Job"],
        &["--redact", "hosts"],
        &["--include-private"],
        &["--shards", "gz"],
        &["--history", &history],
    ];
    for args in runs {
        assert_eq!(render(&ready, args), Did::Write, "{args:?}");
        assert_eq!(render(&ready, args), Did::Look, "{args:?}");
    }
    // Two sites of one collection do not forget each other.
    let dir = ready.collection.beside("elsewhere");
    let elsewhere = ["--redact", "pods", "--output-dir", dir.to_str().unwrap()];
    assert_eq!(render(&ready, &elsewhere), Did::Write);
    assert_eq!(render(&ready, &elsewhere), Did::Look);
    assert_eq!(render(&ready, &["--history", &history]), Did::Look);
}

#[test]
fn everything_that_is_read_counts() {
    let ready = Ready::new();
    let earlier = Collection::new();
    earlier.import(&fixtures::data()).exits(0);
    earlier.run(["compile", "--keep-going"]).exits(0);
    let history = earlier.path();
    let args = ["--history", history.to_str().unwrap(), "--redact", "hosts"];
    assert_eq!(render(&ready, &args), Did::Write);
    let changes: [(&str, &dyn Fn()); 5] = [
        ("the database", &|| {
            let args = ["compile", "--keep-going", "--owner-prefix", "etc=Job/etc"];
            ready.collection.run(args).exits(0);
        }),
        ("the database of an earlier run", &|| {
            earlier.run(["compile", "--keep-going", "--owner-prefix", "etc=Job/etc"]).exits(0);
        }),
        ("the page's files", &|| {
            fs::write(Path::new(&ready.viewer).join("loader-1.js"), "'use strict';\n").unwrap();
        }),
        ("the key of pseudonyms", &|| {
            let key = ready.collection.at("inputs/redact.key");
            fs::write(key, format!("{}\n", "0123456789abcdef".repeat(4))).unwrap();
        }),
        ("a repository", &|| {
            let repos = ready.collection.at("repos");
            fs::rename(&repos, ready.collection.at("moved")).unwrap();
        }),
    ];
    for (what, change) in changes {
        assert_eq!(render(&ready, &args), Did::Look, "before: {what}");
        change();
        assert_eq!(render(&ready, &args), Did::Write, "{what}");
    }
    // Without repositories there were texts missing, which may come back any time.
    assert_eq!(render(&ready, &args), Did::Write);
    fs::rename(ready.collection.at("moved"), ready.collection.at("repos")).unwrap();
    assert_eq!(render(&ready, &args), Did::Write);
    assert_eq!(render(&ready, &args), Did::Look);
    let whole = ready.site("whole", &args);
    files::assert_same(&site(&ready), &whole);
}

#[test]
fn what_was_damaged_or_deleted_is_made_again() {
    let ready = Ready::new();
    assert_eq!(render(&ready, &[]), Did::Write);
    let whole = site(&ready);
    let dir = ready.collection.at("site");
    for (path, bytes) in &whole {
        let path = dir.join(path);
        match path.extension().is_some_and(|kind| kind == "js") {
            true if bytes.len() % 2 == 0 => fs::remove_file(&path).unwrap(),
            true => fs::write(&path, [&bytes[..bytes.len() - 1], b"\0"].concat()).unwrap(),
            false => continue,
        }
        assert_eq!(render(&ready, &[]), Did::Write, "{}", path.display());
        files::assert_same(&site(&ready), &whole);
        assert_eq!(render(&ready, &[]), Did::Look);
    }
    for path in ["index.html", ".nojekyll", ".covatlas-site.json"] {
        fs::remove_file(dir.join(path)).unwrap();
        if path == ".covatlas-site.json" {
            // Without the list it is somebody else's page.
            fs::remove_file(dir.join("index.html")).unwrap();
        }
        assert_eq!(render(&ready, &[]), Did::Write, "{path}");
        files::assert_same(&site(&ready), &whole);
    }
}
