//! Writing to a bucket: objects with their headers, under conditions, and deleting them.

use std::ops::ControlFlow;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use tokio::task::JoinSet;

use super::S3Error;
use super::connect::{Bucket, Names};
use super::error::{causes, explain};
use super::list::unquoted;
use super::retry::Retry;

/// The most keys that one request deletes.
const MOST_DELETED: usize = 1_000;

/// When an object may be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there.
    #[default]
    Always,
    /// Only when nothing is there.
    Missing,
    /// Only when what is there has this `ETag`.
    Is(String),
}

/// An object to write.
#[derive(Clone, Debug)]
pub struct Put {
    /// The whole key.
    pub key: String,
    /// Its contents.
    pub bytes: Vec<u8>,
    /// Its type.
    pub content_type: &'static str,
    /// How the contents are compressed, if they are.
    pub content_encoding: Option<&'static str>,
    /// How long others may keep it.
    pub cache_control: &'static str,
    /// When it may be written.
    pub condition: Condition,
}

/// A small object that was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its contents.
    pub bytes: Vec<u8>,
    /// What a [`Condition`] needs, without quotes.
    pub etag: Option<String>,
}

/// What is to be written, piece by piece. All calls come from one thread.
pub trait Uploads {
    /// The next object; `None` when there are no more.
    fn next_put(&mut self) -> ControlFlow<(), Option<Put>>;
    /// Takes what became of an object; `Break` ends the upload.
    fn written(&mut self, key: &str, result: Result<(), S3Error>) -> ControlFlow<()>;
}

impl Bucket {
    /// Reads an object of at most `limit` bytes; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is larger.
    pub fn read(&mut self, key: &str, limit: u64) -> Result<Option<Stored>, S3Error> {
        let first = self.runtime().block_on(read(&self.client(), &self.names(), key, limit));
        let Err(S3Error::OtherRegion { region }) = first else { return first };
        self.move_to(region);
        self.runtime().block_on(read(&self.client(), &self.names(), key, limit))
    }

    /// Writes an object; gives its `ETag`, without quotes.
    ///
    /// # Errors
    /// [`S3Error::Changed`] when the condition does not hold.
    pub fn put(&self, put: &Put) -> Result<Option<String>, S3Error> {
        self.runtime().block_on(write(&self.client(), &self.names(), put))
    }

    /// Writes what `uploads` gives, at most `at_once` objects at a time.
    pub fn put_all(&self, at_once: usize, uploads: &mut dyn Uploads) {
        let end = self.runtime().block_on(put_all(self.client(), self.names(), at_once, uploads));
        // `uploads` knows why it ended.
        let (ControlFlow::Continue(()) | ControlFlow::Break(())) = end;
    }

    /// Deletes objects; those that are not there count as deleted.
    ///
    /// # Errors
    /// When the server refuses to delete any of them.
    pub fn delete(&self, keys: &[String]) -> Result<(), S3Error> {
        let (client, names) = (self.client(), self.names());
        self.runtime().block_on(async {
            for keys in keys.chunks(MOST_DELETED) {
                let mut retry = Retry::default();
                while let Err(err) = delete(&client, &names, keys).await {
                    retry.after(err).await?;
                }
            }
            Ok(())
        })
    }
}

async fn read(
    client: &Client,
    names: &Names,
    key: &str,
    limit: u64,
) -> Result<Option<Stored>, S3Error> {
    let mut retry = Retry::default();
    loop {
        match read_once(client, names, key, limit).await {
            Ok(stored) => return Ok(Some(stored)),
            Err(S3Error::Gone) => return Ok(None),
            Err(err) => retry.after(err).await?,
        }
    }
}

async fn read_once(
    client: &Client,
    names: &Names,
    key: &str,
    limit: u64,
) -> Result<Stored, S3Error> {
    let request = client.get_object().bucket(&*names.bucket).key(key);
    let asked = names.asked("read", key);
    let mut answer = request.send().await.map_err(|err| explain(&err, asked))?;
    let etag = answer.e_tag().map(unquoted);
    let mut bytes = Vec::new();
    while let Some(piece) = answer.body.next().await {
        let wanted = limit;
        let got = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let piece =
            piece.map_err(|err| S3Error::Incomplete { got, wanted, cause: causes(&err) })?;
        bytes.extend_from_slice(&piece);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Err(S3Error::Request(format!("`{key}` has more than {limit} bytes")));
        }
    }
    Ok(Stored { bytes, etag })
}

async fn write(client: &Client, names: &Names, put: &Put) -> Result<Option<String>, S3Error> {
    let mut retry = Retry::default();
    loop {
        match write_once(client, names, put).await {
            Ok(etag) => return Ok(etag),
            Err(err) => retry.after(err).await?,
        }
    }
}

async fn write_once(client: &Client, names: &Names, put: &Put) -> Result<Option<String>, S3Error> {
    let mut request = client
        .put_object()
        .bucket(&*names.bucket)
        .key(&put.key)
        .content_type(put.content_type)
        .cache_control(put.cache_control)
        .set_content_encoding(put.content_encoding.map(str::to_owned))
        .body(ByteStream::from(put.bytes.clone()));
    request = match &put.condition {
        Condition::Always => request,
        Condition::Missing => request.if_none_match("*"),
        Condition::Is(etag) => request.if_match(format!("\"{etag}\"")),
    };
    let asked = names.asked("write", &put.key);
    let answer = request.send().await.map_err(|err| explain(&err, asked))?;
    Ok(answer.e_tag().map(unquoted))
}

async fn put_all(
    client: Client,
    names: Names,
    at_once: usize,
    uploads: &mut dyn Uploads,
) -> ControlFlow<()> {
    let mut in_flight: JoinSet<(String, Result<(), S3Error>)> = JoinSet::new();
    let mut is_more = true;
    loop {
        while is_more && in_flight.len() < at_once.max(1) {
            let Some(put) = uploads.next_put()? else {
                is_more = false;
                break;
            };
            let (client, names) = (client.clone(), names.clone());
            in_flight.spawn(async move {
                let result = write(&client, &names, &put).await;
                (put.key, result.map(drop))
            });
        }
        match in_flight.join_next().await {
            None => return ControlFlow::Continue(()),
            Some(Ok((key, result))) => uploads.written(&key, result)?,
            // A task that panicked is a fault of this program; it must not look like success.
            Some(Err(err)) => std::panic::resume_unwind(err.into_panic()),
        }
    }
}

async fn delete(client: &Client, names: &Names, keys: &[String]) -> Result<(), S3Error> {
    let objects: Result<Vec<_>, _> =
        keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
    let objects = objects.and_then(|o| Delete::builder().set_objects(Some(o)).quiet(true).build());
    let objects = objects.map_err(|err| S3Error::Request(err.to_string()))?;
    let request = client.delete_objects().bucket(&*names.bucket).delete(objects);
    let answer =
        request.send().await.map_err(|err| explain(&err, names.asked("delete from", "")))?;
    match answer.errors().first() {
        None => Ok(()),
        Some(err) => Err(S3Error::Refused {
            status: 200,
            code: err.code().unwrap_or_default().to_owned(),
            message: format!("`{}` stays", err.key().unwrap_or_default()),
        }),
    }
}
