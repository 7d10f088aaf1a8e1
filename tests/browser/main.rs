//! The page in a real browser, over http below a path prefix and from disk.
//!
//! Every test here needs `chromium` and `chromedriver`; its name ends in `with_chromium`.

mod dashboard;
mod demo;
mod failures;
mod filters;
mod hosts;
mod looks;
mod never;
mod owner;
mod pages;
mod parts;
mod search;
mod sites;
mod source;
mod split;
mod trust;
