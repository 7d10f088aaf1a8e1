//! The site format of covatlas: what the command line writes and the viewer reads.
//!
//! A site is one mutable file, `index.html`, and a folder of immutable files whose names carry the
//! hash of their content. `index.html` names the viewer's files and the [`manifest`]; the manifest
//! names the [`owners`] shard (the dashboard); that one names, for every build, its [`stats`] shard
//! (packages, files, funcs), its [`lens`] shard (which process ran which unit) and, for every owner
//! and build, its [`counts`] shard; the stats shard names the [`source`] packs that hold text and units
//! of its files.
//!
//! ```text
//! index.html -> manifest -> owners -+-> stats (one per build) --> source packs (one per Go package)
//!                        |          +-> counts (one per owner and build, one per build)
//!                        |          +-> lens (one per build)
//!                        +-> paths, funcs (the names that the search knows)
//!                        +-> never (the largest funcs that nobody entered) --> never (one per repository)
//!                        +-> repo (one per repository, over all builds) -+-> union (counts over all builds)
//!                        |                                               +-> source packs
//!                        +-> units (statements and funcs of all units, for numbers under a lens)
//!                        +-> compare (with a baseline) --> compare (one per repository) --> lines (counts)
//! ```
//!
//! Every shard is the gzip of: one header line ([`shard::Kind`] and [`FORMAT`]), one line of
//! columnar JSON, and, for source packs, the raw bytes of the texts. Columns instead of objects,
//! string tables, delta-coded positions and run-coded counts keep the shards small and quick to
//! parse. The `shared/README.md` lists every column.
//!
//! Reading order: [`layout`] (every URL), [`shard`] (the envelope), [`stats`] (coverage numbers),
//! [`manifest`], [`owners`], [`noise`] with [`field`] and [`glob`] (what is hidden), [`files`],
//! [`counts`], [`lens`], [`source`], [`search`], [`mod@never`], [`repo`], [`mod@union`], [`units`],
//! [`trust`], [`compare`] with [`lines`], [`annotate`] (text and units to coloured lines). This crate
//! does no I/O and builds for wasm32 and the host.

pub mod annotate;
pub mod codec;
pub mod compare;
pub mod counts;
pub mod field;
pub mod files;
pub mod glob;
mod json;
pub mod layout;
pub mod lens;
pub mod lines;
pub mod manifest;
mod named;
pub mod never;
pub mod noise;
pub mod owners;
pub mod path;
pub mod repo;
pub mod search;
pub mod shard;
pub mod source;
pub mod stats;
pub mod trust;
pub mod union;
pub mod units;

/// The version of the site format. A viewer reads a shard only when its version is equal.
pub const FORMAT: u32 = 1;
