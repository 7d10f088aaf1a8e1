//! The landing page: all owners.

mod band;
mod details;
mod row;
mod spark;
mod table;
mod tools;

use std::rc::Rc;

use covatlas_shared::{manifest::Manifest, owners::OwnersShard};
use yew::prelude::*;

use crate::{
    components::{loading, problem, title::use_title, use_nav},
    model::{
        format,
        owners::{Answers, Column, Direction, Facet, Order, OwnerTable, order},
    },
    route::{DashboardQuery, Route},
    store::{Remote, use_manifest, use_owners},
    views::trust::TrustPanel,
};
use band::band;
use table::Table;
use tools::tools;

/// Properties of [`Dashboard`].
#[derive(Properties, PartialEq)]
pub struct DashboardProps {
    /// Filters and order.
    pub query: DashboardQuery,
}

/// The landing page.
#[component]
pub fn Dashboard(props: &DashboardProps) -> Html {
    let (manifest, owners) = (use_manifest(), use_owners());
    let nav = use_nav();
    let on_close = use_callback((nav.replace, props.query.clone()), |(), (replace, query)| {
        replace.emit(Route::Dashboard(DashboardQuery { trust: false, ..query.clone() }));
    });
    let panel = manifest.ready().filter(|_| props.query.trust);
    let panel = panel.map(|m| html! { <TrustPanel manifest={Rc::clone(m)} {on_close} /> });
    let page = match (manifest, owners) {
        (Remote::Ready(manifest), Remote::Ready(owners)) => {
            let query = DashboardQuery { trust: false, ..props.query.clone() };
            html! { <Owners {manifest} {owners} {query} /> }
        }
        (Remote::Failed(error), _) | (_, Remote::Failed(error)) => problem("the owners", &error),
        _ => loading("owners", 24),
    };
    html! { <>{page}{ for panel }</> }
}

/// Properties of [`Owners`].
#[derive(Properties, PartialEq)]
struct OwnersProps {
    manifest: Rc<Manifest>,
    owners: Rc<OwnersShard>,
    query: DashboardQuery,
}

/// The landing page once its shards are here.
#[component]
fn Owners(props: &OwnersProps) -> Html {
    use_title(props.manifest.title.clone());
    let tiers = props.manifest.tiers;
    let table = use_memo(Rc::clone(&props.owners), |owners| {
        OwnerTable::new(Rc::clone(owners), tiers).hiding(&props.manifest.hide)
    });
    let sorted = order(&props.query.sort);
    // Sorted once for an order, so that typing only filters.
    let all = use_memo((Rc::clone(&table), sorted.clone()), |(table, sorted)| table.sorted(sorted));
    // What passes and what the band says of it are the same in every order.
    let filters = DashboardQuery { sort: DashboardQuery::default().sort, ..props.query.clone() };
    let passing = use_memo((Rc::clone(&table), filters), |(table, filters)| table.passing(filters));
    let deps = (Rc::clone(&passing), all);
    let shown = use_memo(deps, |(passing, all)| passing.shown(all));
    let answers = use_memo((Rc::clone(&table), Rc::clone(&passing)), |(table, passing)| {
        Answers::of(table, &props.manifest, passing)
    });
    let nav = use_nav();
    html! {
        <>
            <h1 class="sr">{"Owners of "}<bdi>{&props.manifest.title}</bdi></h1>
            {band(&answers, &table, &props.query, &nav.push)}
            {tools(&table, &passing, &props.query, &shown, &nav)}
            if shown.is_empty() {
                {nothing(&props.query, table.len(), passing.n_hidden())}
            } else {
                <Table {table} shown={Rc::clone(&shown)} query={props.query.clone()} />
            }
            <footer class="foot">
                {format::count(format::amount(shown.len()), "owner")}{" shown, sorted by "}{order_text(&sorted)}{"."}
            </footer>
        </>
    }
}

/// No owner passes the filters: what is empty, why, and the way out.
fn nothing(query: &DashboardQuery, n_owners: usize, n_hidden: usize) -> Html {
    let n_filters: usize = Facet::ALL.iter().map(|facet| facet.chosen(query).len()).sum();
    let (noise, sort) = (query.noise, query.sort.clone());
    let clear = DashboardQuery { noise, sort, ..DashboardQuery::default() };
    let loud = DashboardQuery { noise: true, ..query.clone() };
    html! {
        <div class="empty">
            if n_owners == 0 {
                <h2>{"This report has no owners"}</h2>
                <p>{"No coverage data could be read. The trust panel says what is missing."}</p>
            } else {
                <h2>
                    {"No owner matches"}
                    if !query.q.trim().is_empty() {
                        {" “"}<bdi>{&query.q}</bdi>{"”"}
                    }
                </h2>
                if n_filters > 0 {
                    <p>{format::count(format::amount(n_filters), "filter")}{" on."}</p>
                }
                <div class="row wrap">
                    if n_hidden > 0 {
                        <a class="btn main" href={Route::Dashboard(loud).href()}>
                            {"Show "}{format::number(format::amount(n_hidden))}{" hidden as noise"}
                        </a>
                    } else {
                        <a class="btn main" href={Route::Dashboard(clear).href()}>
                            {"Clear filters"}
                        </a>
                    }
                </div>
            }
        </div>
    }
}

/// An order in words: `uncovered statements, most first, then namespace`.
fn order_text(order: &Order) -> String {
    let words = |(column, direction): &(Column, Direction)| {
        let name = match column {
            Column::Uncovered => "uncovered statements".to_owned(),
            Column::Seen => "last seen".to_owned(),
            other => other.title().to_ascii_lowercase(),
        };
        let way = match (column.is_number(), direction) {
            (true, Direction::Descending) => ", most first",
            (true, Direction::Ascending) => ", least first",
            (false, Direction::Descending) => ", backwards",
            (false, Direction::Ascending) => "",
        };
        format!("{name}{way}")
    };
    order.iter().map(words).collect::<Vec<_>>().join(", then ")
}
