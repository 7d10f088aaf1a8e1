//! A sheet over the page.

use yew::prelude::*;

use super::{
    dom,
    icon::{IconName, icon},
};

/// Properties of [`Dialog`].
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its heading.
    pub title: AttrValue,
    /// Closes it.
    pub on_close: Callback<()>,
    /// What it shows.
    pub children: Html,
}

/// A sheet over the page: Esc, the cross and a click beside it close it; the focus goes back to
/// where it was.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    use_effect_with((), |()| {
        let before = dom::focused();
        dom::focus("[role=dialog]");
        move || {
            if let Some(element) = before {
                element.focus().ok();
            }
        }
    });
    let close = props.on_close.reform(|_: MouseEvent| ());
    let on_close = props.on_close.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => on_close.emit(()),
        "Tab" => dom::keep_focus_in("[role=dialog]", &event),
        _ => {}
    });
    let stay = Callback::from(|event: MouseEvent| event.stop_propagation());
    html! {
        <div class="veil" onclick={close.clone()} {onkeydown}>
            <div class="dlg" role="dialog" aria-modal="true" aria-label={&props.title}
                tabindex="-1" onclick={stay}>
                <div class="pad row">
                    <h2>{&props.title}</h2>
                    <button class="btn bare sq push" aria-label="Close" onclick={close}>
                        {icon(IconName::Close)}
                    </button>
                </div>
                {props.children.clone()}
            </div>
        </div>
    }
}
