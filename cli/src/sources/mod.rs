//! From the paths in a build to texts in repositories.
//!
//! A build names its files by import path. `golex` and [`anchor`] say whether a text is the one
//! a build was made from, [`gomod`] where the modules of a repository are. [`git`] fetches;
//! [`fetch_all`] and [`resolve_all`] do both for a whole collection.

mod all;
mod fetching;
mod golex;
mod tree;

pub mod anchor;
pub mod generated;
pub mod git;
pub mod gomod;
pub mod resolve;

pub use all::{ExactTexts, Repositories, Resolve, SourcesError, resolve_all};
pub use covdata::Unit;
pub use fetching::{FetchSummary, fetch_all};
pub(crate) use resolve::is_local;
pub use tree::{Checkout, EntryKind, SourceTree, TextSource, TreeEntry};
