//! Go's text profiles: what a collector leaves when the binary data is gone.
//!
//! The rules are those of `golang.org/x/tools/cover`: the first line names the mode, each other
//! line is split from the right, so that paths may hold blanks and colons.

use std::collections::BTreeMap;

use covdata::{MetaHash, Unit};
use thiserror::Error;

/// What a text profile begins with.
const HEAD: &[u8] = b"mode: ";

/// A text profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextProfile {
    mode: String,
    /// Units with their counts, by path; sorted, without duplicates.
    files: BTreeMap<String, BTreeMap<Unit, u32>>,
}

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Malformed: line {line}: {problem}")]
pub struct TextError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl TextProfile {
    /// Whether these bytes begin like a text profile.
    pub fn is_text(bytes: &[u8]) -> bool {
        bytes.starts_with(HEAD)
    }

    /// Reads a profile. Rows with one range are united: by or in mode `set`, else by sum.
    ///
    /// # Errors
    /// [`TextError`] names the first line that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, TextError> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = (1..).zip(text.lines());
        let mode = lines.next().and_then(|(_, line)| line.strip_prefix("mode: "));
        let mode = mode.filter(|mode| matches!(*mode, "set" | "count" | "atomic"));
        let mode = mode.ok_or(TextError { line: 1, problem: "no `mode: set|count|atomic`" })?;
        let mut files: BTreeMap<String, BTreeMap<Unit, u32>> = BTreeMap::new();
        for (line, row) in lines.filter(|(_, row)| !row.is_empty()) {
            let wrong = |problem| TextError { line, problem };
            let (path, unit, count) = parse_row(row).map_err(wrong)?;
            let counts = files.entry(path.to_owned()).or_default();
            let known = counts.entry(unit).or_insert(0);
            *known = if mode == "set" { *known | count } else { known.saturating_add(count) };
        }
        Ok(Self { mode: mode.to_owned(), files })
    }

    /// `set`, `count` or `atomic`.
    pub fn mode(&self) -> &str {
        &self.mode
    }

    /// Stands for the meta hash: a digest of paths and units, without counts.
    pub fn hash(&self) -> MetaHash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.mode.as_bytes());
        for (path, units) in &self.files {
            hasher.update(&path.len().to_le_bytes());
            hasher.update(path.as_bytes());
            for u in units.keys() {
                for number in [u.start_line, u.start_col, u.end_line, u.end_col, u.statements] {
                    hasher.update(&number.to_le_bytes());
                }
            }
        }
        let mut hash = [0; 16];
        hasher.finalize_xof().fill(&mut hash);
        MetaHash::from_bytes(hash)
    }

    /// How many units there are.
    pub fn n_units(&self) -> usize {
        self.files.values().map(BTreeMap::len).sum()
    }

    /// The counts of all units, file by file: the counter order of a text profile.
    pub fn counts(&self) -> Vec<u32> {
        self.files.values().flat_map(BTreeMap::values).copied().collect()
    }

    /// Files with their units and counts, sorted.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &BTreeMap<Unit, u32>)> {
        self.files.iter().map(|(path, units)| (path.as_str(), units))
    }
}

/// `path:line.col,line.col statements count`
fn parse_row(row: &str) -> Result<(&str, Unit, u32), &'static str> {
    let (rest, count) = row.rsplit_once(' ').ok_or("no count")?;
    let (rest, statements) = rest.rsplit_once(' ').ok_or("no number of statements")?;
    let (rest, end_col) = rest.rsplit_once('.').ok_or("no end column")?;
    let (rest, end_line) = rest.rsplit_once(',').ok_or("no end line")?;
    let (rest, start_col) = rest.rsplit_once('.').ok_or("no start column")?;
    let (path, start_line) = rest.rsplit_once(':').ok_or("no start line")?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| "not a number below 2^32");
    let unit = Unit {
        start_line: number(start_line)?,
        start_col: number(start_col)?,
        end_line: number(end_line)?,
        end_col: number(end_col)?,
        statements: number(statements)?,
    };
    // Counts may be sums of many processes, beyond what one process can count.
    let count = count.parse::<u64>().map_err(|_| "not a count")?;
    Ok((path, unit, u32::try_from(count).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_split_from_the_right_and_equal_ranges_united() {
        let text = "mode: count\nm/a b:c.go:1.2,3.4 5 4294967295\nm/a b:c.go:1.2,3.4 5 9\n";
        let profile = TextProfile::parse(text.as_bytes()).unwrap();
        let (path, units) = profile.files().next().unwrap();
        assert_eq!(path, "m/a b:c.go");
        assert_eq!(units.values().copied().collect::<Vec<_>>(), [u32::MAX]);
    }

    #[test]
    fn mistakes_name_the_line() {
        let err = |text: &str| TextProfile::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(err("a.go:1.1,2.2 1 1\n"), "Malformed: line 1: no `mode: set|count|atomic`");
        assert_eq!(err("mode: set\nmode: set\n"), "Malformed: line 2: no number of statements");
        assert_eq!(
            err("mode: set\na.go:1.1,2.x 1 1\n"),
            "Malformed: line 2: not a number below 2^32"
        );
    }

    #[test]
    fn counts_do_not_change_the_hash_and_units_do() {
        let hash = |text: &str| TextProfile::parse(text.as_bytes()).unwrap().hash();
        let one = hash("mode: set\na.go:1.1,2.2 1 0\n");
        assert_eq!(one, hash("mode: set\na.go:1.1,2.2 1 1\n"));
        assert_ne!(one, hash("mode: set\na.go:1.1,2.2 2 0\n"));
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in "(mode: set\n)?[a-z:.,0-9 \n]{0,80}") {
            let _ = TextProfile::parse(text.as_bytes());
        }
    }
}
