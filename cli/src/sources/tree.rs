//! The files of one commit, and where its Go modules are.

use std::collections::BTreeSet;

use super::gomod;

/// Most `go.mod` files that are read in one tree.
const MAX_MODULES: usize = 2000;
/// Largest `go.mod` or `go.work` that is read, in bytes.
const MAX_GO_MOD: usize = 1024 * 1024;

/// What stands at a path of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file.
    File,
    /// A symbolic link, never followed.
    Symlink,
    /// Another repository's commit, never fetched.
    Submodule,
}

/// One path of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeEntry {
    /// Path from the root, `/` between its parts, as UTF-8.
    pub path: String,
    /// What stands there.
    pub kind: EntryKind,
}

/// The tree of one commit.
pub trait SourceTree: Send + Sync {
    /// The text of the file at `path`. `None` when there is no file, when it is a link, or when
    /// it is larger than the implementation allows.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

/// Texts of source files.
pub trait TextSource: Sync {
    /// The bytes of a file at a commit of a repository (`host/org/repo`), or at the commit that
    /// stands in for it; `None` when there is no such file.
    fn text(&self, repo: &str, commit: &str, path: &str) -> Option<Vec<u8>>;

    /// The paths of all files of that commit, in byte order; `None` when nobody knows them.
    fn paths(&self, _repo: &str, _commit: &str) -> Option<Vec<String>> {
        None
    }
}

/// A repository at a commit, with an index of what the rules ask for.
pub struct Checkout {
    /// The repository: `host/org/repo`.
    pub repo: String,
    /// The commit that was asked for, which evidence names.
    pub wanted: String,
    /// The commit that is there. Another one when the server would not give the wanted one.
    pub commit: String,
    tree: Box<dyn SourceTree>,
    /// Sorted by path.
    entries: Vec<TreeEntry>,
    modules: Vec<Module>,
}

/// A Go module of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// Its path, as in `go.mod`.
    pub path: String,
    /// Its folder from the root; empty for the root itself.
    pub dir: String,
}

impl Checkout {
    /// Indexes a tree: `entries` are all its paths, in any order.
    pub fn new(
        repo: String,
        wanted: String,
        commit: String,
        mut entries: Vec<TreeEntry>,
        tree: Box<dyn SourceTree>,
    ) -> Self {
        entries.sort_unstable();
        entries.dedup_by(|a, b| a.path == b.path);
        let mut checkout = Self { repo, wanted, commit, tree, entries, modules: Vec::new() };
        checkout.modules = checkout.find_modules();
        checkout
    }

    /// Whether the commit that is there is the one that was asked for.
    pub fn is_exact(&self) -> bool {
        self.commit.starts_with(&self.wanted)
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        (self.kind(path) == Some(EntryKind::File)).then(|| self.tree.read(path))?
    }

    /// What stands at a path.
    pub fn kind(&self, path: &str) -> Option<EntryKind> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        Some(self.entries.get(at)?.kind)
    }

    /// All files, in byte order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.entries.iter().filter(|entry| entry.kind == EntryKind::File);
        files.map(|entry| entry.path.as_str())
    }

    /// The modules, best first where two have the same path. Without a `go.mod` at the root, the
    /// root counts as the module of the repository's own address, as before Go had modules.
    pub(super) fn modules(&self) -> &[Module] {
        &self.modules
    }

    fn find_modules(&self) -> Vec<Module> {
        let small = |path: &str| {
            let text = self.read(path).filter(|text| text.len() <= MAX_GO_MOD)?;
            String::from_utf8(text).ok()
        };
        let members: BTreeSet<String> = small("go.work")
            .map(|text| gomod::work_uses(&text))
            .unwrap_or_default()
            .into_iter()
            .collect();
        let dirs = self.files().filter_map(|path| match path.rsplit_once('/') {
            Some((dir, "go.mod")) => Some(dir),
            None if path == "go.mod" => Some(""),
            _ => None,
        });
        let mut dirs: Vec<&str> = dirs
            .filter(|dir| members.contains(*dir) || !is_ignored(dir))
            .take(MAX_MODULES)
            .collect();
        dirs.sort_by_key(|dir| (!members.contains(*dir), dir.matches('/').count(), *dir));
        let module = |dir: &str| {
            let path = gomod::module_path(&small(&join(dir, "go.mod"))?)?;
            Some(Module { path, dir: dir.to_owned() })
        };
        let mut modules: Vec<Module> = dirs.iter().filter_map(|dir| module(dir)).collect();
        if !modules.iter().any(|module| module.dir.is_empty()) {
            modules.push(Module { path: self.repo.clone(), dir: String::new() });
        }
        modules
    }
}

/// Whether Go ignores this folder when it looks for packages.
fn is_ignored(dir: &str) -> bool {
    dir.split('/').any(|part| {
        matches!(part, "vendor" | "testdata" | "node_modules") || part.starts_with(['_', '.'])
    })
}

/// A path below a folder, which may be the root (`""`).
pub(super) fn join(dir: &str, path: &str) -> String {
    if dir.is_empty() { path.to_owned() } else { format!("{dir}/{path}") }
}

#[cfg(test)]
pub(super) mod fake {
    use std::collections::BTreeMap;

    use super::*;

    /// A tree in memory. Text `->x` makes a symbolic link.
    pub(in super::super) fn checkout(repo: &str, commit: &str, files: &[(&str, &str)]) -> Checkout {
        struct Tree(BTreeMap<String, Vec<u8>>);
        impl SourceTree for Tree {
            fn read(&self, path: &str) -> Option<Vec<u8>> {
                self.0.get(path).cloned()
            }
        }
        let entry = |(path, text): &(&str, &str)| TreeEntry {
            path: (*path).to_owned(),
            kind: if text.starts_with("->") { EntryKind::Symlink } else { EntryKind::File },
        };
        let texts = files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec()));
        let tree = Box::new(Tree(texts.collect()));
        let entries = files.iter().map(entry).collect();
        Checkout::new(repo.to_owned(), commit.to_owned(), commit.to_owned(), entries, tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let checkout = fake::checkout("github.com/o/r", "abc", files);
        checkout.modules().iter().map(|m| (m.path.clone(), m.dir.clone())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn modules_of_a_workspace_come_first() {
        let found = modules(&[
            ("go.work", "use (\n\t./staging/src/k8s.io/api\n\t./_tools\n)"),
            ("go.mod", "module k8s.io/kubernetes"),
            ("staging/src/k8s.io/api/go.mod", "module k8s.io/api"),
            ("_tools/go.mod", "module k8s.io/tools"),
            ("hack/go.mod", "module k8s.io/hack"),
            ("vendor/x.io/y/go.mod", "module x.io/y"),
            ("hack/testdata/go.mod", "module k8s.io/testdata"),
            ("link/go.mod", "->../go.mod"),
        ]);
        let want = [
            ("k8s.io/tools", "_tools"),
            ("k8s.io/api", "staging/src/k8s.io/api"),
            ("k8s.io/kubernetes", ""),
            ("k8s.io/hack", "hack"),
        ];
        assert_eq!(found, pairs(&want));
    }

    #[test]
    fn a_repository_without_module_is_its_address() {
        assert_eq!(modules(&[("main.go", "")]), pairs(&[("github.com/o/r", "")]));
    }

    #[test]
    fn links_are_not_read() {
        let checkout = fake::checkout("h/o/r", "abc", &[("a", "text"), ("b", "->a")]);
        assert_eq!(checkout.read("a").as_deref(), Some(&b"text"[..]));
        assert_eq!(checkout.read("b"), None);
        assert_eq!(checkout.kind("b"), Some(EntryKind::Symlink));
        assert_eq!(checkout.files().collect::<Vec<_>>(), ["a"]);
    }
}
