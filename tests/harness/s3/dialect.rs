//! What S3's listings have and those of s3s-fs lack: `ETag`s, and keys encoded for URLs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use hyper::http::Extensions;
use hyper::{HeaderMap, Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    DeleteObjectsInput, DeleteObjectsOutput, ETag, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput,
    PutObjectOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;

/// What a key in a listing may have without being encoded.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

/// A file with its size and time.
type Seen = (PathBuf, u64, SystemTime);

/// The store with full listings.
pub(super) struct Full {
    store: FileSystem,
    root: PathBuf,
    etags: Mutex<HashMap<Seen, ETag>>,
}

impl Full {
    pub(super) fn new(store: FileSystem, root: &Path) -> Self {
        Self { store, root: root.to_owned(), etags: Mutex::default() }
    }

    /// What the store says when the object is fetched.
    async fn etag(&self, bucket: &str, key: &str) -> Option<ETag> {
        let path = self.root.join(bucket).join(key);
        let file = std::fs::metadata(&path).ok()?;
        let seen = (path, file.len(), file.modified().ok()?);
        if let Some(known) = self.etags.lock().unwrap().get(&seen) {
            return Some(known.clone());
        }
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let input = HeadObjectInput { bucket, key, ..HeadObjectInput::default() };
        let etag = self.store.head_object(request(input)).await.ok()?.output.e_tag?;
        self.etags.lock().unwrap().insert(seen, etag.clone());
        Some(etag)
    }
}

/// A request of our own.
fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: Method::GET,
        uri: Uri::default(),
        headers: HeaderMap::default(),
        extensions: Extensions::default(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

#[async_trait::async_trait]
impl S3 for Full {
    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let bucket = request.input.bucket.clone();
        let is_encoded = request.input.encoding_type.as_ref().is_some_and(|t| t.as_str() == "url");
        let mut answer = self.store.list_objects_v2(request).await?;
        for object in answer.output.contents.iter_mut().flatten() {
            let key = object.key.clone().unwrap_or_default();
            object.e_tag = self.etag(&bucket, &key).await;
            if is_encoded {
                object.key = Some(utf8_percent_encode(&key, PLAIN).to_string());
            }
        }
        Ok(answer)
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.store.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.store.head_object(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.store.put_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.store.delete_objects(request).await
    }
}
