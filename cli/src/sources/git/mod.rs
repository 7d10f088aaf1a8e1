//! Object stores: one bare repository for each source repository, without any checkout.
//!
//! [`fetch()`] gets exactly one commit, without its history; several commits of a repository share
//! a store. A commit that the server gave stands under `refs/cov/<commit>`; one that had to stand
//! in for it under `refs/cov-fallback/<commit>`, never under the wanted name. [`open()`] reads the
//! files of a commit straight from the store. This is the only module that uses libgit2.

mod branch;
mod error;
mod fetch;
mod lock;
mod login;
mod mirror;
mod place;
mod store;
mod tree;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use branch::{Branch, BranchFile, Change, Content, History, NewCommit};
pub use error::{CheckoutError, FetchError};
pub use fetch::{Fetched, fetch, is_there, server};
pub use login::Logins;
pub use mirror::{Mirror, MirrorError};
pub use place::{BranchError, Place, remote_address};
pub use store::is_private;
pub use tree::{open, stored};

use crate::image::LocalGit;

/// What stands in for a commit that the server will not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The newest commit of the default branch.
    Head,
    /// Nothing: the fetch fails.
    None,
}

/// What to do with a commit that is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Keep it, and ask nothing.
    Keep,
    /// Fetch it again, to mend a store that is damaged.
    Again,
}

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// What to do when the wanted commit is there.
    pub existing: Existing,
    /// What to do without the wanted commit.
    pub fallback: Fallback,
    /// Time for one repository.
    pub timeout: Duration,
    /// Bytes to receive for one repository.
    pub max_bytes: u64,
    /// Other servers to ask.
    pub mirrors: Vec<Mirror>,
    /// Whether `file://` addresses and paths are used.
    pub local: LocalGit,
    /// What opens repositories that are closed.
    pub logins: Logins,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            existing: Existing::Keep,
            fallback: Fallback::Head,
            timeout: Duration::from_mins(5),
            max_bytes: 4 * 1024 * 1024 * 1024,
            mirrors: Vec::new(),
            local: LocalGit::Deny,
            logins: Logins::default(),
        }
    }
}

/// The ref of a commit that the server gave.
fn exact_ref(wanted: &str) -> String {
    format!("refs/cov/{wanted}")
}

/// The ref of the commit that stands in for `wanted`.
fn fallback_ref(wanted: &str) -> String {
    format!("refs/cov-fallback/{wanted}")
}
