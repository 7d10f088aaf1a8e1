//! The site under a lens: any set of processes instead of everyone.
//!
//! A lens turns shards into shards: what the pages ask for is computed from the site's own shards, and
//! looks as if the site had been rendered of these processes alone. The pages do not know of it; only
//! the names of the shards tell.
//!
//! Reading order: [`filter`] (which processes pass), [`bits`] (a build and who ran its units),
//! [`chosen`] (what passes of all builds), [`union`] (each statement once), [`front`], [`build`],
//! [`mod@never`] and [`repo`] (the shards), `engine` (loads, computes and answers; browser only).

pub mod bits;
pub mod build;
pub mod chosen;
pub(crate) mod engine;
pub mod filter;
pub mod front;
pub mod never;
mod positions;
pub mod repo;
pub mod union;

#[cfg(test)]
mod tests;

pub use filter::Lens;
