//! `coverage/` to `coverage.db`.
//!
//! [`scan`] lists the reports and reads the headers of their files; [`decode`] merges the counters
//! of each build, owner by owner, on all cores; this module writes what they find, in an order
//! that does not depend on which core was faster.

mod decode;
mod evidence;
mod scan;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, sync_channel},
};

use rayon::prelude::*;
use thiserror::Error;

use self::{decode::BuildResult, scan::Scan};
use crate::{
    collection::{Collection, CollectionError, ReportDir},
    db::{BuildRow, BuildSource, CompileWriter, Database, DbError, StoredProblem},
    image::Mapping,
    owner::OwnersFile,
    problems::{Problem, Problems},
    profile::{Bits, Combine, INJECTED_FILES},
};

/// Results that may wait for the writer: bounds the memory.
const MAX_WAITING: usize = 4;

/// How to compile.
#[derive(Debug, Default)]
pub struct Options {
    /// How counts of replicas are combined.
    pub combine: Combine,
    /// Base names of files to leave out, besides the injected ones.
    pub exclude: Vec<String>,
    /// Owners as the cluster itself tells them.
    pub owners: Option<OwnersFile>,
    /// Where images come from, as the user tells it.
    pub mapping: Mapping,
}

/// What was compiled.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Reports that were read.
    pub reports: usize,
    /// Reports of which something could not be read.
    pub reports_failed: usize,
    /// Distinct builds.
    pub builds: usize,
    /// Owners.
    pub owners: usize,
    /// Processes.
    pub processes: usize,
    /// What went wrong.
    pub problems: Problems,
}

/// Why nothing was compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    /// The collection cannot be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The database cannot be written.
    #[error(transparent)]
    Db(#[from] DbError),
    /// There is nothing to compile.
    #[error(
        "no reports in `{0}`: make some with `covatlas import DIR`, or name another collection \
         with -C"
    )]
    NoReports(camino::Utf8PathBuf),
    /// The excluded names cannot be stored.
    #[error("cannot store the excluded files")]
    Json(#[from] serde_json::Error),
}

/// The reports of a collection, of which there is at least one.
///
/// # Errors
/// [`CompileError::NoReports`], and when the collection cannot be listed.
pub fn reports(collection: &Collection) -> Result<Vec<ReportDir>, CompileError> {
    let reports = collection.reports()?;
    if reports.is_empty() {
        return Err(CompileError::NoReports(collection.coverage_dir()));
    }
    Ok(reports)
}

/// Compiles all reports of a collection into its database, in one transaction.
///
/// A report that cannot be read is a problem and never stops the others.
///
/// # Errors
/// [`CompileError`]; the database is then as it was.
pub fn compile(
    collection: &Collection,
    options: &Options,
    db: &mut Database,
) -> Result<Compiled, CompileError> {
    let reports = reports(collection)?;
    let mut excluded: Vec<String> = INJECTED_FILES.map(str::to_owned).to_vec();
    excluded.extend(options.exclude.iter().cloned());
    excluded.sort();
    excluded.dedup();

    let scan = scan::scan(&reports, options);
    let mut out = Output {
        writer: db.compile_writer()?,
        failed: vec![false; scan.reports.len()],
        problems: scan.problems.clone(),
        ran: BTreeMap::new(),
        ages: BTreeMap::new(),
        n_processes: 0,
    };
    out.writer.fact("excluded_files", &serde_json::to_string(&excluded)?)?;
    for (id, (owner, evidence)) in (1_i64..).zip(&scan.owners) {
        out.writer.owner(id, owner, evidence)?;
    }
    for (idx, report) in scan.reports.iter().enumerate() {
        out.writer.report(id_of(idx), &report.row)?;
        if let Some(owner) = report.owner {
            out.writer.owner_report(id_of(owner), id_of(idx))?;
        }
    }
    let results = |sender: std::sync::mpsc::SyncSender<(usize, BuildResult)>| {
        scan.builds.par_iter().enumerate().for_each_with(sender, |sender, (idx, build)| {
            let result = decode::decode(&scan, build, &excluded, options.combine);
            // The receiver is gone only when writing failed, and then nothing matters any more.
            sender.send((idx, result)).ok();
        });
    };
    std::thread::scope(|threads| {
        let (sender, receiver) = sync_channel(MAX_WAITING);
        threads.spawn(|| results(sender));
        out.write_builds(&scan, receiver)
    })?;
    out.finish(&scan)
}

/// The writing side.
struct Output<'db> {
    writer: CompileWriter<'db>,
    /// Whether something of each report could not be read.
    failed: Vec<bool>,
    problems: Problems,
    /// Statements of each file's units, and what ran of it in any build.
    ran: BTreeMap<i64, (Vec<u32>, Bits)>,
    /// For each owner the builds with their last data.
    ages: BTreeMap<usize, Vec<(Option<i64>, i64)>>,
    n_processes: usize,
}

impl Output<'_> {
    /// Writes the builds in their order, whatever order they arrive in.
    fn write_builds(
        &mut self,
        scan: &Scan,
        receiver: Receiver<(usize, BuildResult)>,
    ) -> Result<(), CompileError> {
        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut build_id = 0_i64;
        for (idx, result) in receiver {
            early.insert(idx, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                self.problems.extend(result.problems.iter().cloned());
                for &report in &result.failed_reports {
                    if let Some(failed) = self.failed.get_mut(report) {
                        *failed = true;
                    }
                }
                if result.table.is_some() {
                    build_id += 1;
                    self.write_build(scan, build_id, result)?;
                }
            }
        }
        Ok(())
    }

    fn write_build(
        &mut self,
        scan: &Scan,
        build_id: i64,
        result: BuildResult,
    ) -> Result<(), CompileError> {
        let Some(table) = &result.table else { return Ok(()) };
        let stats = table.stats(&result.anyone);
        let row = BuildRow {
            hash: table.hash().to_string(),
            binary: result.binary.clone(),
            module: table.module().to_owned(),
            mode: result.mode.clone(),
            granularity: result.granularity.clone(),
            n_units: table.units().len(),
            coverage: stats.total,
            funcs: stats.n_funcs,
            last_seen: result.owners.iter().filter_map(|o| o.last_seen).max(),
        };
        self.writer.build(build_id, &row, &result.meta)?;
        for (idx, file) in table.files().iter().enumerate() {
            let identity = crate::db::FileIdentity { path: file.path.clone(), digest: file.digest };
            let id = self.writer.build_file(build_id, idx, &identity, file.statements)?;
            let units = table.units_of(file);
            let (_, bits) = self.ran.entry(id).or_insert_with(|| {
                (units.iter().map(|u| u.statements).collect(), Bits::new(units.len()))
            });
            let counts = result.anyone.get(file.units.clone()).unwrap_or_default();
            counts.iter().enumerate().filter(|(_, c)| **c > 0).for_each(|(at, _)| bits.set(at));
        }
        if let Some(source) = &result.source {
            self.writer.build_source(&BuildSource { build_id, source: source.clone() })?;
        }
        self.write_owners(scan, build_id, result.owners)
    }

    fn write_owners(
        &mut self,
        scan: &Scan,
        build_id: i64,
        owners: Vec<decode::OwnerResult>,
    ) -> Result<(), CompileError> {
        for owner in owners {
            let owner_id = id_of(owner.owner);
            self.ages.entry(owner.owner).or_default().push((owner.last_seen, build_id));
            self.writer.owner_build(&owner.row(owner_id, build_id), &owner.details)?;
            for process in owner.processes {
                self.n_processes += 1;
                let id = i64::try_from(self.n_processes).unwrap_or(i64::MAX);
                let report_id = id_of(process.report);
                if scan.reports.get(process.report).is_some() {
                    let row = process.row(owner_id, report_id, build_id);
                    self.writer.process(id, &row, &process.bits)?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is known only at the end, and commits.
    fn finish(mut self, scan: &Scan) -> Result<Compiled, CompileError> {
        for (file_id, (statements, bits)) in &self.ran {
            let covered = statements.iter().enumerate().filter(|(at, _)| bits.get(*at));
            self.writer.file_covered(*file_id, covered.map(|(_, s)| u64::from(*s)).sum())?;
        }
        for (owner, mut builds) in std::mem::take(&mut self.ages) {
            builds.sort_by_key(|&(last_seen, build)| (std::cmp::Reverse(last_seen), build));
            for (age, (_, build)) in (0_u32..).zip(builds) {
                self.writer.owner_build_age(id_of(owner), build, age)?;
            }
        }
        for (idx, report) in scan.reports.iter().enumerate() {
            if let Some(failed) = self.failed.get_mut(idx) {
                if *failed && !report.row.failed {
                    self.writer.report_failed(id_of(idx))?;
                }
                *failed |= report.row.failed;
            }
        }
        for source in &scan.image_sources {
            self.writer.image_source(source)?;
        }
        self.problems.sort();
        for problem in &self.problems {
            self.writer.problem(&stored("compile", problem))?;
        }
        let builds = scan.builds.len();
        self.writer.commit()?;
        Ok(Compiled {
            reports: scan.reports.len(),
            reports_failed: self.failed.iter().filter(|f| **f).count(),
            builds,
            owners: scan.owners.len(),
            processes: self.n_processes,
            problems: self.problems,
        })
    }
}

/// The database's id of the item at a position.
fn id_of(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX).saturating_add(1)
}

/// A problem as the database keeps it.
pub fn stored(stage: &str, problem: &Problem) -> StoredProblem {
    StoredProblem {
        stage: stage.to_owned(),
        severity: problem.severity.to_string(),
        kind: problem.kind.to_string(),
        item: problem.item.clone(),
        place: problem.place.clone(),
        cause: problem.cause.clone(),
        remedy: problem.remedy.clone(),
    }
}
