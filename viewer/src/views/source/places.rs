//! Going to the next and previous place that never ran, also across files.

use crate::{
    model::{source_view::SourceView, tree::FileList},
    route::{Counts, LineRange},
};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Towards the end.
    Next,
    /// Towards the start.
    Previous,
}

/// The place (its position) behind or before where the reader is: at the selected lines when they
/// are on screen (`seen`, rows from 0), else at the screen's edge.
pub(super) fn step(
    view: &SourceView,
    selected: Option<LineRange>,
    seen: (usize, usize),
    way: Way,
) -> Option<usize> {
    let at = selected.map(|s| view.row_of(s.first()));
    let at = at.filter(|row| (seen.0..=seen.1).contains(row));
    match way {
        Way::Next => view.place_after(at.unwrap_or(seen.0)),
        Way::Previous => view.place_before(at.unwrap_or_else(|| seen.1.saturating_add(1))),
    }
}

/// The lines of a place.
pub(super) fn lines_of(view: &SourceView, place: usize) -> Option<LineRange> {
    let rows = view.places().get(place)?;
    Some(LineRange::new(view.label(rows.start), view.label(rows.end.saturating_sub(1))))
}

/// The place that the selection is in, counted from 1.
pub(super) fn current(view: &SourceView, selected: Option<LineRange>) -> Option<usize> {
    let row = view.row_of(selected?.first());
    let at = view.places().partition_point(|p| p.start <= row).checked_sub(1)?;
    view.places().get(at).filter(|p| p.contains(&row)).map(|_| at.saturating_add(1))
}

/// The next or previous file in `order`; with `counts` only one with code that never ran. From a
/// file that is not in it, the first or the last one.
pub(super) fn neighbour(
    (files, order): (&FileList, &[usize]),
    file: usize,
    way: Way,
    counts: Option<Counts>,
) -> Option<usize> {
    let is_wanted = |idx: &&usize| {
        let has_never =
            |counts| files.get(**idx).is_some_and(|f| f.stat.by(counts).own.uncovered() > 0);
        counts.is_none_or(has_never)
    };
    let at = order.iter().position(|&idx| idx == file);
    let found = match way {
        Way::Next => order.get(at.map_or(0, |at| at.saturating_add(1))..)?.iter().find(is_wanted),
        Way::Previous => order.get(..at.unwrap_or(order.len()))?.iter().rev().find(is_wanted),
    };
    found.copied()
}
