//! `compare`.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::{selection::Noise, timestamp::Since};

/// What one line of `compare` stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CompareBy {
    /// The whole collection, in one line.
    #[default]
    Collection,
    /// A namespace.
    Namespace,
    /// An owner, whatever its builds.
    Owner,
    /// A binary, whatever its builds.
    Binary,
    /// A source repository, whatever its commits.
    Repo,
    /// A source file over all builds.
    File,
    /// A func over all builds.
    Func,
}

/// `compare`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C tonight compare last-night --by owner
  covatlas -C tonight compare last-night --by func --where namespace=openshift-etcd
  covatlas -C tonight compare last-night --markdown > comment.md
  covatlas -C tonight compare last-night --fail-on-loss
  covatlas -C tonight compare --since 2026-11-20T08:15:02Z --by func
  covatlas -C tonight compare --since 24h --by owner")]
pub struct Compare {
    /// The collection of before
    #[arg(value_name = "BASELINE", required_unless_present = "since")]
    pub baseline: Option<Utf8PathBuf>,
    /// Compare with what had run by then in this collection: 2026-11-20T08:15:02Z, 2026-11-20, 24h
    ///
    /// Gained is what was first seen to run after that time; nothing is lost. Times are kept for
    /// owners, and what ran at a time that nobody knows counts as before.
    #[arg(long, value_name = "TIME", conflicts_with = "baseline")]
    pub since: Option<Since>,
    /// What one line stands for
    #[arg(long, value_enum, default_value_t)]
    pub by: CompareBy,
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Leave out what matches any of these, such as kind=Job; an empty text takes them back
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
    /// Also lines in which nothing changed
    #[arg(long)]
    pub all: bool,
    /// At most so many lines [default: 50 with --markdown, else all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print a summary to paste into a pull request
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Exit with 4 when any statement was lost, also with an owner that is gone
    #[arg(long)]
    pub fail_on_loss: bool,
}
