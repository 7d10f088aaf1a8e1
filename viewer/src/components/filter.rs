//! A field for words.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::{IconName, icon};

/// A field that narrows a table. Esc empties it, then leaves it. `f` leads to the one with the id
/// `filter`.
pub fn filter(
    id: &'static str,
    label: &'static str,
    text: &str,
    on_text: &Callback<String>,
) -> Html {
    let oninput = on_text.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default()
    });
    let on_text = on_text.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let field = event.target_dyn_into::<HtmlInputElement>();
        if let ("Escape" | "Enter", Some(field)) = (event.key().as_str(), field) {
            if event.key() == "Escape" && !field.value().is_empty() {
                on_text.emit(String::new());
            } else {
                field.blur().ok();
            }
        }
    });
    html! {
        <label class="field">
            {icon(IconName::Search)}
            <input {id} type="text" value={text.to_owned()} {oninput} {onkeydown}
                placeholder={label} aria-label={label}
                autocomplete="off" autocapitalize="off" spellcheck="false" />
        </label>
    }
}
