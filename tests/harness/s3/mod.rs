//! A bucket store: s3s with its file system in this process, over real HTTP with real signatures.
//!
//! In front of it stands `faults`, which does to answers what networks and busy servers do.

mod dialect;
mod faults;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::S3Result;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub use faults::Fault;
use faults::Front;

use crate::files;
use crate::http::{self, Answer};

/// The key that the store knows.
pub const ACCESS_KEY: &str = "AKIACOVATLASTEST";
const SECRET_KEY: &str = "a secret that nobody else has";

/// The bucket that everybody may read.
const PUBLIC: &str = "site";

/// What a listing says about contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Nothing but sizes and times, and keys as they are.
    Plain,
    /// `ETag`s too, and keys encoded for URLs, as S3 itself does.
    Full,
}

/// A running store; it stops when dropped.
pub struct S3Server {
    root: TempDir,
    url: String,
    front: Arc<Front>,
    runtime: Option<Runtime>,
}

impl S3Server {
    /// Starts a store without buckets.
    pub fn start(listing: Listing) -> Self {
        let root = tempfile::Builder::new().prefix("covatlas-s3").tempdir().unwrap();
        let store = FileSystem::new(root.path()).unwrap();
        let mut service = match listing {
            Listing::Plain => S3ServiceBuilder::new(store),
            Listing::Full => S3ServiceBuilder::new(dialect::Full::new(store, root.path())),
        };
        service.set_access(OnlySiteIsPublic);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let front = Arc::new(Front::default());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(serve(listener, service.build(), Arc::clone(&front)));
        Self { root, url, front, runtime: Some(runtime) }
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of a bucket, which is made: its files are the objects.
    pub fn bucket(&self, name: &str) -> PathBuf {
        let dir = self.root.path().join(name);
        fs::create_dir_all(&dir).unwrap();
        dir
    }

    /// Puts a folder's files into a bucket below a prefix.
    pub fn put_all(&self, bucket: &str, prefix: &str, from: &Path) {
        files::copy(from, &self.bucket(bucket).join(prefix));
    }

    /// Overwrites an object, later than anything that was written so far.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let path = self.bucket(bucket).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before = fs::metadata(&path).and_then(|m| m.modified()).ok();
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        if let Some(before) = before {
            // A store's clock may have whole seconds only.
            file.set_modified(before + std::time::Duration::from_secs(60)).unwrap();
        }
    }

    /// Tells a command where the store is, and how to sign.
    pub fn known_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        isolated(command)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "us-east-1")
    }

    /// What was asked for since the last call: `METHOD path?query`.
    pub fn requests(&self) -> Vec<String> {
        self.front.take_log()
    }

    /// Whether a request that begins so has come since the last look.
    pub fn has_been_asked(&self, start: &str) -> bool {
        self.front.has(start)
    }

    /// An object of the bucket `site` as anybody gets it who has its address.
    pub fn get(&self, key: &str) -> Answer {
        let port = self.url.rsplit_once(':').unwrap().1.parse().unwrap();
        http::request(port, "GET", &format!("/{PUBLIC}/{key}"), &[])
    }

    /// Forgets what was asked for before: every request is a first one again.
    pub fn forget_requests(&self) {
        self.front.forget();
    }

    /// Does this to answers from now on: asked with the request and how often it came before.
    pub fn set_faults(&self, rule: impl Fn(&str, usize) -> Option<Fault> + Send + Sync + 'static) {
        self.front.set_rule(Box::new(rule));
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Everybody may read the objects of one bucket; all else is for those who sign.
struct OnlySiteIsPublic;

#[async_trait::async_trait]
impl S3Access for OnlySiteIsPublic {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let is_public = request.s3_op().name() == "GetObject"
            && request.s3_path().as_object().is_some_and(|(bucket, _)| bucket == PUBLIC);
        match request.credentials() {
            None if !is_public => Err(s3s::s3_error!(AccessDenied, "signature is required")),
            _ => Ok(()),
        }
    }
}

/// Takes everything away from a command that could tell it of another store.
pub fn isolated(command: &mut Command) -> &mut Command {
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", "/nowhere/config")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

async fn serve(listener: TcpListener, service: S3Service, front: Arc<Front>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (service, front) = (service.clone(), Arc::clone(&front));
        tokio::spawn(async move {
            let answer = service_fn(|request| front.answer(&service, request));
            // A client that goes away is no fault of the store.
            http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok();
        });
    }
}
