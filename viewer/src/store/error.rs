//! Why a shard did not come.

use thiserror::Error;

/// Why a shard did not come. Every message names the shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{shard}: {reason}")]
pub struct LoadError {
    /// The shard's name, as its file is called.
    pub shard: String,
    /// What went wrong.
    pub reason: LoadReason,
}

/// What went wrong with a shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadReason {
    /// A shard or `index.html` gives a name that no shard has.
    #[error("this is not the name of a shard")]
    BadName,
    /// The host does not have the file.
    #[error("it is not there: the report was updated, reload the page")]
    Missing,
    /// The host refused or failed.
    #[error("the server answered {0}")]
    Status(u16),
    /// No answer.
    #[error("no answer: {0}")]
    Network(String),
    /// The file does not hold what its name says.
    #[error("the file holds something else than its name says")]
    OtherContent,
    /// The file is damaged.
    #[error("{0}")]
    Damaged(String),
    /// The content is larger than a page can hold.
    #[error("it is larger than {0} MB")]
    TooLarge(usize),
    /// The lens has no answer.
    #[error("{0}")]
    Lens(String),
    /// The site is opened from disk but was rendered for web servers.
    #[error(
        "this report was rendered for web servers only: use covatlas serve, or render it with --shards script"
    )]
    NeedsServer,
}

impl LoadError {
    /// Whether the lens shows nothing at all.
    pub fn is_lens(&self) -> bool {
        matches!(self.reason, LoadReason::Lens(_)) && self.shard.starts_with("manifest-")
    }
}

impl LoadReason {
    /// This reason for a shard.
    pub(crate) fn of(self, shard: &str) -> LoadError {
        LoadError { shard: shard.to_owned(), reason: self }
    }
}
