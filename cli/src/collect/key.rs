//! What a report's key says about it.
//!
//! ```text
//! <hostname>/<namespace>/<pod>/<container>/<discovery>/<image>/<binary>/<file>
//! <hostname>/_host_/<discovery>/<binary>/<file>
//! ```
//!
//! Keys come from a bucket that any node of the cluster can write to, so nothing in them is
//! trusted: see [`KeyError`] for what is refused.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::file_name::FileRole;
use crate::owner::{HOST_NAMESPACE, Owner, owner_of};
use crate::timestamp::Timestamp;

/// The shape of a key, as messages show it.
pub const EXPECTED_SHAPE: &str = "<hostname>/<namespace>/<pod>/<container>/<YYYYMMDDTHHMMSSZ>/<image>/<binary>/<file>, \
     or <hostname>/_host_/<YYYYMMDDTHHMMSSZ>/<binary>/<file>";

/// The longest key an S3 bucket can hold, in bytes.
const MAX_KEY_BYTES: usize = 1024;
/// The most bytes of a file name: what file systems take, without endings of ours.
const MAX_NAME_BYTES: usize = 220;

/// Where a report's process ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportOrigin {
    /// A container of a pod.
    Container,
    /// The node itself, outside any pod.
    Host,
    /// Not known: the report comes from a directory without a key.
    Process,
}

/// The identity of one report within its cluster: one process home, as first discovered.
///
/// A field is empty where the origin has no such thing (a host report has neither pod, container
/// nor image) or where an imported directory does not tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportKey {
    /// Where the process ran; tells how to read the other fields.
    pub origin: ReportOrigin,
    /// The node's name.
    pub hostname: String,
    /// The Kubernetes namespace, or `_host_`.
    pub namespace: String,
    /// The pod's name, or the directory's name for [`ReportOrigin::Process`].
    pub pod: String,
    /// The container's name within the pod.
    pub container: String,
    /// When the container or host process was first seen; whole seconds.
    pub discovered_at: Timestamp,
    /// The image, sanitised when it comes from a key.
    pub image: String,
    /// The binary's name, sanitised when it comes from a key.
    pub binary: String,
}

impl ReportKey {
    /// Whether the process ran on the node itself.
    pub fn is_host(&self) -> bool {
        self.origin == ReportOrigin::Host
    }

    /// The workload that the names tell; an owners file may know better.
    pub fn owner(&self) -> Owner {
        match self.origin {
            ReportOrigin::Container => owner_of(&self.pod, &self.hostname),
            ReportOrigin::Host => Owner::host(&self.binary),
            ReportOrigin::Process => Owner::process(&self.pod),
        }
    }
}

/// Writes the directory part of a key: what `FromStr` reads, for the origins that have keys.
impl fmt::Display for ReportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hostname, namespace, pod, container, image, binary, .. } = self;
        let time = self.discovered_at.to_compact();
        if self.is_host() {
            return write!(f, "{hostname}/{HOST_NAMESPACE}/{time}/{binary}");
        }
        write!(f, "{hostname}/{namespace}/{pod}/{container}/{time}/{image}/{binary}")
    }
}

/// A key that names no report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The number of directories fits neither shape.
    #[error("{found} directory levels, but a container's report has 7 and a host's has 4")]
    Levels {
        /// How many directories stand before the file.
        found: usize,
    },
    /// Two slashes in a row, or one at the start or end.
    #[error("an empty path component")]
    EmptyComponent,
    /// `.` or `..` as a component.
    #[error("`{0}` as a path component")]
    DotComponent(&'static str),
    /// A control character or `\`.
    #[error("the character {0:?} in a path component")]
    ForbiddenCharacter(char),
    /// The discovery is no time.
    #[error(
        "`{0}` stands where a time of the form YYYYMMDDTHHMMSSZ must stand; \
         the prefix is probably at the wrong level"
    )]
    NotATimestamp(String),
    /// More bytes than a bucket's key can have.
    #[error("{found} bytes, but a key has at most {MAX_KEY_BYTES}")]
    TooLong {
        /// The key's length in bytes.
        found: usize,
    },
    /// A file name that disks refuse, with room for the endings of files that are not yet whole.
    #[error("its file name has {found} bytes, but a disk takes at most {MAX_NAME_BYTES}")]
    LongName {
        /// The name's length in bytes.
        found: usize,
    },
}

/// A key that is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParsedKey {
    /// A file of a report.
    File {
        /// The report.
        report: ReportKey,
        /// The file's name: a plain name, free of separators.
        name: String,
        /// What kind of file it is: meta, counters or info.
        role: FileRole,
    },
    /// A file that no report has, such as a temporary one.
    Ignored,
}

/// Reads a key whose prefix is stripped.
///
/// Files that no report has are ignored wherever they lie. Fails when a meta, counter or info
/// file lies where no report can be.
pub fn parse_key(key: &str) -> Result<ParsedKey, KeyError> {
    let (dir, name) = key.rsplit_once('/').unwrap_or(("", key));
    let role = FileRole::of(name);
    if !role.is_collected() {
        return Ok(ParsedKey::Ignored);
    }
    if key.len() > MAX_KEY_BYTES {
        return Err(KeyError::TooLong { found: key.len() });
    }
    if !key.contains('/') {
        return Err(KeyError::Levels { found: 0 });
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(KeyError::LongName { found: name.len() });
    }
    check_component(name)?;
    Ok(ParsedKey::File { report: dir.parse()?, name: name.to_owned(), role })
}

impl FromStr for ReportKey {
    type Err = KeyError;

    /// Reads the directory part of a key, without a slash at either end.
    fn from_str(dir: &str) -> Result<Self, KeyError> {
        if dir.len() > MAX_KEY_BYTES {
            return Err(KeyError::TooLong { found: dir.len() });
        }
        let components: Vec<&str> = dir.split('/').collect();
        components.iter().try_for_each(|component| check_component(component))?;
        match components.as_slice() {
            [hostname, HOST_NAMESPACE, discovery, binary] => Ok(Self {
                origin: ReportOrigin::Host,
                hostname: (*hostname).to_owned(),
                namespace: HOST_NAMESPACE.to_owned(),
                pod: String::new(),
                container: String::new(),
                discovered_at: parse_discovery(discovery)?,
                image: String::new(),
                binary: (*binary).to_owned(),
            }),
            [hostname, namespace, pod, container, discovery, image, binary]
                if *namespace != HOST_NAMESPACE =>
            {
                Ok(Self {
                    origin: ReportOrigin::Container,
                    hostname: (*hostname).to_owned(),
                    namespace: (*namespace).to_owned(),
                    pod: (*pod).to_owned(),
                    container: (*container).to_owned(),
                    discovered_at: parse_discovery(discovery)?,
                    image: (*image).to_owned(),
                    binary: (*binary).to_owned(),
                })
            }
            other => Err(KeyError::Levels { found: other.len() }),
        }
    }
}

fn parse_discovery(text: &str) -> Result<Timestamp, KeyError> {
    Timestamp::from_compact(text)
        .map_err(|_| KeyError::NotATimestamp(text.chars().take(80).collect()))
}

fn check_component(component: &str) -> Result<(), KeyError> {
    match component {
        "" => return Err(KeyError::EmptyComponent),
        "." => return Err(KeyError::DotComponent(".")),
        ".." => return Err(KeyError::DotComponent("..")),
        _ => {}
    }
    let forbidden = component.chars().find(|c| c.is_control() || *c == '\\');
    forbidden.map_or(Ok(()), |c| Err(KeyError::ForbiddenCharacter(c)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T: &str = "20240229T235959Z";

    fn refused(key: &str) -> String {
        parse_key(key).unwrap_err().to_string()
    }

    #[test]
    fn a_container_key_names_its_report() {
        for (file, file_role) in [
            ("covmeta.abc", FileRole::Meta),
            ("covcounters.abc.1.1", FileRole::Counters),
            ("info.json", FileRole::Info),
        ] {
            let key = format!("N/ns/pod/ctr/{T}/img/bin/{file}");
            let ParsedKey::File { report, name, role } = parse_key(&key).unwrap() else {
                panic!("{key} is ignored");
            };
            assert_eq!((name.as_str(), role), (file, file_role));
            assert_eq!(report.origin, ReportOrigin::Container);
            assert_eq!(
                [&report.hostname, &report.namespace, &report.pod, &report.container],
                ["N", "ns", "pod", "ctr"]
            );
            assert_eq!([&report.image, &report.binary], ["img", "bin"]);
            assert_eq!(report.discovered_at.to_compact(), T);
            assert_eq!(format!("{report}/{name}"), key);
        }
    }

    #[test]
    fn a_host_key_names_its_binary() {
        let key = format!("N/_host_/{T}/kubelet/covmeta.abc");
        let ParsedKey::File { report, name, .. } = parse_key(&key).unwrap() else {
            panic!("{key} is ignored");
        };
        assert!(report.is_host());
        assert_eq!(
            [&report.hostname, &report.namespace, &report.binary],
            ["N", "_host_", "kubelet"]
        );
        assert_eq!([&report.pod, &report.container, &report.image], ["", "", ""]);
        assert_eq!(report.owner(), Owner::host("kubelet"));
        assert_eq!(format!("{report}/{name}"), key);
    }

    #[test]
    fn files_of_no_report_are_ignored() {
        for key in [
            format!("N/ns/pod/ctr/{T}/img/bin/other.txt"),
            format!("N/ns/pod/ctr/{T}/img/bin/tmp.covmeta.abc"),
            format!("N/ns/pod/ctr/{T}/img/bin/metadata.json"),
            format!("N/ns/pod/ctr/{T}/img/bin/"),
            "other.txt".to_owned(),
            "../x".to_owned(),
            String::new(),
        ] {
            assert_eq!(parse_key(&key), Ok(ParsedKey::Ignored), "{key}");
        }
    }

    #[test]
    fn other_levels_are_refused_with_their_number() {
        for (key, levels) in [
            ("covmeta.abc".to_owned(), 0),
            ("N/covmeta.abc".to_owned(), 1),
            (format!("_host_/{T}/kubelet/covmeta.abc"), 3),
            (format!("N/ns/{T}/kubelet/covmeta.abc"), 4),
            (format!("N/ns/pod/{T}/bin/covmeta.abc"), 5),
            (format!("x/N/_host_/{T}/kubelet/covmeta.abc"), 5),
            (format!("ns/pod/ctr/{T}/img/bin/covmeta.abc"), 6),
            (format!("N/_host_/pod/ctr/{T}/img/bin/covmeta.abc"), 7),
            (format!("x/N/ns/pod/ctr/{T}/img/bin/info.json"), 8),
        ] {
            assert_eq!(parse_key(&key), Err(KeyError::Levels { found: levels }), "{key}");
        }
        insta::assert_snapshot!(
            refused("covmeta.abc"),
            @"0 directory levels, but a container's report has 7 and a host's has 4"
        );
    }

    #[test]
    fn hostile_components_are_refused() {
        let with = |component: &str| format!("N/{component}/pod/ctr/{T}/img/bin/covmeta.abc");
        assert_eq!(refused(&with("")), "an empty path component");
        assert_eq!(refused(&format!("/{T}/covmeta.abc")), "an empty path component");
        assert_eq!(refused(&with(".")), "`.` as a path component");
        assert_eq!(refused(&with("..")), "`..` as a path component");
        assert_eq!(refused(&with("a\0b")), "the character '\\0' in a path component");
        assert_eq!(refused(&with("a\u{1b}[1m")), "the character '\\u{1b}' in a path component");
        assert_eq!(refused(&with("a\\b")), "the character '\\\\' in a path component");
        let in_name = format!("N/ns/pod/ctr/{T}/img/bin/covmeta.a\\b");
        assert_eq!(refused(&in_name), "the character '\\\\' in a path component");
        assert_eq!(refused(&with(&"x".repeat(1024))), "1071 bytes, but a key has at most 1024");
        let long = format!("covmeta.{}", "a".repeat(300));
        let says = "its file name has 308 bytes, but a disk takes at most 220";
        assert_eq!(refused(&format!("n1/ns/pod/c/20261120T081502Z/img/bin/{long}")), says);
    }

    #[test]
    fn a_discovery_that_is_no_time_hints_at_the_prefix() {
        insta::assert_snapshot!(
            refused("N/ns/pod/ctr/not-a-time/img/bin/covmeta.abc"),
            @"`not-a-time` stands where a time of the form YYYYMMDDTHHMMSSZ must stand; the prefix is probably at the wrong level"
        );
        let host = parse_key("N/_host_/20240230T000000Z/kubelet/covmeta.abc");
        assert!(matches!(host, Err(KeyError::NotATimestamp(_))));
    }

    proptest! {
        #[test]
        fn an_accepted_key_is_written_back_as_it_was(
            key in "[a-z_./\\\\0-9]{0,30}|([a-z]{1,3}/){4}20240229T235959Z(/[a-z.]{1,3}){2}/covmeta\\.[a-z]{1,2}",
        ) {
            if let Ok(ParsedKey::File { report, name, .. }) = parse_key(&key) {
                prop_assert_eq!(format!("{}/{}", report, name), key);
            }
        }

        #[test]
        fn no_key_panics(key in ".*", dir in "(.{0,5}/){6}.{0,5}") {
            let _ = parse_key(&key);
            let _ = dir.parse::<ReportKey>();
        }
    }
}
