//! covatlas.

pub mod args;
pub mod collect;
pub mod db;
pub mod image;
pub mod owner;
pub mod profile;
pub mod site;
pub mod sources;
pub mod timestamp;
