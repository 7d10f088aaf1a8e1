//! The sample as a site, in the homes that sites have.

use std::path::{Path, PathBuf};
use std::process::Command;

use covatlas_tests::binary::finish;
use covatlas_tests::browser::{Browser, Page};
use covatlas_tests::s3::{Listing, S3Server};
use covatlas_tests::site_server::{Habits, SiteServer};
use covatlas_tests::{Collection, fixtures, tools};

/// Where a site is opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A web server, below a path prefix.
    Http,
    /// The same with `?via=script`: shards come as scripts, as they do from disk.
    ViaScript,
    /// A folder on disk.
    Disk,
    /// A bucket that `publish` filled, with the headers that it gave to each object.
    Bucket,
}

/// A rendered site in a folder whose name every careless program stumbles over.
pub struct Site {
    pub collection: Collection,
    pub dir: PathBuf,
}

/// Needs escaping in an address, each part in its own way.
const ODD: &str = "a #1 50% für/site";

impl Site {
    /// The sample with its sources, and what `render` is to do besides.
    pub fn sample(render: &[&str]) -> Self {
        Self::of_data(&fixtures::data(), render)
    }

    /// Any data with the sample's sources.
    pub fn of_data(data: &Path, render: &[&str]) -> Self {
        Self::of_mirror(data, &format!("{}={}", fixtures::REPO_URL, samples()), render)
    }

    /// Any data with sources from elsewhere.
    pub fn of_mirror(data: &Path, mirror: &str, render: &[&str]) -> Self {
        let collection = Collection::new();
        let dir = collection.beside(ODD);
        let (images, data) = (fixtures::images(), data.to_str().unwrap());
        let mut args = vec!["run", data, "--copy", "--cluster-name", "ci", "--keep-going"];
        args.extend(["--images", &images, "--mirror", mirror, "--allow-local-git"]);
        args.extend(["--output-dir", dir.to_str().unwrap()]);
        collection.run(args.iter().chain(render)).exits(0);
        Self { collection, dir }
    }

    /// The site after `pack` and the system's `tar`.
    pub fn unpacked(&self) -> Self {
        let archive = self.collection.beside("site.tar.gz");
        let dir = self.dir.to_str().unwrap();
        self.collection.run(["pack", dir, "-o", archive.to_str().unwrap()]).exits(0);
        let collection = Collection::new();
        let to = collection.beside("out of the box #2");
        std::fs::create_dir_all(&to).unwrap();
        let tar = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&to).status();
        assert!(tar.unwrap().success());
        Self { dir: to.join("site"), collection }
    }
}

fn samples() -> String {
    fixtures::small().join("samples.git").to_str().unwrap().to_owned()
}

/// A site that can be opened.
pub struct Open {
    pub server: Option<SiteServer>,
    pub bucket: Option<S3Server>,
    base: String,
}

/// Where a site is published.
const PLACE: &str = "s3://site/reports/nightly";

impl Open {
    /// Opens a site in a home.
    pub fn new(site: &Site, home: Home) -> Self {
        Self::with_habits(site, home, Habits::default())
    }

    /// Opens a site on a host with habits.
    pub fn with_habits(site: &Site, home: Home, habits: Habits) -> Self {
        let (mut server, mut bucket) = (None, None);
        let base = match home {
            Home::Disk => file_url(&site.dir.join("index.html")),
            Home::Bucket => {
                let store = bucket.insert(S3Server::start(Listing::Full));
                store.bucket("site");
                format!("{}/site/reports/nightly/index.html", store.url())
            }
            Home::Http | Home::ViaScript => {
                let url = server.insert(SiteServer::new(&site.dir, habits)).url();
                if home == Home::ViaScript { format!("{url}?via=script") } else { url }
            }
        };
        let open = Self { server, bucket, base };
        if home == Home::Bucket {
            open.publish(site);
        }
        open
    }

    /// Publishes the site as it is now; gives the command's summary.
    pub fn publish(&self, site: &Site) -> serde_json::Value {
        let mut command = site.collection.command();
        command.args(["publish", PLACE, "--json"]).arg(&site.dir);
        finish(self.bucket.as_ref().unwrap().known_to(&mut command)).exits(0).json()
    }

    /// The address of a page: `#/…`.
    pub fn url(&self, hash: &str) -> String {
        format!("{}{hash}", self.base)
    }
}

/// The address of a file, with everything escaped that is no letter, digit or one of `/-._`.
fn file_url(path: &Path) -> String {
    let escape = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    let path: String = path.to_str().unwrap().as_bytes().iter().map(escape).collect();
    format!("file://{path}")
}

/// Whether the browser is here that was asked for; says so loudly when it is not.
pub fn has_browser(test: &str) -> bool {
    Browser::asked().tools().iter().all(|tool| tools::has(test, tool))
}

/// Like [`has_browser`], for what only Chromium can be made to do.
pub fn has_chromium(test: &str) -> bool {
    let is_asked = Browser::asked() == Browser::Chromium;
    if !is_asked {
        eprintln!("SKIPPED {test}: only Chromium can do this");
    }
    is_asked && has_browser(test)
}

/// Plays a scenario with the sample in every home, and asserts that no page of it complains.
pub fn everywhere(test: &str, scenario: impl Fn(&Page, &Open)) {
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    for home in [Home::Http, Home::Disk, Home::ViaScript] {
        eprintln!("{test}: {home:?}");
        scenario(&page, &Open::new(&site, home));
        page.assert_quiet();
    }
}
