//! All strings of a meta file, each stored once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::cursor::Cursor;
use crate::error::{DecodeError, ErrorClass, Warning};

/// A string of a meta file; see [`MetaFile::str`](crate::MetaFile::str).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrId(u32);

impl StrId {
    /// The id as an index below [`MetaFile::n_strings`](crate::MetaFile::n_strings).
    pub fn index(self) -> u32 {
        self.0
    }
}

/// One text with the places where its strings end.
///
/// Invariant: `ends` never falls, lies on character boundaries, and its last element is the text's
/// length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(crate) fn get(&self, id: StrId) -> &str {
        let Ok(index) = usize::try_from(id.0) else { return "" };
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before),
            None => Some(&0),
        };
        let (Some(start), Some(end)) = (start, self.ends.get(index)) else { return "" };
        let (Ok(start), Ok(end)) = (usize::try_from(*start), usize::try_from(*end)) else {
            return "";
        };
        self.text.get(start..end).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn push(&mut self, text: &str) -> Option<StrId> {
        let id = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).ok()?);
        Some(StrId(id))
    }
}

/// Gives equal strings equal ids while a file is decoded.
#[derive(Debug, Default)]
pub(crate) struct Interner<'a> {
    strings: Strings,
    ids: HashMap<&'a [u8], StrId>,
    n_invalid: u32,
    first_invalid: u64,
}

impl<'a> Interner<'a> {
    /// Reads a string table and appends the id of each of its strings to `ids`.
    pub(crate) fn read_table(
        &mut self,
        cursor: &mut Cursor<'a>,
        ids: &mut Vec<StrId>,
    ) -> Result<(), DecodeError> {
        let start = cursor.offset();
        let n = table_len(cursor)?;
        ids.reserve(n);
        for _ in 0..n {
            let offset = cursor.offset();
            let id = self.intern(table_entry(cursor)?, offset).ok_or_else(|| {
                let message = "the strings of the file exceed 4 GiB";
                DecodeError::new(ErrorClass::TooLarge, start, "string table", message)
            })?;
            ids.push(id);
        }
        Ok(())
    }

    /// All strings, and a warning when some were not UTF-8.
    pub(crate) fn finish(self) -> (Strings, Option<Warning>) {
        let warning = (self.n_invalid > 0).then(|| {
            let n = self.n_invalid;
            let message = format!("{n} strings are not UTF-8, bad bytes became U+FFFD");
            Warning::new(ErrorClass::Malformed, self.first_invalid, "string", message)
        });
        (self.strings, warning)
    }

    fn intern(&mut self, bytes: &'a [u8], offset: u64) -> Option<StrId> {
        let slot = match self.ids.entry(bytes) {
            Entry::Occupied(known) => return Some(*known.get()),
            Entry::Vacant(slot) => slot,
        };
        let id = if let Ok(text) = std::str::from_utf8(bytes) {
            self.strings.push(text)?
        } else {
            if self.n_invalid == 0 {
                self.first_invalid = offset;
            }
            self.n_invalid = self.n_invalid.saturating_add(1);
            self.strings.push(&String::from_utf8_lossy(bytes))?
        };
        Some(*slot.insert(id))
    }
}

/// Reads the number of strings of a table and checks that so many can follow.
pub(crate) fn table_len(cursor: &mut Cursor<'_>) -> Result<usize, DecodeError> {
    let offset = cursor.offset();
    let stated = cursor.uleb("number of strings")?;
    match usize::try_from(stated) {
        Ok(n) if n <= cursor.rest().len() => Ok(n),
        _ => {
            let left = cursor.rest().len();
            let message = format!("{stated} strings cannot fit into {left} bytes");
            Err(DecodeError::new(ErrorClass::TooLarge, offset, "number of strings", message))
        }
    }
}

/// Reads one string of a table.
pub(crate) fn table_entry<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], DecodeError> {
    let length = cursor.uleb("string length")?;
    cursor.take(usize::try_from(length).unwrap_or(usize::MAX), "string")
}
