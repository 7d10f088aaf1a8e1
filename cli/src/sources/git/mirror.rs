//! Other servers for the same repositories: `--mirror FROM=TO`.

use std::str::FromStr;

use covatlas_remote::git::Login;
use thiserror::Error;

use super::login;
use crate::image::{LocalGit, RepoUrl, UrlError, without_userinfo};

/// A rewrite of the start of addresses.
///
/// `https://github.com/=https://git.example.com/github/` asks the second server for everything
/// of the first. `TO` may hold a user and password, which are used but never shown or stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Normalised like [`RepoUrl`]: `https` for ssh, no user; without `/` at the end.
    from: String,
    to: String,
}

impl std::fmt::Debug for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mirror({})", self.without_secrets())
    }
}

/// The text is no mirror.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no mirror: write FROM=TO, two starts of addresses")]
pub struct MirrorError {
    /// The text, without user and password.
    pub text: String,
}

/// Where to fetch from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The address; it holds no password.
    pub url: RepoUrl,
    /// What opens it, when it is closed: what the user's own mirror says.
    pub login: Option<Login>,
}

impl FromStr for Mirror {
    type Err = MirrorError;

    fn from_str(text: &str) -> Result<Self, MirrorError> {
        let error = || MirrorError { text: without_userinfo(text) };
        let (from, to) = text.split_once('=').ok_or_else(error)?;
        let (from, to) = (from.trim(), to.trim().trim_end_matches('/'));
        if from.is_empty() {
            return Err(error());
        }
        let from = plain(from);
        if to.is_empty() || text.chars().any(char::is_control) {
            return Err(error());
        }
        Ok(Self { from, to: to.to_owned() })
    }
}

impl Mirror {
    /// The mirror as `FROM=TO`, without user and password.
    pub fn without_secrets(&self) -> String {
        format!("{}={}", self.from, without_userinfo(&self.to))
    }

    /// What follows this mirror's start in an address.
    fn rest<'a>(&self, url: &'a str) -> Option<&'a str> {
        let (start, rest) = url.split_at_checked(self.from.len())?;
        let at_boundary = rest.is_empty() || rest.starts_with('/');
        (start.eq_ignore_ascii_case(&self.from) && at_boundary).then_some(rest)
    }
}

/// The start of an address in the form that [`RepoUrl`] has.
fn plain(from: &str) -> String {
    let text = match from.split_once("://") {
        Some(("ssh", rest)) => without_userinfo(&format!("https://{rest}")),
        Some(_) => without_userinfo(from),
        None => match from.split_once('@').and_then(|(_, rest)| rest.split_once(':')) {
            Some((host, path)) => format!("https://{host}/{path}"),
            None if from.starts_with('/') => format!("file://{from}"),
            None => format!("https://{from}"),
        },
    };
    let text = text.trim_end_matches('/');
    text.strip_suffix(".git").unwrap_or(text).to_owned()
}

/// Where to fetch a repository from: the mirror with the longest fitting start, or itself.
///
/// # Errors
///
/// When the mirror makes an address that is not used.
pub(super) fn target(
    url: &RepoUrl,
    mirrors: &[Mirror],
    local: LocalGit,
) -> Result<Target, UrlError> {
    let text = url.to_string();
    let fitting = mirrors.iter().filter_map(|mirror| Some((mirror, mirror.rest(&text)?)));
    let address = match fitting.max_by_key(|(mirror, _)| mirror.from.len()) {
        Some((mirror, rest)) => format!("{}{rest}", mirror.to),
        None => text,
    };
    Ok(Target { url: RepoUrl::parse(&address, local)?, login: login::of_address(&address) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(url: &str, mirrors: &[&str]) -> Result<String, UrlError> {
        let url = RepoUrl::parse(url, LocalGit::Deny).unwrap();
        let mirrors: Vec<Mirror> = mirrors.iter().map(|text| text.parse().unwrap()).collect();
        target(&url, &mirrors, LocalGit::Allow).map(|target| {
            let login = target.login.map(|l| format!(" {}:{}", l.user, l.password));
            format!("{}{}", target.url, login.unwrap_or_default())
        })
    }

    #[test]
    fn starts_of_addresses() {
        let table: &[(&[&str], &str)] = &[
            (&[], "https://github.com/o/r"),
            (&["https://github.com/=http://127.0.0.1:80/"], "http://127.0.0.1/o/r"),
            (&["https://github.com=http://127.0.0.1:81"], "http://127.0.0.1:81/o/r"),
            (&["https://GitHub.com/o=https://m/x"], "https://m/x/r"),
            (&["git@github.com:=https://m/x"], "https://m/x/o/r"),
            (&["ssh://git@github.com/=https://m/x"], "https://m/x/o/r"),
            (&["github.com=https://m/x"], "https://m/x/o/r"),
            (&["https://github.com/o/r.git=https://m/copy.git"], "https://m/copy"),
            (&["https://github.com/=https://a", "https://github.com/o/=https://b"], "https://b/r"),
            (&["https://git=https://m"], "https://github.com/o/r"),
            (&["https://github.com/=file:///srv/git"], "file:///srv/git/o/r"),
            (&["https://github.com/=/srv/git"], "file:///srv/git/o/r"),
            (&["https://github.com/=https://u:p@m/"], "https://m/o/r u:p"),
        ];
        for (mirrors, want) in table {
            assert_eq!(run("https://github.com/o/r", mirrors).as_deref(), Ok(*want), "{mirrors:?}");
        }
        assert!(run("https://github.com/o/r", &["https://github.com/=ext::sh"]).is_err());
    }

    #[test]
    fn local_mirrors_need_leave() {
        let url = RepoUrl::parse("https://github.com/o/r", LocalGit::Deny).unwrap();
        let mirror: Mirror = "https://github.com/=/srv/git".parse().unwrap();
        let err = target(&url, &[mirror], LocalGit::Deny).unwrap_err();
        assert!(err.to_string().contains("--allow-local-git"));
    }

    #[test]
    fn no_mirror_and_no_secret() {
        for text in ["", "x", "=y", "x=", "https://u:secret@h"] {
            let err = text.parse::<Mirror>().unwrap_err().to_string();
            assert!(err.contains("FROM=TO") && !err.contains("secret"), "{err}");
        }
        let mirror: Mirror = "https://a=https://u:secret@h".parse().unwrap();
        assert!(!format!("{mirror:?}").contains("secret"));
        assert_eq!(mirror.without_secrets(), "https://a=https://h");
    }
}
