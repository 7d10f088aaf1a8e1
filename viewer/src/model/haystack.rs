//! Words in the texts of many rows: what a filter looks for at every keystroke.

/// The texts of rows, one behind the other in one string, so that looking through all of them is one
/// pass over memory.
#[derive(Clone, Debug, Default)]
pub struct Haystack {
    text: String,
    /// For each row where its text ends.
    ends: Vec<usize>,
}

impl Haystack {
    /// Adds a text to the row that comes next. A line feed follows it, so that no word matches over
    /// the border of two.
    pub fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Ends a row.
    pub fn end_row(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Whether the row at a position holds `word`, letter for letter; `false` where there is no row.
    pub fn holds(&self, row: usize, word: &str) -> bool {
        let end = |row: usize| self.ends.get(row).copied();
        let start = row.checked_sub(1).map_or(Some(0), end);
        let text = start.zip(end(row)).and_then(|(a, b)| self.text.as_bytes().get(a..b));
        text.is_some_and(|text| holds(text, word))
    }
}

/// Whether `text` holds `word`. For short texts: the standard library's search prepares itself for
/// long ones, which takes longer than this.
pub(super) fn holds(mut text: &[u8], word: &str) -> bool {
    let Some((first, rest)) = word.as_bytes().split_first() else { return true };
    while let Some(at) = text.iter().position(|byte| byte == first) {
        text = text.get(at.saturating_add(1)..).unwrap_or_default();
        if text.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_and_texts_do_not_run_into_each_other() {
        let mut all = Haystack::default();
        for row in [&["ab", "cd"][..], &[], &["bc"]] {
            for text in row {
                all.add(text);
            }
            all.end_row();
        }
        let rows = |word| [0, 1, 2, 3].map(|row| all.holds(row, word));
        assert_eq!(rows("b"), [true, false, true, false]);
        assert_eq!(rows("bc"), [false, false, true, false]);
        assert_eq!(rows("cd"), [true, false, false, false]);
        assert_eq!(rows(""), [true, true, true, false]);
    }

    proptest! {
        #[test]
        fn words_are_found_as_the_standard_library_finds_them(text in "[abé]{0,12}", word in "[abé]{0,4}") {
            prop_assert_eq!(holds(text.as_bytes(), &word), text.contains(&word));
        }
    }
}
