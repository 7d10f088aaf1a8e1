//! Which build a file belongs to, without decoding it.

use crate::counter::COUNTER_MAGIC;
use crate::cursor::Cursor;
use crate::error::{DecodeError, ErrorClass};
use crate::hash::MetaHash;
use crate::meta::{META_MAGIC, Mode, read_meta_header};

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A meta file.
    Meta {
        /// How the program counts.
        mode: Mode,
    },
    /// A counter file. Its mode is that of the meta file.
    Counters,
}

/// Reads kind, hash and mode from the start of a file: 56 bytes of a meta file, 32 of a counter
/// file. More bytes may follow and are not looked at.
///
/// # Errors
///
/// `Truncated`, `BadMagic` (neither kind), `UnsupportedVersion`, or `Malformed` for a bad mode,
/// granularity or flavour.
pub fn peek_hash(bytes: &[u8]) -> Result<(Kind, MetaHash), DecodeError> {
    let mut cursor = Cursor::new(bytes, 0);
    let magic: [u8; 4] = Cursor::new(bytes, 0).array("magic")?;
    match magic {
        META_MAGIC => {
            let (hash, mode) = read_meta_header(&mut cursor)?;
            Ok((Kind::Meta { mode }, hash))
        }
        COUNTER_MAGIC => Ok((Kind::Counters, crate::counter::read_counter_header(&mut cursor)?)),
        other => {
            let found = other.escape_ascii();
            let message = format!("`{found}` is how neither a meta nor a counter file starts");
            Err(DecodeError::new(ErrorClass::BadMagic, 0, "magic", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{counter_sample, meta_sample};

    #[test]
    fn meta_and_counter_files_are_known_by_their_headers_alone() {
        let (meta, counters) = (meta_sample(), counter_sample());
        let (kind, hash) = peek_hash(&meta[..56]).unwrap();
        assert_eq!(kind, Kind::Meta { mode: Mode::Atomic });
        assert_eq!(peek_hash(&counters[..32]).unwrap(), (Kind::Counters, hash));
        assert_eq!(peek_hash(&meta).unwrap().1, hash);
    }

    #[test]
    fn too_few_bytes_are_truncated_and_others_have_bad_magic() {
        let (meta, counters) = (meta_sample(), counter_sample());
        for file in [&meta[..55], &counters[..31], &meta[..2], &[]] {
            assert_eq!(peek_hash(file).unwrap_err().class, ErrorClass::Truncated);
        }
        let err = peek_hash(b"{\"a\": 1}").unwrap_err();
        assert_eq!((err.class, err.offset, err.field), (ErrorClass::BadMagic, 0, "magic"));
    }
}
