//! The title of the window.

use yew::prelude::*;

use crate::host;

/// Shows `title` as the title of the window for as long as the page is there.
#[hook]
pub(crate) fn use_title(title: String) {
    use_effect_with(title, |title| {
        host::set_title(&format!("{title} · covatlas"));
    });
}
