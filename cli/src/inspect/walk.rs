//! Finds the directories that hold coverage data.

use std::io;
use std::path::{Path, PathBuf};

use covdata::FileName;

/// A directory and the files in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir {
    /// The directory.
    pub path: PathBuf,
    /// Its files, sorted by name.
    pub files: Vec<DataFile>,
    /// Why it, or a part of it, cannot be listed.
    pub unreadable: Option<String>,
}

/// A file of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataFile {
    /// Its name.
    pub name: String,
    /// Whether the listing says that it is a regular file. Links have to be followed to know.
    pub is_regular: bool,
}

/// Lists the directories below `root`, itself included, that hold files named like coverage data,
/// sorted by path. Without any, `root` alone.
///
/// Symbolic links to files count as files, as they do for Go; links to directories are not
/// followed, except `root` itself.
///
/// # Errors
/// When `root` cannot be listed. Directories below it only get their reason noted.
pub fn walk(root: &Path) -> io::Result<Vec<DataDir>> {
    let mut found = Vec::new();
    let (top, mut open) = list(root)?;
    let is_empty = |dir: &DataDir| !dir.files.iter().any(|file| is_data(&file.name));
    let root_dir = top.clone();
    found.push(top);
    while let Some(path) = open.pop() {
        match list(&path) {
            Ok((dir, below)) => {
                found.push(dir);
                open.extend(below);
            }
            Err(error) => {
                let unreadable = Some(error.to_string());
                found.push(DataDir { path, files: Vec::new(), unreadable });
            }
        }
    }
    found.retain(|dir| !is_empty(dir) || dir.unreadable.is_some());
    if found.is_empty() {
        found.push(root_dir);
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Whether a file is there because of coverage, temporary files included.
fn is_data(name: &str) -> bool {
    let name = name.strip_prefix("tmp.").unwrap_or(name);
    FileName::parse(name).is_some() || name.starts_with("covmeta.")
}

/// A directory's files, and the directories in it.
fn list(path: &Path) -> io::Result<(DataDir, Vec<PathBuf>)> {
    let mut dir = DataDir { path: path.to_owned(), files: Vec::new(), unreadable: None };
    let mut below = Vec::new();
    for entry in fs_err::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            below.push(entry.path());
        } else {
            let name = entry.file_name().to_string_lossy().into_owned();
            dir.files.push(DataFile { name, is_regular: kind.is_file() });
        }
    }
    dir.files.sort_unstable();
    Ok((dir, below))
}
