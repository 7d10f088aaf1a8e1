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

/// What units do to a line: whether some of them ran, and some not.
#[derive(Clone, Copy, Debug, Default)]
struct Does {
    ran: bool,
    never: bool,
}

impl Does {
    fn add(&mut self, count: u64) {
        self.ran |= count > 0;
        self.never |= count == 0;
    }
}

/// The states of all lines, from units as `12.2,14.11` with their statements and counts.
///
/// A unit touches a line when its range holds a byte there that is not blank; units without
/// statements touch nothing. Braces and comments alone make no line partly.
pub fn states(text: &str, units: &BTreeMap<&str, (u64, u64)>) -> Vec<State> {
    let state = |(at, line): (usize, &str)| {
        let (mut touched, mut code, mut largest) = (Does::default(), Does::default(), 0);
        for (range, (_, count)) in units.iter().filter(|(_, (statements, _))| *statements > 0) {
            let part = part_of_line(range, at + 1, line);
            if part.iter().any(|byte| !b" \t".contains(byte)) {
                touched.add(*count);
                largest = largest.max(*count);
            }
            let uncommented = part_of_line(range, at + 1, without_comment(line));
            if uncommented.iter().any(|byte| !b" \t{}".contains(byte)) {
                code.add(*count);
            }
        }
        match (touched, code) {
            (Does { ran: false, never: false }, _) => None,
            (Does { ran: true, never: true }, Does { ran: true, never: true }) => {
                Some(('p', largest))
            }
            (Does { ran: true, never: true }, Does { ran: false, never: true }) => Some(('u', 0)),
            (Does { ran: true, .. }, _) => Some(('c', largest)),
            (Does { ran: false, .. }, _) => Some(('u', 0)),
        }
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

/// The line up to a comment; in the sample no string has a blank and two slashes in it.
fn without_comment(line: &str) -> &str {
    let comment =
        if line.starts_with("//") { Some(0) } else { line.find("\t//").or(line.find(" //")) };
    &line[..comment.unwrap_or(line.len())]
}
