//! Keys that work anywhere on a page.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::{ScrollTo, dom, dom::Listener};
use crate::model::window::Align;

/// Calls `on_key` with every key that is pressed outside of fields and dialogs, without Ctrl, Alt
/// or Meta: `j`, `N`, `?`, `Enter`. When it returns `true` the key was used and does nothing else.
#[hook]
pub fn use_keys(on_key: Callback<String, bool>) {
    use_effect_with(on_key, |on_key| {
        let on_key = on_key.clone();
        let listener = Listener::on_window("keydown", move |event| {
            let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
            if is_for_page(&event) && on_key.emit(event.key()) {
                event.prevent_default();
            }
        });
        move || drop(listener)
    });
}

/// Whether a key is meant for the page and not for what has the focus.
fn is_for_page(event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
        return false;
    }
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let tag = target.map(|t| t.tag_name()).unwrap_or_default();
    let is_field = matches!(tag.as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    let is_control = matches!(tag.as_str(), "A" | "BUTTON" | "SUMMARY");
    let activates = matches!(event.key().as_str(), "Enter" | " ");
    let is_used = is_field || (is_control && activates);
    !is_used && !dom::has_dialog()
}

/// The current row of a list, moved by `j` and `k`.
#[derive(Clone, PartialEq)]
pub struct RowCursor {
    /// Position of the current row; `None` until a key chose one.
    pub current: Option<usize>,
    /// Where the list should scroll, for [`super::VirtualList`].
    pub scroll_to: Option<ScrollTo>,
}

/// Moves a current row over `n_rows` rows by `j`, `k`, and calls `on_open` for Enter and
/// `on_expand` for the space bar. `list` names the list: when it changes, no row is current.
#[hook]
pub fn use_row_cursor(
    n_rows: usize,
    list: &str,
    on_open: Callback<usize>,
    on_expand: Callback<usize>,
) -> RowCursor {
    let state = use_state_eq(|| (None::<usize>, 0_u32));
    {
        let state = state.setter();
        use_effect_with(list.to_owned(), move |_| state.set((None, 0)));
    }
    let (current, moves) = *state;
    let current = current.filter(|c| *c < n_rows);
    let on_key = {
        let state = state.clone();
        use_callback((n_rows, current, moves, on_open, on_expand), move |key: String, deps| {
            let (n_rows, current, moves, on_open, on_expand) = deps;
            let last = n_rows.saturating_sub(1);
            let next = match (key.as_str(), current) {
                _ if *n_rows == 0 => return false,
                ("j" | "k", None) => 0,
                ("j", Some(row)) => row.saturating_add(1).min(last),
                ("k", Some(row)) => row.saturating_sub(1),
                ("Enter", Some(row)) => {
                    on_open.emit(*row);
                    return true;
                }
                (" ", Some(row)) => {
                    on_expand.emit(*row);
                    return true;
                }
                _ => return false,
            };
            state.set((Some(next), moves.wrapping_add(1)));
            true
        })
    };
    use_keys(on_key);
    let to = |row| ScrollTo { row, align: Align::Nearest, seq: moves };
    RowCursor { current, scroll_to: current.filter(|_| moves > 0).map(to) }
}
