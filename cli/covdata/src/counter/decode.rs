//! The layers of a counter file: header, segment, arguments, records, footer.

use std::collections::HashSet;

use super::value::{Flavor, RawBe, RawLe, Uleb, Value};
use super::{CounterFile, Record};
use crate::cursor::{Cursor, len64};
use crate::error::{DecodeError, ErrorClass, Warning};
use crate::hash::MetaHash;
use crate::meta::{read_magic, read_version, table_entry, table_len};

/// The first four bytes of a counter file, and of each footer.
pub(crate) const MAGIC: [u8; 4] = *b"\0cwm";
/// The length of a footer in bytes.
const FOOTER_LEN: usize = 16;

/// Reads the header of a counter file for the hash of its meta file.
pub(crate) fn read_counter_header(cursor: &mut Cursor<'_>) -> Result<MetaHash, DecodeError> {
    read_header(cursor).map(|(hash, _)| hash)
}

/// Decodes a whole counter file; see [`CounterFile::decode`].
pub(super) fn decode(bytes: &[u8]) -> Result<CounterFile<'_>, DecodeError> {
    let mut opened = Opened::read(bytes)?;
    let mut records = Vec::new();
    match opened.flavor {
        Flavor::Uleb => read_records::<Uleb>(&mut opened, &mut records),
        Flavor::RawLe => read_records::<RawLe>(&mut opened, &mut records),
        Flavor::RawBe => read_records::<RawBe>(&mut opened, &mut records),
    }?;
    opened.finish(records)
}

/// A counter file of which the records are still to be read.
pub(super) struct Opened<'a> {
    bytes: &'a [u8],
    pub(super) hash: MetaHash,
    pub(super) flavor: Flavor,
    /// How many records there are.
    pub(super) n_records: usize,
    /// At the first record; ends before the footer.
    pub(super) cursor: Cursor<'a>,
    pub(super) n_segments: u32,
}

impl<'a> Opened<'a> {
    /// Reads and checks what surrounds the records.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if u32::try_from(bytes.len()).is_err() {
            let message =
                format!("{} bytes exceed the 4 GiB that this reader accepts", bytes.len());
            return Err(DecodeError::new(ErrorClass::TooLarge, 0, "file size", message));
        }
        let mut cursor = Cursor::new(bytes, 0);
        let (hash, flavor) = read_header(&mut cursor)?;
        let (n_segments, mut cursor) = split_footer(cursor)?;
        let n_records = read_preamble(&mut cursor)?;
        let min_len = match flavor {
            Flavor::Uleb => Uleb::MIN_LEN,
            Flavor::RawLe | Flavor::RawBe => RawLe::MIN_LEN,
        };
        let (start, left) = (cursor.offset(), len64(cursor.rest()));
        let n = usize::try_from(n_records).ok().filter(|_| n_records <= left / (3 * min_len));
        let Some(n_records) = n else {
            let message =
                format!("{n_records} records cannot fit into the {left} bytes at {start}");
            return Err(DecodeError::malformed(32, "number of records", message));
        };
        Ok(Self { bytes, hash, flavor, n_records, cursor, n_segments })
    }

    /// Checks what follows the records, which the cursor has passed.
    pub(super) fn finish(mut self, records: Vec<Record>) -> Result<CounterFile<'a>, DecodeError> {
        let Self { bytes, hash, flavor, n_segments, .. } = self;
        let n_counters = records.iter().map(|record| u64::from(record.n_counters)).sum();
        let mut warnings = Vec::new();
        if n_segments > 1 {
            check_inner_footer(&mut self.cursor)?;
            let message = format!("{} more segments are ignored, as Go does", n_segments - 1);
            let at = self.cursor.offset();
            warnings.push(Warning::new(ErrorClass::Malformed, at, "number of segments", message));
        } else if !self.cursor.rest().is_empty() {
            let left = self.cursor.rest().len();
            let message = format!("{left} bytes between the last record and the footer");
            return Err(DecodeError::malformed(self.cursor.offset(), "records", message));
        }
        Ok(CounterFile { bytes, hash, flavor, n_segments, records, n_counters, warnings })
    }
}

fn read_header(cursor: &mut Cursor<'_>) -> Result<(MetaHash, Flavor), DecodeError> {
    read_magic(cursor, MAGIC, "counter")?;
    read_version(cursor)?;
    let hash = MetaHash::from_bytes(cursor.array("meta hash")?);
    let flavor_at = cursor.offset();
    let flavor = cursor.u8("flavor")?;
    let big_endian_at = cursor.offset();
    let big_endian = cursor.u8("byte order")?;
    cursor.take(6, "padding")?;
    // The byte order says nothing about LEB128, and Go does not look at it there.
    let flavor = match (flavor, big_endian) {
        (2, _) => Flavor::Uleb,
        (1, 0) => Flavor::RawLe,
        (1, 1) => Flavor::RawBe,
        (1, other) => {
            let message = format!("{other} is neither 0 (little-endian) nor 1 (big-endian)");
            return Err(DecodeError::malformed(big_endian_at, "byte order", message));
        }
        (other, _) => {
            let message = format!("{other} is neither 1 (raw) nor 2 (LEB128)");
            return Err(DecodeError::malformed(flavor_at, "flavor", message));
        }
    };
    Ok((hash, flavor))
}

/// Checks the footer at the end of the file. Returns the number of segments, and what lies between
/// header and footer.
fn split_footer(cursor: Cursor<'_>) -> Result<(u32, Cursor<'_>), DecodeError> {
    let end = cursor.offset().saturating_add(len64(cursor.rest()));
    let split = cursor.rest().len().checked_sub(FOOTER_LEN);
    let Some((body, footer)) = split.and_then(|at| cursor.rest().split_at_checked(at)) else {
        let message = format!("need {FOOTER_LEN} bytes, have {}", cursor.rest().len());
        return Err(DecodeError::new(ErrorClass::Truncated, end, "footer", message));
    };
    let footer_at = cursor.offset().saturating_add(len64(body));
    let mut footer = Cursor::new(footer, footer_at);
    if footer.array("footer")? != MAGIC {
        let message = "no footer at the end of the file: it is cut short, or has bytes too many";
        return Err(DecodeError::new(ErrorClass::Truncated, footer_at, "footer", message));
    }
    footer.take(4, "footer padding")?;
    let n_segments_at = footer.offset();
    let n_segments = footer.u32("number of segments")?;
    if n_segments == 0 {
        let message = "a counter file has at least one segment";
        return Err(DecodeError::malformed(n_segments_at, "number of segments", message));
    }
    Ok((n_segments, Cursor::new(body, cursor.offset())))
}

/// Reads segment header, string table and arguments. Returns the stated number of records.
fn read_preamble(cursor: &mut Cursor<'_>) -> Result<u64, DecodeError> {
    let n_records = cursor.u64("number of records")?;
    let strtab_len_at = cursor.offset();
    let strtab_len = cursor.u32("string table length")?;
    let args_len_at = cursor.offset();
    let args_len = cursor.u32("arguments length")?;
    let mut section = |length: u32, length_at, field| {
        let start = cursor.offset();
        let n = usize::try_from(length).unwrap_or(usize::MAX);
        match cursor.take(n, field) {
            Ok(bytes) => Ok(Cursor::new(bytes, start)),
            Err(err) => Err(DecodeError { offset: length_at, ..err }),
        }
    };
    let strtab = section(strtab_len, strtab_len_at, "string table length")?;
    let args = section(args_len, args_len_at, "arguments length")?;
    let strings = read_strtab(strtab)
        .map_err(|err| section_error(&err, strtab_len_at, "string table length"))?;
    check_args(args, args_len_at, &strings)?;
    Ok(n_records)
}

/// Reads the segment's string table, which must fill its section.
fn read_strtab(mut section: Cursor<'_>) -> Result<Vec<&[u8]>, DecodeError> {
    let n = table_len(&mut section)?;
    let strings = (0..n).map(|_| table_entry(&mut section)).collect::<Result<Vec<_>, _>>()?;
    if section.rest().is_empty() {
        return Ok(strings);
    }
    Err(DecodeError::malformed(section.offset(), "string table", "the section goes on after it"))
}

/// Checks the arguments as Go does, and that nothing but padding follows; keeps nothing.
fn check_args(
    mut section: Cursor<'_>,
    length_at: u64,
    strings: &[&[u8]],
) -> Result<(), DecodeError> {
    let short = |err: DecodeError| section_error(&err, length_at, "arguments length");
    let n = section.uleb("number of arguments").map_err(short)?;
    let mut keys = HashSet::new();
    for _ in 0..n {
        let key_at = section.offset();
        let key = string_of(&mut section, length_at, strings)?;
        string_of(&mut section, length_at, strings)?;
        if !keys.insert(key) {
            let message = "the argument's key occurs twice";
            return Err(DecodeError::malformed(key_at, "arguments", message));
        }
    }
    // Up to three zeros make the records of the raw flavours start at a multiple of four.
    let padding = section.rest();
    if padding.len() < 4 && padding.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let message = format!("{} bytes of other than padding follow the arguments", padding.len());
    Err(DecodeError::malformed(length_at, "arguments length", message))
}

fn string_of<'a>(
    section: &mut Cursor<'_>,
    length_at: u64,
    strings: &[&'a [u8]],
) -> Result<&'a [u8], DecodeError> {
    let at = section.offset();
    let index = section
        .uleb("arguments")
        .map_err(|err| section_error(&err, length_at, "arguments length"))?;
    let string = usize::try_from(index).ok().and_then(|index| strings.get(index));
    string.copied().ok_or_else(|| {
        let message = format!("string {index} does not exist, the table has {}", strings.len());
        DecodeError::malformed(at, "arguments", message)
    })
}

/// A section of stated length that does not hold what it must: its length is what is wrong.
fn section_error(err: &DecodeError, length_at: u64, field: &'static str) -> DecodeError {
    let message = format!("the section is damaged or too short: at byte {}, {err}", err.offset);
    DecodeError::malformed(length_at, field, message)
}

/// Reads the records, which must not reach into the footer.
fn read_records<V: Value>(
    opened: &mut Opened<'_>,
    records: &mut Vec<Record>,
) -> Result<(), DecodeError> {
    records.reserve_exact(opened.n_records);
    for index in 0..opened.n_records {
        let record_at = opened.cursor.offset();
        let record = read_record::<V>(&mut opened.cursor);
        records.push(record.ok_or_else(|| record_error(&opened.cursor, index, record_at))?);
    }
    Ok(())
}

#[inline]
fn read_record<V: Value>(cursor: &mut Cursor<'_>) -> Option<Record> {
    let n_counters = V::try_read(cursor)?;
    let package = V::try_read(cursor)?;
    let func = V::try_read(cursor)?;
    let start = u32::try_from(cursor.offset()).ok()?;
    V::try_skip(cursor, n_counters)?;
    Some(Record { package, func, n_counters, start })
}

/// Says why a record could not be read; the cursor is at its first bad number.
fn record_error(cursor: &Cursor<'_>, index: usize, record_at: u64) -> DecodeError {
    let cause = match cursor.uleb_error("records") {
        err if err.class == ErrorClass::Truncated => "it runs into the footer".to_owned(),
        _ if cursor.rest().len() < 4 => "it runs into the footer".to_owned(),
        err => err.message,
    };
    let message = format!("record {index} at byte {record_at} is damaged: {cause}");
    DecodeError::malformed(cursor.offset(), "records", message)
}

/// Checks that the first of several segments ends with its own footer.
fn check_inner_footer(cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
    let at = cursor.offset();
    let is_footer = cursor.array("footer").is_ok_and(|magic: [u8; 4]| magic == MAGIC)
        && cursor.u32("footer padding").is_ok()
        && cursor.u32("number of segments").is_ok_and(|running| running == 1)
        && cursor.u32("footer padding").is_ok();
    if is_footer {
        return Ok(());
    }
    let message = "the first segment's records do not end at its footer";
    Err(DecodeError::malformed(at, "records", message))
}
