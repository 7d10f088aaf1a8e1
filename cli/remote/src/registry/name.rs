//! Names of images that leave no doubt.

use std::fmt;
use std::net::IpAddr;

/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 1024;

/// An image by its digest: `host[:port]/repository@sha256:hex`.
///
/// Invariant: the host is lower case and plain, every part of the repository starts and ends with
/// a letter or digit, the digest has 64 lower-case hexadecimal digits. All are safe in a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageName {
    host: String,
    repository: String,
    digest: String,
}

impl ImageName {
    /// Reads a name. `None` when it has no host, no digest, or characters that neither has.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = text.split_once('@')?;
        let (host, repository) = name.split_once('/')?;
        let host = host.to_ascii_lowercase();
        let fits = text.len() <= MAX_NAME
            && is_host(&host)
            && repository.split('/').all(is_component)
            && is_digest(digest);
        fits.then(|| Self { host, repository: repository.to_owned(), digest: digest.to_owned() })
    }

    /// The registry, with its port when it names one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The name below the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// `sha256:` and 64 digits.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Where the registry's API is.
    ///
    /// Nobody but this machine sees what goes to itself: there, as docker does, without TLS.
    pub(super) fn api(&self) -> String {
        match self.host.as_str() {
            "docker.io" | "index.docker.io" => "https://registry-1.docker.io/v2".to_owned(),
            host if is_this_machine(host) => format!("http://{host}/v2"),
            host => format!("https://{host}/v2"),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.host, self.repository, self.digest)
    }
}

/// Whether the text is a digest that we can check.
pub(super) fn is_digest(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    text.strip_prefix("sha256:").is_some_and(|hash| hash.len() == 64 && hash.bytes().all(hex))
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    // A first part without dot and port is a name at Docker Hub, and no host.
    let is_certain = name.contains('.') || port.is_some() || name == "localhost";
    !name.is_empty()
        && name.bytes().all(known)
        && !name.starts_with(['-', '.'])
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && is_certain
}

fn is_component(part: &str) -> bool {
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    part.bytes().all(known) && ends(part.bytes().next()) && ends(part.bytes().last())
}

fn is_this_machine(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_leave_no_doubt() {
        let hex = "000d223da77bf8c5e86dde8c4ae557dbda86bcf767db294731bd1479473115f0";
        let table = [
            ("quay.io/o/i", Some("https://quay.io/v2")),
            ("QUAY.io/o/i", Some("https://quay.io/v2")),
            ("registry.example.com:5000/a/b/c.d", Some("https://registry.example.com:5000/v2")),
            ("127.0.0.1:5000/i", Some("http://127.0.0.1:5000/v2")),
            ("localhost/i", Some("http://localhost/v2")),
            ("docker.io/library/i", Some("https://registry-1.docker.io/v2")),
            ("i", None),
            ("o/i", None),
            ("quay.io/../i", None),
            ("quay.io/O/i", None),
            ("quay.io//i", None),
            ("quay.io/i?x", None),
            ("quay.io/i#x", None),
            ("u:p@quay.io/i", None),
            ("quay.io:port/i", None),
            ("-x.io/i", None),
        ];
        for (name, want) in table {
            let parsed = ImageName::parse(&format!("{name}@sha256:{hex}"));
            assert_eq!(parsed.map(|n| n.api()).as_deref(), want, "{name}");
        }
        for end in ["", ":v1", "@sha256:abc", "@md5:abc"] {
            assert_eq!(ImageName::parse(&format!("quay.io/o/i{end}")), None, "{end}");
        }
    }
}
