//! The outer layers of a meta file: header, package tables, string table.

use super::blob::Decoder;
use super::{Granularity, MetaFile, Mode};
use crate::cursor::{Cursor, len64};
use crate::error::{DecodeError, ErrorClass, Warning};
use crate::hash::{MetaHash, is_known_hash};

/// The first four bytes of a meta file.
pub(crate) const MAGIC: [u8; 4] = *b"\0cvm";
/// The length of the file header in bytes.
const HEADER_LEN: u64 = 56;
/// The length of a package's entries in the two tables after the header.
const TABLES_LEN: u64 = 16;
/// The length of a package blob's header; no blob is shorter.
pub(super) const BLOB_HEADER_LEN: u64 = 44;

/// The header of a meta file, each field valid by itself.
#[derive(Debug)]
pub(super) struct Header {
    total_length: u64,
    n_packages: u64,
    pub(super) hash: MetaHash,
    strtab_offset: u32,
    strtab_length: u32,
    pub(super) mode: Mode,
    granularity: Granularity,
}

impl Header {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        read_magic(cursor, MAGIC, "meta")?;
        read_version(cursor)?;
        let total_length = cursor.u64("total length")?;
        let n_packages = cursor.u64("number of packages")?;
        let hash = MetaHash::from_bytes(cursor.array("meta hash")?);
        let strtab_offset = cursor.u32("string table offset")?;
        let strtab_length = cursor.u32("string table length")?;
        let mode = read_mode(cursor)?;
        let granularity = read_granularity(cursor)?;
        cursor.take(6, "padding")?;
        Ok(Self { total_length, n_packages, hash, strtab_offset, strtab_length, mode, granularity })
    }

    /// Checks the stated sizes against the file's, before anything is allocated. Returns the number
    /// of packages and the offset of the string table.
    fn check_sizes(&self, size: u64) -> Result<(usize, u64), DecodeError> {
        let total = self.total_length;
        if size < total {
            let message = format!("the file ends here, but its header promises {total} bytes");
            return Err(DecodeError::new(ErrorClass::Truncated, size, "file size", message));
        }
        let too_large = || {
            let message = format!("{} packages cannot fit into {size} bytes", self.n_packages);
            DecodeError::new(ErrorClass::TooLarge, 16, "number of packages", message)
        };
        let strtab = (self.n_packages.checked_mul(TABLES_LEN))
            .and_then(|tables| tables.checked_add(HEADER_LEN))
            .filter(|end| *end <= size)
            .ok_or_else(too_large)?;
        let blobs = strtab.saturating_add(u64::from(self.strtab_length));
        if blobs > size {
            let message = format!("{} bytes run past the end of the file", self.strtab_length);
            let field = "string table length";
            return Err(DecodeError::new(ErrorClass::Truncated, 44, field, message));
        }
        if blobs > total {
            let message = format!("{total} bytes do not even hold the tables");
            return Err(DecodeError::malformed(8, "total length", message));
        }
        Ok((usize::try_from(self.n_packages).map_err(|_| too_large())?, strtab))
    }

    /// What is odd about the header in a file that is otherwise fine.
    fn warnings(&self, size: u64, strtab: u64) -> impl Iterator<Item = Warning> {
        let total = self.total_length;
        let trailing = (size > total).then(|| {
            let message = format!("{} bytes follow the end of the data", size - total);
            Warning::new(ErrorClass::Malformed, total, "file size", message)
        });
        let misplaced = (u64::from(self.strtab_offset) != strtab).then(|| {
            let message =
                format!("the string table is at byte {strtab}, not {}", self.strtab_offset);
            Warning::new(ErrorClass::Malformed, 40, "string table offset", message)
        });
        trailing.into_iter().chain(misplaced)
    }
}

/// Decodes a whole meta file; see [`MetaFile::decode`].
pub(super) fn decode(bytes: &[u8]) -> Result<MetaFile, DecodeError> {
    let size = len64(bytes);
    if u32::try_from(bytes.len()).is_err() {
        let message = format!("{size} bytes exceed the 4 GiB that this reader accepts");
        return Err(DecodeError::new(ErrorClass::TooLarge, 0, "file size", message));
    }
    let mut cursor = Cursor::new(bytes, 0);
    let header = Header::read(&mut cursor)?;
    let (n_packages, strtab) = header.check_sizes(size)?;
    let table_bytes = n_packages.saturating_mul(8);
    let mut offsets = sub_cursor(&mut cursor, table_bytes, "package offset")?;
    let mut lengths = sub_cursor(&mut cursor, table_bytes, "package length")?;
    read_strtab(&mut cursor, header.strtab_length)?;

    let mut blobs = Vec::with_capacity(n_packages);
    let mut decoder = Decoder::with_file_len(bytes.len());
    let total_length = usize::try_from(header.total_length).unwrap_or(usize::MAX);
    let within = Cursor::new(bytes, 0).take(total_length, "total length")?;
    for _ in 0..n_packages {
        let blob = next_blob(within, &mut offsets, &mut lengths, cursor.offset())?;
        cursor.take(blob.rest().len(), "package")?;
        let hash = decoder.read_package(blob)?;
        blobs.push((hash, blob.rest()));
    }
    if cursor.offset() != header.total_length {
        let left = header.total_length.saturating_sub(cursor.offset());
        let message = format!("{left} bytes after the last package belong to nothing");
        return Err(DecodeError::malformed(cursor.offset(), "total length", message));
    }

    let (mut meta, odd) = decoder.finish(header.hash, header.mode, header.granularity);
    meta.warnings.extend(header.warnings(size, strtab));
    meta.warnings.extend(odd);
    if !is_known_hash(header.hash, &blobs, header.mode, header.granularity) {
        let message = "the hash follows none of Go's formulas: merged by another tool, or damaged";
        meta.warnings.push(Warning::new(ErrorClass::HashMismatch, 24, "meta hash", message));
    }
    Ok(meta)
}

/// Takes a meta file apart; see [`MetaFile::split`].
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let size = len64(bytes);
    let mut cursor = Cursor::new(bytes, 0);
    let header = Header::read(&mut cursor).ok().filter(|h| h.total_length == size)?;
    let (n_packages, _) = header.check_sizes(size).ok()?;
    let table_bytes = n_packages.checked_mul(8)?;
    let mut offsets = sub_cursor(&mut cursor, table_bytes, "package offset").ok()?;
    let mut lengths = sub_cursor(&mut cursor, table_bytes, "package length").ok()?;
    cursor.take(usize::try_from(header.strtab_length).ok()?, "string table").ok()?;
    let (head, mut rest) = bytes.split_at_checked(usize::try_from(cursor.offset()).ok()?)?;
    let mut packages = Vec::with_capacity(n_packages);
    for _ in 0..n_packages {
        let at = size.checked_sub(len64(rest))?;
        let length = lengths.u64("package length").ok()?;
        let (package, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        if offsets.u64("package offset").ok()? != at {
            return None;
        }
        packages.push(package);
        rest = after;
    }
    rest.is_empty().then_some((head, packages))
}

/// Splits off the next `n` bytes as a cursor of their own.
fn sub_cursor<'a>(
    cursor: &mut Cursor<'a>,
    n: usize,
    field: &'static str,
) -> Result<Cursor<'a>, DecodeError> {
    let start = cursor.offset();
    Ok(Cursor::new(cursor.take(n, field)?, start))
}

/// Reads the tables' next offset and length and returns a cursor over that blob.
fn next_blob<'a>(
    within: &'a [u8],
    offsets: &mut Cursor<'_>,
    lengths: &mut Cursor<'_>,
    expected: u64,
) -> Result<Cursor<'a>, DecodeError> {
    let total = len64(within);
    let offset_at = offsets.offset();
    let offset = offsets.u64("package offset")?;
    let length_at = lengths.offset();
    let length = lengths.u64("package length")?;
    let beyond = |at, field, value| {
        let message = format!("{value} is beyond the stated length of {total} bytes");
        DecodeError::malformed(at, field, message)
    };
    if offset > total {
        return Err(beyond(offset_at, "package offset", offset));
    }
    if length > total {
        return Err(beyond(length_at, "package length", length));
    }
    if total - offset < BLOB_HEADER_LEN {
        let message = format!("no package starts at byte {offset}: only {} left", total - offset);
        return Err(DecodeError::new(ErrorClass::Truncated, offset_at, "package offset", message));
    }
    if length < BLOB_HEADER_LEN {
        let message = format!("{length} bytes cannot hold a package, which has at least 44");
        return Err(DecodeError::new(ErrorClass::Truncated, length_at, "package length", message));
    }
    if offset != expected {
        let message = format!("the package starts at byte {expected}, not {offset}");
        return Err(DecodeError::malformed(offset_at, "package offset", message));
    }
    let end = offset.saturating_add(length);
    let (start, stop) = (usize::try_from(offset), usize::try_from(end));
    let blob = match (start, stop) {
        (Ok(start), Ok(stop)) => within.get(start..stop),
        _ => None,
    };
    let blob = blob.ok_or_else(|| beyond(length_at, "package length", end))?;
    Ok(Cursor::new(blob, offset))
}

/// Checks a magic number; `kind` names the file that should have it.
pub(crate) fn read_magic(
    cursor: &mut Cursor<'_>,
    magic: [u8; 4],
    kind: &str,
) -> Result<(), DecodeError> {
    let offset = cursor.offset();
    let found: [u8; 4] = cursor.array("magic")?;
    if found == magic {
        return Ok(());
    }
    let message = format!("`{}` is not how a {kind} file starts", found.escape_ascii());
    Err(DecodeError::new(ErrorClass::BadMagic, offset, "magic", message))
}

/// Checks that the version is 1.
pub(crate) fn read_version(cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
    let offset = cursor.offset();
    let version = cursor.u32("version")?;
    if version == 1 {
        return Ok(());
    }
    let message = format!("version {version} is unknown, only 1 is");
    Err(DecodeError::new(ErrorClass::UnsupportedVersion, offset, "version", message))
}

fn read_mode(cursor: &mut Cursor<'_>) -> Result<Mode, DecodeError> {
    let offset = cursor.offset();
    match cursor.u8("mode")? {
        1 => Ok(Mode::Set),
        2 => Ok(Mode::Count),
        3 => Ok(Mode::Atomic),
        other => {
            let message = format!("{other} is none of 1 (set), 2 (count), 3 (atomic)");
            Err(DecodeError::malformed(offset, "mode", message))
        }
    }
}

fn read_granularity(cursor: &mut Cursor<'_>) -> Result<Granularity, DecodeError> {
    let offset = cursor.offset();
    match cursor.u8("granularity")? {
        1 => Ok(Granularity::PerBlock),
        2 => Ok(Granularity::PerFunc),
        other => {
            let message = format!("{other} is none of 1 (per block), 2 (per function)");
            Err(DecodeError::malformed(offset, "granularity", message))
        }
    }
}

/// Reads the file's own string table, of which nothing is used, and which must fill its place.
fn read_strtab(cursor: &mut Cursor<'_>, length: u32) -> Result<(), DecodeError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut table = sub_cursor(cursor, length, "string table")?;
    let filled = super::strings::table_len(&mut table)
        .and_then(|n| (0..n).try_for_each(|_| super::strings::table_entry(&mut table).map(drop)));
    if let Err(err) = filled {
        let message = format!("{length} bytes do not hold the table: {}", err.message);
        return Err(DecodeError::malformed(44, "string table length", message));
    }
    if table.rest().is_empty() {
        return Ok(());
    }
    let message = format!("{length} bytes are more than the table holds");
    Err(DecodeError::malformed(44, "string table length", message))
}
