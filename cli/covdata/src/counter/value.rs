//! The three encodings of the numbers in a counter segment.

use crate::cursor::Cursor;

/// The bit of each of eight bytes that says that its number goes on.
const CONTINUED: u64 = 0x80 * ONES;
/// A 1 in each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

/// Which encoding a file uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// LEB128, of any alignment.
    Uleb,
    /// Four bytes, little-endian.
    RawLe,
    /// Four bytes, big-endian.
    RawBe,
}

/// A number of a counter segment; one type per encoding keeps the loops free of branches.
pub(super) trait Value: Sized {
    /// The fewest bytes that a number takes.
    const MIN_LEN: u64;

    /// Reads a number; the cursor stays in place on failure.
    fn try_read(cursor: &mut Cursor<'_>) -> Option<u32>;

    /// Skips `n` numbers; on failure the cursor is at the first bad one.
    #[inline]
    fn try_skip(cursor: &mut Cursor<'_>, n: u32) -> Option<()> {
        (0..n).try_for_each(|_| Self::try_read(cursor).map(drop))
    }

    /// Combines the next `n` numbers into the first `n` counters; `None` when there are fewer of
    /// either.
    ///
    /// `rule` may also meet counters behind the `n`th, with 0, and must leave them as they are.
    #[inline]
    fn combine(
        cursor: &mut Cursor<'_>,
        n: usize,
        counters: &mut [u32],
        rule: &mut impl FnMut(&mut u32, u32),
    ) -> Option<()> {
        for counter in counters.get_mut(..n)? {
            rule(counter, Self::try_read(cursor)?);
        }
        Some(())
    }

    /// Sets the first `n` flags to 1 where the number at the start of `bytes` is not 0. Returns
    /// how many of these flags were 0 before.
    #[inline]
    fn mark(bytes: &[u8], n: usize, flags: &mut [u8]) -> u32 {
        mark_each::<Self>(bytes, n, flags)
    }
}

/// See [`Value::mark`].
fn mark_each<V: Value>(bytes: &[u8], n: usize, flags: &mut [u8]) -> u32 {
    let mut cursor = Cursor::new(bytes, 0);
    let mut n_new = 0;
    for flag in flags.iter_mut().take(n) {
        let Some(value) = V::try_read(&mut cursor) else { break };
        n_new += u32::from(value != 0 && *flag == 0);
        *flag |= u8::from(value != 0);
    }
    n_new
}

/// See [`Flavor::Uleb`].
pub(super) struct Uleb;
/// See [`Flavor::RawLe`].
pub(super) struct RawLe;
/// See [`Flavor::RawBe`].
pub(super) struct RawBe;

impl Value for Uleb {
    const MIN_LEN: u64 = 1;

    #[inline]
    fn try_read(cursor: &mut Cursor<'_>) -> Option<u32> {
        cursor.try_uleb()
    }

    /// Looks for the `n`th end of a number, eight bytes at a time, if all of these are plain.
    #[inline]
    fn try_skip(cursor: &mut Cursor<'_>, n: u32) -> Option<()> {
        let (mut quick, mut left) = (*cursor, u64::from(n));
        let mut before = 0;
        while left > 0 {
            let Some(eight) = quick.rest().first_chunk() else { return skip_each(cursor, n) };
            let eight = u64::from_le_bytes(*eight);
            if !is_plain(before, eight) {
                return skip_each(cursor, n);
            }
            // Each byte of the product is the number of ends up to there.
            let counts = ((!eight & CONTINUED) >> 7).wrapping_mul(ONES);
            let n_ends = counts >> 56;
            if n_ends < left {
                left -= n_ends;
                before = eight;
                quick.try_take(8)?;
                continue;
            }
            let reached = ((counts | CONTINUED) - left * ONES) & CONTINUED;
            quick.try_take(usize::try_from(reached.trailing_zeros() / 8).ok()? + 1)?;
            break;
        }
        *cursor = quick;
        Some(())
    }

    /// Takes up to eight numbers of one byte at a time.
    ///
    /// Most functions have few units of varying number, and most numbers are short: a loop over
    /// single numbers would spend its time on mispredicted ends.
    #[inline]
    fn combine(
        cursor: &mut Cursor<'_>,
        n: usize,
        mut counters: &mut [u32],
        rule: &mut impl FnMut(&mut u32, u32),
    ) -> Option<()> {
        let mut left = n;
        while left > 0 {
            let mut n_short = 0;
            if let Some(targets) = counters.first_chunk_mut::<8>() {
                n_short = leading_short(cursor.rest(), left);
                let eight = cursor.rest().first_chunk().copied().unwrap_or_default();
                for (counter, value) in targets.iter_mut().zip(first_bytes(eight, n_short)) {
                    rule(counter, u32::from(value));
                }
            }
            counters = counters.split_at_mut_checked(n_short)?.1;
            cursor.try_take(n_short)?;
            left -= n_short;
            if n_short < 8 && left > 0 {
                let (counter, next) = counters.split_first_mut()?;
                rule(counter, cursor.try_uleb()?);
                (counters, left) = (next, left - 1);
            }
        }
        Some(())
    }

    /// Takes eight bytes at a time. Values need no decoding: a number is 0 only if its last byte
    /// is, since the shortest form has no zeros at the end. So it does no harm either that the
    /// eight bytes may start inside of a number.
    #[inline]
    fn mark(bytes: &[u8], n: usize, mut flags: &mut [u8]) -> u32 {
        let (mut rest, mut left, mut n_new) = (bytes, n, 0);
        while left > 0 {
            let (Some(eight), Some(eight_flags)) =
                (rest.first_chunk::<8>(), flags.first_chunk_mut::<8>())
            else {
                return n_new + mark_each::<Self>(rest, left, flags);
            };
            let (hits, n_ends) = non_zero_numbers(u64::from_le_bytes(*eight));
            let hits = u64::from_le_bytes(first_bytes(hits.to_le_bytes(), left));
            let before = u64::from_le_bytes(*eight_flags);
            n_new += (hits & !before).count_ones();
            *eight_flags = (before | hits).to_le_bytes();
            let n_done = n_ends.min(left);
            left -= n_done;
            rest = rest.get(8..).unwrap_or_default();
            flags = flags.split_at_mut_checked(n_done).map_or(&mut [], |(_, next)| next);
        }
        n_new
    }
}

/// See [`Value::try_skip`].
#[cold]
#[inline(never)]
fn skip_each(cursor: &mut Cursor<'_>, n: u32) -> Option<()> {
    (0..n).try_for_each(|_| cursor.try_uleb().map(drop))
}

/// Whether no number in these eight bytes, whose predecessors are `before`, has a needless zero at
/// its end or more than four bytes. Such numbers need a closer look.
#[inline]
fn is_plain(before: u64, eight: u64) -> bool {
    let goes_on = eight & CONTINUED;
    let carried = |n: u32| (before >> (64 - 8 * n)) & CONTINUED;
    let after_one = (goes_on << 8) | carried(1);
    // A byte is 0 where neither its high bit is set nor adding 0x7f sets it.
    let zeros = !((eight & !CONTINUED).wrapping_add(0x7f * ONES) | eight) & CONTINUED;
    let after_four = after_one
        & ((goes_on << 16) | carried(2))
        & ((goes_on << 24) | carried(3))
        & ((goes_on << 32) | carried(4));
    (zeros & after_one) | after_four == 0
}

/// How many numbers end in these eight bytes; and a byte for each of them, 1 if it is not 0.
#[inline]
fn non_zero_numbers(eight: u64) -> (u64, usize) {
    let ends = !eight & CONTINUED;
    // A byte below 0x80 reaches 0x80 when 0x7f is added, unless it is 0.
    let hits = ((eight & !CONTINUED).wrapping_add(0x7f * ONES) & ends) >> 7;
    if ends == CONTINUED {
        return (hits, 8);
    }
    // Without branches: a number's byte stays in place until the byte that ends it was met.
    let (mut packed, mut n_ends) = (0, 0);
    for (hit, end) in hits.to_le_bytes().into_iter().zip((ends >> 7).to_le_bytes()) {
        packed |= u64::from(hit) << (8 * (n_ends & 7));
        n_ends += u32::from(end);
    }
    (packed, usize::try_from(n_ends).unwrap_or_default())
}

/// How many of the next eight numbers, and at most `limit`, are one byte before the first longer
/// one. 0 also where fewer than eight bytes are left.
#[inline]
pub(super) fn leading_short(bytes: &[u8], limit: usize) -> usize {
    let Some(eight) = bytes.first_chunk::<8>() else { return 0 };
    let n_bits = (u64::from_le_bytes(*eight) & CONTINUED).trailing_zeros();
    usize::try_from(n_bits / 8).unwrap_or_default().min(limit)
}

/// Eight bytes, with 0 for those from the `n`th on.
#[inline]
pub(super) fn first_bytes(eight: [u8; 8], n: usize) -> [u8; 8] {
    let unused = u32::try_from(8usize.saturating_sub(n)).unwrap_or_default();
    let mask = u64::MAX.checked_shr(8 * unused).unwrap_or_default();
    (u64::from_le_bytes(eight) & mask).to_le_bytes()
}

impl Value for RawLe {
    const MIN_LEN: u64 = 4;

    #[inline]
    fn try_read(cursor: &mut Cursor<'_>) -> Option<u32> {
        cursor.try_u32_le()
    }
}

impl Value for RawBe {
    const MIN_LEN: u64 = 4;

    #[inline]
    fn try_read(cursor: &mut Cursor<'_>) -> Option<u32> {
        cursor.try_u32_be()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Bytes of which many are 0, go on or end a number: every odd form of LEB128.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => Just(0), 3 => 1u8..0x80, 1 => Just(0x80), 2 => 0x80u8..];
        vec(byte, 0..64)
    }

    proptest! {
        #[test]
        fn quick_skipping_agrees_with_reading(bytes in bytes(), n in 0u32..40) {
            let (mut quick, mut each) = (Cursor::new(&bytes, 0), Cursor::new(&bytes, 0));
            prop_assert_eq!(Uleb::try_skip(&mut quick, n), skip_each(&mut each, n));
            prop_assert_eq!(quick.offset(), each.offset());
        }

        #[test]
        fn quick_marking_and_combining_agree_with_reading(
            bytes in bytes(),
            limit in 0usize..40,
            counters in vec(0u32..300, 40..60),
        ) {
            let mut cursor = Cursor::new(&bytes, 0);
            let values = std::iter::from_fn(|| Uleb::try_read(&mut cursor));
            let values: Vec<u32> = values.take(limit).collect();
            let ends = cursor.offset();
            let mut combined = counters.clone();
            let max = &mut |c: &mut u32, v| *c = (*c).max(v);
            let mut quick = Cursor::new(&bytes, 0);
            prop_assert!(Uleb::combine(&mut quick, values.len(), &mut combined, max).is_some());
            prop_assert_eq!(quick.offset(), ends);
            let mut flags: Vec<u8> = counters.iter().map(|c| u8::from(*c > 150)).collect();
            let before = flags.clone();
            let n_new = Uleb::mark(&bytes, values.len(), &mut flags);
            let padded = values.iter().copied().chain(std::iter::repeat(0));
            for (index, value) in (0..counters.len()).zip(padded) {
                prop_assert_eq!(combined[index], counters[index].max(value));
                prop_assert_eq!(flags[index], before[index] | u8::from(value != 0));
            }
            let set = |flags: &[u8]| flags.iter().map(|flag| u32::from(*flag)).sum::<u32>();
            prop_assert_eq!(n_new, set(&flags) - set(&before));
        }
    }
}
