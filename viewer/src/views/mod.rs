//! The pages. Each draws every state of the shards that it needs.

pub mod absent;
pub mod compare;
pub mod dashboard;
pub(crate) mod lens;
pub mod never;
pub mod owner;
pub mod repo;
pub mod search;
pub mod source;
pub mod subject;
pub mod trust;
