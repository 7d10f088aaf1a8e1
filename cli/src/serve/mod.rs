//! The preview server: one site on 127.0.0.1, from a folder or a `.tar.gz`.

mod answer;
mod archive;
mod files;
mod path;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use thiserror::Error;
use tokio::net::TcpListener;

pub use self::archive::{ArchiveError, ArchiveErrorKind};
pub use self::files::{OpenError, SiteFiles};

use self::answer::{GzipCache, MediaType, accepts_gzip, cache_control, media_type};
use self::path::{Target, normal_prefix, target};

/// How many ports are tried before giving up.
const PORTS_TRIED: u16 = 100;

/// The first of them.
const DEFAULT_PORT: u16 = 8080;

/// Where a site is served.
#[derive(Default, Clone, Debug)]
pub struct ServeOptions {
    /// The port; 0 lets the system choose. `None`: 8080, or the next free one above it.
    pub port: Option<u16>,
    /// The path below which the site lies, such as `org/site`; empty for the root.
    pub prefix: String,
}

/// A server that cannot listen.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The port that was asked for is taken.
    #[error(
        "port {0} of 127.0.0.1 is taken: choose another with --port, or leave the flag out for the \
         next free one"
    )]
    Taken(u16),
    /// All ports that were tried are taken.
    #[error("no free port from {first} to {last} on 127.0.0.1: choose another with --port")]
    NoPort {
        /// The first port tried.
        first: u16,
        /// The last port tried.
        last: u16,
    },
    /// The system refuses to listen at all.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port.
        port: u16,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// A server that listens, and answers once it runs.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
}

#[derive(Debug)]
struct Site {
    files: SiteFiles,
    prefix: String,
    compressed: GzipCache,
}

impl Server {
    /// Listens on the first free port of 127.0.0.1; needs a tokio runtime with I/O.
    pub async fn bind(files: SiteFiles, options: &ServeOptions) -> Result<Self, ServeError> {
        let prefix = normal_prefix(&options.prefix);
        let (listener, address) = listen(options.port).await?;
        let site = Arc::new(Site { files, prefix, compressed: GzipCache::default() });
        Ok(Self { listener, address, site })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The site's URL, with a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}{}/", self.address, self.site.prefix)
    }

    /// Answers requests until `shutdown` is done.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let router = Router::new().fallback(respond).with_state(self.site);
        axum::serve(self.listener, router).with_graceful_shutdown(shutdown).await
    }
}

async fn listen(port: Option<u16>) -> Result<(TcpListener, SocketAddr), ServeError> {
    let first = port.unwrap_or(DEFAULT_PORT);
    let last = port.unwrap_or(DEFAULT_PORT + PORTS_TRIED - 1);
    for port in first..=last {
        let failed = |source| ServeError::Listen { port, source };
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => {
                let address = listener.local_addr().map_err(failed)?;
                return Ok((listener, address));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(port.map_or(ServeError::NoPort { first, last }, ServeError::Taken))
}

async fn respond(State(site): State<Arc<Site>>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    if !is_head && request.method() != Method::GET {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD", is_head);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if !is_local(request.headers()) {
        let message = "this preview answers only under 127.0.0.1 and localhost";
        return text(StatusCode::FORBIDDEN, message, is_head);
    }
    match target(request.uri().path(), &site.prefix) {
        Target::Refused => text(StatusCode::BAD_REQUEST, "bad path", is_head),
        Target::Nothing => not_found(is_head),
        Target::Redirect(location) => redirect(&location, is_head),
        Target::File(path) => file(site, path, request.headers(), is_head).await,
    }
}

/// Whether the browser believes to talk to this machine.
///
/// A page elsewhere whose name is made to resolve to 127.0.0.1 could read the site otherwise.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let is_loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || name.eq_ignore_ascii_case("localhost")
}

async fn file(site: Arc<Site>, path: String, headers: &HeaderMap, is_head: bool) -> Response {
    let encodings = headers.get_all(header::ACCEPT_ENCODING).iter();
    let encodings: Vec<_> = encodings.filter_map(|value| value.to_str().ok()).collect();
    let wants_gzip = accepts_gzip(&encodings.join(","));
    let media_type = media_type(&path);
    let cache = cache_control(&path);
    let work = tokio::task::spawn_blocking(move || {
        let found = site.files.read(&path)?;
        Ok::<_, io::Error>(found.map(|contents| {
            let compressed = (wants_gzip && media_type.is_compressible)
                .then(|| site.compressed.body(&path, &contents))
                .flatten();
            let is_gzip = compressed.is_some();
            (compressed.unwrap_or(contents.bytes), is_gzip)
        }))
    });
    let (body, is_gzip) = match work.await {
        Ok(Ok(Some(found))) => found,
        Ok(Ok(None)) => return not_found(is_head),
        Ok(Err(_)) | Err(_) => {
            return text(StatusCode::INTERNAL_SERVER_ERROR, "cannot read this file", is_head);
        }
    };
    let mut response = response(StatusCode::OK, media_type, body, is_head);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if media_type.is_compressible {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn not_found(is_head: bool) -> Response {
    text(StatusCode::NOT_FOUND, "no such file in this site", is_head)
}

fn redirect(location: &str, is_head: bool) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else { return not_found(is_head) };
    let mut response = text(StatusCode::PERMANENT_REDIRECT, "the site is one slash away", is_head);
    response.headers_mut().insert(header::LOCATION, location);
    // The next preview on this port may have another prefix.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(status: StatusCode, message: &str, is_head: bool) -> Response {
    response(status, media_type(".txt"), format!("{message}\n").into(), is_head)
}

fn response(status: StatusCode, media_type: MediaType, body: Bytes, is_head: bool) -> Response {
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(if is_head { Body::empty() } else { Body::from(body) });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    for (name, value) in [
        (header::CONTENT_TYPE, media_type.name),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Shards are scripts: no other site may load them and read what they hand over.
    let policy = header::HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("same-origin"));
    response
}
