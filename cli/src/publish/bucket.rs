//! A site in a bucket.
//!
//! The list beside the site says what was published with which contents, so that only what changed
//! is uploaded. It is written before `index.html` and both under the condition that nobody else
//! wrote them: two publishers notice each other, and a run that was killed leaves a whole page.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::ops::ControlFlow;

use camino::Utf8PathBuf;
use covatlas_remote::s3::{Bucket, Condition, Put, S3Error, Stored, Uploads};
use covatlas_shared::layout::INDEX;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::headers::Headers;
use super::{PUBLISHED, Published, SiteFiles, Stale};
use crate::collect::place::S3Place;
use crate::meter::Meter;

/// The largest list that is read, in bytes: far above one of millions of files.
const MAX_LIST: u64 = 1 << 30;
/// The largest `index.html` that is read, in bytes.
const MAX_INDEX: u64 = 16 << 20;

/// Why a site is not put into a bucket.
#[derive(Debug, Error)]
pub enum BucketError {
    /// The bucket cannot be used; nothing was written yet.
    #[error("cannot publish to `{place}`")]
    Unusable {
        /// The place.
        place: S3Place,
        /// Why.
        #[source]
        source: Box<S3Error>,
    },
    /// The bucket cannot be used any more.
    #[error(
        "cannot publish to `{place}`: the page there is as it was, and a re-run goes on from here"
    )]
    Bucket {
        /// The place.
        place: S3Place,
        /// Why.
        #[source]
        source: Box<S3Error>,
    },
    /// Somebody else published at the same time.
    #[error(
        "somebody else publishes to `{0}` at the same time: see what is there, then publish again"
    )]
    Overtaken(S3Place),
    /// The place holds another page.
    #[error(
        "`{0}` has an index.html that covatlas did not publish: choose another prefix, or remove \
         that file"
    )]
    Foreign(S3Place),
    /// The list cannot be used.
    #[error("`{0}` is damaged or of a newer covatlas: use that, or remove the list")]
    List(String),
    /// A file of the site cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The list cannot be written.
    #[error("cannot write the list of published files")]
    Json(#[from] serde_json::Error),
}

/// What is published at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    published: Published,
    /// By path: the digest of headers and contents.
    digests: BTreeMap<String, String>,
}

/// What publishing to a bucket changed, or would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Files that are new or have other bytes.
    pub changed: usize,
    /// Files that are there already.
    pub unchanged: usize,
    /// Files that are deleted.
    pub deleted: usize,
    /// What is sent for the changed files and the lists, in bytes; of a dry run the files' sizes.
    pub bytes: u64,
}

/// A site and the place in a bucket that it goes to.
pub struct ToBucket<'a> {
    /// The site.
    pub site: &'a SiteFiles,
    /// Where it goes.
    pub place: &'a S3Place,
    /// What becomes of old files.
    pub stale: Stale,
    /// Objects in flight at most.
    pub at_once: usize,
}

/// What has to be done.
struct Plan {
    /// The list that is there, as a condition for the next one.
    before: Condition,
    index_before: Condition,
    /// Once everything is done.
    list: List,
    /// Until something is deleted, when that is to be.
    claim: Option<List>,
    /// Changed files but the index, with their sizes.
    put: Vec<(String, u64)>,
    is_index_changed: bool,
    delete: Vec<String>,
    uploaded: Uploaded,
}

impl ToBucket<'_> {
    /// Says what publishing would change.
    ///
    /// # Errors
    /// [`BucketError`].
    pub fn dry_run(&self, bucket: &mut Bucket) -> Result<Uploaded, BucketError> {
        self.plan(bucket).map(|plan| plan.uploaded)
    }

    /// Uploads what changed, the index last, then deletes what nobody needs any more.
    ///
    /// # Errors
    /// [`BucketError`]; the page that was there stays whole.
    pub fn publish(&self, bucket: &mut Bucket, meter: &Meter) -> Result<Uploaded, BucketError> {
        let mut plan = self.plan(bucket)?;
        if plan.put.is_empty() && !plan.is_index_changed && plan.delete.is_empty() {
            return Ok(plan.uploaded);
        }
        for (_, size) in &plan.put {
            meter.add_wanted(*size);
        }
        meter.end_listing();
        let put = std::mem::take(&mut plan.put);
        let mut queue = Queue { to: self, meter, left: put.into_iter(), bytes: 0, failed: None };
        bucket.put_all(self.at_once, &mut queue);
        let (bytes, failed) = (queue.bytes, queue.failed);
        failed.map_or(Ok(()), Err)?;
        plan.uploaded.bytes = bytes;
        self.finish(bucket, plan)
    }

    /// Writes the list, the index, and when something is deleted the list again without that.
    fn finish(&self, bucket: &Bucket, mut plan: Plan) -> Result<Uploaded, BucketError> {
        let claim = self.put_of_list(plan.claim.as_ref().unwrap_or(&plan.list), plan.before)?;
        let mut sent = vec![claim.bytes.len()];
        let etag = self.send(bucket, &claim)?;
        if plan.is_index_changed {
            let mut index = self.put_of(INDEX)?;
            index.condition = plan.index_before;
            sent.push(index.bytes.len());
            self.send(bucket, &index)?;
        }
        if plan.claim.is_some() {
            bucket.delete(&plan.delete).map_err(|err| self.failed(err))?;
            let condition = etag.map_or(Condition::Always, Condition::Is);
            let list = self.put_of_list(&plan.list, condition)?;
            sent.push(list.bytes.len());
            self.send(bucket, &list)?;
        }
        for bytes in sent {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            plan.uploaded.bytes = plan.uploaded.bytes.saturating_add(bytes);
        }
        Ok(plan.uploaded)
    }

    fn plan(&self, bucket: &mut Bucket) -> Result<Plan, BucketError> {
        let list_key = self.place.key(PUBLISHED);
        let stored = bucket.read(&list_key, MAX_LIST).map_err(|err| self.unusable(err))?;
        let old = match &stored {
            None => List::default(),
            Some(stored) => {
                parse(&stored.bytes).ok_or_else(|| BucketError::List(list_key.clone()))?
            }
        };
        let index =
            bucket.read(&self.place.key(INDEX), MAX_INDEX).map_err(|err| self.unusable(err))?;
        if index.is_some() && !old.published.has(INDEX) {
            return Err(BucketError::Foreign(self.place.clone()));
        }
        let names: Vec<String> = self.site.files().iter().map(|(name, _)| name.clone()).collect();
        let mut plan = Plan {
            before: condition(stored.as_ref()),
            index_before: condition(index.as_ref()),
            list: List::default(),
            claim: None,
            put: Vec::new(),
            is_index_changed: false,
            delete: Vec::new(),
            uploaded: Uploaded::default(),
        };
        for (name, size) in self.site.files() {
            let digest = self.digest(name)?;
            let is_listed = old.digests.get(name) == Some(&digest);
            // A run may have been killed between the list and the index.
            let is_there = is_listed && (name != INDEX || self.is_index(index.as_ref())?);
            plan.list.digests.insert(name.clone(), digest);
            if is_there {
                plan.uploaded.unchanged += 1;
                continue;
            }
            plan.uploaded.changed += 1;
            plan.uploaded.bytes = plan.uploaded.bytes.saturating_add(*size);
            if name == INDEX {
                plan.is_index_changed = true;
            } else {
                plan.put.push((name.clone(), *size));
            }
        }
        self.plan_old_files(&mut plan, old, &names);
        Ok(plan)
    }

    /// What becomes of files of earlier sites.
    fn plan_old_files(&self, plan: &mut Plan, old: List, names: &[String]) {
        if plan.uploaded.changed == 0 && matches!(self.stale, Stale::Keep) {
            plan.list = old;
            return;
        }
        let keep = match self.stale {
            Stale::Keep => None,
            Stale::Delete { keep } => Some(keep),
        };
        let (published, stale) = if plan.uploaded.changed == 0 {
            old.published.without_older(keep)
        } else {
            old.published.followed_by(names, keep)
        };
        if !stale.is_empty() {
            let mut claim = old.clone();
            claim.published = old.published.followed_by(names, None).0;
            claim.digests.extend(plan.list.digests.clone());
            // Whoever comes while they are deleted, or after a kill, must not rely on them.
            claim.digests.retain(|path, _| !stale.contains(path));
            plan.claim = Some(claim);
        }
        let kept = old.digests.into_iter().filter(|(path, _)| published.has(path));
        for (path, digest) in kept.collect::<Vec<_>>() {
            plan.list.digests.entry(path).or_insert(digest);
        }
        plan.list.published = published;
        plan.delete = stale.iter().map(|path| self.place.key(path)).collect();
        plan.uploaded.deleted = plan.delete.len();
    }

    /// Whether the index that is there is this site's.
    fn is_index(&self, stored: Option<&Stored>) -> Result<bool, BucketError> {
        let Some(stored) = stored else { return Ok(false) };
        let path = self.site.path(INDEX);
        let own = fs_err::read(&path).map_err(|source| BucketError::Read { path, source })?;
        Ok(unzipped(&stored.bytes, MAX_INDEX).is_some_and(|stored| stored == own))
    }

    /// The digest of a file as it is stored: of its headers too, so that other ones are noticed.
    fn digest(&self, name: &str) -> Result<String, BucketError> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?}\n", Headers::of(name)).as_bytes());
        let path = self.site.path(name);
        let read = fs_err::File::open(&path).and_then(|file| hasher.update_reader(file).map(drop));
        read.map_err(|source| BucketError::Read { path, source })?;
        Ok(hasher.finalize().to_hex().chars().take(32).collect())
    }

    /// A file of the site as an object.
    fn put_of(&self, name: &str) -> Result<Put, BucketError> {
        let path = self.site.path(name);
        let unreadable = |source| BucketError::Read { path: path.clone(), source };
        let bytes = fs_err::read(&path).map_err(unreadable)?;
        let headers = Headers::of(name);
        let bytes = if headers.is_gzipped { gzip(&bytes).map_err(unreadable)? } else { bytes };
        Ok(Put {
            key: self.place.key(name),
            bytes,
            content_type: headers.content_type,
            content_encoding: headers.is_gzipped.then_some("gzip"),
            cache_control: headers.cache_control,
            condition: Condition::Always,
        })
    }

    fn put_of_list(&self, list: &List, condition: Condition) -> Result<Put, BucketError> {
        let bytes = gzip(&serde_json::to_vec(list)?);
        let path = Utf8PathBuf::from(PUBLISHED);
        Ok(Put {
            key: self.place.key(PUBLISHED),
            bytes: bytes.map_err(|source| BucketError::Read { path, source })?,
            content_type: "application/json",
            content_encoding: Some("gzip"),
            cache_control: "no-cache",
            condition,
        })
    }

    fn send(&self, bucket: &Bucket, put: &Put) -> Result<Option<String>, BucketError> {
        bucket.put(put).map_err(|err| self.failed(err))
    }

    fn unusable(&self, err: S3Error) -> BucketError {
        BucketError::Unusable { place: self.place.clone(), source: Box::new(err) }
    }

    fn failed(&self, err: S3Error) -> BucketError {
        match err {
            S3Error::Changed => BucketError::Overtaken(self.place.clone()),
            err => BucketError::Bucket { place: self.place.clone(), source: Box::new(err) },
        }
    }
}

fn condition(stored: Option<&Stored>) -> Condition {
    match stored.map(|stored| stored.etag.clone()) {
        None => Condition::Missing,
        Some(Some(etag)) => Condition::Is(etag),
        // The server does not tell; it could not compare either.
        Some(None) => Condition::Always,
    }
}

/// The list in an object.
fn parse(bytes: &[u8]) -> Option<List> {
    let list: List = serde_json::from_slice(&unzipped(bytes, MAX_LIST)?).ok()?;
    // The part that names files is checked as everywhere else.
    let published = Published::parse(&list.published.to_json().ok()?)?;
    Some(List { published, ..list })
}

/// What an object holds, which some servers give without its compression. `None` when it is
/// damaged; more than `limit` bytes are cut.
fn unzipped(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Some(bytes.to_vec());
    }
    let mut unzipped = Vec::new();
    GzDecoder::new(bytes).take(limit).read_to_end(&mut unzipped).ok()?;
    Some(unzipped)
}

/// The same bytes for the same bytes: no name and no time.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Files on their way.
struct Queue<'a> {
    to: &'a ToBucket<'a>,
    meter: &'a Meter,
    left: std::vec::IntoIter<(String, u64)>,
    bytes: u64,
    failed: Option<BucketError>,
}

impl Uploads for Queue<'_> {
    fn next_put(&mut self) -> ControlFlow<(), Option<Put>> {
        let Some((name, size)) = self.left.next() else { return ControlFlow::Continue(None) };
        match self.to.put_of(&name) {
            Ok(put) => {
                let bytes = u64::try_from(put.bytes.len()).unwrap_or(u64::MAX);
                self.bytes = self.bytes.saturating_add(bytes);
                self.meter.add_done(size);
                ControlFlow::Continue(Some(put))
            }
            Err(err) => {
                self.failed = Some(err);
                ControlFlow::Break(())
            }
        }
    }

    fn written(&mut self, _: &str, result: Result<(), S3Error>) -> ControlFlow<()> {
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(err) => {
                self.failed = Some(self.to.failed(err));
                ControlFlow::Break(())
            }
        }
    }
}
