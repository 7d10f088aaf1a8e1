//! The static site: database and sources to hashed, compressed shards and one `index.html`.
//!
//! [`render`] goes through four steps: [`packs`] writes text and units, each once for all who share
//! it; [`builds`] writes what ran of each build, by whom; [`search`], [`mod@never`], [`repos`] and
//! [`compare`] write what is asked of all builds together; [`front`] writes the dashboard, the manifest and, last,
//! `index.html`. [`Writer`] owns names, compression and the order of writing.

mod builds;
mod compare;
mod front;
mod input;
mod kept;
mod lens;
mod never;
mod packs;
mod positions;
mod redact;
mod repos;
mod search;
mod trust;
mod units;
mod viewer;
mod writer;

use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8PathBuf;
use covatlas_shared::{
    layout::Form,
    manifest::{self, RepoLink},
    shard::ShardError,
    stats::Tiers,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use compare::Baseline;
pub(crate) use front::escape;
pub use input::{Input, Shown};
pub use kept::KeptSites;
pub(crate) use redact::has_pseudonym;
pub use redact::{Redaction, Secret};
pub use viewer::{Viewer, ViewerError};
pub use writer::{FILE_LIST, ListedFiles, Writer, WriterError, listed_files};

use crate::{db::DbError, sources::TextSource, stats::History};

/// How to render.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder to write.
    pub output: Utf8PathBuf,
    /// The title; the cluster's name when `None`.
    pub title: Option<String>,
    /// How shards are stored.
    pub form: Form,
    /// The bounds of the tiers.
    pub tiers: Tiers,
    /// What is noise, as `FIELD=GLOB`.
    pub hide: Vec<String>,
    /// What owners ran before, and in this run.
    pub history: History,
    /// What the site is compared with.
    pub baseline: Option<Baseline>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Owners on the dashboard.
    pub owners: usize,
    /// Distinct files with their text.
    pub files_with_text: usize,
    /// Distinct files without.
    pub files_without_text: usize,
    /// Files of the site.
    pub files: usize,
    /// Files that were not there before.
    pub files_written: usize,
    /// Bytes of all files of the site.
    pub bytes: u64,
    /// Texts and lists of files that should be there and could not be read.
    pub texts_missing: usize,
}

/// Why a site cannot be written.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The database cannot be read.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file cannot be written.
    #[error(transparent)]
    Writer(#[from] WriterError),
    /// The viewer is not whole.
    #[error(transparent)]
    Viewer(#[from] ViewerError),
    /// A shard cannot be encoded.
    #[error("cannot encode a shard")]
    Shard(#[from] ShardError),
    /// A stored meta file does not decode.
    #[error("damaged meta file of build {build} in the database: run `covatlas compile` again")]
    Meta {
        /// The build's hash.
        build: String,
    },
    /// There are too many names to look for.
    #[error("cannot look for the names that --redact hides")]
    Redact(#[source] Box<aho_corasick::BuildError>),
    /// Nothing to show.
    #[error("no owner to show: {0}")]
    Empty(String),
}

/// Shards about all builds together, which the manifest names.
#[derive(Debug)]
struct Across {
    search: search::SearchShards,
    /// Name of the overview.
    never: String,
    units: String,
    repos: Vec<RepoLink>,
    compare: Option<manifest::Baseline>,
}

/// Writes the site of `input`, with texts from `texts`, for `viewer`.
///
/// The same input gives the same bytes. `index.html` is written last, by rename; files that an
/// earlier site of ours left and this one does not need are deleted after that.
///
/// # Errors
/// [`RenderError`]; the earlier site is then still whole.
pub fn render(
    input: &Input,
    texts: &dyn TextSource,
    viewer: &Viewer,
    options: &Options,
) -> Result<Rendered, RenderError> {
    let writer = Writer::create(&options.output, options.form)?;
    let texts = &Counted { texts, missing: AtomicUsize::new(0) };
    let packs = packs::write(input, texts, &writer)?;
    let noise = front::noise(input, &options.hide);
    let builds = builds::write(input, &packs, &noise, &writer)?;
    let across = Across {
        search: search::write(input, &writer)?,
        never: never::write(input, &builds, &writer)?,
        units: units::write(input, &writer)?,
        repos: repos::write(input, texts, &packs, &builds, &writer)?,
        compare: match &options.baseline {
            Some(baseline) => Some(compare::write(input, &packs, &builds, baseline, &writer)?),
            None => None,
        },
    };
    let page = front::write(input, &builds, across, &writer, options)?;
    let index = viewer.write(&writer, &page)?;
    let site = writer.finish(&index)?;
    Ok(Rendered {
        owners: input.owners.len(),
        files_with_text: packs.with_text,
        files_without_text: packs.without_text,
        files: site.files,
        files_written: site.written,
        bytes: site.bytes,
        texts_missing: texts.missing.load(Ordering::Relaxed),
    })
}

/// Counts what it cannot give.
struct Counted<'a> {
    texts: &'a dyn TextSource,
    missing: AtomicUsize,
}

impl Counted<'_> {
    fn found<T>(&self, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.missing.fetch_add(1, Ordering::Relaxed);
        }
        found
    }
}

impl TextSource for Counted<'_> {
    fn text(&self, repo: &str, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.found(self.texts.text(repo, commit, path))
    }

    fn paths(&self, repo: &str, commit: &str) -> Option<Vec<String>> {
        self.found(self.texts.paths(repo, commit))
    }
}

/// A number of items, or a position, as shards keep it.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
