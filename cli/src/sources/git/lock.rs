//! One fetch at a time for each object store.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

static BUSY: Mutex<BTreeSet<Utf8PathBuf>> = Mutex::new(BTreeSet::new());
static FREED: Condvar = Condvar::new();

/// The right to change one store, until it is dropped.
///
/// libgit2 writes packs beside each other safely, but two fetches would overwrite each other's
/// list of commits without history.
pub(super) struct StoreLock(Utf8PathBuf);

impl StoreLock {
    /// Waits until no other thread changes the store.
    pub(super) fn wait(path: &Utf8Path) -> Self {
        let mut busy = lock();
        while !busy.insert(path.to_owned()) {
            busy = FREED.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        Self(path.to_owned())
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        lock().remove(&self.0);
        FREED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, BTreeSet<Utf8PathBuf>> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}
