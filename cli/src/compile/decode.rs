//! The counters of one build, owner by owner.

use covatlas_shared::stats::Coverage;
use rayon::prelude::*;

use super::{
    pids::{OwnerCounts, first_seen, odd, read_pids, read_text},
    scan::{Scan, ScannedBuild, damaged},
    snapshots::Scratch,
};
use crate::{
    db::{KnownPackages, OwnerBuildDetails, OwnerBuildRow, Packed, PackedMeta, ProcessRow},
    problems::{Problem, Problems, Severity},
    profile::{Bits, BuildTable, Combine, FirstSeen, Merged, StoredUnits, merge},
};

/// Everything about one build.
#[derive(Debug, Default)]
pub(super) struct BuildResult {
    /// Its meta file.
    pub(super) meta: PackedMeta,
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
    /// How many processes held the pid, one after another.
    runs: u32,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    /// The units that any of them ran.
    pub(super) bits: Packed,
}

/// What one owner's reports gave.
struct OwnerOutcome {
    result: OwnerResult,
    counts: Vec<u32>,
    failed: Vec<usize>,
    problems: Vec<Problem>,
}

/// What all builds are decoded with.
pub(super) struct Context<'a> {
    pub(super) scan: &'a Scan,
    pub(super) packages: &'a KnownPackages,
    /// Base names of files that are left out.
    pub(super) excluded: &'a [String],
    pub(super) combine: Combine,
}

/// Reads all counters of a build.
pub(super) fn decode(context: &Context<'_>, build: &ScannedBuild) -> BuildResult {
    let scan = context.scan;
    let mut result = BuildResult::default();
    let positions = || build.owners.values().flatten().copied();
    let Some((bytes, meta, table)) = read_meta(scan, build, context.excluded, &mut result) else {
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
        .map(|(owner, reports)| decode_owner(scan, &meta, &table, *owner, reports, context.combine))
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
    result.meta = PackedMeta::new(&bytes, context.packages);
    result.table = Some(table);
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
        for copy in report.metas(build.hash) {
            let path = report.file(&copy.name);
            let bytes = match fs_err::read(&path) {
                Ok(bytes) => bytes,
                Err(err) => {
                    let cause = err.to_string();
                    result.problems.push(damaged(report.label(), &path, &cause));
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
                    result.problems.extend(warnings.map(|w| odd(report, &path, &w)));
                    found = Some((bytes, meta, table));
                }
                (Ok((StoredUnits::Text(_), _)), Some(_)) => {} // Texts differ by their counts.
                (Ok(_), Some(_)) => result.problems.push(
                    Problem::note("two-contents", report.label())
                        .at(&path)
                        .because("the meta file differs from another one with the same hash")
                        .remedy("the other one is used; collect this report again"),
                ),
                (Err(cause), _) => {
                    result.problems.push(damaged(report.label(), &path, &cause));
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
    let n_units = units.n_units();
    let (merged, seen) = (Merged::new(n_units), FirstSeen::new(n_units));
    let mut ran = OwnerCounts { combine, merged, seen };
    let (mut processes, mut failed, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut scratch = Scratch::default();
    for &idx in reports {
        let Some(report) = scan.reports.get(idx) else { continue };
        let before = problems.len();
        let pids = match units {
            StoredUnits::Meta(meta) => {
                read_pids(scan, report, meta, &mut ran, &mut scratch, &mut problems)
            }
            StoredUnits::Text(text) => read_text(report, &text.hash(), &mut ran, &mut problems),
        };
        let new = problems.iter().skip(before);
        if new.into_iter().any(|p: &Problem| p.severity == Severity::Loss) {
            failed.push(idx);
        }
        for pid in pids {
            let first_seen = first_seen(report, pid.first_snapshot);
            processes.push(ProcessResult {
                report: idx,
                pid: pid.number,
                runs: pid.runs,
                first_seen,
                last_seen: pid.last_snapshot.max(first_seen),
                bits: Packed::bits(&Bits::of_counts(&table.sort_counts(&pid.counts))),
            });
        }
    }
    let counts = table.sort_counts(&ran.merged.counts);
    let stats = table.stats(&counts);
    let seen = FirstSeen::from_vec(table.sort_counts(ran.seen.as_slice()));
    let result = OwnerResult {
        owner,
        first_seen: processes.iter().filter_map(|p| p.first_seen).min(),
        last_seen: processes.iter().filter_map(|p| p.last_seen).max(),
        processes,
        details: OwnerBuildDetails {
            counts: Packed::counts(&counts),
            seen: Packed::seen(&seen),
            files: stats.files,
        },
        n_processes: ran.merged.n_processes,
        coverage: stats.total,
        funcs: stats.n_funcs,
    };
    OwnerOutcome { result, counts, failed, problems }
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
            runs: self.runs,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}
