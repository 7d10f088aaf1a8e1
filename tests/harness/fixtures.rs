//! The bundled sample, and small things made from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files;

/// The sample's folder.
pub fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/small")
}

/// Its coverage data, in the shape of a bucket's keys.
pub fn data() -> PathBuf {
    small().join("data")
}

/// Its mapping of images to the repository.
pub fn images() -> String {
    small().join("images.tsv").to_str().unwrap().to_owned()
}

/// The address in [`images`].
pub const REPO_URL: &str = "https://git.example.com/ocp/samples";
/// The repository as covatlas names it.
pub const REPO: &str = "git.example.com/ocp/samples";
/// The commit in [`images`].
pub const COMMIT: &str = "b556f7c4d8128493c80f7f816e981d6859008c21";

/// The meta files of a folder, sorted.
pub fn metas(dir: &Path) -> Vec<PathBuf> {
    named(dir, "covmeta.")
}

/// The counter files of a folder, sorted.
pub fn counters(dir: &Path) -> Vec<PathBuf> {
    named(dir, "covcounters.")
}

fn named(dir: &Path, start: &str) -> Vec<PathBuf> {
    let is_named = |p: &PathBuf| p.file_name().unwrap().to_str().unwrap().starts_with(start);
    let entries = fs::read_dir(dir).unwrap_or_else(|err| panic!("{}: {err}", dir.display()));
    let mut found: Vec<_> = entries.map(|e| e.unwrap().path()).filter(is_named).collect();
    found.sort();
    found
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folders of images in a tree of keys: host/namespace/pod/container/time/image. Of processes of
/// the node there is none.
pub fn images_of_pods(data: &Path) -> BTreeSet<String> {
    files::list(data)
        .iter()
        .map(|file| file.to_str().unwrap().split('/').collect::<Vec<_>>())
        .filter(|parts| parts.len() == 8)
        .map(|parts| parts[..6].join("/"))
        .collect()
}

/// A copy of the sample's data without its one orphan, so that nothing is lost in it.
pub fn whole_data(to: &Path) {
    files::copy(&data(), to);
    let orphan = |path: &PathBuf| path.to_str().unwrap().contains("covcounters.00000000000000");
    let orphans: Vec<_> = files::list(to).into_iter().filter(orphan).collect();
    assert_eq!(orphans.len(), 1);
    fs::remove_file(to.join(&orphans[0])).unwrap();
}

/// A page that is no more than what `render --viewer` asks for, so that most tests do not depend
/// on the real one.
pub fn plain_viewer(to: &Path) -> String {
    fs::create_dir_all(to).unwrap();
    let page = "<!doctype html>\n<title>{{title}}</title>\n\
        <script src=\"viewer/loader-1.js\" data-manifest=\"{{manifest}}\" data-form=\"{{form}}\">\
        </script>\n<noscript>{{noscript}}</noscript>\n";
    for (name, text) in [("index.html", page), ("loader-1.js", "\"use strict\";\n")] {
        fs::write(to.join(name), text).unwrap();
    }
    fs::write(to.join("viewer-1.wasm"), b"\0asm\x01\0\0\0").unwrap();
    to.to_str().unwrap().to_owned()
}

/// The sample's repository in a folder of its own, at `<dir>/samples.git`.
///
/// With `tip` another commit is put on top, so that the wanted one is no longer advertised.
pub fn repository(dir: &Path, exact: &str, tip: Tip) -> PathBuf {
    let repo = dir.join("samples.git");
    files::copy(&small().join("samples.git"), &repo);
    for folder in ["refs/heads", "objects"] {
        fs::create_dir_all(repo.join(folder)).unwrap();
    }
    crate::tools::git(&repo, &["config", "uploadpack.allowAnySHA1InWant", exact]);
    if tip == Tip::Another {
        let tree = crate::tools::git(&repo, &["rev-parse", &format!("{COMMIT}^{{tree}}")]);
        let commit = crate::tools::git(&repo, &["commit-tree", &tree, "-p", COMMIT, "-m", "next"]);
        let head = crate::tools::git(&repo, &["symbolic-ref", "HEAD"]);
        crate::tools::git(&repo, &["update-ref", &head, &commit]);
    }
    repo
}

/// Which commit a repository's branch stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// The wanted one.
    Wanted,
    /// One after it.
    Another,
}
