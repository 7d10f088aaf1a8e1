//! The commands that answer questions from the database.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::{
    selection::Noise,
    stats::{Bar, SourceLine},
};

/// What one line of `stats` stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The whole collection, in one line.
    Collection,
    /// A cluster.
    Cluster,
    /// A namespace.
    Namespace,
    /// An owner and build.
    #[default]
    Owner,
    /// A binary and build.
    Binary,
    /// A file of an owner and build.
    File,
    /// A func of an owner and build.
    Func,
    /// A source repository at a commit.
    Repo,
    /// A pod.
    Pod,
    /// An image.
    Image,
}

/// `stats`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas stats
  covatlas stats --by namespace --sort percent
  covatlas stats --by file --where owner=etcd --where path=*/internal/* --json
  covatlas stats --by collection --hide kind=Job --hide path=*/zz_generated*")]
pub struct Stats {
    /// What one line stands for
    #[arg(long, value_enum, default_value_t)]
    pub by: By,
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Leave out what matches any of these, such as kind=Job; an empty text takes them back
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
    /// Column to sort by; a leading - turns the order round
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// At most so many lines
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `never`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas never --limit 20
  covatlas never --where namespace=openshift-* --where path=*/internal/* --json")]
pub struct Never {
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Leave out what matches any of these, such as kind=Job; an empty text takes them back
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
    /// At most so many functions
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `who`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas who pkg/store/store.go:41
  covatlas who github.com/org/repo/cmd/server/main.go:20 --json")]
pub struct Who {
    /// A path in a repository, a path as built, or the end of one that fits no other file
    #[arg(value_name = "FILE:LINE")]
    pub place: SourceLine,
}

/// `check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas check --fail-under 60
  covatlas check --fail-under 72.5 --where namespace=openshift-etcd --json")]
pub struct Check {
    /// The bar in percent
    #[arg(long, value_name = "PCT")]
    pub fail_under: Bar,
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Leave out what matches any of these, such as kind=Job; an empty text takes them back
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
}

/// `inspect`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas inspect covmeta.4a919fb7e0e5ba849f39fd0d2f1dfc4a
  covatlas inspect GOCOVERDIR --json
  covatlas inspect run1/coverage")]
pub struct Inspect {
    /// Files, GOCOVERDIRs or trees of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<Utf8PathBuf>,
}
