//! Find within the file.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{places::Way, reading::Reading};
use crate::{
    components::icon::{IconName, icon},
    model::{
        format::{amount, number},
        source_find::MAX_MATCHES,
    },
};

/// Id of the field; the frame gives it the focus on `/`.
pub(super) const FIELD: &str = "#filter";

/// A field, and how many matches there are. Enter goes to the next, Shift-Enter to the previous
/// one; Esc empties the field, then gives the focus back to the page.
pub(super) fn find_field(text: &str, reading: &Reading) -> Html {
    let oninput = reading.find.reform(|e: InputEvent| {
        e.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default()
    });
    let onkeydown = {
        let (on_text, on_step) = (reading.find.clone(), reading.find_step.clone());
        Callback::from(move |e: KeyboardEvent| {
            let Some(input) = e.target_dyn_into::<HtmlInputElement>() else { return };
            match e.key().as_str() {
                "Enter" => on_step.emit(if e.shift_key() { Way::Previous } else { Way::Next }),
                "Escape" if input.value().is_empty() => {
                    input.blur().ok();
                }
                "Escape" => on_text.emit(String::new()),
                _ => return,
            }
            e.prevent_default();
        })
    };
    html! {
        <label class="field find">
            {icon(IconName::Search)}
            <input id="filter" type="text" placeholder="Find in file" aria-label="Find in file (f)"
                autocomplete="off" spellcheck="false" value={text.to_owned()} {oninput} {onkeydown} />
            <span class="mut" role="status">{how_many(text, reading)}</span>
        </label>
    }
}

fn how_many(text: &str, reading: &Reading) -> String {
    let n = thousands(reading.matches.len());
    match (text.is_empty(), reading.current) {
        (true, _) => String::new(),
        _ if reading.matches.is_empty() => "none".to_owned(),
        (false, Some(at)) => format!("{} of {n}", thousands(at.saturating_add(1))),
        _ if reading.matches.len() == MAX_MATCHES => format!("{n}+"),
        _ => n,
    }
}

/// A number of things as text: `4,256`.
pub(super) fn thousands(n: usize) -> String {
    number(amount(n))
}
