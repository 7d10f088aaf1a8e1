//! The page of a covatlas site: Yew, compiled to wasm, reading the shards that `covatlas render`
//! writes.
//!
//! Reading order: [`route`] (every address), [`store`] (loads shards), [`model`] (decides: filter,
//! sort, windows; no browser needed), `components` (the parts), `views` (the pages), `app` (the
//! frame), `parts` (the programs). Everything but `store::transport`, `components` and `views` is
//! tested on the host.

pub mod components;
pub mod lens;
pub mod model;
pub mod route;
pub mod store;
pub mod views;

mod app;
mod host;
mod parts;

pub use parts::{board, compare, find, lens, owner, picker, repo, source, union};
