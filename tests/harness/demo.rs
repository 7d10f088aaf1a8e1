//! The demo's cluster, and what Go's own tool says about it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::Coverage;
use crate::world::OwnerKey;
use crate::{Collection, Finished, files};

/// The demo's folder.
pub fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")
}

/// One owner and build.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Namespace, kind, owner, binary, build.
    pub key: OwnerKey,
    /// Statements, and those that ran.
    pub coverage: Coverage,
    /// The folders of its reports below `data/`.
    pub reports: Vec<String>,
    /// The same numbers by path as built.
    pub files: BTreeMap<String, Coverage>,
}

/// All owners and builds, sorted by key.
///
/// # Panics
/// When the goldens have another shape.
pub fn owners() -> Vec<Owner> {
    let number = |text: &str| text.parse().unwrap();
    let owner = |row: Vec<String>| Owner {
        key: row[..5].to_vec().try_into().unwrap(),
        coverage: (number(&row[5]), number(&row[6])),
        reports: Vec::new(),
        files: BTreeMap::new(),
    };
    let mut owners: Vec<Owner> = rows("owners.tsv").into_iter().map(owner).collect();
    let position = |text: &str| text.parse::<usize>().unwrap();
    for row in rows("reports.tsv") {
        owners[position(&row[0])].reports.push(row[1].clone());
    }
    for row in rows("files.tsv") {
        let coverage = (number(&row[2]), number(&row[3]));
        owners[position(&row[0])].files.insert(row[1].clone(), coverage);
    }
    owners
}

/// Every statement once: how many there are, and how many ran.
///
/// # Panics
/// When the golden has another shape.
pub fn total() -> Coverage {
    let row = rows("collection.tsv").remove(0);
    (row[1].parse().unwrap(), row[2].parse().unwrap())
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(dir().join("golden").join(name)).unwrap();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

/// Runs the whole pipeline as `make demo` does.
pub fn run(collection: &Collection, more: &[&str]) -> Finished {
    run_with(collection, &dir().join("data"), more)
}

/// The same with other data of these programs.
pub fn run_with(collection: &Collection, data: &Path, more: &[&str]) -> Finished {
    let path = |name: &str| dir().join(name).to_str().unwrap().to_owned();
    let (images, owners) = (path("images.tsv"), path("owners.json"));
    let mirror = format!("https://git.example.com/={}", path("git"));
    let data = data.to_str().unwrap();
    let mut args = vec!["run", data, "--copy", "--cluster-name", "tern-staging", "--json"];
    args.extend(["--images", &images, "--owners", &owners]);
    args.extend(["--mirror", &mirror, "--allow-local-git", "--hide", "kind=Pod"]);
    args.extend(more);
    collection.run(args)
}

/// The reports whose keys hold one of these texts, in a folder beside the collection.
pub fn part(collection: &Collection, texts: &[&str]) -> PathBuf {
    let to = collection.beside("data");
    for file in files::list(&dir().join("data")) {
        let key = file.to_str().unwrap();
        if texts.iter().any(|text| key.contains(text)) {
            let path = to.join(&file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(dir().join("data").join(&file), path).unwrap();
        }
    }
    to
}
