//! What changed since another collection or moment.

mod band;
mod file;
mod header;
mod lines;
mod reading;
mod table;
mod tools;

use std::rc::Rc;

use covatlas_shared::{
    compare::{About, CompareShard},
    manifest::Manifest,
};
use yew::prelude::*;

use crate::{
    components::{Nav, loading, nav::here, problem, same::Same, title::use_title, use_nav},
    model::{
        compare::{CompareList, Level},
        format,
    },
    route::{CompareQuery, Route},
    store::{Remote, use_compare, use_compare_of, use_manifest},
};
use band::band;
pub(crate) use file::ComparedPage;
use table::{table, use_table};
use tools::tools;

/// The shards of all repositories are loaded for a list without being asked for, as long as there
/// are no more than this, with no more rows than this.
const FEW: (usize, u32) = (16, 8_000);

/// Properties of [`ComparePage`].
#[derive(Properties, PartialEq)]
pub(crate) struct ComparePageProps {
    /// What of it is shown.
    pub(crate) query: CompareQuery,
}

/// What the parts of the page draw.
#[derive(Clone, PartialEq)]
struct Shown {
    nav: Nav,
    query: CompareQuery,
    manifest: Same<Manifest>,
    overview: Same<CompareShard>,
    list: Same<CompareList>,
    /// Whether the list has only what changed most.
    is_cut: bool,
}

impl Shown {
    /// Changes the state of the page, not the history.
    fn change(&self, f: impl FnOnce(&mut CompareQuery)) {
        let mut query = match here() {
            Route::Compare(query) => query,
            _ => self.query.clone(),
        };
        f(&mut query);
        self.nav.replace.emit(Route::Compare(query));
    }

    /// The page in another state.
    fn href(&self, f: impl FnOnce(&mut CompareQuery)) -> String {
        let mut query = self.query.clone();
        f(&mut query);
        Route::Compare(query).href()
    }

    fn level(&self) -> Level {
        Level::of(&self.query.by)
    }
}

/// The page. Owners need one shard; files and functions also those of their repositories.
#[component]
pub(crate) fn ComparePage(props: &ComparePageProps) -> Html {
    use_title("Compare".to_owned());
    let (nav, query) = (use_nav(), &props.query);
    let (manifest, overview) = (use_manifest(), use_compare());
    let wanted = use_memo((overview.clone(), query.clone()), |(overview, query)| {
        overview.ready().map(|overview| wanted(overview, query)).unwrap_or_default()
    });
    let parts = use_compare_of((*wanted).clone());
    let level = Level::of(&query.by);
    let list = use_memo((overview.clone(), parts.clone(), level), |(overview, parts, level)| {
        let overview = overview.ready()?;
        let parts: Option<Vec<Rc<CompareShard>>> =
            parts.iter().map(|p| p.ready().cloned()).collect();
        let parts = parts.map(|p| if p.is_empty() { vec![Rc::clone(overview)] } else { p })?;
        Some(Same::new(CompareList::new(*level, parts)))
    });
    let shown = match (manifest.ready(), overview.ready(), list.as_ref()) {
        (Some(manifest), Some(overview), Some(list)) => Some(Shown {
            nav,
            query: query.clone(),
            manifest: Rc::clone(manifest).into(),
            overview: Rc::clone(overview).into(),
            list: list.clone(),
            is_cut: level != Level::Owners && wanted.is_empty() && !overview.repos.is_empty(),
        }),
        _ => None,
    };
    let rows = use_table(shown.as_ref());
    let failed = std::iter::once(overview.failed()).chain(parts.iter().map(Remote::failed));
    let failed = failed.chain([manifest.failed()]).flatten().next();
    match (shown, &manifest, failed) {
        (_, _, Some(error)) => problem("what changed", error),
        (_, Remote::Ready(manifest), None) if manifest.compare.is_none() => no_baseline(),
        (Some(shown), ..) => page(&shown, rows),
        _ => loading("what changed", 24),
    }
}

fn page(shown: &Shown, rows: table::Rows) -> Html {
    let n = rows.len();
    let noise = !shown.manifest.hide.is_empty();
    html! {
        <>
            <div class="tools">
                <h1>{"Compare"}</h1>
                {sides(&shown.overview.about, &shown.manifest)}
            </div>
            {band(shown)}
            {tools(shown, &rows)}
            {table(shown, rows)}
            <footer class="foot">
                {format::count(format::amount(n), shown.level().noun())}
                {". A statement is the same on both sides when its file, or the text around it, is."}
                if noise {
                    {" Owners that are hidden as noise elsewhere count here."}
                }
                if shown.is_cut {
                    {" These are what changed most. "}
                    <a href={shown.href(|query| query.all = true)}>{"Show all"}</a>{"."}
                }
            </footer>
        </>
    }
}

/// What is compared with what.
fn sides(about: &About, manifest: &Manifest) -> Html {
    let time = |time: Option<i64>| time.map(format::full_moment).unwrap_or_default();
    let [_, before] = about.before;
    let [_, now] = about.now;
    let name = |name: &str| html! { <b class="cut"><bdi>{name.to_owned()}</bdi></b> };
    let from = match about.since {
        Some(since) => html! {
            <><b>{format::full_moment(since)}</b><span class="mut hide-s">{"in this report"}</span></>
        },
        None => html! {
            <>{name(&about.baseline)}<span class="dim hide-s">{time(before)}</span></>
        },
    };
    html! {
        <>
            <span class="mut">{"from"}</span>{from}
            <span class="mut">{"to"}</span>{name(&manifest.title)}
            <span class="dim hide-s">{time(now)}</span>
        </>
    }
}

/// A report that is not compared with anything.
fn no_baseline() -> Html {
    let command = |text: &'static str| html! { <p class="mono">{text}</p> };
    html! {
        <div class="empty">
            <h1>{"This report is not compared with another one"}</h1>
            <p>{"Render it with the run of before, or with a moment of this one:"}</p>
            {command("covatlas -C after render --baseline before")}
            {command("covatlas -C run1 render --baseline-since 2026-11-20T08:15:02Z")}
            <div class="row wrap"><a class="btn main" href="#/">{"All owners"}</a></div>
        </div>
    }
}

/// The shards of the repositories that a query needs; none when the overview is enough.
fn wanted(overview: &CompareShard, query: &CompareQuery) -> Vec<String> {
    if Level::of(&query.by) == Level::Owners {
        return Vec::new();
    }
    let repos = &overview.repos;
    let rows: u32 = repos.iter().fold(0, |n, r| n.saturating_add(r.files).saturating_add(r.funcs));
    let are_few = repos.len() <= FEW.0 && rows <= FEW.1;
    match &query.repo {
        None if !are_few && !query.all => Vec::new(),
        repo => shards_of(overview, repo.as_deref()),
    }
}

/// The shards of a repository, or of all.
fn shards_of(overview: &CompareShard, repo: Option<&str>) -> Vec<String> {
    let is_it = |name: &str| repo.is_none_or(|repo| repo == name);
    let own = overview.repos.iter().filter(|r| is_it(overview.strings.get(r.repo)));
    own.map(|r| r.shard.clone()).collect()
}
