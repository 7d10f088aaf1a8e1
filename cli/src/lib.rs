//! covatlas.

pub mod collect;
pub mod image;
pub mod owner;
pub mod timestamp;
