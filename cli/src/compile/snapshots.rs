//! The counter files of one pid, read one after another.

use std::{io::Read as _, ops::Range};

use camino::Utf8Path;
use covdata::{CounterFile, ErrorClass, LastFile, MetaFile, MetaHash, peek_hash};

use super::{
    pids::{OwnerCounts, Pid},
    scan::describe,
};
use crate::profile::{Pushed, SnapshotTime, Snapshots};

/// Room that is used for one counter file after another.
#[derive(Default)]
pub(super) struct Scratch {
    bytes: Vec<u8>,
    counts: Vec<u32>,
    last: LastFile,
    risen: Vec<Range<usize>>,
}

/// Where files of a pid have little in common, looking for what differs costs more than reading.
const PATIENCE: u32 = 2;

/// Why a counter file is left out.
pub(super) enum Unreadable {
    /// Its meta file, of which this is the hash, is another one than the report's.
    Orphan(MetaHash),
    /// What is wrong with it.
    Damaged(String),
}

/// Reads the snapshots of one pid, in the order of their times.
pub(super) struct SnapshotReader<'a> {
    meta: &'a MetaFile,
    ran: &'a mut OwnerCounts,
    scratch: &'a mut Scratch,
    pid: Pid,
    snapshots: Snapshots,
    /// A time at or before which every unit was seen of which the last snapshot has a count.
    seen_by: Option<i64>,
    /// How many more files in a row may be read in vain by what differs.
    patience: u32,
}

impl<'a> SnapshotReader<'a> {
    /// No snapshot yet.
    pub(super) fn new(
        meta: &'a MetaFile,
        ran: &'a mut OwnerCounts,
        scratch: &'a mut Scratch,
        pid: Pid,
    ) -> Self {
        Self {
            meta,
            ran,
            scratch,
            pid,
            snapshots: Snapshots::default(),
            seen_by: None,
            patience: PATIENCE,
        }
    }

    /// Adds the next snapshot, which shows what ran `at` some time; gives its warnings.
    pub(super) fn read(
        &mut self,
        path: &Utf8Path,
        time: SnapshotTime,
        at: Option<i64>,
    ) -> Result<Option<String>, Unreadable> {
        let bytes = &mut self.scratch.bytes;
        bytes.clear();
        let read = fs_err::File::open(path).and_then(|mut file| file.read_to_end(bytes));
        read.map_err(|err| Unreadable::Damaged(err.to_string()))?;
        if self.follow(time, at) { Ok(None) } else { self.push(time, at) }
    }

    /// Adds a snapshot by what differs from the last one; `false` when that is not possible.
    fn follow(&mut self, time: SnapshotTime, at: Option<i64>) -> bool {
        if self.patience == 0 {
            return false;
        }
        let Scratch { bytes, last, risen, .. } = &mut *self.scratch;
        let is_done = self.snapshots.follow(time, |counts| {
            if !last.follow(bytes, self.meta, counts, risen) {
                return false;
            }
            if self.seen_by.is_some_and(|by| at.is_some_and(|at| by <= at)) {
                // All others were seen before.
                for units in risen.drain(..) {
                    self.ran.seen.see_units(units, counts, at);
                }
            } else {
                self.ran.seen.see(counts, at);
            }
            true
        });
        if is_done {
            (self.seen_by, self.patience) = (at, PATIENCE);
        } else {
            self.patience -= 1;
        }
        is_done
    }

    /// Adds any snapshot.
    fn push(&mut self, time: SnapshotTime, at: Option<i64>) -> Result<Option<String>, Unreadable> {
        let Scratch { bytes, counts, last, .. } = &mut *self.scratch;
        let warnings = CounterFile::read_into(bytes, self.meta, counts);
        let warnings = warnings.map_err(|err| match err.class {
            ErrorClass::Orphan => {
                let hash = peek_hash(bytes).map(|(_, hash)| hash);
                hash.map_or_else(|err| Unreadable::Damaged(describe(&err)), Unreadable::Orphan)
            }
            _ => Unreadable::Damaged(describe(&err)),
        })?;
        self.ran.seen.see(counts, at);
        if let Pushed::Newer(ended) = self.snapshots.push(counts, time) {
            last.remember(bytes);
            self.seen_by = at;
            if let Some(ended) = ended {
                self.pid.add(&ended, self.ran);
                *counts = ended.counts;
            }
        }
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        Ok((!warnings.is_empty()).then(|| warnings.join("; ")))
    }

    /// The processes that held the pid; `None` when no snapshot could be read.
    pub(super) fn finish(mut self) -> Option<Pid> {
        let last = self.snapshots.finish()?;
        self.pid.add(&last, self.ran);
        self.pid.finish(self.ran);
        Some(self.pid)
    }
}
