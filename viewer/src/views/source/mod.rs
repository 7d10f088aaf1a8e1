//! The page of one file.

mod find;
mod keys;
mod load;
mod notes;
mod picker;
mod places;
mod reading;
mod tools;
mod union;
mod union_tools;
mod who;
mod who_of_all;

use std::rc::Rc;

use covatlas_shared::files::{Source, StatsShard};
use yew::prelude::*;

use crate::{
    components::{
        NoticeKind,
        code::{CodeLook, LineLinks, code_lines},
        code_view::CodeView,
        loading, notice, problem,
        same::Same,
        title::use_title,
        use_nav,
    },
    model::{
        stat::Order,
        subject::{Subject, find_file, nearest_files},
        tree::FileList,
    },
    route::{BuildId, Counts, FileView, Mode, OwnerRef, Route},
    store::{Remote, use_counts, use_pack, use_stats},
    views::subject::{Target, use_subject},
};
use load::{Fit, Loaded, use_loaded};
use picker::Picker;
use reading::{Here, Reading, Whose, use_reading};
pub(crate) use union::UnionPage;

/// The view that shows units instead of lines.
const UNITS: &str = "units";

/// Properties of [`SourcePage`].
#[derive(Properties, PartialEq)]
pub struct SourcePageProps {
    /// In whose colours.
    pub owner: OwnerRef,
    /// Which file, and what is selected in it.
    pub view: FileView,
}

/// The page of one file. It stays when the file changes, so that the reader can go on from the last
/// place of one file to the first of the next.
#[component]
pub fn SourcePage(props: &SourcePageProps) -> Html {
    let SourcePageProps { owner, view } = props;
    let subject = use_subject(&Target::Owner(owner.clone()), view.build.clone());
    let found = subject.as_ref().ok();
    let stats = use_stats(found.map(|s| s.build.stats.clone()));
    let own = found.and_then(|s| s.own.as_ref()).map(|own| own.counts.clone());
    let own = use_counts(own, &stats);
    let is_anywhere = view.counts == Counts::Anywhere;
    let everyone = found.filter(|_| is_anywhere).map(|s| s.build.counts.clone());
    let everyone = use_counts(everyone, &stats);
    let counts = if is_anywhere { everyone } else { own.clone() };
    let file = stats.ready().and_then(|s| find_file(s, &view.path));
    let pack = stats.ready().zip(file).and_then(|(stats, file)| {
        let pack = usize::try_from(stats.files.get(file)?.pack).ok()?;
        stats.packs.get(pack).cloned()
    });
    let pack = use_pack(pack);
    let loaded = use_loaded(&stats, file, &pack, &counts, view.view == UNITS);
    let files = use_memo((stats.clone(), own), |(stats, own)| {
        stats.ready().map(|s| FileList::new(s, own.ready().map(|c| &**c))).unwrap_or_default()
    });
    let order = use_order(&files, view);
    let here = Rc::new(Here {
        nav: use_nav(),
        whose: Whose::Owner(owner.clone()),
        build: found.and_then(|s| BuildId::of_hash(&s.build.hash)),
        view: view.clone(),
        loaded: loaded.clone(),
        files: files.into(),
        file: file.unwrap_or(usize::MAX),
        order,
    });
    let reading = use_reading(&here);
    let draw = use_lines(&here, &reading);
    use_title(view.path.rsplit('/').next().unwrap_or_default().to_owned());
    let subject = match subject {
        Ok(subject) => subject,
        Err(instead) => return instead,
    };
    let stats = match &stats {
        Remote::Ready(stats) => stats,
        Remote::Failed(error) => return problem("the files of the build", error),
        Remote::Loading => return loading("files", 30),
    };
    if file.is_none() {
        return beside_list(&here, &subject, no_such_file(props, stats));
    }
    let lines = match (&loaded, &pack, &counts) {
        (Some(loaded), ..) => {
            lines(&here, (loaded, draw), &reading, who::who(&subject, stats, &here, &reading))
        }
        (None, Remote::Failed(error), _) => problem("the text of this file", error),
        (None, _, Remote::Failed(error)) => problem("the counts of this file", error),
        _ => loading("source", 36),
    };
    let note = |l: &Loaded| notes::note(l.fit, source_of(stats, here.file), units_link(&here, l));
    let beyond = |text: String| notice(NoticeKind::Warn, html! { <span>{text}</span> });
    let file = html! {
        <>
            <h1 class="sr"><bdi>{format!("{} in {}", view.path, owner.binary)}</bdi></h1>
            {tools::tools(&subject, stats, &here, &reading)}
            {for loaded.as_ref().map(note)}
            if let Some(text) = notes::beyond(&here) {
                {beyond(text)}
            }
            {lines}
        </>
    };
    beside_list(&here, &subject, file)
}

/// The file, and the list beside it when the address asks for it.
fn beside_list(here: &Rc<Here>, subject: &Subject, file: Html) -> Html {
    html! {
        <div class="duo">
            if here.view.mode == Mode::Split {
                <Picker here={Rc::clone(here)} tiers={subject.table.tiers()} />
            }
            <div class="src">{file}</div>
        </div>
    }
}

/// The files as one follows the other.
#[hook]
fn use_order(files: &Rc<FileList>, view: &FileView) -> Same<Vec<usize>> {
    let deps = (Same::from(Rc::clone(files)), view.mode, view.list.clone(), view.counts);
    let order = use_memo(deps, |(files, mode, list, counts)| match mode {
        Mode::Source => files.by_path().to_vec(),
        Mode::Split => files.ordered(&files.listed(list), Order::of(&list.sort), *counts),
    });
    order.into()
}

/// Draws the lines of the file, once it is here.
#[hook]
fn use_lines(here: &Here, reading: &Reading) -> Callback<usize, Html> {
    let FileView { lines, .. } = here.view;
    let look = here.loaded.as_ref().map(|loaded| CodeLook {
        view: loaded.view.clone(),
        matches: reading.matches.clone(),
        current: reading.current,
        selected: lines,
        links: LineLinks::of(&here.href(FileView { lines: None, ..here.view.clone() })),
    });
    use_callback(look, |start: usize, look| {
        look.as_ref().map(|look| code_lines(look, start)).unwrap_or_default()
    })
}

fn lines(
    here: &Here,
    (loaded, draw): (&Loaded, Callback<usize, Html>),
    reading: &Reading,
    side: Option<Html>,
) -> Html {
    let view = &here.view;
    html! {
        <CodeView key={view.path.clone()} view={loaded.view.clone()} {draw}
            label={format!("Source of {}", view.path)}
            hide={view.hide.clone()} goal={reading.goal} on_select={&reading.select}
            on_count={&reading.who} {side}
            seen={Rc::clone(&reading.seen)} scrolled={reading.scrolled.clone()} />
    }
}

/// The repository of a file.
fn source_of(stats: &StatsShard, file: usize) -> Option<&Source> {
    let idx = stats.files.get(file)?.source?;
    usize::try_from(idx).ok().and_then(|s| stats.sources.get(s))
}

/// Shows units instead of lines that cannot be trusted, and back.
fn units_link(here: &Here, loaded: &Loaded) -> Html {
    let is_units = here.view.view == UNITS;
    let (view, text) = match loaded.fit {
        Fit::Exact | Fit::NoText => return Html::default(),
        _ if is_units => ("", "Show the text"),
        _ => (UNITS, "Show numbers only"),
    };
    let href = here.href(FileView { view: view.to_owned(), ..here.view.clone() });
    html! { <a class="btn push" {href}>{text}</a> }
}

/// A link to a file that the build does not have: the path as given and its nearest matches.
fn no_such_file(props: &SourcePageProps, stats: &StatsShard) -> Html {
    let route = |view: FileView| Route::File(props.owner.clone(), view);
    let link = |path: String| {
        let href = route(FileView { path: path.clone(), lines: None, ..props.view.clone() }).href();
        html! { <a class="btn" {href}><bdi class="cut">{path}</bdi></a> }
    };
    let near = nearest_files(stats, &props.view.path, 4);
    let near = near.into_iter().filter_map(|idx| stats.files.get(idx)).map(|f| stats.path(f));
    let up = route(props.view.clone()).up().map(|r| r.href());
    html! {
        <div class="empty">
            <h1>{"This build has no such file"}</h1>
            <p class="mono"><bdi>{&props.view.path}</bdi></p>
            <p>{"It may have moved, or it may have no code that can be counted."}</p>
            <div class="row wrap">
                {for near.map(link)}
                <a class="btn main" href={up}>{"All files of this build"}</a>
            </div>
        </div>
    }
}
