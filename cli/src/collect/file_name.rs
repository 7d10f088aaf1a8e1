//! What a file's name says about its contents.

use crate::timestamp::Timestamp;

/// The role of a file in a report's directory, by its name.
///
/// Names are not trusted for pairing: counters find their meta file by the hash in their header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// `covmeta.<H>`.
    Meta,
    /// `covcounters.<H>.<pid>.<n>`.
    Counters,
    /// `info.json`, what the process said about itself.
    Info,
    /// `metadata.json`, what the collector knows about the report.
    Metadata,
    /// A profile as text: `coverage.out` or `coverage_filtered.out`.
    Text,
    /// Left behind by an interrupted writer: `tmp.…`.
    Temporary,
    /// Anything else.
    Other,
}

impl FileRole {
    /// The role of a file of this name.
    pub fn of(name: &str) -> Self {
        match name {
            "info.json" => Self::Info,
            "metadata.json" => Self::Metadata,
            "coverage.out" | "coverage_filtered.out" => Self::Text,
            _ if name.starts_with("tmp.") => Self::Temporary,
            _ if meta_hash(name).is_some() => Self::Meta,
            _ if CountersName::parse(name).is_some() => Self::Counters,
            _ => Self::Other,
        }
    }

    /// Whether the file holds Go's binary coverage data.
    pub fn is_binary_coverage(self) -> bool {
        matches!(self, Self::Meta | Self::Counters)
    }

    /// Whether a bucket's key with such a file belongs to a report.
    pub fn is_collected(self) -> bool {
        matches!(self, Self::Meta | Self::Counters | Self::Info)
    }
}

/// The `<H>` of `covmeta.<H>`.
pub fn meta_hash(name: &str) -> Option<&str> {
    name.strip_prefix("covmeta.").filter(|hash| is_opaque_hash(hash))
}

/// The parts of `covcounters.<H>.<pid>.<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountersName<'a> {
    /// The `<H>`; opaque, not necessarily the meta file's hash.
    pub hash: &'a str,
    /// The process id, as digits; very often 1.
    pub pid: &'a str,
    /// A time in nanoseconds since 1970, or an upload slot (`1` or `2`), as digits.
    pub stamp: &'a str,
}

impl<'a> CountersName<'a> {
    /// Splits a counter file's name; `None` when it is no such name.
    pub fn parse(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix("covcounters.")?;
        let (rest, stamp) = rest.rsplit_once('.')?;
        let (hash, pid) = rest.rsplit_once('.')?;
        // Go takes no number beyond its `int` for a process id, but any for the last part.
        let valid = is_opaque_hash(hash)
            && is_number(pid)
            && pid.parse::<i64>().is_ok()
            && is_number(stamp);
        valid.then_some(Self { hash, pid, stamp })
    }

    /// The time in the name, unless the last part is an upload slot or cannot be a time.
    ///
    /// Numbers below 10^15 nanoseconds, twelve days after 1970, are taken for slots.
    pub fn time(&self) -> Option<Timestamp> {
        let nanos = self.stamp.parse::<i128>().ok()?;
        (nanos >= 1_000_000_000_000_000).then(|| Timestamp::from_unix_nanos(nanos)).flatten()
    }

    /// The same name with another last part.
    pub fn with_stamp(&self, stamp: i128) -> String {
        format!("covcounters.{}.{}.{stamp}", self.hash, self.pid)
    }
}

fn is_opaque_hash(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_roles() {
        for (name, role) in [
            ("covmeta.abc", FileRole::Meta),
            ("covmeta.unknown", FileRole::Meta),
            ("covmeta.", FileRole::Other),
            ("covmeta.a b", FileRole::Other),
            ("covcounters.abc.1.1", FileRole::Counters),
            ("covcounters.abc.17.1712345678901234567", FileRole::Counters),
            ("covcounters.a.b.1.2", FileRole::Counters),
            ("covcounters.abc.1", FileRole::Other),
            ("covcounters.abc.x.1", FileRole::Other),
            ("covcounters.abc.1.123456789012345678901", FileRole::Counters),
            ("covcounters.abc.123456789012345678901.1", FileRole::Other),
            ("covcounters..1.1", FileRole::Other),
            ("info.json", FileRole::Info),
            ("metadata.json", FileRole::Metadata),
            ("coverage.out", FileRole::Text),
            ("coverage_filtered.out", FileRole::Text),
            ("tmp.covmeta.abc", FileRole::Temporary),
            ("other.txt", FileRole::Other),
            ("", FileRole::Other),
        ] {
            assert_eq!(FileRole::of(name), role, "{name}");
        }
    }

    #[test]
    fn slots_are_no_times() {
        let parse = |name| CountersName::parse(name).unwrap();
        assert_eq!(parse("covcounters.abc.1.2").time(), None);
        let name = parse("covcounters.abc.7.1709251199000000001");
        assert_eq!(name.time().unwrap().to_string(), "2024-02-29T23:59:59.000000001Z");
        assert_eq!(name.with_stamp(5), "covcounters.abc.7.5");
        assert_eq!(parse("covcounters.abc.7.999999999999999").time(), None);
    }
}
