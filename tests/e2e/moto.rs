//! Buckets in a store of another make, with its own listings, `ETag`s and conditions.

use std::fs;
use std::process::{Command, Stdio};

use covatlas_tests::binary::{Finished, Killed, finish};
use covatlas_tests::golden::Golden;
use covatlas_tests::moto::Moto;
use covatlas_tests::{Collection, files, fixtures, tools};

use crate::download::{PLACE, coverage};

const SITE: &str = "s3://site/nightly";
const LIST: &str = ".covatlas-published.json";

fn command(moto: &Moto, collection: &Collection, args: &[&str]) -> Command {
    let mut command = collection.command();
    command.args(args).arg("--json");
    moto.known_to(&mut command);
    command
}

fn run(moto: &Moto, collection: &Collection, args: &[&str]) -> Finished {
    finish(&mut command(moto, collection, args))
}

fn download(moto: &Moto, collection: &Collection) -> serde_json::Value {
    run(moto, collection, &["download", PLACE, "--cluster-name", "ci"]).exits(0).json()
}

#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn moto_gives_everything_once_and_an_overwritten_slot_beside_the_old_one() {
    let moto = Moto::start();
    moto.put_all("cov", "runs/0412/", &fixtures::data());
    let (imported, collection) = (Collection::new(), Collection::new());
    imported.import(&fixtures::data()).exits(0);
    let first = download(&moto, &collection);
    assert_eq!((&first["reports"], &first["failed"]), (&14.into(), &0.into()), "{first}");
    assert!(first["shared"].as_u64().unwrap() > 0, "replicas share meta files: {first}");
    files::assert_same(&coverage(&collection), &coverage(&imported));
    let second = download(&moto, &collection);
    let all = first["done"].as_u64().unwrap() + first["skipped"].as_u64().unwrap();
    assert_eq!((&second["done"], &second["skipped"]), (&0.into(), &all.into()), "{second}");

    let golden = Golden::all().remove(11);
    let slots = fixtures::counters(&golden.dir());
    let name = slots[0].file_name().unwrap().to_str().unwrap();
    let newer = fs::read(&slots[1]).unwrap();
    moto.put("cov", &format!("runs/0412/{}/{name}", golden.key), &newer);
    let third = download(&moto, &collection);
    assert_eq!((&third["fetched"], &third["kept_both"]), (&1.into(), &1.into()), "{third}");
    let stored = fixtures::counters(&collection.report_dir("prometheus-k8s-0"));
    assert_eq!(stored.len(), slots.len() + 1, "{stored:?}");
    assert_eq!(download(&moto, &collection)["done"], 0);
}

/// A collection whose site differs from others by its title.
fn site(title: &str) -> Collection {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile"]).exits(0);
    collection.run(["render", "--viewer", &viewer, "--title", title]).exits(0);
    collection
}

/// What is in the bucket, unpacked as a browser does.
fn published(moto: &Moto, beside: &Collection) -> files::Tree {
    let folder = beside.beside("published");
    fs::remove_dir_all(&folder).ok();
    let headers = moto.get_all("site", "nightly/", &folder);
    let mut tree = files::read(&folder);
    assert!(tree.remove(LIST).is_some());
    for (name, bytes) in &mut tree {
        let headers = &headers[name];
        let is_hashed = name.contains('/');
        let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(headers["cache-control"], cache, "{name}");
        if headers["content-encoding"] == "gzip" {
            *bytes = tools::gunzip(bytes);
        }
    }
    tree
}

fn own(collection: &Collection) -> files::Tree {
    let mut tree = files::read(&collection.at("site"));
    tree.remove(".covatlas-site.json");
    tree
}

#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn moto_takes_a_site_and_again_only_what_changed() {
    let moto = Moto::start();
    let collection = site("one");
    moto.put("site", "README/mine", b"mine");
    let nowhere = run(&moto, &collection, &["publish", "s3://nobodys/nightly"]).exits(1);
    let nowhere = nowhere.says(&["no bucket `nobodys`", "cannot publish to"]);
    assert!(!nowhere.stderr.contains("the page there"), "{}", nowhere.stderr);
    let first = run(&moto, &collection, &["publish", SITE]).exits(0).json();
    assert_eq!(first["skipped"], 0, "{first}");
    assert!(own(&collection) == published(&moto, &collection));
    let again = run(&moto, &collection, &["publish", SITE]).exits(0).json();
    assert_eq!((&again["done"], &again["bytes"]), (&0.into(), &0.into()), "{again}");

    let viewer = collection.beside("viewer");
    let before = own(&collection);
    collection.run(["render", "--viewer", viewer.to_str().unwrap(), "--title", "two"]).exits(0);
    let next = run(&moto, &collection, &["publish", SITE, "--delete"]).exits(0).json();
    let own = own(&collection);
    let n_changed = own.iter().filter(|(name, bytes)| before.get(*name) != Some(bytes)).count();
    assert_eq!(next["done"], n_changed, "{next}");
    let published = published(&moto, &collection);
    for (name, bytes) in &own {
        assert!(published.get(name) == Some(bytes), "{name}");
    }
}

/// Two that start at once from the same state: the one that comes second must say so, and the page
/// of the first stays.
#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn moto_refuses_the_second_of_two_publishers() {
    let moto = Moto::start();
    let both = [site("zero"), site("zero")];
    moto.put("site", "README/mine", b"mine");
    run(&moto, &both[0], &["publish", SITE]).exits(0);
    for round in 0..10 {
        for (number, collection) in both.iter().enumerate() {
            let viewer = collection.beside("viewer");
            let title = format!("round {round} of {number}");
            collection
                .run(["render", "--viewer", viewer.to_str().unwrap(), "--title", &title])
                .exits(0);
        }
        let started = both.each_ref().map(|collection| {
            let mut command = command(&moto, collection, &["publish", SITE]);
            Killed(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
        });
        let ended = started.map(|mut process| {
            let mut said = String::new();
            let stderr = process.0.stderr.as_mut().unwrap();
            std::io::Read::read_to_string(stderr, &mut said).unwrap();
            (process.0.wait().unwrap().code().unwrap(), said)
        });
        let Some(second) = ended.iter().position(|(status, _)| *status != 0) else { continue };
        let (status, said) = &ended[second];
        assert_eq!(*status, 1, "{said}");
        assert!(said.contains("somebody else publishes to"), "{said}");
        let first = &both[1 - second];
        assert_eq!(ended[1 - second].0, 0, "{}", ended[1 - second].1);
        assert!(published(&moto, first)["index.html"] == own(first)["index.html"]);
        // The other one looks at what is there now, and publishes after all.
        run(&moto, &both[second], &["publish", SITE]).exits(0);
        assert!(published(&moto, first)["index.html"] == own(&both[second])["index.html"]);
        return;
    }
    panic!("ten times one publisher ended before the other one began");
}
