//! The keys of the page.

use super::places::Way;
use crate::route::Mode;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Go to a place that never ran.
    Place(Way),
    /// Go to a file.
    File(Way),
    /// Show or hide the colour of a state: a letter of [`crate::route::FileView::hide`].
    Toggle(char),
    /// Show or hide who ran the selected lines.
    Who,
    /// Copy a link to this build of the file and the selected lines.
    Copy,
    /// Go to the field that finds text.
    Find,
}

/// What a key does here; `None` for keys of the frame and of the browser. Beside a list, `j` and
/// `k` go through its rows, as in all lists.
pub(super) fn action(key: &str, mode: Mode) -> Option<Action> {
    Some(match (key, mode) {
        ("j", Mode::Split) => Action::File(Way::Next),
        ("k", Mode::Split) => Action::File(Way::Previous),
        _ => return page_action(key),
    })
}

fn page_action(key: &str) -> Option<Action> {
    Some(match key {
        "n" | "j" => Action::Place(Way::Next),
        "N" | "k" => Action::Place(Way::Previous),
        "]" => Action::File(Way::Next),
        "[" => Action::File(Way::Previous),
        "r" => Action::Toggle('r'),
        "m" => Action::Toggle('m'),
        "p" => Action::Toggle('p'),
        "f" => Action::Find,
        "w" => Action::Who,
        "y" => Action::Copy,
        _ => return None,
    })
}

/// `hide` with a letter put in or taken out; letters keep their order.
pub(super) fn toggled(hide: &str, letter: char) -> String {
    let is_hidden = |c: char| hide.contains(c) != (c == letter);
    ['r', 'm', 'p'].into_iter().filter(|c| is_hidden(*c)).collect()
}
