//! Find within a file: the browser's own search sees only the lines that are on screen.

use std::ops::Range;

use covatlas_shared::annotate::Lines;

/// The most matches that are looked for.
pub const MAX_MATCHES: usize = 10_000;

/// A place where the text stands that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Line, from 1.
    pub line: usize,
    /// Bytes of the line.
    pub bytes: Range<usize>,
}

/// All places where `needle` stands, without regard to the case of ASCII letters; in order, never
/// overlapping, at most [`MAX_MATCHES`]. An empty needle stands nowhere.
pub fn find(text: &Lines, needle: &str) -> Vec<Match> {
    let needle = needle.to_ascii_lowercase().into_bytes();
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    for line in 1..=text.len() {
        let mut at = 0;
        while let Some(start) = text.line(line).get(at..).and_then(|rest| position(rest, &needle)) {
            let start = at.saturating_add(start);
            at = start.saturating_add(needle.len());
            found.push(Match { line, bytes: start..at });
            if found.len() == MAX_MATCHES {
                return found;
            }
        }
    }
    found
}

/// Where `needle` (lower case) first stands in `line`.
fn position(line: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        let skip = rest.iter().position(|b| b.to_ascii_lowercase() == first)?;
        let start = at.saturating_add(skip);
        let end = start.saturating_add(needle.len());
        if line.get(start..end)?.eq_ignore_ascii_case(needle) {
            return Some(start);
        }
        at = start.saturating_add(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_in_order_and_do_not_overlap() {
        let text = Lines::new(b"aAa aa\n\nxAA\xff".to_vec());
        let found: Vec<_> = find(&text, "aA").into_iter().map(|m| (m.line, m.bytes)).collect();
        assert_eq!(found, [(1, 0..2), (1, 4..6), (3, 1..3)]);
        assert!(find(&text, "").is_empty());
        assert!(find(&text, "aaaaaaaaaaaaaa").is_empty());
    }

    #[test]
    fn a_file_full_of_matches_is_cut() {
        let text = Lines::new(vec![b'a'; MAX_MATCHES + 5]);
        assert_eq!(find(&text, "A").len(), MAX_MATCHES);
    }
}
