//! What a row expands to.

use covatlas_shared::{codec::StrIdx, field::Field, owners::OwnerRow};
use yew::prelude::*;

use crate::{
    components::{cvg, name, repo_name},
    model::{
        format,
        lens_choice::{narrowed, of_owner},
        owners::OwnerTable,
        sorting::sorted_positions,
    },
    route::{DashboardQuery, OwnerView, Route, lens},
};

/// The most names of one kind, or builds, that are drawn.
const MAX_NAMES: usize = 40;

/// Pods, hosts, images, builds and times of an owner, in a row that spans the table.
pub(super) fn details(table: &OwnerTable, owner: usize) -> Html {
    let rows = table.rows(owner);
    let evidence = rows.first().map_or("", |row| table.text(row.evidence));
    let processes: u64 = rows.iter().map(|row| u64::from(row.processes)).sum();
    let first = rows.iter().filter_map(|row| row.first_seen).min();
    let last = rows.iter().filter_map(|row| row.last_seen).max();
    let facts: [(&str, String); 6] = [
        ("Containers", names(table, rows, |r| &r.containers)),
        ("Images", names(table, rows, |r| &r.images)),
        ("Labels", names(table, rows, |r| &r.labels)),
        ("Processes", format::number(processes)),
        ("Seen", seen(first, last)),
        ("Owner by", evidence_text(evidence)),
    ];
    let fact = |(title, text): &(&'static str, String)| {
        html! { <><dt>{*title}</dt><dd>{name(text)}</dd></> }
    };
    html! {
        <tr class="more" role="row">
            <td role="cell" colspan={if table.runs().is_empty() { "11" } else { "12" }}>
                <dl class="kv">
                    {links("Pods", Field::Pod, &distinct(table, rows, |r| &r.pods))}
                    {links("Hosts", Field::Node, &distinct(table, rows, |r| &r.hosts))}
                    { for facts.iter().filter(|(_, text)| !text.is_empty()).map(fact) }
                    <dt>{"Builds"}</dt>
                    <dd>{ for rows.iter().take(MAX_NAMES).map(|row| build(table, row)) }</dd>
                    <dt>{"Lens"}</dt>
                    <dd>{ for rows.first().map(|row| owner_lens(table, row)) }</dd>
                </dl>
            </td>
        </tr>
    }
}

/// The distinct names of all rows, sorted.
fn distinct<'a>(
    table: &'a OwnerTable,
    rows: &[OwnerRow],
    of: fn(&OwnerRow) -> &Vec<StrIdx>,
) -> Vec<&'a str> {
    let all: Vec<&str> = rows.iter().flat_map(of).map(|n| table.text(*n)).collect();
    let sorted = sorted_positions(all.len(), &mut |a, b| all.get(a).cmp(&all.get(b)));
    let mut all: Vec<&str> = sorted.into_iter().filter_map(|i| all.get(i)).copied().collect();
    all.dedup();
    all.retain(|name| !name.is_empty());
    all
}

/// These names as one text.
fn names(table: &OwnerTable, rows: &[OwnerRow], of: fn(&OwnerRow) -> &Vec<StrIdx>) -> String {
    let all = distinct(table, rows, of);
    let shown: Vec<&str> = all.iter().take(MAX_NAMES).copied().collect();
    format!("{}{}", shown.join(", "), more(all.len()))
}

/// ` and 12 more`, when there are more than are drawn.
fn more(n: usize) -> String {
    match n.saturating_sub(MAX_NAMES) {
        0 => String::new(),
        n => format!(" and {} more", format::number(format::amount(n))),
    }
}

/// Names each of which leads to what it alone ran.
fn links(title: &'static str, field: Field, all: &[&str]) -> Html {
    let link = |(i, value): (usize, &&str)| {
        let filters = narrowed(&lens::current(), field, &[(*value).to_owned()]);
        let (href, title) = (dashboard().href_under(&filters), format!("Lens on {value}"));
        html! { <>{if i > 0 { ", " } else { "" }}<a class="quiet" {href} {title}>{name(value)}</a></> }
    };
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <dt>{title}</dt>
            <dd>{ for all.iter().take(MAX_NAMES).enumerate().map(link) }{more(all.len())}</dd>
        </>
    }
}

/// Leads to what this owner alone ran.
fn owner_lens(table: &OwnerTable, row: &OwnerRow) -> Html {
    let filters = of_owner(&lens::current(), table, row);
    let href = dashboard().href_under(&filters);
    html! { <a class="link" {href}>{"Only what this owner ran, on every page"}</a> }
}

fn dashboard() -> Route {
    Route::Dashboard(DashboardQuery::default())
}

/// One build: commit, coverage, when, and the link to the owner with it.
fn build(table: &OwnerTable, row: &OwnerRow) -> Html {
    let Some(build) = table.build(row) else { return Html::default() };
    let view = OwnerView { build: table.build_id(row), ..OwnerView::default() };
    let to = Route::Owner(table.owner_ref(row), view).href();
    let commit = format::commit(table.text(build.commit));
    let text = if commit.is_empty() { format::commit(&build.hash) } else { commit };
    html! {
        <div class="buildline">
            <a class="mono" href={to} title={build.hash.clone()}><bdi>{text}</bdi></a>
            {cvg(row.coverage, None, table.tiers())}
            <span class="mut num">{"of "}{format::number(row.coverage.statements())}</span>
            <span class="dim">{seen(row.first_seen, row.last_seen)}</span>
            <span class="dim cut">{repo_name(table.text(build.repo))}</span>
        </div>
    }
}

/// When something was seen first and last.
fn seen(first: Option<i64>, last: Option<i64>) -> String {
    match (first, last) {
        (Some(first), Some(last)) => {
            format!("{} to {}", format::moment(first), format::full_moment(last))
        }
        (_, Some(last)) => format!("until {}", format::full_moment(last)),
        _ => "when is unknown".to_owned(),
    }
}

/// How an owner was found, in words.
fn evidence_text(evidence: &str) -> String {
    let words = match evidence {
        "owner-reference" => "the owner reference of its pods",
        "configured" => "a prefix of its pods' names in the configuration",
        "static-pod" => "the pod's name, which ends in its host's name",
        "host" => "a process of the host",
        "alphabet" | "pattern" => "the form of the pod's name: a guess",
        other => other,
    };
    words.to_owned()
}
