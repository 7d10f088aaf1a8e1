//! What the whole-run tests share: the program under test, temporary collections, the real tools
//! beside it, and the numbers that Go's own tool gave for the fixtures.
//!
//! Nothing here takes an expected number from covatlas.

pub mod binary;
pub mod browser;
pub mod demo;
pub mod files;
pub mod fixtures;
pub mod funcs;
pub mod git_server;
pub mod golden;
pub mod http;
pub mod layout;
pub mod lines;
pub mod moto;
pub mod oracle;
pub mod real_git;
pub mod real_registry;
pub mod registry;
pub mod rng;
pub mod row;
pub mod s3;
pub mod site_server;
pub mod small_disk;
pub mod tools;
pub mod wait;
pub mod world;

pub use binary::{Collection, Finished};
