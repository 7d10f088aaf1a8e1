use std::fs::Metadata;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::collect::file_name::FileRole;
use crate::problems::{Problem, Problems};
use crate::timestamp::Timestamp;

/// Deeper folders hold no reports; the bound keeps a hostile tree from costing much.
const MAX_DEPTH: usize = 64;

/// The folders below a root that hold files of a report.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Sorted by their relative paths.
    pub(super) dirs: Vec<TreeDir>,
    /// How many files have names that no report's file has.
    pub(super) ignored: usize,
    /// How many files an interrupted writer left behind.
    pub(super) temporary: usize,
}

/// A folder with at least one file of a report.
#[derive(Debug)]
pub(super) struct TreeDir {
    /// Components below the root, joined by `/`; empty for the root itself.
    pub(super) relative: String,
    /// Sorted by name.
    pub(super) files: Vec<TreeFile>,
}

/// A regular file.
#[derive(Debug)]
pub(super) struct TreeFile {
    pub(super) name: String,
    pub(super) role: FileRole,
    /// The file itself, with links resolved; lies below the root.
    pub(super) path: Utf8PathBuf,
    pub(super) modified: Option<Timestamp>,
}

impl TreeDir {
    pub(super) fn has(&self, wanted: impl Fn(FileRole) -> bool) -> bool {
        self.files.iter().any(|file| wanted(file.role))
    }
}

/// Finds the files of reports below `root`, which must be canonical.
///
/// Links to files below the root count as these files; links that leave it are refused, and
/// folders are never entered through links. What cannot be read is recorded; only an unreadable
/// root fails.
pub(super) fn walk(root: &Utf8Path, problems: &mut Problems) -> io::Result<Tree> {
    let mut walker = Walker { root, tree: Tree::default(), problems, open: Vec::new() };
    walker.enter(root, "", 0)?;
    while let Some((dir, relative, depth)) = walker.open.pop() {
        if let Err(error) = walker.enter(&dir, &relative, depth) {
            let problem = Problem::loss("unreadable", relative).at(&dir).caused_by(&error);
            walker.problems.push(problem.remedy("make the folder readable and import again"));
        }
    }
    let mut tree = walker.tree;
    tree.dirs.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(tree)
}

struct Walker<'a> {
    root: &'a Utf8Path,
    tree: Tree,
    problems: &'a mut Problems,
    open: Vec<(Utf8PathBuf, String, usize)>,
}

impl Walker<'_> {
    fn enter(&mut self, dir: &Utf8Path, relative: &str, depth: usize) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(dir.as_std_path())? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                let name = entry.file_name().to_string_lossy().into_owned();
                self.unnameable(dir, &name, entry.file_type().is_ok_and(|kind| kind.is_dir()));
                continue;
            };
            let path = dir.join(&name);
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.open_later(path, relative, &name, depth);
            } else if kind.is_symlink() {
                files.extend(self.follow(&path, name));
            } else {
                let metadata = entry.metadata()?;
                files.extend(self.keep(path, name, &metadata));
            }
        }
        if !files.is_empty() {
            files.sort_by(|a, b| a.name.cmp(&b.name));
            self.tree.dirs.push(TreeDir { relative: relative.to_owned(), files });
        }
        Ok(())
    }

    fn open_later(&mut self, path: Utf8PathBuf, relative: &str, name: &str, depth: usize) {
        let below =
            if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
        if depth >= MAX_DEPTH {
            let cause = format!("more than {MAX_DEPTH} folders deep");
            self.problems.push(Problem::note("too-deep", below).at(path).because(cause));
        } else if name != ".git" {
            self.open.push((path, below, depth.saturating_add(1)));
        }
    }

    /// A regular file, if its name says that it belongs to a report.
    fn keep(&mut self, path: Utf8PathBuf, name: String, metadata: &Metadata) -> Option<TreeFile> {
        let role = FileRole::of(&name);
        match role {
            FileRole::Temporary => self.tree.temporary = self.tree.temporary.saturating_add(1),
            FileRole::Other => self.tree.ignored = self.tree.ignored.saturating_add(1),
            _ if !metadata.is_file() => {
                let problem = Problem::loss("not-a-file", name).at(path);
                let problem = problem.because("neither a regular file nor a folder");
                self.problems
                    .push(problem.remedy("put the file itself in its place, or take it out"));
            }
            _ => {
                let modified = metadata.modified().ok().and_then(Timestamp::from_system_time);
                return Some(TreeFile { name, role, path, modified });
            }
        }
        None
    }

    fn follow(&mut self, link: &Utf8Path, name: String) -> Option<TreeFile> {
        let role = FileRole::of(&name);
        let Ok(target) = link.canonicalize_utf8() else {
            if role.is_collected() {
                let problem = Problem::loss("broken-link", name).at(link);
                let problem = problem.because("the link leads nowhere");
                self.problems
                    .push(problem.remedy("bring back the file it leads to, or take it out"));
            }
            return None;
        };
        let inside = target.starts_with(self.root);
        match fs_err::symlink_metadata(target.as_std_path()) {
            Ok(metadata) if metadata.is_file() && inside => self.keep(target, name, &metadata),
            // A folder below the root is met on the way.
            Ok(metadata) if metadata.is_dir() && inside => None,
            Ok(metadata) if metadata.is_dir() || role.is_collected() => {
                let problem = Problem::loss("link-leaves-tree", name).at(link);
                self.problems.push(
                    problem
                        .because("a link that leads out of the imported folder is not followed")
                        .remedy("import the folder it leads to, or copy the file in its place"),
                );
                None
            }
            _ => {
                self.tree.ignored = self.tree.ignored.saturating_add(1);
                None
            }
        }
    }

    fn unnameable(&mut self, dir: &Utf8Path, name: &str, is_dir: bool) {
        if is_dir || FileRole::of(name).is_collected() {
            let problem = Problem::loss("bad-name", name).at(dir);
            self.problems.push(problem.because("the name is not UTF-8").remedy("rename it"));
        } else {
            self.tree.ignored = self.tree.ignored.saturating_add(1);
        }
    }
}
