//! All repositories of a collection: find the files of all builds in them, read texts.

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
    git::{self, FetchError},
    resolve::{Build, BuildFile, Named, Resolved, Resolver},
};
use crate::{
    collection::Collection,
    db::{self, BuildRow, Database, DbError, ImageSource, PackedMeta},
    image::EvidenceKind,
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
    /// The disk takes no more.
    #[error("the disk takes no more: what was fetched is safe, and a re-run goes on from here")]
    Disk(#[source] Box<FetchError>),
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

/// The texts of a collection that stand in the commit which was asked for, not in one that stands in
/// for it.
pub struct ExactTexts<'a>(pub Repositories<'a>);

impl TextSource for ExactTexts<'_> {
    fn text(&self, repo: &str, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.0.checkout(repo, commit).filter(|checkout| checkout.is_exact())?.read(path)
    }
}

impl TextSource for Repositories<'_> {
    fn text(&self, repo: &str, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.checkout(repo, commit)?.read(path)
    }

    fn paths(&self, repo: &str, commit: &str) -> Option<Vec<String>> {
        Some(self.checkout(repo, commit)?.files().map(str::to_owned).collect())
    }
}
