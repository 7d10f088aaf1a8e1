//! The row above the lines of a repository's file: which variant of it, how much ran, in whom.

use std::rc::Rc;

use yew::prelude::*;

use super::{
    find::find_field,
    keys::Action,
    notes,
    reading::{Here, Reading},
    source_of, tools,
    union::Place,
};
use crate::{
    components::cvg::{tier_class, two_classes},
    model::{
        format::{amount, commit, count, number, percent},
        repo::build_id,
    },
    route::{ComparedFile, FileView, Route},
};

/// The tools of a file.
pub(super) fn union_tools(place: &Place, here: &Rc<Here>, reading: &Reading) -> Html {
    let stats = &place.repo.stats;
    let Some(row) = stats.files.get(place.variant) else { return Html::default() };
    let fit = here.loaded.as_ref().map(|l| l.fit);
    html! {
        <div class="tools">
            {tools::crumbs(here)}
            {tools::repository(here, row, source_of(stats, place.variant), stats)}
            {notes::tags(fit, row, stats.strings.get(row.evidence))}
            {variants(place, here)}
            {compared(place, here)}
            {numbers(place)}
            {who_button(place, here, reading)}
            <span class="push row">
                {tools::legend(here, reading)}
                {find_field(&here.view.find, reading)}
                {tools::places_seg(here, reading, fit)}
            </span>
        </div>
    }
}

/// The variants of the file, where builds differ in it.
fn variants(place: &Place, here: &Here) -> Html {
    let variants = place.repo.variants_of(&here.view.path);
    if variants.len() < 2 {
        return Html::default();
    }
    let first = variants.start;
    let commit_of = |variant: usize| source_of(&place.repo.stats, variant).map(|s| &s.commit);
    // Builds of one commit may differ, as with other versions of Go.
    let is_one_commit = variants.clone().skip(1).any(|v| commit_of(v) == commit_of(first));
    let link = |variant: usize| {
        let builds = place.repo.builds_of(variant);
        let build = builds.first().and_then(|build| build_id(&place.repo, *build));
        let short = match &build {
            Some(build) if is_one_commit => Some(build.as_str().to_owned()),
            _ => commit_of(variant).map(|c| commit(c).to_owned()),
        };
        let n_builds = count(amount(builds.len()), "build");
        let build = build.filter(|_| variant != first);
        let href = here.href(FileView { build, lines: None, ..here.view.clone() });
        let current = (variant == place.variant).then_some("true");
        html! {
            <a class="btn" {href} aria-current={current}>
                <bdi class="mono">{short}</bdi><span class="hide-s">{n_builds}</span>
            </a>
        }
    };
    html! {
        <span class="seg wrap" role="group" aria-label="Variant"
            title="Builds differ in this file: each variant has its own code and counts">
            { for variants.map(link) }
        </span>
    }
}

/// The way to the same lines before and now, where the report is compared.
fn compared(place: &Place, here: &Here) -> Html {
    let row =
        place.repo.stats.files.get(place.variant).filter(|_| place.manifest.compare.is_some());
    let Some(row) = row else { return Html::default() };
    let href = Route::ComparedFile(ComparedFile {
        path: place.repo.stats.path(row),
        lines: here.view.lines,
        repo: Some(place.repo.repo.clone()),
        ..ComparedFile::default()
    });
    html! {
        <a class="btn" href={href.href()} title="Line by line, before and now">{"Compare"}</a>
    }
}

fn numbers(place: &Place) -> Html {
    let row = place.repo.stats.files.get(place.variant);
    let coverage = row.map(|row| row.coverage).unwrap_or_default();
    let Some(text) = percent(coverage) else {
        return html! { <span class="mut">{"no statements"}</span> };
    };
    let tier = tier_class(coverage, place.manifest.tiers);
    html! {
        <span class="row cut numbers">
            <i class={two_classes("pips", tier)}></i>
            <span class={two_classes("pct", tier)}>{text}</span>
            <span class="mut cut">
                {format!("anywhere · {} of {}", number(coverage.covered()), number(coverage.statements()))}
            </span>
        </span>
    }
}

/// Shows or hides who ran which part.
fn who_button(place: &Place, here: &Here, reading: &Reading) -> Html {
    let builds = place.repo.builds_of(place.variant).len();
    let owners: u32 = place.repo.owners_of(place.variant).iter().map(|w| w.count_ones()).sum();
    let is_open = here.view.who;
    let onclick = reading.act.reform(|_: MouseEvent| Action::Who);
    let builds = count(amount(builds), "build");
    html! {
        <button class="btn" aria-pressed={is_open.to_string()} {onclick}
            title="Which builds and owners ran which part (w)">
            {format!("{builds} · ran in {}", count(owners.into(), "owner"))}
        </button>
    }
}
