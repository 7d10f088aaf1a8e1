//! The page in a real browser, over http below a path prefix and from disk.
//!
//! Every test here needs `chromium` and `chromedriver`; its name ends in `with_chromium`. With
//! `COVATLAS_BROWSER=firefox` the same tests run in Firefox, which needs `geckodriver`; those of
//! what only Chromium can be made to do are left out.

mod compare;
mod dashboard;
mod demo;
mod failures;
mod filters;
mod history;
mod hosts;
mod lens;
mod looks;
mod never;
mod owner;
mod pages;
mod parts;
mod published;
mod repos;
mod search;
mod sites;
mod source;
mod split;
mod trust;
mod under_lens;
