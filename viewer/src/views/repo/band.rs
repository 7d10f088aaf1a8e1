//! The five answers about a repository: how much of it ran, how its files are spread, which builds
//! ran most of it, where most never ran, how much there is.

use covatlas_shared::{repo::RepoRun, stats::Coverage};
use yew::prelude::*;

use super::Shown;
use crate::{
    components::{
        bar,
        cvg::{class_of_tier, pct, tier_class, two_classes},
        kind_badge, namespace_name,
    },
    model::{
        format::{amount, count, length, number, percent},
        repo::{binary, build_id, builds_by_covered, owner_ref, runs_by_covered},
        sorting::sorted_positions,
    },
    route::{BuildRef, OwnerView, Route},
};

/// Builds and files that the band names.
const IN_BAND: usize = 3;

/// The most builds, and the most owners, that are listed below it.
const MAX_LISTED: usize = 60;

/// The band above the files.
pub(super) fn band(shown: &Shown) -> Html {
    html! {
        <section class="band" aria-label="Coverage of this repository">
            {ran(shown)}
            {spread(shown)}
            <div>
                <h2>{"Builds that ran most "}<span class="dim">{"· of their part"}</span></h2>
                <div class="top3">
                    { for builds_by_covered(&shown.repo).into_iter().take(IN_BAND).filter_map(|at| build_line(shown, at)) }
                </div>
            </div>
            <div>
                <h2>{"Files with most that never ran"}</h2>
                <div class="top3 worst">{ for worst(shown).into_iter().filter_map(|at| file_line(shown, at)) }</div>
            </div>
            {facts(shown)}
        </section>
    }
}

fn ran(shown: &Shown) -> Html {
    let all = shown.repo.coverage();
    let builds = count(amount(shown.repo.builds.len()), "build");
    html! {
        <div title="Each statement counts once, however many builds have it">
            <h2>{"Ran anywhere, each statement once"}</h2>
            <p class="hero">
                <b>{percent(all).unwrap_or_else(|| "–".to_owned())}</b>
                <span class="mut">{of(all)}</span>
            </p>
            {bar(all, None, shown.tiers())}
            <p class="dim">{format!("over {builds}")}</p>
        </div>
    }
}

/// How many files are in each tier.
fn spread(shown: &Shown) -> Html {
    let mut tiers = [0_u64; 5];
    for file in shown.files.files() {
        let tier = tiers.get_mut(usize::from(file.stat.all.tier(shown.tiers())));
        if let Some(n) = tier.filter(|_| file.n_variants > 0) {
            *n = n.saturating_add(1);
        }
    }
    let [without, tiers @ ..] = tiers;
    let all: u64 = tiers.iter().sum();
    let mut start = 0_u64;
    let piece = |(class, n): (&'static str, u64)| {
        let (x, width) = (length(start, all), length(n, all));
        start = start.saturating_add(n);
        html! { <rect {class} {x} {width} height="8" /> }
    };
    let pieces: Html = ["x1", "x2", "x3", "x4"].into_iter().zip(tiers).map(piece).collect();
    let [a, b, c] = shown.tiers().0;
    let bounds = [format!("< {a}%"), format!("{a}–{b}%"), format!("{b}–{c}%"), format!("≥ {c}%")];
    let legend = |((tier, n), bounds): ((u8, u64), String)| {
        html! {
            <span>
                <i class={two_classes("pips", class_of_tier(tier))}></i>
                <b>{number(n)}</b><span class="mut">{bounds}</span>
            </span>
        }
    };
    let legend: Html = (1_u8..).zip(tiers).zip(bounds).map(legend).collect();
    let without = if without > 0 {
        format!("· {} without statements", number(without))
    } else {
        String::new()
    };
    html! {
        <div>
            <h2>{"Files by coverage "}<span class="dim">{without}</span></h2>
            <svg class="cov dist" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                {pieces}
            </svg>
            <div class="legend">{legend}</div>
        </div>
    }
}

fn build_line(shown: &Shown, at: usize) -> Option<Html> {
    let build = shown.repo.builds.get(at)?;
    let binary = binary(&shown.repo, at).to_owned();
    let id = build_id(&shown.repo, u32::try_from(at).ok()?)?;
    let title = format!("{binary}, build {}: {}", id.as_str(), of(build.coverage));
    let short = id.as_str().to_owned();
    let href = Route::Build(BuildRef { binary: binary.clone(), build: id }, OwnerView::default());
    Some(html! {
        <>
            <a class="cut" href={href.href()} {title}>
                <bdi>{binary}</bdi>{" "}<span class="dim mono">{short}</span>
            </a>
            <span class="num">{pct(build.coverage, shown.tiers())}</span>
            <span class="dim">{"of "}{number(build.coverage.statements())}</span>
        </>
    })
}

/// Positions of the files with most statements that never ran.
fn worst(shown: &Shown) -> Vec<usize> {
    let uncovered = |at: usize| shown.files.get(at).map_or(0, |f| f.stat.all.uncovered());
    let mut sorted =
        sorted_positions(shown.files.len(), &mut |a, b| uncovered(b).cmp(&uncovered(a)));
    sorted.retain(|at| uncovered(*at) > 0);
    sorted.truncate(IN_BAND);
    sorted
}

fn file_line(shown: &Shown, at: usize) -> Option<Html> {
    let file = shown.files.get(at)?;
    let base = file.path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(html! {
        <>
            <a class="cut mono" href={shown.file(at).href()} title={file.path.to_string()}><bdi>{base}</bdi></a>
            <span class="num">{number(file.stat.all.uncovered())}</span>
            <span class="dim">{"of "}{number(file.stat.all.statements())}</span>
        </>
    })
}

fn facts(shown: &Shown) -> Html {
    let repo = &shown.repo;
    let n_files = shown.files.files().iter().filter(|file| file.n_variants > 0).count();
    let unbuilt = shown.on(|view, _: MouseEvent| view.unbuilt = !view.unbuilt);
    let n_unbuilt = amount(repo.unbuilt.len());
    let noun = |n: usize, one: &'static str| {
        count(amount(n), one).split_once(' ').map_or("", |_| one).to_owned()
            + if n == 1 { "" } else { "s" }
    };
    html! {
        <div>
            <dl class="facts">
                <dt>{number(amount(n_files))}</dt>
                <dd>
                    {noun(n_files, "file")}
                    if n_unbuilt > 0 {
                        {" · "}
                        <button class="link" onclick={unbuilt}>{number(n_unbuilt)}{" not built"}</button>
                    }
                </dd>
                <dt>{number(amount(repo.builds.len()))}</dt><dd>{noun(repo.builds.len(), "build")}</dd>
                <dt>{number(amount(repo.owners.len()))}</dt><dd>{noun(repo.owners.len(), "owner")}</dd>
                <dt>{number(repo.coverage().uncovered())}</dt><dd>{"never ran"}</dd>
            </dl>
        </div>
    }
}

/// Everyone, folded until asked for: each build and each owner with its own part.
pub(super) fn everyone(shown: &Shown) -> Html {
    let repo = &shown.repo;
    let builds = builds_by_covered(repo);
    let runs = runs_by_covered(repo);
    let title = format!(
        "All {} and {} with a part of it",
        count(amount(builds.len()), "build"),
        count(amount(repo.owners.len()), "owner")
    );
    let more = |n: usize, noun: &str| {
        n.checked_sub(MAX_LISTED).filter(|n| *n > 0).map(|n| {
            html! { <p class="mut">{format!("and {} that ran less", count(amount(n), noun))}</p> }
        })
    };
    let build = |at: usize| build_line(shown, at).map(|line| html! { <li class="row">{line}</li> });
    let run = |at: usize| repo.runs.get(at).and_then(|run| run_line(shown, run));
    html! {
        <details class="runners">
            <summary>{title}</summary>
            <h3 class="lab">{"Builds"}</h3>
            <ul>{ for builds.iter().take(MAX_LISTED).filter_map(|at| build(*at)) }</ul>
            {for more(builds.len(), "build")}
            <h3 class="lab">{"Owners"}</h3>
            <ul>{ for runs.iter().take(MAX_LISTED).filter_map(|at| run(*at)) }</ul>
            {for more(runs.len(), "owner")}
        </details>
    }
}

fn run_line(shown: &Shown, run: &RepoRun) -> Option<Html> {
    let build = shown.repo.builds.get(usize::try_from(run.build).ok()?)?;
    let owner = owner_ref(&shown.repo, run, shown.has_clusters());
    let statements = build.coverage.statements();
    let coverage = Coverage::new(statements, run.covered.min(statements))?;
    let view = OwnerView { build: build_id(&shown.repo, run.build), ..OwnerView::default() };
    let title = format!("{} in {}: {}", owner.name, owner.namespace, of(coverage));
    let line = html! {
        <>
            {kind_badge(&owner.kind)}
            <span class="cut">{namespace_name(&owner.namespace)}{" / "}<bdi>{owner.name.clone()}</bdi></span>
            <span class={two_classes("pct push", tier_class(coverage, shown.tiers()))}>
                {percent(coverage).unwrap_or_else(|| "–".to_owned())}
            </span>
        </>
    };
    let href = Route::Owner(owner, view).href();
    Some(html! { <li><a class="row" {href} {title}>{line}</a></li> })
}

fn of(coverage: Coverage) -> String {
    format!("{} of {}", number(coverage.covered()), number(coverage.statements()))
}
