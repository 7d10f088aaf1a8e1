//! A list that scrolls in a frame of its own: which rows can be seen, going to one, and coming back.

use std::{cell::RefCell, collections::HashMap};

use web_sys::Element;
use yew::prelude::*;

use super::{dom, dom::Listener, nav::entry, same::Same};
use crate::model::window::{Align, Rows, Window};

/// What of a list can be seen, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct View {
    /// How much of the list has scrolled out at its start.
    pub(crate) top: f64,
    /// The height of what can be seen.
    pub(crate) height: f64,
}

/// The rows of a list in `frame` to draw. `moved`, if any, hears of every step of scrolling.
#[hook]
pub(crate) fn use_frame(frame: &NodeRef, rows: Rows, moved: Option<Callback<View>>) -> Window {
    let range = use_state_eq(|| rows.window(0.0, dom::view_height()).rows);
    use_effect_with((frame.clone(), rows, moved), {
        let range = range.setter();
        move |(frame, rows, moved)| {
            let (rows, moved) = (*rows, moved.clone());
            let update = {
                let frame = frame.clone();
                move || {
                    let Some(frame) = frame.cast::<Element>() else { return };
                    let view = View {
                        top: f64::from(frame.scroll_top()),
                        height: f64::from(frame.client_height()),
                    };
                    range.set(rows.window(view.top, view.height).rows);
                    if let Some(moved) = &moved {
                        moved.emit(view);
                    }
                }
            };
            update();
            let on_resize = Listener::on_window("resize", {
                let update = update.clone();
                move |_| update()
            });
            let frame = frame.cast::<Element>();
            let on_scroll = frame.map(|frame| Listener::new(&frame, "scroll", move |_| update()));
            move || drop((on_resize, on_scroll))
        }
    });
    rows.around(range.start..range.end)
}

/// How far a frame was scrolled to the left and down, for each entry of the history.
#[derive(Debug, Default)]
pub(crate) struct Scrolled(RefCell<HashMap<String, (i32, i32)>>);

impl Scrolled {
    /// Whether the frame was scrolled where the history is now.
    pub(crate) fn is_known_here(&self) -> bool {
        entry().is_some_and(|entry| self.0.borrow().contains_key(&entry))
    }

    fn keep(&self, frame: &Element) {
        if let Some(entry) = entry() {
            self.0.borrow_mut().insert(entry, (frame.scroll_left(), frame.scroll_top()));
        }
    }

    fn restore(&self, frame: &Element) {
        let known = entry().and_then(|entry| self.0.borrow().get(&entry).copied());
        if let Some((left, top)) = known {
            frame.set_scroll_left(left);
            frame.set_scroll_top(top);
        }
    }
}

/// Brings `frame` back to where it was whenever the reader comes back to an entry of the history.
#[hook]
pub(crate) fn use_scrolled(frame: &NodeRef, scrolled: Same<Scrolled>) {
    use_effect_with((frame.clone(), scrolled), |(frame, scrolled)| {
        let listeners = frame.cast::<Element>().map(|frame| {
            scrolled.restore(&frame);
            let on_scroll = {
                let (frame, scrolled) = (frame.clone(), scrolled.clone());
                Listener::new(&frame.clone(), "scroll", move |_| scrolled.keep(&frame))
            };
            // Another part of the viewer may have been on screen: the frame starts at its top then.
            let scrolled = scrolled.clone();
            (on_scroll, Listener::on_window("hashchange", move |_| scrolled.restore(&frame)))
        });
        move || drop(listeners)
    });
}

/// Scrolls `frame` so that a row can be seen; not at all when it can be seen already. `head` is the
/// height of what stays at its top, in CSS pixels.
pub(crate) fn reveal(frame: &NodeRef, rows: Rows, idx: usize, align: Align, head: f64) {
    let Some(frame) = frame.cast::<Element>() else { return };
    let (top, view) = (f64::from(frame.scroll_top()), f64::from(frame.client_height()) - head);
    if let Some(top) = rows.reveal(idx, top, view, 0.0, align) {
        frame.set_scroll_top(whole(top));
    }
}

/// The nearest whole number of pixels.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "float to int saturates, and NaN becomes 0"
)]
pub(crate) fn whole(pixels: f64) -> i32 {
    pixels.round() as i32
}
