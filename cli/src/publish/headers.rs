//! What a web server must say of a site's files.

use covatlas_shared::layout::{SHARD_DIR, VIEWER_DIR};

/// Headers of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) content_type: &'static str,
    pub(super) cache_control: &'static str,
    /// Whether it is stored compressed, and sent so.
    pub(super) is_gzipped: bool,
}

impl Headers {
    /// Those of a file of a site: shards and the viewer's files have the hash of their content in
    /// their names.
    pub(super) fn of(path: &str) -> Self {
        let (content_type, is_gzipped) = match path.rsplit_once('.').map(|(_, end)| end) {
            Some("html") => ("text/html; charset=utf-8", true),
            Some("js") => ("text/javascript; charset=utf-8", true),
            Some("css") => ("text/css; charset=utf-8", true),
            Some("json") => ("application/json", true),
            Some("svg") => ("image/svg+xml", true),
            Some("wasm") => ("application/wasm", true),
            Some("png") => ("image/png", false),
            Some("ico") => ("image/x-icon", false),
            Some("woff2") => ("font/woff2", false),
            // The page decompresses these itself.
            Some("gz") => ("application/gzip", false),
            _ => ("application/octet-stream", false),
        };
        let is_hashed = [SHARD_DIR, VIEWER_DIR]
            .iter()
            .any(|dir| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')));
        let cache_control =
            if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        Self { content_type, cache_control, is_gzipped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_their_content_are_never_asked_for_again() {
        let index = Headers::of("index.html");
        assert_eq!(
            (index.content_type, index.cache_control),
            ("text/html; charset=utf-8", "no-cache")
        );
        let shard = Headers::of("data/owners-0123456789abcdef.js");
        assert!(shard.is_gzipped && shard.cache_control.contains("immutable"));
        assert_eq!(shard.content_type, "text/javascript; charset=utf-8");
        let gz = Headers::of("data/owners-0123456789abcdef.gz");
        assert_eq!((gz.content_type, gz.is_gzipped), ("application/gzip", false));
        assert_eq!(Headers::of("LICENSE").content_type, "application/octet-stream");
    }
}
