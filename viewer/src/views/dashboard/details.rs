//! What a row expands to.

use std::rc::Rc;

use covatlas_shared::{codec::StrIdx, owners::OwnerRow};
use yew::prelude::*;

use super::count;
use crate::{
    components::{Cvg, Name},
    model::{format, owners::OwnerTable},
    route::{OwnerView, Route},
};

/// The most names of one kind that are drawn.
const MAX_NAMES: usize = 40;

/// Properties of [`Details`].
#[derive(Properties, PartialEq)]
pub(super) struct DetailsProps {
    pub(super) table: Rc<OwnerTable>,
    pub(super) owner: usize,
}

/// Pods, hosts, images, builds and times of an owner, in a row that spans the table.
#[component]
pub(super) fn Details(props: &DetailsProps) -> Html {
    let table = &props.table;
    let rows = table.rows(props.owner);
    let Some(newest) = rows.first() else { return html! { <tr></tr> } };
    let evidence = table.text(newest.evidence);
    html! {
        <tr class="more" role="row">
            <td role="cell" colspan="11">
                <dl class="kv">
                    <dt>{"Pods"}</dt><dd>{names(table, rows, |r| &r.pods)}</dd>
                    <dt>{"Hosts"}</dt><dd>{names(table, rows, |r| &r.hosts)}</dd>
                    <dt>{"Containers"}</dt><dd>{names(table, rows, |r| &r.containers)}</dd>
                    <dt>{"Images"}</dt><dd class="mono">{names(table, rows, |r| &r.images)}</dd>
                    <dt>{if rows.len() == 1 { "Build" } else { "Builds" }}</dt>
                    <dd>{ for rows.iter().take(MAX_NAMES).map(|row| build(table, row)) }</dd>
                    if !evidence.is_empty() {
                        <dt>{"Owner by"}</dt><dd>{evidence_text(evidence)}</dd>
                    }
                </dl>
            </td>
        </tr>
    }
}

/// The distinct names of all rows, sorted as the shard sorts them.
fn names(table: &OwnerTable, rows: &[OwnerRow], of: impl Fn(&OwnerRow) -> &Vec<StrIdx>) -> Html {
    let mut all: Vec<&str> = rows.iter().flat_map(|r| of(r)).map(|n| table.text(*n)).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        return html! { <span class="dim">{"–"}</span> };
    }
    let n_more = all.len().saturating_sub(MAX_NAMES);
    let name = |(i, name): (usize, &&str)| {
        html! { <>{if i > 0 { ", " } else { "" }}<bdi>{*name}</bdi></> }
    };
    html! {
        <>
            { for all.iter().take(MAX_NAMES).enumerate().map(name) }
            if n_more > 0 {
                <span class="dim">{" and "}{format::number(count(n_more))}{" more"}</span>
            }
        </>
    }
}

/// One build: commit, coverage, when, and the link to the owner with it.
fn build(table: &OwnerTable, row: &OwnerRow) -> Html {
    let Some(build) = table.build(row) else { return Html::default() };
    let view = OwnerView { build: table.build_id(row), ..OwnerView::default() };
    let to = Route::Owner(table.owner_ref(row), view).href();
    let commit = format::commit(table.text(build.commit)).to_owned();
    let text = if commit.is_empty() { build.hash.chars().take(8).collect() } else { commit };
    let repo = table.text(build.repo).to_owned();
    html! {
        <div class="buildline">
            <a class="mono" href={to} title={build.hash.clone()}><bdi>{text}</bdi></a>
            <Cvg own={row.coverage} tiers={table.tiers()} />
            <span class="mut num">{"of "}{format::number(row.coverage.statements())}</span>
            <span class="dim">{seen(row)}</span>
            <span class="dim cut"><Name name={repo} /></span>
        </div>
    }
}

/// When a build was seen first and last.
fn seen(row: &OwnerRow) -> String {
    match (row.first_seen, row.last_seen) {
        (Some(first), Some(last)) => {
            format!("{} to {}", format::moment(first), format::full_moment(last))
        }
        (_, Some(last)) => format!("until {}", format::full_moment(last)),
        _ => "when is unknown".to_owned(),
    }
}

/// How an owner was found, in words.
fn evidence_text(evidence: &str) -> String {
    match evidence {
        "owner-reference" => "the owner reference of its pods".to_owned(),
        "static-pod" => "the pod's name, which ends in its host's name".to_owned(),
        "alphabet" | "pattern" => "the pod's name: a guess by its form".to_owned(),
        other => other.to_owned(),
    }
}
