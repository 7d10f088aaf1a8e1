//! Getting one commit of a repository.

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_remote::git::{self as web, Limits, Login, Usage, WebFailure};
use git2::{
    AutotagOption, ErrorClass, ErrorCode, FetchOptions as GitOptions, Oid, RemoteCallbacks,
    RemoteRedirect, Repository,
};

use super::lock::StoreLock;
use super::mirror::{self, Target};
use super::store::{
    adopt, forget_private, is_private, local_folder, make_store, note_private, open_store,
    remove_store,
};
use super::{Existing, Fallback, FetchError, FetchOptions, exact_ref, fallback_ref};
use crate::image::{Commit, RepoUrl};

/// The ref of a commit that is not checked yet.
const STAGED: &str = "refs/cov-staged";

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The whole id of the commit that is now in the store.
    pub commit: String,
    /// Why another commit stands in for the wanted one. `None` when it is the wanted one.
    pub fallback: Option<String>,
    /// Bytes received.
    pub bytes: u64,
    /// Whether it was in the store before, and nothing was asked.
    pub skipped: bool,
}

impl Fetched {
    /// Whether this is the wanted commit.
    pub fn is_exact(&self) -> bool {
        self.fallback.is_none()
    }
}

/// Gets `commit` of the repository at `url` into the store at `dest`, which is made when it is
/// missing. Nothing is asked when the commit is there already; one that only has a stand-in is
/// asked for again.
///
/// Blocks; one thread at a time for each store, others wait.
///
/// # Errors
///
/// See [`FetchError`]. The store stays readable, with all commits it had.
pub fn fetch(
    url: &RepoUrl,
    commit: &Commit,
    dest: &Utf8Path,
    options: &FetchOptions,
) -> Result<Fetched, FetchError> {
    let target = mirror::target(url, &options.mirrors, options.local)?;
    let _lock = StoreLock::wait(dest);
    let store = make_store(dest)?;
    let deadline = Instant::now().checked_add(options.timeout);
    let job = Job { store: &store, dest, target: &target, wanted: commit, options, deadline };
    if options.existing == Existing::Again {
        return again(&job);
    }
    if let Some(found) = job.stored()? {
        return Ok(Fetched { commit: found, fallback: None, bytes: 0, skipped: true });
    }
    job.fetch()
}

/// Fetches into a store of its own, so that nothing that is there stands in for what should come,
/// and only then gives everything to the store of `job`.
fn again(job: &Job<'_>) -> Result<Fetched, FetchError> {
    let fresh = Utf8PathBuf::from(format!("{}.again", job.dest));
    remove_store(&fresh)?;
    let fetched = {
        let store = make_store(&fresh)?;
        Job { store: &store, dest: &fresh, ..*job }.fetch()?
    };
    adopt(&fresh, job.dest)?;
    if is_private(&fresh) {
        note_private(job.dest)?;
    }
    remove_store(&fresh)?;
    let named = Oid::from_str(&fetched.commit)
        .and_then(|oid| if fetched.is_exact() { job.keep(oid) } else { job.stand_in(oid) });
    named.map_err(|cause| FetchError::Store { path: job.dest.to_owned(), cause })?;
    Ok(fetched)
}

/// The server that a fetch of `url` asks, after mirrors: `host` or `host:port`. `None` for a
/// repository on this machine and for a mirror that leads nowhere.
///
/// Once it could not be reached ([`FetchError::is_unreachable`]), other repositories there need
/// not be tried.
pub fn server(url: &RepoUrl, options: &FetchOptions) -> Option<String> {
    let target = mirror::target(url, &options.mirrors, options.local).ok()?;
    target.url.server().map(str::to_owned)
}

/// Whether the store at `dest` has the commit itself, so that a fetch would ask nothing.
pub fn is_there(dest: &Utf8Path, commit: &Commit) -> bool {
    open_store(dest).is_ok_and(|store| find(&store, commit).is_some())
}

/// The wanted commit, when the store has it with its tree.
fn find(store: &Repository, wanted: &Commit) -> Option<Oid> {
    let wanted = wanted.as_str();
    let by_ref = store.refname_to_id(&exact_ref(wanted)).ok();
    // A whole id may also be there as another commit's stand-in, or under a shortened name.
    let by_id = || Oid::from_str(wanted).ok().filter(|_| wanted.len() == 40);
    let is_whole = |oid: &Oid| store.find_commit(*oid).is_ok_and(|commit| commit.tree().is_ok());
    by_ref.or_else(by_id).filter(is_whole)
}

/// Why a job ended without a commit.
enum Stop {
    Git(git2::Error),
    NoCommit(String),
}

impl From<git2::Error> for Stop {
    fn from(err: git2::Error) -> Self {
        Self::Git(err)
    }
}

#[derive(Clone, Copy)]
struct Job<'a> {
    store: &'a Repository,
    dest: &'a Utf8Path,
    target: &'a Target,
    wanted: &'a Commit,
    options: &'a FetchOptions,
    /// `None` when the clock cannot count that far.
    deadline: Option<Instant>,
}

impl Job<'_> {
    /// Fetches as anybody, and where that is refused with a login, if there is one.
    fn fetch(&self) -> Result<Fetched, FetchError> {
        let login = self.target.login.as_ref().or(self.options.logins.find(&self.target.url));
        match (self.fetch_as(None), login) {
            (Err(err), Some(login)) if err.is_closed() => {
                // First of all, so that nothing of it is ever taken for public.
                let was_private = is_private(self.dest);
                note_private(self.dest)?;
                let result = self.fetch_as(Some(login));
                if result.is_err() && !was_private {
                    forget_private(self.dest);
                }
                result
            }
            (result, _) => result,
        }
    }

    /// Fetches under the limits of the options.
    fn fetch_as(&self, login: Option<&Login>) -> Result<Fetched, FetchError> {
        let limits = Limits { time: self.options.timeout, bytes: self.options.max_bytes };
        let (result, Usage { bytes, failure }) = web::with_limits(limits, login, || self.run());
        self.forget_staged();
        let (commit, fallback) = result.map_err(|stop| self.error(stop, failure))?;
        Ok(Fetched { commit: commit.to_string(), fallback, bytes, skipped: false })
    }

    /// The wanted commit, when the store has it.
    fn stored(&self) -> Result<Option<String>, FetchError> {
        let Some(oid) = find(self.store, self.wanted) else { return Ok(None) };
        self.keep(oid).map_err(|cause| FetchError::Store { path: self.dest.to_owned(), cause })?;
        Ok(Some(oid.to_string()))
    }

    /// Names the wanted commit, and forgets what stood in for it.
    fn keep(&self, oid: Oid) -> Result<(), git2::Error> {
        let wanted = self.wanted.as_str();
        self.store.reference(&exact_ref(wanted), oid, true, "covatlas: fetch")?;
        if let Ok(mut stand_in) = self.store.find_reference(&fallback_ref(wanted)) {
            stand_in.delete()?;
        }
        Ok(())
    }

    fn run(&self) -> Result<(Oid, Option<String>), Stop> {
        let exact = match self.target.url.local() {
            Some(path) => self.local(&path),
            None => self.exact(),
        };
        let reason = match exact {
            Ok(oid) => {
                self.keep(oid)?;
                return Ok((oid, None));
            }
            Err(Stop::NoCommit(reason)) => reason,
            Err(stop) => return Err(stop),
        };
        if self.options.fallback == Fallback::None {
            return Err(Stop::NoCommit(reason));
        }
        let oid = match self.target.url.local() {
            Some(_) => self.store.refname_to_id("refs/cov-local/HEAD")?,
            None => self.get("HEAD")?,
        };
        self.store.find_commit(oid)?.tree()?;
        self.stand_in(oid)?;
        Ok((oid, Some(reason)))
    }

    /// Names the commit that stands in for the wanted one.
    fn stand_in(&self, oid: Oid) -> Result<(), git2::Error> {
        let name = fallback_ref(self.wanted.as_str());
        self.store.reference(&name, oid, true, "covatlas: fallback").map(drop)
    }

    /// Asks for exactly the wanted commit, without history.
    fn exact(&self) -> Result<Oid, Stop> {
        let wanted = self.wanted.as_str();
        if wanted.len() == 40 {
            match self.get(wanted) {
                Ok(oid) => return self.check(oid),
                Err(err) if is_no_commit(&err) => {}
                Err(err) => return Err(err.into()),
            }
        }
        // A server that gives only what it advertises may advertise just this commit; and a
        // shortened id can only be found there.
        let name = self.advertised()?;
        let oid = self.get(&name)?;
        self.check(self.store.find_object(oid, None)?.peel_to_commit()?.id())
    }

    /// The branch or tag that stands at the wanted commit.
    fn advertised(&self) -> Result<String, Stop> {
        let wanted = self.wanted;
        let mut remote = self.store.remote_anonymous(&self.target.url.to_string())?;
        let connection = remote.connect_auth(git2::Direction::Fetch, None, None)?;
        let mut found: Vec<(String, Oid)> = connection
            .list()?
            .iter()
            .filter(|head| wanted.names(&head.oid().to_string()))
            .filter_map(|head| Some((fetchable(head.name())?.to_owned(), head.oid())))
            .collect();
        found.sort();
        let ambiguous = found.iter().any(|(_, oid)| Some(*oid) != found.first().map(|f| f.1));
        match found.into_iter().next() {
            Some((name, _)) if !ambiguous => Ok(name),
            Some(_) => Err(Stop::NoCommit("the shortened id fits several commits".to_owned())),
            None if self.wanted.is_full() => {
                Err(Stop::NoCommit("the server does not have it or does not give it".to_owned()))
            }
            None => Err(Stop::NoCommit(
                "no branch or tag stands at it, and a server can only be asked for a whole id"
                    .to_owned(),
            )),
        }
    }

    /// Gets everything from a repository on this machine: libgit2 cannot do less there.
    fn local(&self, path: &str) -> Result<Oid, Stop> {
        let source = local_folder(path)?;
        let specs = ["+refs/*:refs/cov-local/refs/*", "+HEAD:refs/cov-local/HEAD"];
        let mut remote = self.store.remote_anonymous(&source)?;
        remote.fetch(&specs, Some(&mut self.git_options(0)), None)?;
        let wanted = self.wanted.as_str();
        match self.store.revparse_single(wanted).and_then(|object| object.peel_to_commit()) {
            Ok(commit) => self.check(commit.id()),
            Err(_) => Err(Stop::NoCommit("no branch or tag there leads to it".to_owned())),
        }
    }

    fn check(&self, oid: Oid) -> Result<Oid, Stop> {
        let commit = self.store.find_commit(oid)?;
        commit.tree()?;
        if self.wanted.names(&oid.to_string()) {
            Ok(oid)
        } else {
            Err(Stop::NoCommit("the server sent another commit".to_owned()))
        }
    }

    /// One fetch, without history. The result gets no name until it is checked: a branch may
    /// move between two requests.
    fn get(&self, what: &str) -> Result<Oid, git2::Error> {
        let mut remote = self.store.remote_anonymous(&self.target.url.to_string())?;
        let spec = format!("+{what}:{STAGED}");
        remote.fetch(&[spec], Some(&mut self.git_options(1)), None)?;
        self.store.refname_to_id(STAGED)
    }

    fn forget_staged(&self) {
        // When it stays, the next fetch overwrites it.
        self.store.find_reference(STAGED).and_then(|mut staged| staged.delete()).ok();
    }

    fn git_options(&self, depth: i32) -> GitOptions<'_> {
        let mut callbacks = RemoteCallbacks::new();
        let (max_bytes, deadline) = (self.options.max_bytes, self.deadline);
        callbacks.transfer_progress(move |progress| {
            let bytes = u64::try_from(progress.received_bytes()).unwrap_or(u64::MAX);
            let in_time = deadline.is_none_or(|deadline| Instant::now() < deadline);
            in_time && bytes <= max_bytes
        });
        let mut options = GitOptions::new();
        options
            .remote_callbacks(callbacks)
            .depth(depth)
            .download_tags(AutotagOption::None)
            .follow_redirects(RemoteRedirect::None)
            .update_fetchhead(false);
        options
    }

    fn error(&self, stop: Stop, failure: Option<WebFailure>) -> FetchError {
        let url = self.target.url.to_string();
        match (stop, failure) {
            (_, Some(cause)) => FetchError::Web { url, cause },
            (Stop::NoCommit(reason), None) => {
                FetchError::NoCommit { url, commit: self.wanted.to_string(), reason }
            }
            // Our own callback stopped it.
            (Stop::Git(cause), None) if cause.code() == ErrorCode::User => {
                let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
                let cause = if late {
                    WebFailure::TimedOut(self.options.timeout.as_secs())
                } else {
                    WebFailure::TooLarge(self.options.max_bytes)
                };
                FetchError::Web { url, cause }
            }
            (Stop::Git(cause), None) if is_ours(&cause) => {
                FetchError::Store { path: self.dest.to_owned(), cause }
            }
            (Stop::Git(cause), None) => FetchError::Git { url, cause },
        }
    }
}

/// The name to ask for what a server advertises under `name`, when it can stand in a refspec.
fn fetchable(name: &str) -> Option<&str> {
    // `v1^{}` is the commit of the tag `v1`.
    let name = name.strip_suffix("^{}").unwrap_or(name);
    let ordinary = name.starts_with("refs/") && git2::Reference::is_valid_name(name);
    (name == "HEAD" || ordinary).then_some(name)
}

/// Whether the server refused this commit, and may still give others.
fn is_no_commit(err: &git2::Error) -> bool {
    let refusals = ["specific object", "not our ref", "unadvertised object"];
    refusals.iter().any(|part| err.message().contains(part))
}

/// Whether the fault is on this machine's disk.
fn is_ours(err: &git2::Error) -> bool {
    matches!(err.class(), ErrorClass::Os | ErrorClass::Filesystem | ErrorClass::Odb)
}
