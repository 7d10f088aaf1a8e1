//! Where the page is, and going elsewhere.

use yew::prelude::*;

use crate::route::{Route, lens};

/// The page's address and how to change it.
#[derive(Clone, PartialEq)]
pub struct Nav {
    /// The address.
    pub route: Route,
    /// The entry of the history: another one may have the same address. `None` until it has a name.
    pub entry: Option<String>,
    /// Goes to another address and adds it to the history.
    pub push: Callback<Route>,
    /// Changes the address in place: for what is typed.
    pub replace: Callback<Route>,
}

/// The page's address. Draws again when it changes.
#[hook]
pub fn use_nav() -> Nav {
    use_context::<Nav>().unwrap_or_else(|| Nav {
        route: Route::parse(""),
        entry: None,
        push: Callback::noop(),
        replace: Callback::noop(),
    })
}

/// The route of the address bar at this moment, whose lens links keep from now on.
pub fn here() -> Route {
    let hash = web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default();
    lens::keep(lens::of_hash(&hash));
    Route::parse(&hash)
}

/// The name of the entry of the history that is shown; `None` until it has one.
pub(crate) fn entry() -> Option<String> {
    web_sys::window()?.history().ok()?.state().ok()?.as_string()
}
