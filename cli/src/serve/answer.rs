//! What a browser gets for a file: type, cache rule and compressed body.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::files::Contents;

/// Compressed bodies are kept up to this many bytes.
const MAX_CACHE_BYTES: usize = 256 << 20;
/// Smaller files fit into a packet or two as they are.
const MIN_COMPRESSED_BYTES: usize = 512;

/// A file's media type, and whether compressing pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    pub(super) name: &'static str,
    pub(super) is_compressible: bool,
}

/// The media type of a file by the end of its name.
pub(super) fn media_type(path: &str) -> MediaType {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let (name, is_compressible) = match extension.to_ascii_lowercase().as_str() {
        "html" => ("text/html; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "json" | "map" => ("application/json", true),
        "wasm" => ("application/wasm", true),
        "svg" => ("image/svg+xml", true),
        "gz" => ("application/gzip", false),
        "png" => ("image/png", false),
        "ico" => ("image/x-icon", false),
        "woff2" => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    };
    MediaType { name, is_compressible }
}

/// How long a file may be kept: for ever when its name holds a hash of its contents.
pub(super) fn cache_control(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_hash = |part: &str| {
        part.len() >= 8
            && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            && part.bytes().any(|b| b.is_ascii_digit())
    };
    if name.split(|c: char| !c.is_ascii_alphanumeric()).any(is_hash) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

/// Whether an `Accept-Encoding` header allows gzip.
pub(super) fn accepts_gzip(header: &str) -> bool {
    let mut any = false;
    for item in header.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = parameters.trim().strip_prefix("q=").unwrap_or("1").trim();
        let allowed = quality.parse::<f32>().is_ok_and(|quality| quality > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return allowed,
            "*" => any = allowed,
            _ => {}
        }
    }
    any
}

/// Compressed bodies by path and version.
#[derive(Debug, Default)]
pub(super) struct GzipCache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    bodies: HashMap<String, (i128, Bytes)>,
    n_bytes: usize,
}

impl GzipCache {
    /// The compressed body, or `None` when compressing does not make it smaller.
    pub(super) fn body(&self, path: &str, contents: &Contents) -> Option<Bytes> {
        let Contents { bytes, version } = contents;
        if bytes.len() < MIN_COMPRESSED_BYTES {
            return None;
        }
        let known = self.lock(|entries| match entries.bodies.get(path) {
            Some((known, body)) if known == version => Some(body.clone()),
            _ => None,
        });
        let body = known.or_else(|| {
            let body = gzip(bytes)?;
            self.lock(|entries| entries.insert(path, *version, &body));
            Some(body)
        })?;
        (body.len() < bytes.len()).then_some(body)
    }

    fn lock<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        // Entries are complete before they are inserted, so a panic elsewhere harms none.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Entries {
    fn insert(&mut self, path: &str, version: i128, body: &Bytes) {
        if body.len() > MAX_CACHE_BYTES {
            return;
        }
        if self.n_bytes.saturating_add(body.len()) > MAX_CACHE_BYTES {
            *self = Self::default();
        }
        self.n_bytes = self.n_bytes.saturating_add(body.len());
        if let Some((_, old)) = self.bodies.insert(path.to_owned(), (version, body.clone())) {
            self.n_bytes = self.n_bytes.saturating_sub(old.len());
        }
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    // Most bodies are base64 of gzip: level 1 has fixed codes and gains nothing on it, level 2
    // brings it back to the size of the gzip, and more effort finds no more.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(2));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_types() {
        for (path, name) in [
            ("index.html", "text/html; charset=utf-8"),
            ("data/a-1.js", "text/javascript; charset=utf-8"),
            ("viewer/a_bg.wasm", "application/wasm"),
            ("style.css", "text/css; charset=utf-8"),
            ("m.json", "application/json"),
            ("data/a-1.gz", "application/gzip"),
            ("robots.TXT", "text/plain; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path).name, name);
        }
        assert!(!media_type("a.gz").is_compressible);
        assert!(media_type("a.wasm").is_compressible);
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        for path in ["data/owners-0123456789abcdef.js", "viewer/v-1a2b3c4d5e6f7a8b_bg.wasm"] {
            assert!(cache_control(path).ends_with("immutable"), "{path}");
        }
        for path in
            ["index.html", "style.css", "data/facade.js", "deadbeef/index.html", "0123456/a.js"]
        {
            assert_eq!(cache_control(path), "no-cache", "{path}");
        }
    }

    #[test]
    fn encodings_are_negotiated() {
        for header in ["gzip", "br, GZIP", "gzip;q=0.5", "deflate, *", "*;q=0.1"] {
            assert!(accepts_gzip(header), "{header}");
        }
        for header in ["", "br", "gzip;q=0", "*, gzip;q=0", "gzip; q=0.0", "*;q=0", "gzip;q=x"] {
            assert!(!accepts_gzip(header), "{header}");
        }
    }

    #[test]
    fn base64_of_noise_shrinks_to_the_noise() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            alphabet[usize::try_from(state >> 58).unwrap()]
        });
        let body: Vec<u8> = noise.take(40_000).collect();
        let compressed = gzip(&body).unwrap().len();
        assert!(compressed < 31_000, "{compressed} bytes of 30000");
    }

    #[test]
    fn the_cache_follows_the_file() {
        let cache = GzipCache::default();
        let contents = |byte: u8, version| Contents { bytes: vec![byte; 9000].into(), version };
        let first = cache.body("a", &contents(1, 1)).unwrap();
        assert_eq!(cache.body("a", &contents(1, 1)).unwrap().as_ptr(), first.as_ptr());
        let second = cache.body("a", &contents(2, 2)).unwrap();
        assert_ne!(first, second);
        assert_eq!(cache.lock(|entries| entries.n_bytes), second.len());
        let small = Contents { bytes: vec![1; 100].into(), version: 1 };
        assert!(cache.body("b", &small).is_none());
    }
}
