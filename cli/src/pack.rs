//! A site as one file: the same site always gives the same bytes.

use std::io::{self, Read, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::layout::INDEX;
use flate2::Compression;
use flate2::write::GzEncoder;
use thiserror::Error;

use crate::collection::Output;

/// What was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackSummary {
    /// How many files.
    pub files: usize,
    /// Their sizes together, in bytes.
    pub bytes: u64,
    /// The size of the archive, in bytes.
    pub packed_bytes: u64,
}

/// A site that cannot be packed.
#[derive(Debug, Error)]
pub enum PackError {
    /// There is no `index.html` in the folder.
    #[error("no site in `{site}`: it has no index.html; make one with `covatlas render`")]
    NoSite {
        /// The folder.
        site: Utf8PathBuf,
    },
    /// The archive would become part of the site.
    #[error("`{output}` lies in the site itself: choose a place outside of `{site}`")]
    OutputInside {
        /// The archive.
        output: Utf8PathBuf,
        /// The folder.
        site: Utf8PathBuf,
    },
    /// Something in the folder is neither a regular file nor a folder, such as a link.
    #[error("`{path}` is neither a regular file nor a folder, and no part of a site")]
    NotAFile {
        /// Its path.
        path: Utf8PathBuf,
    },
    /// A file grew or shrank while it was read.
    #[error("`{path}` changed while it was read: pack again when nothing writes to the site")]
    Changed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file of the site cannot be read, or the archive not be written.
    #[error("cannot pack `{path}`")]
    Io {
        /// The file or folder at work.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// Packs a site's folder into a `.tar.gz` with one top folder of the same name.
///
/// Nothing in the archive depends on when, where or by whom it was made: names are sorted, times
/// and owners are zero, modes are fixed. The archive appears when it is complete. Files whose
/// names start with `tmp.` are left out: an interrupted writer left them behind.
pub fn pack(site: &Utf8Path, output: &Utf8Path) -> Result<PackSummary, PackError> {
    let io_error = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| PackError::Io { path, source }
    };
    if !site.join(INDEX).is_file() {
        return Err(PackError::NoSite { site: site.to_owned() });
    }
    let root = site.canonicalize_utf8().map_err(io_error(site))?;
    if is_inside(output, &root) {
        return Err(PackError::OutputInside { output: output.to_owned(), site: site.to_owned() });
    }
    let files = list(&root)?;
    let top = root.file_name().unwrap_or("site");

    let archive = Output::create(output).map_err(io_error(output))?;
    let mut tar = tar::Builder::new(GzEncoder::new(archive, Compression::default()));
    let mut bytes: u64 = 0;
    for relative in &files {
        let n_bytes = append(&mut tar, &root.join(relative), &format!("{top}/{relative}"))?;
        bytes = bytes.saturating_add(n_bytes);
    }
    let finish = |tar: tar::Builder<GzEncoder<Output>>| {
        let mut archive = tar.into_inner()?.finish()?;
        archive.flush()?;
        let packed_bytes = archive.n_bytes()?;
        archive.commit().map(|()| packed_bytes)
    };
    let packed_bytes = finish(tar).map_err(io_error(output))?;
    Ok(PackSummary { files: files.len(), bytes, packed_bytes })
}

fn is_inside(output: &Utf8Path, root: &Utf8Path) -> bool {
    let parent = match output.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent,
        _ => Utf8Path::new("."),
    };
    // A parent that is not there makes the write fail, with a message of its own.
    parent.canonicalize_utf8().is_ok_and(|parent| parent.starts_with(root))
}

/// The paths of all files below `root`, with `/` between components, sorted by byte.
fn list(root: &Utf8Path) -> Result<Vec<String>, PackError> {
    let mut files = Vec::new();
    let mut open = vec![(root.to_owned(), String::new())];
    while let Some((dir, relative)) = open.pop() {
        let failed = |source| PackError::Io { path: dir.clone(), source };
        for entry in dir.read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let path = format!("{relative}{}", entry.file_name());
            if kind.is_dir() {
                open.push((entry.into_path(), format!("{path}/")));
            } else if !kind.is_file() {
                return Err(PackError::NotAFile { path: entry.into_path() });
            } else if !entry.file_name().starts_with("tmp.") {
                files.push(path);
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Adds one file and returns its size in bytes.
fn append(
    tar: &mut tar::Builder<GzEncoder<Output>>,
    path: &Utf8Path,
    name: &str,
) -> Result<u64, PackError> {
    let failed = |source| PackError::Io { path: path.to_owned(), source };
    let file = fs_err::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    let mut contents = Counted { inner: file, n_bytes: 0 };
    tar.append_data(&mut header, name, contents.by_ref().take(size)).map_err(failed)?;
    // One byte more than announced means that the file grew.
    let grown = contents.read(&mut [0]).map_err(failed)?;
    if contents.n_bytes != size || grown > 0 {
        return Err(PackError::Changed { path: path.to_owned() });
    }
    Ok(size)
}

/// A reader that counts the bytes it gave out.
struct Counted<R> {
    inner: R,
    n_bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        self.n_bytes = self.n_bytes.saturating_add(u64::try_from(n_bytes).unwrap_or(u64::MAX));
        Ok(n_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, Utf8PathBuf) {
        let guard = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(guard.path().to_owned()).unwrap();
        let site = dir.join("my-site");
        for (name, contents) in [
            ("index.html", "<!doctype html>"),
            (".nojekyll", ""),
            ("data/b-2.js", "b"),
            ("data/a-1.js", "a"),
            ("data.txt", "x"),
        ] {
            fs_err::create_dir_all(site.join(name).parent().unwrap()).unwrap();
            fs_err::write(site.join(name), contents).unwrap();
        }
        (guard, site)
    }

    fn entries(archive: &Utf8Path) -> Vec<(String, u32, u64, u64, String)> {
        let bytes = fs_err::read(archive).unwrap();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut contents = String::new();
            entry.read_to_string(&mut contents).unwrap();
            let header = entry.header();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let (mode, uid) = (header.mode().unwrap(), header.uid().unwrap());
            (name, mode, uid, header.mtime().unwrap(), contents)
        });
        entries.collect()
    }

    #[test]
    fn an_archive_holds_the_site_in_one_folder() {
        let (_guard, site) = site();
        let output = site.with_file_name("out.tar.gz");
        let summary = pack(&site, &output).unwrap();
        assert_eq!((summary.files, summary.bytes), (5, 18));
        assert_eq!(summary.packed_bytes, fs_err::metadata(&output).unwrap().len());
        let entry = |name: &str, contents: &str| {
            (format!("my-site/{name}"), 0o644, 0, 0, contents.to_owned())
        };
        assert_eq!(
            entries(&output),
            [
                entry(".nojekyll", ""),
                entry("data.txt", "x"),
                entry("data/a-1.js", "a"),
                entry("data/b-2.js", "b"),
                entry("index.html", "<!doctype html>"),
            ]
        );
    }

    #[test]
    fn the_same_site_gives_the_same_bytes() {
        let (_guard, site) = site();
        let first = site.with_file_name("first.tar.gz");
        pack(&site, &first).unwrap();
        // Another copy of the site: written in another order, at another time, with other modes.
        let copy = site.with_file_name("other").join("my-site");
        for name in ["data/a-1.js", "index.html", "data.txt", "data/b-2.js", ".nojekyll"] {
            let path = copy.join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, fs_err::read(site.join(name)).unwrap()).unwrap();
            let file = fs_err::OpenOptions::new().write(true).open(&path).unwrap();
            file.file().set_modified(std::time::UNIX_EPOCH).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        fs_err::write(copy.join("data/tmp.Xy12"), "half").unwrap();
        let second = site.with_file_name("second.tar.gz");
        pack(&copy, &second).unwrap();
        assert_eq!(fs_err::read(&first).unwrap(), fs_err::read(&second).unwrap());
        fs_err::write(copy.join("data.txt"), "y").unwrap();
        pack(&copy, &second).unwrap();
        assert_ne!(fs_err::read(&first).unwrap(), fs_err::read(&second).unwrap());
    }

    #[test]
    fn long_names_survive() {
        let (_guard, site) = site();
        let long = format!("data/{}.js", "n".repeat(220));
        fs_err::write(site.join(&long), "long").unwrap();
        let output = site.with_file_name("out.tar.gz");
        pack(&site, &output).unwrap();
        assert!(entries(&output).iter().any(|entry| entry.0 == format!("my-site/{long}")));
    }

    #[test]
    fn what_is_no_site_is_refused() {
        let (_guard, site) = site();
        let output = site.with_file_name("out.tar.gz");
        let no_site = pack(&site.join("data"), &output).unwrap_err();
        assert!(no_site.to_string().contains("covatlas render"), "{no_site}");
        let inside = pack(&site, &site.join("data/out.tar.gz")).unwrap_err();
        assert!(matches!(inside, PackError::OutputInside { .. }), "{inside}");
        let nowhere = pack(&site, &site.with_file_name("missing/out.tar.gz")).unwrap_err();
        assert!(matches!(nowhere, PackError::Io { .. }), "{nowhere}");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/passwd", site.join("link")).unwrap();
            let link = pack(&site, &output).unwrap_err();
            assert!(matches!(link, PackError::NotAFile { .. }), "{link}");
        }
        assert!(!output.exists());
    }
}
