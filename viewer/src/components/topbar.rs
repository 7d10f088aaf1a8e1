//! The bar at the top of every page: which cluster, which report, how far it can be trusted.

use covatlas_shared::manifest::Manifest;
use yew::prelude::*;

use super::{
    dom,
    icon::{IconName, icon, logo},
};
use crate::{
    model::format,
    route::{DashboardQuery, Route},
    store::Remote,
};

/// Name of the theme in the browser's storage; the loader knows it too.
const KEY: &str = "covatlas-theme";

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name in the browser's storage and in `data-theme`; `None` for [`Theme::Auto`].
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The theme of that name.
    pub fn of_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The theme of the document.
    pub fn of_document() -> Self {
        let root = dom::document().and_then(|d| d.document_element());
        let name = root.and_then(|root| root.get_attribute("data-theme"));
        name.map_or(Self::Auto, |name| Self::of_name(&name))
    }

    /// Gives the document this theme, and remembers it where the browser allows it.
    pub fn apply(self) {
        dom::store(KEY, self.name());
        if let Some(root) = dom::document().and_then(|d| d.document_element()) {
            match self.name() {
                Some(name) => root.set_attribute("data-theme", name).ok(),
                None => root.remove_attribute("data-theme").ok(),
            };
        }
    }

    /// The theme after a click.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Auto => "Theme: follows the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    fn icon(self) -> IconName {
        match self {
            Self::Auto => IconName::Auto,
            Self::Light => IconName::Light,
            Self::Dark => IconName::Dark,
        }
    }
}

/// What the bar needs to know and to do.
pub struct TopBar {
    /// The root of the site.
    pub manifest: Remote<Manifest>,
    /// Whether the page is the dashboard.
    pub is_home: bool,
    /// The colours.
    pub theme: Theme,
    /// Called with the next theme.
    pub on_theme: Callback<Theme>,
    /// Opens the trust panel.
    pub on_trust: Callback<()>,
    /// Opens the key map.
    pub on_help: Callback<()>,
}

/// The bar at the top of every page.
pub fn top_bar(bar: &TopBar) -> Html {
    let home = Route::Dashboard(DashboardQuery::default()).href();
    let current = bar.is_home.then_some("page");
    let next = bar.theme.next();
    let on_theme = bar.on_theme.reform(move |_: MouseEvent| next);
    let on_help = bar.on_help.reform(|_: MouseEvent| ());
    let title = bar.theme.title();
    html! {
        <header class="top">
            <a class="brand" href={home.clone()}>{logo()}<span>{"covatlas"}</span></a>
            <nav class="nav" aria-label="Views">
                <a href={home} aria-current={current}>{"Owners"}</a>
            </nav>
            <span class="push row">
                { for bar.manifest.ready().map(|m| report(m, &bar.on_trust)) }
            </span>
            <button class="btn bare sq" {title} aria-label={title} onclick={on_theme}>
                {icon(bar.theme.icon())}
            </button>
            <button class="btn bare sq hide-s" title="Keyboard map (?)" aria-label="Keyboard map"
                onclick={on_help}>
                {icon(IconName::Help)}
            </button>
        </header>
    }
}

/// Which report this is, and how many of its parts could be read.
fn report(manifest: &Manifest, on_trust: &Callback<()>) -> Html {
    let Manifest { title, totals, .. } = manifest;
    let read = u64::from(totals.reports);
    let all = read.saturating_add(u64::from(totals.reports_failed));
    let onclick = on_trust.reform(|_: MouseEvent| ());
    html! {
        <>
            <span class="cut hide-s">
                <bdi class="mut">{title}</bdi>
                <span class="dim hide-m">{period(totals.first_seen, totals.last_seen)}</span>
            </span>
            <button class="btn bare" title="Trust: what this report knows and what it misses" {onclick}>
                {icon(IconName::Check)}
                <span>{format::number(read)}{" of "}{format::count(all, "report")}</span>
            </button>
        </>
    }
}

/// ` · 22 Nov 2026, 41 h`: the day of the last data and how long data was written.
fn period(first: Option<i64>, last: Option<i64>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if last > first => {
            format!(" · {}, {}", format::date(last), format::span(last.saturating_sub(first)))
        }
        (_, Some(last)) => format!(" · {}", format::date(last)),
        _ => String::new(),
    }
}
