//! The snapshots of one process.
//!
//! Snapshots are cumulative: the counts of a process are the largest it ever showed. A count that
//! decreases from one snapshot to the next means that another process took over the pid.

/// When a snapshot was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapshotTime {
    /// One of two alternating slots, whose order is unknown.
    Slot(u64),
    /// Nanoseconds since 1970 UTC.
    At(u64),
}

impl SnapshotTime {
    /// Numbers below this are slots (`1` and `2`), not times: it lies in September 2001.
    const FIRST_TIME: u64 = 1_000_000_000_000_000_000;

    /// The time of a counter file: when it was written to the store if that is known, else the
    /// number in its name.
    pub fn of_counter_file(name_number: u64, written_at: Option<u64>) -> Self {
        match written_at {
            Some(time) if name_number < Self::FIRST_TIME => Self::At(time),
            _ if name_number < Self::FIRST_TIME => Self::Slot(name_number),
            _ => Self::At(name_number),
        }
    }

    /// Seconds since 1970 UTC; `None` for a slot.
    pub fn seconds(self) -> Option<i64> {
        match self {
            Self::Slot(_) => None,
            Self::At(nanos) => i64::try_from(nanos / 1_000_000_000).ok(),
        }
    }
}

/// One process as far as its snapshots show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The largest count of each unit.
    pub counts: Vec<u32>,
    /// Seconds since 1970 UTC of its first snapshot; `None` when unknown.
    pub first_snapshot: Option<i64>,
    /// Seconds since 1970 UTC of its last snapshot; `None` when unknown.
    pub last_snapshot: Option<i64>,
}

/// Folds the snapshots of one pid, which come in the order of their [`SnapshotTime`].
#[derive(Debug, Default)]
pub struct Snapshots {
    current: Option<Process>,
}

/// What a snapshot is beside the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// One of the same process, but an older one: that process has the counts that it had.
    Older,
    /// One of the same process or of another one, with the process that it shows to have ended.
    Newer(Option<Process>),
}

impl Snapshots {
    /// Adds the next snapshot. The counts are taken, and what is left in their place has any
    /// contents and length.
    pub fn push(&mut self, counts: &mut Vec<u32>, time: SnapshotTime) -> Pushed {
        let seconds = time.seconds();
        let in_any_order = matches!(time, SnapshotTime::Slot(_));
        match &mut self.current {
            // Counts that are nowhere smaller are the largest so far.
            Some(process) if is_below(&process.counts, counts) => {
                std::mem::swap(&mut process.counts, counts);
                process.last_snapshot = process.last_snapshot.max(seconds);
                Pushed::Newer(None)
            }
            Some(process) if in_any_order && is_below(counts, &process.counts) => Pushed::Older,
            current => Pushed::Newer(current.replace(Process {
                counts: std::mem::take(counts),
                first_snapshot: seconds,
                last_snapshot: seconds,
            })),
        }
    }

    /// Adds the next snapshot without all of its counts: `follow` makes the counts of the process
    /// that held the pid last those of the snapshot if none of them gets smaller, and says whether
    /// it did. Else it leaves them as they are, and the snapshot is still to be pushed.
    pub fn follow(&mut self, time: SnapshotTime, follow: impl FnOnce(&mut [u32]) -> bool) -> bool {
        let Some(process) = &mut self.current else { return false };
        let is_done = follow(&mut process.counts);
        if is_done {
            process.last_snapshot = process.last_snapshot.max(time.seconds());
        }
        is_done
    }

    /// The process that held the pid last; `None` without a snapshot.
    pub fn finish(self) -> Option<Process> {
        self.current
    }
}

/// Whether no count of `a` is larger than that of `b`.
fn is_below(a: &[u32], b: &[u32]) -> bool {
    // Pieces that are counted as a whole are quicker than a search for the first that is above.
    let n_above = |(a, b): (&[u32], &[u32])| a.iter().zip(b).filter(|(a, b)| a > b).count();
    a.chunks(256).zip(b.chunks(256)).all(|pieces| n_above(pieces) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(snapshots: &[(&[u32], SnapshotTime)]) -> Vec<Vec<u32>> {
        let mut fold = Snapshots::default();
        let mut processes = Vec::new();
        for (counts, time) in snapshots {
            if let Pushed::Newer(ended) = fold.push(&mut counts.to_vec(), *time) {
                processes.extend(ended);
            }
        }
        processes.extend(fold.finish());
        processes.into_iter().map(|p| p.counts).collect()
    }

    const T: u64 = SnapshotTime::FIRST_TIME;

    #[test]
    fn snapshots_of_one_process_are_united_by_max() {
        let (first, second) = (SnapshotTime::At(T), SnapshotTime::At(T + 1));
        assert_eq!(fold(&[(&[1], first), (&[2], second)]), [[2]]);
    }

    #[test]
    fn a_count_that_decreases_is_a_restart() {
        let times = [SnapshotTime::At(T), SnapshotTime::At(T + 1), SnapshotTime::At(T + 2)];
        let processes = fold(&[(&[5, 1], times[0]), (&[1, 1], times[1]), (&[2, 1], times[2])]);
        assert_eq!(processes, [[5, 1], [2, 1]]);
    }

    #[test]
    fn slots_of_one_process_may_come_in_any_order() {
        let (one, two) = (SnapshotTime::Slot(1), SnapshotTime::Slot(2));
        assert_eq!(fold(&[(&[5], one), (&[3], two)]), [[5]]);
        assert_eq!(fold(&[(&[5, 0], one), (&[0, 3], two)]).len(), 2);
    }

    #[test]
    fn the_time_in_the_store_orders_slots() {
        assert_eq!(SnapshotTime::of_counter_file(2, None), SnapshotTime::Slot(2));
        assert_eq!(SnapshotTime::of_counter_file(2, Some(T)), SnapshotTime::At(T));
        assert_eq!(SnapshotTime::of_counter_file(T, Some(T + 9)), SnapshotTime::At(T));
    }
}
