//! A site on a server that others look at.
//!
//! What was published is listed beside it ([`Published`]): only files of that list are ever
//! replaced or deleted, and everything else there stays as it is.

mod pages;
mod published;
mod source;

pub use pages::{Pages, PagesError, Plan, Stale, Subdir, SubdirError, TakeOver};
pub use published::{PUBLISHED, Published};
pub use source::{SiteFiles, SiteFilesError};
