//! A site on a server that others look at.
//!
//! What was published is listed beside it ([`Published`]): only files of that list are ever
//! replaced or deleted, and everything else there stays as it is.

#[cfg(feature = "s3")]
mod bucket;
#[cfg(feature = "s3")]
mod headers;
mod pages;
mod published;
mod source;

#[cfg(feature = "s3")]
pub use bucket::{BucketError, ToBucket, Uploaded};
pub use pages::{Pages, PagesError, Plan, Stale, Subdir, SubdirError, TakeOver};
pub use published::{PUBLISHED, Published};
pub use source::{SiteFiles, SiteFilesError};
