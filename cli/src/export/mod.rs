//! Coverage for other tools: text profiles, lcov, Cobertura, tables.
//!
//! [`from_dirs`] reads GOCOVERDIRs, everything else what [`crate::stats`] makes of the database.

mod cobertura;
mod dirs;
mod lcov;
mod lines;
mod parquet;
mod tables;
mod textfmt;

pub use cobertura::write_cobertura;
pub use dirs::from_dirs;
pub use lcov::write_lcov;
pub use parquet::write_parquet;
pub use tables::{write_csv, write_json};
pub use textfmt::write_profile;

/// A name as one line holds it: names come from the cluster, and line feeds in them would be
/// records of their own.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
