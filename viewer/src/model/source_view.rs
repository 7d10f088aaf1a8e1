//! A source file as it is shown: lines, tints, colours, places that never ran, minimap.
//!
//! Everything about a whole file is computed once; the pieces of a line only for the lines that
//! are on screen.

use std::{ops::Range, rc::Rc};

use covatlas_shared::{
    annotate::{Annotated, Line, LineState, Lines},
    source::Unit,
};

use super::{
    format::count,
    golang::{Class, Outline, Token},
    source_find::Match,
    source_pieces::{Pieces, Run, Tint},
    source_text::boundary,
};
use crate::route::LineRange;

/// The most bytes of one line that are shown.
pub const MAX_LINE: usize = 4_000;

/// The most coloured pieces of a line, on average over the lines that are asked for together. Keeps
/// a page of numbers, each of which is a piece, below the limit of nodes: its lines then give up
/// their syntax colours, never their text.
const MAX_RUNS: usize = 20;

/// The most units of one line that are told apart on it. Lines of people have a handful.
const MAX_UNITS: usize = 1_000;

/// A text that is cut into lines and looked through, but not yet counted. Shared by the views of
/// different counts.
#[derive(Debug, Default)]
pub struct Text {
    lines: Lines,
    /// How to colour it; `None` for a text that is no Go.
    outline: Option<Outline>,
    width: usize,
}

impl Text {
    /// Cuts Go text into lines and looks once at every byte.
    pub fn new(text: Vec<u8>) -> Self {
        let lines = Lines::new(text);
        let width = (1..=lines.len()).map(|n| columns(lines.line(n))).max().unwrap_or(0);
        Self { outline: Some(Outline::new(&lines)), lines, width }
    }

    /// Columns of the longest line, as far as it is shown.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The tokens of the first `shown` bytes of a line; one for all where there are no colours.
    fn tokens(&self, number: usize, shown: &[u8]) -> Vec<Token> {
        match &self.outline {
            Some(outline) => outline.tokens(shown, outline.state(number)),
            None => vec![Token { end: shown.len(), class: Class::Plain }],
        }
    }

    /// The lines.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }
}

/// A line as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its place in the view, from 1.
    pub number: usize,
    /// The line in the file, from 1.
    pub label: u32,
    /// What ran of it.
    pub line: Line,
    /// The pieces, in order.
    pub runs: Vec<Run>,
    /// Bytes at the end of the line that are not shown.
    pub n_cut: usize,
}

/// How many lines did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that ran.
    pub ran: usize,
    /// Lines that never ran.
    pub never: usize,
    /// Lines that ran partly.
    pub partly: usize,
}

impl Tally {
    fn of(lines: &[Line]) -> Self {
        let mut tally = Self::default();
        for line in lines {
            match line.state {
                LineState::NoCode => {}
                LineState::Ran => tally.ran += 1,
                LineState::Never => tally.never += 1,
                LineState::Partly => tally.partly += 1,
            }
        }
        tally
    }
}

/// A rectangle of the minimap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its first line, from 0.
    pub start: usize,
    /// Its height in lines.
    pub len: usize,
    /// Whether no fewer of its lines never ran than ran partly.
    pub is_never: bool,
    /// How much of its code never ran or ran partly: lines in tenths, 1 to 10, rounded up. A mark
    /// of a long file stands for many lines, some of which ran.
    pub tenths: usize,
}

/// A file with one set of counts.
#[derive(Debug, Default)]
pub struct SourceView {
    text: Rc<Text>,
    annotated: Annotated,
    /// For each unit what its bytes do on a line that ran partly.
    tints: Vec<Tint>,
    places: Vec<Range<usize>>,
    /// The units of the file with their counts.
    units: Vec<(Unit, u32)>,
    /// For each row its line in the file, ascending; empty when each row is its line.
    labels: Vec<u32>,
}

impl SourceView {
    /// Colours `text` by `units` (sorted) and their `counts`.
    pub fn new(text: Rc<Text>, units: &[Unit], counts: &[u32]) -> Self {
        let annotated = Annotated::new(&text.lines, units, counts);
        let tint = |(i, unit): (usize, &Unit)| match counts.get(i) {
            _ if unit.statements == 0 => Tint::None,
            Some(&count) if count > 0 => Tint::Ran,
            _ => Tint::Never,
        };
        let tints = units.iter().enumerate().map(tint).collect();
        let (places, labels) = (Vec::new(), Vec::new());
        let units = counted(units, counts);
        let mut view = Self { text, annotated, tints, places, units, labels };
        view.places = view.find_places();
        view
    }

    /// One row for each unit of a file whose text is not known: its place and its statements.
    pub fn of_units(units: &[Unit], counts: &[u32]) -> Self {
        let own = counted(units, counts);
        let labels = units.iter().map(|u| u.start_line).collect();
        let row = |(u, number): (&Unit, u32)| {
            let text = format!(
                "{}:{} to {}:{} \u{b7} {}\n",
                u.start_line,
                u.start_col,
                u.end_line,
                u.end_col,
                count(u.statements.into(), "statement")
            );
            let (line, end_col) = (number, u32::MAX);
            let unit = Unit { start_line: line, end_line: line, start_col: 1, end_col, ..*u };
            (text, unit)
        };
        let (rows, units): (Vec<String>, Vec<Unit>) = units.iter().zip(1..).map(row).unzip();
        let lines = Lines::new(rows.concat().into_bytes());
        let text = Text { lines, outline: None, width: 0 };
        Self { labels, units: own, ..Self::new(Rc::new(text), &units, counts) }
    }

    /// The line in the file of the row `number`; both from 1.
    pub fn label(&self, number: usize) -> u32 {
        let own = || u32::try_from(number).unwrap_or(u32::MAX);
        number.checked_sub(1).and_then(|i| self.labels.get(i)).copied().unwrap_or_else(own)
    }

    /// The first row that shows the line `label` of the file or what is behind it; both from 1.
    pub fn row_of(&self, label: u32) -> usize {
        let own = usize::try_from(label).unwrap_or(usize::MAX);
        let at = self.labels.partition_point(|l| *l < label).saturating_add(1);
        if self.labels.is_empty() { own } else { at }
    }

    /// The last line of the file, from 1; `None` when not lines but units are shown.
    pub fn last_line(&self) -> Option<u32> {
        self.labels.is_empty().then(|| self.label(self.len()))
    }

    /// Lines of the file.
    pub fn len(&self) -> usize {
        self.annotated.lines().len()
    }

    /// Whether the file has no line.
    pub fn is_empty(&self) -> bool {
        self.annotated.lines().is_empty()
    }

    /// The text.
    pub fn text(&self) -> &Rc<Text> {
        &self.text
    }

    /// What ran of the line `number`, from 1.
    pub fn line(&self, number: usize) -> Line {
        number
            .checked_sub(1)
            .and_then(|i| self.annotated.lines().get(i))
            .copied()
            .unwrap_or_default()
    }

    /// Positions of the units with statements that touch lines of the file, in order; none for
    /// lines that are no code.
    pub fn units_of(&self, lines: LineRange) -> Vec<usize> {
        let last = self.row_of(lines.last().saturating_add(1));
        let rows = self.row_of(lines.first())..last.min(self.len().saturating_add(1));
        let mut touches = vec![false; self.units.len()];
        for unit in rows.flat_map(|row| self.units_on(row)) {
            if let Some(touches) = touches.get_mut(unit) {
                *touches = true;
            }
        }
        touches.iter().enumerate().filter(|(_, touches)| **touches).map(|(unit, _)| unit).collect()
    }

    /// Positions of the units with statements that touch a row (from 1), in order.
    pub fn units_on(&self, row: usize) -> Vec<usize> {
        self.annotated.touching(&self.text.lines, row)
    }

    /// A unit, as it is in the file, and its count.
    pub fn unit(&self, position: usize) -> Option<(Unit, u32)> {
        self.units.get(position).copied()
    }

    /// How many lines did what.
    pub fn tally(&self) -> Tally {
        Tally::of(self.annotated.lines())
    }

    /// Where code never ran, in order: lines counted from 1 that belong together.
    pub fn places(&self) -> &[Range<usize>] {
        &self.places
    }

    /// The position of the first place behind line `number` (from 1; 0 for the first of all).
    pub fn place_after(&self, number: usize) -> Option<usize> {
        let at = self.places.partition_point(|p| p.start <= number);
        (at < self.places.len()).then_some(at)
    }

    /// The position of the last place that starts before line `number`.
    pub fn place_before(&self, number: usize) -> Option<usize> {
        self.places.partition_point(|p| p.start < number).checked_sub(1)
    }

    /// Marks of the lines that never ran or ran partly; at most `max` (not 0) of them.
    pub fn minimap(&self, max: usize) -> Vec<Mark> {
        let step = self.annotated.lines().len().div_ceil(max.max(1)).max(1);
        let mut marks: Vec<Mark> = Vec::new();
        for (i, lines) in self.annotated.lines().chunks(step).enumerate() {
            let Tally { ran, never, partly } = Tally::of(lines);
            let (odd, all) = (never + partly, ran + never + partly);
            if odd == 0 {
                continue;
            }
            let (start, len) = (i.saturating_mul(step), lines.len());
            let mark =
                Mark { start, len, is_never: never >= partly, tenths: (odd * 10).div_ceil(all) };
            match marks.last_mut() {
                Some(m)
                    if Mark { start: m.start, len: m.len, ..mark } == *m
                        && m.start.saturating_add(m.len) == start =>
                {
                    m.len = m.len.saturating_add(len);
                }
                _ => marks.push(mark),
            }
        }
        marks
    }

    /// The lines of `range` (from 1), as far as there are such lines; `matches` are marked.
    pub fn rows(&self, range: Range<usize>, matches: &[Match]) -> Vec<Row> {
        let range = range.start.max(1)..range.end.min(self.len().saturating_add(1));
        let budget = range.len().saturating_mul(MAX_RUNS);
        let rows: Vec<Row> =
            range.clone().map(|number| self.row(number, matches, usize::MAX)).collect();
        if rows.iter().map(|r| r.runs.len()).sum::<usize>() <= budget {
            return rows;
        }
        range.map(|number| self.row(number, matches, MAX_RUNS)).collect()
    }

    /// A line in which about `limit` pieces have syntax colours.
    fn row(&self, number: usize, matches: &[Match], limit: usize) -> Row {
        let all = self.text.lines.line(number);
        let shown = all.get(..boundary(all, MAX_LINE)).unwrap_or(all);
        let line = self.line(number);
        let pieces = Pieces {
            line: shown,
            tokens: self.text.tokens(number, shown),
            spans: self.tinted(number, line.state),
            matches: on_line(matches, number),
        };
        let label = self.label(number);
        Row {
            number,
            label,
            line,
            runs: pieces.runs(limit),
            n_cut: all.len().saturating_sub(shown.len()),
        }
    }

    /// The tinted ranges of a line that ran partly, in order; none on other lines.
    fn tinted(&self, number: usize, state: LineState) -> Vec<(Range<usize>, Tint)> {
        if state != LineState::Partly || self.annotated.units_on(number).len() > MAX_UNITS {
            return Vec::new();
        }
        let line = self.text.lines.line(number);
        let spans = self.annotated.spans(&self.text.lines, number).into_iter();
        spans
            .map(|s| {
                let tint = self.tints.get(s.unit).copied().unwrap_or_default();
                (boundary(line, s.bytes.start)..boundary(line, s.bytes.end), tint)
            })
            .filter(|(range, tint)| !range.is_empty() && *tint != Tint::None)
            .collect()
    }

    /// Lines without code inside a unit do not part a place; those between units do.
    fn find_places(&self) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let mut is_open = false;
        for (number, line) in (1_usize..).zip(self.annotated.lines()) {
            match line.state {
                LineState::Never | LineState::Partly => {
                    let end = number.saturating_add(1);
                    match places.last_mut() {
                        Some(place) if is_open => place.end = end,
                        _ => places.push(number..end),
                    }
                    is_open = true;
                }
                LineState::NoCode => {
                    is_open = is_open && !self.annotated.units_on(number).is_empty();
                }
                LineState::Ran => is_open = false,
            }
        }
        places
    }
}

/// Units with their counts; 0 where there is none.
fn counted(units: &[Unit], counts: &[u32]) -> Vec<(Unit, u32)> {
    let counts = counts.iter().copied().chain(std::iter::repeat(0));
    units.iter().copied().zip(counts).collect()
}

/// Columns of a line, as far as it is shown: a tab reaches to the next multiple of 4, bytes inside a
/// character count for nothing.
fn columns(line: &[u8]) -> usize {
    let column = |at: usize, b: &u8| match b {
        b'\t' => at / 4 * 4 + 4,
        b if b & 0xc0 == 0x80 => at,
        _ => at + 1,
    };
    line.iter().take(MAX_LINE).fold(0, column)
}

/// The matches on a line.
fn on_line(matches: &[Match], number: usize) -> &[Match] {
    let start = matches.partition_point(|m| m.line < number);
    let end = matches.partition_point(|m| m.line <= number);
    matches.get(start..end).unwrap_or_default()
}

#[cfg(test)]
#[path = "source_view_tests.rs"]
mod tests;
