//! Addresses that lead to nothing here.

use covatlas_shared::manifest::{Manifest, RepoLink};
use yew::prelude::*;

use crate::{
    components::{cvg::pct, kind_badge, namespace_name, tier_class, two_classes},
    model::{
        format,
        owners::{OwnerTable, nearest},
        repo::nearest_repos,
    },
    route::{DashboardQuery, OwnerRef, OwnerView, RepoView, Route},
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

/// A link to a repository of which no file is known here: its nearest matches.
pub fn no_such_repo(manifest: &Manifest, name: &str) -> Html {
    let link = |repo: &RepoLink| {
        let href = Route::Repo(repo.repo.clone(), RepoView::default()).href();
        html! {
            <a class="btn" {href}>
                <bdi class="cut">{repo.repo.clone()}</bdi>{pct(repo.coverage, manifest.tiers)}
            </a>
        }
    };
    let near = nearest_repos(&manifest.repos, name, 4);
    let home = Route::Dashboard(DashboardQuery::default()).href();
    html! {
        <div class="empty">
            <h1>{"No file of this report is known to be from this repository"}</h1>
            <p class="mono"><bdi>{name.to_owned()}</bdi></p>
            if !near.is_empty() {
                <p>{"Nearest by name:"}</p>
            }
            <div class="row wrap">
                {for near.into_iter().map(link)}
                <a class="btn main" href={home}>{"All owners"}</a>
            </div>
        </div>
    }
}
