//! How often each unit of a file ran, before and now.

use crate::{
    codec::{Columns, un_zero_runs, zero_runs},
    shard::{self, Kind, ShardError},
};

/// Counts of files of a comparison; see [`crate::compare`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinesShard {
    /// The files, as they are coded: nothing is unpacked before its length is known.
    files: Vec<Packed>,
}

/// A file before its counts are unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Packed {
    before: Vec<i64>,
    after: Vec<i64>,
    unmatched: Vec<u32>,
    hunks: Vec<u32>,
}

/// What ran of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// How often each unit ran before at most in one process, in the order of the source pack: 0
    /// without counterpart. Of an earlier moment 1 for those that had run.
    pub before: Vec<u32>,
    /// The same of now.
    pub after: Vec<u32>,
    /// Positions of the units that nothing before corresponds to, ascending.
    pub unmatched: Vec<u32>,
    /// Lines in which the text before differs, in order.
    pub hunks: Vec<LineHunk>,
}

/// Lines that differ, counted from 0, each from the first to the one behind the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineHunk {
    /// Lines of the text before.
    pub before: [u32; 2],
    /// What stands there now.
    pub after: [u32; 2],
}

impl LinesShard {
    /// Adds a file behind the others; gives its position.
    pub fn push(&mut self, counts: &LineCounts) -> usize {
        let numbers = |hunk: &LineHunk| {
            let ([a, b], [c, d]) = (hunk.before, hunk.after);
            [a, b, c, d]
        };
        self.files.push(Packed {
            before: zero_runs(counts.before.iter().copied()),
            after: zero_runs(counts.after.iter().copied()),
            unmatched: counts.unmatched.clone(),
            hunks: counts.hunks.iter().flat_map(numbers).collect(),
        });
        self.files.len().saturating_sub(1)
    }

    /// The counts of the file at a position, which has so many units; `None` when there is no such
    /// file, or it does not fit.
    pub fn of(&self, at: usize, n_units: usize) -> Option<LineCounts> {
        let packed = self.files.get(at)?;
        let hunk = |numbers: &[u32]| match *numbers {
            [a, b, c, d] if a <= b && c <= d => Some(LineHunk { before: [a, b], after: [c, d] }),
            _ => None,
        };
        Some(LineCounts {
            before: un_zero_runs(&packed.before, n_units)?,
            after: un_zero_runs(&packed.after, n_units)?,
            unmatched: packed.unmatched.clone(),
            hunks: packed.hunks.chunks(4).map(hunk).collect::<Option<_>>()?,
        })
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        let mut put = |name: &str, list: fn(&Packed) -> &[i64]| {
            let len = |file: &Packed| i64::try_from(list(file).len()).unwrap_or(i64::MAX);
            columns.put(&format!("{name}.len"), self.files.iter().map(len));
            columns.put(name, self.files.iter().flat_map(|file| list(file).iter().copied()));
        };
        put("before", |file| &file.before);
        put("after", |file| &file.after);
        columns.put_lists("unmatched", self.files.iter().map(|file| file.unmatched.as_slice()));
        columns.put_lists("hunks", self.files.iter().map(|file| file.hunks.as_slice()));
        shard::encode(Kind::Lines, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when the columns do not fit together.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Lines, bytes)?;
        let files = files(&columns);
        let unfit = || ShardError::damaged(Kind::Lines, "columns do not fit together");
        Ok(Self { files: files.ok_or_else(unfit)? })
    }
}

fn files(columns: &Columns) -> Option<Vec<Packed>> {
    let (mut before, mut after) = (columns.get("before")?, columns.get("after")?);
    let lens = (columns.get("before.len")?, columns.get("after.len")?);
    let (unmatched, hunks) = (columns.lists("unmatched")?, columns.lists("hunks")?);
    let file = |(at, (unmatched, hunks)): (usize, (Vec<u32>, Vec<u32>))| {
        let (before, after) =
            (split(&mut before, *lens.0.get(at)?)?, split(&mut after, *lens.1.get(at)?)?);
        Some(Packed { before, after, unmatched, hunks })
    };
    unmatched.into_iter().zip(hunks).enumerate().map(file).collect()
}

/// Takes the first values.
fn split(values: &mut &[i64], len: i64) -> Option<Vec<i64>> {
    let (own, rest) = values.split_at_checked(usize::try_from(len).ok()?)?;
    *values = rest;
    Some(own.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn counts() -> impl Strategy<Value = LineCounts> {
        let count = || prop_oneof![Just(0_u32), any::<u32>()];
        let hunk = (0_u32..9, 0_u32..9, 0_u32..9, 0_u32..9);
        (vec((count(), count()), 0..20), vec(0_u32..20, 0..4), vec(hunk, 0..4)).prop_map(
            |(units, unmatched, hunks)| {
                let (before, after) = units.into_iter().unzip();
                let hunk = |(a, b, c, d)| LineHunk { before: [a, a + b], after: [c, c + d] };
                LineCounts {
                    before,
                    after,
                    unmatched,
                    hunks: hunks.into_iter().map(hunk).collect(),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn counts_come_back(files in vec(counts(), 0..5)) {
            let mut shard = LinesShard::default();
            for (at, file) in files.iter().enumerate() {
                prop_assert_eq!(shard.push(file), at);
            }
            let back = LinesShard::decode(&shard.encode().unwrap()).unwrap();
            prop_assert_eq!(&back, &shard);
            for (at, file) in files.iter().enumerate() {
                prop_assert_eq!(back.of(at, file.before.len()), Some(file.clone()));
                prop_assert_eq!(back.of(at, file.before.len() + 1), None);
            }
            prop_assert_eq!(back.of(files.len(), 0), None);
        }

        #[test]
        fn damaged_counts_never_panic(
            files in vec(counts(), 1..4),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            n_units in 0_usize..30,
        ) {
            let mut shard = LinesShard::default();
            for file in &files {
                shard.push(file);
            }
            let mut bytes = shard.encode().unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(read) = LinesShard::decode(&bytes) {
                let _ = (read.of(0, n_units), read.of(usize::MAX, usize::MAX));
            }
            let _ = LinesShard::decode(&bytes[..at]);
        }
    }
}
