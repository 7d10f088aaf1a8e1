//! What a reader must see beside each line of a source file, by Go's numbers and the rules of the
//! page.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::fixtures;

/// Of a line: `None` without code; else how many times at most a unit on it ran, and whether all
/// (`c`), none (`u`) or some (`p`) of them did.
pub type State = Option<(char, u64)>;

/// The source of a built path of the sample, when it is one of its two programs.
pub fn source(path: &str) -> Option<String> {
    let src = fixtures::small().join("src");
    let file: PathBuf = match path.strip_prefix("example.com/ocp/") {
        Some(rest) => src.join(rest),
        None => src.join(path.strip_prefix("example.com/")?),
    };
    fs::read_to_string(file).ok()
}

/// The states of all lines, from units as `12.2,14.11` with their statements and counts.
///
/// A unit touches a line when its range holds a byte there that is not blank; units without
/// statements touch nothing.
pub fn states(text: &str, units: &BTreeMap<&str, (u64, u64)>) -> Vec<State> {
    let state = |(at, line): (usize, &str)| {
        let is_code = |range| part_of_line(range, at + 1, line).iter().any(|b| !b" \t".contains(b));
        let touching = units.iter().filter(|(range, (n, _))| *n > 0 && is_code(range));
        let counts: Vec<u64> = touching.map(|(_, (_, count))| *count).collect();
        let largest = *counts.iter().max()?;
        let class = match counts.contains(&0) {
            true if largest > 0 => 'p',
            true => 'u',
            false => 'c',
        };
        Some((class, largest))
    };
    text.lines().enumerate().map(state).collect()
}

/// The bytes of a line that lie in a range.
fn part_of_line<'a>(range: &str, number: usize, line: &'a str) -> &'a [u8] {
    let numbers: Vec<usize> = range.split(['.', ',']).map(|n| n.parse().unwrap()).collect();
    let [first, start, last, end] = numbers[..] else { panic!("{range}") };
    if !(first..=last).contains(&number) {
        return &[];
    }
    let from = if number == first { start - 1 } else { 0 };
    let to = if number == last { end - 1 } else { line.len() };
    line.as_bytes().get(from..to.min(line.len())).unwrap_or_default()
}
