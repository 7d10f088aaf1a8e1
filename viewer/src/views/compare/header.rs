//! What stands above the lines: which file, what changed of it, and how its lines were compared.

use std::rc::Rc;

use covatlas_shared::compare::{FileVariant, State};
use yew::prelude::*;

use super::{
    reading::{Action, Found, Here, Way},
    tools::{KINDS, chosen},
};
use crate::{
    components::{IconName, NoticeKind, icon, notice, seg, tag, warning_tag},
    model::{
        compare::{shown_path, signed},
        compared_lines::ComparedView,
        format::{amount, commit, count, number},
    },
    route::{BuildId, ComparedFile, FileView, Route},
};

/// The row above the lines: which file, what changed of it, and where to go.
pub(super) fn tools(
    here: &Rc<Here>,
    found: &Found,
    view: &ComparedView,
    message: Option<&'static str>,
    act: &Callback<Action>,
) -> Html {
    let row = found.file();
    let shown = shown_path(&found.shard, &row);
    let (dir, base) = shown.split_at(shown.rfind('/').map_or(0, |slash| slash.saturating_add(1)));
    let up = Route::ComparedFile(here.file.clone()).up().map(|up| up.href());
    let on_only = {
        let here = Rc::clone(here);
        Callback::from(move |only: &'static str| {
            here.change(|file| {
                only.clone_into(&mut file.only);
                file.lines = None;
            });
        })
    };
    let go = |way: Way| act.reform(move |_: MouseEvent| Action::Place(way));
    html! {
        <div class="tools">
            <nav aria-label="Breadcrumb" class="cut">
                <ol class="crumbs">
                    <li><a href={up}>{"Compare"}</a></li>
                    <li class="cut" aria-current="page">
                        <span class="path" title={here.file.path.clone()}>
                            <bdi>{dir.to_owned()}</bdi><bdi>{base.to_owned()}</bdi>
                        </span>
                    </li>
                </ol>
            </nav>
            {source_link(found, here)}
            {tags(found)}
            {variants(here, found)}
            <span class="row cut">
                {part("up", '+', row.delta.gained, " new")}
                {part("down", '−', row.delta.lost, " lost")}
                <span class="mut">{number(row.delta.uncovered)}{" still never"}</span>
            </span>
            <span class="push row">
                {seg("Change", &KINDS, chosen(&KINDS, &here.file.only), &on_only)}
                <span class="seg" role="group" aria-label="Places">
                    <button class="btn sq" aria-label="Previous place (N)" title="Previous place (N)"
                        onclick={go(Way::Previous)}>{icon(IconName::Up)}</button>
                    <button class="btn sq" aria-label="Next place (n)" title="Next place (n)"
                        onclick={go(Way::Next)}>{icon(IconName::Down)}</button>
                </span>
                <button class="btn bare sq" aria-label="Copy a link to these lines (y)"
                    title="Copy a link to these lines (y)"
                    onclick={act.reform(|_: MouseEvent| Action::Copy)}>{icon(IconName::Link)}</button>
                <span class="mut places" role="status">
                    {message.map_or_else(|| status(here, view), str::to_owned)}
                </span>
            </span>
        </div>
    }
}

/// A number of statements that changed.
fn part(class: &'static str, sign: char, n: u64, what: &'static str) -> Html {
    let class = if n == 0 { "mut" } else { class };
    let text = if n == 0 { "0".to_owned() } else { signed(sign, n) };
    html! { <span {class}>{text}{what}</span> }
}

/// Where the reader is among the places.
fn status(here: &Here, view: &ComparedView) -> String {
    let places = view.places(here.only());
    let n = amount(places.len());
    let row = here.file.lines.map(|lines| view.view.row_of(lines.first()));
    let at = row.and_then(|row| places.iter().position(|place| place.contains(&row)));
    match at {
        Some(at) => format!("{} of {}", number(amount(at.saturating_add(1))), number(n)),
        None => count(n, "place"),
    }
}

/// The way to the file in the colours of everyone.
fn source_link(found: &Found, here: &Here) -> Html {
    let row = found.file();
    let [repo, path] = [row.repo, row.repo_path].map(|idx| found.shard.strings.get(idx).to_owned());
    if repo.is_empty() || path.is_empty() {
        return Html::default();
    }
    let view = FileView { path, lines: here.file.lines, ..FileView::default() };
    let href = Route::RepoFile(repo, view).href();
    html! { <a class="btn" {href} title="The file as it is now, in the colours of everyone">{"Source"}</a> }
}

fn tags(found: &Found) -> Html {
    match found.file().delta.state {
        State::Changed => warning_tag("changed", "The code differs on the two sides"),
        State::Added => tag("new", "It was not there before"),
        State::Same | State::Removed => Html::default(),
    }
}

/// The variants of the file, where builds differ in it.
fn variants(here: &Here, found: &Found) -> Html {
    let variants = found.shard.variants_of(found.at);
    if variants.len() < 2 {
        return Html::default();
    }
    let link = |variant: &FileVariant| {
        let hash = usize::try_from(variant.build).ok().and_then(|b| found.shard.builds.get(b));
        let build = hash.and_then(|hash| BuildId::of_hash(hash));
        let text = build.as_ref().map(|build| build.as_str().to_owned());
        let href =
            Route::ComparedFile(ComparedFile { build, lines: None, ..here.file.clone() }).href();
        let current = (found.variant == Some(*variant)).then_some("true");
        html! { <a class="btn" {href} aria-current={current}><bdi class="mono">{text}</bdi></a> }
    };
    html! {
        <span class="seg wrap" role="group" aria-label="Variant"
            title="Builds differ in this file: each variant has its own code and counts">
            { for variants.iter().map(link) }
        </span>
    }
}

/// How the lines of both sides were laid on each other, where they are not the same.
pub(super) fn note(found: &Found, view: &ComparedView) -> Html {
    let Some(variant) = found.variant else { return Html::default() };
    let [before, now] =
        [variant.commit_before, variant.commit].map(|idx| found.shard.strings.get(idx).to_owned());
    let name = |text: &str| html! { <bdi class="mono">{commit(text).to_owned()}</bdi> };
    let commits = (!before.is_empty() && !now.is_empty()).then(|| {
        html! {
            <>{"Before is commit "}{name(&before)}{", now is "}{name(&now)}{". "}</>
        }
    });
    let text = match (view.has_before(), view.rewritten()) {
        (false, _) if found.file().delta.state == State::Added => {
            "No build had this file before.".to_owned()
        }
        (false, _) => "The text of before is not there, or nothing of it is the same: nothing is \
                       known of what ran of it."
            .to_owned(),
        (true, [0, 0]) => return Html::default(),
        (true, [new, gone]) => format!(
            "Lines were aligned by a diff of both texts: {} new or changed, {} gone. Code on \
             changed lines has no count before.",
            count(new, "line"),
            count(gone, "line"),
        ),
    };
    notice(NoticeKind::Info, html! { <span>{commits}{text}</span> })
}
