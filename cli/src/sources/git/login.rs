//! What opens closed repositories: tokens of the environment, netrc, and addresses.

use std::{collections::BTreeMap, fmt};

use covatlas_remote::git::Login;
use percent_encoding::percent_decode_str;

use crate::image::RepoUrl;

/// Most machines of a netrc file that are looked at.
const MAX_MACHINES: usize = 1000;

/// Logins by server. Never printed.
///
/// A login is sent to the server that it is for, over `https` (or to this machine), and only after
/// that server said that a repository is closed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Logins {
    /// By host, without port, in lower case.
    hosts: BTreeMap<String, Login>,
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logins({:?})", self.hosts.keys())
    }
}

impl Logins {
    /// Reads the text of a netrc file.
    ///
    /// Its `default` is left out: repositories are named by data that any node of a cluster can
    /// write, and its password would go to whatever server stands there.
    pub fn of_netrc(text: &str) -> Self {
        let mut hosts = BTreeMap::new();
        let mut words = Words(text);
        let mut entry: Option<(String, Login)> = None;
        let mut finish = |entry: Option<(String, Login)>| {
            if let Some((host, login)) = entry
                && hosts.len() < MAX_MACHINES
            {
                // As others do, the first entry of a machine counts.
                hosts.entry(host).or_insert(login);
            }
        };
        while let Some(word) = words.next() {
            match word {
                "machine" => {
                    finish(entry.take());
                    let empty = Login { user: String::new(), password: String::new() };
                    entry = words.next().map(|host| (host.to_ascii_lowercase(), empty));
                }
                "default" => finish(entry.take()),
                "macdef" => words.skip_macro(),
                "login" | "password" | "account" => {
                    let value = words.next().unwrap_or_default().to_owned();
                    let Some((_, login)) = &mut entry else { continue };
                    match word {
                        "login" => login.user = value,
                        "password" => login.password = value,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        finish(entry);
        Self { hosts }
    }

    /// The tokens that forges and their pipelines put into the environment, each for its own host;
    /// `variable` gives the value of a variable.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let host_of = |name: &str| {
            let text = value(name)?;
            let host = text.split_once("://").map_or(&*text, |(_, rest)| rest);
            Some(host.split(['/', ':']).next()?.to_ascii_lowercase())
        };
        let github = host_of("GITHUB_SERVER_URL").unwrap_or_else(|| "github.com".to_owned());
        let gitlab = host_of("GITLAB_HOST").unwrap_or_else(|| "gitlab.com".to_owned());
        let all = [
            (Some("github.com".to_owned()), "GH_TOKEN", "x-access-token"),
            (Some(github), "GITHUB_TOKEN", "x-access-token"),
            (host_of("GH_HOST"), "GH_ENTERPRISE_TOKEN", "x-access-token"),
            (Some(gitlab), "GITLAB_TOKEN", "oauth2"),
            (host_of("CI_SERVER_HOST"), "CI_JOB_TOKEN", "gitlab-ci-token"),
        ];
        let mut hosts = BTreeMap::new();
        for (host, name, user) in all {
            if let (Some(host), Some(password)) = (host, value(name)) {
                hosts.entry(host).or_insert(Login { user: user.to_owned(), password });
            }
        }
        Self { hosts }
    }

    /// These logins, and those of `weaker` for other hosts.
    #[must_use]
    pub fn or(mut self, weaker: Self) -> Self {
        for (host, login) in weaker.hosts {
            self.hosts.entry(host).or_insert(login);
        }
        self
    }

    /// The login for the server of an address.
    pub fn find(&self, url: &RepoUrl) -> Option<&Login> {
        let server = url.server()?;
        let host = server.split(':').next()?;
        let is_safe =
            url.to_string().starts_with("https://") || matches!(host, "127.0.0.1" | "localhost");
        self.hosts.get(host).filter(|_| is_safe)
    }
}

/// The login in an address that the user wrote: `https://user:password@host/…`, or a token alone.
pub(super) fn of_address(address: &str) -> Option<Login> {
    let (_, rest) = address.split_once("://")?;
    let (userinfo, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(match userinfo.split_once(':') {
        Some((user, password)) => Login { user: decoded(user), password: decoded(password) },
        // Forges take a token as the user, or as the password of anybody.
        None => Login { user: decoded(userinfo), password: String::new() },
    })
}

/// The words of a netrc file; comments go to the end of their line.
struct Words<'a>(&'a str);

impl Words<'_> {
    /// Skips the body of a macro, which ends with an empty line.
    fn skip_macro(&mut self) {
        let end = self.0.find("\n\n").map_or(self.0.len(), |at| at + 2);
        self.0 = self.0.get(end..).unwrap_or_default();
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let text = self.0.trim_start();
            if text.starts_with('#') {
                self.0 = text.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            if text.is_empty() {
                return None;
            }
            if let Some((word, rest)) = text.strip_prefix('"').and_then(|t| t.split_once('"')) {
                self.0 = rest;
                return Some(word);
            }
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            self.0 = rest;
            return Some(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::LocalGit;

    fn found(logins: &Logins, url: &str) -> Option<String> {
        let url = RepoUrl::parse(url, LocalGit::Deny).unwrap();
        logins.find(&url).map(|login| format!("{}:{}", login.user, login.password))
    }

    #[test]
    fn machines_of_a_netrc_file() {
        let logins = Logins::of_netrc(
            "# mine\nmachine Git.example.com login me password p#1\n\
             macdef init\nmachine evil login x password y\n\n\
             machine other\n  login you\n  password \"a b\"\n  account z\n\
             machine git.example.com login late password late\n\
             default login anyone password everywhere",
        );
        assert_eq!(found(&logins, "https://git.example.com/o/r").as_deref(), Some("me:p#1"));
        assert_eq!(found(&logins, "https://git.example.com:8443/o/r").as_deref(), Some("me:p#1"));
        assert_eq!(found(&logins, "https://other/o/r").as_deref(), Some("you:a b"));
        // Neither in the clear, nor a macro, nor the default.
        for url in ["http://other/o/r", "https://evil/o/r", "https://github.com/o/r"] {
            assert_eq!(found(&logins, url), None, "{url}");
        }
        for text in ["machine", "machine h login", "login x password y", "macdef", "\"", "#"] {
            assert_eq!(found(&Logins::of_netrc(text), "https://x/o/r"), None);
        }
    }

    #[test]
    fn tokens_go_to_their_own_host() {
        let of = |variables: &[(&str, &str)]| {
            let value = |name: &str| {
                variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            };
            Logins::of_environment(value)
        };
        let logins = of(&[("GITHUB_TOKEN", "t"), ("GITLAB_TOKEN", ""), ("CI_JOB_TOKEN", "j")]);
        assert_eq!(found(&logins, "https://github.com/o/r").as_deref(), Some("x-access-token:t"));
        for url in ["https://gitlab.com/o/r", "https://github.com.evil.example/o/r"] {
            assert_eq!(found(&logins, url), None, "{url}");
        }
        let own = of(&[("GITHUB_TOKEN", "t"), ("GITHUB_SERVER_URL", "https://ghe.example.com")]);
        assert_eq!(found(&own, "https://github.com/o/r"), None);
        assert!(found(&own, "https://ghe.example.com/o/r").is_some());
        let job = of(&[("CI_JOB_TOKEN", "j"), ("CI_SERVER_HOST", "gitlab.example.com")]);
        let wanted = Some("gitlab-ci-token:j");
        assert_eq!(found(&job, "https://gitlab.example.com/o/r").as_deref(), wanted);
        assert!(!format!("{job:?}").contains("j\""));
    }

    #[test]
    fn logins_of_addresses() {
        let login = |text: &str| of_address(text).map(|l| format!("{}:{}", l.user, l.password));
        assert_eq!(login("https://u:p%40ss@h/o").as_deref(), Some("u:p@ss"));
        assert_eq!(login("https://token@h/o").as_deref(), Some("token:"));
        assert_eq!(login("https://h/o@x"), None);
    }
}
