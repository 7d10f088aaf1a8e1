//! What an image says about itself: a client of the OCI distribution API.
//!
//! [`Client::inspect`] gets the manifest of an image by its digest, of an index the manifest for
//! one platform, and then the config with labels and environment: three small requests and, where
//! the registry wants it, one for a token. Everything that was asked for by digest is checked
//! against it. Nothing else of an image is read.

mod auth;
mod challenge;
mod client;
mod credentials;
mod documents;
mod error;
mod name;
mod visit;

pub use client::{Client, Settings};
pub use credentials::{CredentialError, Credentials};
pub use error::RegistryFailure;
pub use name::ImageName;

use std::collections::BTreeMap;

/// What the config of an image says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// Labels, at most 500; names are at most 256 bytes long, values 4096.
    pub labels: BTreeMap<String, String>,
    /// Environment as `NAME=value`, at most 1000 entries of at most 4096 bytes.
    pub env: Vec<String>,
}
