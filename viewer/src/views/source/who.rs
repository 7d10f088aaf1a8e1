//! Who ran the selected lines.

use std::rc::Rc;

use covatlas_shared::{files::StatsShard, owners::OwnerRow, source::Unit};
use yew::prelude::*;

use super::{
    notes,
    reading::{Here, Reading},
};
use crate::{
    components::{
        icon::{IconName, icon},
        kind_badge, loading, namespace_name, problem,
        same::Same,
    },
    model::{
        format::{amount, count, full_moment, number, short},
        runners::{Place, Runner, Runners},
        subject::Subject,
    },
    route::{FileView, LineRange, Route},
    store::{Remote, use_counts, use_lens},
};

/// The most owners, pods and units that are listed: all of a list, or enough to see who they are.
const FEW: usize = 24;

/// Properties of [`Who`].
#[derive(Clone, PartialEq, Properties)]
pub(super) struct WhoProps {
    /// The build and its owners.
    pub(super) subject: Same<Subject>,
    /// The files of the build.
    pub(super) stats: Rc<StatsShard>,
    /// The file and the selected lines.
    pub(super) here: Rc<Here>,
    /// The selected lines.
    pub(super) lines: LineRange,
    /// Closes the panel.
    pub(super) on_close: Callback<()>,
}

/// The panel beside the lines.
#[component]
pub(super) fn Who(props: &WhoProps) -> Html {
    let WhoProps { subject, stats, here, lines, on_close } = props;
    let lens = use_lens(Some(subject.build.lens.clone()), &Remote::Ready(Rc::clone(stats)));
    let units: Vec<usize> =
        here.loaded.as_ref().map(|l| l.view.units_of(*lines)).unwrap_or_default();
    let start = stats.unit_range(here.file).map_or(0, |range| range.start);
    let places: Vec<usize> = units.iter().map(|unit| start.saturating_add(*unit)).collect();
    let runners = lens.ready().map(|lens| Runners::new(subject, lens, &places));
    let body = match (&lens, &runners) {
        _ if units.is_empty() => {
            let why = notes::beyond(here).unwrap_or_else(|| "No code here.".to_owned());
            html! { <section class="mut">{why}</section> }
        }
        (Remote::Failed(error), _) => problem("who ran this build", error),
        (_, Some(runners)) => html! {
            <>
                {unit_list(here, &units)}
                {ran_list(props, runners, &places)}
                {idle_list(props, runners)}
            </>
        },
        _ => loading("who ran this", 8),
    };
    let title = match (lines.first(), lines.last()) {
        (first, last) if first == last => format!("Line {first}"),
        (first, last) => format!("Lines {first} to {last}"),
    };
    let close = on_close.reform(|_: MouseEvent| ());
    html! {
        <aside class="side" aria-label={format!("Who ran {}", title.to_lowercase())}>
            <header>
                <div class="row">
                    <h2>{title}</h2><span class="mut">{"who ran it · this build only"}</span>
                    <button class="btn bare sq push" aria-label="Close" title="Close (w)" onclick={close}>
                        {icon(IconName::Close)}
                    </button>
                </div>
                {for runners.as_ref().filter(|_| !units.is_empty()).map(summary)}
            </header>
            {body}
        </aside>
    }
}

fn summary(runners: &Runners) -> Html {
    let owners = (runners.ran.len(), runners.ran.len().saturating_add(runners.idle.len()));
    let (n_ran, n_processes) = runners.processes;
    html! {
        <p class="mut" role="status">
            {format!(
                "{} of {} \u{b7} {n_ran} of {n_processes} processes \u{b7} {} of {}",
                owners.0,
                count(amount(owners.1), "owner"),
                runners.hosts.0,
                count(amount(runners.hosts.1), "node")
            )}
        </p>
    }
}

/// The units of the selected lines with the counts that colour the file.
fn unit_list(here: &Here, units: &[usize]) -> Html {
    let Some(loaded) = &here.loaded else { return Html::default() };
    let row = |unit: &usize| {
        let (Unit { start_line, start_col, end_line, end_col, .. }, n) = loaded.view.unit(*unit)?;
        let key = if n > 0 { "key c" } else { "key u" };
        Some(html! {
            <div class="row">
                <i class={key}></i>
                <span class="mono">{format!("{start_line}:{start_col} to {end_line}:{end_col}")}</span>
                <b class="push num">{number(u64::from(n))}</b>
            </div>
        })
    };
    html! {
        <section>
            <h3 class="lab">{count(amount(units.len()), "unit")}</h3>
            {for units.iter().take(FEW).filter_map(row)}
            {rest(units.len(), "unit")}
        </section>
    }
}

fn ran_list(props: &WhoProps, runners: &Runners, units: &[usize]) -> Html {
    let row = |runner: &Runner| {
        let row = props.subject.runners.get(runner.row)?.clone();
        let key = runner.row;
        Some(html! {
            <Counted {key} who={props.clone()} {row} runner={runner.clone()} units={units.to_vec()} />
        })
    };
    let title = if runners.ran.is_empty() { "Nobody with this build ran it" } else { "Ran it" };
    html! {
        <section>
            <h3 class="lab">{title}</h3>
            {for runners.ran.iter().take(FEW).filter_map(row)}
            {rest(runners.ran.len(), "owner")}
        </section>
    }
}

fn idle_list(props: &WhoProps, runners: &Runners) -> Html {
    if runners.idle.is_empty() {
        return Html::default();
    }
    let row = |runner: &Runner| {
        let row = props.subject.runners.get(runner.row)?;
        let places = html! { <span class="dim">{places_noun(props, row, runner.n_idle)}</span> };
        Some(owner_entry(props, row, ("0".to_owned(), String::new()), places))
    };
    html! {
        <section>
            <h3 class="lab">{"Has it, never ran it"}</h3>
            {for runners.idle.iter().take(FEW).filter_map(row)}
            {rest(runners.idle.len(), "owner")}
        </section>
    }
}

/// An owner with a number, and what stands below.
fn owner_entry(
    who: &WhoProps,
    row: &OwnerRow,
    (shown, title): (String, String),
    below: Html,
) -> Html {
    html! {
        <div class="who">
            {kind_badge(who.subject.table.text(row.kind))}
            {owner_link(who, row)}
            <b class="num" {title}>{shown}</b>
            <span class="mut cut">{namespace_name(who.subject.table.text(row.namespace))}</span>
            {below}
        </div>
    }
}

/// Properties of [`Counted`].
#[derive(Clone, PartialEq, Properties)]
struct CountedProps {
    who: WhoProps,
    row: OwnerRow,
    runner: Runner,
    /// Positions in the build.
    units: Vec<usize>,
}

/// An owner that ran the lines, with its counts as soon as they are here.
#[component]
fn Counted(props: &CountedProps) -> Html {
    let CountedProps { who, row, runner, units } = props;
    let counts = use_counts(Some(row.counts.clone()), &Remote::Ready(Rc::clone(&who.stats)));
    let of_units = |column: &[u32]| -> Vec<u32> {
        units.iter().filter_map(|unit| column.get(*unit)).copied().collect()
    };
    let (number, first) = match &counts {
        Remote::Loading => (("\u{2026}".to_owned(), String::new()), 0),
        Remote::Failed(error) => (("?".to_owned(), error.to_string()), 0),
        Remote::Ready(counts) => {
            let most = u64::from(of_units(&counts.units).into_iter().max().unwrap_or(0));
            let title = format!("{} times at most in one process", number(most));
            let first = of_units(&counts.seen).into_iter().filter(|at| *at > 0).min();
            ((short(most), title), first.unwrap_or(0))
        }
    };
    let place = |place: &Place| {
        html! {
            <span class="place dim mono" title={format!("{} on {}", place.name, place.host)}>
                <bdi>{end_of(&place.name, who.subject.table.text(row.name))}</bdi>
                if place.name != place.host { <bdi>{&place.host}</bdi> }
            </span>
        }
    };
    let line = |text: String| html! { <span class="dim">{text}</span> };
    let idle = (runner.n_idle > 0)
        .then(|| line(format!("{} did not", places_noun(who, row, runner.n_idle))));
    let seen = (first > 0).then(|| line(format!("first seen {}", full_moment(i64::from(first)))));
    let below = html! {
        <>
            {for runner.ran.iter().take(FEW).map(place)}
            {rest(runner.ran.len(), "place")}
            {for idle}
            {for seen}
        </>
    };
    owner_entry(who, row, number, below)
}

/// A pod's name without its owner's, which stands above it.
fn end_of(pod: &str, owner: &str) -> String {
    match pod.strip_prefix(owner) {
        Some(rest) if !owner.is_empty() && rest.starts_with('-') => format!("\u{2026}{rest}"),
        _ => pod.to_owned(),
    }
}

/// The owner, at the same lines of the same file in its own colours.
fn owner_link(who: &WhoProps, row: &OwnerRow) -> Html {
    let table = &who.subject.table;
    let view = FileView { build: table.build_id(row), ..who.here.view.clone() };
    let href = Route::File(table.owner_ref(row), view).href();
    let name = table.text(row.name).to_owned();
    let title = format!("{name} in {}", table.text(row.namespace));
    html! { <a class="cut" {href} {title}><bdi>{name}</bdi></a> }
}

fn places_noun(who: &WhoProps, row: &OwnerRow, n: usize) -> String {
    let is_host = who.subject.table.text(row.kind) == "Host";
    count(amount(n), if is_host { "node" } else { "pod" })
}

/// What is not listed of `n` things.
fn rest(n: usize, noun: &str) -> Html {
    match n.checked_sub(FEW) {
        None | Some(0) => Html::default(),
        Some(n) => html! { <p class="dim">{format!("and {}", count(amount(n), noun))}</p> },
    }
}

/// The panel, when it is open and lines are selected.
pub(super) fn who(
    subject: &Same<Subject>,
    stats: &Rc<StatsShard>,
    here: &Rc<Here>,
    reading: &Reading,
) -> Option<Html> {
    let lines = here.view.lines.filter(|_| here.view.who)?;
    let on_close = reading.act.reform(|()| super::keys::Action::Who);
    let (subject, stats, here) = (subject.clone(), Rc::clone(stats), Rc::clone(here));
    Some(html! { <Who {subject} {stats} {here} {lines} {on_close} /> })
}
