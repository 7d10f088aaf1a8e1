//! What is done with a site.

use camino::Utf8PathBuf;
use clap::Args;

/// Preview a site on 127.0.0.1.
#[derive(Clone, Debug, Args)]
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

/// Check collection, database and site against each other.
///
/// Every meta and counter file is decoded again and what it says ran compared with the database;
/// the database is checked by itself; every source text that it counts on is read; and every file
/// of the site is followed from index.html on and its content compared with the hash in its name.
/// Nothing is changed. Each finding names what is damaged and the command that repairs it; with
/// any, the exit status is 3.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 verify
  covatlas -C run1 verify --json public/")]
pub struct Verify {
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
}

/// Pack the site into one .tar.gz.
#[derive(Clone, Debug, Args)]
pub struct Pack {
    /// The file to write [default: site.tar.gz in the collection]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<Utf8PathBuf>,
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
}
