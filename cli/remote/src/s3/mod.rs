//! Buckets: S3 and what speaks like it.
//!
//! [`Bucket::connect`] finds region and credentials, and says what it tried; [`Bucket::transfer`]
//! lists a prefix and fetches from it at the same time. Nothing here knows what the objects are.

mod connect;
mod credentials;
mod error;
mod fetch;
mod list;
mod retry;
mod transfer;
mod write;

use std::time::SystemTime;

pub use connect::{Bucket, Connection, Signing};
pub use error::S3Error;
pub use transfer::{Job, Worklist};
pub use write::{Condition, Put, Stored, Uploads};

/// What a listing says about an object: together the identity of its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The whole key, from the bucket's root.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// Without quotes; `None` where the listing has none.
    pub etag: Option<String>,
    /// When it was last written; some servers tell whole seconds only.
    pub last_modified: Option<SystemTime>,
}
