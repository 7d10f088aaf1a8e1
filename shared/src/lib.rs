//! The site format.
