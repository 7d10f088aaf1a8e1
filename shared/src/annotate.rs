//! Source text and units to coloured lines.
//!
//! A unit touches a line when its range holds a non-blank byte there. The count of a line is the
//! largest over the touching units with statements; the line is partly covered when some of them
//! ran and some did not. Where ranges overlap, the unit that starts last colours the bytes.

use std::ops::Range;

use crate::source::Unit;

/// What ran of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineState {
    /// No unit touches the line.
    #[default]
    NoCode,
    /// Every touching unit ran.
    Ran,
    /// No touching unit ran.
    Never,
    /// Some touching units ran and some did not.
    Partly,
}

/// One line: what ran of it and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What ran.
    pub state: LineState,
    /// The largest count of the touching units.
    pub count: u32,
}

/// Part of a line that belongs to one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Bytes of the line, from 0; never empty, within the line.
    pub bytes: Range<usize>,
    /// Position of the unit.
    pub unit: usize,
}

/// A text cut into lines. A line does not hold its `\n` nor a `\r` before it.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    text: Vec<u8>,
    starts: Vec<usize>,
}

impl Lines {
    /// Cuts `text` into lines; a last line without `\n` counts, an empty one behind it does not.
    pub fn new(text: Vec<u8>) -> Self {
        let mut starts = vec![0];
        starts.extend(text.iter().enumerate().filter(|&(_, &b)| b == b'\n').map(|(i, _)| i + 1));
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Self { text, starts }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The bytes of a line, counted from 1; empty when there is no such line.
    pub fn line(&self, number: usize) -> &[u8] {
        let Some(&start) = number.checked_sub(1).and_then(|i| self.starts.get(i)) else {
            return &[];
        };
        let end = self.starts.get(number).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// Lines of a file with what ran of them.
#[derive(Clone, Debug, Default)]
pub struct Annotated {
    lines: Vec<Line>,
    units: Vec<Unit>,
    /// For each unit the largest end line of it and all before it: bounds the search for units
    /// that reach into a line.
    reach: Vec<u32>,
}

/// The most (unit, line) pairs that are looked at for one file. Go's units hardly overlap, so that
/// their lines add up to about the lines of the file; only a hostile file comes near this.
const MAX_TOUCHES: usize = 16_000_000;

impl Annotated {
    /// Colours `text` by `units` (sorted by start line) and their `counts`.
    ///
    /// A unit without a count counts as 0. Ranges beyond the text are clipped.
    pub fn new(text: &Lines, units: &[Unit], counts: &[u32]) -> Self {
        let mut lines = vec![Line::default(); text.len()];
        let blank: Vec<bool> = (1..=text.len()).map(|n| is_blank(text.line(n))).collect();
        let mut touches = 0_usize;
        for (idx, unit) in units.iter().enumerate().filter(|(_, u)| u.statements > 0) {
            let count = counts.get(idx).copied().unwrap_or(0);
            let last = index(unit.end_line).min(text.len());
            for number in index(unit.start_line).max(1)..=last {
                touches = touches.saturating_add(1);
                if touches > MAX_TOUCHES {
                    break;
                }
                let is_blank = blank.get(number.saturating_sub(1)).copied().unwrap_or(true);
                if touches_line(text, is_blank, unit, number)
                    && let Some(line) = lines.get_mut(number.saturating_sub(1))
                {
                    line.add(count);
                }
            }
        }
        let mut furthest = 0;
        let reach = units.iter().map(|u| {
            furthest = furthest.max(u.end_line);
            furthest
        });
        Self { reach: reach.collect(), lines, units: units.to_vec() }
    }

    /// All lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The parts of a line (counted from 1) that belong to units, in order, without overlap.
    pub fn spans(&self, text: &Lines, number: usize) -> Vec<Span> {
        let bytes = text.line(number);
        let mut spans: Vec<Span> = Vec::new();
        for unit in self.units_on(number) {
            let Some(range) = self.units.get(unit).map(|u| range_on(u, number, bytes)) else {
                continue;
            };
            if !range.is_empty() {
                paint(&mut spans, Span { bytes: range, unit });
            }
        }
        spans
    }

    /// Positions of the units whose lines include `number`, in order.
    pub fn units_on(&self, number: usize) -> Vec<usize> {
        let end = self.units.partition_point(|u| index(u.start_line) <= number);
        let candidates = self.units.iter().zip(&self.reach).enumerate().take(end).rev();
        let mut found: Vec<usize> = candidates
            .take_while(|(_, (_, reach))| index(**reach) >= number)
            .filter(|(_, (u, _))| index(u.end_line) >= number)
            .map(|(i, _)| i)
            .collect();
        found.reverse();
        found
    }

    /// Positions of the units with statements that touch a line (counted from 1) of `text`, in
    /// order: those whose counts make the line's.
    pub fn touching(&self, text: &Lines, number: usize) -> Vec<usize> {
        let blank = is_blank(text.line(number));
        let touches = |unit: &Unit| unit.statements > 0 && touches_line(text, blank, unit, number);
        let mut found = self.units_on(number);
        found.retain(|&at| self.units.get(at).is_some_and(touches));
        found
    }
}

impl Line {
    /// Adds a touching unit.
    fn add(&mut self, count: u32) {
        self.state = match (self.state, count > 0) {
            (LineState::NoCode | LineState::Ran, true) => LineState::Ran,
            (LineState::NoCode | LineState::Never, false) => LineState::Never,
            _ => LineState::Partly,
        };
        self.count = self.count.max(count);
    }
}

/// Lays `span` over what is already there: the later unit wins.
fn paint(spans: &mut Vec<Span>, span: Span) {
    let overlap = spans.iter().any(|s| s.bytes.end > span.bytes.start);
    if overlap {
        let old = std::mem::take(spans);
        for s in old {
            let left = s.bytes.start..s.bytes.end.min(span.bytes.start);
            let right = s.bytes.start.max(span.bytes.end)..s.bytes.end;
            let parts = [left, right].into_iter().filter(|r| !r.is_empty());
            spans.extend(parts.map(|bytes| Span { bytes, unit: s.unit }));
        }
    }
    let at = spans.partition_point(|s| s.bytes.start < span.bytes.start);
    spans.insert(at, span);
}

/// The bytes of a line that lie in the range of `unit`.
fn range_on(unit: &Unit, number: usize, line: &[u8]) -> Range<usize> {
    let start = if index(unit.start_line) == number { column(unit.start_col) } else { 0 };
    let end = if index(unit.end_line) == number { column(unit.end_col) } else { line.len() };
    // Indentation belongs to no unit: it would only widen the colour.
    let indent = line.iter().take_while(|b| b.is_ascii_whitespace()).count();
    start.max(indent)..end.min(line.len())
}

/// Whether the range of `unit` holds a non-blank byte of the line; `blank`: the line has none.
fn touches_line(text: &Lines, blank: bool, unit: &Unit, number: usize) -> bool {
    if blank {
        return false;
    }
    if index(unit.start_line) < number && number < index(unit.end_line) {
        return true;
    }
    let line = text.line(number);
    line.get(range_on(unit, number, line)).is_some_and(|bytes| !is_blank(bytes))
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// A line number as `usize`.
fn index(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}

/// A column, counted from 1, as an offset; column 0 means the start of the line.
fn column(col: u32) -> usize {
    index(col.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn unit(start: (u32, u32), end: (u32, u32), statements: u32) -> Unit {
        Unit {
            start_line: start.0,
            start_col: start.1,
            end_line: end.0,
            end_col: end.1,
            statements,
        }
    }

    const TEXT: &str = "func f() {\n\tif a { b() }\n\n\tc()\n}\n";

    fn annotated(counts: &[u32]) -> (Lines, Annotated) {
        let text = Lines::new(TEXT.into());
        // As Go 1.26 writes them: the body up to the `{` of the `if`, the rest, the inner body.
        let units = [unit((1, 11), (2, 7), 1), unit((2, 7), (2, 14), 1), unit((4, 2), (4, 5), 1)];
        let annotated = Annotated::new(&text, &units, counts);
        (text, annotated)
    }

    #[test]
    fn a_line_with_ran_and_never_ran_units_is_partly() {
        let (_, a) = annotated(&[5, 0, 3]);
        let states: Vec<_> = a.lines().iter().map(|l| (l.state, l.count)).collect();
        assert_eq!(
            states,
            [
                (LineState::NoCode, 0), // the unit starts behind the last byte of the line
                (LineState::Partly, 5),
                (LineState::NoCode, 0),
                (LineState::Ran, 3),
                (LineState::NoCode, 0),
            ]
        );
    }

    #[test]
    fn spans_are_exact_to_the_byte() {
        let (text, a) = annotated(&[5, 0, 3]);
        assert_eq!(
            a.spans(&text, 2),
            [Span { bytes: 1..6, unit: 0 }, Span { bytes: 6..13, unit: 1 }]
        );
    }

    #[test]
    fn the_inner_unit_wins_where_ranges_overlap() {
        let text = Lines::new(b"aaaa bbbb cccc".to_vec());
        let units = [unit((1, 1), (1, 15), 1), unit((1, 6), (1, 10), 1)];
        let a = Annotated::new(&text, &units, &[1, 0]);
        let spans: Vec<_> = a.spans(&text, 1).into_iter().map(|s| (s.bytes, s.unit)).collect();
        assert_eq!(spans, [(0..5, 0), (5..9, 1), (9..14, 0)]);
    }

    #[test]
    fn units_without_statements_do_not_colour_a_line() {
        let text = Lines::new(b"func f() {}\n".to_vec());
        let a = Annotated::new(&text, &[unit((1, 11), (1, 12), 0)], &[0]);
        assert_eq!(a.lines()[0].state, LineState::NoCode);
    }

    #[test]
    fn a_unit_that_ends_on_the_first_column_does_not_touch_that_line() {
        let text = Lines::new(b"a()\nb()\n".to_vec());
        let a = Annotated::new(&text, &[unit((1, 1), (2, 1), 1)], &[1]);
        assert_eq!(a.lines()[1].state, LineState::NoCode);
    }

    proptest! {
        #[test]
        fn hostile_units_never_panic_and_spans_stay_in_their_line(
            text in vec(prop_oneof![Just(b'\n'), Just(b' '), any::<u8>()], 0..80),
            raw in vec((any::<[u8; 5]>(), any::<bool>()), 0..12),
        ) {
            let text = Lines::new(text);
            let mut units: Vec<Unit> = raw.iter().map(|([a, b, c, d, s], far)| {
                let wide = if *far { u32::MAX } else { u32::from(*b % 12) };
                unit((u32::from(*a % 12), u32::from(*c % 20)), (wide, u32::from(*d % 20)), u32::from(*s % 2))
            }).collect();
            units.sort_unstable();
            let a = Annotated::new(&text, &units, &[1, 0, 1]);
            for (line, number) in a.lines().iter().zip(1..) {
                let touching = a.touching(&text, number);
                prop_assert_eq!(line.state == LineState::NoCode, touching.is_empty());
                let count = |at: &usize| [1, 0, 1].get(*at).copied().unwrap_or(0);
                prop_assert_eq!(line.count, touching.iter().map(count).max().unwrap_or(0));
            }
            for number in 0..=text.len() + 1 {
                let mut end = 0;
                for span in a.spans(&text, number) {
                    prop_assert!(span.bytes.start >= end && !span.bytes.is_empty());
                    end = span.bytes.end;
                }
                prop_assert!(end <= text.line(number).len());
            }
        }
    }
}
