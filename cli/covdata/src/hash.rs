//! The 16-byte hash that ties counter files to their meta file, and the formulas behind it.

use std::fmt;
use std::str::FromStr;

use md5::{Digest as _, Md5};
use thiserror::Error;

use crate::meta::{Granularity, Mode};

/// The hash of a meta file: the identity of one build of one program.
///
/// Written as 32 lower-case hex digits. It comes from the header of a file, never from its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetaHash([u8; 16]);

impl MetaHash {
    /// The hash as it stands in a file header.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The hash as it stands in a file header.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MetaHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MetaHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetaHash({self})")
    }
}

/// A text that is not 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a meta hash is 32 lower-case hex digits")]
pub struct ParseMetaHashError;

impl FromStr for MetaHash {
    type Err = ParseMetaHashError;

    fn from_str(text: &str) -> Result<Self, ParseMetaHashError> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(ParseMetaHashError) };
        let mut bytes = [0; 16];
        if pairs.len() != bytes.len() {
            return Err(ParseMetaHashError);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn hex_digit(digit: u8) -> Result<u8, ParseMetaHashError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ParseMetaHashError),
    }
}

/// Whether `hash` follows one of the formulas of Go's producers.
///
/// `packages` gives each package's stored hash and its blob, in file order. The formulas are those
/// of the runtime, of `go test` (the single package's hash) and of `go tool covdata merge`, each
/// with MD5 (up to Go 1.23) and FNV-1a-128 (from Go 1.24). The cheap ones come first.
pub(crate) fn is_known_hash(
    hash: MetaHash,
    packages: &[([u8; 16], &[u8])],
    mode: Mode,
    granularity: Granularity,
) -> bool {
    if let [(single, _)] = packages
        && *single == hash.0
    {
        return true;
    }
    let suffix = [mode.as_str().as_bytes(), granularity.as_str().as_bytes()];
    let runtime = || packages.iter().map(|(stored, _)| stored.as_slice()).chain(suffix);
    if fnv128(runtime()) == hash.0 || md5(runtime()) == hash.0 {
        return true;
    }
    let by_fnv: Vec<_> = packages.iter().map(|(_, blob)| fnv128([*blob])).collect();
    if fnv128(by_fnv.iter().map(<[u8; 16]>::as_slice)) == hash.0 {
        return true;
    }
    let by_md5: Vec<_> = packages.iter().map(|(_, blob)| md5([*blob])).collect();
    md5(by_md5.iter().map(<[u8; 16]>::as_slice)) == hash.0
}

/// FNV-1a with 128 bits over all parts, as big-endian bytes.
fn fnv128<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 16] {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.into_iter().flatten();
    bytes
        .fold(OFFSET_BASIS, |state, byte| (state ^ u128::from(*byte)).wrapping_mul(PRIME))
        .to_be_bytes()
}

/// MD5 over all parts.
fn md5<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 16] {
    let mut state = Md5::new();
    parts.into_iter().for_each(|part| state.update(part));
    state.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv128_matches_published_vectors() {
        let hex = |text: &str| MetaHash(fnv128([text.as_bytes()])).to_string();
        assert_eq!(hex(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hex("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(hex("foobar"), "343e1662793c64bf6f0d3597ba446f18");
        let parts: [&[u8]; 2] = [b"foo", b"bar"];
        assert_eq!(fnv128(parts), fnv128([b"foobar".as_slice()]));
    }

    #[test]
    fn md5_matches_published_vectors() {
        let hex = |text: &str| MetaHash(md5([text.as_bytes()])).to_string();
        assert_eq!(hex(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn text_form_round_trips() {
        let text = "00369b8754522872c04f60fb74faf4ff";
        let hash: MetaHash = text.parse().unwrap();
        assert_eq!(hash.to_string(), text);
        assert_eq!(hash.as_bytes()[..3], [0x00, 0x36, 0x9b]);
        assert_eq!(MetaHash::from_bytes(*hash.as_bytes()), hash);
    }

    #[test]
    fn text_form_refuses_all_else() {
        let long = "0".repeat(33);
        for text in ["", "0", "00369B8754522872c04f60fb74faf4ff", &long[..31], &long, "unknown"] {
            assert_eq!(text.parse::<MetaHash>(), Err(ParseMetaHashError), "{text}");
        }
    }
}
