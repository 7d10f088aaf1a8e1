//! Collecting: from a bucket or a directory tree to reports in a collection.
//!
//! [`key`] reads what a path says about its report, [`file_name`] what a file name says,
//! and [`prefix`] where reports start when the given prefix is wrong.
//! [`import`] takes local folders, and [`store`] places files without losing older ones.

pub mod file_name;
pub mod import;
pub mod key;
pub mod prefix;
pub mod store;
