//! The frame of every page: address, history, theme, top bar, dialogs and the keys that work
//! everywhere.

mod history;

use yew::prelude::*;

use crate::{
    components::{Nav, TopBar, dom, dom::Listener, look::Look, top_bar, use_keys},
    host,
    route::{Route, lens},
    store::{lens_name, use_manifest},
    views::absent::absent,
};

/// Draws the pages of one part of the viewer; `None` for addresses that are not its own.
pub(crate) type Pages = fn(Route) -> Option<Html>;

/// Draws a part into its root, in place of what stands there while it loads.
pub(crate) fn mount(name: &str, pages: Pages) {
    if let Some(root) = host::enter(name) {
        root.set_text_content(None);
        yew::Renderer::<App>::with_root_and_props(root, AppProps { pages }).render();
    }
}

/// Properties of [`App`].
#[derive(Properties)]
struct AppProps {
    pages: Pages,
}

/// A program has one set of pages.
impl PartialEq for AppProps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The frame: what stays when the page changes.
#[component]
fn App(props: &AppProps) -> Html {
    let nav = history::use_history();
    let lens = lens_name::id(&lens::current());
    let manifest = use_manifest();
    let (look, on_look) = use_look();
    use_frame_keys(&nav, look, on_look.clone());
    use_effect_with((), |()| {
        if host::was_swapped() {
            dom::focus("#main");
        }
    });
    let page = (props.pages)(nav.route.clone()).unwrap_or_else(|| absent(&nav.route.href()));
    let skip = Callback::from(|event: MouseEvent| {
        // The part of the address behind `#` is the route.
        event.prevent_default();
        dom::focus("#main");
    });
    let bar = TopBar {
        manifest: manifest.clone(),
        is_home: matches!(nav.route, Route::Dashboard(_)),
        is_never: matches!(nav.route, Route::Never(_)),
        is_compare: matches!(nav.route, Route::Compare(_) | Route::ComparedFile(_)),
        look,
        on_look,
        trust: nav.route.trust(),
    };
    html! {
        <ContextProvider<Nav> context={nav.clone()}>
            <a class="skip" href="#main" onclick={skip}>{"Skip to content"}</a>
            {top_bar(&bar)}
            // Another lens is another site: nothing of a page stays.
            <main id="main" key={lens} tabindex="-1">{page}</main>
        </ContextProvider<Nav>>
    }
}

/// The colours and how to change them. The document keeps them, so that all parts have the same.
#[hook]
fn use_look() -> (Look, Callback<Look>) {
    let look = use_state_eq(Look::of_document);
    use_effect_with((), {
        let look = look.setter();
        move |()| {
            // It may have been changed while another part was on screen.
            let listener =
                Listener::on_window("hashchange", move |_| look.set(Look::of_document()));
            move || drop(listener)
        }
    });
    let on_look = {
        let look = look.setter();
        use_callback((), move |next: Look, ()| {
            next.apply();
            look.set(next);
        })
    };
    (*look, on_look)
}

/// `u` goes up, `t` changes the theme, `f` goes to the page's filter. The loader opens what lies over
/// any page: the search (`/`), the lens (`l`) and the key map (`?`).
#[hook]
fn use_frame_keys(nav: &Nav, look: Look, on_look: Callback<Look>) {
    let deps = (nav.clone(), look, on_look);
    let on_key = use_callback(deps, |key: String, (nav, look, on_look)| {
        match key.as_str() {
            "u" => {
                if let Some(up) = nav.route.up() {
                    nav.push.emit(up);
                }
            }
            "t" => on_look.emit(look.with_next_theme()),
            "f" => dom::focus("#filter"),
            _ => return false,
        }
        true
    });
    use_keys(on_key);
}
