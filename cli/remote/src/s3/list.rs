//! Listing a prefix, page by page.

use std::collections::HashSet;
use std::time::SystemTime;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use tokio::sync::mpsc::Sender;

use super::connect::Names;
use super::error::explain;
use super::retry::Retry;
use super::{Object, S3Error};

/// Lists everything whose key begins with `prefix` and sends it page by page; stops when nobody
/// takes the pages.
pub(super) async fn list(
    client: Client,
    names: Names,
    prefix: String,
    pages: Sender<Vec<Object>>,
) -> Result<(), S3Error> {
    let mut token = None;
    let mut seen = HashSet::new();
    loop {
        let page = page(&client, &names, &prefix, token.clone()).await?;
        let next = page.next_continuation_token().map(str::to_owned);
        let is_last = !page.is_truncated().unwrap_or(false);
        if pages.send(objects(page)).await.is_err() || is_last {
            return Ok(());
        }
        token = next;
        if token.as_ref().is_none_or(|token| !seen.insert(token.clone())) {
            return Err(S3Error::EndlessListing);
        }
    }
}

/// The object of this key as it is now; `None` when there is none.
pub(super) async fn look_up(
    client: &Client,
    names: &Names,
    key: &str,
) -> Result<Option<Object>, S3Error> {
    Ok(page_of(client, names, key).await?.into_iter().find(|object| object.key == key))
}

/// The first page of what begins with `prefix`.
pub(super) async fn page_of(
    client: &Client,
    names: &Names,
    prefix: &str,
) -> Result<Vec<Object>, S3Error> {
    page(client, names, prefix, None).await.map(objects)
}

async fn page(
    client: &Client,
    names: &Names,
    prefix: &str,
    token: Option<String>,
) -> Result<ListObjectsV2Output, S3Error> {
    let mut retry = Retry::default();
    loop {
        match page_once(client, names, prefix, token.clone()).await {
            Ok(page) => return Ok(page),
            Err(err) => retry.after(err).await?,
        }
    }
}

async fn page_once(
    client: &Client,
    names: &Names,
    prefix: &str,
    token: Option<String>,
) -> Result<ListObjectsV2Output, S3Error> {
    let request = client
        .list_objects_v2()
        .bucket(&*names.bucket)
        .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
        .set_continuation_token(token)
        // Keys may have characters that XML cannot have at all.
        .encoding_type(EncodingType::Url);
    request.send().await.map_err(|err| explain(&err, names.asked("list", "")))
}

fn objects(page: ListObjectsV2Output) -> Vec<Object> {
    let is_encoded = page.encoding_type() == Some(&EncodingType::Url);
    let contents = page.contents.unwrap_or_default().into_iter();
    contents
        .filter_map(|object| {
            let key = object.key?;
            Some(Object {
                key: if is_encoded { decoded(&key) } else { key },
                size: object.size.and_then(|size| u64::try_from(size).ok())?,
                etag: object.e_tag.map(|etag| unquoted(&etag)).filter(|etag| !etag.is_empty()),
                last_modified: object
                    .last_modified
                    .and_then(|time| SystemTime::try_from(time).ok()),
            })
        })
        .collect()
}

/// A key as the server encodes it for a URL: `+` is a space.
fn decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Some servers quote `ETag`s in a listing and some do not.
pub(super) fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were() {
        for (encoded, key) in [
            ("a/b.c-d_e", "a/b.c-d_e"),
            ("a+b%2Bc%20d", "a b+c d"),
            ("%C3%BC%01", "\u{fc}\u{1}"),
            ("100%", "100%"),
        ] {
            assert_eq!(decoded(encoded), key, "{encoded}");
        }
        assert_eq!(unquoted("\"0a1b-3\""), "0a1b-3");
    }
}
