//! The only way this crate reads bytes: forward, bounded, and knowing where it is.

use crate::error::{DecodeError, ErrorClass};

/// The length of `bytes`, for comparison with lengths that a file states.
pub(crate) fn len64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// A position in a slice of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    /// Where `rest` ends, in bytes from the start of the file.
    end: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`, which begin at `offset` of their file.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { rest: bytes, end: offset.saturating_add(len64(bytes)) }
    }

    /// The next byte's place in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.end.saturating_sub(len64(self.rest))
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `n` bytes.
    pub(crate) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        self.try_take(n).ok_or_else(|| self.truncated(n, field))
    }

    /// The next `n` bytes; stays in place on failure.
    #[inline]
    pub(crate) fn try_take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(head)
    }

    /// The next `N` bytes by value.
    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(N, field));
        };
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array(field).map(u8::from_le_bytes)
    }

    /// Four bytes, little-endian.
    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// An unsigned LEB128 number below 2³² in its shortest form, the only one that Go writes.
    pub(crate) fn uleb(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.try_uleb().ok_or_else(|| self.uleb_error(field))
    }

    /// As [`Self::uleb`], for hot loops: stays in place on failure.
    #[inline]
    pub(crate) fn try_uleb(&mut self) -> Option<u32> {
        match self.rest {
            [low @ ..0x80, rest @ ..] => {
                self.rest = rest;
                Some(u32::from(*low))
            }
            [low, high @ 1..0x80, rest @ ..] => {
                self.rest = rest;
                Some(u32::from(low & 0x7f) | u32::from(*high) << 7)
            }
            _ => self.long_uleb(),
        }
    }

    fn long_uleb(&mut self) -> Option<u32> {
        let mut value = 0u32;
        let mut rest = self.rest;
        for shift in [0u32, 7, 14, 21, 28] {
            let (&byte, tail) = rest.split_first()?;
            rest = tail;
            if shift == 28 && byte > 0x0f {
                return None;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 {
                    return None;
                }
                self.rest = rest;
                return Some(value);
            }
        }
        None
    }

    /// Says why [`Self::try_uleb`] failed at this place.
    pub(crate) fn uleb_error(&self, field: &'static str) -> DecodeError {
        let unfinished = self.rest.len() < 5 && self.rest.iter().all(|byte| *byte >= 0x80);
        if unfinished {
            let message = "the number runs past the end of its section";
            return DecodeError::new(ErrorClass::Truncated, self.offset(), field, message);
        }
        let message = "the number exceeds 32 bits or has needless leading zeros";
        DecodeError::malformed(self.offset(), field, message)
    }

    /// Four raw bytes, little-endian; stays in place on failure.
    #[inline]
    pub(crate) fn try_u32_le(&mut self) -> Option<u32> {
        let (head, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*head))
    }

    /// Four raw bytes, big-endian; stays in place on failure.
    #[inline]
    pub(crate) fn try_u32_be(&mut self) -> Option<u32> {
        let (head, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*head))
    }

    fn truncated(&self, n: usize, field: &'static str) -> DecodeError {
        let have = self.rest.len();
        let unit = if n == 1 { "byte" } else { "bytes" };
        let message = format!("need {n} {unit}, have {have}");
        DecodeError::new(ErrorClass::Truncated, self.offset(), field, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uleb(bytes: &[u8]) -> Result<u32, ErrorClass> {
        Cursor::new(bytes, 0).uleb("x").map_err(|err| err.class)
    }

    #[test]
    fn uleb_reads_the_shortest_form_of_every_width() {
        assert_eq!(uleb(&[0x00]), Ok(0));
        assert_eq!(uleb(&[0x7f]), Ok(0x7f));
        assert_eq!(uleb(&[0x80, 0x01]), Ok(0x80));
        assert_eq!(uleb(&[0xff, 0xff, 0x03]), Ok(0xffff));
        assert_eq!(uleb(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(u32::MAX));
    }

    #[test]
    fn uleb_refuses_more_than_32_bits_and_overlong_forms() {
        assert_eq!(uleb(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(ErrorClass::Malformed));
        assert_eq!(uleb(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), Err(ErrorClass::Malformed));
        assert_eq!(uleb(&[0x81, 0x00]), Err(ErrorClass::Malformed));
        assert_eq!(uleb(&[0x80, 0x80, 0x80, 0x80, 0x80]), Err(ErrorClass::Malformed));
    }

    #[test]
    fn uleb_that_runs_off_the_end_is_truncated() {
        assert_eq!(uleb(&[]), Err(ErrorClass::Truncated));
        assert_eq!(uleb(&[0x80, 0x80]), Err(ErrorClass::Truncated));
    }

    #[test]
    fn a_short_read_says_where_and_how_much() {
        let mut cursor = Cursor::new(&[1, 0], 4);
        let err = cursor.u32("version").unwrap_err();
        insta::assert_snapshot!(err, @"at byte 4, while reading version: need 4 bytes, have 2");
        assert_eq!(cursor.rest(), [1, 0]);
    }
}
