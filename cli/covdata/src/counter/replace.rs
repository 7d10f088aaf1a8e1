//! Replacing the counts of a func, with a look at what they were.

use super::value::{first_bytes, leading_short};
use crate::cursor::Cursor;

/// What became of the counts of a func.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    /// Whether a count was larger.
    pub(super) is_any_smaller: bool,
    /// Whether a count was 0 and is not any more.
    pub(super) is_any_new: bool,
}

/// Replaces the first `n` counts by the next `n` numbers in LEB128, of which `value_of` gives the
/// values, none above the number. `None` when there are fewer of either.
///
/// Takes up to eight numbers of one byte at a time, as [`Value::combine`](super::value::Value).
#[inline]
pub(super) fn replace(
    cursor: &mut Cursor<'_>,
    n: usize,
    mut counts: &mut [u32],
    value_of: impl Fn(u32) -> u32,
) -> Option<Replaced> {
    let (mut below, mut new, mut left) = (0, 0, n);
    let mut is_any_smaller = false;
    while left > 0 {
        let mut n_short = 0;
        if let Some(eight_counts) = counts.first_chunk_mut::<8>() {
            n_short = leading_short(cursor.rest(), left);
            let eight = cursor.rest().first_chunk().copied().unwrap_or_default();
            let values = first_bytes(eight, n_short).into_iter().zip(first_bytes([1; 8], n_short));
            for (count, (value, is_there)) in eight_counts.iter_mut().zip(values) {
                let value = value_of(u32::from(value));
                let mask = 0_u32.wrapping_sub(u32::from(is_there));
                // The highest bit is set in the difference to a larger count below 2³¹, and in any
                // count from there on, which is larger too.
                below |= (value.wrapping_sub(*count) | *count) & mask;
                new |= if *count == 0 { value } else { 0 };
                *count = value | *count & !mask;
            }
        }
        counts = counts.split_at_mut_checked(n_short)?.1;
        cursor.try_take(n_short)?;
        left -= n_short;
        if n_short < 8 && left > 0 {
            let (count, next) = counts.split_first_mut()?;
            let value = value_of(cursor.try_uleb()?);
            is_any_smaller |= value < *count;
            new |= if *count == 0 { value } else { 0 };
            *count = value;
            (counts, left) = (next, left - 1);
        }
    }
    is_any_smaller |= below >> 31 != 0;
    Some(Replaced { is_any_smaller, is_any_new: new != 0 })
}
