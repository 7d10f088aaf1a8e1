//! covatlas.

pub mod args;
pub mod collect;
pub mod collection;
pub mod db;
pub mod image;
pub mod owner;
pub mod pack;
pub mod problems;
pub mod profile;
pub mod site;
pub mod sources;
pub mod timestamp;
