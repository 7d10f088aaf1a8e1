//! Collecting: from a bucket or a directory tree to reports in a collection.
//!
//! [`key`] reads what a path says about its report, [`file_name`] what a file name says,
//! and [`prefix`] where reports start when the given prefix is wrong.
//! [`import`] takes local folders, [`download`] a [`place`] in a bucket, and [`store`] places files
//! without losing older ones. [`target`] is what both say of a collection that takes nothing.

#[cfg(feature = "s3")]
pub mod download;
pub mod file_name;
pub mod import;
pub mod key;
pub mod place;
pub mod prefix;
pub mod store;
pub mod target;
