//! Decoding and applying at once: nearly all files are plain, and a whole cluster has many.

use super::{
    Combine, CounterFile,
    decode::Opened,
    value::{Flavor, RawBe, RawLe, Uleb, Value},
};
use crate::error::{DecodeError, Warning};
use crate::meta::{MetaFile, Mode};

impl CounterFile<'_> {
    /// Reads a file's counters into `counts`, one per unit of `meta` and in its order, whatever
    /// these were before. Gives what is odd about the file.
    ///
    /// The same as [`CounterFile::decode`] and [`CounterFile::merge_into`] zeros, in half the time.
    ///
    /// # Errors
    ///
    /// As those two. `counts` may then hold anything.
    pub fn read_into(
        bytes: &[u8],
        meta: &MetaFile,
        counts: &mut Vec<u32>,
    ) -> Result<Vec<Warning>, DecodeError> {
        counts.clear();
        counts.resize(meta.units().len(), 0);
        if read_plain(bytes, meta, counts).is_some() {
            return Ok(Vec::new());
        }
        let mut file = CounterFile::decode(bytes)?;
        counts.fill(0);
        let report = file.merge_into(meta, counts, Combine::Max)?;
        file.warnings.extend(report.warnings);
        Ok(file.warnings)
    }
}

/// Raises the counters to those of a file about which nothing is odd; `None` when something is, and
/// some may be raised already.
pub(super) fn read_plain(bytes: &[u8], meta: &MetaFile, counts: &mut [u32]) -> Option<()> {
    let opened = Opened::read(bytes).ok().filter(|opened| is_plain(opened, meta))?;
    match opened.flavor {
        Flavor::Uleb => read_by_mode::<Uleb>(&opened, meta, counts),
        Flavor::RawLe => read_by_mode::<RawLe>(&opened, meta, counts),
        Flavor::RawBe => read_by_mode::<RawBe>(&opened, meta, counts),
    }
}

/// Whether what surrounds the records is as usual.
pub(super) fn is_plain(opened: &Opened<'_>, meta: &MetaFile) -> bool {
    opened.hash == meta.hash() && opened.n_segments == 1
}

fn read_by_mode<V: Value>(opened: &Opened<'_>, meta: &MetaFile, counts: &mut [u32]) -> Option<()> {
    match meta.mode() {
        Mode::Set => read_records::<V>(opened, meta, counts, |count, value| {
            *count = if value == 0 { *count } else { 1 };
        }),
        Mode::Count | Mode::Atomic => read_records::<V>(opened, meta, counts, |count, value| {
            *count = (*count).max(value);
        }),
    }
}

fn read_records<V: Value>(
    opened: &Opened<'_>,
    meta: &MetaFile,
    counts: &mut [u32],
    mut rule: impl FnMut(&mut u32, u32),
) -> Option<()> {
    let mut cursor = opened.cursor;
    for _ in 0..opened.n_records {
        let n_counters = V::try_read(&mut cursor)?;
        let package = V::try_read(&mut cursor)?;
        let func = V::try_read(&mut cursor)?;
        let units = meta.unit_range(package, func)?;
        let n = usize::try_from(n_counters).ok().filter(|n| *n == units.len())?;
        V::combine(&mut cursor, n, counts.get_mut(units.start..)?, &mut rule)?;
    }
    cursor.rest().is_empty().then_some(())
}
