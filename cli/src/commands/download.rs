//! `covatlas download`.

use std::time::Instant;

use covatlas_remote::s3::{Bucket, Connection, Signing};

pub(super) use crate::collect::download::{Existing, Mode};

use super::{counted, human_bytes, in_new_collection, summary};
use crate::{
    args::{self, DownloadHow, Global, S3Connection},
    collect::{
        download::{
            DownloadError, DownloadOptions, DownloadSummary, KeyFilter, Versions, download,
        },
        place::S3Place,
    },
    collection::Collection,
    label::Label,
    meter::Meter,
    ui::{Outcome, Summary, Ui, UsageError},
};

/// Objects in flight, unless the user says otherwise.
const CONCURRENCY: u16 = 10;

pub(super) fn run(global: &Global, args: &args::Download, ui: Ui) -> anyhow::Result<Outcome> {
    let place = place(args.url.as_ref(), &args.how)?;
    let download = Download {
        place: &place,
        how: &args.how,
        cluster: args.cluster_name.as_deref(),
        labels: &args.label,
        connection: &args.connection,
        at_once: global.max_concurrency,
        existing: if args.skip_existing { Existing::Keep } else { Existing::Compare },
        mode: if args.dry_run { Mode::DryRun } else { Mode::Fetch },
    };
    let summary = if args.dry_run {
        download.step(&Collection::at(&global.collection), ui)?
    } else {
        in_new_collection(global, |collection| download.step(collection, ui))?
    };
    Ok(Outcome::Step(summary))
}

/// The place that the flags name.
pub(super) fn place(url: Option<&S3Place>, how: &DownloadHow) -> Result<S3Place, UsageError> {
    let missing =
        || UsageError::new("which bucket? write s3://BUCKET/PREFIX, or --bucket".to_owned());
    match (url, &how.bucket) {
        (Some(place), _) => Ok(place.clone()),
        (None, Some(bucket)) => S3Place::new(bucket, how.prefix.as_deref().unwrap_or_default())
            .map_err(|err| UsageError::of(&err)),
        (None, None) => Err(missing()),
    }
}

/// A client for a bucket, as the flags say.
pub(super) fn connect(place: &S3Place, flags: &S3Connection) -> Result<Bucket, DownloadError> {
    let connection = Connection {
        bucket: place.bucket.clone(),
        profile: flags.profile.clone(),
        region: flags.region.clone(),
        endpoint_url: flags.endpoint_url.clone(),
        signing: if flags.no_sign_request { Signing::Anonymous } else { Signing::Signed },
    };
    Bucket::connect(&connection).map_err(|err| DownloadError::unusable(place, err))
}

/// What to download, and how.
pub(super) struct Download<'a> {
    pub(super) place: &'a S3Place,
    pub(super) how: &'a DownloadHow,
    pub(super) cluster: Option<&'a str>,
    pub(super) labels: &'a [Label],
    pub(super) connection: &'a S3Connection,
    pub(super) at_once: Option<u16>,
    pub(super) existing: Existing,
    pub(super) mode: Mode,
}

impl Download<'_> {
    /// Brings the bucket's reports into the collection.
    pub(super) fn step(&self, collection: &Collection, ui: Ui) -> anyhow::Result<Summary> {
        let started = Instant::now();
        let options = self.options()?;
        let bucket = connect(self.place, self.connection)?;
        let meter = Meter::default();
        let work = || download(&bucket, collection, &options, &meter);
        let done = ui.watching("downloading", &meter, work)?;
        let sentence = sentence(&done, self.mode);
        Ok(summary("download", done.fetched + done.shared, done.skipped, done.problems, started)
            .with("reports", done.reports)
            .with("listed", done.listed)
            .with("fetched", done.fetched)
            .with("fetched_bytes", done.fetched_bytes)
            .with("shared", done.shared)
            .with("kept_both", done.kept_both)
            .with("ignored", done.ignored)
            .with("excluded", done.excluded)
            .with("rejected", done.rejected)
            .with("dry_run", self.mode == Mode::DryRun)
            .saying(&sentence))
    }

    fn options(&self) -> Result<DownloadOptions, UsageError> {
        let how = self.how;
        let keys = KeyFilter::new(&how.include_key, &how.exclude_key);
        Ok(DownloadOptions {
            place: self.place.clone(),
            cluster: self.cluster.unwrap_or_else(|| self.place.name()).to_owned(),
            labels: self.labels.to_vec(),
            keys: keys.map_err(|err| UsageError::of(&err))?,
            existing: self.existing,
            versions: if how.latest_only { Versions::Latest } else { Versions::All },
            mode: self.mode,
            at_once: usize::from(self.at_once.unwrap_or(CONCURRENCY)),
            now: super::now(),
        })
    }
}

fn sentence(done: &DownloadSummary, mode: Mode) -> String {
    let word = if mode == Mode::DryRun { "to fetch" } else { "fetched" };
    let failed = match done.failed {
        0 => String::new(),
        n => format!(", {n} not to be had"),
    };
    format!(
        "{} ({} {word}, {}, {} shared, {} there already{failed})",
        counted(done.reports, "report"),
        counted(done.fetched, "file"),
        human_bytes(done.fetched_bytes),
        done.shared,
        done.skipped,
    )
}
