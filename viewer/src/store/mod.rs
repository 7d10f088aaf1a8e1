//! Loads shards: one request each, kept for as long as the page lives.
//!
//! `payload` cuts and decodes what a host delivers (pure), `transport` asks for it (browser only),
//! `cache` keeps what came, and the hooks give it to components as [`Remote`].

mod cache;
mod error;
mod hooks;
pub mod lens_name;
mod payload;
mod transport;

use std::rc::Rc;

pub use cache::Store;
pub use error::{LoadError, LoadReason};
pub use hooks::{
    use_compare, use_compare_of, use_counts, use_funcs, use_lens, use_lines, use_manifest,
    use_never, use_never_of, use_owners, use_pack, use_paths, use_repo, use_stats, use_trust,
    use_union,
};
pub(crate) use transport::Home;

/// Something that comes from a shard.
#[derive(Debug)]
pub enum Remote<T> {
    /// It was asked for.
    Loading,
    /// It did not come; the error names the shard.
    Failed(LoadError),
    /// It is here.
    Ready(Rc<T>),
}

impl<T> Remote<T> {
    /// What is here, `None` while loading and after a failure.
    pub fn ready(&self) -> Option<&Rc<T>> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Why it did not come; `None` unless it failed.
    pub fn failed(&self) -> Option<&LoadError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Loading | Self::Ready(_) => None,
        }
    }
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Loading => Self::Loading,
            Self::Failed(error) => Self::Failed(error.clone()),
            Self::Ready(value) => Self::Ready(Rc::clone(value)),
        }
    }
}

/// Cheap: the same state and the same allocation.
impl<T> PartialEq for Remote<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Loading, Self::Loading) => true,
            (Self::Failed(a), Self::Failed(b)) => a == b,
            (Self::Ready(a), Self::Ready(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}
