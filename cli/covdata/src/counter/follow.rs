//! From one counter file of a process to the next: most of it is the same.

use std::ops::Range;

use super::{
    decode::Opened,
    read_into::{is_plain, read_plain},
    replace::replace,
    value::{Flavor, Uleb, Value as _},
};
use crate::cursor::Cursor;
use crate::meta::{MetaFile, Mode};

/// The last counter file of a process, to read the next one by what differs.
///
/// A program writes its records in the order in which it is linked, and counters only grow. So the
/// next file of a process has the records of the last one, many of them byte by byte, with a few
/// between them. What [`Self::follow`] does not find so is for [`CounterFile::read_into`].
///
/// [`CounterFile::read_into`]: super::CounterFile::read_into
#[derive(Debug, Default)]
pub struct LastFile {
    bytes: Vec<u8>,
    /// The records of the file, as soon as somebody asks for them; see [`places`].
    places: Option<Vec<Place>>,
    /// Room for the places of the next file.
    spare: Vec<Place>,
}

/// Where a record stands in a file; it begins where the one before it ends.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where its first counter stands.
    counters: u32,
    /// Where the next record begins.
    end: u32,
    /// The first unit of its func.
    unit: u32,
    /// How many units that has.
    n_units: u32,
}

impl LastFile {
    /// Takes a file as the last one; `bytes` gets another buffer of any contents.
    pub fn remember(&mut self, bytes: &mut Vec<u8>) {
        std::mem::swap(&mut self.bytes, bytes);
        self.places = None;
    }

    /// Takes the next file: `counts`, which are those of the last one, become its counts, `bytes`
    /// get another buffer of any contents, and `risen` are the units of the funcs of which a count
    /// is not 0 any more.
    ///
    /// `false` where a count gets smaller, which is that of another process, and where something
    /// is odd about either file. Then `counts` are as before, and nothing was taken.
    pub fn follow(
        &mut self,
        bytes: &mut Vec<u8>,
        meta: &MetaFile,
        counts: &mut [u32],
        risen: &mut Vec<Range<usize>>,
    ) -> bool {
        risen.clear();
        self.spare.clear();
        let Some(places) = self.places.take().or_else(|| places(&self.bytes, meta, counts)) else {
            return false;
        };
        let walk = Walk { meta, last: &self.bytes, counts, risen, next: &mut self.spare };
        let done = match meta.mode() {
            Mode::Set => walk.all(bytes, &places, |value| value.min(1)),
            Mode::Count | Mode::Atomic => walk.all(bytes, &places, |value| value),
        };
        if done.is_none() {
            counts.fill(0);
            // It has places, so nothing is odd about it.
            read_plain(&self.bytes, meta, counts);
            self.places = Some(places);
            return false;
        }
        self.places = Some(std::mem::replace(&mut self.spare, places));
        std::mem::swap(&mut self.bytes, bytes);
        true
    }
}

/// The records of a file with these counts, each of another func of which some count is not 0.
/// `None` when anything is odd about the file.
fn places(bytes: &[u8], meta: &MetaFile, counts: &[u32]) -> Option<Vec<Place>> {
    let opened = open(bytes, meta)?;
    let mut cursor = opened.cursor;
    let mut places = Vec::with_capacity(opened.n_records);
    let mut is_known = vec![false; counts.len()];
    for _ in 0..opened.n_records {
        let units = read_head(&mut cursor, meta)?;
        if counts.get(units.clone())?.iter().all(|count| *count == 0)
            || std::mem::replace(is_known.get_mut(units.start)?, true)
        {
            return None;
        }
        let counters = place(&cursor)?;
        Uleb::try_skip(&mut cursor, u32::try_from(units.len()).ok()?)?;
        places.push(Place::new(counters, place(&cursor)?, &units)?);
    }
    cursor.rest().is_empty().then_some(places)
}

/// What surrounds the records, if it is as Go writes it.
fn open<'a>(bytes: &'a [u8], meta: &MetaFile) -> Option<Opened<'a>> {
    let opened = Opened::read(bytes).ok()?;
    (opened.flavor == Flavor::Uleb && is_plain(&opened, meta)).then_some(opened)
}

/// Where the next byte stands in its file, which has less than 4 GiB.
fn place(cursor: &Cursor<'_>) -> Option<u32> {
    u32::try_from(cursor.offset()).ok()
}

/// Reads what stands before the counters of a record: gives the units of its func.
fn read_head(cursor: &mut Cursor<'_>, meta: &MetaFile) -> Option<Range<usize>> {
    let n_counters = cursor.try_uleb()?;
    let package = cursor.try_uleb()?;
    let units = meta.unit_range(package, cursor.try_uleb()?)?;
    (usize::try_from(n_counters) == Ok(units.len())).then_some(units)
}

impl Place {
    fn new(counters: u32, end: u32, units: &Range<usize>) -> Option<Self> {
        let unit = u32::try_from(units.start).ok()?;
        Some(Self { counters, end, unit, n_units: u32::try_from(units.len()).ok()? })
    }

    fn units(&self) -> Range<usize> {
        let unit = index(self.unit);
        unit..unit + index(self.n_units)
    }
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// What becomes of a record that may be of the same func as one of the last file.
enum Step {
    /// It is, and is done.
    Done(Place),
    /// It is not.
    Other,
    /// A count gets smaller, or the record is odd.
    Wrong,
}

/// One walk through two files.
struct Walk<'a> {
    meta: &'a MetaFile,
    last: &'a [u8],
    counts: &'a mut [u32],
    risen: &'a mut Vec<Range<usize>>,
    /// The places of the next file.
    next: &'a mut Vec<Place>,
}

impl Walk<'_> {
    /// Makes the counts those of the file `bytes`, of whose numbers `value_of` gives the values.
    fn all(
        mut self,
        bytes: &[u8],
        places: &[Place],
        value_of: impl Fn(u32) -> u32 + Copy,
    ) -> Option<()> {
        let opened = open(bytes, self.meta)?;
        let (mut at, mut last_at) =
            (place(&opened.cursor)?, place(&open(self.last, self.meta)?.cursor)?);
        let end = at.checked_add(u32::try_from(opened.cursor.rest().len()).ok()?)?;
        let mut places = places.iter();
        self.next.reserve(opened.n_records);
        for _ in 0..opened.n_records {
            let step = match places.as_slice().first() {
                Some(last) => self.known(bytes, at, last_at, last, value_of),
                None => Step::Other,
            };
            let place = match step {
                Step::Done(place) => {
                    last_at = places.next()?.end;
                    place
                }
                Step::Other => self.inserted(bytes, at, value_of)?,
                Step::Wrong => return None,
            };
            at = place.end;
            self.next.push(place);
        }
        // Where a record is gone, another process has begun.
        (at == end && places.as_slice().is_empty()).then_some(())
    }

    /// The record at `at`, if it is of the func of the last file's record at `last_at`.
    #[inline]
    fn known(
        &mut self,
        bytes: &[u8],
        at: u32,
        last_at: u32,
        last: &Place,
        value_of: impl Fn(u32) -> u32,
    ) -> Step {
        let (Some(before), Some(now)) = (self.last.get(index(last_at)..), bytes.get(index(at)..))
        else {
            return Step::Wrong;
        };
        let (len, n_head) = (last.end.wrapping_sub(last_at), last.counters.wrapping_sub(last_at));
        let n_same = n_same(before, now, index(len));
        let counters = at.wrapping_add(n_head);
        if n_same >= index(len) {
            return Step::Done(Place { counters, end: at.wrapping_add(len), ..*last });
        }
        if n_same < index(n_head) {
            return Step::Other;
        }
        match self.replace(bytes, counters, last.units(), value_of) {
            Some((end, _)) => Step::Done(Place { counters, end, ..*last }),
            None => Step::Wrong,
        }
    }

    /// The record at `at`, if the last file has none of its func.
    #[inline(never)]
    fn inserted(&mut self, bytes: &[u8], at: u32, value_of: impl Fn(u32) -> u32) -> Option<Place> {
        let mut cursor = Cursor::new(bytes.get(index(at)..)?, u64::from(at));
        let units = read_head(&mut cursor, self.meta)?;
        if self.counts.get(units.clone())?.iter().any(|count| *count != 0) {
            return None;
        }
        let counters = place(&cursor)?;
        let (end, is_any_new) = self.replace(bytes, counters, units.clone(), value_of)?;
        is_any_new.then(|| Place::new(counters, end, &units)).flatten()
    }

    /// Replaces the counts of a func by those at `at`. Gives where these end, and whether one of
    /// them is not 0 any more; `None` when one gets smaller.
    #[inline]
    fn replace(
        &mut self,
        bytes: &[u8],
        at: u32,
        units: Range<usize>,
        value_of: impl Fn(u32) -> u32,
    ) -> Option<(u32, bool)> {
        let mut cursor = Cursor::new(bytes.get(index(at)..)?, u64::from(at));
        let counts = self.counts.get_mut(units.start..)?;
        let done = replace(&mut cursor, units.len(), counts, value_of)?;
        if done.is_any_smaller {
            return None;
        }
        if done.is_any_new {
            self.risen.push(units);
        }
        Some((place(&cursor)?, done.is_any_new))
    }
}

/// How many of the first `n` bytes are the same.
#[inline]
fn n_same(mut a: &[u8], mut b: &[u8], n: usize) -> usize {
    let mut n_same = 0;
    while n_same < n {
        let (Some((a16, next_a)), Some((b16, next_b))) =
            (a.split_first_chunk::<16>(), b.split_first_chunk::<16>())
        else {
            // No record is so close to the end of a file, which has a footer.
            return n_same;
        };
        let differ = u128::from_le_bytes(*a16) ^ u128::from_le_bytes(*b16);
        if differ != 0 {
            let same = usize::try_from(differ.trailing_zeros() / 8).unwrap_or_default();
            return (n_same + same).min(n);
        }
        n_same += 16;
        (a, b) = (next_a, next_b);
    }
    n
}
