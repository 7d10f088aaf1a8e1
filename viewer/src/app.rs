//! The frame of every page: address, history, theme, top bar, dialogs and the keys that work
//! everywhere.

mod history;

use yew::prelude::*;

use crate::{
    components::{Nav, TopBar, dom, top_bar, topbar::Theme, use_keys},
    route::Route,
    store::{Remote, use_manifest},
    views::{
        absent::absent, dashboard::Dashboard, help::help, owner::OwnerPage, source::SourcePage,
        subject::Target, trust::trust_panel,
    },
};

/// Name of the theme in the browser's storage; the loader knows it too.
const THEME_KEY: &str = "covatlas-theme";

/// What lies over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Help,
    Trust,
}

/// Draws the page into `#app`, in place of what stands there while it loads.
pub(crate) fn mount() {
    let root = dom::document().and_then(|d| d.get_element_by_id("app"));
    if let Some(root) = root {
        root.set_text_content(None);
        yew::Renderer::<App>::with_root(root).render();
    }
}

/// The frame: what stays when the page changes.
#[component]
fn App() -> Html {
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
            <main id="main" tabindex="-1">{page(&nav.route)}</main>
            {match (*sheet, manifest) {
                (Some(Sheet::Help), _) => help(&on_close),
                (Some(Sheet::Trust), Remote::Ready(manifest)) => trust_panel(&manifest, &on_close),
                _ => Html::default(),
            }}
        </ContextProvider<Nav>>
    }
}

/// The page of a route.
fn page(route: &Route) -> Html {
    match route.clone() {
        Route::Dashboard(query) => html! { <Dashboard {query} /> },
        Route::Owner(owner, view) => {
            html! { <OwnerPage target={Target::Owner(owner)} {view} /> }
        }
        Route::Build(build, view) => {
            html! { <OwnerPage target={Target::Build(build)} {view} /> }
        }
        Route::File(owner, view) => html! { <SourcePage {owner} {view} /> },
        other => absent(&other.href()),
    }
}

/// The theme, remembered where the browser allows it, and how to change it.
#[hook]
fn use_theme() -> (Theme, Callback<Theme>) {
    let theme =
        use_state_eq(|| dom::stored(THEME_KEY).map_or(Theme::Auto, |name| Theme::of_name(&name)));
    let on_theme = {
        let theme = theme.setter();
        use_callback((), move |next: Theme, ()| {
            dom::store(THEME_KEY, next.name());
            if let Some(root) = dom::document().and_then(|d| d.document_element()) {
                match next.name() {
                    Some(name) => root.set_attribute("data-theme", name).ok(),
                    None => root.remove_attribute("data-theme").ok(),
                };
            }
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
