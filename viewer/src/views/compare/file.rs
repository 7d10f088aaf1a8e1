//! One file on both sides, line by line.

use std::rc::Rc;

use covatlas_shared::{
    compare::{CompareShard, FileDelta, FileVariant},
    lines::LinesShard,
    path,
    source::SourcePack,
};
use yew::prelude::*;

use super::{
    header::{note, tools},
    lines::{ComparedLook, compared_lines},
    reading::{Action, Found, Here, Kept, Moves, use_moves},
    shards_of,
};
use crate::{
    components::{
        NoticeKind, code::LineLinks, code_view::CodeView, loading, notice, problem, same::Same,
        title::use_title, use_nav,
    },
    model::{compared_lines::ComparedView, source_view::Text},
    route::{BuildId, ComparedFile, LineRange, Route},
    store::{Remote, use_compare, use_compare_of, use_lines, use_manifest, use_pack},
};

/// Properties of [`ComparedPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct ComparedPageProps {
    /// Which file, and what is selected in it.
    pub(crate) file: ComparedFile,
}

/// The page. It stays when the file changes, so that the reader can go on from the last place of one
/// file to the first of the next.
#[component]
pub(crate) fn ComparedPage(props: &ComparedPageProps) -> Html {
    let file = &props.file;
    use_title(file.path.rsplit('/').next().unwrap_or_default().to_owned());
    let (manifest, overview) = (use_manifest(), use_compare());
    let names = overview.ready().map(|o| shards_of(o, file.repo.as_deref())).unwrap_or_default();
    let parts = use_compare_of(names);
    let deps = (parts.clone(), file.path.clone(), file.build.clone());
    let found = use_memo(deps, |(parts, path, build)| find(parts, path, build.as_ref()));
    let variant = found.as_ref().as_ref().and_then(|found| Some((found, found.variant?)));
    let name =
        |names: &[String], at: u32| usize::try_from(at).ok().and_then(|at| names.get(at)).cloned();
    let pack = use_pack(variant.and_then(|(found, v)| name(&found.shard.packs, v.pack)));
    let lines = use_lines(variant.and_then(|(found, v)| name(&found.shard.lines, v.lines)));
    let deps = (found.as_ref().clone(), pack.clone(), lines.clone());
    let view = use_memo(deps, |(found, pack, lines)| {
        let found = found.as_ref()?;
        view(found.variant?, &file_path(found), pack.ready()?, lines.ready()?)
    });
    let here = Rc::new(Here {
        nav: use_nav(),
        file: file.clone(),
        found: found.as_ref().clone(),
        view: view.as_ref().clone(),
        is_moment: overview.ready().is_some_and(|o| o.about.since.is_some()),
    });
    let (moves, kept, act) = use_moves(&here);
    let draw = use_draw(&here);
    let failed = [overview.failed(), pack.failed(), lines.failed()];
    let failed = failed.into_iter().chain(parts.iter().map(Remote::failed)).flatten().next();
    let is_without = manifest.ready().is_some_and(|manifest| manifest.compare.is_none());
    match (&here.found, &here.view, failed) {
        _ if is_without => super::no_baseline(),
        (_, _, Some(error)) => problem("this file", error),
        (Some(found), Some(view), None) => {
            page(&here, found, view, &moves, &act, code(&here, view, &moves, &kept, draw))
        }
        (Some(found), None, None) if found.variant.is_none() => gone(&here),
        (Some(_), None, None) if pack.ready().is_some() && lines.ready().is_some() => notice(
            NoticeKind::Bad,
            html! { <span>{"The counts of this file do not fit it."}</span> },
        ),
        (None, ..) if overview.ready().is_some() && parts.iter().all(|p| p.ready().is_some()) => {
            gone(&here)
        }
        _ => loading("source", 36),
    }
}

/// The first file of that path, and its variant that the build has, or the first.
fn find(parts: &[Remote<CompareShard>], path: &str, build: Option<&BuildId>) -> Option<Found> {
    let (dir, base) = path::split(path);
    parts.iter().filter_map(Remote::ready).find_map(|shard| {
        let is_it = |file: &FileDelta| {
            shard.strings.get(file.base) == base && shard.strings.get(file.dir) == dir
        };
        let at = shard.files.iter().position(is_it)?;
        let variants = shard.variants_of(at);
        let has = |variant: &&FileVariant| {
            let hash = usize::try_from(variant.build).ok().and_then(|b| shard.builds.get(b));
            build.zip(hash).is_some_and(|(build, hash)| build.is_of(hash))
        };
        let variant = variants.iter().find(has).or(variants.first()).copied();
        Some(Found { shard: Rc::clone(shard).into(), at, variant })
    })
}

fn file_path(found: &Found) -> String {
    found.shard.path(&found.file())
}

/// The file, once its text and its counts are here; `None` when they do not fit.
fn view(
    variant: FileVariant,
    path: &str,
    pack: &SourcePack,
    lines: &LinesShard,
) -> Option<Same<ComparedView>> {
    let entry = usize::try_from(variant.entry).ok().and_then(|at| pack.files.get(at));
    let entry = entry.filter(|entry| entry.path == path)?;
    let counts = lines.of(usize::try_from(variant.at).ok()?, entry.units.len())?;
    let text = entry.text.clone().filter(|_| variant.has_text);
    let text = text.map(|text| Rc::new(Text::new(text)));
    Some(Same::new(ComparedView::new(text, &entry.units, &counts)))
}

/// Draws the lines of the file, once it is here.
#[hook]
fn use_draw(here: &Here) -> Callback<usize, Html> {
    let file = ComparedFile { lines: None, ..here.file.clone() };
    let look = here.view.clone().map(|view| ComparedLook {
        view,
        selected: here.file.lines,
        links: LineLinks::of(&Route::ComparedFile(file).href()),
        is_moment: here.is_moment,
    });
    use_callback(look, |start: usize, look| {
        look.as_ref().map(|look| compared_lines(look, start)).unwrap_or_default()
    })
}

fn code(
    here: &Rc<Here>,
    view: &ComparedView,
    moves: &UseStateHandle<Moves>,
    kept: &Rc<Kept>,
    draw: Callback<usize, Html>,
) -> Html {
    let path = here.file.path.clone();
    let goal = moves.goal.filter(|_| moves.path == path);
    let on_select = {
        let (here, kept) = (Rc::clone(here), Rc::clone(kept));
        Callback::from(move |(line, extend): (u32, bool)| {
            kept.clicked.set(true);
            let first = here.file.lines.filter(|_| extend).map_or(line, LineRange::first);
            let lines = LineRange::new(first, line);
            let is_same = here.file.lines == Some(lines);
            here.change(|file| file.lines = (!is_same).then_some(lines));
        })
    };
    html! {
        <CodeView key={path.clone()} view={Same::from(Rc::clone(&view.view))} {draw}
            label={format!("Lines of {path} with counts before and now")} hide="" {goal} {on_select}
            on_count={Callback::noop()} seen={Rc::clone(&kept.seen)}
            scrolled={Same::from(Rc::clone(&kept.scrolled))} />
    }
}

fn page(
    here: &Rc<Here>,
    found: &Found,
    view: &ComparedView,
    moves: &UseStateHandle<Moves>,
    act: &Callback<Action>,
    code: Html,
) -> Html {
    html! {
        <div class="duo"><div class="src">
            <h1 class="sr"><bdi>{format!("{} before and now", here.file.path)}</bdi></h1>
            {tools(here, found, view, moves.message, act)}
            {note(found, view)}
            {code}
        </div></div>
    }
}

/// A file that is not compared, or not there now.
fn gone(here: &Here) -> Html {
    let up = Route::ComparedFile(here.file.clone()).up().map(|up| up.href());
    html! {
        <div class="empty">
            <h1>{"Nothing to compare here"}</h1>
            <p class="mono"><bdi>{here.file.path.clone()}</bdi></p>
            <p>{"No build has this file now, or all of it ran both before and now."}</p>
            <div class="row wrap"><a class="btn main" href={up}>{"All files"}</a></div>
        </div>
    }
}
