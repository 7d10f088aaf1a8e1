//! Hostile bytes to text that can be shown.

/// The largest place at or before `at` that does not cut a character of `line` in two.
pub fn boundary(line: &[u8], at: usize) -> usize {
    if at >= line.len() {
        return line.len();
    }
    let is_inside = |i: &usize| line.get(*i).is_some_and(|b| b & 0xc0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|i| !is_inside(i)).unwrap_or(at)
}

/// `bytes` as text: what is not UTF-8 becomes U+FFFD, control characters become their pictures,
/// and characters that reorder the text around them become their numbers.
pub fn display(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if !text.chars().any(is_special) {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(c),
            '\u{0}'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('\u{2421}'),
            c if is_special(c) => {
                out.push('\u{27e8}');
                out.push_str(&c.escape_unicode().to_string());
                out.push('\u{27e9}');
            }
            c => out.push(c),
        }
    }
    out
}

/// Control characters except the tab, and those that change the direction of text.
fn is_special(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(display(b"a\tb\x00\x1b\x7f\xffc"), "a\tb\u{2400}\u{241b}\u{2421}\u{fffd}c");
        assert_eq!(display("a\u{202e}b".as_bytes()), "a\u{27e8}\\u{202e}\u{27e9}b");
    }

    #[test]
    fn a_cut_does_not_split_a_character() {
        assert_eq!(boundary("aüb".as_bytes(), 2), 1);
        assert_eq!(boundary("aüb".as_bytes(), 3), 3);
        assert_eq!(boundary(b"a", 9), 1);
        assert_eq!(boundary(b"\x80\x80\x80\x80\x80\x80", 4), 4);
    }

    proptest! {
        #[test]
        fn nothing_that_reorders_text_is_left(bytes in vec(any::<u8>(), 0..60), text in ".{0,20}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                prop_assert!(!display(bytes).chars().any(is_special));
            }
        }
    }
}
