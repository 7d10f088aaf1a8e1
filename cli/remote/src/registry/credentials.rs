//! Logins for registries, as docker, podman and clusters keep them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use thiserror::Error;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// A file of logins that cannot be used.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// It cannot be read, or is larger than any honest one.
    #[error("cannot read the logins in `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It has another shape.
    #[error(
        "`{}` is no docker config.json or pull secret: it needs an object `auths` of registries",
        path.display()
    )]
    Shape {
        /// The file.
        path: PathBuf,
    },
}

/// What opens a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    /// User and password.
    Password { user: String, password: String },
    /// What a token server gives tokens for.
    Identity(String),
    /// A token for the registry itself.
    Token(String),
}

/// One login: for a registry, or for what it has below a name.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    /// `host`, `host/namespace` or `host/namespace/repository`.
    pub(super) scope: String,
    pub(super) secret: Secret,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.scope)
    }
}

/// Logins for registries. Never printed.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// One list a file, best file first.
    files: Vec<Vec<Credential>>,
}

impl Credentials {
    /// Reads one file: `auths` as docker and pull secrets have it.
    ///
    /// Entries without a login are left out; programs that keep logins elsewhere (`credsStore`) are
    /// not run.
    ///
    /// # Errors
    ///
    /// [`CredentialError`].
    pub fn read(path: &Path) -> Result<Self, CredentialError> {
        let read = || -> io::Result<String> {
            let mut text = String::new();
            File::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
            match u64::try_from(text.len()) {
                Ok(..=MAX_FILE) => Ok(text),
                _ => Err(io::Error::other("it is larger than 4 MiB")),
            }
        };
        let text =
            read().map_err(|source| CredentialError::Read { path: path.to_owned(), source })?;
        let file = parse(&text).ok_or_else(|| CredentialError::Shape { path: path.to_owned() })?;
        Ok(Self { files: vec![file] })
    }

    /// Reads every file of `paths` that is there; what is wrong with some of them comes beside.
    pub fn read_all(paths: &[PathBuf]) -> (Self, Vec<CredentialError>) {
        let (mut all, mut errors) = (Self::default(), Vec::new());
        for path in paths.iter().filter(|path| path.is_file()) {
            match Self::read(path) {
                Ok(one) => all.files.extend(one.files),
                Err(err) => errors.push(err),
            }
        }
        (all, errors)
    }

    /// The logins for a repository, best first: the longest fitting scope of the first file that
    /// has any, then shorter ones, then other files.
    pub(super) fn of(&self, host: &str, repository: &str) -> Vec<&Credential> {
        let name = format!("{host}/{repository}");
        let fits = |scope: &str| {
            let rest = name.strip_prefix(scope);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut found = Vec::new();
        for file in &self.files {
            let mut fitting: Vec<&Credential> = file.iter().filter(|c| fits(&c.scope)).collect();
            fitting.sort_by_key(|c| std::cmp::Reverse(c.scope.len()));
            found.extend(fitting);
        }
        found
    }
}

#[derive(Deserialize)]
struct Auths {
    auths: BTreeMap<String, Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

fn parse(text: &str) -> Option<Vec<Credential>> {
    let file: Auths = serde_json::from_str(text).ok()?;
    let credential = |(key, entry): (String, Entry)| {
        Some(Credential { scope: scope(&key), secret: secret(entry)? })
    };
    Some(file.auths.into_iter().filter_map(credential).collect())
}

/// The scope that a key stands for: older files have addresses as keys.
fn scope(key: &str) -> String {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest).trim_end_matches('/');
    let key = ["/v1", "/v2"].iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key);
    let (host, path) = key.split_once('/').map_or((key, None), |(host, path)| (host, Some(path)));
    let host = match host.to_ascii_lowercase() {
        host if host == "index.docker.io" || host == "registry-1.docker.io" => {
            "docker.io".to_owned()
        }
        host => host,
    };
    path.map_or_else(|| host.clone(), |path| format!("{host}/{path}"))
}

fn secret(entry: Entry) -> Option<Secret> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    // Others would break the header that they stand in.
    let token =
        |text: Option<String>| some(text).filter(|text| text.bytes().all(|b| b.is_ascii_graphic()));
    if let Some(token) = token(entry.registrytoken) {
        return Some(Secret::Token(token));
    }
    if let Some(token) = token(entry.identitytoken) {
        return Some(Secret::Identity(token));
    }
    let (user, password) = match some(entry.auth) {
        Some(auth) => decode(&auth)?,
        None => (some(entry.username)?, some(entry.password)?),
    };
    // How docker says that the password is an identity token.
    if user == "<token>" {
        return Some(Secret::Identity(password));
    }
    Some(Secret::Password { user, password })
}

fn decode(auth: &str) -> Option<(String, String)> {
    let auth = auth.trim();
    let bytes = STANDARD.decode(auth).or_else(|_| STANDARD_NO_PAD.decode(auth)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // Some tools leave a NUL at the end.
    let (user, password) = text.trim_end_matches('\0').split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(texts: &[&str]) -> Credentials {
        Credentials { files: texts.iter().map(|text| parse(text).unwrap()).collect() }
    }

    fn scopes(all: &Credentials, host: &str, repository: &str) -> Vec<String> {
        all.of(host, repository).into_iter().map(|c| c.scope.clone()).collect()
    }

    #[test]
    fn the_longest_scope_comes_first() {
        let all = credentials(&[
            r#"{"auths":{"quay.io":{"auth":"YTpi"},"quay.io/o":{"auth":"YTpi"},
                "quay.io/o/i":{"auth":"YTpi"},"quay.io/other":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"quay.io":{"auth":"Yzpk"}}}"#,
        ]);
        assert_eq!(
            scopes(&all, "quay.io", "o/i"),
            ["quay.io/o/i", "quay.io/o", "quay.io", "quay.io"]
        );
        assert_eq!(scopes(&all, "quay.io", "oo/i"), ["quay.io", "quay.io"]);
        assert_eq!(scopes(&all, "quay.io.evil.example", "o/i"), Vec::<String>::new());
        assert_eq!(scopes(&all, "quay.io:5000", "o/i"), Vec::<String>::new());
    }

    #[test]
    fn keys_of_older_files() {
        let table = [
            ("https://index.docker.io/v1/", "docker.io"),
            ("https://Quay.io", "quay.io"),
            ("registry.example.com:5000/v2/", "registry.example.com:5000"),
            ("quay.io/Team/", "quay.io/Team"),
        ];
        for (key, want) in table {
            assert_eq!(scope(key), want);
        }
    }

    #[test]
    fn kinds_of_logins() {
        let password = |user: &str, password: &str| {
            Some(Secret::Password { user: user.to_owned(), password: password.to_owned() })
        };
        let table = [
            (r#"{"auth":"dXNlcjpwYTpzcw=="}"#, password("user", "pa:ss")),
            (r#"{"auth":"dXNlcjpwYTpzcw"}"#, password("user", "pa:ss")),
            (r#"{"username":"u","password":"p"}"#, password("u", "p")),
            (r#"{"auth":"dTpw","identitytoken":"t"}"#, Some(Secret::Identity("t".to_owned()))),
            (r#"{"auth":"PHRva2VuPjp0"}"#, Some(Secret::Identity("t".to_owned()))),
            (r#"{"registrytoken":"t"}"#, Some(Secret::Token("t".to_owned()))),
            ("{}", None),
            (r#"{"auth":"no base64!"}"#, None),
            (r#"{"auth":"bm9jb2xvbg=="}"#, None),
        ];
        for (text, want) in table {
            let entry: Entry = serde_json::from_str(text).unwrap();
            assert!(secret(entry) == want, "{text}");
        }
        for text in ["", "{}", r#"{"auths":[]}"#, r#"{"auths":{"a":1}}"#] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn secrets_are_in_no_debug_text() {
        let all = credentials(&[r#"{"auths":{"q.io":{"username":"u","password":"hunter2"}}}"#]);
        assert!(!format!("{all:?}").contains("hunter2"));
    }
}
