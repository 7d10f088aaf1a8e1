//! Paper does not scroll: while the page is printed, lists draw their rows whether on screen or not.

use std::cell::RefCell;

use yew::prelude::*;

use super::dom::Listener;
use crate::model::{
    format::{amount, number},
    window::{Rows, Window},
};

thread_local! {
    /// What tells each list of the page that it is being printed.
    static LISTS: RefCell<Vec<UseStateSetter<bool>>> = const { RefCell::new(Vec::new()) };
}

/// The rows to draw: those of `window`, on paper all or those from the window's start on. `step` is
/// how many rows are drawn together.
#[hook]
pub(super) fn use_printed(rows: Rows, window: Window, step: usize) -> Window {
    let is_printing = use_state_eq(|| false);
    use_effect_with((), {
        let is_printing = is_printing.setter();
        move |()| {
            LISTS.with_borrow_mut(|lists| lists.push(is_printing.clone()));
            // What a listener changes is drawn before the browser goes on to print, but no more: Yew
            // pauses after 16 ms, when nothing that it knows of is left. So one tells all lists.
            let listeners = [("beforeprint", true), ("afterprint", false)].map(|(event, value)| {
                Listener::on_window(event, move |_| {
                    LISTS.with_borrow(|lists| lists.iter().for_each(|list| list.set(value)));
                })
            });
            move || {
                LISTS.with_borrow_mut(|lists| lists.retain(|list| *list != is_printing));
                drop(listeners);
            }
        }
    });
    if *is_printing { rows.printed(window.rows.start, step) } else { window }
}

/// How many rows are not on paper, behind the last of them; nothing when all are.
pub(super) fn left_out(tag: &str, n: usize) -> Html {
    if n == 0 {
        return Html::default();
    }
    let n = number(amount(n));
    let text = format!("{n} more are left out: at most 1,000 are printed.");
    match tag {
        "tbody" => html! { <tr key="left"><td class="left">{text}</td></tr> },
        _ => html! { <li key="left" class="left">{text}</li> },
    }
}
