//! Where reports would start if the given prefix were right.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::file_name::FileRole;
use super::key::EXPECTED_SHAPE;
use crate::owner::HOST_NAMESPACE;
use crate::timestamp::Timestamp;

/// A prefix or folder under which no key has the expected shape.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct WrongPrefix {
    /// The prefix or folder as it was given.
    pub prefix: String,
    /// The first keys found below it, at most three, relative to it.
    pub found: Vec<String>,
    /// Where reports start instead, if the keys tell.
    pub likely: Option<String>,
}

impl WrongPrefix {
    /// Describes a prefix by the keys found below it, all of them relative to it.
    ///
    /// `prefix` has no slash at its end.
    pub fn new<'a>(prefix: &str, keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = Vec::new();
        let mut votes = BTreeMap::<PrefixShift, usize>::new();
        for key in keys {
            if found.len() < 3 {
                // A key may hold what would move a terminal's cursor.
                let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
                found.push(key.chars().take(300).map(visible).collect());
            }
            if let Some(shift) = shift_of(key) {
                let votes = votes.entry(shift).or_default();
                *votes = votes.saturating_add(1);
            }
        }
        // Of equally frequent shifts the first one wins, so that the answer is always the same.
        let most = votes.values().max().copied();
        let winner = votes.into_iter().find(|(_, n)| Some(*n) == most);
        let likely = winner.and_then(|(shift, _)| shift.apply(prefix));
        Self { prefix: prefix.to_owned(), found, likely }
    }
}

impl fmt::Display for WrongPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no report under `{}`: ", self.prefix)?;
        if self.found.is_empty() {
            write!(f, "nothing there")?;
        } else {
            write!(f, "found `{}`", self.found.join("`, `"))?;
        }
        write!(f, ", expected {EXPECTED_SHAPE}")?;
        if let Some(likely) = &self.likely {
            write!(f, "; reports seem to start under `{likely}`")?;
        }
        Ok(())
    }
}

/// How far a prefix is from the level where reports start.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrefixShift {
    /// So many components of the prefix belong to the key.
    Higher(usize),
    /// These components of the key belong to the prefix.
    Deeper(String),
}

impl PrefixShift {
    /// The right prefix, or `None` when the given one has too few components.
    fn apply(&self, prefix: &str) -> Option<String> {
        match self {
            Self::Deeper(extra) if prefix.is_empty() => Some(extra.clone()),
            Self::Deeper(extra) => Some(format!("{prefix}/{extra}")),
            Self::Higher(n) => {
                let mut rest = prefix;
                for _ in 0..*n {
                    if rest.is_empty() {
                        return None;
                    }
                    rest = rest.rsplit_once('/').map_or("", |(parent, _)| parent);
                }
                Some(rest.to_owned())
            }
        }
    }
}

/// Tells how a prefix must move for this key to have the expected shape.
///
/// `None` when the key has no time in it to align with, or fits already.
pub fn shift_of(key: &str) -> Option<PrefixShift> {
    let (dir, name) = key.rsplit_once('/')?;
    if !FileRole::of(name).is_collected() {
        return None;
    }
    let is_time = |text: &str| Timestamp::from_compact(text).is_ok();
    let components: Vec<&str> = dir.split('/').collect();
    let wanted = match components.as_slice() {
        [.., HOST_NAMESPACE, time, _] if is_time(time) => 4,
        [time, _] if is_time(time) => 4,
        [.., time, _, _] if is_time(time) => 7,
        _ => return None,
    };
    match components.len().checked_sub(wanted) {
        Some(0) => None,
        Some(extra) => Some(PrefixShift::Deeper(components.get(..extra)?.join("/"))),
        None => wanted.checked_sub(components.len()).map(PrefixShift::Higher),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: &str = "20240229T235959Z";

    #[test]
    fn keys_tell_the_right_level() {
        let deeper = |extra: &str| Some(PrefixShift::Deeper(extra.to_owned()));
        for (key, shift) in [
            (format!("N/ns/pod/ctr/{T}/img/bin/covmeta.a"), None),
            (format!("N/_host_/{T}/kubelet/covmeta.a"), None),
            (format!("run/N/ns/pod/ctr/{T}/img/bin/covmeta.a"), deeper("run")),
            (format!("a/run/N/_host_/{T}/kubelet/covmeta.a"), deeper("a/run")),
            (format!("ns/pod/ctr/{T}/img/bin/covmeta.a"), Some(PrefixShift::Higher(1))),
            (format!("{T}/img/bin/covmeta.a"), Some(PrefixShift::Higher(4))),
            (format!("_host_/{T}/kubelet/covmeta.a"), Some(PrefixShift::Higher(1))),
            (format!("{T}/kubelet/covmeta.a"), Some(PrefixShift::Higher(2))),
            ("N/ns/pod/covmeta.a".to_owned(), None),
            ("covmeta.a".to_owned(), None),
            (format!("run/N/ns/pod/ctr/{T}/img/bin/other.txt"), None),
        ] {
            assert_eq!(shift_of(&key), shift, "{key}");
        }
    }

    #[test]
    fn the_message_shows_keys_and_the_likely_prefix() {
        let key = |run: &str, pod: &str| format!("{run}/N/ns/{pod}/ctr/{T}/img/bin/covmeta.a");
        let keys = [key("a", "p1"), key("b", "p1"), key("b", "p2"), key("c", "p1")];
        let error = WrongPrefix::new("runs", keys.iter().map(String::as_str));
        insta::assert_snapshot!(error, @"no report under `runs`: found `a/N/ns/p1/ctr/20240229T235959Z/img/bin/covmeta.a`, `b/N/ns/p1/ctr/20240229T235959Z/img/bin/covmeta.a`, `b/N/ns/p2/ctr/20240229T235959Z/img/bin/covmeta.a`, expected <hostname>/<namespace>/<pod>/<container>/<YYYYMMDDTHHMMSSZ>/<image>/<binary>/<file>, or <hostname>/_host_/<YYYYMMDDTHHMMSSZ>/<binary>/<file>; reports seem to start under `runs/b`");
        let keys = [format!("pod/ctr/{T}/img/bin/covmeta.a")];
        let likely = |prefix| WrongPrefix::new(prefix, keys.iter().map(String::as_str)).likely;
        assert_eq!(likely("runs/one/N/ns").as_deref(), Some("runs/one"));
        assert_eq!(likely("N/ns").as_deref(), Some(""));
        assert_eq!(likely("ns"), None);
        assert_eq!(WrongPrefix::new("x", ["a\u{1b}[1m"]).found, ["a\u{fffd}[1m"]);
        assert_eq!(WrongPrefix::new("x", []).found, Vec::<String>::new());
    }
}
