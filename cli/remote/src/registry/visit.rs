//! One image: its manifest, its config, and the time that is left for both.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use ureq::Body;
use ureq::http::{HeaderMap, Response, StatusCode, header};

use super::auth::Logins;
use super::challenge::Challenge;
use super::client::{Authorization, Client};
use super::documents::{self, MANIFEST_TYPES, Manifest};
use super::{ImageConfig, ImageName, RegistryFailure};
use crate::http::{self, MAX_REDIRECTS};

/// Largest manifest, in bytes: registries take no larger ones.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// Largest config, in bytes.
const MAX_CONFIG: u64 = 8 * 1024 * 1024;
/// How often one request is tried again.
const RETRIES: u32 = 4;
/// The first wait before another try; each following one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// Longest wait before another try, whatever the server asks for.
const MAX_WAIT: Duration = Duration::from_secs(6);

/// One document of an image.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// What it is, for people.
    what: &'static str,
    /// `manifests` or `blobs`.
    folder: &'static str,
    digest: &'a str,
    accept: &'static str,
    limit: u64,
}

/// The questions about one image.
pub(super) struct Visit<'a> {
    pub(super) client: &'a Client,
    pub(super) image: &'a ImageName,
    deadline: Instant,
}

impl<'a> Visit<'a> {
    pub(super) fn new(client: &'a Client, image: &'a ImageName) -> Self {
        Self { client, image, deadline: Instant::now() + client.settings.image }
    }

    /// What the image's config says.
    pub(super) fn config(&self) -> Result<ImageConfig, RegistryFailure> {
        let config = match self.manifest(self.image.digest())? {
            Manifest::Image { config } => config,
            Manifest::Index { manifest } => match self.manifest(&manifest)? {
                Manifest::Image { config } => config,
                Manifest::Index { .. } => {
                    let reason = "its index leads to another index";
                    return Err(RegistryFailure::Malformed { what: "manifest", reason });
                }
            },
        };
        let what = "config";
        let accept = "application/octet-stream, application/json, */*";
        let limit = MAX_CONFIG;
        let bytes = self.get(Wanted { what, folder: "blobs", digest: &config, accept, limit })?;
        documents::config(&bytes)
    }

    fn manifest(&self, digest: &str) -> Result<Manifest, RegistryFailure> {
        let (what, accept, limit) = ("manifest", MANIFEST_TYPES, MAX_MANIFEST);
        let bytes = self.get(Wanted { what, folder: "manifests", digest, accept, limit })?;
        documents::manifest(&bytes)
    }

    /// Gets a document, and checks that it is the one that was asked for.
    fn get(&self, wanted: Wanted<'_>) -> Result<Vec<u8>, RegistryFailure> {
        let bytes = self.with_retries(wanted.digest, || self.get_once(wanted))?;
        let hash = digest(&SHA256, &bytes);
        let digits = hash.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: String = digits.filter_map(|d| char::from_digit(d.into(), 16)).collect();
        if wanted.digest == format!("sha256:{hex}") {
            Ok(bytes)
        } else {
            Err(RegistryFailure::WrongDigest { what: wanted.what })
        }
    }

    fn get_once(&self, wanted: Wanted<'_>) -> Result<Vec<u8>, Failed> {
        let (name, digest) = (self.image.repository(), wanted.digest);
        let url = format!("{}/{name}/{}/{digest}", self.image.api(), wanted.folder);
        let mut authorization = self.client.opened(self.image);
        let mut logins: Option<Logins<'_>> = None;
        loop {
            let response = self.follow(&url, wanted, authorization.as_ref())?;
            let status = response.status();
            if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                if status.is_success()
                    && let Some(authorization) = &authorization
                {
                    self.client.open(self.image, authorization);
                }
                return self.accept(&url, wanted, response);
            }
            let logins = match &mut logins {
                Some(logins) => logins,
                none => none.insert(Logins::new(self, Challenge::of(response.headers()))),
            };
            authorization = Some(logins.next(status.as_u16())?);
        }
    }

    /// Sends a request and follows redirects: registries leave blobs to other servers.
    fn follow(
        &self,
        url: &str,
        wanted: Wanted<'_>,
        authorization: Option<&Authorization>,
    ) -> Result<Response<Body>, Failed> {
        let mut at = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.client.agent.get(&at).header(header::ACCEPT, wanted.accept);
            // The login is for the registry alone.
            if let Some(Authorization(value)) = authorization
                && http::origin(&at) == http::origin(url)
            {
                request = request.header(header::AUTHORIZATION, value);
            }
            let sent = request.config().timeout_global(Some(self.time_left()?)).build().call();
            let response = sent.map_err(|err| self.failure(&at, &err))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION);
            let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
            at = http::redirect(&at, location)
                .ok_or_else(|| RegistryFailure::Redirected(http::shown(location)))?;
        }
        Err(RegistryFailure::Redirected(http::shown(&at)).into())
    }

    fn accept(
        &self,
        url: &str,
        wanted: Wanted<'_>,
        response: Response<Body>,
    ) -> Result<Vec<u8>, Failed> {
        match response.status() {
            StatusCode::NOT_FOUND => Err(RegistryFailure::NotFound.into()),
            status if !status.is_success() => Err(Failed::status(url, &response)),
            _ => self.body(url, wanted.what, wanted.limit, response),
        }
    }

    /// Reads a body of at most `limit` bytes.
    pub(super) fn body(
        &self,
        url: &str,
        what: &'static str,
        limit: u64,
        response: Response<Body>,
    ) -> Result<Vec<u8>, Failed> {
        let read = response.into_body().into_with_config().limit(limit).read_to_vec();
        read.map_err(|err| match err {
            ureq::Error::BodyExceedsLimit(_) => RegistryFailure::TooLarge { what, limit }.into(),
            ureq::Error::Timeout(_) => self.timed_out().into(),
            ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::TimedOut => {
                self.timed_out().into()
            }
            err => {
                let (host, cause) = (http::host_of(url), err.to_string());
                RegistryFailure::Broken { host, cause }.into()
            }
        })
    }

    /// What failed before an answer came.
    pub(super) fn failure(&self, url: &str, err: &ureq::Error) -> RegistryFailure {
        let host = http::host_of(url);
        if matches!(err, ureq::Error::Timeout(ureq::Timeout::RecvResponse)) {
            let seconds = self.client.settings.answer.as_secs();
            return RegistryFailure::Silent { host, seconds };
        }
        match (http::no_connection(err), err) {
            // A connection that was kept may be gone when it is used again.
            (Some(cause), ureq::Error::Io(io)) if is_cut(io) => {
                RegistryFailure::Broken { host, cause }
            }
            (Some(cause), _) => RegistryFailure::Unreachable { host, cause },
            (None, _) => self.timed_out(),
        }
    }

    /// Runs `f` until it succeeds, fails for good, or the time is over.
    ///
    /// Waits differ from image to image, so that not all of them come back at once.
    pub(super) fn with_retries<T>(
        &self,
        seed: &str,
        mut f: impl FnMut() -> Result<T, Failed>,
    ) -> Result<T, RegistryFailure> {
        for attempt in 0.. {
            let Failed { failure, wait } = match f() {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            let wait = wait.unwrap_or_default().max(jittered(attempt, (self.image, seed)));
            if attempt >= RETRIES || !failure.is_temporary() || wait >= self.time_left()? {
                return Err(failure);
            }
            std::thread::sleep(wait);
        }
        Err(self.timed_out())
    }

    pub(super) fn time_left(&self) -> Result<Duration, RegistryFailure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.timed_out()) } else { Ok(left) }
    }

    fn timed_out(&self) -> RegistryFailure {
        RegistryFailure::TimedOut(self.client.settings.image.as_secs())
    }
}

/// A failure, and how long the server wants us to wait before another try.
pub(super) struct Failed {
    pub(super) failure: RegistryFailure,
    pub(super) wait: Option<Duration>,
}

impl Failed {
    /// A status that is no success.
    pub(super) fn status(url: &str, response: &Response<Body>) -> Self {
        let (host, status) = (http::host_of(url), response.status().as_u16());
        let failure = RegistryFailure::Status { host, status };
        Self { failure, wait: wait(response.headers()) }
    }
}

impl From<RegistryFailure> for Failed {
    fn from(failure: RegistryFailure) -> Self {
        Self { failure, wait: None }
    }
}

fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(text.trim().parse().ok()?).min(MAX_WAIT))
}

/// Twice as long with each attempt, and between half and all of it by what is asked for.
fn jittered(attempt: u32, seed: (&ImageName, &str)) -> Duration {
    let mut hasher = DefaultHasher::new();
    (seed.0.host(), seed.1, attempt).hash(&mut hasher);
    let longest = FIRST_WAIT.saturating_mul(1 << attempt.min(8)).min(MAX_WAIT);
    let percent = u32::try_from(hasher.finish() % 51).unwrap_or_default() + 50;
    longest * percent / 100
}

fn is_cut(err: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(err.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}
