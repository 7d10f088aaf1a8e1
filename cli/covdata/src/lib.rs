//! Reads the binary coverage data that Go programs leave in `GOCOVERDIR`.
//!
//! A program built with `go build -cover` writes one *meta file* (`covmeta.*`: its packages,
//! functions and units) and, when it ends, one *counter file* (`covcounters.*`: how often each unit
//! ran). This crate decodes both, combines counters, and writes the text profile that
//! `go tool covdata textfmt` would write, byte for byte.
//!
//! Everything here is a pure function over byte slices. All input is hostile: any bytes decode to a
//! value or to a [`DecodeError`] with class, offset and field. Nothing panics, and no allocation is
//! larger than the file justifies.
//!
//! Reading order: [`MetaFile`], [`CounterFile`], [`Directory`], [`textfmt`].
//!
//! The format is described by comments in Go's `internal/coverage/defs.go`.

mod counter;
mod cursor;
mod directory;
mod error;
mod hash;
mod meta;
mod name;
mod peek;

pub mod textfmt;

#[cfg(test)]
#[path = "../tests/encode/mod.rs"]
mod encode;

pub use counter::{ApplyReport, Combine, CounterFile, LastFile};
pub use directory::{Build, Directory, Duplicate, Finding, NamedCounters, Refused};
pub use error::{DecodeError, ErrorClass, Warning};
pub use hash::{MetaHash, ParseMetaHashError};
pub use meta::{Func, Granularity, MetaFile, Mode, Package, StrId, Unit};
pub use name::FileName;
pub use peek::{Kind, peek_hash};
pub use textfmt::write_textfmt;
