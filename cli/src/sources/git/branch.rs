//! One branch of a server that is written to: its newest commit, and one more.

use camino::{Utf8Path, Utf8PathBuf};
use git2::{
    AutotagOption, Commit, Error, ErrorCode, FetchOptions, Index, IndexEntry, IndexTime,
    ObjectType, Oid, PushOptions, RemoteCallbacks, RemoteRedirect, Repository, Signature, Time,
    Tree, TreeWalkMode, TreeWalkResult,
};

use super::{BranchError, Place, store};
use crate::ui::printable;

/// The ref that the branch's newest commit has in the store.
const TIP: &str = "refs/covatlas/tip";
/// The ref of the commit that is to be pushed.
const NEXT: &str = "refs/covatlas/next";
/// Largest file that is read from the branch, in bytes.
const MAX_READ: usize = 64 * 1024 * 1024;

/// How servers say that another push was faster.
const RACES: [&str; 3] = ["lock", "fetch first", "failed to update"];

/// A branch as it was when it was read.
pub struct Branch {
    place: Place,
    store: Repository,
    path: Utf8PathBuf,
    tip: Option<Oid>,
}

/// A file of the branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchFile {
    id: Oid,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What a new commit changes.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Files to put, by path.
    pub put: &'a [(String, Content)],
    /// Paths of files to take out.
    pub remove: &'a [String],
    /// The message.
    pub message: &'a str,
    /// When, in seconds since 1970 UTC.
    pub seconds: i64,
    /// Where the commit stands.
    pub history: History,
}

/// What a file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// What a file on this machine has.
    File(Utf8PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Where a new commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// After the newest commit.
    Append,
    /// In the place of the newest commit.
    Replace,
}

/// A commit that can be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCommit(Oid);

impl std::fmt::Display for NewCommit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Branch {
    /// Reads the branch's newest commit and its files into the store at `path`, which is made when
    /// it is missing and makes the next time faster.
    ///
    /// # Errors
    ///
    /// [`BranchError`].
    pub fn read(place: Place, path: &Utf8Path) -> Result<Self, BranchError> {
        let store = store::make_store(path)?;
        let git = |cause| BranchError::Git { what: "write", url: path.to_string(), cause };
        // What is in a site is compressed: looking for what its files have in common takes most of
        // the time of a push and finds nothing. libgit2 reads the limit above which it does not look
        // from this key.
        let mut config = store.config().map_err(git)?;
        config.set_i64("pack.deltaCacheSize", 0).map_err(git)?;
        let tip = place.ask("read", || fetch(&place, &store))?;
        Ok(Self { place, store, path: path.to_owned(), tip })
    }

    /// The newest commit; `None` for a branch that does not exist yet.
    pub fn tip(&self) -> Option<String> {
        self.tip.map(|oid| oid.to_string())
    }

    /// The message of the newest commit; empty when there is none.
    pub fn message(&self) -> Result<String, BranchError> {
        let commit = self.commit()?;
        Ok(commit.and_then(|c| c.message().ok().map(str::to_owned)).unwrap_or_default())
    }

    /// All files of the newest commit by path. Links and submodules are not listed.
    pub fn files(&self) -> Result<Vec<(String, BranchFile)>, BranchError> {
        let Some(tree) = self.tree()? else { return Ok(Vec::new()) };
        let odb = self.store.odb().map_err(|cause| self.git(cause))?;
        let mut files = Vec::new();
        let mut failed = None;
        let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            let (true, Ok(name)) = (is_file, entry.name()) else { return TreeWalkResult::Ok };
            match odb.read_header(entry.id()) {
                Ok((bytes, _)) => {
                    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                    files.push((format!("{folder}{name}"), BranchFile { id: entry.id(), bytes }));
                    TreeWalkResult::Ok
                }
                Err(err) => {
                    failed = Some(err);
                    TreeWalkResult::Abort
                }
            }
        });
        match failed.map_or(walked, Err) {
            Ok(()) => Ok(files),
            Err(cause) => Err(self.git(cause)),
        }
    }

    /// The bytes of a file; `None` for one that is too large to be one of ours.
    pub fn bytes(&self, file: BranchFile) -> Result<Option<Vec<u8>>, BranchError> {
        if usize::try_from(file.bytes).is_ok_and(|bytes| bytes <= MAX_READ) {
            let blob = self.store.find_blob(file.id).map_err(|cause| self.git(cause))?;
            return Ok(Some(blob.content().to_vec()));
        }
        Ok(None)
    }

    /// Whether a file of the branch is the one at `path` on this machine.
    pub fn has(&self, file: BranchFile, path: &Utf8Path) -> Result<bool, BranchError> {
        let id = Oid::hash_file(ObjectType::Blob, path).map_err(|cause| self.git(cause))?;
        Ok(id == file.id)
    }

    /// Makes a commit of the newest one's files with changes.
    ///
    /// # Errors
    ///
    /// [`BranchError::Git`], when a file cannot be read or an object not be written.
    pub fn change(&self, change: &Change<'_>) -> Result<NewCommit, BranchError> {
        self.commit_change(change).map(NewCommit).map_err(|cause| self.git(cause))
    }

    fn commit_change(&self, change: &Change<'_>) -> Result<Oid, Error> {
        let tip = self.tip.map(|oid| self.store.find_commit(oid)).transpose()?;
        let mut index = Index::new()?;
        if let Some(tip) = &tip {
            index.read_tree(&tip.tree()?)?;
        }
        for path in change.remove {
            index.remove_path(path.as_ref())?;
        }
        for (path, content) in change.put {
            let id = match content {
                Content::File(file) => self.store.blob_path(file.as_std_path())?,
                Content::Bytes(bytes) => self.store.blob(bytes)?,
            };
            index.add(&entry(path, id))?;
        }
        let tree = self.store.find_tree(index.write_tree_to(&self.store)?)?;
        let parents: Vec<Commit<'_>> = match &tip {
            None => Vec::new(),
            Some(tip) => match change.history {
                History::Replace => tip.parents().collect(),
                History::Append => vec![tip.clone()],
            },
        };
        let parents: Vec<&Commit<'_>> = parents.iter().collect();
        let time = Time::new(change.seconds, 0);
        let own = self.store.signature().ok();
        let own = own.and_then(|s| Some((s.name().ok()?.to_owned(), s.email().ok()?.to_owned())));
        let (name, email) =
            own.unwrap_or_else(|| ("covatlas".to_owned(), "covatlas@localhost".to_owned()));
        let who = Signature::new(&name, &email, &time)?;
        self.store.commit(None, &who, &who, change.message, &tree, &parents)
    }

    /// Makes a commit the branch's newest one, unless somebody else wrote there since it was read.
    ///
    /// # Errors
    ///
    /// [`BranchError::Moved`], [`BranchError::Refused`] and failures of the network; the branch is
    /// then as it was.
    pub fn push(&self, commit: NewCommit) -> Result<(), BranchError> {
        self.store
            .reference(NEXT, commit.0, true, "covatlas: publish")
            .map_err(|cause| self.git(cause))?;
        let (mut moved, mut refused) = (false, None);
        let pushed = self.place.ask("push to", || {
            let expected = self.tip.unwrap_or(Oid::ZERO_SHA1);
            let mut callbacks = RemoteCallbacks::new();
            callbacks.push_negotiation(|updates| {
                moved = updates.iter().any(|update| update.src() != expected);
                if moved { Err(Error::from_str("the branch moved")) } else { Ok(()) }
            });
            callbacks.push_update_reference(|_, status| {
                refused = status.map(str::to_owned);
                Ok(())
            });
            let mut options = PushOptions::new();
            options
                .remote_callbacks(callbacks)
                .packbuilder_parallelism(0)
                .follow_redirects(RemoteRedirect::None);
            let mut remote = self.store.remote_anonymous(&self.place.address()?)?;
            // The server compares with what it told us, and only then changes the branch.
            remote.push(&[format!("+{NEXT}:{}", self.place.reference())], Some(&mut options))
        });
        if moved {
            return Err(BranchError::Moved(self.place.branch.clone()));
        }
        pushed?;
        match refused {
            None => Ok(()),
            // How git says that another push was faster.
            Some(text) if RACES.iter().any(|race| text.contains(race)) => {
                Err(BranchError::Moved(self.place.branch.clone()))
            }
            Some(text) => Err(BranchError::Refused(printable(&text))),
        }
    }

    fn commit(&self) -> Result<Option<Commit<'_>>, BranchError> {
        let commit = self.tip.map(|oid| self.store.find_commit(oid)).transpose();
        commit.map_err(|cause| self.git(cause))
    }

    fn tree(&self) -> Result<Option<Tree<'_>>, BranchError> {
        let tree = self.commit()?.map(|commit| commit.tree()).transpose();
        tree.map_err(|cause| self.git(cause))
    }

    fn git(&self, cause: Error) -> BranchError {
        BranchError::Git { what: "write", url: self.path.to_string(), cause }
    }
}

/// Gets the branch's newest commit, with the one before it, which a new commit may name.
fn fetch(place: &Place, store: &Repository) -> Result<Option<Oid>, Error> {
    let mut remote = store.remote_anonymous(&place.address()?)?;
    let name = place.reference();
    let is_there = {
        let connection = remote.connect_auth(git2::Direction::Fetch, None, None)?;
        connection.list()?.iter().any(|head| head.name() == name)
    };
    if !is_there {
        return Ok(None);
    }
    let mut options = FetchOptions::new();
    // libgit2 cannot fetch a part of what is on this machine.
    let depth = if place.url.local().is_some() { 0 } else { 2 };
    options
        .depth(depth)
        .download_tags(AutotagOption::None)
        .follow_redirects(RemoteRedirect::None)
        .update_fetchhead(false);
    let mut remote = store.remote_anonymous(&place.address()?)?;
    remote.fetch(&[format!("+{name}:{TIP}")], Some(&mut options), None)?;
    match store.refname_to_id(TIP) {
        Ok(oid) => Ok(Some(oid)),
        Err(err) if err.code() == ErrorCode::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

fn entry(path: &str, id: Oid) -> IndexEntry {
    let time = IndexTime::new(0, 0);
    IndexEntry {
        ctime: time,
        mtime: time,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
