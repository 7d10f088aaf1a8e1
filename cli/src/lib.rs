//! covatlas.

pub mod image;
pub mod owner;
