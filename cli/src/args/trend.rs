//! `trend`.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::CompareBy;
use crate::selection::Noise;

/// What one series of `trend` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrendBy {
    /// The whole collection.
    Collection,
    /// A namespace.
    Namespace,
    /// An owner, whatever its builds.
    Owner,
    /// A binary, whatever its builds.
    Binary,
    /// A source repository, whatever its commits.
    Repo,
}

impl From<TrendBy> for CompareBy {
    fn from(by: TrendBy) -> Self {
        match by {
            TrendBy::Collection => Self::Collection,
            TrendBy::Namespace => Self::Namespace,
            TrendBy::Owner => Self::Owner,
            TrendBy::Binary => Self::Binary,
            TrendBy::Repo => Self::Repo,
        }
    }
}

/// `trend`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas trend nightly/2026-11-*
  covatlas trend --by repo --limit 10 monday tuesday wednesday
  covatlas trend --json nightly/* > until-today.jsonl
  covatlas trend until-today.jsonl tonight/")]
pub struct Trend {
    /// Collections, or files that an earlier `trend --json` wrote, in any order: the time of their
    /// last data puts them in order
    #[arg(required = true, value_name = "COLLECTION")]
    pub collections: Vec<Utf8PathBuf>,
    /// What one series stands for; may be given several times
    #[arg(long, value_enum, default_values_t = [TrendBy::Owner, TrendBy::Repo])]
    pub by: Vec<TrendBy>,
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Leave out what matches any of these, such as kind=Job; an empty text takes them back
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
    /// At most so many series of each kind
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}
