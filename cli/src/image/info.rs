//! `info.json`: what the instrumented program said about itself.

use std::{collections::BTreeMap, io};

use camino::Utf8Path;
use serde_json::{Map, Value};
use thiserror::Error;

use super::url::without_userinfo;
use crate::collection::read_at_most;

/// Largest `info.json` that is parsed, in bytes.
const MAX_FILE: usize = 64 * 1024;
/// Largest file that is read at all, in bytes.
const MAX_READ: u64 = 1 << 20;
/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 2048;
/// Most unknown keys that are kept.
const MAX_EXTRA: usize = 64;

/// The contents of one `info.json`.
///
/// A field is `None` when it is absent, empty, of another type, longer than 2048 bytes, or holds
/// control characters. Users and passwords in addresses are already gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Name of the program.
    pub binary: Option<String>,
    /// Name of the node.
    pub host: Option<String>,
    /// Port of the coverage server.
    pub port: Option<u16>,
    /// Process id inside its container.
    pub pid: Option<u32>,
    /// Commit the program was built from, as written.
    pub source_commit: Option<String>,
    /// Repository the program was built from, as written, without user and password.
    pub source_url: Option<String>,
    /// Name of the component in the build system.
    pub software_group: Option<String>,
    /// Key of the component in the build system.
    pub software_key: Option<String>,
    /// Every other `lower_snake` key with a string value, at most 64.
    pub extra: BTreeMap<String, String>,
}

/// Why an `info.json` could not be read.
#[derive(Debug, Error)]
pub enum InfoError {
    /// It cannot be read; the cause names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is larger than any honest one.
    #[error("info.json has {size} bytes, more than {MAX_FILE}")]
    TooLarge {
        /// Size in bytes.
        size: usize,
    },
    /// It is not JSON, or nested too deeply.
    #[error("info.json is not valid JSON")]
    Json(#[source] serde_json::Error),
    /// It is JSON, but no object.
    #[error("info.json holds no object")]
    NotAnObject,
}

impl Info {
    /// Reads an `info.json` wherever it lies.
    ///
    /// # Errors
    ///
    /// It cannot be read or is no regular file, and those of [`Info::parse`].
    pub fn read(path: &Utf8Path) -> Result<Self, InfoError> {
        Self::parse(&read_at_most(path, MAX_READ)?)
    }

    /// Reads the bytes of an `info.json`.
    ///
    /// # Errors
    ///
    /// More than 64 KiB, broken JSON, or no object. Fields of a wrong type are no error.
    pub fn parse(bytes: &[u8]) -> Result<Self, InfoError> {
        if bytes.len() > MAX_FILE {
            return Err(InfoError::TooLarge { size: bytes.len() });
        }
        let value: Value = serde_json::from_slice(bytes).map_err(InfoError::Json)?;
        let Value::Object(object) = value else { return Err(InfoError::NotAnObject) };
        Ok(Self::from_object(object))
    }

    fn from_object(mut object: Map<String, Value>) -> Self {
        let mut text = |names: &[&str]| {
            // All aliases are taken out, so that none comes back as an unknown key.
            let values: Vec<_> = names.iter().map(|name| object.remove(*name)).collect();
            values.into_iter().flatten().find_map(string)
        };
        let mut info = Self {
            binary: text(&["binary"]),
            host: text(&["host"]),
            source_commit: text(&["source_commit"]),
            source_url: text(&["source_url"]),
            software_group: text(&["software_group", "doozer_group"]),
            software_key: text(&["software_key", "doozer_key"]),
            ..Self::default()
        };
        info.port = object.remove("port").as_ref().and_then(number);
        info.pid = object.remove("pid").as_ref().and_then(number);
        let known = object.into_iter().filter(|(key, _)| is_lower_snake(key));
        info.extra = known.filter_map(|(key, v)| Some((key, string(v)?))).take(MAX_EXTRA).collect();
        info
    }
}

fn string(value: Value) -> Option<String> {
    let Value::String(text) = value else { return None };
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= MAX_VALUE && !text.chars().any(char::is_control);
    fits.then(|| without_userinfo(text))
}

/// A number, also when it is written as a string.
fn number<T: TryFrom<u64>>(value: &Value) -> Option<T> {
    let wide = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    T::try_from(wide).ok()
}

fn is_lower_snake(key: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=64).contains(&key.len())
        && key.bytes().all(known)
        && key.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Info {
        Info::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_known_field() {
        let info = parse(
            r#"{"binary":"kubelet","host":"master-0","port":53700,"pid":1,
                "source_commit":"abc1234","source_url":"https://u:p@github.com/o/r",
                "software_group":"openshift-4.20","software_key":"etcd","build_id":"7",
                "CamelCase":"dropped","nested":{"a":"b"},"empty":""}"#,
        );
        assert_eq!(info.binary.as_deref(), Some("kubelet"));
        assert_eq!(info.host.as_deref(), Some("master-0"));
        assert_eq!((info.port, info.pid), (Some(53700), Some(1)));
        assert_eq!(info.source_commit.as_deref(), Some("abc1234"));
        assert_eq!(info.source_url.as_deref(), Some("https://github.com/o/r"));
        assert_eq!(info.software_group.as_deref(), Some("openshift-4.20"));
        assert_eq!(info.software_key.as_deref(), Some("etcd"));
        assert_eq!(info.extra, BTreeMap::from([("build_id".to_owned(), "7".to_owned())]));
    }

    #[test]
    fn older_names_of_group_and_key() {
        let info = parse(r#"{"doozer_group":"g","doozer_key":"k"}"#);
        assert_eq!(info.software_group.as_deref(), Some("g"));
        assert_eq!(info.software_key.as_deref(), Some("k"));
        assert!(info.extra.is_empty());
        let both = parse(r#"{"doozer_group":"old","software_group":"new"}"#);
        assert_eq!(both.software_group.as_deref(), Some("new"));
        let empty_new = parse(r#"{"doozer_group":"old","software_group":""}"#);
        assert_eq!(empty_new.software_group.as_deref(), Some("old"));
    }

    #[test]
    fn wrong_types_are_absent_fields() {
        let info = parse(r#"{"binary":7,"port":"53701","pid":-1,"source_url":null,"host":["x"]}"#);
        assert_eq!(info, Info { port: Some(53701), ..Info::default() });
        assert_eq!(parse(r#"{"port":70000,"pid":1e99}"#), Info::default());
    }

    #[test]
    fn hostile_files() {
        assert!(matches!(Info::parse(b"[]"), Err(InfoError::NotAnObject)));
        assert!(matches!(Info::parse(b"{"), Err(InfoError::Json(_))));
        let deep = "[".repeat(60_000);
        assert!(matches!(Info::parse(deep.as_bytes()), Err(InfoError::Json(_))));
        let big = vec![b' '; MAX_FILE + 1];
        assert!(matches!(Info::parse(&big), Err(InfoError::TooLarge { .. })));
        let many: Vec<_> = (0..500).map(|i| format!(r#""k{i}":"v""#)).collect();
        assert_eq!(parse(&format!("{{{}}}", many.join(","))).extra.len(), MAX_EXTRA);
        let escape = parse(r#"{"binary":"\u001b[2J","host":"a\u0000b"}"#);
        assert_eq!(escape, Info::default());
        let long = parse(&format!(r#"{{"binary":"{}"}}"#, "a".repeat(MAX_VALUE + 1)));
        assert_eq!(long.binary, None);
    }
}
