//! The counters of one build, owner by owner.

use std::collections::BTreeMap;

use covatlas_shared::stats::Coverage;
use covdata::{Combine as Apply, CounterFile, MetaFile, MetaHash};
use rayon::prelude::*;

use super::scan::{Counters, Report, Scan, ScannedBuild, damaged, describe};
use crate::{
    db::{OwnerBuildDetails, OwnerBuildRow, Packed, ProcessRow},
    problems::{Problem, Problems, Severity},
    profile::{
        Bits, BuildTable, Combine, Merged, Process, Snapshots, StoredUnits, TextProfile, merge,
    },
};

/// Everything about one build.
#[derive(Debug, Default)]
pub(super) struct BuildResult {
    /// Its meta file.
    pub(super) meta: Packed,
    /// Its units; `None` when no copy of the meta file can be used.
    pub(super) table: Option<BuildTable>,
    /// The binary's name.
    pub(super) binary: String,
    /// The counter mode.
    pub(super) mode: String,
    /// The granularity.
    pub(super) granularity: String,
    /// The largest count of each unit over all owners.
    pub(super) anyone: Vec<u32>,
    /// What each owner ran.
    pub(super) owners: Vec<OwnerResult>,
    /// Positions of reports of which something could not be read.
    pub(super) failed_reports: Vec<usize>,
    /// What went wrong.
    pub(super) problems: Problems,
}

/// What one owner ran of a build.
#[derive(Debug)]
pub(super) struct OwnerResult {
    /// Position of the owner.
    pub(super) owner: usize,
    /// When its last data was written.
    pub(super) last_seen: Option<i64>,
    /// Its processes.
    pub(super) processes: Vec<ProcessResult>,
    /// Its counts and the coverage of its files.
    pub(super) details: OwnerBuildDetails,
    first_seen: Option<i64>,
    n_processes: u32,
    coverage: Coverage,
    funcs: Coverage,
}

/// One process.
#[derive(Debug)]
pub(super) struct ProcessResult {
    /// Position of its report.
    pub(super) report: usize,
    pid: Option<u64>,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    /// The units that it ran.
    pub(super) bits: Packed,
}

/// What one owner's reports gave.
struct OwnerOutcome {
    result: OwnerResult,
    counts: Vec<u32>,
    failed: Vec<usize>,
    problems: Vec<Problem>,
}

/// Reads all counters of a build.
pub(super) fn decode(
    scan: &Scan,
    build: &ScannedBuild,
    excluded: &[String],
    combine: Combine,
) -> BuildResult {
    let mut result = BuildResult::default();
    let positions = || build.owners.values().flatten().copied();
    let Some((bytes, meta, table)) = read_meta(scan, build, excluded, &mut result) else {
        result.failed_reports = positions().collect();
        return result;
    };
    let reports = || positions().filter_map(|idx| scan.reports.get(idx));
    result.binary = reports().map(|r| r.row.binary.clone()).min().unwrap_or_default();
    result.mode = meta.mode();
    result.granularity = meta.granularity();
    result.anyone = vec![0; table.units().len()];
    let outcomes: Vec<OwnerOutcome> = build
        .owners
        .par_iter()
        .map(|(owner, reports)| decode_owner(scan, &meta, &table, *owner, reports, combine))
        .collect();
    for outcome in outcomes {
        merge(&mut result.anyone, &outcome.counts, Combine::Max);
        result.failed_reports.extend(outcome.failed);
        result.problems.extend(outcome.problems);
        result.owners.push(outcome.result);
    }
    tracing::debug!(
        build = %build.hash,
        units = table.units().len(),
        owners = result.owners.len(),
        "decoded a build"
    );
    (result.meta, result.table) = (Packed::meta(&bytes), Some(table));
    result
}

/// The first copy of the meta file that decodes. Copies that differ from it are reported.
fn read_meta(
    scan: &Scan,
    build: &ScannedBuild,
    excluded: &[String],
    result: &mut BuildResult,
) -> Option<(Vec<u8>, StoredUnits, BuildTable)> {
    let mut found: Option<(Vec<u8>, StoredUnits, BuildTable)> = None;
    for idx in build.owners.values().flatten().copied() {
        let Some(report) = scan.reports.get(idx) else { continue };
        for copy in report.metas.iter().filter(|m| m.hash == build.hash) {
            let bytes = match fs_err::read(&copy.path) {
                Ok(bytes) => bytes,
                Err(err) => {
                    let cause = err.to_string();
                    result.problems.push(damaged(report.label(), &copy.path, &cause));
                    result.failed_reports.push(idx);
                    continue;
                }
            };
            if found.as_ref().is_some_and(|(good, ..)| *good == bytes) {
                continue;
            }
            let decoded = StoredUnits::decode(&bytes)
                .and_then(|units| units.table(excluded).map(|table| (units, table)));
            match (decoded, &found) {
                (Ok((meta, table)), None) => {
                    let warnings = meta.warnings().into_iter();
                    result.problems.extend(warnings.map(|w| odd(report, &copy.path, &w)));
                    found = Some((bytes, meta, table));
                }
                (Ok((StoredUnits::Text(_), _)), Some(_)) => {} // Texts differ by their counts.
                (Ok(_), Some(_)) => result.problems.push(
                    Problem::note("two-contents", report.label())
                        .at(&copy.path)
                        .because("the meta file differs from another one with the same hash")
                        .remedy("the other one is used; collect this report again"),
                ),
                (Err(cause), _) => {
                    result.problems.push(damaged(report.label(), &copy.path, &cause));
                    result.failed_reports.push(idx);
                }
            }
        }
    }
    found
}

fn decode_owner(
    scan: &Scan,
    units: &StoredUnits,
    table: &BuildTable,
    owner: usize,
    reports: &[usize],
    combine: Combine,
) -> OwnerOutcome {
    let mut merged = Merged::new(table.units().len());
    let (mut processes, mut failed, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut scratch = Vec::new();
    for &idx in reports {
        let Some(report) = scan.reports.get(idx) else { continue };
        let before = problems.len();
        let found = match units {
            StoredUnits::Meta(meta) => read_processes(report, meta, &mut scratch, &mut problems),
            StoredUnits::Text(text) => read_text(report, &text.hash(), &mut problems),
        };
        let new = problems.iter().skip(before);
        if new.into_iter().any(|p: &Problem| p.severity == Severity::Loss) {
            failed.push(idx);
        }
        for (pid, process) in found {
            let counts = table.sort_counts(&process.counts);
            merged.add(&counts, combine);
            // The collector saw the process before it wrote anything. When the data was brought
            // here says nothing of the process, unless nothing else is known.
            let seen = report.row.discovered_at.or(process.first_snapshot);
            let first_seen = seen.or(report.row.collected_at);
            processes.push(ProcessResult {
                report: idx,
                pid,
                first_seen,
                last_seen: process.last_snapshot.max(first_seen),
                bits: Packed::bits(&Bits::of_counts(&counts)),
            });
        }
    }
    let stats = table.stats(&merged.counts);
    let result = OwnerResult {
        owner,
        first_seen: processes.iter().filter_map(|p| p.first_seen).min(),
        last_seen: processes.iter().filter_map(|p| p.last_seen).max(),
        processes,
        details: OwnerBuildDetails {
            counts: Packed::counts(&merged.counts),
            hits: Packed::counts(&merged.hits),
            files: stats.files,
        },
        n_processes: merged.n_processes,
        coverage: stats.total,
        funcs: stats.n_funcs,
    };
    OwnerOutcome { result, counts: merged.counts, failed, problems }
}

/// The processes of one report that ran a build, by pid; one without a pid when it left a meta
/// file only.
fn read_processes(
    report: &Report,
    meta: &MetaFile,
    scratch: &mut Vec<u32>,
    problems: &mut Vec<Problem>,
) -> Vec<(Option<u64>, Process)> {
    scratch.resize(meta.units().len(), 0);
    let mut by_pid: BTreeMap<u64, Vec<&Counters>> = BTreeMap::new();
    for file in report.counters.iter().filter(|c| c.hash == meta.hash()) {
        by_pid.entry(file.pid).or_default().push(file);
    }
    let mut processes = Vec::new();
    for (pid, mut files) in by_pid {
        files.sort_by(|a, b| (a.time, &a.path).cmp(&(b.time, &b.path)));
        let mut snapshots = Snapshots::default();
        for file in files {
            scratch.fill(0);
            match read_counters(file, meta, scratch) {
                Ok(warning) => {
                    snapshots.push(scratch, file.time);
                    problems.extend(warning.map(|cause| odd(report, &file.path, &cause)));
                }
                Err(cause) => problems.push(damaged(report.label(), &file.path, &cause)),
            }
        }
        processes.extend(snapshots.finish().into_iter().map(|p| (Some(pid), p)));
    }
    if processes.is_empty() {
        let counts = vec![0; scratch.len()];
        let process = Process { counts, first_snapshot: None, last_snapshot: None };
        processes.push((None, process));
    }
    processes
}

/// What a text profile says: one process, of which neither pid nor time is known.
fn read_text(
    report: &Report,
    hash: &MetaHash,
    problems: &mut Vec<Problem>,
) -> Vec<(Option<u64>, Process)> {
    let mut processes = Vec::new();
    for file in report.metas.iter().filter(|m| m.hash == *hash) {
        let text = fs_err::read(&file.path).map_err(|err| err.to_string());
        match text.and_then(|t| TextProfile::parse(&t).map_err(|err| err.to_string())) {
            Ok(text) => {
                let counts = text.counts();
                processes
                    .push((None, Process { counts, first_snapshot: None, last_snapshot: None }));
            }
            Err(cause) => problems.push(damaged(report.label(), &file.path, &cause)),
        }
    }
    processes
}

/// Something odd about a file that is used all the same.
fn odd(report: &Report, path: &camino::Utf8Path, warning: &str) -> Problem {
    Problem::note("odd", report.label()).at(path).because(warning)
}

/// Reads one counter file into `counts`; gives its warnings.
fn read_counters(
    file: &Counters,
    meta: &MetaFile,
    counts: &mut [u32],
) -> Result<Option<String>, String> {
    let bytes = fs_err::read(&file.path).map_err(|err| err.to_string())?;
    let counters = CounterFile::decode(&bytes).map_err(|err| describe(&err))?;
    let applied = counters.merge_into(meta, counts, Apply::Max).map_err(|err| describe(&err))?;
    let warnings: Vec<String> =
        counters.warnings().iter().chain(&applied.warnings).map(ToString::to_string).collect();
    Ok((!warnings.is_empty()).then(|| warnings.join("; ")))
}

impl OwnerResult {
    /// The row of this owner and build.
    pub(super) fn row(&self, owner_id: i64, build_id: i64) -> OwnerBuildRow {
        OwnerBuildRow {
            owner_id,
            build_id,
            age: 0,
            coverage: self.coverage,
            funcs: self.funcs,
            processes: self.n_processes,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}

impl ProcessResult {
    /// The row of this process.
    pub(super) fn row(&self, owner_id: i64, report_id: i64, build_id: i64) -> ProcessRow {
        ProcessRow {
            owner_id,
            report_id,
            build_id,
            pid: self.pid,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}
