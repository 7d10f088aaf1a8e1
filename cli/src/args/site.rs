//! What is done with a site.

use camino::Utf8PathBuf;
use clap::Args;

/// `serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 serve --open
  covatlas serve site.tar.gz --port 0")]
pub struct Serve {
    /// A site's folder or its .tar.gz [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
    /// Port; 0 takes any free one. Without the flag: 8080 or the next free one
    #[arg(long)]
    pub port: Option<u16>,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
}

/// `verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 verify
  covatlas -C run1 verify --json public/")]
pub struct Verify {
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
}

/// `pack`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 pack
  covatlas pack public/ -o report.tar.gz")]
pub struct Pack {
    /// The file to write [default: site.tar.gz in the collection]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<Utf8PathBuf>,
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
}
