//! A disk that gets full while something comes from a network: nothing is half there, and the next
//! run goes on.

use std::fs;
use std::process::Command;

use covatlas_tests::git_server::Server;
use covatlas_tests::rng::Rng;
use covatlas_tests::s3::Listing;
use covatlas_tests::small_disk::SmallDisk;
use covatlas_tests::{Collection, files, fixtures, tools};

use crate::download::{coverage, download, store};

#[test]
fn a_download_ends_when_the_disk_is_full_and_goes_on_when_there_is_room() {
    let test = "a_download_ends_when_the_disk_is_full_and_goes_on_when_there_is_room";
    let size: u64 = files::list(&fixtures::data())
        .iter()
        .map(|path| fs::metadata(fixtures::data().join(path)).unwrap().len())
        .sum();
    let half = u32::try_from(size / 2000).unwrap();
    let Some(disk) = SmallDisk::new(test, half) else { return };
    let server = store(Listing::Full);
    let whole = Collection::new();
    download(&server, &whole, &[]).exits(0);
    let collection = Collection::new_in(disk.path());
    for _ in 0..2 {
        let path = format!("cannot write `{}/coverage/", collection.path().display());
        download(&server, &collection, &[]).exits(1).says(&[
            &path,
            "what the collection holds is safe, and a re-run goes on from here",
            "No space left on device",
        ]);
        for (name, bytes) in coverage(&collection) {
            assert!(coverage(&whole).get(&name) == Some(&bytes), "half of {name}");
        }
    }
    let n_before = coverage(&collection).len();
    assert!(n_before > 0);
    disk.resize(half * 10);
    server.requests();
    let rest = download(&server, &collection, &[]).exits(0).json();
    assert!(rest["skipped"].as_u64().unwrap() > 0, "{rest}");
    files::assert_same(&coverage(&collection), &coverage(&whole));
}

/// The sample's repository with a file beside its sources that cannot be compressed, in kB.
fn large_repository(collection: &Collection, kilobytes: usize) -> String {
    let repo = fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    let mut rng = Rng::new(5);
    let noise: Vec<u8> =
        (0..kilobytes << 10).map(|_| u8::try_from(rng.below(256)).unwrap()).collect();
    let large = collection.beside("noise");
    fs::write(&large, noise).unwrap();
    let index = collection.beside("index");
    let with = |args: &[&str]| {
        let mut command = Command::new("git");
        command.env("GIT_INDEX_FILE", &index).arg("--git-dir").arg(&repo).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    with(&["read-tree", fixtures::COMMIT]);
    let blob = with(&["hash-object", "-w", large.to_str().unwrap()]);
    with(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},noise")]);
    let tree = with(&["write-tree"]);
    let commit = tools::git(&repo, &["commit-tree", &tree, "-p", fixtures::COMMIT, "-m", "noise"]);
    let head = tools::git(&repo, &["symbolic-ref", "HEAD"]);
    tools::git(&repo, &["update-ref", &head, &commit]);
    commit
}

#[test]
fn a_clone_ends_when_the_disk_is_full_and_goes_on_when_there_is_room() {
    let test = "a_clone_ends_when_the_disk_is_full_and_goes_on_when_there_is_room";
    let Some(disk) = SmallDisk::new(test, 12 << 10) else { return };
    let beside = Collection::new();
    let commit = large_repository(&beside, 16 << 10);
    let server = Server::git(beside.beside("git"));
    let images = fs::read_to_string(fixtures::images()).unwrap();
    let list = beside.beside("images.tsv");
    fs::write(&list, images.replace(fixtures::COMMIT, &commit)).unwrap();
    fixtures::whole_data(&beside.beside("data"));

    let collection = Collection::new_in(disk.path());
    collection.import(&beside.beside("data")).exits(0);
    collection.run(["compile", "--images", list.to_str().unwrap()]).exits(0);
    let mirror = format!("https://git.example.com/ocp={}", server.url("").trim_end_matches('/'));
    let clone = || collection.run(["clone-sources", "--json", "--mirror", &mirror]);
    clone().exits(1).says(&[
        "the disk takes no more: what was fetched is safe, and a re-run goes on from here",
        collection.at("repos/git.example.com/ocp/samples.git").to_str().unwrap(),
        "No space left on device",
    ]);
    let left = files::list(&collection.at("repos"));
    assert!(!left.iter().any(|path| path.to_str().unwrap().contains("pack_git2")), "{left:?}");
    collection.run(["verify", "--keep-going"]).exits(0);

    disk.resize(64 << 10);
    let run = clone().exits(0).json();
    assert_eq!((&run["fetched"], &run["failed"]), (&1.into(), &0.into()), "{run}");
    let exact =
        collection.stats("file").iter().filter(|row| row.text("resolution") == "exact").count();
    assert!(exact > 0);
}
