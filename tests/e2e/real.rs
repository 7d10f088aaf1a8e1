//! Large real data: the Go toolchain's own commands, as `tests/setup/real-corpus.sh` makes them.
//!
//! Too large to be bundled, so only `make test-all` runs these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use covatlas_tests::binary::covatlas;
use covatlas_tests::{Collection, files, fixtures, oracle, tools};

/// Bytes that the site of this data may have.
const MAX_SITE: u64 = 8_000_000;

/// The folder of the script: `COVATLAS_REAL`, or where it puts it by itself.
fn corpus() -> PathBuf {
    let named = std::env::var_os("COVATLAS_REAL").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set"));
    let dir = named.unwrap_or_else(|| home().join(".cache/covatlas-real"));
    assert!(dir.join("data").is_dir(), "run tests/setup/real-corpus.sh: no {}", dir.display());
    // The folder may be a link, which an import does not follow.
    dir.canonicalize().unwrap()
}

/// All folders with a meta file.
fn coverage_dirs(data: &Path) -> BTreeSet<PathBuf> {
    let is_meta =
        |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("covmeta."));
    let metas = files::list(data).into_iter().map(|path| data.join(path)).filter(is_meta);
    metas.map(|path| path.parent().unwrap().to_owned()).collect()
}

/// One folder of each program.
pub fn programs() -> Vec<PathBuf> {
    let dirs = coverage_dirs(&corpus().join("data"));
    let hash =
        |dir: &PathBuf| std::fs::read(fixtures::metas(dir).remove(0)).unwrap()[24..40].to_vec();
    let by_hash: BTreeMap<_, _> = dirs.into_iter().map(|dir| (hash(&dir), dir)).collect();
    by_hash.into_values().collect()
}

/// The name of the owner of a folder's pod.
fn owner(data: &Path, dir: &Path) -> String {
    let key: Vec<_> = dir.strip_prefix(data).unwrap().iter().map(|s| s.to_str().unwrap()).collect();
    if key[1] == "_host_" {
        return key[3].to_owned();
    }
    let names = ["go", "inspect", "formatter", "builder", "collect-profiles"];
    let is_owner = |name: &&&str| key[2].starts_with(&format!("{name}-"));
    names.iter().find(is_owner).unwrap_or_else(|| panic!("{key:?}")).to_string()
}

#[test]
#[ignore = "needs tests/setup/real-corpus.sh"]
fn owners_of_real_data_have_the_numbers_of_an_oracle_over_go() {
    let data = corpus().join("data");
    let reports: Vec<_> =
        coverage_dirs(&data).into_iter().map(|dir| (owner(&data, &dir), dir)).collect();
    let collection = Collection::new();
    let wanted = oracle::profiles(&reports, &collection.beside("scratch"));
    assert!(wanted.len() >= 10, "{:?}", wanted.keys());
    collection.import(&data).exits(0);
    collection.run(["compile"]).exits(0);
    oracle::assert_agrees(&collection, &wanted);
}

#[test]
#[ignore = "needs tests/setup/real-corpus.sh"]
fn sums_of_real_data_are_byte_for_byte_gos() {
    assert!(tools::has("sums_of_real_data_are_byte_for_byte_gos", "go"));
    let dirs = coverage_dirs(&corpus().join("data"));
    assert!(dirs.len() >= 20, "{}", dirs.len());
    for dir in &dirs {
        let args = ["export", "textfmt", "--combine", "sum", dir.to_str().unwrap()];
        assert!(covatlas(args).exits(0).text() == tools::go_textfmt(&[dir]), "{}", dir.display());
    }
}

#[test]
#[ignore = "needs tests/setup/real-corpus.sh"]
fn every_real_file_is_found_fits_and_the_site_is_small() {
    let corpus = corpus();
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let mirror = format!("https://github.com/={}/", corpus.join("git/github.com").display());
    let data = corpus.join("data");
    let data = data.to_str().unwrap();
    let run =
        ["run", "--json", data, "--mirror", &mirror, "--allow-local-git", "--viewer", &viewer];
    let summary = collection.run(run).exits(0).json();
    assert_eq!(summary["source_files_without_text"], 0);
    assert!(summary["source_files"].as_u64().unwrap() >= 700, "{summary}");
    assert!(summary["bytes"].as_u64().unwrap() <= MAX_SITE, "{summary}");
    for row in collection.stats("file") {
        assert_eq!(row.text("resolution"), "rewritten", "{row:?}");
    }
}
