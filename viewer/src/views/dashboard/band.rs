//! The band above the table: how much ran, spread, whose, where worst, size of the whole.
//!
//! Its numbers are those of the owners that are shown, and it says so when some are not.

use covatlas_shared::stats::Tiers;
use yew::prelude::*;

use crate::{
    components::{
        bar,
        cvg::{self, class_of_tier},
        kind_badge, namespace_name, tier_class, two_classes,
    },
    model::{
        format,
        owners::{Answers, NamespaceShare, Numbers, OwnerTable, Size},
    },
    route::{DashboardQuery, OwnerView, Route},
};

/// The band.
pub(super) fn band(
    answers: &Answers,
    table: &OwnerTable,
    query: &DashboardQuery,
    push: &Callback<Route>,
) -> Html {
    html! {
        <section class="band" aria-label="Summary">
            {how_much(answers, table.tiers())}
            {spread(answers.tiers, table.tiers(), query, push)}
            {whose(&answers.namespaces, query)}
            {lowest(table, &answers.lowest)}
            {size(&answers.size, answers.is_whole())}
        </section>
    }
}

fn how_much(answers: &Answers, tiers: Tiers) -> Html {
    let coverage = *answers.ran.get();
    let [covered, statements, uncovered] =
        [coverage.covered(), coverage.statements(), coverage.uncovered()].map(format::number);
    let (how, title) = if answers.ran.is_once() {
        ("each counted once", "Each statement counts once, however many owners run it")
    } else {
        ("added up by owner", ADDED_UP)
    };
    let below = if answers.n_shown == 0 {
        "no owner is shown".to_owned()
    } else {
        format!("{how} · {uncovered} never ran")
    };
    let part = if answers.is_whole() {
        String::new()
    } else {
        let shown = format::number(format::amount(answers.n_shown));
        format!(" · {shown} of {}", format::count(format::amount(answers.n_owners), "owner"))
    };
    html! {
        <div {title}>
            <h2>{"Statements that ran"}<span class="dim">{part}</span></h2>
            <p class="hero">
                <b>{format::percent(coverage).unwrap_or_else(|| "–".to_owned())}</b>
                <span class="mut">{format!("{covered} of {statements}")}</span>
            </p>
            {bar(coverage, None, tiers)}
            <p class="dim">{below}</p>
        </div>
    }
}

/// What numbers are when nobody knows how much code the owners share.
const ADDED_UP: &str = "The newest builds of these owners, added up: a statement that several of \
    them have counts for each of them";

fn spread(
    [without, tiers @ ..]: [u64; 5],
    bounds: Tiers,
    query: &DashboardQuery,
    push: &Callback<Route>,
) -> Html {
    let all: u64 = tiers.iter().sum();
    let mut start = 0_u64;
    let piece = |(class, n): (&'static str, u64)| {
        let (x, width) = (format::length(start, all), format::length(n, all));
        start += n;
        html! { <rect {class} {x} {width} height="8" /> }
    };
    let pieces = ["x1", "x2", "x3", "x4"].into_iter().zip(tiers).map(piece);
    let without = if without > 0 {
        format!("· {} without statements", format::number(without))
    } else {
        String::new()
    };
    html! {
        <div>
            <h2>{"Owners by coverage "}<span class="dim">{without}</span></h2>
            <svg class="cov dist" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                {for pieces}
            </svg>
            <div class="legend">
                { for (1_u8..).zip(tiers).map(|(tier, n)| legend(tier, n, bounds, query, push)) }
            </div>
        </div>
    }
}

/// How many owners are in a tier; a click shows only these, or all again.
fn legend(
    tier: u8,
    n_owners: u64,
    bounds: Tiers,
    query: &DashboardQuery,
    push: &Callback<Route>,
) -> Html {
    let is_on = query.tiers.contains(&tier);
    let tiers = if is_on { Vec::new() } else { vec![tier] };
    let to = Route::Dashboard(DashboardQuery { tiers, ..query.clone() });
    let onclick = push.reform(move |_: MouseEvent| to.clone());
    html! {
        <button aria-pressed={is_on.to_string()} {onclick}>
            <i class={two_classes("pips", class_of_tier(tier))}></i>
            <b>{format::number(n_owners)}</b>
            <span class="mut">{tier_text(tier, bounds)}</span>
        </button>
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

fn whose(shares: &Numbers<Vec<NamespaceShare>>, query: &DashboardQuery) -> Html {
    let largest = shares.get().first().map_or(0, |s| s.uncovered);
    let line = |share: &NamespaceShare| {
        let namespaces = vec![share.namespace.clone()];
        let to = Route::Dashboard(DashboardQuery { namespaces, ..query.clone() });
        html! {
            <>
                <a class="cut quiet" href={to.href()} title={share.namespace.clone()}>
                    {namespace_name(&share.namespace)}
                </a>
                <span class="num">{format::number(share.uncovered)}</span>
                {cvg::share(share.uncovered, largest)}
            </>
        }
    };
    let (how, title) = if shares.is_once() {
        ("· uncovered statements by namespace", "Each statement counts once in its namespace")
    } else {
        ("· uncovered, added up by owner", ADDED_UP)
    };
    html! {
        <div {title}>
            <h2>{"Whose "}<span class="dim">{how}</span></h2>
            <div class="top3">{ for shares.get().iter().map(line) }</div>
        </div>
    }
}

fn lowest(table: &OwnerTable, owners: &[usize]) -> Html {
    let line = |idx: &usize| {
        let row = table.newest(*idx)?;
        let to = Route::Owner(table.owner_ref(row), OwnerView::default());
        let (namespace, name) = (table.text(row.namespace), table.text(row.name));
        let tier = tier_class(row.coverage, table.tiers());
        Some(html! {
            <>
                <a class="row quiet" href={to.href()} title={format!("{namespace} {name}")}>
                    {kind_badge(table.text(row.kind))}<bdi class="cut">{name}</bdi>
                </a>
                <span class={two_classes("num pct", tier)}>{format::percent(row.coverage)}</span>
                <span class="dim cut">{"of "}{format::number(row.coverage.statements())}</span>
            </>
        })
    };
    html! {
        <div>
            <h2>{"Least covered owners "}<span class="dim">{"· of statements"}</span></h2>
            <div class="top3 worst">{ for owners.iter().filter_map(line) }</div>
        </div>
    }
}

/// How much there is. Of a part of the owners only the main repositories are known.
fn size(size: &Size, is_whole: bool) -> Html {
    let numbers = [size.owners, size.binaries, size.pods, size.repos];
    let [owners, binaries, pods, repos] = numbers.map(|n| format::number(n.into()));
    let with = |n: u32, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let builds = format::count(size.builds.into(), "build");
    let hosts = format::count(size.hosts.into(), "host");
    let (main, title) = if is_whole {
        ("", None)
    } else {
        ("main ", Some("The repositories that most files of these builds are from"))
    };
    html! {
        <div>
            <dl class="facts">
                <dt>{owners}</dt><dd>{with(size.owners, "owner", "owners")}</dd>
                <dt>{binaries}</dt>
                <dd>{with(size.binaries, "binary", "binaries")}{" · "}{builds}</dd>
                <dt>{pods}</dt><dd>{with(size.pods, "pod", "pods")}{" · "}{hosts}</dd>
                <dt>{repos}</dt>
                <dd {title}>{main}{with(size.repos, "repository", "repositories")}</dd>
            </dl>
        </div>
    }
}
