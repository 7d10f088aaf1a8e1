use std::io::{self, Read as _, Write};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

/// How names of incomplete files begin.
const TEMPORARY: &str = "tmp.";
/// Letters and digits that follow.
const RANDOM: usize = 6;
/// Who may do what with a file that is its owner's alone.
const PRIVATE: u32 = 0o600;

/// A file that appears under its name only when it is complete.
///
/// Until [`AtomicFile::commit`] the contents stand beside the final path in a file whose name
/// starts with `tmp.`, which every reader of a collection ignores; dropping it removes that file.
#[derive(Debug)]
pub struct AtomicFile {
    temporary: NamedTempFile,
    path: Utf8PathBuf,
}

impl AtomicFile {
    /// Starts a file in an existing folder.
    pub fn create(path: &Utf8Path) -> io::Result<Self> {
        // Temporary files are private by default; these are as readable as the umask lets.
        Self::with_mode(path, 0o666)
    }

    #[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no such modes"))]
    fn with_mode(path: &Utf8Path, mode: u32) -> io::Result<Self> {
        let parent = match path.parent() {
            Some(parent) if !parent.as_str().is_empty() => parent,
            _ => Utf8Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY).rand_bytes(RANDOM);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(mode));
        }
        let temporary = builder.tempfile_in(parent).map_err(|error| at(path, &error))?;
        Ok(Self { temporary, path: path.to_owned() })
    }

    /// The file behind it, to set its times before it is committed.
    pub fn file(&self) -> &std::fs::File {
        self.temporary.as_file()
    }

    /// Where it is until then; `None` when that is no text.
    pub fn temporary_path(&self) -> Option<&Utf8Path> {
        Utf8Path::from_path(self.temporary.path())
    }

    /// Gives the file its final name, replacing what is there.
    pub fn commit(self) -> io::Result<()> {
        let Self { temporary, path } = self;
        temporary.persist(&path).map_err(|error| at(&path, &error.error))?;
        Ok(())
    }

    /// Gives the file another name of its folder than it was started for, replacing what is there.
    pub fn commit_as(self, path: &Utf8Path) -> io::Result<()> {
        Self { path: path.to_owned(), ..self }.commit()
    }

    /// Gives the file its final name, or back when that name is taken.
    pub fn commit_if_new(self) -> io::Result<Option<Self>> {
        let Self { temporary, path } = self;
        match temporary.persist_noclobber(&path) {
            Ok(_) => Ok(None),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Some(Self { temporary: taken.file, path }))
            }
            Err(error) => Err(at(&path, &error.error)),
        }
    }

    /// Gives the file its final name; fails when that name is taken.
    pub fn commit_new(self) -> io::Result<()> {
        let Self { temporary, path } = self;
        temporary.persist_noclobber(&path).map_err(|error| at(&path, &error.error))?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes).map_err(|error| at(&self.path, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush().map_err(|error| at(&self.path, &error))
    }
}

/// Whether a file name is one that [`AtomicFile`] gives to a file that is not complete.
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(TEMPORARY)
        .is_some_and(|rest| rest.len() == RANDOM && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Writes a whole file, so that a reader sees either the old contents or the new ones.
pub fn write_atomic(path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(contents)?;
    file.commit()
}

/// Writes a whole file that only its owner may read, where the system knows of owners.
pub(super) fn write_private(path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::with_mode(path, PRIVATE)?;
    file.write_all(contents)?;
    file.commit()
}

/// Takes a file from everybody but its owner, where the system knows of owners.
pub(super) fn make_private(path: &Utf8Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs_err::metadata(path)?.permissions().mode() & 0o777 != PRIVATE {
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(PRIVATE))?;
        }
    }
    #[cfg(not(unix))]
    fs_err::metadata(path)?;
    Ok(())
}

/// Writes a whole file unless it already holds these contents; says whether it wrote.
pub fn write_if_changed(path: &Utf8Path, contents: &[u8]) -> io::Result<bool> {
    let limit = u64::try_from(contents.len()).unwrap_or(u64::MAX);
    if read_at_most(path, limit).is_ok_and(|old| old == contents) {
        return Ok(false);
    }
    write_atomic(path, contents).map(|()| true)
}

/// Reads a regular file of at most `limit` bytes.
///
/// Fails with `InvalidData` when the file is larger, and with `InvalidInput` when it is no regular
/// file: opening a pipe would wait for a writer, for ever if need be.
pub(crate) fn read_at_most(path: &Utf8Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs_err::metadata(path)?.is_file() {
        let message = format!("`{path}` is not a regular file");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let file = fs_err::File::open(path)?;
    let mut contents = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut contents)?;
    if u64::try_from(contents.len()).unwrap_or(u64::MAX) > limit {
        let message = format!("`{path}` is larger than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(contents)
}

/// What the user names as the output of a command.
#[derive(Debug)]
pub enum Output {
    /// A file, which appears when it is complete.
    File(AtomicFile),
    /// A device, a pipe or a link to one: it is written to and stays what it is.
    Stream(fs_err::File),
}

impl Output {
    /// Starts an output; a link to a file means that file.
    pub fn create(path: &Utf8Path) -> io::Result<Self> {
        match path.metadata() {
            Ok(there) if !there.is_file() && !there.is_dir() => {
                Ok(Self::Stream(fs_err::OpenOptions::new().write(true).open(path)?))
            }
            Ok(_) => Ok(Self::File(AtomicFile::create(&path.canonicalize_utf8()?)?)),
            Err(_) => Ok(Self::File(AtomicFile::create(path)?)),
        }
    }

    /// How many bytes a file has so far; 0 for a stream.
    pub fn n_bytes(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.file().metadata()?.len()),
            Self::Stream(_) => Ok(0),
        }
    }

    /// Ends it: a file gets its name, and replaces what is there.
    pub fn commit(self) -> io::Result<()> {
        match self {
            Self::File(file) => file.commit(),
            Self::Stream(mut stream) => stream.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

fn at(path: &Utf8Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write `{path}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp_dir() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    fn names(dir: &Utf8Path) -> Vec<String> {
        let mut names: Vec<_> = fs_err::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_only_when_committed() {
        let (_guard, dir) = temp_dir();
        let path = dir.join("file");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(names(&dir), Vec::<String>::new());

        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), b"two");
        assert_eq!(names(&dir), ["file"]);
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"three").unwrap();
        assert_eq!(file.commit_new().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs_err::read(&path).unwrap(), b"two");
    }

    #[test]
    fn unchanged_contents_are_not_written_again() {
        let (_guard, dir) = temp_dir();
        let path = dir.join("file");
        assert!(write_if_changed(&path, b"one").unwrap());
        assert!(!write_if_changed(&path, b"one").unwrap());
        assert!(write_if_changed(&path, b"on").unwrap());
        assert!(write_if_changed(&path, b"one!").unwrap());
    }

    #[test]
    fn errors_name_the_path() {
        let (_guard, dir) = temp_dir();
        let path = dir.join("missing/file");
        let error = write_atomic(&path, b"").unwrap_err();
        assert!(error.to_string().contains("missing/file"), "{error}");
        write_atomic(&dir.join("big"), b"12345").unwrap();
        let error = read_at_most(&dir.join("big"), 4).unwrap_err();
        assert!(error.to_string().contains("larger than 4 bytes"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_links_stay_what_they_are() {
        let (_guard, dir) = temp_dir();
        let link = dir.join("null");
        fs_err::os::unix::fs::symlink("/dev/null", &link).unwrap();
        let mut out = Output::create(&link).unwrap();
        out.write_all(b"gone").unwrap();
        out.commit().unwrap();
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        assert!(!fs_err::metadata("/dev/null").unwrap().is_file());

        fs_err::write(dir.join("file"), b"old").unwrap();
        fs_err::os::unix::fs::symlink("file", dir.join("link")).unwrap();
        let mut out = Output::create(&dir.join("link")).unwrap();
        out.write_all(b"new").unwrap();
        assert_eq!(fs_err::read(dir.join("file")).unwrap(), b"old");
        out.commit().unwrap();
        assert_eq!(fs_err::read(dir.join("file")).unwrap(), b"new");
        assert!(fs_err::symlink_metadata(dir.join("link")).unwrap().is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_lets_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_guard, dir) = temp_dir();
        write_atomic(&dir.join("a"), b"").unwrap();
        fs_err::write(dir.join("b"), b"").unwrap();
        let mode = |name: &str| fs_err::metadata(dir.join(name)).unwrap().permissions().mode();
        assert_eq!(mode("a"), mode("b"));
    }
}
