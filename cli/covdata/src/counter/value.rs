//! The three encodings of the numbers in a counter segment.

use crate::cursor::Cursor;

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
pub(super) trait Value {
    /// The fewest bytes that a number takes.
    const MIN_LEN: u64;

    /// Reads a number; the cursor stays in place on failure.
    fn try_read(cursor: &mut Cursor<'_>) -> Option<u32>;

    /// Skips `n` numbers; on failure the cursor is at the first bad one.
    #[inline]
    fn try_skip(cursor: &mut Cursor<'_>, n: u32) -> Option<()> {
        (0..n).try_for_each(|_| Self::try_read(cursor).map(drop))
    }
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
