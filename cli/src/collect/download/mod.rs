//! Download: from a bucket to reports in a collection.
//!
//! [`Work`] decides about each object of the listing while the listing goes on, [`report`] knows
//! what a report has already, and [`metas`] which meta files need no transfer, since another
//! report has the same bytes.

mod fetching;
mod key_filter;
mod metas;
mod report;
mod work;

use covatlas_remote::s3::{Bucket, S3Error};
use thiserror::Error;

use self::work::Work;
use super::place::S3Place;
use super::prefix::WrongPrefix;
use super::target::TargetError;
use crate::collection::Collection;
use crate::label::Label;
use crate::meter::Meter;
use crate::problems::Problems;
use crate::timestamp::Timestamp;

pub use key_filter::KeyFilter;

/// The largest object that is fetched, in bytes: far above any program's meta file.
const MOST_BYTES: u64 = 1 << 30;

/// What happens to objects whose file the collection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// They are fetched when they have changed.
    #[default]
    Compare,
    /// They are left alone, changed or not.
    Keep,
}

/// What happens to the contents that an object had before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// They are kept beside the new ones.
    #[default]
    All,
    /// They are replaced.
    Latest,
}

/// Whether anything is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Yes.
    #[default]
    Fetch,
    /// No: it is only counted, and nothing is written.
    DryRun,
}

/// What the user says about a download.
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    /// Where reports are.
    pub place: S3Place,
    /// The cluster's name.
    pub cluster: String,
    /// Labels of all reports; others that a report has stay.
    pub labels: Vec<Label>,
    /// Which keys, relative to the place.
    pub keys: KeyFilter,
    /// What happens to objects whose file is there.
    pub existing: Existing,
    /// What happens to older contents.
    pub versions: Versions,
    /// Whether anything is fetched.
    pub mode: Mode,
    /// Objects in flight at most.
    pub at_once: usize,
    /// The time of the download.
    pub now: Timestamp,
}

/// What a download did. All counts but the first and the bytes are objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct DownloadSummary {
    /// Reports that the listing has.
    pub reports: usize,
    /// Listed.
    pub listed: usize,
    /// Fetched, or to be fetched in a dry run.
    pub fetched: usize,
    /// Bytes of those.
    pub fetched_bytes: u64,
    /// Meta files that another report had already: linked, not fetched.
    pub shared: usize,
    /// Of the fetched, those with other contents than the file of their name, which stays.
    pub kept_both: usize,
    /// In the collection before.
    pub skipped: usize,
    /// Not files of a report.
    pub ignored: usize,
    /// Left out by the user.
    pub excluded: usize,
    /// With keys that name no report.
    pub rejected: usize,
    /// Could not be fetched.
    pub failed: usize,
    /// What went wrong.
    pub problems: Problems,
}

/// A download that found nothing, or that cannot go on.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// There are keys, but none at the right level.
    #[error(transparent)]
    WrongPrefix(#[from] WrongPrefix),
    /// The user left everything out.
    #[error("--include-key and --exclude-key leave none of the {listed} keys under `{place}`")]
    AllExcluded {
        /// The place.
        place: S3Place,
        /// How many keys there are.
        listed: usize,
    },
    /// The bucket cannot be used.
    #[error(
        "cannot download from `{place}`: what was fetched is safe, and a re-run goes on from here"
    )]
    Stopped {
        /// The place.
        place: S3Place,
        /// Why.
        #[source]
        source: Box<S3Error>,
    },
    /// The bucket cannot be used, and nothing was fetched yet.
    #[error("cannot download from `{place}`")]
    Bucket {
        /// The place.
        place: S3Place,
        /// Why.
        #[source]
        source: Box<S3Error>,
    },
    /// The collection takes nothing.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl DownloadError {
    /// A bucket that cannot be used, before anything was fetched.
    pub(crate) fn unusable(place: &S3Place, err: S3Error) -> Self {
        Self::Bucket { place: place.clone(), source: Box::new(err) }
    }
}

/// Brings the reports below a place in a bucket into a collection.
///
/// Nothing that was collected is overwritten unless the user wants that, and a second run fetches
/// only what changed. `meter` tells, from any thread, how far it is.
///
/// # Errors
/// When nothing below the place is a report, when the listing fails, or when the collection
/// cannot be written. Failures of single objects are in the summary.
pub fn download(
    bucket: &Bucket,
    collection: &Collection,
    options: &DownloadOptions,
    meter: &Meter,
) -> Result<DownloadSummary, DownloadError> {
    let mut work = Work::new(collection, options, meter);
    let listed = bucket.transfer(&options.place.key_start(), options.at_once, &mut work);
    if let Err(err) = listed {
        let stop = work.stop(err);
        // What it fetched is noted all the same.
        return work.finish().and(Err(stop));
    }
    let (summary, keys) = work.finish()?;
    if summary.reports > 0 {
        return Ok(summary);
    }
    if summary.excluded > 0 && summary.rejected == 0 {
        let place = options.place.clone();
        return Err(DownloadError::AllExcluded { place, listed: summary.listed });
    }
    Err(wrong_prefix(bucket, &options.place, keys)?.into())
}

/// Says what is there instead of reports; where there is nothing, what is beside it.
fn wrong_prefix(
    bucket: &Bucket,
    place: &S3Place,
    mut keys: Vec<String>,
) -> Result<WrongPrefix, DownloadError> {
    let mut base = place.clone();
    while keys.is_empty() && !base.prefix.is_empty() {
        base.prefix = base.prefix.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let start = base.key_start();
        let found = bucket.first_page(&start);
        let found = found.map_err(|err| DownloadError::unusable(place, err))?;
        keys = found.iter().filter_map(|o| o.key.strip_prefix(&start)).map(str::to_owned).collect();
    }
    let mut wrong = WrongPrefix::new(&base.prefix, keys.iter().map(String::as_str));
    let in_bucket = |prefix: String| S3Place { bucket: place.bucket.clone(), prefix }.to_string();
    wrong.likely = wrong.likely.map(in_bucket);
    wrong.found = keys.iter().zip(wrong.found).map(|(_, key)| base.key(&key)).collect();
    wrong.prefix = place.to_string();
    Ok(wrong)
}
