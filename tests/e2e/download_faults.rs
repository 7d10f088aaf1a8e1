//! `download` over bad networks, from wrong places, without a key, and killed.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use covatlas_tests::binary::{Finished, Killed, finish};
use covatlas_tests::files;
use covatlas_tests::git_server::{Reply, Server};
use covatlas_tests::golden::Golden;
use covatlas_tests::rng::Rng;
use covatlas_tests::s3::{Fault, Listing, S3Server, isolated};
use covatlas_tests::{Collection, fixtures};

use crate::download::{PLACE, coverage, download, fetched, store};

/// The time in which every refusal must be said.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn faults_on_the_way_heal() {
    let server = store(Listing::Full);
    let undisturbed = Collection::new();
    download(&server, &undisturbed, &[]).exits(0);
    let wanted = coverage(&undisturbed);
    let n_undisturbed = server.requests().len();
    for (name, fault) in [
        ("busy", Fault::Busy),
        ("cut", Fault::Cut),
        ("another length", Fault::Short),
        ("slow", Fault::Slow(200)),
    ] {
        let collection = Collection::new();
        // Every third object fails twice, and so does the listing.
        server.forget_requests();
        server.set_faults(move |request, before| {
            let is_listing = request.contains("list-type=2") && fault == Fault::Busy;
            let is_unlucky = is_listing || request.len() % 3 == 0;
            (is_unlucky && before < 2 && request.starts_with("GET")).then_some(fault)
        });
        let run = download(&server, &collection, &[]).exits(0).json();
        assert_eq!(run["failed"], 0, "{name}");
        files::assert_same(&coverage(&collection), &wanted);
        let n_asked = server.requests().len();
        let is_again = n_asked > n_undisturbed;
        assert_eq!(is_again, name != "slow", "{name}: {n_asked} requests, {n_undisturbed} without");
    }
}

#[test]
fn a_body_that_stands_still_is_asked_for_again() {
    let server = store(Listing::Plain);
    server.set_faults(|request, before| {
        (before == 0 && request.contains("/covmeta.") && request.contains("prometheus"))
            .then_some(Fault::Stall)
    });
    let collection = Collection::new();
    let start = Instant::now();
    download(&server, &collection, &[]).exits(0);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn objects_that_stay_out_of_reach_are_listed_and_the_next_run_fetches_them() {
    let server = store(Listing::Full);
    let golden = &Golden::all()[8];
    let counters = fixtures::counters(&golden.dir()).remove(0);
    let name = counters.file_name().unwrap().to_str().unwrap().to_owned();
    let unlucky = format!("{}/{name}", golden.key);
    let wanted = unlucky.clone();
    server.set_faults(move |request, _| request.contains(&wanted).then_some(Fault::Denied));
    let collection = Collection::new();
    let run = download(&server, &collection, &[]).exits(3);
    let problems = run.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0]["kind"], "not-fetched");
    assert_eq!(problems[0]["place"], format!("{PLACE}/{unlucky}"));
    run.says(&["access denied to read `cov/runs/0412/", "run it again"]);
    download(&server, &collection, &["--keep-going"]).exits(0);
    server.set_faults(|_, _| None);
    server.requests();
    assert_eq!(download(&server, &collection, &[]).exits(0).json()["done"], 1);
    assert_eq!(fetched(&server), 1);
}

#[test]
fn a_store_that_goes_away_ends_the_run_and_what_came_is_kept() {
    let server = store(Listing::Full);
    let n_files = files::list(&fixtures::data()).len() - 1;
    server.set_faults(|request, _| {
        let is_late = request.contains("GetObject") && request.contains("/openshift-");
        is_late.then_some(Fault::Denied)
    });
    let collection = Collection::new();
    let run = download(&server, &collection, &["--max-concurrency", "1"]).exits(1);
    run.says(&["access denied"]);
    server.set_faults(|_, _| None);
    let rest = download(&server, &collection, &[]).exits(0).json();
    let (done, skipped) = (rest["done"].as_u64().unwrap(), rest["skipped"].as_u64().unwrap());
    assert_eq!(done + skipped, u64::try_from(n_files).unwrap());
}

#[test]
fn replicas_share_a_meta_file_that_is_fetched_once() {
    let server = store(Listing::Full);
    let collection = Collection::new();
    let run = download(&server, &collection, &[]).exits(0).json();
    let metas = || {
        files::list(&fixtures::data())
            .into_iter()
            .filter(|p| p.to_str().unwrap().contains("/covmeta."))
    };
    let all = metas().count();
    let mut contents: Vec<_> =
        metas().map(|path| std::fs::read(fixtures::data().join(path)).unwrap()).collect();
    contents.sort();
    contents.dedup();
    assert!(contents.len() < all);
    let asked = server.requests();
    let asked = asked.iter().filter(|r| r.contains("/covmeta.") && r.contains("GetObject")).count();
    assert_eq!(asked, contents.len());
    assert_eq!(run["shared"], all - contents.len(), "{run}");
    // Those of another run of the same programs are here already.
    server.put_all("cov", "runs/0413", &fixtures::data());
    let mut command = collection.command();
    command.args(["download", "s3://cov/runs/0413", "--json"]);
    let next = finish(server.known_to(&mut command)).exits(0).json();
    assert_eq!(next["shared"], all, "{next}");
}

fn ask(server: &S3Server, place: &str, flags: &[&str]) -> (Finished, Duration) {
    let collection = Collection::new();
    let mut command = collection.command();
    command.args(["download", place]).args(flags);
    timed(server.known_to(&mut command))
}

fn timed(command: &mut Command) -> (Finished, Duration) {
    let start = Instant::now();
    let run = finish(command);
    (run, start.elapsed())
}

#[test]
fn a_wrong_prefix_shows_keys_and_the_likely_right_one() {
    let server = store(Listing::Plain);
    for (place, likely) in [
        ("s3://cov", "s3://cov/runs/0412`"),
        ("s3://cov/runs", "s3://cov/runs/0412`"),
        ("s3://cov/runs/0499", "s3://cov/runs/0412`"),
        ("s3://cov/nothing/here", "s3://cov/runs/0412`"),
    ] {
        let (run, took) = ask(&server, place, &[]);
        let key = "found `runs/0412/";
        run.exits(1).says(&[
            &format!("no report under `{place}`"),
            key,
            "<hostname>/<namespace>",
            likely,
        ]);
        assert!(took < SOON, "{took:?}");
    }
    let node = std::fs::read_dir(fixtures::data()).unwrap().next().unwrap().unwrap().file_name();
    let deep = format!("{PLACE}/{}", node.to_str().unwrap());
    ask(&server, &deep, &[]).0.exits(1).says(&["reports seem to start under `s3://cov/runs/0412`"]);
    let nothing = ["--include-key", "nobody/*"];
    ask(&server, PLACE, &nothing).0.exits(1).says(&["--include-key", "none of the"]);
}

#[test]
fn refusals_say_who_asked_and_what_was_tried() {
    let server = store(Listing::Plain);
    let (run, took) = ask(&server, "s3://no-such-bucket/x", &[]);
    run.exits(1).says(&["no bucket `no-such-bucket`", server.url(), "…TEST from the environment"]);
    assert!(took < SOON, "{took:?}");

    let collection = Collection::new();
    let mut command = collection.command();
    command.args(["download", PLACE]);
    let wrong = server.known_to(&mut command).env("AWS_SECRET_ACCESS_KEY", "wrong");
    timed(wrong).0.exits(1).says(&["access denied", "SignatureDoesNotMatch", "the environment"]);

    let (run, _) = ask(&server, PLACE, &["--no-sign-request"]);
    run.exits(1).says(&["access denied", "--no-sign-request"]);
    ask(&server, PLACE, &["--profile", "nobody"]).0.exits(1).says(&["profile `nobody`"]);
    ask(&server, "s4://x", &[]).0.exits(2);
    assert!(!collection.path().exists(), "nothing is left of a run that found nothing");
}

#[test]
fn without_credentials_every_source_is_named_and_nobody_waits() {
    // Instance metadata that takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let collection = Collection::new();
    let mut command = collection.command();
    isolated(command.args(["download", PLACE]))
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint);
    let (run, took) = timed(&mut command);
    run.exits(1).says(&[
        "no credentials for bucket `cov`",
        "the environment (AWS_ACCESS_KEY_ID is not set)",
        "profile `default`",
        "web identity",
        "the container",
        "instance metadata",
        "--no-sign-request",
    ]);
    assert!(took < Duration::from_secs(6), "{took:?}");

    // In some networks everything has metadata, but not for everybody.
    let refusing = Server::fixed(Reply::status(403));
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", refusing.url(""));
    finish(&mut command).exits(1).says(&["no credentials for bucket `cov`", "instance metadata ("]);
}

#[test]
fn a_place_where_nobody_listens_is_said_soon() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}");
    let server = S3Server::start(Listing::Plain);
    let (run, took) = ask(&server, PLACE, &["--endpoint-url", &url]);
    run.exits(1).says(&[&format!("no answer from {url}"), "cannot download from"]);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_a_run_would_fetch() {
    let server = store(Listing::Full);
    let collection = Collection::new();
    let dry = download(&server, &collection, &["--dry-run"]).exits(0).json();
    assert!(!collection.path().exists());
    assert_eq!(fetched(&server), 0);
    let wet = download(&server, &collection, &[]).exits(0).json();
    for count in ["fetched", "fetched_bytes", "shared", "skipped", "reports", "listed", "ignored"] {
        assert_eq!(dry[count], wet[count], "{count}");
    }
}

#[test]
fn keys_are_chosen_by_globs() {
    let server = store(Listing::Plain);
    let collection = Collection::new();
    let flags = ["--include-key", "*/openshift-etcd/*", "--include-key", "*/_host_/*"];
    let run = download(&server, &collection, &flags).exits(0).json();
    assert_eq!(run["reports"], 2, "{run}");
    assert!(run["excluded"].as_u64().unwrap() > 20, "{run}");
    let without = ["--exclude-key", "*/covcounters.*", "--exclude-key", "*/info.json"];
    let metas = download(&server, &Collection::new(), &without).exits(0).json();
    assert_eq!(metas["done"], 16, "{metas}");
}

/// Kills downloads at random moments; says how many were still running.
fn storm(rounds: usize, seed: u64) -> usize {
    let server = store(Listing::Plain);
    let undisturbed = Collection::new();
    let start = Instant::now();
    download(&server, &undisturbed, &[]).exits(0);
    let whole = start.elapsed();
    let wanted = coverage(&undisturbed);
    let (mut rng, mut killed) = (Rng::new(seed), 0);
    for round in 0..rounds {
        let collection = Collection::new();
        let mut command = collection.command();
        command.args(["download", PLACE, "--cluster-name", "ci"]);
        server.known_to(&mut command).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Killed(command.spawn().unwrap());
        std::thread::sleep(whole * u32::try_from(rng.below(1_000)).unwrap() / 1_000);
        killed += usize::from(process.0.try_wait().unwrap().is_none());
        drop(process);
        if collection.path().exists() {
            for (name, bytes) in coverage(&collection) {
                let is_whole = name.contains("/tmp.") || wanted.get(&name) == Some(&bytes);
                assert!(is_whole, "round {round}: half of {name}");
            }
        }
        // What the killed one had asked for reaches the server's list a moment later.
        loop {
            std::thread::sleep(Duration::from_millis(200));
            if server.requests().is_empty() {
                break;
            }
        }
        let rest = download(&server, &collection, &[]).exits(0).json();
        assert_eq!(rest["done"], fetched(&server), "round {round}");
        files::assert_same(&coverage(&collection), &wanted);
        assert_eq!(download(&server, &collection, &[]).exits(0).json()["done"], 0, "round {round}");
    }
    killed
}

#[test]
fn a_killed_download_goes_on_where_it_was() {
    let killed = storm(6, 43);
    assert!(killed > 2, "only {killed} of 6 were still running");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_killed_downloads_go_on_where_they_were() {
    let killed = storm(100, 44);
    assert!(killed > 50, "only {killed} of 100 were still running");
}

#[test]
fn the_whole_pipeline_starts_from_a_bucket_and_goes_on_after_a_failure() {
    let server = store(Listing::Full);
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let run = |flags: &[&str]| {
        let mut command = collection.command();
        command
            .args(["run", PLACE, "--cluster-name", "ci", "--json", "--timeout", "1"])
            .args(flags);
        finish(server.known_to(&mut command))
    };
    let broken = ["--images", "/nowhere/images.tsv", "--viewer", &viewer];
    run(&broken).exits(1).says(&["compile failed", "done are download", "goes on with compile"]);
    server.requests();
    let whole = run(&["--viewer", &viewer, "--keep-going"]).exits(0).json();
    assert_eq!(fetched(&server), 0, "what was downloaded stays");
    assert_eq!((&whole["reports"], &whole["fetched"]), (&14.into(), &0.into()), "{whole}");
    assert!(collection.at("site/index.html").is_file());
    let mut command = collection.command();
    let two = command.args(["run", PLACE, "--bucket", "cov"]);
    finish(server.known_to(two)).exits(2).says(&["two places"]);
}
