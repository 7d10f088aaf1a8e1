//! Addresses of repositories, cleaned of everything that must not be stored.

use std::fmt;

use thiserror::Error;

/// Longest address that is looked at, in bytes.
const MAX_URL: usize = 2048;
/// Longest part of a path, in bytes: most file systems stop at 255, and `.git` is added.
const MAX_COMPONENT: usize = 200;

/// Whether addresses on this machine (`file://`, absolute paths) are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalGit {
    /// Refuse them: a name in a bucket must not make us read this machine's disk.
    Deny,
    /// Accept them, for mirrors and tests.
    Allow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Scheme {
    Https,
    Http,
    File,
}

/// The address of a repository, normalised.
///
/// Invariant: the host is lower case and not empty (except for local paths), no user, password,
/// query or fragment, no trailing `/` or `.git`; every part of the path is a plain file name of
/// at most 200 bytes that is neither `..` nor starts with `-`.
/// `ssh://` and `git@host:` addresses are kept as `https://`, which needs no key of the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoUrl {
    scheme: Scheme,
    host: String,
    path: Vec<String>,
}

/// Why an address was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot use `{url}` as a repository: {reason}")]
pub struct UrlError {
    /// The address without user and password, cut to 80 characters.
    pub url: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl RepoUrl {
    /// Reads an address: `https://`, `http://`, `ssh://`, `user@host:path`, and with
    /// [`LocalGit::Allow`] also `file:///path` and absolute paths.
    ///
    /// # Errors
    ///
    /// Any other scheme, no host, no path, `..`, control characters, or a part that is not safe
    /// as the name of a folder.
    pub fn parse(text: &str, local: LocalGit) -> Result<Self, UrlError> {
        Self::parse_inner(text.trim(), local)
            .map_err(|reason| UrlError { url: printable(&without_userinfo(text.trim())), reason })
    }

    fn parse_inner(text: &str, local: LocalGit) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > MAX_URL {
            return Err("it is empty or too long");
        }
        if text.chars().any(char::is_control) {
            return Err("it has control characters");
        }
        let text = text.strip_prefix("git+").unwrap_or(text);
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.starts_with('/') { local_path(text, local) } else { scp_like(text) };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "https" => remote(Scheme::Https, rest, Some("443")),
            "http" => remote(Scheme::Http, rest, Some("80")),
            // Nobody's key is at hand in a report, and hosts that speak both name the same
            // repositories; the port belongs to ssh and is dropped.
            "ssh" => remote(Scheme::Https, rest, None),
            "file" => local_path(rest, local),
            _ => Err("only https, http, ssh and git@host:path are known"),
        }
    }

    /// The name of the repository everywhere else: `host/org/repo`, with `:port` when it is not
    /// the usual one; `local/…` for paths on this machine. Safe as a relative path.
    pub fn slug(&self) -> String {
        let host = if self.scheme == Scheme::File { "local" } else { self.host.as_str() };
        format!("{host}/{}", self.path.join("/"))
    }

    /// The server, with `:port` when it is not the usual one. `None` for paths on this machine.
    pub fn server(&self) -> Option<&str> {
        (self.scheme != Scheme::File).then_some(self.host.as_str())
    }

    /// The path on this machine, when the address is one.
    pub fn local(&self) -> Option<String> {
        (self.scheme == Scheme::File).then(|| format!("/{}", self.path.join("/")))
    }
}

impl fmt::Display for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
            Scheme::File => "file",
        };
        write!(f, "{scheme}://{}/{}", self.host, self.path.join("/"))
    }
}

/// The same text without the user and password of an address in it.
///
/// Works on anything that has `://`, also on text that is no valid address. A token given as the
/// user of an scp-like address (`token@host:path`) goes too, unless it is the customary `git`.
pub fn without_userinfo(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let kept = match authority.rsplit_once('@') {
        Some(("git", _)) if scheme.is_none() => return text.to_owned(),
        // Without a scheme only `user@host:path` is an address; an e-mail address is not.
        Some((_, host)) if scheme.is_some() || host.contains(':') => {
            rest.get(authority.len() - host.len()..).unwrap_or_default()
        }
        _ => return text.to_owned(),
    };
    match scheme {
        Some(scheme) => format!("{scheme}://{kept}"),
        None => kept.to_owned(),
    }
}

/// Text for an error: at most 80 characters, control characters as `?`.
pub(super) fn printable(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn remote(scheme: Scheme, rest: &str, port: Option<&str>) -> Result<RepoUrl, &'static str> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.to_ascii_lowercase();
    let (name, number) = host.rsplit_once(':').map_or((host.as_str(), None), |(n, p)| (n, Some(p)));
    check_host(name)?;
    if number.is_some_and(|p| p.parse::<u16>().is_err()) {
        return Err("its port is not a number");
    }
    let host = match (number, port) {
        (Some(number), Some(usual)) if number != usual => format!("{name}:{number}"),
        _ => name.to_owned(),
    };
    let path = components(path, &host)?;
    Ok(RepoUrl { scheme, host, path })
}

/// `user@host:org/repo`, the short form of ssh.
fn scp_like(text: &str) -> Result<RepoUrl, &'static str> {
    let Some((_, rest)) = text.split_once('@') else {
        return Err("it has no scheme; write https://host/org/repo");
    };
    let Some((host, path)) = rest.split_once(':') else {
        return Err("it has no scheme; write https://host/org/repo");
    };
    let host = host.to_ascii_lowercase();
    check_host(&host)?;
    let path = components(path, &host)?;
    Ok(RepoUrl { scheme: Scheme::Https, host, path })
}

fn local_path(path: &str, local: LocalGit) -> Result<RepoUrl, &'static str> {
    if local == LocalGit::Deny {
        return Err("repositories on this machine are only used with --allow-local-git");
    }
    let path = path.strip_prefix("localhost").unwrap_or(path);
    if !path.starts_with('/') {
        return Err("a local repository needs an absolute path");
    }
    Ok(RepoUrl { scheme: Scheme::File, host: String::new(), path: components(path, "")? })
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("it has no host");
    }
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if !host.bytes().all(known) || host.starts_with(['-', '.']) || host.contains("..") {
        return Err("its host has characters no host name has");
    }
    Ok(())
}

/// The parts of a path, without the pages that web sites put below a repository.
fn components(path: &str, host: &str) -> Result<Vec<String>, &'static str> {
    if path.contains(['?', '#']) {
        return Err("it has a query or a fragment");
    }
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let page = match parts.get(2) {
        Some(&("tree" | "blob" | "commit" | "commits")) => host == "github.com",
        _ => false,
    };
    if page {
        parts.truncate(2);
    } else if let Some(at) = parts.iter().position(|part| *part == "-") {
        parts.truncate(at);
    }
    let Some(last) = parts.last_mut() else { return Err("it names no repository") };
    *last = last.strip_suffix(".git").unwrap_or(last);
    parts.iter().try_for_each(|part| check_component(part))?;
    // A repository inside another's folder would put one object store into the other.
    if parts.split_last().is_some_and(|(_, front)| front.iter().any(|p| is_git(p))) {
        return Err("`.git` stands inside its path");
    }
    Ok(parts.into_iter().map(str::to_owned).collect())
}

fn is_git(part: &str) -> bool {
    part.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("git"))
}

fn check_component(part: &str) -> Result<(), &'static str> {
    let known =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '+' | '@');
    if part.is_empty() || part == "." || part == ".." {
        return Err("it has an empty, `.` or `..` part");
    }
    if part.len() > MAX_COMPONENT {
        return Err("a part of its path is too long");
    }
    if part.starts_with('-') {
        return Err("a part of its path starts with `-`");
    }
    if !part.chars().all(known) {
        return Err("its path has characters that are not safe in a file name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_what_they_become() {
        let table = [
            ("https://github.com/o/r", "https://github.com/o/r"),
            ("https://GitHub.com/Org/Repo.git", "https://github.com/Org/Repo"),
            ("https://github.com/o/r/", "https://github.com/o/r"),
            ("https://github.com/o/r.git/", "https://github.com/o/r"),
            ("https://github.com//o//r", "https://github.com/o/r"),
            ("https://user:secret@github.com/o/r", "https://github.com/o/r"),
            ("https://a@b@github.com/o/r", "https://github.com/o/r"),
            ("https://github.com:443/o/r", "https://github.com/o/r"),
            ("https://git.example.com:8443/o/r", "https://git.example.com:8443/o/r"),
            ("http://127.0.0.1:8080/o/r.git", "http://127.0.0.1:8080/o/r"),
            ("HTTPS://github.com/o/r", "https://github.com/o/r"),
            ("ssh://git@github.com/o/r.git", "https://github.com/o/r"),
            ("ssh://git@git.example.com:2222/o/r", "https://git.example.com/o/r"),
            ("git@github.com:o/r", "https://github.com/o/r"),
            ("git@GitHub.com:o/r.git", "https://github.com/o/r"),
            ("git+https://github.com/o/r", "https://github.com/o/r"),
            ("https://gitlab.com/a/b/c/d", "https://gitlab.com/a/b/c/d"),
            ("https://github.com/o/r/tree/main/x", "https://github.com/o/r"),
            ("https://gitlab.com/a/b/-/tree/main", "https://gitlab.com/a/b"),
            (" https://github.com/o/r\n", "https://github.com/o/r"),
        ];
        for (text, want) in table {
            let url = RepoUrl::parse(text, LocalGit::Deny).unwrap();
            assert_eq!(url.to_string(), want, "{text}");
        }
    }

    #[test]
    fn refused_with_a_reason() {
        let table = [
            ("", "empty or too long"),
            ("file:///srv/r.git", "--allow-local-git"),
            ("/srv/r.git", "--allow-local-git"),
            ("https:///o/r", "no host"),
            ("https://", "no host"),
            ("https://user@/o/r", "no host"),
            ("https://github.com", "names no repository"),
            ("https://github.com/", "names no repository"),
            ("https://github.com/.git", "empty, `.` or `..`"),
            ("https://github.com/o/../r", "`..`"),
            ("https://github.com/o/r/..", "`..`"),
            ("git@github.com:../../etc", "`..`"),
            ("https://git..com/o/r", "no host name has"),
            ("https://github.com/o/r\u{0}", "control"),
            ("https://github.com/o/\u{1b}[2J", "control"),
            ("https://github.com/o/r?x=y", "query"),
            ("https://github.com/o\\r", "not safe"),
            ("https://github.com/o/%2e%2e", "not safe"),
            ("https://github.com/--upload-pack=x", "starts with `-`"),
            ("https://-oProxyCommand=x/o/r", "no host name has"),
            ("ssh://-oProxyCommand=x/o/r", "no host name has"),
            ("https://h/a.git/b", "inside its path"),
            ("ext::sh -c x", "no scheme"),
            ("git://h/o/r", "only https"),
            ("github.com/o/r", "write https://"),
            ("https://h:port/o/r", "port"),
        ];
        for (text, want) in table {
            let err = RepoUrl::parse(text, LocalGit::Deny).unwrap_err().to_string();
            assert!(err.contains(want), "{text}: {err}");
        }
        let long = format!("https://h/{}", "a".repeat(201));
        assert!(RepoUrl::parse(&long, LocalGit::Deny).is_err());
    }

    #[test]
    fn secrets_are_in_no_error() {
        for text in ["https://u:hunter2@h/o/../r", "ftp://u:hunter2@h/o", "hunter2@h:../x"] {
            let err = RepoUrl::parse(text, LocalGit::Deny).unwrap_err().to_string();
            assert!(!err.contains("hunter2"), "{err}");
        }
    }

    #[test]
    fn local_paths_when_allowed() {
        for text in ["file:///srv/git/r.git", "/srv/git/r.git", "file://localhost/srv/git/r"] {
            let url = RepoUrl::parse(text, LocalGit::Allow).unwrap();
            assert_eq!(url.local().as_deref(), Some("/srv/git/r"), "{text}");
            assert_eq!(url.slug(), "local/srv/git/r");
            assert_eq!(url.to_string(), "file:///srv/git/r");
        }
        assert!(RepoUrl::parse("file://srv/git", LocalGit::Allow).is_err());
        assert!(RepoUrl::parse("file:///srv/../etc", LocalGit::Allow).is_err());
    }

    #[test]
    fn slugs() {
        let slug = |text| RepoUrl::parse(text, LocalGit::Deny).unwrap().slug();
        assert_eq!(slug("git@github.com:openshift/api.git"), "github.com/openshift/api");
        assert_eq!(slug("http://127.0.0.1:8080/o/r"), "127.0.0.1:8080/o/r");
    }

    #[test]
    fn userinfo_goes_from_any_text() {
        let table = [
            ("https://u:p@h/x", "https://h/x"),
            ("https://h/x@y", "https://h/x@y"),
            ("tok@h:o/r", "h:o/r"),
            ("git@h:o/r", "git@h:o/r"),
            ("someone@example.com", "someone@example.com"),
            ("plain", "plain"),
        ];
        for (text, want) in table {
            assert_eq!(without_userinfo(text), want);
        }
    }

    proptest::proptest! {
        /// What is accepted is safe as a path, stays the same, and has lost its user.
        #[test]
        fn accepted_addresses_are_safe(
            text in "(https?://|ssh://|git@|file://|/)?[a-zA-Z0-9.:@/_~%\\-]{0,40}(\\.git)?/?",
        ) {
            let Ok(url) = RepoUrl::parse(&text, LocalGit::Allow) else { return Ok(()) };
            let slug = url.slug();
            let safe = |part: &str| !part.is_empty() && part != ".." && !part.starts_with('-');
            proptest::prop_assert!(slug.split('/').count() >= 2 && slug.split('/').all(safe));
            let again = RepoUrl::parse(&url.to_string(), LocalGit::Allow);
            proptest::prop_assert_eq!(again.as_ref().map(RepoUrl::slug), Ok(slug));
        }
    }
}
