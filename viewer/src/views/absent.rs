//! Addresses that lead to nothing here.

use yew::prelude::*;

use crate::{
    components::{kind_badge, namespace_name, tier_class, two_classes},
    model::{
        format,
        owners::{OwnerTable, nearest},
    },
    route::{DashboardQuery, OwnerRef, OwnerView, Route},
};

/// A page that this report does not have; `what` is the address as given.
pub fn absent(what: &str) -> Html {
    let home = Route::Dashboard(DashboardQuery::default()).href();
    html! {
        <div class="empty">
            <h1>{"Not part of this report"}</h1>
            <p class="mono"><bdi>{what}</bdi></p>
            <p>{"The address names a page that this report does not have."}</p>
            <div class="row wrap"><a class="btn main" href={home}>{"All owners"}</a></div>
        </div>
    }
}

/// A link to an owner that is not in this report: the name as given and its nearest matches.
pub fn no_such_owner(table: &OwnerTable, owner: &OwnerRef) -> Html {
    let OwnerRef { namespace, kind, name, binary, .. } = owner;
    let near = nearest(table, owner, 4);
    let home = Route::Dashboard(DashboardQuery::default()).href();
    let link = |idx: &usize| {
        let row = table.newest(*idx)?;
        let to = Route::Owner(table.owner_ref(row), OwnerView::default());
        let tier = tier_class(row.coverage, table.tiers());
        Some(html! {
            <a class="btn" href={to.href()}>
                {kind_badge(table.text(row.kind))}
                <span class="cut">
                    <bdi>{table.text(row.name)}</bdi>{" "}
                    <span class="mut">{namespace_name(table.text(row.namespace))}</span>
                </span>
                <span class={two_classes("pct", tier)}>{format::percent(row.coverage)}</span>
            </a>
        })
    };
    html! {
        <div class="empty">
            <h1>{"This link points to something that is not in this report"}</h1>
            <p class="mono"><bdi>{format!("{namespace} / {kind} / {name} / {binary}")}</bdi></p>
            if !near.is_empty() {
                <p>{"Nearest by name:"}</p>
            }
            <div class="row wrap">
                {for near.iter().filter_map(link)}
                <a class="btn main" href={home}>{"All owners"}</a>
            </div>
        </div>
    }
}
