//! What the page decides, without a browser: filter, sort, windows, numbers as text.

pub mod format;
pub mod owners;
pub mod sorting;
pub mod window;
