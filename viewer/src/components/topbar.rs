//! The bar at the top of every page: which cluster, which report, how far it can be trusted.

use covatlas_shared::manifest::Manifest;
use yew::prelude::*;

use super::{
    icon::{IconName, icon, logo},
    look::{Look, Palette},
};
use crate::{
    model::format,
    route::{CompareQuery, DashboardQuery, NeverQuery, Route, SearchQuery},
    store::Remote,
};

/// What the bar needs to know and to do.
pub struct TopBar {
    /// The root of the site.
    pub manifest: Remote<Manifest>,
    /// Whether the page is the dashboard.
    pub is_home: bool,
    /// Whether the page is that of what never ran.
    pub is_never: bool,
    /// Whether the page compares.
    pub is_compare: bool,
    /// The colours.
    pub look: Look,
    /// Called with the next look.
    pub on_look: Callback<Look>,
    /// The trust panel.
    pub trust: Route,
}

/// The bar at the top of every page.
pub fn top_bar(bar: &TopBar) -> Html {
    let home = Route::Dashboard(DashboardQuery::default()).href();
    let current = bar.is_home.then_some("page");
    let never = Route::Never(NeverQuery::default()).href();
    let compare = Route::Compare(CompareQuery::default()).href();
    let search = Route::Search(SearchQuery::default()).href();
    let look = bar.look;
    let on_theme = bar.on_look.reform(move |_: MouseEvent| look.with_next_theme());
    let on_palette = bar.on_look.reform(move |_: MouseEvent| look.with_other_palette());
    let is_other = (look.palette == Palette::ColourBlind).to_string();
    let title = look.theme.title();
    html! {
        <header class="top">
            <a class="brand" href={home.clone()} aria-label="covatlas">{logo()}<span class="hide-s">{"covatlas"}</span></a>
            <nav class="nav" aria-label="Views">
                <a href={home} aria-current={current}>{"Owners"}</a>
                <a href={never} aria-current={bar.is_never.then_some("page")}>{"Never ran"}</a>
                if bar.is_compare || bar.manifest.ready().is_some_and(|m| m.compare.is_some()) {
                    <a href={compare} aria-current={bar.is_compare.then_some("page")}>{"Compare"}</a>
                }
            </nav>
            <span class="push row">
                { for bar.manifest.ready().map(|m| report(m, &bar.trust)) }
            </span>
            <button class="btn bare" data-lens="" title="Lens: show what chosen owners, nodes or pods ran (l)">
                {icon(IconName::Lens)}
                <span class="hide-m">{"Lens"}</span>
            </button>
            <a class="btn bare" href={search} data-search="" title="Search (/)">
                {icon(IconName::Search)}
                <span class="hide-s">{"Search"}</span>
                <kbd class="hide-s" aria-hidden="true">{"/"}</kbd>
            </a>
            <button class="btn bare sq" {title} aria-label={title} onclick={on_theme}>
                {icon(look.theme.icon())}
            </button>
            <button class="btn bare sq" title="Colours for people who do not tell red from green"
                aria-label="Colour-blind palette" aria-pressed={is_other} onclick={on_palette}>
                {icon(IconName::Eye)}
            </button>
            <button class="btn bare sq hide-s" title="Keyboard map (?)" aria-label="Keyboard map"
                data-keys="">
                {icon(IconName::Help)}
            </button>
        </header>
    }
}

/// Which report this is, and how many of its parts could be read.
fn report(manifest: &Manifest, trust: &Route) -> Html {
    let Manifest { title, totals, .. } = manifest;
    let read = u64::from(totals.reports);
    let all = read.saturating_add(u64::from(totals.reports_failed));
    html! {
        <>
            <span class="cut hide-s">
                <bdi class="mut">{title}</bdi>
                <span class="dim hide-m">{period(totals.first_seen, totals.last_seen)}</span>
            </span>
            <a class="btn bare trust" title="Trust: what this report knows and what it misses" href={trust.href()}>
                {icon(IconName::Check)}
                <span class="cut">{format::number(read)}{" of "}{format::count(all, "report")}</span>
            </a>
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
