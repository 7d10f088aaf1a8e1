//! The files of a commit, read from its store.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use camino::{Utf8Path, Utf8PathBuf};
use git2::{ErrorCode, ObjectType, Oid, Repository};

use super::super::tree::{Checkout, EntryKind, SourceTree, TreeEntry};
use super::store::open_store;
use super::{CheckoutError, exact_ref, fallback_ref};

/// Most paths of a tree. Trees can hold each other many times, so their number has no bound.
const MAX_ENTRIES: usize = 1_000_000;
/// Deepest nesting of folders.
const MAX_DEPTH: usize = 64;
/// Largest file that is read, in bytes.
const MAX_FILE: usize = 32 * 1024 * 1024;
/// Mode of a symbolic link, and of another repository's commit.
const LINK: i32 = 0o120_000;
const SUBMODULE: i32 = 0o160_000;

/// The commit that evidence calls `wanted`, from the store at `path`: the commit itself, else
/// what stands in for it. `None` when there is neither, or no store.
///
/// `repo` is `host/org/repo`, for the checkout's name.
///
/// # Errors
///
/// When the store cannot be read, or the tree is larger than any honest one.
pub fn open(path: &Utf8Path, repo: &str, wanted: &str) -> Result<Option<Checkout>, CheckoutError> {
    let wrap = |cause| CheckoutError::Git { path: path.to_owned(), cause };
    if !path.is_dir() {
        return Ok(None);
    }
    let store = open_store(path).map_err(wrap)?;
    let refs = [exact_ref(wanted), fallback_ref(wanted)];
    let Some(commit) = refs.iter().find_map(|name| store.refname_to_id(name).ok()) else {
        return Ok(None);
    };
    let tree = store.find_commit(commit).map_err(wrap)?.tree_id();
    let commit = commit.to_string();
    let entries = list(&store, tree).map_err(wrap)?.ok_or_else(|| CheckoutError::TooLarge {
        path: path.to_owned(),
        commit: commit.clone(),
        limit: MAX_ENTRIES,
    })?;
    let tree = GitTree { path: path.to_owned(), tree, stores: Mutex::new(vec![store]) };
    let (repo, wanted) = (repo.to_owned(), wanted.to_owned());
    Ok(Some(Checkout::new(repo, wanted, commit, entries, Box::new(tree))))
}

/// The commits of the store at `path`: the id by which each was wanted, and that of the commit that
/// was had, which differs where one stands in. Sorted; none when the store cannot be read.
pub fn stored(path: &Utf8Path) -> Vec<(String, String)> {
    let Ok(store) = open_store(path) else { return Vec::new() };
    let mut found = BTreeMap::new();
    // What was had itself comes last: it wins over what stood in for it.
    for start in [fallback_ref(""), exact_ref("")] {
        for name in store.references_glob(&format!("{start}*")).into_iter().flatten().flatten() {
            let wanted = name.name().ok().and_then(|name| name.strip_prefix(&start));
            if let (Some(wanted), Some(oid)) = (wanted, name.target()) {
                found.insert(wanted.to_owned(), oid.to_string());
            }
        }
    }
    found.into_iter().collect()
}

struct GitTree {
    path: Utf8PathBuf,
    tree: Oid,
    /// Idle handles: one can serve one thread at a time.
    stores: Mutex<Vec<Repository>>,
}

impl SourceTree for GitTree {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let idle = self.stores.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = idle.map_or_else(|| open_store(&self.path).ok(), Some)?;
        let text = read_blob(&store, self.tree, path);
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        text
    }
}

fn read_blob(store: &Repository, tree: Oid, path: &str) -> Option<Vec<u8>> {
    let entry = store.find_tree(tree).ok()?.get_path(path.as_ref()).ok()?;
    if entry.kind() != Some(ObjectType::Blob) || entry.filemode() == LINK {
        return None;
    }
    // The size comes first: a small pack can hold a file of many gigabytes.
    let (size, kind) = store.odb().ok()?.read_header(entry.id()).ok()?;
    if kind != ObjectType::Blob || size > MAX_FILE {
        return None;
    }
    Some(store.find_blob(entry.id()).ok()?.content().to_vec())
}

/// All paths of a tree; `None` when there are too many.
///
/// Names that are not UTF-8 or that no checkout may have are left out. A folder that is missing
/// from the store is left out too, so that the rest stays readable.
fn list(store: &Repository, root: Oid) -> Result<Option<Vec<TreeEntry>>, git2::Error> {
    let mut entries = Vec::new();
    let mut folders = vec![(String::new(), root, 0_usize)];
    let mut n_folders = 0_usize;
    while let Some((prefix, oid, depth)) = folders.pop() {
        let tree = match store.find_tree(oid) {
            Ok(tree) => tree,
            Err(err) if depth > 0 && err.code() == ErrorCode::NotFound => continue,
            Err(err) => return Err(err),
        };
        n_folders += 1;
        if depth > MAX_DEPTH || n_folders > MAX_ENTRIES {
            return Ok(None);
        }
        for entry in &tree {
            let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
            if !is_plain(name) {
                continue;
            }
            let path = format!("{prefix}{name}");
            let kind = match (entry.kind(), entry.filemode()) {
                (Some(ObjectType::Tree), _) => {
                    folders.push((format!("{path}/"), entry.id(), depth + 1));
                    continue;
                }
                (_, SUBMODULE) => EntryKind::Submodule,
                (Some(ObjectType::Blob), LINK) => EntryKind::Symlink,
                (Some(ObjectType::Blob), _) => EntryKind::File,
                _ => continue,
            };
            entries.push(TreeEntry { path, kind });
        }
        if entries.len() > MAX_ENTRIES || folders.len() > MAX_ENTRIES {
            return Ok(None);
        }
    }
    Ok(Some(entries))
}

fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains('/') && !name.chars().any(char::is_control)
}
