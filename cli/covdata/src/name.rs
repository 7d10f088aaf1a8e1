//! File names, as far as they mean anything.

/// What a file claims to be by its name.
///
/// The tag is opaque: most producers write the meta hash there, some do not. Only the hash in a
/// file's header says which files belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileName {
    /// `covmeta.<tag>`
    Meta {
        /// Any text without white space.
        tag: String,
    },
    /// `covcounters.<tag>.<pid>.<time>`
    Counters {
        /// Any text without white space.
        tag: String,
        /// The process id, 0 for merged files.
        pid: u64,
        /// Nanoseconds since 1970, or any other rising number. One beyond 64 bits is `u64::MAX`.
        time: u64,
    },
}

impl FileName {
    /// Reads a file name without its directory, exactly as `go tool covdata` does.
    ///
    /// `None` for everything else, also for temporary files (`tmp.covmeta.…`) and for process ids
    /// beyond Go's `int`.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(tag) = name.strip_prefix("covmeta.") {
            return is_tag(tag).then(|| Self::Meta { tag: tag.to_owned() });
        }
        let (rest, time) = name.strip_prefix("covcounters.")?.rsplit_once('.')?;
        let (tag, pid) = rest.rsplit_once('.')?;
        if !is_tag(tag) || !is_number(pid) || !is_number(time) {
            return None;
        }
        let pid = pid.parse::<i64>().ok()?.try_into().ok()?;
        let time = time.parse().unwrap_or(u64::MAX);
        Some(Self::Counters { tag: tag.to_owned(), pid, time })
    }

    /// The opaque part of the name.
    pub fn tag(&self) -> &str {
        match self {
            Self::Meta { tag } | Self::Counters { tag, .. } => tag,
        }
    }
}

/// Whether `text` matches Go's `\S+`.
fn is_tag(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '\t', '\n', '\r', '\x0c'])
}

/// Whether `text` matches Go's `\d+`.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_counters(name: &str, tag: &str, pid: u64, time: u64) {
        let want = FileName::Counters { tag: tag.to_owned(), pid, time };
        assert_eq!(FileName::parse(name), Some(want));
    }

    #[test]
    fn meta_names() {
        let meta = |tag: &str| Some(FileName::Meta { tag: tag.to_owned() });
        let hash = "369b8754522872c04f60fb74faf4bb52";
        assert_eq!(FileName::parse(&format!("covmeta.{hash}")), meta(hash));
        assert_eq!(FileName::parse("covmeta.unknown"), meta("unknown"));
        assert_eq!(FileName::parse("covmeta.a.b"), meta("a.b"));
    }

    #[test]
    fn counter_names_take_the_tag_up_to_the_last_two_numbers() {
        assert_counters("covcounters.abc.1.2", "abc", 1, 2);
        assert_counters("covcounters.a.1.2.3", "a.1", 2, 3);
        assert_counters("covcounters.1.2.3", "1", 2, 3);
        assert_counters("covcounters.a.01.99999999999999999999999", "a", 1, u64::MAX);
    }

    #[test]
    fn everything_else_is_none() {
        let names = [
            "",
            "covmeta",
            "covmeta.",
            "covmeta.a b",
            "tmp.covmeta.abc",
            "tmp.covcounters.abc.1.2",
            "Covmeta.abc",
            "covcounters.abc",
            "covcounters.abc.1",
            "covcounters.1.2",
            "covcounters..1.2",
            "covcounters.abc.1.x",
            "covcounters.abc.-1.2",
            "covcounters.abc.+1.2",
            "covcounters.abc.1.2.",
            "covcounters.a\tb.1.2",
            "covcounters.abc.9223372036854775808.2", // one more than Go's int holds
            "info.json",
        ];
        for name in names {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }
}
