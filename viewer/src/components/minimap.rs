//! A whole file in 14 pixels: where it never ran, and what of it is on screen.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, PointerEvent};
use yew::prelude::*;

use crate::model::{
    format::{amount, count},
    source_view::Mark,
};

/// Marks, the window, and scrolling by click and drag. People without a pointer have `n` and `N`.
///
/// `window` is the rectangle of what is on screen; its place is set from outside at every step of
/// scrolling, without drawing anything again. `on_point` gets the part of the height, 0 to 1, that
/// the reader points at.
pub(crate) fn minimap(
    marks: &[Mark],
    n_lines: usize,
    n_places: usize,
    window: &NodeRef,
    on_point: Callback<f64>,
) -> Html {
    let point = move |e: &PointerEvent| {
        if let Some(rect) = map_of(e).map(|m| m.get_bounding_client_rect()) {
            let y = f64::from(e.client_y()) - rect.top();
            on_point.emit((y / rect.height().max(1.0)).clamp(0.0, 1.0));
        }
    };
    let onpointerdown = {
        let point = point.clone();
        Callback::from(move |e: PointerEvent| {
            e.prevent_default();
            // Without capture a drag ends at the border; that is no loss.
            map_of(&e).map(|m| m.set_pointer_capture(e.pointer_id()).ok());
            point(&e);
        })
    };
    let onpointermove = Callback::from(move |e: PointerEvent| {
        if e.buttons() & 1 == 1 {
            point(&e);
        }
    });
    let [places, lines] = [n_places, n_lines].map(amount);
    let label =
        format!("{} that never ran, spread over {}", count(places, "place"), count(lines, "line"));
    // A mark of a long file would be less than a pixel high: none is lower than a 400th.
    let least = n_lines / 400;
    let mark = |mark: &Mark| {
        let class = if mark.is_never { "x1" } else { "x3" };
        let (y, height) = (mark.start.to_string(), mark.len.max(least).to_string());
        html! { <rect {class} x="2" {y} width={mark.tenths.to_string()} {height} /> }
    };
    html! {
        <svg class="mini" viewBox={format!("0 0 14 {}", n_lines.max(1))} preserveAspectRatio="none"
            role="img" aria-label={label} {onpointerdown} {onpointermove}>
            {for marks.iter().map(mark)}
            <rect ref={window} class="view" width="14" />
        </svg>
    }
}

/// The map that an event is about. Its current target is the page, where Yew listens.
fn map_of(e: &PointerEvent) -> Option<Element> {
    let target: Element = e.target()?.dyn_into().ok()?;
    target.closest(".mini").ok()?
}
