//! The trust panel: what the report knows and what it misses.

use std::rc::Rc;

use covatlas_shared::{
    manifest::{Manifest, Totals},
    trust::{DoubtfulBuild, Problem, TrustShard},
};
use yew::prelude::*;

use crate::{
    components::{Dialog, dom, loading, problem as failed},
    model::format,
    route::{BuildId, BuildRef, DashboardQuery, OwnerView, Route},
    store::{Remote, use_trust},
};

/// So many entries of a list are drawn at a time.
const PAGE: usize = 25;

/// Properties of [`TrustPanel`].
#[derive(Properties, PartialEq)]
pub struct TrustPanelProps {
    /// The root of the site.
    pub manifest: Rc<Manifest>,
    /// Closes the panel.
    pub on_close: Callback<()>,
}

/// The trust panel: numbers first, and below them the lists that they lead to.
#[component]
pub fn TrustPanel(props: &TrustPanelProps) -> Html {
    let TrustPanelProps { manifest, on_close } = props;
    let lists = match use_trust() {
        Remote::Ready(lists) => all_lists(&lists, manifest),
        Remote::Failed(error) => failed("the lists", &error),
        Remote::Loading => loading("lists", 4),
    };
    html! {
        <Dialog title="What this report knows and what it misses" {on_close}>
            <div class="pad">{facts(manifest)}</div>
            {lists}
        </Dialog>
    }
}

fn facts(manifest: &Manifest) -> Html {
    let Manifest { tool, clusters, totals, trust, .. } = manifest;
    let all = || link(&DashboardQuery { noise: true, ..DashboardQuery::default() });
    let guessed =
        || link(&DashboardQuery { q: "guessed".into(), noise: true, ..DashboardQuery::default() });
    let leads = |to: String, text: String| leads(to, html! { {text} });
    let owners = u64::from(totals.owners);
    let n_guessed = u64::from(trust.owners_guessed);
    let certain = format::number(owners.saturating_sub(n_guessed));
    let processes = match totals.processes {
        1 => "1 process".to_owned(),
        n => format!("{} processes", format::number(n.into())),
    };
    html! {
        <dl class="kv">
            <dt>{"Clusters"}</dt><dd><bdi>{clusters.join(", ")}</bdi></dd>
            <dt>{"Reports"}</dt>
            <dd>
                {format::number(totals.reports.into())}{" read, "}
                {opens(totals.reports_failed, "failed", "losses")}
                {" · "}{leads(all(), processes)}
            </dd>
            <dt>{"Owners"}</dt>
            <dd>
                {certain}{" certain, "}
                if n_guessed > 0 {
                    {leads(guessed(), format!("{} guessed from a pod's name", format::number(n_guessed)))}
                } else {
                    {"none guessed"}
                }
            </dd>
            <dt>{"Not measured"}</dt><dd>{unmeasured(manifest)}</dd>
            <dt>{"Time"}</dt><dd>{time(totals)}</dd>
            <dt>{"Source"}</dt>
            <dd>
                {format::count(totals.files.into(), "file")}{", "}
                {opens(trust.files_unresolved, "without source", "builds")}{", "}
                {opens(trust.files_mismatched, "with units that do not fit the text", "builds")}
            </dd>
            <dt>{"Left out"}</dt><dd>{excluded(&trust.excluded)}</dd>
            <dt>{"Made by"}</dt><dd><bdi>{tool}</bdi></dd>
        </dl>
    }
}

/// What is known of pods without a report.
fn unmeasured(manifest: &Manifest) -> Html {
    let n = manifest.trust.namespaces_unmeasured;
    if n > 0 {
        let s = if n == 1 { "" } else { "s" };
        return html! { <>{"pods in "}{opens(n, &format!("namespace{s}"), "unmeasured")}</> };
    }
    let text = if manifest.trust.owners_told > 0 {
        "no pod of the cluster's own list"
    } else {
        "unknown: nobody gave the cluster's own list of pods (compile --owners)"
    };
    html! { {text} }
}

/// The address of the owners that pass filters.
fn link(query: &DashboardQuery) -> String {
    Route::Dashboard(query.clone()).href()
}

/// A link out of the panel: its address is one without.
fn leads(href: String, text: Html) -> Html {
    html! { <a {href}>{text}</a> }
}

/// A number that leads to its list further down; nothing to lead to when it is 0.
fn opens(n: u32, what: &str, list: &'static str) -> Html {
    let text = format!("{} {what}", format::number(n.into()));
    if n == 0 {
        return html! { {text} };
    }
    let onclick = Callback::from(move |_: MouseEvent| dom::open_details(list));
    html! { <button class="link" {onclick}>{text}</button> }
}

fn time(totals: &Totals) -> String {
    match (totals.first_seen, totals.last_seen) {
        (Some(first), Some(last)) => {
            format!("{} to {}", format::full_moment(first), format::full_moment(last))
        }
        (None, Some(last)) => format!("until {}", format::full_moment(last)),
        _ => "unknown".to_owned(),
    }
}

fn excluded(names: &[String]) -> Html {
    if names.is_empty() {
        return html! { "nothing" };
    }
    html! { <>{"files named "}<bdi class="mono">{names.join(", ")}</bdi></> }
}

fn all_lists(lists: &Rc<TrustShard>, manifest: &Rc<Manifest>) -> Html {
    let list = |(id, title, what): (&'static str, &'static str, What)| {
        let (lists, manifest) = (Rc::clone(lists), Rc::clone(manifest));
        html! { <List {id} {title} {what} {lists} {manifest} /> }
    };
    let all = [
        ("losses", "Failed reports and other losses", What::Losses),
        ("unmeasured", "Pods that nobody measured", What::Unmeasured),
        ("builds", "Builds with doubtful source", What::Builds),
        ("notes", "Notes", What::Notes),
    ];
    html! { <div class="lists">{ for all.into_iter().map(list) }</div> }
}

/// Which list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Losses,
    Unmeasured,
    Builds,
    Notes,
}

impl What {
    /// How long the whole list is, and how much of it is here.
    fn len(self, lists: &TrustShard) -> (u32, usize) {
        match self {
            Self::Losses => (lists.losses.n, lists.losses.first.len()),
            Self::Unmeasured => (lists.unmeasured.n, lists.unmeasured.first.len()),
            Self::Builds => (lists.builds.n, lists.builds.first.len()),
            Self::Notes => (lists.notes.n, lists.notes.first.len()),
        }
    }
}

/// Properties of [`List`].
#[derive(Properties, PartialEq)]
struct ListProps {
    id: &'static str,
    title: &'static str,
    what: What,
    lists: Rc<TrustShard>,
    manifest: Rc<Manifest>,
}

/// One list, a page of it at a time; nothing when it is empty.
#[component]
fn List(props: &ListProps) -> Html {
    let from = use_state_eq(|| 0_usize);
    let ListProps { id, title, what, lists, manifest } = props;
    let (n, here) = what.len(lists);
    if n == 0 {
        return Html::default();
    }
    let entry = |at: usize| {
        let problems = match what {
            What::Losses => &lists.losses.first,
            What::Unmeasured => &lists.unmeasured.first,
            What::Notes => &lists.notes.first,
            What::Builds => {
                return lists.builds.first.get(at).map(doubtful);
            }
        };
        problems.get(at).map(|p| problem(p, *what, manifest))
    };
    let to = from.saturating_add(PAGE).min(here);
    let turn = |text: &'static str, next: usize, is_there: bool| {
        let from = from.setter();
        let onclick = Callback::from(move |_: MouseEvent| from.set(next));
        html! { <button class="btn" disabled={!is_there} {onclick}>{text}</button> }
    };
    let n_more = u64::from(n).saturating_sub(format::amount(here));
    html! {
        <details id={*id} open={*what == What::Losses}>
            <summary>{*title}{" "}<span class="dim">{format::number(n.into())}</span></summary>
            <ul class="problems">
                { for (*from..to).filter_map(entry) }
                if n_more > 0 && to == here {
                    <li class="mut">{"and "}{format::number(n_more)}{" more in the collection"}</li>
                }
            </ul>
            if here > PAGE {
                <div class="pad row">
                    {turn("Before", from.saturating_sub(PAGE), *from > 0)}
                    {turn("Next", to, to < here)}
                </div>
            }
        </details>
    }
}

fn doubtful(build: &DoubtfulBuild) -> Html {
    let DoubtfulBuild { binary, hash, files, unresolved, mismatched } = build;
    let to = BuildId::of_hash(hash).map(|build| {
        Route::Build(BuildRef { binary: binary.clone(), build }, OwnerView::default())
    });
    let name = html! { <bdi>{binary}</bdi> };
    let id = hash.get(..8).unwrap_or(hash);
    html! {
        <li>
            {match to {
                Some(to) => leads(to.href(), name),
                None => name,
            }}
            {" "}<span class="mono dim">{id}</span>
            <p class="mut">
                {format!(
                    "of {}, {} without source, {} with units that do not fit the text",
                    format::count(u64::from(*files), "file"),
                    format::number(u64::from(*unresolved)),
                    format::number(u64::from(*mismatched)),
                )}
            </p>
        </li>
    }
}

fn problem(problem: &Problem, what: What, manifest: &Manifest) -> Html {
    let Problem { kind, item, file, cause, remedy } = problem;
    // A report's item starts with its namespace, an unmeasured one is one.
    let namespace = item.split('/').next().unwrap_or_default();
    let is_here = manifest.namespaces.iter().any(|(name, _)| name == namespace);
    let name = html! { <bdi class="mono">{item}</bdi> };
    let name = if is_here && what != What::Notes {
        let namespaces = vec![namespace.to_owned()];
        let query = DashboardQuery { namespaces, noise: true, ..DashboardQuery::default() };
        leads(link(&query), name)
    } else {
        name
    };
    html! {
        <li>
            if what != What::Unmeasured {
                <span class={classes!("tag", (what == What::Losses).then_some("warn"))}>{kind}</span>{" "}
            }
            {name}
            <p class="mut">
                if !file.is_empty() {
                    <bdi class="mono">{file}</bdi>{": "}
                }
                <bdi>{cause}</bdi>
            </p>
            if !remedy.is_empty() {
                <p><bdi>{remedy}</bdi></p>
            }
        </li>
    }
}
