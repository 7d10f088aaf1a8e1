//! The frame of every page: address, history, theme, top bar, dialogs and the keys that work
//! everywhere.

mod history;

use yew::prelude::*;

use crate::{
    components::{Nav, TopBar, dom, dom::Listener, top_bar, topbar::Theme, use_keys},
    host,
    route::Route,
    store::{Remote, use_manifest},
    views::{absent::absent, help::help, trust::trust_panel},
};

/// What lies over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Help,
    Trust,
}

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
    let manifest = use_manifest();
    let (theme, on_theme) = use_theme();
    let sheet = use_state_eq(|| None::<Sheet>);
    let open = |which| {
        let sheet = sheet.setter();
        Callback::from(move |()| sheet.set(Some(which)))
    };
    let on_close = {
        let sheet = sheet.setter();
        use_callback((), move |(), ()| sheet.set(None))
    };
    use_frame_keys(&nav, sheet.setter(), theme, on_theme.clone());
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
        theme,
        on_theme,
        on_trust: open(Sheet::Trust),
        on_help: open(Sheet::Help),
    };
    html! {
        <ContextProvider<Nav> context={nav.clone()}>
            <a class="skip" href="#main" onclick={skip}>{"Skip to content"}</a>
            {top_bar(&bar)}
            <main id="main" tabindex="-1">{page}</main>
            {match (*sheet, manifest) {
                (Some(Sheet::Help), _) => help(&on_close),
                (Some(Sheet::Trust), Remote::Ready(manifest)) => trust_panel(&manifest, &on_close),
                _ => Html::default(),
            }}
        </ContextProvider<Nav>>
    }
}

/// The theme and how to change it. The document keeps it, so that all parts have the same.
#[hook]
fn use_theme() -> (Theme, Callback<Theme>) {
    let theme = use_state_eq(Theme::of_document);
    use_effect_with((), {
        let theme = theme.setter();
        move |()| {
            // It may have been changed while another part was on screen.
            let listener =
                Listener::on_window("hashchange", move |_| theme.set(Theme::of_document()));
            move || drop(listener)
        }
    });
    let on_theme = {
        let theme = theme.setter();
        use_callback((), move |next: Theme, ()| {
            next.apply();
            theme.set(next);
        })
    };
    (*theme, on_theme)
}

/// `?` opens the key map, `u` goes up, `t` changes the theme, `/` goes to the page's filter.
#[hook]
fn use_frame_keys(
    nav: &Nav,
    sheet: UseStateSetter<Option<Sheet>>,
    theme: Theme,
    on_theme: Callback<Theme>,
) {
    let deps = (nav.clone(), sheet, theme, on_theme);
    let on_key = use_callback(deps, |key: String, (nav, sheet, theme, on_theme)| {
        match key.as_str() {
            "?" => sheet.set(Some(Sheet::Help)),
            "u" => {
                if let Some(up) = nav.route.up() {
                    nav.push.emit(up);
                }
            }
            "t" => on_theme.emit(theme.next()),
            "/" => dom::focus("#filter"),
            _ => return false,
        }
        true
    });
    use_keys(on_key);
}
