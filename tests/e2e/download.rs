//! `download` from a real store: everything, once, whatever happens on the way.

use std::fs;

use covatlas_tests::binary::Finished;
use covatlas_tests::files::{self, Tree};
use covatlas_tests::golden::Golden;
use covatlas_tests::s3::{Listing, S3Server};
use covatlas_tests::{Collection, fixtures};

pub(crate) const PLACE: &str = "s3://cov/runs/0412";

/// A store with the sample as one run.
pub(crate) fn store(listing: Listing) -> S3Server {
    let server = S3Server::start(listing);
    server.put_all("cov", "runs/0412", &fixtures::data());
    server
}

/// Downloads as cluster `ci`.
pub(crate) fn download(server: &S3Server, collection: &Collection, flags: &[&str]) -> Finished {
    let mut command = collection.command();
    command.args(["download", PLACE, "--cluster-name", "ci", "--json"]).args(flags);
    covatlas_tests::binary::finish(server.known_to(&mut command))
}

/// How many objects were fetched since the last look.
pub(crate) fn fetched(server: &S3Server) -> usize {
    server.requests().iter().filter(|request| request.contains("x-id=GetObject")).count()
}

/// The reports without what differs from run to run.
pub(crate) fn coverage(collection: &Collection) -> Tree {
    let mut tree = files::read(&collection.at("coverage"));
    tree.retain(|name, _| !name.ends_with("metadata.json"));
    tree
}

#[test]
fn a_download_is_an_import_of_the_same_tree_and_a_second_one_fetches_nothing() {
    let server = store(Listing::Plain);
    let (imported, downloaded) = (Collection::new(), Collection::new());
    imported.import(&fixtures::data()).exits(0);
    let first = download(&server, &downloaded, &[]).exits(0).json();
    let n_files = files::list(&fixtures::data()).len() - 1;
    assert_eq!((&first["done"], &first["skipped"]), (&n_files.into(), &0.into()), "{first}");
    assert_eq!((&first["reports"], &first["ignored"]), (&14.into(), &1.into()));
    assert_eq!(fetched(&server), n_files);
    files::assert_same(&coverage(&downloaded), &coverage(&imported));
    for collection in [&imported, &downloaded] {
        collection.run(["compile", "--keep-going"]).exits(0);
    }
    // Only a store knows when slots were written; no other number depends on it.
    let numbers = |collection: &Collection, by: &str| -> Vec<_> {
        collection.stats(by).into_iter().map(|row| row.without("last_seen")).collect()
    };
    for by in ["owner", "file", "func", "image"] {
        assert!(numbers(&downloaded, by) == numbers(&imported, by), "{by}");
    }
    downloaded.run(["verify", "--json", "--keep-going"]).exits(0);

    let before = files::read(&downloaded.at("coverage"));
    let second = download(&server, &downloaded, &[]).exits(0).json();
    assert_eq!((&second["done"], &second["skipped"]), (&0.into(), &n_files.into()), "{second}");
    assert_eq!(fetched(&server), 0);
    files::assert_same(&files::read(&downloaded.at("coverage")), &before);
}

#[test]
fn a_slot_that_was_overwritten_keeps_both_contents() {
    let server = S3Server::start(Listing::Plain);
    let data = Collection::new();
    fixtures::whole_data(&data.path());
    server.put_all("cov", "runs/0412", &data.path());
    let golden = Golden::all().remove(11);
    let names = fixtures::counters(&data.path().join(&golden.key));
    let contents: Vec<_> = names.iter().map(|slot| fs::read(slot).unwrap()).collect();
    let key = |slot: usize| {
        let name = names[slot].file_name().unwrap().to_str().unwrap();
        format!("runs/0412/{}/{name}", golden.key)
    };
    fs::remove_file(server.bucket("cov").join(key(1))).unwrap();
    let (all, latest) = (Collection::new(), Collection::new());
    for collection in [&all, &latest] {
        download(&server, collection, &[]).exits(0);
    }
    server.put("cov", &key(0), &contents[1]);
    server.requests();
    let kept = download(&server, &all, &[]).exits(0).json();
    assert_eq!((&kept["fetched"], &kept["kept_both"]), (&1.into(), &1.into()), "{kept}");
    assert_eq!(fetched(&server), 1);
    let stored = |collection: &Collection| -> Vec<Vec<u8>> {
        let dir = collection.report_dir("prometheus-k8s-0");
        let mut stored: Vec<_> =
            fixtures::counters(&dir).iter().map(|path| fs::read(path).unwrap()).collect();
        stored.sort();
        stored
    };
    let mut both = contents.clone();
    both.sort();
    assert_eq!(stored(&all), both);
    // The name says when it was written, in nanoseconds.
    let written = fs::metadata(server.bucket("cov").join(key(0))).unwrap().modified().unwrap();
    let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let aside = files::list(&all.report_dir("prometheus-k8s-0"));
    let is_named =
        |path: &std::path::PathBuf| path.to_str().unwrap().contains(&format!(".{written}"));
    assert!(aside.iter().any(is_named), "{aside:?}");
    all.run(["compile"]).exits(0);
    let rows = all.run(["stats", "--json", "--where", "owner=prometheus-k8s"]).rows();
    assert_eq!(rows[0].coverage(), golden.profile().coverage());

    download(&server, &latest, &["--latest-only"]).exits(0);
    assert_eq!(stored(&latest), [contents[1].clone()]);
    let frozen = download(&server, &latest, &["--skip-existing"]).exits(0).json();
    assert_eq!(frozen["done"], 0);
    for collection in [&all, &latest] {
        server.requests();
        assert_eq!(download(&server, collection, &[]).exits(0).json()["done"], 0);
        assert_eq!(fetched(&server), 0);
    }
}
