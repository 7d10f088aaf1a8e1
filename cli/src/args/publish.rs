//! Putting a site where others see it.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

#[cfg(feature = "s3")]
use crate::collect::place::S3Place;
use crate::publish::Subdir;

/// `publish`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 publish s3://my-bucket/reports/nightly --delete
  covatlas -C run1 publish gh-pages https://github.com/my-org/coverage
  covatlas -C run1 publish gh-pages origin --subdir nightly --delete")]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Publish {
    /// Where to, in a bucket.
    #[cfg(feature = "s3")]
    #[command(flatten)]
    pub bucket: ToBucket,
    /// Where else to.
    #[command(subcommand)]
    pub to: Option<PublishTo>,
}

/// `publish s3://…`.
#[cfg(feature = "s3")]
#[derive(Clone, Debug, Args)]
pub struct ToBucket {
    /// The place in the bucket that becomes the site's address
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    pub url: Option<S3Place>,
    /// The site's folder [default: site in the collection]
    #[arg(requires = "url")]
    pub site: Option<Utf8PathBuf>,
    /// Delete files of earlier sites that this one does not have
    #[arg(long)]
    pub delete: bool,
    /// With --delete: sites before this one whose files stay, for pages that are open
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub keep: u64,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
    /// How to reach the bucket.
    #[command(flatten)]
    pub connection: super::S3Connection,
}

/// Where a site is published.
#[derive(Clone, Debug, Subcommand)]
pub enum PublishTo {
    /// To a branch of a git repository, as GitHub Pages shows it
    ///
    /// Other files of the branch stay as they are. The branch is changed only when nobody else wrote
    /// to it meanwhile, in one step: it never shows half a site. A login is taken from the address,
    /// the environment (`GITHUB_TOKEN` and its like) or ~/.netrc.
    GhPages(GhPages),
}

/// `publish gh-pages`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 publish gh-pages https://github.com/my-org/coverage
  covatlas -C run1 publish gh-pages origin --subdir nightly --delete
  covatlas publish gh-pages https://git.example.com/o/r public/ --dry-run")]
pub struct GhPages {
    /// The repository: an address, a path, or the name of a remote of the repository around here
    pub remote: String,
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
    /// The branch
    #[arg(long, value_name = "NAME", default_value = "gh-pages")]
    pub branch: String,
    /// The folder of the branch [default: its root]
    #[arg(long, value_name = "PATH")]
    pub subdir: Option<Subdir>,
    /// Delete files of earlier sites that this one does not have
    #[arg(long)]
    pub delete: bool,
    /// With --delete: sites before this one whose files stay, for pages that are open
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub keep: u64,
    /// Publish into a branch that covatlas did not make, and replace files of the same name
    #[arg(long)]
    pub take_over: bool,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
}
