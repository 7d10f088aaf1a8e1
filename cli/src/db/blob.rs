//! Columns that only covatlas reads: varints and bits, both zlib-compressed.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

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

/// Compresses bytes, fast.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    compress(bytes, Compression::fast())
}

/// Compresses bytes that are stored once and for long.
pub(super) fn pack_small(bytes: &[u8]) -> Vec<u8> {
    compress(bytes, Compression::default())
}

/// Writing to memory cannot fail.
fn compress(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), level);
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// Undoes [`pack`]; `None` when the bytes are damaged or hold more than `limit` bytes.
pub(super) fn unpack(blob: &[u8], limit: usize) -> Option<Vec<u8>> {
    let limit = u64::try_from(limit).ok()?.saturating_add(1);
    let mut bytes = Vec::new();
    ZlibDecoder::new(blob).take(limit).read_to_end(&mut bytes).ok()?;
    (u64::try_from(bytes.len()).ok()? < limit).then_some(bytes)
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
        fn damaged_blobs_never_panic(blob in vec(any::<u8>(), 0..60)) {
            let _ = unpack_counts(&blob, Some(10));
        }
    }
}
