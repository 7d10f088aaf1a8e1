//! A list of any length of which only what can be seen is in the document.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::{
    dom,
    dom::Listener,
    drawn::Drawn,
    printing::{left_out, use_printed},
};
use crate::model::window::{Align, Rows, Window};

/// Draws the row at a position. Equal only to itself, so keep it with `use_memo` or `use_callback`.
pub type RenderRow = Callback<usize, Html>;

/// A wish to bring a row into view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrollTo {
    /// Position of the row.
    pub row: usize,
    /// Where it goes.
    pub align: Align,
    /// Another number is another wish, also for the same row.
    pub seq: u32,
}

/// Properties of [`VirtualList`].
#[derive(Properties, PartialEq)]
pub struct VirtualListProps {
    /// How many rows there are.
    pub n_rows: usize,
    /// Height of a row in CSS pixels, until one has been measured.
    pub row_height: f64,
    /// Draws one row: exactly one element, `tr` in a `tbody`, `li` in an `ol`.
    pub row: RenderRow,
    /// The element of the list: `tbody`, `ol` or `div`.
    pub tag: AttrValue,
    /// Its class.
    #[prop_or_default]
    pub class: Classes,
    /// Its role.
    #[prop_or_default]
    pub role: Option<AttrValue>,
    /// One element of any height, with a key, behind the row at a position.
    #[prop_or_default]
    pub detail: Option<(usize, Html)>,
    /// The row to bring into view.
    #[prop_or_default]
    pub scroll_to: Option<ScrollTo>,
    /// Height of what sticks to the top of the view, in CSS pixels.
    #[prop_or(100.0)]
    pub sticky: f64,
}

/// What was measured of a list, in CSS pixels.
#[derive(Clone, Copy, PartialEq)]
struct Measured {
    row: f64,
    detail: f64,
}

/// A list in the scroll of the page. Its rows have one height, which it measures.
#[component]
pub fn VirtualList(props: &VirtualListProps) -> Html {
    let list = use_node_ref();
    let measured = use_state_eq(|| Measured { row: props.row_height, detail: 0.0 });
    let detail_at = props.detail.as_ref().map(|(at, _)| *at);
    let rows = Rows {
        n_rows: props.n_rows,
        height: measured.row,
        detail: detail_at.map(|at| (at, measured.detail)),
    };
    let window = use_window(&list, rows);
    let window = use_printed(rows, window, 1);
    let start = window.rows.start;
    let n_drawn = window.rows.len();
    let detail_child = detail_at.filter(|at| window.rows.contains(at)).map(|at| at - start + 2);
    use_effect({
        let list = list.clone();
        move || {
            if let Some(list) = list.cast::<Element>() {
                let height = |child| child_height(&list, child).filter(|h| *h > 0.0);
                let row = (n_drawn > 0).then(|| height(1)).flatten().unwrap_or(measured.row);
                let detail = detail_child.and_then(height).unwrap_or(measured.detail);
                measured.set(Measured { row, detail });
            }
        }
    });
    use_scroll_to(&list, rows, props.scroll_to, props.sticky);
    let piece = |at: usize| {
        let detail = props.detail.as_ref().filter(|(behind, _)| *behind == at);
        let row = html! { <Drawn key={at} draw={props.row.clone()} {at} /> };
        std::iter::once(row).chain(detail.map(|(_, html)| html.clone()))
    };
    let content = html! {
        <>
            {gap(&props.tag, "before", window.before)}
            { for window.rows.flat_map(piece) }
            {gap(&props.tag, "after", window.after)}
            {left_out(&props.tag, window.left_out)}
        </>
    };
    let (class, role) = (props.class.clone(), props.role.clone());
    match props.tag.as_str() {
        "tbody" => html! { <tbody ref={list} {class} {role}>{content}</tbody> },
        "ol" => html! { <ol ref={list} {class} {role}>{content}</ol> },
        _ => html! { <div ref={list} {class} {role}>{content}</div> },
    }
}

/// The rows to draw, kept up to date with the scroll of the page.
#[hook]
fn use_window(list: &NodeRef, rows: Rows) -> Window {
    let range = use_state_eq(|| rows.window(0.0, dom::view_height()).rows);
    use_effect_with((list.clone(), rows), {
        let range = range.setter();
        move |(list, rows)| {
            let (list, rows) = (list.clone(), *rows);
            let update = Rc::new(move || {
                if let Some(list) = list.cast::<Element>() {
                    let top = -list.get_bounding_client_rect().top();
                    range.set(rows.window(top, dom::view_height()).rows);
                }
            });
            update();
            let listeners = ["scroll", "resize"].map(|event| {
                let update = Rc::clone(&update);
                Listener::on_window(event, move |_| update())
            });
            move || drop(listeners)
        }
    });
    rows.around(range.start..range.end)
}

/// Scrolls the page when a new wish comes.
#[hook]
fn use_scroll_to(list: &NodeRef, rows: Rows, wish: Option<ScrollTo>, sticky: f64) {
    use_effect_with((wish, list.clone()), move |(wish, list)| {
        if let Some((wish, list)) = wish.zip(list.cast::<Element>()) {
            let top = -list.get_bounding_client_rect().top();
            let new = rows.reveal(wish.row, top, dom::view_height(), sticky, wish.align);
            if let Some(new) = new {
                dom::scroll_to(dom::scroll_top() + new - top);
            }
        }
    });
}

/// An empty piece that takes the place of the rows that are not drawn.
///
/// Its height is that of an SVG: the site's policy forbids `style` attributes, and a height that is
/// set behind the drawing of the rows comes too late. For a moment the rows would stand elsewhere,
/// and the browser would scroll after them.
pub(crate) fn gap(tag: &str, key: &'static str, pixels: f64) -> Html {
    let height = dom::pixels(pixels);
    let space = html! { <svg width="1" {height}></svg> };
    match tag {
        "tbody" => html! { <tr key={key} class="gap" aria-hidden="true"><td>{space}</td></tr> },
        "ol" => html! { <li key={key} class="gap" aria-hidden="true">{space}</li> },
        _ => html! { <div key={key} class="gap" aria-hidden="true">{space}</div> },
    }
}

fn child_height(list: &Element, child: usize) -> Option<f64> {
    let element = list.children().item(u32::try_from(child).ok()?)?;
    Some(element.get_bounding_client_rect().height())
}
