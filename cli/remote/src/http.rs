//! What all clients share: timeouts, the certificates of the machine, and words for what failed.

use std::io;
use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// Most redirects that are followed.
pub(crate) const MAX_REDIRECTS: usize = 5;
/// Longest wait for a name, and for a connection: nobody waits five seconds for a network that is
/// not there.
const CONNECT: Duration = Duration::from_millis(2400);
/// Longest wait for the next bytes of an answer.
pub(crate) const STALL: Duration = Duration::from_mins(1);

/// The settings of a client: redirects are left to it, and statuses are no errors.
pub(crate) fn config(roots: RootCerts, user_agent: &str) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(STALL))
        .user_agent(user_agent)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
}

/// The certificates of the machine, where the authorities of a company are; else Mozilla's.
pub(crate) fn root_certs() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return RootCerts::WebPki;
    }
    let certs: Vec<_> = found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    RootCerts::new_with_certs(&certs)
}

/// Why no connection came about. `None`: one did, and then the time was over.
pub(crate) fn no_connection(err: &ureq::Error) -> Option<String> {
    match err {
        ureq::Error::Timeout(ureq::Timeout::Resolve) => {
            Some("no answer from the name server".to_owned())
        }
        ureq::Error::Timeout(ureq::Timeout::Connect) => Some("no answer".to_owned()),
        ureq::Error::Timeout(_) => None,
        ureq::Error::HostNotFound => Some("unknown host".to_owned()),
        ureq::Error::Io(cause) if cause.kind() == io::ErrorKind::TimedOut => None,
        ureq::Error::Io(cause) => Some(cause.to_string()),
        err => Some(err.to_string()),
    }
}

/// The host of an address, with its port when it names one, for people.
pub(crate) fn host_of(url: &str) -> String {
    let host = url.parse::<Uri>().ok().and_then(|uri| {
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", uri.host()?))
    });
    host.unwrap_or_else(|| "the server".to_owned())
}

/// Scheme, host and port of an address.
pub(crate) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find('/')).map(|at| start + at);
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// The address that a redirect from `from` leads to. `None`: it is relative to a folder, leads
/// from `https` to anything else, or to another kind of address.
pub(crate) fn redirect(from: &str, location: &str) -> Option<String> {
    let absolute = match location.strip_prefix('/') {
        Some(path) if !path.starts_with('/') => format!("{}/{path}", origin(from)),
        _ => location.to_owned(),
    };
    let is_secure = |url: &str| url.starts_with("https://");
    let is_plain = |url: &str| url.starts_with("http://");
    (is_secure(&absolute) || (is_plain(&absolute) && is_plain(from))).then_some(absolute)
}

/// An address for people: without user and password, without what may be a signature behind `?`,
/// without control characters, not too long.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (front, path) = url.split_at_checked(origin(url).len()).unwrap_or((url, ""));
    let front = match (front.split_once("://"), front.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => front.to_owned(),
    };
    let whole = format!("`{front}{path}`");
    whole.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("https://u:secret@h/o"), "`https://h/o`");
        assert_eq!(shown("https://h/o\n"), "`https://h/o?`");
        assert_eq!(shown("nonsense"), "`nonsense`");
        assert_eq!(shown("https://h/o?X-Amz-Signature=secret"), "`https://h/o`");
        assert_eq!(shown("ftp://h/o#secret"), "`ftp://h/o`");
    }

    #[test]
    fn redirects_keep_to_the_web_and_to_tls() {
        let table = [
            ("https://h/a/b", "/c", Some("https://h/c")),
            ("https://h/a", "https://i:8443/c?d", Some("https://i:8443/c?d")),
            ("http://h:80/a", "http://i/c", Some("http://i/c")),
            ("http://h:80/a", "https://i/c", Some("https://i/c")),
            ("https://h/a", "http://h/a", None),
            ("http://h/a", "file:///etc/passwd", None),
            ("http://h/a", "//evil/a", None),
            ("http://h/a", "c", None),
            ("http://h/a", "", None),
        ];
        for (from, location, want) in table {
            assert_eq!(redirect(from, location).as_deref(), want, "{from} {location}");
        }
    }
}
