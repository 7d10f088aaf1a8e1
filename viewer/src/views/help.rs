//! The key map.

use yew::prelude::*;

use crate::components::Dialog;

/// Keys and what they do, in the order of the map.
const KEYS: [(&[&str], &str); 15] = [
    (&["/"], "search everything (also Ctrl K)"),
    (&["f"], "filter this page"),
    (&["l"], "choose a lens: what some owners, nodes or pods ran"),
    (&["?"], "this map"),
    (&["j", "k"], "next, previous row or place"),
    (&["Enter"], "open the row"),
    (&["Space"], "expand the row"),
    (&["u"], "up one level"),
    (&["n", "N"], "next, previous place that never ran"),
    (&["[", "]"], "previous, next file"),
    (&["r", "m", "p"], "show or hide ran, never, partly"),
    (&["w"], "who ran the selected lines"),
    (&["y"], "copy a link to the selected lines"),
    (&["t"], "light, dark or system colours"),
    (&["Esc"], "close, clear the filter"),
];

/// The key map; `on_close` closes it.
pub fn help(on_close: &Callback<()>) -> Html {
    let key = |name: &&str| html! { <kbd>{*name}</kbd> };
    let line = |(keys, what): &(&[&str], &str)| {
        html! { <div>{ for keys.iter().map(key) }<span>{*what}</span></div> }
    };
    html! {
        <Dialog title="Keyboard" {on_close}>
            <div class="keys">{ for KEYS.iter().map(line) }</div>
        </Dialog>
    }
}
