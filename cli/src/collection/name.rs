//! Names of files and folders made of hostile texts.

use crate::collect::key::{ReportKey, ReportOrigin};
use crate::owner::HOST_NAMESPACE;
use crate::timestamp::Timestamp;

/// The longest name of a report's folder, in bytes; common file systems allow 255.
const MAX_NAME_BYTES: usize = 200;

/// Stands between components, and is never part of one.
pub(super) const SEPARATOR: &str = "~";

/// The last part of the name of a local process's report.
const PROCESS: &str = "process";

/// The name of a report's folder: different reports have different names.
///
/// The result is a plain name of at most 200 bytes in printable ASCII, does not start with a dot,
/// and stays distinct on file systems that ignore case. A longer one keeps its readable start
/// and ends in `~~` and a digest of the whole.
pub(super) fn report_dir_name(cluster: &str, key: &ReportKey) -> String {
    let namespace = escape(&key.namespace, Case::Escape);
    let binary = escape(&key.binary, Case::Escape);
    let hostname = escape(&key.hostname, Case::Escape);
    let cluster = escape(cluster, Case::Escape);
    let discovery = key.discovered_at.to_compact();
    let mut parts = vec![cluster, namespace];
    if key.origin == ReportOrigin::Host {
        parts.extend([binary, discovery, hostname]);
    } else {
        let [pod, container, image] =
            [&key.pod, &key.container, &key.image].map(|text| escape(text, Case::Escape));
        parts.extend([pod, container, binary, discovery, hostname, image]);
    }
    if key.origin == ReportOrigin::Process {
        // One component more than a container's report has.
        parts.push(PROCESS.to_owned());
    }
    bounded(parts.join(SEPARATOR))
}

/// Whether a folder's name has the shape that [`report_dir_name`] gives.
pub(super) fn is_report_dir_name(name: &str) -> bool {
    name.matches(SEPARATOR).count() >= 4
}

/// The cluster and the key that [`report_dir_name`] made `name` of. Of a name that was cut in the
/// middle of the image, all but that; `None` when more is missing or it is no such name.
pub(super) fn key_of(name: &str) -> Option<(String, ReportKey)> {
    let (whole, is_cut) = match name.split_once("~~") {
        Some((start, _)) => (start, true),
        None => (name, false),
    };
    let mut parts: Vec<String> = whole.split(SEPARATOR).map(unescape_or_empty).collect();
    let origin = match (parts.len(), is_cut) {
        (5, false) if parts.get(1).is_some_and(|namespace| namespace == HOST_NAMESPACE) => {
            // Neither pod nor container nor image.
            parts.splice(2..2, [String::new(), String::new()]);
            parts.push(String::new());
            ReportOrigin::Host
        }
        (8, false) => ReportOrigin::Container,
        (8, true) => {
            parts.pop();
            parts.push(String::new());
            ReportOrigin::Container
        }
        (9, false) if parts.pop()? == PROCESS => ReportOrigin::Process,
        _ => return None,
    };
    let [cluster, namespace, pod, container, binary, time, hostname, image] =
        <[String; 8]>::try_from(parts).ok()?;
    let discovered_at = Timestamp::from_compact(&time).ok()?;
    let key =
        ReportKey { origin, hostname, namespace, pod, container, discovered_at, image, binary };
    Some((cluster, key))
}

/// A part of a name; one that was cut in the middle of a byte says nothing.
fn unescape_or_empty(part: &str) -> String {
    unescape(part).unwrap_or_default()
}

fn bounded(name: String) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    let digest: String = digest.chars().take(32).collect();
    let start: String = name.chars().take(MAX_NAME_BYTES.saturating_sub(34)).collect();
    // No short name has two separators in a row, since no component is empty.
    format!("{start}{SEPARATOR}{SEPARATOR}{digest}")
}

/// What happens to upper-case letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// They are escaped, so that names differ on file systems that ignore case.
    Escape,
    /// They stay, because people know the name in this spelling.
    Keep,
}

/// A text as a plain file name: `%` and two hex digits stand for a byte that could mean
/// something else, and a lone `%` for the empty text.
pub(super) fn escape(text: &str, case: Case) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let plain = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => true,
            b'A'..=b'Z' => case == Case::Keep,
            b'.' => at > 0,
            _ => false,
        };
        if plain {
            name.push(char::from(byte));
        } else {
            name.push('%');
            for digit in [byte >> 4, byte & 15] {
                name.extend(char::from_digit(u32::from(digit), 16));
            }
        }
    }
    name
}

/// The text that [`escape`] made `name` of; `None` when it made none such.
pub(super) fn unescape(name: &str) -> Option<String> {
    if name == "%" {
        return Some(String::new());
    }
    let mut parts = name.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn key(origin: ReportOrigin, texts: [&str; 6]) -> ReportKey {
        let [hostname, namespace, pod, container, image, binary] = texts.map(str::to_owned);
        let discovered_at = Timestamp::from_compact("20240229T235959Z").unwrap();
        ReportKey { origin, hostname, namespace, pod, container, discovered_at, image, binary }
    }

    #[test]
    fn usual_names_are_readable() {
        let pod = key(ReportOrigin::Container, ["n1", "ns", "web-0", "web", "quay.io-x", "web"]);
        insta::assert_snapshot!(
            report_dir_name("ci", &pod),
            @"ci~ns~web-0~web~web~20240229T235959Z~n1~quay.io-x"
        );
        let host: ReportKey = "n1/_host_/20240229T235959Z/kubelet".parse().unwrap();
        insta::assert_snapshot!(
            report_dir_name("ci", &host),
            @"ci~_host_~kubelet~20240229T235959Z~n1"
        );
        let back = key_of(&report_dir_name("ci", &host)).unwrap();
        assert_eq!(back, ("ci".to_owned(), host));
        let process = key(ReportOrigin::Process, ["localhost", "local", "run", "", "", ""]);
        insta::assert_snapshot!(
            report_dir_name("", &process),
            @"%~local~run~%~%~20240229T235959Z~localhost~%~process"
        );
    }

    #[test]
    fn long_names_are_cut_and_stay_distinct() {
        let image = "i".repeat(300);
        let name = |pod: &str| {
            let key = key(ReportOrigin::Container, ["n", "ns", pod, "c", &image, "b"]);
            report_dir_name("ci", &key)
        };
        assert_eq!(name("p1").len(), MAX_NAME_BYTES);
        let (cluster, known) = key_of(&name("p1")).unwrap();
        assert_eq!((cluster.as_str(), known.pod.as_str(), known.image.as_str()), ("ci", "p1", ""));
        assert_eq!(key_of(&name(&"p".repeat(300))), None);
        assert_eq!(key_of("run-1"), None);
        assert_ne!(name("p1"), name("p2"));
        let image = format!("{image}2");
        let other = key(ReportOrigin::Container, ["n", "ns", "p1", "c", &image, "b"]);
        assert_ne!(name("p1"), report_dir_name("ci", &other));
    }

    #[test]
    fn joined_components_do_not_run_into_each_other() {
        let mut seen = BTreeMap::new();
        let texts = ["", "a", "a-b", "b", "-", "~", "%", "%7e", ".", "..", "A", "a~b", "/", "ä"];
        for pod in texts {
            for container in texts {
                for origin in [ReportOrigin::Container, ReportOrigin::Process] {
                    let key = key(origin, ["n", "ns", pod, container, "i", "b"]);
                    let name = report_dir_name("c", &key);
                    assert_eq!(key_of(&name), Some(("c".to_owned(), key.clone())), "{name}");
                    let name = name.to_lowercase();
                    assert_eq!(seen.insert(name.clone(), key), None, "{name}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_name_is_always_a_plain_file_name(
            cluster in ".{0,8}", pod in ".{0,80}", image in ".{0,300}",
        ) {
            let key = key(ReportOrigin::Container, ["n", "ns", &pod, "c", &image, "b"]);
            let name = report_dir_name(&cluster, &key);
            prop_assert!(name.len() <= MAX_NAME_BYTES && !name.starts_with('.'));
            prop_assert!(name.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b'\\'));
        }

        #[test]
        fn different_texts_have_different_escapes(a in "[.~%a-cA-C/é]{0,4}", b in "[.~%a-cA-C/é]{0,4}") {
            for case in [Case::Escape, Case::Keep] {
                prop_assert_eq!(unescape(&escape(&a, case)), Some(a.clone()));
                prop_assert_eq!(a == b, escape(&a, case) == escape(&b, case));
            }
            let folded = |text: &str| escape(text, Case::Escape).to_lowercase();
            prop_assert_eq!(a == b, folded(&a) == folded(&b));
        }
    }
}
