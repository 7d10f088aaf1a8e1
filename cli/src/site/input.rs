//! What a site is made of, read from the database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    Redaction, RenderError,
    packs::{FileRef, location},
};
use crate::{
    db::{
        BuildRow, BuildSource, Checkout, Database, OwnerBuildRow, OwnerRecord, Packed,
        PackedCounts, ProcessRow, ReportRow, Resolution, StoredProblem,
    },
    profile::{BuildTable, FileDigest},
};

/// Everything about one build.
#[derive(Debug)]
pub struct BuildInput {
    /// The build.
    pub row: BuildRow,
    /// Its units.
    pub table: Arc<BuildTable>,
    /// The repository and commit of most of its files.
    pub source: Option<BuildSource>,
    /// Where its files are, in the order of the table; `None`: unresolved.
    pub resolutions: Vec<Option<Resolution>>,
    /// What its owners ran: position in [`Input::rows`], and numbers.
    pub counts: Vec<(usize, PackedCounts)>,
    /// Its processes, in the order of the rows.
    pub processes: Vec<ProcessInput>,
}

/// One process of a build.
#[derive(Debug)]
pub struct ProcessInput {
    /// Position in [`Input::rows`].
    pub row: usize,
    /// Position in [`Input::reports`].
    pub report: usize,
    /// Its numbers.
    pub process: ProcessRow,
    /// The units that it ran.
    pub bits: Packed,
}

/// One owner with one build, and what is shown of it.
#[derive(Debug)]
pub struct RowInput {
    /// Position in [`Input::owners`].
    pub owner: usize,
    /// Position in [`Input::builds`].
    pub build: usize,
    /// Its numbers.
    pub row: OwnerBuildRow,
    /// Positions in [`Input::reports`].
    pub reports: Vec<usize>,
}

/// A whole collection.
#[derive(Debug)]
pub struct Input {
    /// Builds, sorted by binary and hash.
    pub builds: Vec<BuildInput>,
    /// Owners that are shown, sorted by key.
    pub owners: Vec<OwnerRecord>,
    /// Owners' builds, in the order of owners, newest build first.
    pub rows: Vec<RowInput>,
    /// All reports.
    pub reports: Vec<ReportRow>,
    /// Commits in `repos/`: (repo, wanted commit) to the checkout.
    pub checkouts: BTreeMap<(String, String), Checkout>,
    /// All problems.
    pub problems: Vec<StoredProblem>,
    /// Base names of files that are left out.
    pub excluded: Vec<String>,
}

/// What of a collection a site shows.
pub struct Shown<'a> {
    /// Whether an owner is shown.
    pub owner: &'a dyn Fn(&OwnerRecord) -> bool,
    /// Names that get pseudonyms.
    pub redaction: &'a Redaction,
    /// Repositories (`host/org/repo`) whose text is left out.
    pub private: &'a BTreeSet<String>,
    /// What else the site says was left out.
    pub notes: Vec<StoredProblem>,
}

impl Input {
    /// Reads what is shown.
    ///
    /// # Errors
    /// [`RenderError::Db`], [`RenderError::Meta`], and [`RenderError::Empty`] when no owner is left.
    pub fn read(db: &Database, shown: Shown<'_>) -> Result<Self, RenderError> {
        let excluded = db.excluded_files()?;
        let mut owners: Vec<OwnerRecord> = db.owners()?.into_iter().filter(shown.owner).collect();
        if owners.is_empty() {
            let hint = "the database holds none, or --owner and --skip-owner leave none";
            return Err(RenderError::Empty(hint.to_owned()));
        }
        let (report_ids, mut reports): (Vec<i64>, Vec<ReportRow>) =
            db.reports()?.into_iter().unzip();
        let mut problems = db.problems()?;
        problems.extend(shown.notes);
        shown
            .redaction
            .apply(&mut owners, &mut reports, &mut problems)
            .map_err(RenderError::Redact)?;
        owners.sort_by(|a, b| a.key.cmp(&b.key));
        let rows = read_rows(db, &owners, &report_ids)?;
        let wanted: BTreeSet<i64> = rows.iter().map(|(_, row, _)| row.build_id).collect();
        let mut build_rows: Vec<(i64, BuildRow)> = db.builds()?;
        build_rows.retain(|(id, _)| wanted.contains(id));
        build_rows.sort_by(|(_, a), (_, b)| (&a.binary, &a.hash).cmp(&(&b.binary, &b.hash)));
        let build_idx: BTreeMap<i64, usize> =
            build_rows.iter().enumerate().map(|(idx, (id, _))| (*id, idx)).collect();
        let rows: Vec<RowInput> = rows
            .into_iter()
            .filter_map(|(owner, row, reports)| {
                let build = *build_idx.get(&row.build_id)?;
                Some(RowInput { owner, build, row, reports })
            })
            .collect();
        let builds =
            read_builds(db, &build_rows, &owners, &rows, (&report_ids, &reports), &excluded)?;
        let checkouts = db.checkouts()?.into_iter().filter(|c| !shown.private.contains(&c.repo));
        let checkouts = checkouts.map(|c| ((c.repo.clone(), c.commit.clone()), c)).collect();
        Ok(Self { builds, owners, rows, reports, checkouts, problems, excluded })
    }

    /// Reads everything, as it is.
    #[cfg(test)]
    pub(super) fn read_all(db: &Database) -> Result<Self, RenderError> {
        let (redaction, private) = (Redaction::new([], [0; 32]), BTreeSet::new());
        let (redaction, private) = (&redaction, &private);
        Self::read(db, Shown { owner: &|_| true, redaction, private, notes: Vec::new() })
    }

    /// Where a file of a build is; `None`: unresolved.
    pub(super) fn resolution(&self, (build, file): FileRef) -> Option<&Resolution> {
        self.builds.get(build)?.resolutions.get(file)?.as_ref()
    }

    /// All files, by path as built and digest of their unit lists, and where builds have them.
    pub(super) fn places(&self) -> Places<'_> {
        let mut places = Places::new();
        for (build_idx, build) in self.builds.iter().enumerate() {
            for (file_idx, file) in build.table.files().iter().enumerate() {
                let own = places.entry((file.path.as_str(), file.digest)).or_default();
                own.push((build_idx, file_idx));
            }
        }
        places
    }

    /// Whether there is a text of a file of a build, and it fits.
    pub(super) fn has_text(&self, place: FileRef) -> bool {
        let fits = |r: &&Resolution| r.resolution != "mismatch";
        self.resolution(place).filter(fits).is_some_and(|r| location(self, r).is_some())
    }

    /// The meta hashes of builds.
    pub(super) fn hashes(&self, builds: Vec<usize>) -> Vec<String> {
        let hash = |build: usize| self.builds.get(build).map(|b| b.row.hash.clone());
        builds.into_iter().map(|build| hash(build).unwrap_or_default()).collect()
    }
}

/// See [`Input::places`].
pub(super) type Places<'a> = BTreeMap<(&'a str, FileDigest), Vec<FileRef>>;

/// Position of the owner, its build, positions of the reports.
type OwnerRow = (usize, OwnerBuildRow, Vec<usize>);

fn read_rows(
    db: &Database,
    owners: &[OwnerRecord],
    report_ids: &[i64],
) -> Result<Vec<OwnerRow>, RenderError> {
    let owner_idx: BTreeMap<i64, usize> =
        owners.iter().enumerate().map(|(idx, o)| (o.id, idx)).collect();
    let position_of: BTreeMap<i64, usize> =
        report_ids.iter().enumerate().map(|(idx, id)| (*id, idx)).collect();
    let mut reports_of: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (owner, build, report) in db.process_reports()? {
        reports_of.entry((owner, build)).or_default().extend(position_of.get(&report));
    }
    let mut rows: Vec<OwnerRow> = Vec::new();
    for row in db.owner_builds()? {
        if let Some(&owner) = owner_idx.get(&row.owner_id) {
            let reports = reports_of.remove(&(row.owner_id, row.build_id)).unwrap_or_default();
            rows.push((owner, row, reports));
        }
    }
    rows.sort_by_key(|(owner, row, _)| (*owner, row.age));
    Ok(rows)
}

fn read_builds(
    db: &Database,
    build_rows: &[(i64, BuildRow)],
    owners: &[OwnerRecord],
    rows: &[RowInput],
    (report_ids, reports): (&[i64], &[ReportRow]),
    excluded: &[String],
) -> Result<Vec<BuildInput>, RenderError> {
    let mut sources: BTreeMap<i64, BuildSource> =
        db.build_sources()?.into_iter().map(|s| (s.build_id, s)).collect();
    let row_idx: BTreeMap<(i64, i64), usize> = rows
        .iter()
        .enumerate()
        .filter_map(|(idx, r)| Some(((owners.get(r.owner)?.id, r.row.build_id), idx)))
        .collect();
    let row_of = |owner: i64, build: i64| row_idx.get(&(owner, build)).copied();
    let mut counts: BTreeMap<i64, Vec<(usize, PackedCounts)>> = BTreeMap::new();
    for own in db.packed_counts(|_| true)? {
        if let Some(row) = row_of(own.owner_id, own.build_id) {
            counts.entry(own.build_id).or_default().push((row, own));
        }
    }
    let mut processes: BTreeMap<i64, Vec<ProcessInput>> = BTreeMap::new();
    for (process, bits) in db.processes(|_| true)? {
        let row = row_of(process.owner_id, process.build_id);
        let report = report_ids.binary_search(&process.report_id).ok();
        if let Some((row, report)) = row.zip(report) {
            let input = ProcessInput { row, report, process, bits };
            processes.entry(input.process.build_id).or_default().push(input);
        }
    }
    let mut stored = Vec::with_capacity(build_rows.len());
    for (id, row) in build_rows {
        let mut counts = counts.remove(id).unwrap_or_default();
        counts.sort_by_key(|(row, _)| *row);
        let mut processes = processes.remove(id).unwrap_or_default();
        // Ids depend on the order of imports, which must not show.
        processes.sort_by_key(|p| (p.row, reports.get(p.report).map(|r| &r.dir), p.process.pid));
        let resolved = db.resolutions(*id)?;
        let meta = db.packed_meta(*id)?;
        stored.push((row.clone(), meta, sources.remove(id), resolved, counts, processes));
    }
    stored
        .into_par_iter()
        .map(|(row, meta, source, resolved, counts, processes)| {
            let damaged = || RenderError::Meta { build: row.hash.clone() };
            let table = meta.to_table(excluded).ok_or_else(damaged)?;
            let resolutions = Resolution::by_position(resolved, table.files().len());
            Ok(BuildInput { row, table: Arc::new(table), source, resolutions, counts, processes })
        })
        .collect()
}
