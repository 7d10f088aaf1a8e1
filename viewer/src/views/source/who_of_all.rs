//! Which builds and owners ran how much of a repository's file.

use std::rc::Rc;

use covatlas_shared::{stats::Coverage, union::UnionShard};
use yew::prelude::*;

use super::{
    keys::Action,
    reading::{Here, Reading},
    union::Place,
};
use crate::{
    components::{
        cvg::pct,
        icon::{IconName, icon},
        kind_badge, namespace_name,
    },
    model::{
        format::{amount, count, number},
        repo::{binary, build_id, owner_ref},
        sorting::sorted_things,
    },
    route::{BuildRef, Counts, FileView, OwnerView, Route},
};

/// The most builds, and the most owners of one, that are listed.
const FEW: usize = 24;

/// A run and the statements of the file that it covered.
type Part = (usize, u32);

/// The panel beside the lines, when it is open: the builds, each with its owners, what ran most
/// first. Every owner leads to its own page of the file, at the selected lines.
pub(super) fn who_of_all(
    place: &Place,
    counts: &UnionShard,
    here: &Rc<Here>,
    reading: &Reading,
) -> Option<Html> {
    if !here.view.who {
        return None;
    }
    let repo = &place.repo;
    let covered = repo.builds_of(place.variant).iter().zip(counts.builds_of(place.variant));
    let builds: Vec<(u32, u32)> = covered.map(|(build, covered)| (*build, *covered)).collect();
    let builds = sorted_things(builds, |a, b| b.1.cmp(&a.1));
    let runs = repo.runs_of(place.variant).into_iter();
    let runs: Vec<Part> = runs.zip(counts.runs_of(place.variant).iter().copied()).collect();
    let close = reading.act.reform(|_: MouseEvent| Action::Who);
    // An owner may have several builds; its runs stand together.
    let n_owners = |least: u32| {
        let own = runs.iter().filter(|(_, covered)| *covered >= least);
        let mut owners: Vec<_> =
            own.filter_map(|(run, _)| Some(repo.runs.get(*run)?.owner)).collect();
        owners.dedup();
        amount(owners.len())
    };
    let lines = here.view.lines.map(|lines| match (lines.first(), lines.last()) {
        (first, last) if first == last => format!("line {first}"),
        (first, last) => format!("lines {first} to {last}"),
    });
    let hint = match lines {
        Some(lines) => format!("An owner's name leads to who ran {lines} there."),
        None => "A name leads to the file in the colours of that owner.".to_owned(),
    };
    Some(html! {
        <aside class="side" aria-label="Who ran this file">
            <header>
                <div class="row">
                    <h2>{"Who ran this file"}</h2>
                    <button class="btn bare sq push" aria-label="Close" title="Close (w)" onclick={close}>
                        {icon(IconName::Close)}
                    </button>
                </div>
                <p class="mut" role="status">
                    {format!(
                        "{} have it · {} of {} ran some of it",
                        count(amount(builds.len()), "build"),
                        number(n_owners(1)),
                        count(n_owners(0), "owner")
                    )}
                </p>
                <p class="dim">{hint}</p>
            </header>
            { for builds.iter().take(FEW).map(|build| build_part(place, here, *build, &runs)) }
            {rest(builds.len(), "build")}
        </aside>
    })
}

fn build_part(place: &Place, here: &Here, (build, covered): (u32, u32), runs: &[Part]) -> Html {
    let repo = &place.repo;
    let is_own = |part: &&Part| repo.runs.get(part.0).is_some_and(|run| run.build == build);
    let own =
        sorted_things(runs.iter().filter(is_own).copied().collect(), |a: &Part, b| b.1.cmp(&a.1));
    let binary = binary(repo, usize::try_from(build).unwrap_or(usize::MAX)).to_owned();
    let id = build_id(repo, build);
    let short = id.as_ref().map(|id| id.as_str().to_owned());
    let href = id.map(|build| {
        let build = BuildRef { binary: binary.clone(), build };
        Route::Build(build, OwnerView::default()).href()
    });
    html! {
        <section>
            <h3 class="row">
                <a class="cut" {href}><bdi>{binary}</bdi></a>
                <span class="dim mono">{short}</span>
                <span class="push num">{pct(part_of(place, covered), place.manifest.tiers)}</span>
            </h3>
            { for own.iter().take(FEW).filter_map(|part| owner_part(place, here, *part)) }
            {rest(own.len(), "owner")}
        </section>
    }
}

fn owner_part(place: &Place, here: &Here, (run, covered): Part) -> Option<Html> {
    let run = place.repo.runs.get(run)?;
    let owner = owner_ref(&place.repo, run, place.manifest.clusters.len() > 1);
    let row = place.repo.stats.files.get(place.variant)?;
    let view = FileView {
        path: place.repo.stats.path(row),
        build: build_id(&place.repo, run.build),
        counts: Counts::Here,
        who: here.view.lines.is_some(),
        ..here.view.clone()
    };
    let coverage = part_of(place, covered);
    let title = format!(
        "{} of {} statements in {}",
        number(coverage.covered()),
        number(coverage.statements()),
        owner.namespace
    );
    let badge = kind_badge(&owner.kind);
    let (name, namespace) = (owner.name.clone(), namespace_name(&owner.namespace));
    let href = Route::File(owner, view).href();
    Some(html! {
        <div class="who">
            {badge}
            <a class="cut" {href} {title}><bdi>{name}</bdi></a>
            <span class="num">{pct(coverage, place.manifest.tiers)}</span>
            <span class="mut cut">{namespace}</span>
        </div>
    })
}

/// So many statements of the file.
fn part_of(place: &Place, covered: u32) -> Coverage {
    let row = place.repo.stats.files.get(place.variant);
    let statements = row.map_or(0, |row| row.coverage.statements());
    Coverage::new(statements, u64::from(covered).min(statements)).unwrap_or_default()
}

/// What is not listed of `n` things.
fn rest(n: usize, noun: &str) -> Html {
    match n.checked_sub(FEW) {
        None | Some(0) => Html::default(),
        Some(n) => {
            html! { <p class="dim">{format!("and {} that ran less", count(amount(n), noun))}</p> }
        }
    }
}
