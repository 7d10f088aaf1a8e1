//! The five answers about a build: how much ran here, how much anywhere, who runs it, what is the
//! largest that never ran, how much there is.

use covatlas_shared::{owners::OwnerRow, stats::Coverage};
use yew::prelude::*;

use super::Shown;
use crate::{
    components::{
        bar,
        cvg::{tier_class, two_classes},
        kind_badge, namespace_name,
    },
    model::{
        format::{amount, count, number, percent},
        funcs::FuncStat,
        subject::Subject,
        tree::FileStat,
    },
    route::{BuildId, OwnerView, Route},
};

/// Owners that the band names.
const IN_BAND: usize = 3;

/// The most owners that are listed below it.
const MAX_LISTED: usize = 60;

/// The band above the panes; `shown` has files and funcs, once they are here.
pub(super) fn band(subject: &Subject, shown: Option<&Shown>) -> Html {
    let class = if subject.own.is_some() { "band" } else { "band four" };
    let is_own = subject.own.is_some();
    let largest_title =
        if is_own { "Largest that never ran here" } else { "Largest that never ran" };
    html! {
        <section {class} aria-label="Coverage of this build">
            if let Some(own) = &subject.own {
                {ran_here(subject, own)}
            }
            {ran_anywhere(subject)}
            {runners(subject)}
            <div><h2>{largest_title}</h2>{for shown.map(largest)}</div>
            {facts(subject, shown)}
        </section>
    }
}

/// Everyone with the build, when they are more than the band has room for; folded until asked for.
pub(super) fn everyone(subject: &Subject) -> Html {
    let n = subject.runners.len();
    if n <= IN_BAND {
        return Html::default();
    }
    let table = &subject.table;
    let link = |row: &OwnerRow| {
        let tier = tier_class(row.coverage, table.tiers());
        html! {
            <li>
                <a class="row" href={runner_href(subject, row)}>
                    {kind_badge(table.text(row.kind))}
                    <span class="cut">
                        {namespace_name(table.text(row.namespace))}{" / "}
                        <bdi>{table.text(row.name)}</bdi>
                    </span>
                    <span class={two_classes("pct push", tier)}>{headline(row.coverage)}</span>
                </a>
            </li>
        }
    };
    let n_more = amount(n.saturating_sub(MAX_LISTED));
    html! {
        <details class="runners">
            <summary>{format!("All {} with this build", count(amount(n), "owner"))}</summary>
            <ul>{ for subject.runners.iter().take(MAX_LISTED).map(link) }</ul>
            if n_more > 0 {
                <p class="mut">{format!("and {} that ran less", count(n_more, "owner"))}</p>
            }
        </details>
    }
}

fn runner_href(subject: &Subject, row: &OwnerRow) -> String {
    let build = BuildId::of_hash(&subject.build.hash);
    Route::Owner(subject.table.owner_ref(row), OwnerView { build, ..OwnerView::default() }).href()
}

fn ran_here(subject: &Subject, own: &OwnerRow) -> Html {
    let (n_pods, n_hosts) = (amount(own.pods.len()), amount(own.hosts.len()));
    let whose = match (n_pods, n_hosts) {
        (0, 0) => count(own.processes.into(), "process").replace("processs", "processes"),
        (0, _) => format!("on {}", count(n_hosts, "node")),
        (_, 0) => count(n_pods, "pod"),
        _ => format!("{} on {}", count(n_pods, "pod"), count(n_hosts, "node")),
    };
    html! {
        <div>
            <h2>{"Ran here"}</h2>
            <p class="hero"><b>{headline(own.coverage)}</b><span class="mut">{of(own.coverage)}</span></p>
            { bar(own.coverage, None, subject.table.tiers()) }
            <p class="dim">{whose}{" · this owner only"}</p>
        </div>
    }
}

fn ran_anywhere(subject: &Subject) -> Html {
    let all = subject.build.coverage;
    let own = subject.own.as_ref().map_or(all, |own| own.coverage);
    let more = all.covered().saturating_sub(own.covered());
    let legend = if subject.own.is_some() {
        "solid: here · light: only elsewhere".to_owned()
    } else {
        format!("by {}", count(amount(subject.runners.len()), "owner"))
    };
    html! {
        <div>
            <h2>{"Ran anywhere, by everyone with this build"}</h2>
            <p class="hero">
                <b>{headline(all)}</b>
                <span class="mut">
                    {of(all)}
                    if more > 0 {
                        {" · "}<span class="up">{format!("+{}", number(more))}</span>
                    }
                </span>
            </p>
            { bar(own, Some(all), subject.table.tiers()) }
            <p class="dim">{legend}</p>
        </div>
    }
}

fn runners(subject: &Subject) -> Html {
    let table = &subject.table;
    let line = |row: &OwnerRow| {
        let href = runner_href(subject, row);
        let (name, namespace) = (table.text(row.name), table.text(row.namespace));
        let where_ = match (row.pods.len(), row.hosts.len()) {
            (0, 0) => String::new(),
            (0, n) => count(amount(n), "node"),
            (n, _) => count(amount(n), "pod"),
        };
        html! {
            <>
                <a class="cut" {href} title={format!("{name} in {namespace}")}>
                    {kind_badge(table.text(row.kind))}{" "}<bdi>{name}</bdi>
                    {" "}<span class="dim">{namespace_name(namespace)}</span>
                </a>
                <span class="num">{headline(row.coverage)}</span>
                <span class="dim">{where_}</span>
            </>
        }
    };
    html! {
        <div>
            <h2>{"Runs this build"}</h2>
            <div class="top3">{ for subject.runners.iter().take(IN_BAND).map(line) }</div>
        </div>
    }
}

/// The three funcs with most statements that never ran here.
fn largest(shown: &Shown) -> Html {
    let line = |func: &FuncStat| {
        let name = format!("{}{}", func.head, func.name);
        let href = shown.file(func.file, Some(func.line)).href();
        html! {
            <>
                <a class="mono cut" {href} title={name.clone()}><bdi>{name}</bdi></a>
                <span class="num">{number(func.stat.own.statements())}</span>
                <span class="dim">{"statements"}</span>
            </>
        }
    };
    html! { <div class="top3">{ for shown.funcs.largest_never().map(line) }</div> }
}

fn facts(subject: &Subject, shown: Option<&Shown>) -> Html {
    let build = &subject.build;
    let coverage = subject.own.as_ref().map_or(build.coverage, |own| own.coverage);
    let funcs = subject.own.as_ref().map_or(build.funcs, |own| own.funcs);
    let is_untouched = |f: &&FileStat| f.stat.own.covered() == 0 && f.stat.own.statements() > 0;
    let untouched = shown.map(|shown| {
        let n = shown.files.files().iter().filter(is_untouched).count();
        format!(" · {} untouched", number(amount(n)))
    });
    let here = if subject.own.is_some() { "never ran here" } else { "never ran" };
    html! {
        <div>
            <dl class="facts">
                <dt>{number(coverage.uncovered())}</dt><dd>{"uncovered"}</dd>
                <dt>{number(build.files.into())}</dt><dd>{"files"}{untouched}</dd>
                <dt>{number(funcs.statements())}</dt><dd>{"functions"}</dd>
                <dt>{number(funcs.uncovered())}</dt><dd>{here}</dd>
            </dl>
        </div>
    }
}

fn headline(coverage: Coverage) -> String {
    percent(coverage).unwrap_or_else(|| "–".to_owned())
}

fn of(coverage: Coverage) -> String {
    format!("{} of {}", number(coverage.covered()), number(coverage.statements()))
}
