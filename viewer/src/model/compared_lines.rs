//! A file on both sides, line by line.

use std::{ops::Range, rc::Rc};

use covatlas_shared::{
    lines::{LineCounts, LineHunk},
    source::Unit,
};

use super::{
    compare::Only,
    source_view::{SourceView, Text},
};
use crate::route::LineRange;

/// What happened to a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// It is no code.
    #[default]
    NoCode,
    /// All of it ran before and runs now.
    Kept,
    /// Some of it runs now and did not before.
    New,
    /// Some of it ran before and does not now.
    Lost,
    /// Some of it runs now and did not, other code of it the other way round.
    Both,
    /// Some of it ran neither before nor now, and nothing else changed.
    Still,
    /// It, or code that it belongs to, was not there before.
    Other,
}

/// One line on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComparedLine {
    /// What happened.
    pub change: Change,
    /// The largest count of its code before; `None` where nothing of it was there.
    pub before: Option<u32>,
    /// The largest count now.
    pub after: u32,
    /// Whether the line itself is not in the text before.
    pub is_new_text: bool,
}

/// A file on both sides.
#[derive(Debug, Default)]
pub struct ComparedView {
    /// The file as it is now.
    pub view: Rc<SourceView>,
    lines: Vec<ComparedLine>,
    hunks: Vec<LineHunk>,
    /// Whether any of its code has a count of before.
    has_before: bool,
}

impl Change {
    /// Whether a line belongs to what is gone through.
    pub fn is(self, only: Only) -> bool {
        match only {
            Only::Changes => {
                matches!(self, Self::New | Self::Lost | Self::Both | Self::Other)
            }
            Only::New => matches!(self, Self::New | Self::Both),
            Only::Lost => matches!(self, Self::Lost | Self::Both),
            Only::Still => self == Self::Still,
            Only::Other => self == Self::Other,
        }
    }
}

impl ComparedView {
    /// Lays the counts of both sides on a text; without one each unit is a line.
    pub fn new(text: Option<Rc<Text>>, units: &[Unit], counts: &LineCounts) -> Self {
        let has_text = text.is_some();
        let view = match text {
            Some(text) => SourceView::new(text, units, &counts.after),
            None => SourceView::of_units(units, &counts.after),
        };
        let mut is_unmatched = vec![false; units.len()];
        for at in &counts.unmatched {
            let slot = usize::try_from(*at).ok().and_then(|at| is_unmatched.get_mut(at));
            if let Some(slot) = slot {
                *slot = true;
            }
        }
        let unit = |at: usize| {
            let count = |counts: &[u32]| counts.get(at).copied().unwrap_or(0);
            let is_known = is_unmatched.get(at) == Some(&false);
            (is_known.then(|| count(&counts.before)), count(&counts.after))
        };
        let hunks = if has_text { counts.hunks.clone() } else { Vec::new() };
        let line = |row: usize| {
            let units = view.units_on(row).into_iter().map(unit);
            let is_new_text = is_in(&hunks, row);
            ComparedLine { is_new_text, ..line_of(units) }
        };
        let lines = (1..=view.len()).map(line).collect();
        let has_before = is_unmatched.iter().any(|is_unmatched| !is_unmatched);
        Self { view: Rc::new(view), lines, hunks, has_before }
    }

    /// A line, from 1.
    pub fn line(&self, number: usize) -> ComparedLine {
        let at = number.checked_sub(1).and_then(|at| self.lines.get(at));
        at.copied().unwrap_or_default()
    }

    /// How many lines are to be gone through.
    pub fn count(&self, only: Only) -> usize {
        self.lines.iter().filter(|line| line.change.is(only)).count()
    }

    /// The rows, from 1, that belong together, in order. Lines that are no code do not part them.
    pub fn places(&self, only: Only) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let mut is_open = false;
        for (number, line) in (1_usize..).zip(&self.lines) {
            if line.change.is(only) {
                let end = number.saturating_add(1);
                match places.last_mut() {
                    Some(place) if is_open => place.end = end,
                    _ => places.push(number..end),
                }
                is_open = true;
            } else if line.change != Change::NoCode {
                is_open = false;
            }
        }
        places
    }

    /// The lines of a place.
    pub fn lines_of(&self, place: &Range<usize>) -> LineRange {
        LineRange::new(self.view.label(place.start), self.view.label(place.end.saturating_sub(1)))
    }

    /// Whether any of its code has a count of before.
    pub fn has_before(&self) -> bool {
        self.has_before
    }

    /// Lines that are not in the text before, and lines of that text that are gone.
    pub fn rewritten(&self) -> [u64; 2] {
        let len = |[start, end]: [u32; 2]| u64::from(end.saturating_sub(start));
        let sum = |side: fn(&LineHunk) -> [u32; 2]| self.hunks.iter().map(|h| len(side(h))).sum();
        [sum(|hunk| hunk.after), sum(|hunk| hunk.before)]
    }
}

/// What the code of a line comes to: for each unit its count before, if it was there, and now.
fn line_of(units: impl Iterator<Item = (Option<u32>, u32)>) -> ComparedLine {
    let mut line = ComparedLine::default();
    for (before, after) in units {
        let own = match (before, after) {
            (None, _) => Change::Other,
            (Some(0), 0) => Change::Still,
            (Some(0), _) => Change::New,
            (Some(_), 0) => Change::Lost,
            (Some(_), _) => Change::Kept,
        };
        line.change = worse(line.change, own);
        line.before = line.before.max(before);
        line.after = line.after.max(after);
    }
    line
}

/// Of two changes on a line the one to show.
fn worse(a: Change, b: Change) -> Change {
    let rank = |change| match change {
        Change::NoCode => 0,
        Change::Kept => 1,
        Change::Still => 2,
        Change::Other => 3,
        Change::New => 4,
        Change::Lost => 5,
        Change::Both => 6,
    };
    match (a, b) {
        (Change::New, Change::Lost) | (Change::Lost, Change::New) => Change::Both,
        _ if rank(a) >= rank(b) => a,
        _ => b,
    }
}

/// Whether a line, from 1, stands in a hunk.
fn is_in(hunks: &[LineHunk], row: usize) -> bool {
    let Some(line) = u32::try_from(row).ok().and_then(|row| row.checked_sub(1)) else {
        return false;
    };
    let at = hunks.partition_point(|hunk| hunk.after[1] <= line);
    hunks.get(at).is_some_and(|hunk| hunk.after[0] <= line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(line: u32, start_col: u32, end_col: u32) -> Unit {
        Unit { start_line: line, end_line: line, start_col, end_col, statements: 1 }
    }

    fn view(before: &[u32], after: &[u32], unmatched: &[u32]) -> ComparedView {
        let text = "a() b()\n\nc()\nd()\n";
        let units = [unit(1, 1, 4), unit(1, 5, 8), unit(3, 1, 4), unit(4, 1, 4)];
        let counts = LineCounts {
            before: before.into(),
            after: after.into(),
            unmatched: unmatched.into(),
            hunks: vec![LineHunk { before: [3, 5], after: [3, 4] }],
        };
        ComparedView::new(Some(Rc::new(Text::new(text.into()))), &units, &counts)
    }

    fn changes(view: &ComparedView) -> Vec<Change> {
        (1..=view.view.len()).map(|n| view.line(n).change).collect()
    }

    #[test]
    fn a_line_says_what_happened_to_its_code() {
        use Change::{Both, Kept, Lost, New, NoCode, Other, Still};
        let one = view(&[0, 7, 0, 2], &[3, 5, 0, 0], &[]);
        assert_eq!(changes(&one), [New, NoCode, Still, Lost]);
        assert_eq!((one.line(1).before, one.line(1).after), (Some(7), 5));
        assert_eq!((one.line(4).before, one.line(4).after), (Some(2), 0));
        let two = view(&[0, 7, 1, 0], &[3, 0, 1, 9], &[3]);
        assert_eq!(changes(&two), [Both, NoCode, Kept, Other]);
        assert_eq!((two.line(4).before, two.line(4).after), (None, 9));
        assert_eq!([3, 4].map(|n| two.line(n).is_new_text), [false, true]);
        assert_eq!((two.rewritten(), two.has_before()), ([1, 2], true));
        assert!(!view(&[0; 4], &[1; 4], &[0, 1, 2, 3]).has_before());
        assert_eq!(two.line(0), ComparedLine::default());
    }

    #[test]
    fn places_are_lines_of_one_kind_that_only_blanks_part() {
        let lost = view(&[1, 1, 1, 0], &[0, 0, 0, 0], &[]);
        assert_eq!(lost.places(Only::Lost).first(), Some(&(1..4)));
        assert_eq!(lost.lines_of(&(1..4)), LineRange::new(1, 3));
        assert_eq!(lost.places(Only::Still).first(), Some(&(4..5)));
        assert!(lost.places(Only::New).is_empty());
        let parted = view(&[0, 0, 1, 0], &[1, 1, 1, 1], &[]);
        assert_eq!(parted.places(Only::Changes), [1..2, 4..5]);
        assert_eq!([Only::New, Only::Lost].map(|only| parted.count(only)), [2, 0]);
    }

    #[test]
    fn units_stand_for_lines_of_a_file_without_text() {
        let counts = LineCounts {
            before: vec![0, 1],
            after: vec![4, 0],
            hunks: vec![LineHunk { before: [0, 9], after: [0, 9] }],
            ..LineCounts::default()
        };
        let view = ComparedView::new(None, &[unit(7, 1, 4), unit(9, 5, 8)], &counts);
        assert_eq!(changes(&view), [Change::New, Change::Lost]);
        assert_eq!(view.lines_of(&(2..3)), LineRange::new(9, 9));
        assert_eq!(view.rewritten(), [0, 0]);
    }
}
