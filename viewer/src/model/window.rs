//! Which rows of a long list are drawn.

use std::ops::Range;

/// The most rows that are ever drawn, however tall the screen is.
pub const MAX_ROWS: usize = 90;
/// Rows drawn above and below what can be seen. Most of the time that filtering and sorting take goes
/// into drawing rows, so that each one counts.
const SPARE: usize = 4;
/// The window moves in steps of so many rows, so that most scroll events change nothing.
const STEP: usize = 4;

/// The most rows that are printed.
const MAX_PRINTED: usize = 1000;

/// A list of rows of one height, with at most one taller piece between two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows {
    /// How many rows there are.
    pub n_rows: usize,
    /// Height of a row in CSS pixels.
    pub height: f64,
    /// A piece behind the row of this index, and its height in CSS pixels.
    pub detail: Option<(usize, f64)>,
}

/// What of a list is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// Positions of the drawn rows.
    pub rows: Range<usize>,
    /// Height of all that stands above them, in CSS pixels.
    pub before: f64,
    /// Height of all that stands below them, in CSS pixels.
    pub after: f64,
    /// How many rows are not even scrolled to, on paper.
    pub left_out: usize,
}

impl Rows {
    /// Height of the whole list in CSS pixels.
    pub fn total(&self) -> f64 {
        self.offset(self.n_rows)
    }

    /// Where a row starts, in CSS pixels from the start of the list.
    pub fn offset(&self, idx: usize) -> f64 {
        let detail = self.detail.filter(|(at, _)| *at < idx).map_or(0.0, |(_, height)| height);
        float(idx.min(self.n_rows)) * self.height + detail
    }

    /// The window for a list of which `top` pixels have scrolled out of a view of `view` pixels.
    pub fn window(&self, top: f64, view: f64) -> Window {
        let first = self.row_at(top);
        let first = first.saturating_sub(SPARE) / STEP * STEP;
        let wanted = self.row_at(top + view.max(0.0)).saturating_add(SPARE + 1);
        let last = wanted.div_ceil(STEP).saturating_mul(STEP);
        let last = last.min(first.saturating_add(MAX_ROWS)).min(self.n_rows);
        self.around(first.min(last)..last)
    }

    /// The window that draws `rows`, cut to the rows that there are.
    pub fn around(&self, rows: Range<usize>) -> Window {
        let end = rows.end.min(self.n_rows);
        let rows = rows.start.min(end)..end;
        let after = (self.total() - self.offset(rows.end)).max(0.0);
        Window { before: self.offset(rows.start), after, rows, left_out: 0 }
    }

    /// What is printed: all rows, or as many as there may be in whole steps of `step` (not 0), from
    /// `first` on or up to the end. Nothing stands for the others, which would be empty pages.
    pub fn printed(&self, first: usize, step: usize) -> Window {
        let most = MAX_PRINTED / step.max(1) * step.max(1);
        let rows = if self.n_rows <= MAX_PRINTED {
            0..self.n_rows
        } else {
            let first = first.min(self.n_rows.saturating_sub(most));
            first..first.saturating_add(most)
        };
        let left_out = self.n_rows.saturating_sub(rows.len());
        Window { rows, left_out, ..Window::default() }
    }

    /// How far to scroll so that a row stands in a view whose first `sticky` pixels are covered:
    /// the new `top`, `None` when the row can be seen already.
    pub fn reveal(
        &self,
        idx: usize,
        top: f64,
        view: f64,
        sticky: f64,
        align: Align,
    ) -> Option<f64> {
        let start = self.offset(idx);
        let end = start + self.height;
        let is_seen = start >= top + sticky && end <= top + view;
        match align {
            _ if is_seen => None,
            Align::Center => Some(start - (view + sticky - self.height) / 2.0),
            Align::Nearest if start < top + sticky => Some(start - sticky),
            Align::Nearest => Some(end - view),
        }
    }

    /// The row at a distance from the start of the list; within the detail, the row before it.
    fn row_at(&self, y: f64) -> usize {
        let row = |y: f64| floor(y / self.height.max(1.0)).min(self.n_rows);
        match self.detail {
            Some((at, height)) if row(y) > at => row(y - height).max(at),
            _ => row(y),
        }
    }
}

/// Where a row goes that is scrolled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// As little movement as possible.
    Nearest,
    /// To the middle of the view.
    Center,
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "row numbers stay below 2^53"
)]
fn float(idx: usize) -> f64 {
    idx as f64
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to int saturates, and NaN becomes 0"
)]
pub(crate) fn floor(y: f64) -> usize {
    y as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(n_rows: usize) -> Rows {
        Rows { n_rows, height: 24.0, detail: None }
    }

    #[test]
    fn the_window_covers_what_is_seen_and_little_more() {
        let window = list(25_000).window(24.0 * 1000.0, 900.0);
        assert_eq!(window.rows, 996..1044);
        let heights = [window.before, window.before + 48.0 * 24.0 + window.after];
        let wanted = [996.0 * 24.0, list(25_000).total()];
        assert!(heights.iter().zip(wanted).all(|(h, w)| (h - w).abs() < 0.01), "{heights:?}");
    }

    #[test]
    fn short_lists_are_drawn_whole_and_empty_ones_are_nothing() {
        assert_eq!(list(10).window(0.0, 900.0).rows, 0..10);
        assert_eq!(list(0).window(0.0, 900.0), Window::default());
        // The list has scrolled away, or is still below the view.
        assert!(list(10).window(9000.0, 900.0).rows.len() <= 10);
        assert_eq!(list(100).window(-5000.0, 900.0).rows.start, 0);
    }

    #[test]
    fn up_to_a_thousand_rows_are_printed() {
        let printed = |n_rows, first, step| {
            let Window { rows, before, after, left_out } = list(n_rows).printed(first, step);
            assert!(before + after < 0.01);
            (rows, left_out)
        };
        assert_eq!(printed(7, 4, 6), (0..7, 0));
        assert_eq!(printed(1000, 900, 6), (0..1000, 0));
        assert_eq!(printed(1001, 0, 1), (0..1000, 1));
        assert_eq!(printed(45_000, 20_000, 6), (20_000..20_996, 44_004));
        assert_eq!(printed(45_000, 44_996, 1), (44_000..45_000, 44_000));
    }

    #[test]
    fn a_row_is_brought_into_view_with_the_least_movement() {
        let rows = list(100);
        let nearest = |idx, top| rows.reveal(idx, top, 500.0, 100.0, Align::Nearest);
        assert_eq!(nearest(10, 0.0), None);
        assert_eq!(nearest(0, 0.0), Some(-100.0));
        assert_eq!(nearest(50, 0.0), Some(51.0 * 24.0 - 500.0));
        assert_eq!(rows.reveal(50, 0.0, 500.0, 100.0, Align::Center), Some(1200.0 - 288.0));
    }

    proptest! {
        #[test]
        fn no_view_draws_too_much_or_leaves_a_gap(
            n_rows in 0_usize..30_000,
            at in 0.0_f64..1.0,
            view in 0.0_f64..1800.0,
            detail in proptest::option::of((0_usize..30_000, 0.0_f64..2000.0)),
        ) {
            let detail = detail.filter(|(idx, _)| *idx < n_rows);
            let rows = Rows { n_rows, height: 24.0, detail };
            let top = at * rows.total();
            let window = rows.window(top, view);
            prop_assert!(window.rows.len() <= MAX_ROWS);
            let drawn = rows.offset(window.rows.end) - rows.offset(window.rows.start);
            prop_assert!((window.before + drawn + window.after - rows.total()).abs() < 0.01);
            // What is seen is drawn.
            prop_assert!(window.before <= top + 0.01);
            prop_assert!(rows.offset(window.rows.end) + 0.01 >= (top + view).min(rows.total()));
        }

        #[test]
        fn any_numbers_are_survived(top in any::<f64>(), view in any::<f64>(), height in any::<f64>()) {
            let rows = Rows { n_rows: 1000, height, detail: Some((7, top)) };
            prop_assert!(rows.window(top, view).rows.len() <= MAX_ROWS);
        }
    }
}
