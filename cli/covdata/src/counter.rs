//! Counter files: what a process ran.

mod apply;
mod decode;
mod follow;
mod read_into;
mod replace;
mod value;

pub use apply::{ApplyReport, Combine};
pub(crate) use decode::{MAGIC as COUNTER_MAGIC, read_counter_header};
pub use follow::LastFile;

use crate::cursor::Cursor;
use crate::error::{DecodeError, Warning};
use crate::hash::MetaHash;
use value::{Flavor, RawBe, RawLe, Uleb, Value};

/// A counter file whose structure has been checked completely.
///
/// The counters stay in the file's bytes. The process arguments that the file holds are checked
/// and dropped: they may be secret.
///
/// Invariant: every record's counters lie inside `bytes` and decode without an error.
#[derive(Clone, Debug)]
pub struct CounterFile<'a> {
    bytes: &'a [u8],
    hash: MetaHash,
    flavor: Flavor,
    n_segments: u32,
    records: Vec<Record>,
    n_counters: u64,
    warnings: Vec<Warning>,
}

/// The counters of one function, as a place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    package: u32,
    func: u32,
    n_counters: u32,
    /// Where the first counter starts, in bytes from the start of the file.
    start: u32,
}

impl<'a> CounterFile<'a> {
    /// Decodes and checks a whole counter file, except its fit to a meta file.
    ///
    /// Only the first segment counts, as for Go; more are a warning. All three encodings are read:
    /// LEB128 (all that Go writes), raw little-endian and raw big-endian.
    ///
    /// # Errors
    ///
    /// `Truncated`, `BadMagic`, `UnsupportedVersion`, `Malformed` or `TooLarge`, with the place.
    /// A file that is cut short or has bytes after its end is `Truncated`: the only trace of either
    /// is that no footer stands at its end.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        decode::decode(bytes)
    }

    /// The hash of the meta file that explains the counters.
    pub fn meta_hash(&self) -> MetaHash {
        self.hash
    }

    /// How many segments the file has; only the first counts.
    pub fn n_segments(&self) -> u32 {
        self.n_segments
    }

    /// How many records the first segment has: functions of which a unit ran.
    pub fn n_records(&self) -> usize {
        self.records.len()
    }

    /// How many counters the records of the first segment hold.
    pub fn n_counters(&self) -> u64 {
        self.n_counters
    }

    /// What is odd about the file, a handful of entries at most.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Calls `visit` with package index, function index within the package, and counters of each
    /// record, in file order. Counter `j` belongs to unit `j` of the function.
    pub fn for_each_record(&self, mut visit: impl FnMut(u32, u32, &[u32])) {
        let mut counters = Vec::new();
        for record in &self.records {
            counters.clear();
            match self.flavor {
                Flavor::Uleb => counters.extend(self.values::<Uleb>(record)),
                Flavor::RawLe => counters.extend(self.values::<RawLe>(record)),
                Flavor::RawBe => counters.extend(self.values::<RawBe>(record)),
            }
            visit(record.package, record.func, &counters);
        }
    }

    /// The file from a record's first counter on.
    fn bytes_of(&self, record: &Record) -> &'a [u8] {
        let start = usize::try_from(record.start).unwrap_or(usize::MAX);
        self.bytes.get(start..).unwrap_or_default()
    }

    fn values<V: Value>(&self, record: &Record) -> impl Iterator<Item = u32> + use<'a, V> {
        let mut cursor = Cursor::new(self.bytes_of(record), u64::from(record.start));
        (0..record.n_counters).map_while(move |_| V::try_read(&mut cursor))
    }
}

#[cfg(test)]
mod tests;
