//! Where the words of a search stand in a name, and how well.

/// How well a word fits a name; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is the whole name, a whole method or a whole last part of a path: `Drain` of
    /// `*Daemon.Drain`.
    Whole,
    /// A part of the name starts with it: `drain` of `drain_controller.go`.
    Start,
    /// A word within a part starts with it: `Drain` of `performDrain`.
    Word,
    /// It stands somewhere else.
    Inside,
    /// It is not there.
    Absent,
}

/// The words of a query, in lower case.
pub fn words_of(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_ascii_lowercase).collect()
}

/// How well `word`, which is in lower case, fits a name.
pub fn fit(name: &str, word: &str) -> Fit {
    let name = name.as_bytes();
    let Some((&first, _)) = word.as_bytes().split_first() else { return Fit::Start };
    let upper = first.to_ascii_uppercase();
    let mut best = Fit::Absent;
    let mut from = 0;
    while let Some(rest) = name.get(from..)
        && let Some(found) = rest.iter().position(|b| *b == first || *b == upper)
    {
        let at = from.saturating_add(found);
        from = at.saturating_add(1);
        let end = at.saturating_add(word.len());
        if name.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes())) {
            best = best.min(fit_at(name, at, end));
            if best == Fit::Whole {
                break;
            }
        }
    }
    best
}

/// How well what stands at `at..end` fits.
fn fit_at(name: &[u8], at: usize, end: usize) -> Fit {
    let before = at.checked_sub(1).and_then(|before| name.get(before));
    let is_start = before.is_none_or(|b| !is_letter(*b));
    let is_last = before.is_none_or(|b| matches!(b, b'.' | b'/' | b'*')) && end == name.len();
    match (is_start, before, name.get(at)) {
        _ if is_last => Fit::Whole,
        (true, ..) => Fit::Start,
        (_, Some(before), Some(first))
            if !before.is_ascii_uppercase() && first.is_ascii_uppercase() =>
        {
            Fit::Word
        }
        _ => Fit::Inside,
    }
}

/// Letters, digits, and parts of letters beyond ASCII.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The parts of a name and whether each is one of the words; side by side they are the name.
pub fn marked<'a>(name: &'a str, words: &[String]) -> Vec<(&'a str, bool)> {
    let mut parts = Vec::new();
    let (mut done, mut at) = (0, 0);
    while at < name.len() {
        let here = |word: &&String| {
            let end = at.saturating_add(word.len());
            name.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word))
        };
        let longest = words.iter().filter(here).map(String::len).max().unwrap_or(0);
        if longest == 0 {
            at = at.saturating_add(1);
            continue;
        }
        let end = at.saturating_add(longest);
        parts.extend(name.get(done..at).filter(|plain| !plain.is_empty()).map(|p| (p, false)));
        parts.extend(name.get(at..end).map(|word| (word, true)));
        (done, at) = (end, end);
    }
    parts.extend(name.get(done..).filter(|plain| !plain.is_empty()).map(|p| (p, false)));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        Fit::{Absent, Inside, Start, Whole, Word},
        *,
    };

    #[test]
    fn whole_parts_fit_best_then_starts_then_words() {
        let fits = |word| {
            ["Drain", "*Daemon.Drain", "drain_controller.go", "performDrain", "undrained", "x"]
                .map(|name| fit(name, word))
        };
        assert_eq!(fits("drain"), [Whole, Whole, Start, Word, Inside, Absent]);
        assert_eq!(fit("node-drain", "drain"), Start);
        assert_eq!(fit("drainDrain", "drain"), Start, "the best place counts");
        assert_eq!(fit("HTTPServer", "server"), Inside, "within capitals nobody knows");
        assert_eq!(fit("a", ""), Start);
    }

    #[test]
    fn words_are_marked() {
        let words = words_of(" Dr Drain ");
        assert_eq!(words, ["dr", "drain"]);
        let parts = marked("reDrain_drX", &words);
        assert_eq!(
            parts,
            [("re", false), ("Drain", true), ("_", false), ("dr", true), ("X", false)]
        );
    }

    proptest! {
        #[test]
        fn a_word_fits_what_holds_it(name in "[aAbB.é]{0,8}", word in "[abé]{1,3}") {
            let holds = name.to_ascii_lowercase().contains(&word);
            prop_assert_eq!(fit(&name, &word) != Absent, holds);
            let parts = marked(&name, std::slice::from_ref(&word));
            let whole: String = parts.iter().map(|(part, _)| *part).collect();
            prop_assert_eq!(&whole, &name);
            prop_assert_eq!(parts.iter().any(|(_, is_word)| *is_word), holds);
        }
    }
}
