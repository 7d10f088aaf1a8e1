//! A source file that scrolls: only the lines on screen are in the page.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::JsCast as _;
use web_sys::Element;
use yew::prelude::*;

use crate::model::{
    source_view::SourceView,
    window::{Align, Rows},
};

use super::{
    dom,
    drawn::Drawn,
    minimap::minimap,
    printing::{left_out, use_printed},
    same::Same,
    scroll::{Scrolled, View, reveal, use_frame, use_scrolled, whole},
    virtual_list::gap,
};

/// Height of a line in CSS pixels, as in the style sheet.
const LINE: f64 = 20.0;

/// Lines that are drawn together: the window starts and ends at multiples of it.
pub(crate) const CHUNK: usize = 6;

/// The most rectangles of the minimap.
const MAX_MARKS: usize = 300;

/// The part of the minimap, one in so many, that shows what is on screen takes at least.
const LEAST_WINDOW: usize = 50;

/// Rows of a goal that are brought on screen together: fewer than half of a small screen.
const MANY: usize = 6;

/// Columns at the start of a line that are on screen in any case.
const SEEN_COLUMNS: usize = 90;

/// Where to scroll to. Each new value scrolls, also to the same row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The row, from 1.
    pub(crate) row: usize,
    /// The last row that should be on screen with it, unless they are many.
    pub(crate) last: usize,
    /// A byte of it that should be on screen.
    pub(crate) byte: usize,
    /// Tells two goals apart.
    pub(crate) turn: u32,
}

/// A source file.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CodeViewProps {
    /// The file.
    pub(crate) view: Same<SourceView>,
    /// Draws the [`CHUNK`] lines behind a position.
    pub(crate) draw: Callback<usize, Html>,
    /// What it is, for people who do not see it.
    pub(crate) label: AttrValue,
    /// The states of lines without colour: see [`crate::route::FileView::hide`].
    pub(crate) hide: AttrValue,
    /// Where to scroll to.
    pub(crate) goal: Option<Goal>,
    /// Called with a line and whether the selection is to reach to it (else it starts there).
    pub(crate) on_select: Callback<(u32, bool)>,
    /// Called with a line whose count was clicked.
    pub(crate) on_count: Callback<u32>,
    /// What stands beside the lines.
    #[prop_or_default]
    pub(crate) side: Option<Html>,
    /// Kept at the rows that are on screen: the first one and the one behind the last.
    pub(crate) seen: Rc<Cell<(usize, usize)>>,
    /// How far it was scrolled before.
    pub(crate) scrolled: Same<Scrolled>,
}

/// The lines and the minimap.
#[component]
pub(crate) fn CodeView(props: &CodeViewProps) -> Html {
    let (frame, list, mini) = (use_node_ref(), use_node_ref(), use_node_ref());
    let view = &props.view;
    let rows = Rows { n_rows: view.len(), height: LINE, detail: None };
    let moved = {
        let seen = Rc::clone(&props.seen);
        // With the side the height of the frame may change.
        let deps = (mini.clone(), rows.n_rows, props.side.is_some());
        use_callback(deps, move |view: View, (mini, n_rows, _)| {
            let n_rows = *n_rows;
            let first = view.top.max(0.0) / LINE;
            let n = view.height / LINE;
            let (first_row, end) = (index(first.ceil()), index((first + n).floor()));
            seen.set((first_row, end));
            if let Some(rect) = mini.cast::<Element>() {
                // In a long file a screen is less than a pixel of the map.
                let height = end.saturating_sub(first_row).max(n_rows / LEAST_WINDOW);
                let y = first_row.min(n_rows.saturating_sub(height));
                // Attributes of an SVG always take numbers.
                rect.set_attribute("y", &y.to_string()).ok();
                rect.set_attribute("height", &height.to_string()).ok();
            }
        })
    };
    use_width(&list, view);
    use_goal(&frame, props.goal, rows);
    use_scrolled(&frame, props.scrolled.clone());
    let window = use_frame(&frame, rows, Some(moved));
    let window = use_printed(rows, window, CHUNK);
    let marks = use_memo(view.clone(), |view| view.minimap(MAX_MARKS));
    let on_point = {
        let frame = frame.clone();
        Callback::from(move |part: f64| {
            if let Some(frame) = frame.cast::<Element>() {
                let middle = f64::from(frame.client_height()) / 2.0;
                frame.set_scroll_top(whole(part * f64::from(frame.scroll_height()) - middle));
            }
        })
    };
    let draw = props.draw.clone();
    let chunk = |at: usize| html! { <Drawn key={at} draw={draw.clone()} {at} /> };
    html! {
        <div class={if props.side.is_some() { "work" } else { "work solo" }}>
            <div ref={&frame} class={code_class(&props.hide)} role="region" tabindex="0" aria-label={&props.label}
                onclick={on_click(props.on_select.clone(), props.on_count.clone())}>
                <ol ref={&list}>
                    {gap("ol", "before", window.before)}
                    {for window.rows.step_by(CHUNK).map(chunk)}
                    {gap("ol", "after", window.after)}
                    {left_out("ol", window.left_out)}
                </ol>
            </div>
            {minimap(&marks, view.len(), view.places().len(), &mini, on_point)}
            // `{side}` would be a child or none, and Yew would make the lines anew, at their start.
            if let Some(side) = &props.side {
                {side.clone()}
            }
        </div>
    }
}

fn code_class(hide: &str) -> Classes {
    let hides = |letter: char, class| hide.contains(letter).then_some(class);
    classes!("code", hides('r', "no-r"), hides('m', "no-m"), hides('p', "no-p"))
}

/// A click on a line number selects; with a key that opens links elsewhere it is left alone. A click
/// on a count asks who ran the line.
fn on_click(select: Callback<(u32, bool)>, count: Callback<u32>) -> Callback<MouseEvent> {
    let number = |element: &Element| element.text_content().and_then(|text| text.parse().ok());
    Callback::from(move |e: MouseEvent| {
        let target: Option<Element> = e.target().and_then(|t| t.dyn_into().ok());
        let Some(target) = target else { return };
        let is_plain = !(e.ctrl_key() || e.meta_key() || e.alt_key());
        match target.class_name().as_str() {
            "no" if is_plain => {
                if let Some(line) = number(&target) {
                    e.prevent_default();
                    select.emit((line, e.shift_key()));
                }
            }
            "ct" => {
                if let Some(line) = target.previous_element_sibling().and_then(|no| number(&no)) {
                    count.emit(line);
                }
            }
            _ => {}
        }
    })
}

/// Makes the list as wide as its longest line, so that scrolling down never changes the width.
#[hook]
fn use_width(list: &NodeRef, view: &Same<SourceView>) {
    let list = list.clone();
    use_effect_with(view.text().width(), move |width| {
        if let Some(list) = list.cast::<Element>() {
            dom::set_style(&list, "min-width", &format!("calc({width}ch + 140px)"));
        }
    });
}

#[hook]
fn use_goal(frame: &NodeRef, goal: Option<Goal>, rows: Rows) {
    let frame = frame.clone();
    use_effect_with(goal, move |goal| {
        let Some(goal) = *goal else { return };
        reveal(&frame, rows, goal.row.saturating_sub(1), Align::Center, 0.0);
        let last = goal.last.min(goal.row.saturating_add(MANY));
        reveal(&frame, rows, last.saturating_sub(1), Align::Center, 0.0);
        if let Some(frame) = frame.cast::<Element>() {
            let far = goal.byte.saturating_sub(SEEN_COLUMNS).saturating_mul(8);
            frame.set_scroll_left(i32::try_from(far).unwrap_or(0));
        }
    });
}

/// A row number that was computed in pixels.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to int saturates, and NaN becomes 0"
)]
fn index(row: f64) -> usize {
    row as usize
}
