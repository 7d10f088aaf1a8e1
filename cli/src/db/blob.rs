//! Columns that only covatlas reads: varints and bits, both zlib-compressed.

use std::{cell::RefCell, io::Write as _};

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

/// Counts as varints, compressed.
pub(super) fn pack_counts(counts: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(counts.len());
    for &count in counts {
        let mut rest = count;
        while rest >= 0x80 {
            bytes.push(low_seven_bits(rest) | 0x80);
            rest >>= 7;
        }
        bytes.push(low_seven_bits(rest));
    }
    pack(&bytes)
}

/// The most counts that are unpacked without knowing how many there must be.
const MAX_COUNTS: usize = 1 << 26;

/// Undoes [`pack_counts`]; `None` when the bytes are damaged or hold another number of counts than
/// `n_units` says.
pub(super) fn unpack_counts(blob: &[u8], n_units: Option<usize>) -> Option<Vec<u32>> {
    // A count takes at most five bytes.
    let bytes = unpack(blob, n_units.unwrap_or(MAX_COUNTS).saturating_mul(5))?;
    let mut counts = Vec::with_capacity(n_units.unwrap_or(bytes.len()));
    let (mut count, mut shift) = (0_u32, 0_u32);
    for byte in bytes {
        count |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            counts.push(count);
            (count, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    (n_units.is_none_or(|n| n == counts.len()) && shift == 0).then_some(counts)
}

/// The next levels save hardly anything; the fastest one leaves a third more.
const LEVEL: Compression = Compression::new(4);

/// Compresses bytes. Writing to memory cannot fail.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), LEVEL);
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

thread_local! {
    /// A decoder has some 40 kB of state, which is more work to make than most columns are to
    /// unpack: each thread keeps its own.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

/// How much larger than its compressed form a column is taken to be at first.
const USUAL_RATIO: usize = 4;

/// Undoes [`pack`]; `None` when the bytes are damaged or hold more than `limit` bytes.
pub(super) fn unpack(blob: &[u8], limit: usize) -> Option<Vec<u8>> {
    INFLATE.with_borrow_mut(|inflate| {
        inflate.reset(true);
        let first = blob.len().saturating_mul(USUAL_RATIO).min(limit);
        // One byte more than there may be shows that there are too many.
        let mut bytes = Vec::with_capacity(first.saturating_add(1));
        loop {
            let (read, written) = (inflate.total_in(), bytes.len());
            let rest = blob.get(usize::try_from(read).ok()?..)?;
            let status = inflate.decompress_vec(rest, &mut bytes, FlushDecompress::None).ok()?;
            match status {
                _ if bytes.len() > limit => return None,
                Status::StreamEnd => return Some(bytes),
                _ if bytes.len() == bytes.capacity() => {
                    bytes.reserve(bytes.len().min(limit.saturating_add(1) - bytes.len()).max(1));
                }
                // Cut short: there is room, but nothing comes.
                _ if inflate.total_in() == read && bytes.len() == written => return None,
                _ => {}
            }
        }
    })
}

/// The seven lowest bits as a byte.
fn low_seven_bits(value: u32) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn counts_come_back(counts in vec(prop_oneof![0_u32..4, any::<u32>()], 0..60)) {
            let blob = pack_counts(&counts);
            prop_assert_eq!(unpack_counts(&blob, Some(counts.len())), Some(counts.clone()));
            prop_assert_eq!(unpack_counts(&blob, None), Some(counts.clone()));
            prop_assert_eq!(unpack_counts(&blob, Some(counts.len() + 1)), None);
        }

        #[test]
        fn bytes_come_back_unless_they_are_too_many_or_cut_short(
            bytes in vec(0_u8..3, 0..4000), n in 1_usize..2000,
        ) {
            let repeated = bytes.repeat(if n % 7 == 0 { 50 } else { 1 });
            let blob = pack(&repeated);
            prop_assert_eq!(unpack(&blob, repeated.len()), Some(repeated.clone()));
            prop_assert_eq!(unpack(&blob, usize::MAX), Some(repeated.clone()));
            if !repeated.is_empty() {
                prop_assert_eq!(unpack(&blob, repeated.len() - 1), None);
            }
            prop_assert_eq!(unpack(&blob[..blob.len() - 1 - n % (blob.len() - 1)], usize::MAX), None);
        }

        #[test]
        fn damaged_blobs_never_panic(blob in vec(any::<u8>(), 0..60)) {
            let _ = unpack_counts(&blob, Some(10));
        }
    }
}
