//! Counts of many files: from the counter files of processes to the numbers of owners.
//!
//! [`table`] sorts the units of a build by file; [`process`] folds the snapshots of one process;
//! [`mod@merge`] unites processes; [`BuildTable::stats`] turns counts into coverage, [`Union`]
//! counts each statement once over many builds, and [`SourceFuncs`] says which funcs nobody entered.

mod bits;
mod first_seen;
mod funcs;
mod merge;
mod process;
mod stored;
mod table;
mod text;
mod union;

pub use bits::Bits;
pub use first_seen::FirstSeen;
pub use funcs::{NeverEntered, SourceFuncs};
pub use merge::{Combine, Merged, merge};
pub use process::{Process, Pushed, SnapshotTime, Snapshots};
pub use stored::StoredUnits;
pub use table::{BuildFile, BuildFunc, BuildStats, BuildTable, FileDigest, TableError};
pub use text::{TextError, TextProfile};
pub use union::Union;

/// Base names of files that are left out of every number: the injected coverage server.
pub const INJECTED_FILES: [&str; 2] = ["coverage_producer.go", "coverage_server.go"];
