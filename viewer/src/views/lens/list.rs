//! What there is to choose, in groups.

use std::rc::Rc;

use covatlas_shared::{field::Field, manifest::Manifest, owners::OwnersShard};
use yew::prelude::*;

use super::{Chooses, chosen::titles};
use crate::{
    components::{cvg::pct, dom, kind_badge, name, namespace_name},
    model::{
        format,
        lens_choice::{Choice, Group},
    },
};

/// So many of each group before anything is typed, then, and of one that was opened.
const FEW: usize = 5;
const SOME: usize = 12;
const MANY: usize = 100;

/// What the list shows.
pub(super) struct List<'a> {
    pub(super) groups: &'a [Group],
    /// The whole site, once it is here.
    pub(super) site: Option<(&'a Rc<Manifest>, &'a Rc<OwnersShard>)>,
    /// The filter that was typed, if it is one.
    pub(super) typed: Option<String>,
    pub(super) chooses: &'a Chooses,
}

/// The groups.
pub(super) fn list(list: &List<'_>) -> Html {
    let stop = tab_stop(list);
    let group = |group: &Group| {
        let (title, n) = (titles(group.field).1, group.choices.len());
        let shown = shown(list, group);
        html! {
            <div key={title} role="group" aria-label={title}>
                <h3 aria-hidden="true">
                    {title}{" "}<span class="dim">{format::number(format::amount(n))}</span>
                </h3>
                { for shown.iter().map(|choice| row(list, group.field, choice, stop)) }
                {more(list.chooses, group.field, n.saturating_sub(shown.len()))}
            </div>
        }
    };
    html! {
        <div id="choices">
            { for list.typed.as_ref().map(|text| typed(list.chooses, text)) }
            { for list.groups.iter().map(group) }
        </div>
    }
}

/// What is shown of a group.
fn shown<'a>(list: &List<'_>, group: &'a Group) -> &'a [Choice] {
    let state = &list.chooses.state;
    let most = match state.opened == Some(group.field) {
        true => MANY,
        false if state.query.trim().is_empty() => FEW,
        false => SOME,
    };
    group.choices.get(..most).unwrap_or(&group.choices)
}

/// The choice that Tab leads to: the one that had the focus last, else the first.
fn tab_stop<'a>(list: &List<'a>) -> Option<(Field, &'a str)> {
    let had_focus = list.chooses.state.current.as_ref();
    let of_group = |group: &'a Group| {
        let own = shown(list, group).iter();
        own.map(move |choice| (group.field, choice.name.as_str()))
    };
    let mut all = list.groups.iter().flat_map(of_group);
    let first = all.clone().next();
    all.find(|(field, name)| had_focus.is_some_and(|(f, n)| f == field && n == name)).or(first)
}

/// How much of a group is not shown; a click shows more, once.
fn more(chooses: &Chooses, group: Field, n: usize) -> Html {
    if n == 0 {
        return Html::default();
    }
    let text = format!("{} more", format::number(format::amount(n)));
    if chooses.state.opened == Some(group) {
        return html! { <p class="hit mut">{text}{": type to narrow"}</p> };
    }
    let chooses = chooses.clone();
    let onclick = move |_: MouseEvent| chooses.open(group);
    html! { <button class="hit mut" {onclick}>{text}</button> }
}

/// A filter as it was typed.
fn typed(chooses: &Chooses, text: &str) -> Html {
    let (chooses, own) = (chooses.clone(), text.to_owned());
    let onclick = move |_: MouseEvent| {
        let mut next = chooses.clone();
        next.state.filters.add_text(&own);
        next.query(String::new());
        dom::focus("#ask");
    };
    html! {
        <button class="hit" {onclick}>
            <span class="cut">{"Only what matches "}<bdi class="mono">{text.to_owned()}</bdi></span>
        </button>
    }
}

fn row(list: &List<'_>, field: Field, choice: &Choice, stop: Option<(Field, &str)>) -> Html {
    let is_chosen = list.chooses.state.filters.holds(field, &choice.name);
    let onchange = {
        let (chooses, name) = (list.chooses.clone(), choice.name.clone());
        move |_: Event| {
            let mut filters = chooses.state.filters.clone();
            filters.toggle(field, &name);
            chooses.filters(filters);
        }
    };
    let onfocus = {
        let (chooses, name) = (list.chooses.clone(), choice.name.clone());
        move |_: FocusEvent| chooses.current(field, name.clone())
    };
    let tabindex = if stop == Some((field, &choice.name)) { "0" } else { "-1" };
    html! {
        <label class="hit" title={choice.name.clone()}>
            <input type="checkbox" checked={is_chosen} {onchange} {onfocus} {tabindex} />
            {cells(list, field, choice)}
        </label>
    }
}

/// The name, whose or how many it is, and how much of it ran.
fn cells(list: &List<'_>, field: Field, choice: &Choice) -> Html {
    let Some((manifest, owners)) = list.site else { return Html::default() };
    let Some(row) = owners.rows.get(choice.row) else { return Html::default() };
    let text = |idx| owners.strings.get(idx);
    let n = || html! { {format::count(format::amount(choice.n_owners), "owner")} };
    let own = match field {
        Field::Namespace => namespace_name(&choice.name),
        Field::Kind => html! { <>{kind_badge(&choice.name)}{" "}{format::kind(&choice.name).1}</> },
        Field::Key => html! {
            <>
                {kind_badge(text(row.kind))}{" "}{name(text(row.name))}{" "}
                <span class="dim">{namespace_name(text(row.namespace))}</span>
            </>
        },
        _ => name(&choice.name),
    };
    let beside = match field {
        Field::Key => name(text(row.binary)),
        Field::Pod => namespace_name(text(row.namespace)),
        _ => n(),
    };
    let coverage = match field {
        Field::Key => Some(row.coverage),
        Field::Namespace => {
            let same = |(name, _): &&(String, _)| *name == choice.name;
            manifest.namespaces.iter().find(same).map(|(_, coverage)| *coverage)
        }
        _ => None,
    };
    html! {
        <>
            <span class="cut">{own}</span>
            <span class="dim cut hide-s">{beside}</span>
            if let Some(coverage) = coverage {
                <span class="num">{pct(coverage, manifest.tiers)}</span>
            }
        </>
    }
}
