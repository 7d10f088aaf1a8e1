//! Every URL of a site. No other place joins strings to a path of the site.
//!
//! All paths are relative to the folder of `index.html`, use `/` and contain only
//! `[a-z0-9._-]` besides it, so that they need no escaping anywhere.

use crate::shard::Kind;

/// The only mutable file of a site; it is written and uploaded last.
pub const INDEX: &str = "index.html";
/// Tells GitHub Pages to serve the files as they are.
pub const NO_JEKYLL: &str = ".nojekyll";
/// The folder of the shards.
pub const SHARD_DIR: &str = "data";
/// The folder of the viewer's own files.
pub const VIEWER_DIR: &str = "viewer";

/// How shards are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A classic script that hands base64 of the gzip to a callback: works from `file://` too.
    Script,
    /// The gzip bytes themselves: for sites that are only ever served by a web server.
    Gz,
}

impl Form {
    /// The name of the form, as the command line and `index.html` write it: `script` or `gz`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Gz => "gz",
        }
    }

    /// The end of a shard's file name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Script => "js",
            Self::Gz => "gz",
        }
    }
}

/// The name of a shard: its kind and 16 hex digits of the hash of its content, `owners-9f…`.
///
/// `digest_hex` must hold at least 16 hex digits; only the first 16 are used.
pub fn shard_name(kind: Kind, digest_hex: &str) -> String {
    let short: String = digest_hex.chars().take(16).collect();
    format!("{}-{short}", kind.name())
}

/// Whether `name` has the shape that [`shard_name`] gives; anything else is never requested.
pub fn is_shard_name(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(kind, hash)| {
        Kind::from_name(kind).is_some()
            && hash.len() == 16
            && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// The path of a shard's file below the site's folder.
pub fn shard_path(name: &str, form: Form) -> String {
    format!("{SHARD_DIR}/{name}.{}", form.extension())
}

/// The path of one of the viewer's files below the site's folder. `file` carries its hash.
pub fn viewer_path(file: &str) -> String {
    format!("{VIEWER_DIR}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_names_are_recognised_and_others_are_not() {
        let name = shard_name(Kind::Owners, "0123456789abcdef0123456789abcdef");
        assert_eq!(name, "owners-0123456789abcdef");
        assert!(is_shard_name(&name));
        for bad in [
            "",
            "owners",
            "owners-",
            "owners-0123",
            "../x-0123456789abcdef",
            "owners-0123456789ABCDEF",
        ] {
            assert!(!is_shard_name(bad), "{bad}");
        }
    }

    #[test]
    fn paths_are_relative() {
        assert_eq!(
            shard_path("stats-0123456789abcdef", Form::Script),
            "data/stats-0123456789abcdef.js"
        );
        assert_eq!(
            shard_path("stats-0123456789abcdef", Form::Gz),
            "data/stats-0123456789abcdef.gz"
        );
        assert_eq!(viewer_path("loader-1.js"), "viewer/loader-1.js");
    }
}
