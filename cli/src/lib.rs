//! covatlas.

pub mod owner;
