//! The network clients of covatlas.
//!
//! They live in a crate of their own, behind small functions that are not generic, so that a
//! change elsewhere does not build them again.

mod http;

pub mod git;
#[cfg(feature = "registry")]
pub mod registry;
#[cfg(feature = "s3")]
pub mod s3;
