//! Whole folders: copying, reading and comparing them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a folder with its bytes, by path relative to it; links are not followed.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// Paths of all regular files below a folder, relative to it and sorted.
pub fn list(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path().strip_prefix(dir).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Reads a folder.
pub fn read(dir: &Path) -> Tree {
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    list(dir).iter().map(|path| (name(path), fs::read(dir.join(path)).unwrap())).collect()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    for path in list(from) {
        let target = to.join(&path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(&path), target).unwrap();
    }
}

/// Replaces a file without writing through a hard link.
pub fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).ok();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Asserts that two folders hold the same files with the same bytes, and names what differs.
#[track_caller]
pub fn assert_same(left: &Tree, right: &Tree) {
    let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differing: Vec<_> = left.iter().filter(|(name, bytes)| right[*name] != **bytes).collect();
    let differing: Vec<_> = differing.iter().map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "these differ: {differing:?}");
}
