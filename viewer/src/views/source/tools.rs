//! The row above the lines: which file, how much of it ran, what is coloured, where to go.

use std::rc::Rc;

use covatlas_shared::{
    files::{FileRow, Source, StatsShard},
    path,
};
use yew::prelude::*;

use super::{
    find::{find_field, thousands},
    keys::Action,
    load::Fit,
    notes,
    places::{self, Way},
    reading::{Here, Reading},
    source_of,
};
use crate::{
    components::{
        cvg::{tier_class, two_classes},
        icon::{IconName, icon},
        modes, seg,
    },
    model::{
        format::{commit, number, percent},
        repo_link::{file_link, text_commit},
        source_view::Tally,
        stat::Stat,
        subject::Subject,
    },
    route::{Counts, FileView, Mode},
};

/// The tools of a file.
pub(super) fn tools(
    subject: &Subject,
    stats: &StatsShard,
    here: &Rc<Here>,
    reading: &Reading,
) -> Html {
    let Some((row, file)) = stats.files.get(here.file).zip(here.files.get(here.file)) else {
        return Html::default();
    };
    let fit = here.loaded.as_ref().map(|l| l.fit);
    html! {
        <div class="tools">
            {crumbs(here)}
            {repository(here, row, source_of(stats, here.file), stats)}
            {notes::tags(fit, row, stats.strings.get(row.evidence))}
            {numbers(subject, here, file.stat)}
            <span class="hide-s">{layout(here)}</span>
            <span class="push row">
                {whose(here)}
                {legend(here, reading)}
                {find_field(&here.view.find, reading)}
                {places_seg(here, reading, fit)}
            </span>
        </div>
    }
}

/// The files of the owner in other layouts.
fn layout(here: &Here) -> Html {
    let href = |mode| here.href(FileView { mode, ..here.view.clone() });
    let (source, split) = (href(Mode::Source), href(Mode::Split));
    let shown = match here.view.mode {
        Mode::Source => "Source",
        Mode::Split => "Split",
    };
    modes(&[("List", up(here)), ("Source", source), ("Split", split)], shown)
}

/// The address of the owner.
fn up(here: &Here) -> String {
    let up = here.whose.route(here.view.clone()).up();
    up.map(|route| route.href()).unwrap_or_default()
}

pub(super) fn crumbs(here: &Here) -> Html {
    let file = here.files.get(here.file);
    let short = file.map(|f| here.files.short(f)).unwrap_or_default();
    let (dir, base) = path::split(short);
    let dir = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    html! {
        <nav aria-label="Breadcrumb" class="cut">
            <ol class="crumbs">
                <li><a href={up(here)}><bdi>{here.whose.name().to_owned()}</bdi></a></li>
                <li class="cut" aria-current="page">
                    <span class="path" title={here.view.path.clone()}><bdi>{dir}</bdi><bdi>{base.to_owned()}</bdi></span>
                </li>
            </ol>
        </nav>
    }
}

/// The way to the file in its repository, at the commit that its text was taken from.
pub(super) fn repository(
    here: &Here,
    row: &FileRow,
    source: Option<&Source>,
    stats: &StatsShard,
) -> Html {
    let Some(source) = source else { return Html::default() };
    let short = commit(text_commit(source)).to_owned();
    let href = file_link(source, stats.strings.get(row.repo_path), here.view.lines);
    let title = format!("Open in {} at commit {short}", source.repo);
    html! {
        <>
            if let Some(href) = href {
                <a class="btn bare sq hide-s" {href} rel="noreferrer" aria-label={title.clone()} {title}>
                    {icon(IconName::Out)}
                </a>
            }
            <bdi class="mono mut">{short}</bdi>
        </>
    }
}

fn numbers(subject: &Subject, here: &Here, stat: Stat) -> Html {
    let tiers = subject.table.tiers();
    let shown = match here.view.counts {
        Counts::Here => stat.own,
        Counts::Anywhere => stat.all,
    };
    let Some(text) = percent(shown) else {
        return html! { <span class="mut">{"no statements"}</span> };
    };
    let tier = tier_class(shown, tiers);
    let other = match here.view.counts {
        Counts::Here => ("here", "anywhere", percent(stat.all)),
        Counts::Anywhere => ("anywhere", "here", percent(stat.own)),
    };
    let (this, that, that_text) = other;
    html! {
        <span class="row cut numbers">
            <i class={two_classes("pips", tier)}></i>
            <span class={two_classes("pct", tier)}>{text}</span>
            <span class="mut cut">
                {format!(
                    "{this} · {} {that} · {} of {}",
                    that_text.unwrap_or_default(),
                    number(shown.covered()),
                    number(shown.statements())
                )}
            </span>
        </span>
    }
}

/// Whose counts colour the lines.
fn whose(here: &Rc<Here>) -> Html {
    let chosen = match here.view.counts {
        Counts::Here => "here",
        Counts::Anywhere => "anywhere",
    };
    let on_choose = {
        let here = Rc::clone(here);
        Callback::from(move |value: &'static str| {
            let counts = if value == "anywhere" { Counts::Anywhere } else { Counts::Here };
            let view = FileView { counts, ..here.view.clone() };
            here.nav.push.emit(here.whose.route(view));
        })
    };
    seg("Whose counts", &[("here", "Here"), ("anywhere", "Anywhere")], chosen, &on_choose)
}

/// How many lines did what; each state can be hidden.
pub(super) fn legend(here: &Here, reading: &Reading) -> Html {
    let tally = here.loaded.as_ref().map_or(Tally::default(), |l| l.view.tally());
    let button = |letter: char, key: &'static str, name: &'static str, n: usize| {
        let is_shown = !here.view.hide.contains(letter);
        let onclick = reading.act.reform(move |_: MouseEvent| Action::Toggle(letter));
        let title = format!(
            "Show or hide lines that {} ({letter})",
            match letter {
                'r' => "ran",
                'm' => "never ran",
                _ => "ran partly",
            }
        );
        html! {
            <button class="btn" aria-pressed={if is_shown { "true" } else { "false" }} {title} {onclick}>
                <i class={two_classes("key", key)}></i>
                {format!("{name} {}", thousands(n))}
            </button>
        }
    };
    html! {
        <span class="seg any" role="group" aria-label="Lines coloured">
            { button('r', "c", "ran", tally.ran) }
            { button('m', "u", "never", tally.never) }
            { button('p', "p", "partly", tally.partly) }
        </span>
    }
}

pub(super) fn places_seg(here: &Here, reading: &Reading, fit: Option<Fit>) -> Html {
    let go = |way: Way| reading.act.reform(move |_: MouseEvent| Action::Place(way));
    let n_places = here.loaded.as_ref().map_or(0, |l| l.view.places().len());
    let at = here.loaded.as_ref().and_then(|l| places::current(&l.view, here.view.lines));
    let text = match (fit, at) {
        (Some(Fit::Mismatch) | None, _) => String::new(),
        (_, Some(at)) => format!("{} of {}", thousands(at), thousands(n_places)),
        (_, None) if n_places == 1 => "1 place".to_owned(),
        (_, None) => format!("{} places", thousands(n_places)),
    };
    html! {
        <>
            <span class="seg" role="group" aria-label="Places that never ran">
                <button class="btn sq" aria-label="Previous place that never ran (N)"
                    title="Previous place that never ran (N)" onclick={go(Way::Previous)}>
                    {icon(IconName::Up)}
                </button>
                <button class="btn sq" aria-label="Next place that never ran (n)"
                    title="Next place that never ran (n)" onclick={go(Way::Next)}>
                    {icon(IconName::Down)}
                </button>
            </span>
            <button class="btn bare sq" aria-label="Copy a link to this build and lines (y)"
                title="Copy a link to this build and lines (y)"
                onclick={reading.act.reform(|_: MouseEvent| Action::Copy)}>
                {icon(IconName::Link)}
            </button>
            <span class="mut places" role="status">{reading.message.map_or(text, str::to_owned)}</span>
        </>
    }
}
