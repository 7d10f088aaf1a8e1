//! The HTTP client: requests of git's protocol, redirects, and the certificates of the machine.

use std::io::{Read, Seek as _, SeekFrom};
use std::sync::OnceLock;

use ureq::http::{Response, StatusCode, header};
use ureq::tls::RootCerts;
use ureq::{Agent, Body, SendBody};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::session::{Login, Session, WebFailure};
use crate::http::{self, MAX_REDIRECTS, shown};

/// What is asked of a server: to give objects.
pub(super) const GIVE: &str = "git-upload-pack";
/// What is asked of a server: to take them.
pub(super) const TAKE: &str = "git-receive-pack";

/// A message to a server: in memory, and on disk when it holds a large pack.
pub(super) type Message = tempfile::SpooledTempFile;

/// One request.
pub(super) enum Request<'a> {
    /// What the server has, at `info/refs`.
    Refs(&'static str),
    /// A message of the protocol, which is read from its start.
    Post { service: &'static str, body: &'a mut Message },
}

impl Request<'_> {
    /// The type of the answer.
    fn wanted_type(&self) -> String {
        match self {
            Self::Refs(service) => format!("application/x-{service}-advertisement"),
            Self::Post { service, .. } => format!("application/x-{service}-result"),
        }
    }
}

/// What opens the server, to be sent there.
#[derive(Clone)]
pub(super) struct Authorization {
    origin: String,
    value: String,
}

impl Authorization {
    /// The login of the session, for the server of an address only.
    pub(super) fn of(url: &str, session: &Session) -> Option<Self> {
        let Login { user, password } = session.login()?;
        let value = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        Some(Self { origin: http::origin(url).to_owned(), value })
    }

    fn for_url(&self, url: &str) -> Option<&str> {
        (http::origin(url) == self.origin).then_some(&self.value)
    }
}

/// The answer to a request, and the address it came from.
pub(super) struct Answer {
    pub(super) body: Box<dyn Read + Send>,
    /// Address of the repository after redirects.
    pub(super) base: String,
}

/// Asks the repository at `base`. Redirects are followed for [`Request::Refs`] only.
///
/// # Errors
///
/// Everything but a success with the content type of git's protocol.
pub(super) fn ask(
    base: &str,
    request: Request<'_>,
    login: Option<&Authorization>,
    session: &Session,
) -> Result<Answer, WebFailure> {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    ask_with(AGENT.get_or_init(|| agent(http::root_certs())), base, request, login, session)
}

fn ask_with(
    agent: &Agent,
    base: &str,
    mut request: Request<'_>,
    login: Option<&Authorization>,
    session: &Session,
) -> Result<Answer, WebFailure> {
    let mut base = base.trim_end_matches('/').to_owned();
    for _ in 0..=MAX_REDIRECTS {
        let response = send(agent, &base, &mut request, login, session)?;
        let status = response.status();
        if let Request::Refs(service) = request {
            if status.is_redirection() {
                base = redirected(&base, &response, service)?;
                continue;
            }
            // Some servers know a repository only by the name of its folder.
            if status == StatusCode::NOT_FOUND && base.strip_suffix(".git").is_none() {
                base.push_str(".git");
                continue;
            }
        }
        return accept(base, &request, response);
    }
    Err(WebFailure::Redirected(shown(&base)))
}

fn send(
    agent: &Agent,
    base: &str,
    request: &mut Request<'_>,
    login: Option<&Authorization>,
    session: &Session,
) -> Result<Response<Body>, WebFailure> {
    let left = Some(session.time_left()?);
    let login = login.and_then(|login| login.for_url(base));
    let wanted = request.wanted_type();
    let result = match request {
        Request::Refs(service) => {
            let mut get = agent.get(format!("{base}/info/refs?service={service}"));
            if let Some(login) = login {
                get = get.header(header::AUTHORIZATION, login);
            }
            if *service == TAKE {
                // Making the pack takes longer than servers keep a connection.
                get = get.header(header::CONNECTION, "close");
            }
            get.config().timeout_global(left).build().call()
        }
        Request::Post { service, body } => {
            let length =
                body.seek(SeekFrom::End(0)).and_then(|length| body.rewind().map(|()| length));
            let length = length.map_err(|err| WebFailure::Broken(err.to_string()))?;
            let mut post = agent
                .post(format!("{base}/{service}"))
                .header(header::CONTENT_TYPE, format!("application/x-{service}-request"))
                .header(header::CONTENT_LENGTH, length)
                .header(header::ACCEPT, wanted);
            if let Some(login) = login {
                post = post.header(header::AUTHORIZATION, login);
            }
            // A server may look at a large pack for a while before it says a word.
            let stall = if *service == TAKE { left } else { Some(http::STALL) };
            let post = post.config().timeout_global(left).timeout_per_read(stall).build();
            post.send(SendBody::from_reader(body))
        }
    };
    result.map_err(|err| failure(base, &err, session))
}

fn accept(
    base: String,
    request: &Request<'_>,
    response: Response<Body>,
) -> Result<Answer, WebFailure> {
    let status = response.status();
    match status {
        status if status.is_success() => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            return Err(WebFailure::NotFound(status.as_u16()));
        }
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            return Err(WebFailure::Denied(status.as_u16()));
        }
        status => return Err(WebFailure::Status(status.as_u16())),
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_none_or(|kind| !kind.eq_ignore_ascii_case(&request.wanted_type())) {
        return Err(WebFailure::NotGit);
    }
    // No limit here: the session counts over all requests of a fetch.
    let body = response.into_body().into_with_config().limit(u64::MAX).reader();
    Ok(Answer { body: Box::new(body), base })
}

/// The new address of the repository after a redirect.
///
/// As git does: the new address must end as the old one did, so that only the repository moves.
/// Never from `https` to anything else, and never to another kind of address.
fn redirected(base: &str, response: &Response<Body>, service: &str) -> Result<String, WebFailure> {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.unwrap_or_default();
    let refused = || WebFailure::Redirected(shown(location));
    let end = format!("/info/refs?service={service}");
    let absolute = http::redirect(base, location).ok_or_else(refused)?;
    Ok(absolute.strip_suffix(&end).ok_or_else(refused)?.to_owned())
}

fn failure(base: &str, err: &ureq::Error, session: &Session) -> WebFailure {
    match http::no_connection(err) {
        Some(cause) => WebFailure::Unreachable { host: http::host_of(base), cause },
        None => session.timed_out(),
    }
}

/// The failure inside an error of reading an answer.
pub(super) fn read_failure(err: &std::io::Error, session: &Session) -> WebFailure {
    let inner = err.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    let timeout = err.kind() == std::io::ErrorKind::TimedOut
        || matches!(inner, Some(ureq::Error::Timeout(_)));
    if timeout { session.timed_out() } else { WebFailure::Broken(err.to_string()) }
}

fn agent(roots: RootCerts) -> Agent {
    // Some servers answer in git's protocol only when they are asked by git.
    let name = concat!("git/2.0 (covatlas ", env!("CARGO_PKG_VERSION"), ")");
    http::config(roots, name).build().into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use ureq::tls::Certificate;

    use super::super::session::{Limits, with_limits};
    use super::*;

    /// A server that speaks TLS and answers every request with `body`; its port and certificate.
    fn tls_server(body: &'static str) -> (u16, Vec<u8>) {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let cert = signed.cert.der().clone();
        let key = signed.signing_key.serialize_der().try_into().unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = rustls::StreamOwned::new(connection, stream);
                let mut request = [0; 4096];
                // The client of one test goes away during the handshake.
                if tls.read(&mut request).is_ok_and(|bytes| bytes > 0) {
                    let kind = "application/x-git-upload-pack-advertisement";
                    let length = body.len();
                    write!(
                        tls,
                        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\
                         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                    )
                    .ok();
                }
            }
        });
        (port, cert.to_vec())
    }

    fn refs(agent: &Agent, port: u16) -> Result<String, WebFailure> {
        let limits = Limits { time: Duration::from_secs(10), bytes: 1000 };
        let base = format!("https://localhost:{port}/o/r");
        let ask =
            || ask_with(agent, &base, Request::Refs("git-upload-pack"), None, &Session::current());
        let mut text = String::new();
        with_limits(limits, None, ask).0?.body.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn https_with_a_known_authority() {
        let (port, cert) = tls_server("0000");
        let known = RootCerts::new_with_certs(&[Certificate::from_der(&cert).to_owned()]);
        assert_eq!(refs(&agent(known), port).as_deref(), Ok("0000"));
    }

    #[test]
    fn https_with_an_unknown_authority_is_refused() {
        let (port, _) = tls_server("0000");
        let err = refs(&agent(RootCerts::WebPki), port).unwrap_err().to_string();
        assert!(err.contains("certificate"), "{err}");
    }

    fn redirect(base: &str, location: &str) -> Result<String, WebFailure> {
        let response = Response::builder()
            .status(301)
            .header(header::LOCATION, location)
            .body(Body::builder().data(Vec::new()))
            .unwrap();
        redirected(base, &response, "git-upload-pack")
    }

    #[test]
    fn only_the_repository_moves() {
        let end = "/info/refs?service=git-upload-pack";
        let table = [
            ("http://h/o/r", format!("https://h/o/r.git{end}"), Some("https://h/o/r.git")),
            ("https://h/o/r", format!("https://i:8443/new/r{end}"), Some("https://i:8443/new/r")),
            ("http://h:80/o/r", format!("/new/r{end}"), Some("http://h:80/new/r")),
            ("https://h/o/r", format!("http://h/o/r{end}"), None),
            ("https://h/o/r", "https://h/login".to_owned(), None),
            ("http://h/o/r", format!("file:///etc{end}"), None),
            ("http://h/o/r", format!("//evil/o/r{end}"), None),
            ("http://h/o/r", format!("ext::sh -c x{end}"), None),
            ("http://h/o/r", String::new(), None),
        ];
        for (base, location, want) in table {
            assert_eq!(redirect(base, &location).ok().as_deref(), want, "{location}");
        }
    }
}
