//! The keys of the picker, and what happens at the end.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::{components::dom, host, model::lens_choice::LensFilters, route::lens};

/// Puts the page under a lens and closes the sheet.
pub(super) fn apply(filters: &LensFilters) {
    if let Some(location) = web_sys::window().map(|w| w.location()) {
        let hash = location.hash().unwrap_or_default();
        location.set_hash(&lens::under(&hash, &filters.texts())).ok();
    }
    host::close_sheet();
}

/// Arrow keys move between the field and the choices, Enter applies, letters go to the field, Tab
/// stays within the sheet. `first` is what Enter takes from the field while nothing is chosen anew.
pub(super) fn on_keys(filters: LensFilters, first: Option<LensFilters>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let target = event.target_dyn_into::<HtmlElement>();
        let is_button = target.as_ref().is_some_and(|e| e.tag_name() == "BUTTON");
        let is_field = target.is_some_and(|e| e.id() == "ask");
        match event.key().as_str() {
            "ArrowDown" => step(Step::Down),
            "ArrowUp" => step(Step::Up),
            "Enter" if is_button => return,
            "Enter" => apply(first.as_ref().filter(|_| is_field).unwrap_or(&filters)),
            "Tab" => return dom::keep_focus_in("[role=dialog]", &event),
            key => {
                let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
                if is_plain && !is_field && key != " " && key.chars().count() == 1 {
                    // The letter comes after the focus.
                    dom::focus("#ask");
                }
                return;
            }
        }
        event.prevent_default();
    })
}

#[derive(Clone, Copy)]
enum Step {
    Down,
    Up,
}

/// Moves the focus; above the first choice is the field.
fn step(step: Step) {
    let found = dom::document().and_then(|d| d.query_selector_all("#choices input").ok());
    let Some(found) = found else { return };
    let choice = |at: u32| found.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let focused = dom::focused();
    let at = (0..found.length()).find(|at| choice(*at) == focused);
    let next = match (step, at) {
        (Step::Down, None) => Some(0),
        (Step::Down, Some(at)) => Some(at.saturating_add(1)),
        (Step::Up, None) => None,
        (Step::Up, Some(at)) => at.checked_sub(1),
    };
    match next.and_then(choice) {
        Some(choice) => choice.focus().unwrap_or_default(),
        None if matches!(step, Step::Up) => dom::focus("#ask"),
        None => {}
    }
}
