//! The page of a covatlas site: Yew, compiled to wasm, reading the shards that `covatlas render`
//! writes.
//!
//! Reading order: [`route`] (every address), [`store`] (loads shards), [`model`] (decides: filter,
//! sort, windows; no browser needed), `components` (the parts), `views` (the pages), `app` (the
//! frame). Everything but `store::transport`, `components` and `views` is tested on the host.

pub mod components;
pub mod model;
pub mod route;
pub mod store;
pub mod views;

mod app;

/// Draws the page into the document's `#app`. Does nothing when there is none.
pub fn run() {
    app::mount();
}
