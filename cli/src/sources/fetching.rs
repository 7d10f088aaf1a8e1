//! Fetching the commits of all builds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rayon::prelude::*;

use super::{
    SourcesError,
    git::{self, FetchError, FetchOptions, Fetched},
};
use crate::{
    collection::Collection,
    db::{self, Database, DbError, ImageSource},
    image::{Commit, LocalGit, RepoUrl},
    meter::Meter,
    problems::{Problem, Problems},
};

/// What was fetched.
#[derive(Debug, Default)]
pub struct FetchSummary {
    /// Commits that were fetched.
    pub fetched: usize,
    /// Commits that were there.
    pub skipped: usize,
    /// Commits that another one stands in for.
    pub fallbacks: usize,
    /// Commits that could not be had, nor anything in their place.
    pub failed: usize,
    /// Bytes received.
    pub bytes: u64,
    /// What went wrong.
    pub problems: Problems,
}

/// A commit that some build was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    repo: String,
    commit: String,
    url: String,
}

/// What became of a commit.
enum Outcome {
    Fetched(Fetched),
    Failed(Problem),
    /// Its server cannot be reached, or could not be before: then nobody tried again.
    Unreachable {
        server: String,
        tried: Option<Problem>,
    },
    /// The disk takes no more; nothing is tried after that.
    Stopped(Option<FetchError>),
}

impl Outcome {
    /// Bytes received.
    fn bytes(&self) -> u64 {
        if let Self::Fetched(fetched) = self { fetched.bytes } else { 0 }
    }
}

/// What fetches tell those that come after them.
#[derive(Default)]
struct Known {
    /// Servers that cannot be reached.
    unreachable: Mutex<BTreeSet<String>>,
    is_disk_full: AtomicBool,
}

/// Fetches the commits of all builds, `n_threads` at a time.
///
/// A repository that cannot be had is a note; of a server that cannot be reached there is one note,
/// which names all repositories that it was to give. `meter` tells, from any thread, how far it is.
///
/// # Errors
/// [`SourcesError`].
pub fn fetch_all(
    collection: &Collection,
    db: &mut Database,
    options: &FetchOptions,
    n_threads: usize,
    meter: &Meter,
) -> Result<FetchSummary, SourcesError> {
    let mut summary = FetchSummary::default();
    let wanted = wanted(db, &mut summary.problems)?;
    let were_there: Vec<bool> = wanted.par_iter().map(|w| is_there(collection, w)).collect();
    let known = Known::default();
    for _ in &wanted {
        meter.add_wanted(0);
    }
    meter.end_listing();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads.max(1)).build()?;
    let one = |wanted: &Wanted| {
        let outcome = fetch_one(collection, wanted, options, &known);
        meter.add_done(outcome.bytes());
        outcome
    };
    let outcomes: Vec<Outcome> = threads.install(|| wanted.par_iter().map(one).collect());
    let (mut silent, mut stopped) = (BTreeMap::<String, Silent>::new(), None);
    for ((wanted, outcome), was_there) in wanted.into_iter().zip(outcomes).zip(were_there) {
        match outcome {
            Outcome::Fetched(fetched) => {
                summary.bytes = summary.bytes.saturating_add(fetched.bytes);
                // One that another one's fetch brought along was fetched too.
                let is_old = fetched.skipped && was_there;
                *(if is_old { &mut summary.skipped } else { &mut summary.fetched }) += 1;
                if let Some(reason) = &fetched.fallback {
                    summary.fallbacks += 1;
                    summary.problems.push(fallback_note(&wanted, &fetched, reason));
                }
                db.put_checkout(&db::Checkout {
                    repo: wanted.repo,
                    commit: wanted.commit,
                    url: wanted.url,
                    text_commit: fetched.commit,
                })?;
            }
            Outcome::Failed(problem) => {
                summary.failed += 1;
                summary.problems.push(problem);
            }
            Outcome::Unreachable { server, tried } => {
                summary.failed += 1;
                let silent = silent.entry(server).or_default();
                silent.repos.insert(wanted.repo);
                silent.problem = silent.problem.take().or(tried);
            }
            Outcome::Stopped(why) => stopped = stopped.or(why),
        }
    }
    if let Some(why) = stopped {
        return Err(SourcesError::Disk(Box::new(why)));
    }
    summary.problems.extend(silent.into_iter().filter_map(|(server, silent)| silent.note(server)));
    let stored: Vec<_> =
        summary.problems.iter().map(|p| db::StoredProblem::of("clone-sources", "", p)).collect();
    db.put_problems("clone-sources", &stored)?;
    Ok(summary)
}

fn is_there(collection: &Collection, wanted: &Wanted) -> bool {
    let commit = wanted.commit.parse::<Commit>();
    commit.is_ok_and(|commit| git::is_there(&collection.repo_dir(&wanted.repo), &commit))
}

/// A server that does not answer.
#[derive(Default)]
struct Silent {
    /// What came of asking it first.
    problem: Option<Problem>,
    /// What it was to give.
    repos: BTreeSet<String>,
}

impl Silent {
    fn note(self, server: String) -> Option<Problem> {
        let mut problem = self.problem?;
        problem.item = server;
        if self.repos.len() > 1 {
            let repos: Vec<String> = self.repos.into_iter().collect();
            problem.cause = format!("{}; it was to give {}", problem.cause, repos.join(", "));
        }
        Some(problem)
    }
}

fn fallback_note(wanted: &Wanted, fetched: &Fetched, reason: &str) -> Problem {
    let Wanted { repo, commit, url } = wanted;
    Problem::note("fallback", repo.clone())
        .at(url)
        .because(format!(
            "commit {commit} is not to be had ({reason}): {} stands in",
            fetched.commit
        ))
        .remedy("texts that do not fit are shown without colours; --fallback none forbids it")
}

/// The commits of all builds, each once.
fn wanted(db: &Database, problems: &mut Problems) -> Result<Vec<Wanted>, DbError> {
    let (mut wanted, mut without_commit) = (BTreeSet::new(), BTreeSet::new());
    for ImageSource { repo, commit, url, .. } in
        db.build_sources()?.into_iter().map(|row| row.source)
    {
        if commit.is_empty() {
            without_commit.insert((repo, url));
        } else {
            wanted.insert(Wanted { repo, commit, url });
        }
    }
    for (repo, url) in without_commit {
        let problem = Problem::note("no-commit", repo).at(url);
        let problem = problem.because("the repository is known, but not the commit");
        problems.push(problem.remedy("name it with --images FILE and compile again"));
    }
    Ok(wanted.into_iter().collect())
}

fn fetch_one(
    collection: &Collection,
    wanted: &Wanted,
    options: &FetchOptions,
    known: &Known,
) -> Outcome {
    if known.is_disk_full.load(Ordering::Relaxed) {
        return Outcome::Stopped(None);
    }
    let problem = || Problem::note("source", wanted.repo.clone()).at(&wanted.url);
    let parsed = RepoUrl::parse(&wanted.url, LocalGit::Allow)
        .map_err(|err| problem().caused_by(&err))
        .and_then(|url| match wanted.commit.parse::<Commit>() {
            Ok(commit) => Ok((url, commit)),
            Err(err) => Err(problem().caused_by(&err)),
        });
    let (url, commit) = match parsed {
        Ok(parsed) => parsed,
        Err(problem) => return Outcome::Failed(problem.remedy("correct it with --images FILE")),
    };
    // With mirrors this is not always the host of the address.
    let server = git::server(&url, options).unwrap_or_default();
    let unreachable = || known.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
    if unreachable().contains(&server) {
        return Outcome::Unreachable { server, tried: None };
    }
    tracing::debug!(repo = wanted.repo, commit = wanted.commit, "fetching");
    match git::fetch(&url, &commit, &collection.repo_dir(&wanted.repo), options) {
        Ok(fetched) => Outcome::Fetched(fetched),
        Err(err) if err.is_about_disk() => {
            known.is_disk_full.store(true, Ordering::Relaxed);
            Outcome::Stopped(Some(err))
        }
        Err(err) => {
            let problem = problem().caused_by(&err).remedy(err.remedy());
            if !err.is_unreachable() {
                return Outcome::Failed(problem);
            }
            unreachable().insert(server.clone());
            Outcome::Unreachable { server, tried: Some(problem) }
        }
    }
}
