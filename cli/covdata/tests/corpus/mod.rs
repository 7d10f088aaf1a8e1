//! The small corpus: real files of six Go releases, shared with the other crates' tests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code, of which each test binary uses its own part"
)]

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files of a directory by name.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The folder with `data` and `golden`.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/small")
}

/// All regular files of a directory.
pub(crate) fn read_dir(dir: &Path) -> Files {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Number and directory of each golden.
pub(crate) fn directories() -> Vec<(String, PathBuf)> {
    let index = fs::read_to_string(root().join("golden/INDEX.tsv")).unwrap();
    let rows = index.lines().skip(1).map(|line| line.split_once('\t').unwrap());
    rows.map(|(number, dir)| (number.to_owned(), root().join("data").join(dir))).collect()
}

/// Every file of every directory.
pub(crate) fn all_files() -> Files {
    directories().iter().flat_map(|(_, dir)| read_dir(dir)).collect()
}

/// Name and bytes, as the crate takes them.
pub(crate) fn borrow(files: &Files) -> impl Iterator<Item = (&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}
