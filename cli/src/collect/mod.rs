//! Collecting: from a bucket or a directory tree to reports in a collection.
//!
//! [`key`] reads what a path says about its report, [`file_name`] what a file name says,
//! and [`prefix`] where reports start when the given prefix is wrong.

pub mod file_name;
pub mod key;
pub mod prefix;
