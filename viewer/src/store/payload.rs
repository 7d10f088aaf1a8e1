//! What a host delivers, and the bytes in it.

/// The first bytes of every gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whether `bytes` are gzipped. A host that decodes on its way delivers the content itself.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP)
}

/// The gzip in the text of the script `covatlas("<name>","<base64>");`.
///
/// `None` when the text has another shape or another name, or is no base64.
pub(super) fn from_script(text: &[u8], name: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"covatlas(\"")?.strip_prefix(name.as_bytes())?;
    let text = text.strip_prefix(b"\",\"")?;
    let end = text.iter().position(|&b| b == b'"')?;
    let (payload, tail) = text.split_at_checked(end)?;
    (tail.trim_ascii_end() == b"\");").then(|| from_base64(payload))?
}

/// Decodes base64 with padding; `None` for anything else.
pub(super) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take(2).take_while(|&&b| b == b'=').count();
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let body = text.get(..text.len().checked_sub(padding)?)?;
    for quad in body.chunks(4) {
        let mut bits = 0_u32;
        for &byte in quad {
            bits = bits << 6 | u32::from(sextet(byte)?);
        }
        let missing = u32::try_from(4_usize.checked_sub(quad.len())?).ok()?;
        let [_, a, b, c] = (bits << (6 * missing)).to_be_bytes();
        let n_bytes = quad.len().saturating_sub(1);
        out.extend([a, b, c].into_iter().take(n_bytes));
    }
    Some(out)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_payload_is_cut_out_of_its_script() {
        let cut = |text: &str| from_script(text.as_bytes(), "stats-1");
        assert_eq!(cut("covatlas(\"stats-1\",\"H4sI\");\n"), Some(vec![0x1f, 0x8b, 8]));
        assert_eq!(cut("covatlas(\"stats-1\",\"H4s=\");"), Some(vec![0x1f, 0x8b]));
        assert_eq!(cut("covatlas(\"stats-1\",\"\");"), Some(vec![]));
        for other in [
            "",
            "<!doctype html>",
            "covatlas(\"stats-2\",\"H4sI\");",
            "covatlas(\"stats-1\",\"H4sI",
            "covatlas(\"stats-1\",\"H4sI\");alert(1);",
            "covatlas(\"stats-1\",\"H4s\");",
            "covatlas(\"stats-1\",\"H4s*\");",
            "covatlas(\"stats-1\",\"=H4s\");",
            "covatlas(\"stats-1\",\"====\");",
        ] {
            assert_eq!(cut(other), None, "{other}");
        }
    }

    #[test]
    fn known_base64() {
        assert_eq!(from_base64(b"Zm9vYmE="), Some(b"fooba".to_vec()));
        assert_eq!(from_base64(b"+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    proptest! {
        #[test]
        fn any_text_decodes_to_no_more_than_its_size(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = from_script(&text, "x");
            if let Some(bytes) = from_base64(&text) {
                prop_assert!(bytes.len() <= text.len());
            }
        }
    }
}
