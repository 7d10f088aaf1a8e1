//! The band above the table: how much ran, spread, whose, where worst, size of the whole.

use std::rc::Rc;

use covatlas_shared::{manifest::Manifest, stats::Tiers};
use yew::prelude::*;

use crate::{
    components::{
        KindBadge, NamespaceName,
        cvg::{bar, class_of_tier, tier_class},
        use_nav,
    },
    model::{
        format,
        owners::{OwnerTable, by_namespace, lowest, tier_counts},
    },
    route::{DashboardQuery, OwnerView, Route},
};

/// Properties of the band and its cells.
#[derive(Properties, PartialEq)]
pub(super) struct BandProps {
    pub(super) manifest: Rc<Manifest>,
    pub(super) table: Rc<OwnerTable>,
    pub(super) query: DashboardQuery,
}

/// The band. Its numbers are those of the whole report, whatever the filters are.
#[component]
pub(super) fn Band(props: &BandProps) -> Html {
    html! {
        <section class="band" aria-label="Summary">
            <HowMuch manifest={Rc::clone(&props.manifest)} />
            <Spread table={Rc::clone(&props.table)} query={props.query.clone()} />
            <Whose table={Rc::clone(&props.table)} />
            <Lowest table={Rc::clone(&props.table)} />
            <Size manifest={Rc::clone(&props.manifest)} />
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ManifestProps {
    manifest: Rc<Manifest>,
}

#[derive(Properties, PartialEq)]
struct TableProps {
    table: Rc<OwnerTable>,
}

#[component]
fn HowMuch(props: &ManifestProps) -> Html {
    let coverage = props.manifest.totals.coverage;
    html! {
        <div>
            <h2>{"Statements that ran"}</h2>
            <p class="hero">
                <b>{format::percent(coverage).unwrap_or_else(|| "–".to_owned())}</b>
                <span class="mut">
                    {format::number(coverage.covered())}{" of "}{format::number(coverage.statements())}
                </span>
            </p>
            {bar(coverage, None, props.manifest.tiers)}
            <p class="dim">{"each counted once · "}{format::number(coverage.uncovered())}{" never ran"}</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SpreadProps {
    table: Rc<OwnerTable>,
    query: DashboardQuery,
}

#[component]
fn Spread(props: &SpreadProps) -> Html {
    let nav = use_nav();
    let counts = use_memo(Rc::clone(&props.table), |table| tier_counts(table));
    let [none, tiers @ ..] = *counts;
    let all: u64 = tiers.iter().sum();
    let mut start = 0_u64;
    let mut piece = |(class, n): (&'static str, u64)| {
        let (x, width) = (format::length(start, all), format::length(n, all));
        start += n;
        html! { <rect {class} {x} {width} height="8" /> }
    };
    let pieces: Vec<Html> =
        ["x1", "x2", "x3", "x4"].into_iter().zip(tiers).map(&mut piece).collect();
    let legend = |(tier, n): (u8, u64)| {
        let mut query = props.query.clone();
        let is_on = query.tiers.contains(&tier);
        query.tiers = if is_on { Vec::new() } else { vec![tier] };
        let onclick = nav.push.reform(move |_: MouseEvent| Route::Dashboard(query.clone()));
        html! {
            <button aria-pressed={is_on.to_string()} {onclick}>
                <i class={classes!("pips", class_of_tier(tier))}></i>
                <b>{format::number(n)}</b>
                <span class="mut">{tier_text(tier, props.table.tiers())}</span>
            </button>
        }
    };
    html! {
        <div>
            <h2>
                {"Owners by coverage"}
                if none > 0 {
                    <span class="dim">{format!(" · {} without statements", format::number(none))}</span>
                }
            </h2>
            <svg class="cov dist" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                {for pieces}
            </svg>
            <div class="legend">{ for (1_u8..).zip(tiers).map(legend) }</div>
        </div>
    }
}

/// The bounds of a tier in words: `25–50%`.
pub(super) fn tier_text(tier: u8, Tiers([a, b, c]): Tiers) -> String {
    match tier {
        1 => format!("< {a}%"),
        2 => format!("{a}–{b}%"),
        3 => format!("{b}–{c}%"),
        4 => format!("≥ {c}%"),
        _ => "no statements".to_owned(),
    }
}

#[component]
fn Whose(props: &TableProps) -> Html {
    let shares = use_memo(Rc::clone(&props.table), |table| by_namespace(table, 3));
    let largest = shares.first().map_or(0, |s| s.uncovered);
    let line = |share: &crate::model::owners::NamespaceShare| {
        let namespaces = vec![share.namespace.clone()];
        let to = Route::Dashboard(DashboardQuery { namespaces, ..DashboardQuery::default() });
        html! {
            <>
                <a class="cut quiet" href={to.href()} title={share.namespace.clone()}>
                    <NamespaceName name={share.namespace.clone()} />
                </a>
                <span class="num">{format::number(share.uncovered)}</span>
                <svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={format::length(share.uncovered, largest)} height="6" />
                </svg>
            </>
        }
    };
    html! {
        <div title="Each build of a namespace counts once, with the owner that ran most of it">
            <h2>{"Whose "}<span class="dim">{"· uncovered statements by namespace"}</span></h2>
            <div class="top3">{ for shares.iter().map(line) }</div>
        </div>
    }
}

#[component]
fn Lowest(props: &TableProps) -> Html {
    let table = &props.table;
    let owners = use_memo(Rc::clone(table), |table| lowest(table, 3));
    let line = |idx: &usize| {
        let row = table.newest(*idx)?;
        let to = Route::Owner(table.owner_ref(row), OwnerView::default());
        let namespace = table.text(row.namespace);
        Some(html! {
            <>
                <a class="row quiet" href={to.href()} title={format!("{namespace} {}", table.text(row.name))}>
                    <KindBadge kind={table.text(row.kind).to_owned()} />
                    <bdi class="cut">{table.text(row.name)}</bdi>
                </a>
                <span class={classes!("num", "pct", tier_class(row.coverage, table.tiers()))}>
                    {format::percent(row.coverage)}
                </span>
                <span class="dim cut">{"of "}{format::number(row.coverage.statements())}</span>
            </>
        })
    };
    html! {
        <div>
            <h2>{"Least covered owners "}<span class="dim">{"· of statements"}</span></h2>
            <div class="top3">{ for owners.iter().filter_map(line) }</div>
        </div>
    }
}

#[component]
fn Size(props: &ManifestProps) -> Html {
    let t = &props.manifest.totals;
    let n = |n: u32| format::number(u64::from(n));
    let s = |n: u32| if n == 1 { "" } else { "s" };
    html! {
        <div>
            <dl class="facts">
                <dt>{n(t.owners)}</dt><dd>{format!("owner{}", s(t.owners))}</dd>
                <dt>{n(t.binaries)}</dt>
                <dd>{format!("binar{} · {} build{}", if t.binaries == 1 { "y" } else { "ies" }, n(t.builds), s(t.builds))}</dd>
                <dt>{n(t.pods)}</dt><dd>{format!("pod{} · {} host{}", s(t.pods), n(t.hosts), s(t.hosts))}</dd>
                <dt>{n(t.repos)}</dt><dd>{format!("repositor{}", if t.repos == 1 { "y" } else { "ies" })}</dd>
            </dl>
        </div>
    }
}
