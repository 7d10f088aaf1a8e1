//! All repositories of a collection: fetch them, find the files of all builds in them, read texts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use covdata::Unit;
use rayon::prelude::*;
use thiserror::Error;

use super::{
    Checkout, TextSource,
    anchor::FuncUnits,
    git::{self, FetchOptions, Fetched},
    resolve::{Build, BuildFile, Named, Resolved, Resolver},
};
use crate::{
    collection::Collection,
    db::{self, BuildRow, Database, DbError, ImageSource, PackedMeta},
    image::{Commit, EvidenceKind, LocalGit, RepoUrl},
    problems::{Problem, Problems},
    profile::BuildTable,
};

/// Why the sources cannot be worked on at all.
#[derive(Debug, Error)]
pub enum SourcesError {
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
    /// No threads.
    #[error("cannot start threads to fetch with")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

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
}

/// Fetches the commits of all builds, `n_threads` at a time.
///
/// A repository that cannot be had is a note; of a server that cannot be reached there is one note,
/// which names all repositories that it was to give.
///
/// # Errors
/// [`SourcesError`].
pub fn fetch_all(
    collection: &Collection,
    db: &mut Database,
    options: &FetchOptions,
    n_threads: usize,
) -> Result<FetchSummary, SourcesError> {
    let mut summary = FetchSummary::default();
    let wanted = wanted(db, &mut summary.problems)?;
    let were_there: Vec<bool> = wanted.par_iter().map(|w| is_there(collection, w)).collect();
    let unreachable = Mutex::new(BTreeSet::new());
    let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads.max(1)).build()?;
    let outcomes: Vec<Outcome> = threads.install(|| {
        wanted.par_iter().map(|w| fetch_one(collection, w, options, &unreachable)).collect()
    });
    let mut silent: BTreeMap<String, Silent> = BTreeMap::new();
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
        }
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
    unreachable: &Mutex<BTreeSet<String>>,
) -> Outcome {
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
    if unreachable.lock().unwrap_or_else(PoisonError::into_inner).contains(&server) {
        return Outcome::Unreachable { server, tried: None };
    }
    tracing::debug!(repo = wanted.repo, commit = wanted.commit, "fetching");
    match git::fetch(&url, &commit, &collection.repo_dir(&wanted.repo), options) {
        Ok(fetched) => Outcome::Fetched(fetched),
        Err(err) => {
            let problem = problem().caused_by(&err).remedy(err.remedy());
            if !err.is_unreachable() {
                return Outcome::Failed(problem);
            }
            unreachable.lock().unwrap_or_else(PoisonError::into_inner).insert(server.clone());
            Outcome::Unreachable { server, tried: Some(problem) }
        }
    }
}

/// When files are looked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// When builds, evidence or commits are others than the last time.
    WhenChanged,
    /// In any case: a repository may have been repaired.
    Always,
}

/// Finds the files of all builds in the repositories that are there, and stores where they are.
///
/// # Errors
/// [`SourcesError::Db`].
pub fn resolve_all(
    collection: &Collection,
    db: &mut Database,
    when: Resolve,
) -> Result<(), SourcesError> {
    find_checkouts(collection, db)?;
    let input = resolve_input(db)?;
    if when == Resolve::WhenChanged && db.fact("resolved_from")?.as_ref() == Some(&input) {
        return Ok(());
    }
    let repositories = Repositories::new(collection);
    let keys: Vec<(String, String)> =
        db.checkouts()?.into_iter().map(|c| (c.repo, c.commit)).collect();
    let checkouts: Vec<Arc<Checkout>> =
        keys.par_iter().filter_map(|(repo, commit)| repositories.checkout(repo, commit)).collect();
    let resolver = Resolver::new(checkouts.iter().map(Arc::as_ref));
    let excluded = db.excluded_files()?;
    let owners = owner_names(db)?;
    let sources: BTreeMap<i64, ImageSource> =
        db.build_sources()?.into_iter().map(|s| (s.build_id, s.source)).collect();
    let mut builds = Vec::new();
    for (id, row) in db.builds()? {
        builds.push((id, row, db.packed_meta(id)?));
    }
    let found: Vec<Vec<db::Resolution>> = builds
        .par_iter()
        .map(|(id, row, meta)| {
            let owners = owners.get(id).map(Vec::as_slice).unwrap_or_default();
            resolve_build(&resolver, *id, row, meta, &excluded, sources.get(id), owners)
        })
        .collect();
    let rows: Vec<db::Resolution> = found.into_iter().flatten().collect();
    Ok(db.put_resolutions(&rows, &input)?)
}

/// Tells the database of the commits that are in `repos/` and that it does not know, as after it was
/// made anew.
fn find_checkouts(collection: &Collection, db: &Database) -> Result<(), DbError> {
    let known: BTreeSet<(String, String)> =
        db.checkouts()?.into_iter().map(|c| (c.repo, c.commit)).collect();
    let urls: BTreeMap<String, String> =
        db.build_sources()?.into_iter().map(|s| (s.source.repo, s.source.url)).collect();
    for repo in collection.repos() {
        let url = urls.get(&repo).cloned().unwrap_or_else(|| format!("https://{repo}"));
        for (commit, text_commit) in git::stored(&collection.repo_dir(&repo)) {
            if !known.contains(&(repo.clone(), commit.clone())) {
                let (repo, url) = (repo.clone(), url.clone());
                db.put_checkout(&db::Checkout { repo, commit, url, text_commit })?;
            }
        }
    }
    Ok(())
}

/// A digest of everything that resolutions depend on.
fn resolve_input(db: &Database) -> Result<String, DbError> {
    let builds: Vec<(i64, String)> =
        db.builds()?.into_iter().map(|(id, row)| (id, row.hash)).collect();
    let everything = format!(
        "{builds:?} {:?} {:?} {:?} {:?}",
        db.build_sources()?,
        db.checkouts()?,
        owner_names(db)?,
        db.excluded_files()?,
    );
    Ok(blake3::hash(everything.as_bytes()).to_hex().to_string())
}

/// Names of the owners of each build.
fn owner_names(db: &Database) -> Result<BTreeMap<i64, Vec<String>>, DbError> {
    let names: BTreeMap<i64, String> =
        db.owners()?.into_iter().map(|o| (o.id, o.key.name)).collect();
    let mut by_build: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in db.owner_builds()? {
        by_build.entry(row.build_id).or_default().extend(names.get(&row.owner_id).cloned());
    }
    Ok(by_build)
}

fn resolve_build(
    resolver: &Resolver<'_>,
    build_id: i64,
    row: &BuildRow,
    meta: &PackedMeta,
    excluded: &[String],
    source: Option<&ImageSource>,
    owners: &[String],
) -> Vec<db::Resolution> {
    // A meta file that was stored decoded before; if not, the build stays unresolved.
    let Some(table) = meta.to_table(excluded) else { return Vec::new() };
    debug_assert_eq!(table.hash().to_string(), row.hash, "the stored meta file is its build's");
    let named: Vec<Named> = source.into_iter().filter_map(named).collect();
    let units = units_of_funcs(&table);
    let funcs: Vec<FuncUnits<'_>> = table
        .funcs()
        .iter()
        .zip(&units)
        .map(|(f, units)| FuncUnits { name: &f.name, literal: f.is_literal, units })
        .collect();
    // Text profiles know no funcs: only the positions of their units can be checked.
    let nameless: Vec<FuncUnits<'_>> = table
        .files()
        .iter()
        .map(|file| FuncUnits { name: "", literal: false, units: table.units_of(file) })
        .collect();
    let files: Vec<BuildFile<'_>> = table
        .files()
        .iter()
        .enumerate()
        .map(|(idx, file)| BuildFile {
            path: &file.path,
            module: &file.module,
            funcs: match funcs.get(file.funcs.clone()).unwrap_or_default() {
                [] => nameless.get(idx).map(std::slice::from_ref).unwrap_or_default(),
                funcs => funcs,
            },
        })
        .collect();
    let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
    let found = resolver.resolve(&Build { named: &named, owners: &owners, files: &files });
    found.into_iter().enumerate().map(|(idx, r)| stored(build_id, idx, r)).collect()
}

fn named(source: &ImageSource) -> Option<Named> {
    Some(Named {
        kind: source.evidence.parse::<EvidenceKind>().ok()?,
        repo: source.repo.clone(),
        commit: (!source.commit.is_empty()).then(|| source.commit.clone()),
    })
}

/// The units of each func, the one that starts its body first.
fn units_of_funcs(table: &BuildTable) -> Vec<Vec<Unit>> {
    let mut units: Vec<Vec<Unit>> = vec![Vec::new(); table.funcs().len()];
    for (unit, func) in table.units_with_funcs() {
        if let Some(own) = units.get_mut(func) {
            own.push(*unit);
        }
    }
    for own in &mut units {
        own.sort_by_key(|u| (u.start_line, u.start_col));
    }
    units
}

fn stored(build_id: i64, idx: usize, resolved: Resolved) -> db::Resolution {
    let Resolved { resolution, place, reason, generated } = resolved;
    let place = place.map(|p| (p.repo, p.wanted, p.path, p.evidence.to_string()));
    let (repo, commit, repo_path, evidence) = place.unwrap_or_default();
    db::Resolution {
        build_id,
        idx,
        repo,
        commit,
        repo_path,
        evidence,
        resolution: resolution.to_string(),
        reason: reason.unwrap_or_default(),
        generated,
    }
}

/// The repositories of a collection, each commit opened once. Shared between threads.
pub struct Repositories<'a> {
    collection: &'a Collection,
    open: Mutex<OpenCheckouts>,
}

/// By repository and wanted commit; `None`: not there or not readable.
type OpenCheckouts = BTreeMap<(String, String), Option<Arc<Checkout>>>;

impl<'a> Repositories<'a> {
    /// Of a collection; nothing is opened yet.
    pub fn new(collection: &'a Collection) -> Self {
        // When libgit2 refuses its settings it refuses to open repositories too, which then counts
        // as "not readable".
        covatlas_remote::git::install().ok();
        Self { collection, open: Mutex::default() }
    }

    /// A commit, by the name that evidence gives it; `None` when it is not there or not readable.
    fn checkout(&self, repo: &str, wanted: &str) -> Option<Arc<Checkout>> {
        let key = (repo.to_owned(), wanted.to_owned());
        if let Some(known) = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let opened = git::open(&self.collection.repo_dir(repo), repo, wanted);
        let checkout = opened.ok().flatten().map(Arc::new);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.entry(key).or_insert(checkout).clone()
    }
}

impl TextSource for Repositories<'_> {
    fn text(&self, repo: &str, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.checkout(repo, commit)?.read(path)
    }
}
