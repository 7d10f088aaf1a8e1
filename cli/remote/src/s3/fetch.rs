//! Fetching one object into a file.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;

use super::connect::Names;
use super::error::{causes, explain};
use super::list::{look_up, unquoted};
use super::retry::{Retry, pause};
use super::{Object, S3Error};

/// How often an object that changed since it was listed is listed again.
const CHANGES: u32 = 6;

/// Fetches an object; one that changed since it was listed is listed anew.
///
/// Gives the object as it was fetched. On failure the file may hold anything.
pub(super) async fn fetch(
    client: &Client,
    names: &Names,
    mut object: Object,
    file: &File,
) -> Result<Object, S3Error> {
    let (mut retry, mut changes) = (Retry::default(), 0);
    let mut target = Target { file, is_empty: true };
    loop {
        match fetch_once(client, names, &object, &mut target).await {
            Ok(()) => return Ok(object),
            Err(S3Error::Changed) if changes < CHANGES => {
                changes += 1;
                pause(changes).await;
                object = look_up(client, names, &object.key).await?.ok_or(S3Error::Gone)?;
            }
            Err(err) => retry.after(err).await?,
        }
    }
}

/// The file that an object goes to.
struct Target<'a> {
    file: &'a File,
    /// Whether nothing was written to it yet.
    is_empty: bool,
}

impl Target<'_> {
    /// Takes away what came of an attempt that failed.
    ///
    /// Nothing is done to an empty file: some file systems write a file that was cut to the disk
    /// as soon as it is closed, which takes longer than fetching it.
    fn clear(&mut self) -> io::Result<()> {
        if self.is_empty {
            return Ok(());
        }
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.is_empty = true;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.is_empty = false;
        self.file.write_all(bytes)
    }
}

// The file is written between the network's pieces: a page cache takes them in microseconds, and
// handing each of them to another thread costs more than that.
async fn fetch_once(
    client: &Client,
    names: &Names,
    object: &Object,
    target: &mut Target<'_>,
) -> Result<(), S3Error> {
    let request = client.get_object().bucket(&*names.bucket).key(&object.key);
    let asked = names.asked("read", &object.key);
    let mut answer = request.send().await.map_err(|err| explain(&err, asked))?;
    if !is_as_listed(object, &answer) {
        return Err(S3Error::Changed);
    }
    target.clear().map_err(S3Error::Write)?;
    let mut got = 0_u64;
    let incomplete = |got, cause| S3Error::Incomplete { got, wanted: object.size, cause };
    loop {
        let bytes = match answer.body.next().await {
            None => break,
            Some(Err(err)) => return Err(incomplete(got, causes(&err))),
            Some(Ok(bytes)) => bytes,
        };
        got = got.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if got > object.size {
            return Err(incomplete(got, "the server sends more than it announced".to_owned()));
        }
        target.write(&bytes).map_err(S3Error::Write)?;
    }
    if got == object.size { Ok(()) } else { Err(incomplete(got, "the body ended".to_owned())) }
}

/// Whether an answer is about the object that was listed.
fn is_as_listed(listed: &Object, answer: &GetObjectOutput) -> bool {
    let size = answer.content_length().and_then(|size| u64::try_from(size).ok());
    if size.is_some_and(|size| size != listed.size) {
        return false;
    }
    if let (Some(listed), Some(answered)) = (&listed.etag, answer.e_tag()) {
        return *listed == unquoted(answered);
    }
    let answered = answer.last_modified().and_then(|time| SystemTime::try_from(*time).ok());
    match (listed.last_modified, answered) {
        (Some(listed), Some(answered)) => is_same_second(listed, answered),
        _ => true,
    }
}

/// A header has whole seconds, a listing may have parts of them.
fn is_same_second(a: SystemTime, b: SystemTime) -> bool {
    let apart = a.duration_since(b).or_else(|_| b.duration_since(a));
    apart.is_ok_and(|apart| apart < Duration::from_secs(1))
}
