//! What the counter files of one report say.

use std::collections::BTreeMap;

use camino::Utf8Path;
use covdata::{MetaFile, MetaHash};

use super::listing::Counters;
use super::scan::{Report, Scan, damaged};
use super::snapshots::{Scratch, SnapshotReader, Unreadable};
use crate::{
    problems::Problem,
    profile::{Combine, FirstSeen, Merged, Process, TextProfile, merge},
};

/// What the processes of one owner and build ran. Counts are in the order of the decoder: sorting
/// each process would cost more than decoding it.
pub(super) struct OwnerCounts {
    pub(super) combine: Combine,
    pub(super) merged: Merged,
    pub(super) seen: FirstSeen,
}

/// The processes that held a pid of a report, one after another.
pub(super) struct Pid {
    pub(super) number: Option<u64>,
    pub(super) runs: u32,
    /// The largest count of each unit.
    pub(super) counts: Vec<u32>,
    pub(super) first_snapshot: Option<i64>,
    pub(super) last_snapshot: Option<i64>,
}

impl Pid {
    fn new(number: Option<u64>, n_units: usize) -> Self {
        let counts = vec![0; n_units];
        Self { number, runs: 0, counts, first_snapshot: None, last_snapshot: None }
    }

    /// Adds a process to the pid, and where its owner has the sum of all, to that.
    pub(super) fn add(&mut self, process: &Process, owner: &mut OwnerCounts) {
        if owner.combine == Combine::Sum {
            merge(&mut owner.merged.counts, &process.counts, Combine::Sum);
        }
        merge(&mut self.counts, &process.counts, Combine::Max);
        self.runs = self.runs.saturating_add(1);
        let firsts = [self.first_snapshot, process.first_snapshot];
        self.first_snapshot = firsts.into_iter().flatten().min();
        self.last_snapshot = self.last_snapshot.max(process.last_snapshot);
    }

    /// Adds the pid to its owner, after all of its processes.
    pub(super) fn finish(&self, owner: &mut OwnerCounts) {
        if owner.combine == Combine::Max {
            merge(&mut owner.merged.counts, &self.counts, Combine::Max);
        }
        owner.merged.n_processes = owner.merged.n_processes.saturating_add(self.runs);
    }
}

/// When a process was first seen. The collector saw it before it wrote anything. When the data was
/// brought here says nothing of the process, unless nothing else is known.
pub(super) fn first_seen(report: &Report, first_snapshot: Option<i64>) -> Option<i64> {
    report.row.discovered_at.or(first_snapshot).or(report.row.collected_at)
}

/// What the counter files of one report say, pid by pid; one without a pid when the report has a
/// meta file only.
pub(super) fn read_pids(
    scan: &Scan,
    report: &Report,
    meta: &MetaFile,
    ran: &mut OwnerCounts,
    scratch: &mut Scratch,
    problems: &mut Vec<Problem>,
) -> Vec<Pid> {
    let n_units = meta.units().len();
    let mut by_pid: BTreeMap<u64, Vec<&Counters>> = BTreeMap::new();
    for file in report.counters(meta.hash()) {
        by_pid.entry(file.pid).or_default().push(file);
    }
    let mut pids = Vec::new();
    for (number, mut files) in by_pid {
        files.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
        let mut reader = SnapshotReader::new(meta, ran, scratch, Pid::new(Some(number), n_units));
        for file in files {
            let path = report.file(&file.name);
            let at = file.time.seconds().or_else(|| first_seen(report, None));
            match reader.read(&path, file.time, at) {
                Ok(warning) => problems.extend(warning.map(|cause| odd(report, &path, &cause))),
                Err(Unreadable::Orphan(hash)) => {
                    problems.push(scan.orphan(report, &file.name, hash));
                }
                Err(Unreadable::Damaged(cause)) => {
                    problems.push(damaged(report.label(), &path, &cause));
                }
            }
        }
        pids.extend(reader.finish());
    }
    if pids.is_empty() {
        pids.push(of_one_process(vec![0; n_units], ran));
    }
    pids
}

/// One process of which neither pid nor time is known.
fn of_one_process(counts: Vec<u32>, ran: &mut OwnerCounts) -> Pid {
    let mut pid = Pid::new(None, counts.len());
    pid.add(&Process { counts, first_snapshot: None, last_snapshot: None }, ran);
    pid.finish(ran);
    pid
}

/// What a text profile says.
pub(super) fn read_text(
    report: &Report,
    hash: &MetaHash,
    ran: &mut OwnerCounts,
    problems: &mut Vec<Problem>,
) -> Vec<Pid> {
    let mut pids = Vec::new();
    for file in report.metas(*hash) {
        let path = report.file(&file.name);
        let text = fs_err::read(&path).map_err(|err| err.to_string());
        match text.and_then(|t| TextProfile::parse(&t).map_err(|err| err.to_string())) {
            Ok(text) => {
                let counts = text.counts();
                ran.seen.see(&counts, first_seen(report, None));
                pids.push(of_one_process(counts, ran));
            }
            Err(cause) => problems.push(damaged(report.label(), &path, &cause)),
        }
    }
    pids
}

/// Something odd about a file that is used all the same.
pub(super) fn odd(report: &Report, path: &Utf8Path, warning: &str) -> Problem {
    Problem::note("odd", report.label()).at(path).because(warning)
}
