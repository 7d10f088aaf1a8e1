use std::fs::TryLockError;
use std::io::{self, Read as _, Seek as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err::File;
use thiserror::Error;

/// Whether to wait for another writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Fail at once when another process is writing.
    No,
    /// Wait until the other process is done.
    Yes,
}

/// The right to write to a collection; held until it is dropped.
///
/// The operating system gives the lock back when the process ends, however it ends.
#[derive(Debug)]
pub struct CollectionLock {
    file: File,
}

/// A collection that cannot be locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process is writing to it.
    #[error("another covatlas{} is writing to `{collection}`: wait for it, or use --wait", pid_text(*.pid))]
    Busy {
        /// The collection's folder.
        collection: Utf8PathBuf,
        /// The other process, when its id could be read.
        pid: Option<u32>,
    },
    /// The lock file cannot be opened or locked.
    #[error(
        "cannot write to `{collection}`: what it holds is safe, and a re-run goes on from here"
    )]
    Io {
        /// The collection's folder.
        collection: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

fn pid_text(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (pid {pid})"))
}

impl CollectionLock {
    pub(super) fn acquire(
        collection: &Utf8Path,
        path: &Utf8Path,
        wait: Wait,
    ) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { collection: collection.to_owned(), source };
        let mut options = fs_err::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(failed)?;
        match wait {
            Wait::Yes => file.file().lock().map_err(failed)?,
            Wait::No => match file.file().try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let pid = read_pid(&mut file);
                    return Err(LockError::Busy { collection: collection.to_owned(), pid });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            },
        }
        write_pid(&mut file).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for CollectionLock {
    fn drop(&mut self) {
        // The file stays: removing it would let two processes lock two files of one name.
        // A pid that cannot be cleared misleads nobody, since only a locked file's pid is read.
        self.file.set_len(0).ok();
        self.file.file().unlock().ok();
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
