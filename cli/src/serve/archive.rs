//! A site inside a `.tar.gz`, which may come from anywhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::layout::INDEX;
use flate2::read::MultiGzDecoder;
use tar::EntryType;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Sites have some thousand files; the bound keeps a hostile archive's index small.
const MAX_FILES: usize = 200_000;
/// The longest path of a file, in bytes.
const MAX_NAME_BYTES: u64 = 1024;
/// The largest extended header that is read, in bytes.
const MAX_EXTENDED_BYTES: u64 = 64 << 10;

/// A site's files, unpacked once into a file that has no name.
#[derive(Debug)]
pub(super) struct Archive {
    contents: File,
    /// By path below the site's folder.
    files: BTreeMap<String, Span>,
}

/// Where a file's contents lie, in bytes.
#[derive(Clone, Copy, Debug)]
struct Span {
    offset: u64,
    len: usize,
}

/// An archive that is not served.
#[derive(Debug, Error)]
#[error("cannot serve `{path}`")]
pub struct ArchiveError {
    /// The archive.
    pub path: Utf8PathBuf,
    /// Why.
    #[source]
    pub kind: ArchiveErrorKind,
}

/// Why an archive is not served.
#[derive(Debug, Error)]
pub enum ArchiveErrorKind {
    /// It is no complete `.tar.gz`.
    #[error("not a complete .tar.gz")]
    Malformed(#[source] io::Error),
    /// An entry would lie outside of the site, or has no sound name.
    #[error("the entry {0:?} has a name that no file of a site has: refused")]
    Name(String),
    /// An entry is neither a file nor a folder, such as a link.
    #[error("the entry {0:?} is neither a regular file nor a folder: refused")]
    NotAFile(String),
    /// It has more files than any site.
    #[error("more than {0} files: refused")]
    TooMany(usize),
    /// It unpacks to far more bytes than a site of its size would.
    #[error("it unpacks to more than {0} bytes, far more than a site would: refused")]
    TooLarge(u64),
    /// There is no `index.html` at the top or in a single top folder.
    #[error("no index.html in it: not a site")]
    NoIndex,
    /// There is no room for the contents.
    #[error("cannot unpack it into the temporary folder: make room there, or set TMPDIR")]
    Temporary(#[source] io::Error),
}

impl Archive {
    /// Unpacks an archive and closes it; blocks for as long as that takes.
    pub(super) fn open(path: &Utf8Path) -> Result<Self, ArchiveError> {
        let open = || {
            let file = fs_err::File::open(path).map_err(ArchiveErrorKind::Malformed)?;
            let size = file.metadata().map_err(ArchiveErrorKind::Malformed)?.len();
            // Text compresses to a tenth, hardly ever to a hundredth; a bomb to a thousandth.
            let limit = size.saturating_mul(200).saturating_add(64 << 20);
            Self::unpack(file, limit)
        };
        open().map_err(|kind| ArchiveError { path: path.to_owned(), kind })
    }

    fn unpack(gzip: impl Read, limit: u64) -> Result<Self, ArchiveErrorKind> {
        let contents = tempfile::tempfile().map_err(ArchiveErrorKind::Temporary)?;
        let mut archive = Self { contents, files: BTreeMap::new() };
        let tar = Limited { inner: MultiGzDecoder::new(BufReader::new(gzip)), left: limit };
        let mut tar = tar::Archive::new(tar);
        // Raw: the library would read names of any length into memory.
        let entries = tar.entries().map_err(|error| failed(error, limit))?.raw(true);
        let mut offset = 0;
        let mut long_name = None;
        for entry in entries {
            let mut entry = entry.map_err(|error| failed(error, limit))?;
            match entry.header().entry_type() {
                EntryType::GNULongName => {
                    let name = read_small(&mut entry, MAX_NAME_BYTES, limit)?;
                    long_name = Some(name.split(|b| *b == 0).next().unwrap_or_default().to_vec());
                }
                EntryType::XHeader => {
                    let header = read_small(&mut entry, MAX_EXTENDED_BYTES, limit)?;
                    long_name = extended_path(&header).or(long_name);
                }
                EntryType::XGlobalHeader | EntryType::GNULongLink => {}
                kind => {
                    let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
                    offset = archive.add(&mut entry, kind, &name, offset, limit)?;
                }
            }
        }
        // The checksum stands at the very end, behind what the tar format needs.
        io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|error| failed(error, limit))?;
        archive.strip_top()?;
        Ok(archive)
    }

    /// Adds an entry and returns the offset of the next one.
    fn add(
        &mut self,
        entry: &mut tar::Entry<'_, impl Read>,
        kind: EntryType,
        name: &[u8],
        offset: u64,
        limit: u64,
    ) -> Result<u64, ArchiveErrorKind> {
        let text = || String::from_utf8_lossy(name).chars().take(200).collect::<String>();
        let path = sound_path(name).ok_or_else(|| ArchiveErrorKind::Name(text()))?;
        if kind == EntryType::Directory || (kind.is_file() && name.ends_with(b"/")) {
            return Ok(offset);
        }
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(ArchiveErrorKind::NotAFile(text()));
        }
        if path.is_empty() {
            return Err(ArchiveErrorKind::Name(text()));
        }
        if self.files.len() >= MAX_FILES {
            return Err(ArchiveErrorKind::TooMany(MAX_FILES));
        }
        let announced = entry.size();
        let mut len: u64 = 0;
        let mut buffer = [0; 8 << 10];
        loop {
            let n_bytes = entry.read(&mut buffer).map_err(|error| failed(error, limit))?;
            let Some(bytes) = buffer.get(..n_bytes).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            self.contents.write_all(bytes).map_err(ArchiveErrorKind::Temporary)?;
            len = len.saturating_add(u64::try_from(n_bytes).unwrap_or(u64::MAX));
        }
        if len != announced {
            return Err(ArchiveErrorKind::Malformed(io::ErrorKind::UnexpectedEof.into()));
        }
        let too_large = |_| ArchiveErrorKind::TooLarge(limit);
        let span = Span { offset, len: usize::try_from(len).map_err(too_large)? };
        // As when unpacking: of two entries with one name the later one counts.
        self.files.insert(path, span);
        Ok(offset.saturating_add(len))
    }

    /// Makes paths relative to the folder of `index.html`: the top, or the only top folder.
    fn strip_top(&mut self) -> Result<(), ArchiveErrorKind> {
        if self.files.contains_key(INDEX) {
            return Ok(());
        }
        let first = self.files.keys().next().and_then(|path| path.split_once('/'));
        let top = first.map(|(top, _)| format!("{top}/")).ok_or(ArchiveErrorKind::NoIndex)?;
        let files = std::mem::take(&mut self.files);
        for (path, span) in files {
            let below = path.strip_prefix(&top).ok_or(ArchiveErrorKind::NoIndex)?;
            self.files.insert(below.to_owned(), span);
        }
        let has_index = self.files.contains_key(INDEX);
        if has_index { Ok(()) } else { Err(ArchiveErrorKind::NoIndex) }
    }

    /// How many files the site has.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// A file's contents with a number that no other file has, or `None` for an unknown path.
    pub(super) fn read(&self, path: &str) -> io::Result<Option<(Vec<u8>, i128)>> {
        let Some(Span { offset, len }) = self.files.get(path).copied() else { return Ok(None) };
        let mut contents = vec![0; len];
        read_exact_at(&self.contents, &mut contents, offset)?;
        Ok(Some((contents, offset.into())))
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let n_bytes = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if n_bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = buffer.split_at_mut(n_bytes).1;
        offset = offset.saturating_add(u64::try_from(n_bytes).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// A reader that fails after so many bytes.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        let left = u64::try_from(n_bytes).ok().and_then(|n_bytes| self.left.checked_sub(n_bytes));
        self.left = left.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(n_bytes)
    }
}

fn failed(error: io::Error, limit: u64) -> ArchiveErrorKind {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ArchiveErrorKind::TooLarge(limit),
        _ => ArchiveErrorKind::Malformed(error),
    }
}

fn read_small(entry: &mut impl Read, max: u64, limit: u64) -> Result<Vec<u8>, ArchiveErrorKind> {
    let mut bytes = Vec::new();
    entry
        .take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| failed(error, limit))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        let start = bytes.iter().take(40).copied().collect::<Vec<u8>>();
        return Err(ArchiveErrorKind::Name(String::from_utf8_lossy(&start).into_owned()));
    }
    Ok(bytes)
}

fn extended_path(header: &[u8]) -> Option<Vec<u8>> {
    let extensions = tar::PaxExtensions::new(header).filter_map(Result::ok);
    extensions.filter(|field| field.key_bytes() == b"path").last().map(|f| f.value_bytes().to_vec())
}

/// The path without `.` components and a final slash, or `None` when it could lead elsewhere.
fn sound_path(name: &[u8]) -> Option<String> {
    let text = str::from_utf8(name).ok()?;
    let text = text.strip_suffix('/').unwrap_or(text);
    let hostile = text.is_empty()
        || text.starts_with('/')
        || text.contains(|c: char| c.is_control() || c == '\\')
        || text.split('/').any(|part| part.is_empty() || part == "..")
        || u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_NAME_BYTES;
    let parts: Vec<_> = text.split('/').filter(|part| *part != ".").collect();
    (!hostile).then(|| parts.join("/"))
}
