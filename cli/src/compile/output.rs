//! The writing side: one thread, one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::Receiver,
};

use super::{
    CompileError, Compiled,
    decode::{BuildResult, OwnerResult},
    evidence,
    inspect::Inspected,
    plan::{Plan, PlannedBuild},
    scan::{Scan, ScannedBuild},
};
use crate::{
    db::{
        BuildDetails, BuildRow, CompileWriter, Database, ImageSource, LOST_METAS, Packed,
        StoredProblem,
    },
    image::{Evidence, Labels},
    problems::{Problem, Problems, Severity},
    profile::Bits,
};

/// Writes scan and results.
pub(super) struct Output<'a> {
    scan: &'a Scan,
    plan: &'a Plan,
    writer: CompileWriter<'a>,
    /// Ids of owners and reports, by their positions in the scan.
    owner_ids: Vec<i64>,
    report_ids: Vec<i64>,
    /// Whether something of each report could not be read.
    failed: Vec<bool>,
    /// Problems with the hash of their build, which may be empty.
    problems: Vec<(String, Problem)>,
}

impl<'a> Output<'a> {
    /// Begins: owners and reports are written, builds that are gone are taken out.
    pub(super) fn begin(
        scan: &'a Scan,
        plan: &'a Plan,
        db: &'a mut Database,
    ) -> Result<Self, CompileError> {
        let mut writer = db.compile_writer()?;
        for hash in &plan.gone {
            writer.clear_build(hash, false)?;
        }
        let owners = scan.owners.iter().map(|(key, evidence)| writer.owner(key, evidence));
        let owner_ids: Vec<i64> = owners.collect::<Result<_, _>>()?;
        let reports = scan.reports.iter().map(|report| writer.report(&report.row));
        let report_ids: Vec<i64> = reports.collect::<Result<_, _>>()?;
        let pairs = scan.reports.iter().zip(&report_ids).filter_map(|(report, id)| {
            let owner = report.owner.and_then(|owner| owner_ids.get(owner))?;
            Some((*owner, *id))
        });
        writer.owner_reports(&pairs.collect::<Vec<_>>())?;
        Ok(Self {
            failed: scan.reports.iter().map(|r| r.row.failed).collect(),
            problems: scan.problems.iter().map(|p| (String::new(), p.clone())).collect(),
            scan,
            plan,
            writer,
            owner_ids,
            report_ids,
        })
    }

    /// Takes note of the files that are left out.
    pub(super) fn excluded(&self, excluded: &[String]) -> Result<(), CompileError> {
        Ok(self.writer.fact("excluded_files", &serde_json::to_string(excluded)?)?)
    }

    /// Writes the builds in the order of the plan, whatever order they arrive in.
    pub(super) fn write_builds(
        &mut self,
        receiver: Receiver<(usize, BuildResult)>,
    ) -> Result<(), CompileError> {
        let mut early = BTreeMap::new();
        let mut planned = self.plan.changed.iter().enumerate();
        let mut next = planned.next();
        for (order, result) in receiver {
            early.insert(order, result);
            while let Some((order, build)) = next {
                let Some(result) = early.remove(&order) else { break };
                self.write_build(build, result)?;
                next = planned.next();
            }
        }
        Ok(())
    }

    fn write_build(
        &mut self,
        planned: &PlannedBuild,
        result: BuildResult,
    ) -> Result<(), CompileError> {
        let hash = planned.scanned.hash.to_string();
        let has_loss = result.problems.has_loss();
        for &report in &result.failed_reports {
            if let Some(failed) = self.failed.get_mut(report) {
                *failed = true;
            }
        }
        self.problems.extend(result.problems.into_iter().map(|p| (hash.clone(), p)));
        self.writer.clear_build(&hash, result.table.is_some())?;
        let Some(table) = &result.table else { return Ok(()) };
        let stats = table.stats(&result.anyone);
        let row = BuildRow {
            hash,
            binary: result.binary,
            module: table.module().to_owned(),
            mode: result.mode,
            granularity: result.granularity,
            n_units: table.units().len(),
            coverage: stats.total,
            funcs: stats.n_funcs,
            last_seen: result.owners.iter().filter_map(|o| o.last_seen).max(),
        };
        // What could not be read is tried again: only success counts as done.
        let input = if has_loss { String::new() } else { planned.input.clone() };
        let ran = Packed::bits(&Bits::of_counts(&result.anyone));
        let id = self.writer.build(&row, BuildDetails { meta: result.meta, ran, input })?;
        for (idx, file) in table.files().iter().enumerate() {
            let statements: Vec<u32> =
                table.units_of(file).iter().map(|unit| unit.statements).collect();
            self.writer.build_file(id, idx, file, &statements)?;
        }
        self.write_owners(id, &result.owners)
    }

    fn write_owners(&self, build_id: i64, owners: &[OwnerResult]) -> Result<(), CompileError> {
        for owner in owners {
            let Some(&owner_id) = self.owner_ids.get(owner.owner) else { continue };
            self.writer.owner_build(&owner.row(owner_id, build_id), &owner.details)?;
            for process in &owner.processes {
                let Some(&report_id) = self.report_ids.get(process.report) else { continue };
                let row = process.row(owner_id, report_id, build_id);
                self.writer.process(&row, &process.bits)?;
            }
        }
        Ok(())
    }

    /// Writes where everything was built from, as far as that is known: from the reports, and from
    /// what registries said now or before.
    fn sources(
        &mut self,
        before: &BTreeMap<String, Labels>,
        now: Inspected,
    ) -> Result<(), CompileError> {
        self.writer.inspected_images(&now.found)?;
        self.problems.extend(now.notes.into_iter().map(|note| (String::new(), note)));
        let labels = evidence::of_labels(before.iter().chain(&now.found));
        let reports = self.scan.reports.iter();
        let images: BTreeSet<ImageSource> =
            reports.flat_map(|report| evidence::image_sources(report, &labels)).collect();
        let builds: Vec<(String, ImageSource)> =
            self.scan.builds.iter().filter_map(|b| self.source_of(b, &labels)).collect();
        Ok(self.writer.sources(&images, &builds)?)
    }

    /// Writes what is known only at the end, and commits.
    pub(super) fn finish(
        mut self,
        before: &BTreeMap<String, Labels>,
        now: Inspected,
    ) -> Result<Compiled, CompileError> {
        let (images_inspected, images_failed) = (now.found.len(), now.failed);
        let scanned = self.scan.reports.iter().map(|r| r.row.failed);
        for ((&failed, scanned), &id) in self.failed.iter().zip(scanned).zip(&self.report_ids) {
            if failed && !scanned {
                self.writer.report_failed(id)?;
            }
        }
        self.sources(before, now)?;
        let lost: BTreeMap<String, String> =
            self.scan.lost_homes().into_iter().map(|(hash, dir)| (hash.to_string(), dir)).collect();
        self.writer.fact(LOST_METAS, &serde_json::to_string(&lost)?)?;
        self.writer.settle(&self.report_ids.iter().copied().collect())?;
        self.problems.sort_by(|(_, a), (_, b)| a.cmp(b));
        let rows: Vec<StoredProblem> =
            self.problems.iter().map(|(build, p)| StoredProblem::of("compile", build, p)).collect();
        let kept = self.writer.problems(&self.plan.unchanged, &rows)?;
        let mut problems: Problems = self.problems.into_iter().map(|(_, p)| p).collect();
        problems.extend(kept.iter().map(note));
        problems.sort();
        let processes = self.writer.n_processes()?;
        self.writer.commit()?;
        Ok(Compiled {
            reports: self.scan.reports.len(),
            reports_failed: self.failed.iter().filter(|f| **f).count(),
            builds: self.scan.builds.len(),
            owners: self.scan.owners.len(),
            processes,
            builds_decoded: self.plan.changed.len(),
            reports_decoded: self.plan.reports().len(),
            images_inspected,
            images_failed,
            problems,
        })
    }

    /// The best word about where a build was made from.
    fn source_of(
        &self,
        build: &ScannedBuild,
        labels: &BTreeMap<String, Evidence>,
    ) -> Option<(String, ImageSource)> {
        let reports = build.owners.values().flatten();
        let reports = reports.filter_map(|idx| self.scan.reports.get(*idx));
        let source = evidence::best(reports, labels)?;
        Some((build.hash.to_string(), source))
    }
}

/// A problem of a build that was not decoded again: builds with losses always are.
fn note(p: &StoredProblem) -> Problem {
    Problem {
        severity: Severity::Note,
        kind: p.kind.as_str().into(),
        item: p.item.clone(),
        place: p.place.clone(),
        cause: p.cause.clone(),
        remedy: p.remedy.clone(),
    }
}
