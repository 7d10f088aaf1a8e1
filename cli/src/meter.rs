//! How far a transfer over the network is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a transfer is: written by the transfer, read by whoever shows it.
#[derive(Debug, Default)]
pub struct Meter {
    listed: AtomicU64,
    wanted: [AtomicU64; 2],
    done: [AtomicU64; 2],
    is_listed: AtomicBool,
}

/// A [`Meter`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Objects that were listed.
    pub listed: u64,
    /// Objects to transfer, as far as is known.
    pub wanted: u64,
    /// Bytes of those.
    pub wanted_bytes: u64,
    /// Objects that were transferred or failed.
    pub done: u64,
    /// Bytes of those.
    pub done_bytes: u64,
    /// Whether the listing has ended, so that `wanted` is final.
    pub is_listed: bool,
}

impl Meter {
    /// The numbers now.
    pub fn read(&self) -> Reading {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let ([wanted, wanted_bytes], [done, done_bytes]) = (&self.wanted, &self.done);
        Reading {
            listed: load(&self.listed),
            wanted: load(wanted),
            wanted_bytes: load(wanted_bytes),
            done: load(done),
            done_bytes: load(done_bytes),
            is_listed: self.is_listed.load(Ordering::Relaxed),
        }
    }

    /// Counts listed objects.
    pub(crate) fn add_listed(&self, objects: usize) {
        add(&self.listed, u64::try_from(objects).unwrap_or(u64::MAX));
    }

    /// Counts an object that is to be transferred.
    pub(crate) fn add_wanted(&self, bytes: u64) {
        let [objects, all_bytes] = &self.wanted;
        add(objects, 1);
        add(all_bytes, bytes);
    }

    /// Counts an object that is done with.
    pub(crate) fn add_done(&self, bytes: u64) {
        let [objects, all_bytes] = &self.done;
        add(objects, 1);
        add(all_bytes, bytes);
    }

    /// Notes that everything is listed.
    pub(crate) fn end_listing(&self) {
        self.is_listed.store(true, Ordering::Relaxed);
    }
}

/// The sum of all sizes that a hostile server can name does not fit.
fn add(number: &AtomicU64, more: u64) {
    let sum = |n: u64| Some(n.saturating_add(more));
    number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).ok();
}
