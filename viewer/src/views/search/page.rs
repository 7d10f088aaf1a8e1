//! The page with everything that a query finds.

use covatlas_shared::stats::Tiers;
use yew::prelude::*;

use super::{
    Search,
    hits::{hit_cells, hit_class},
    n_hits,
    palette::kind_text,
    use_search,
};
use crate::{
    components::{
        Nav, RenderRow, VirtualList, dom, filter, loading, nav::here, problem, same::Same,
        title::use_title, use_nav, use_row_cursor,
    },
    model::search::{Found, Item, Kind},
    route::{Route, SearchQuery},
    store::use_manifest,
};

/// Properties of [`SearchPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct SearchPageProps {
    /// What is searched for.
    pub(crate) query: SearchQuery,
}

/// A row of the list.
#[derive(Clone, Copy)]
enum Row {
    Heading(Kind),
    Hit(Kind, Item),
}

/// The page: a field, a switch between kinds, and all hits.
#[component]
pub(crate) fn SearchPage(props: &SearchPageProps) -> Html {
    let (nav, SearchQuery { q, kind }) = (use_nav(), &props.query);
    let title = if q.is_empty() { "Search".to_owned() } else { format!("Search: {q}") };
    use_title(title);
    let search = use_search(q);
    let tiers = use_manifest().ready().map_or_else(Tiers::default, |m| m.tiers);
    let only = Kind::of_name(kind);
    let rows =
        Same::from(use_memo((search.found.clone(), only), |(found, only)| rows(found, *only)));
    let open = on_open(&search, &rows, &nav);
    let cursor = use_row_cursor(rows.len(), &nav.route.href(), open, Callback::noop());
    let deps = (search.names.clone(), search.found.clone(), rows.clone(), cursor.current, tiers);
    let row: RenderRow =
        use_callback(deps, |at, (names, found, rows, current, tiers)| match rows.get(at) {
            Some(Row::Heading(kind)) => {
                html! { <li><h2>{kind_text(found, Some(*kind))}</h2></li> }
            }
            Some(Row::Hit(kind, item)) => {
                let hit = names.as_ref().and_then(|names| names.hit(*kind, *item));
                let hit = hit.map(|hit| {
                    html! {
                        <a class={hit_class(&hit, *current == Some(at))} href={hit.to.href()}>
                            {hit_cells(&hit, &found.words, *tiers)}
                        </a>
                    }
                });
                html! { <li>{ for hit }</li> }
            }
            None => html! { <li></li> },
        });
    // Who comes without a question wants to ask one.
    use_effect_with(q.is_empty(), |is_empty| {
        if *is_empty {
            dom::next_frame(|| dom::focus("#filter"));
        }
    });
    html! {
        <>
            <h1 class="sr">{"Search"}</h1>
            {tools(&search, &props.query, only, &nav)}
            if let Some(error) = &search.error {
                {problem("the names to search", error)}
            }
            if rows.is_empty() {
                {nothing(&search, q)}
            } else {
                <VirtualList tag="ol" class="hits" n_rows={rows.len()} row_height={28.0} {row}
                    scroll_to={cursor.scroll_to} />
            }
        </>
    }
}

/// All hits by kind, below headings when there is more than one kind.
fn rows(found: &Found, only: Option<Kind>) -> Vec<Row> {
    let kinds = found.kinds_by_fit().into_iter().filter(|kind| only.is_none_or(|o| o == *kind));
    let of_kind = |kind: Kind| {
        let hits = found.of(kind);
        let heading = only.is_none().then_some(Row::Heading(kind));
        heading.into_iter().chain(hits.sorted().into_iter().map(move |item| Row::Hit(kind, item)))
    };
    kinds.flat_map(of_kind).collect()
}

fn on_open(search: &Search, rows: &Same<Vec<Row>>, nav: &Nav) -> Callback<usize> {
    let (names, rows, push) = (search.names.clone(), rows.clone(), nav.push.clone());
    Callback::from(move |at: usize| {
        if let Some((names, Row::Hit(kind, item))) = names.as_ref().zip(rows.get(at))
            && let Some(hit) = names.hit(*kind, *item)
        {
            push.emit(hit.to);
        }
    })
}

fn tools(search: &Search, query: &SearchQuery, only: Option<Kind>, nav: &Nav) -> Html {
    let on_text = nav.replace.reform(|q: String| {
        let kind = match here() {
            Route::Search(query) => query.kind,
            _ => String::new(),
        };
        Route::Search(SearchQuery { q, kind })
    });
    let link = |kind: Option<Kind>| {
        let name = kind.map_or("", Kind::name).to_owned();
        let to = Route::Search(SearchQuery { q: query.q.clone(), kind: name });
        let current = (kind == only).then_some("page");
        html! {
            <a class="btn" href={to.href()} aria-current={current}>
                {kind_text(&search.found, kind)}
            </a>
        }
    };
    let is_shown = |kind: &Kind| only == Some(*kind) || !search.found.of(*kind).is_empty();
    let kinds = Kind::ALL.into_iter().filter(is_shown).map(Some);
    html! {
        <div class="tools stick" role="search">
            {filter("filter", "Search owners, binaries, packages, files, functions", &query.q, &on_text)}
            if !search.found.words.is_empty() {
                <nav class="seg" aria-label="Kinds">
                    { for std::iter::once(None).chain(kinds).map(link) }
                </nav>
                <span class="push mut" role="status">{n_hits(search)}</span>
            }
        </div>
    }
}

fn nothing(search: &Search, q: &str) -> Html {
    if search.is_loading {
        return loading("names", 24);
    }
    html! {
        <div class="empty">
            if search.found.words.is_empty() {
                <h2>{"What are you looking for?"}</h2>
                <p>{"Owners, binaries, packages, files and functions are found by any part of their name."}</p>
                <p>{"Several words must all fit: "}<span class="mono">{"daemon drain"}</span>{"."}</p>
            } else {
                <h2>{"Nothing fits “"}<bdi>{q.to_owned()}</bdi>{"”"}</h2>
                <p>{"All words must fit, each somewhere in a name or where it belongs."}</p>
            }
        </div>
    }
}
