//! One row of the table.

use std::rc::Rc;

use yew::prelude::*;

use super::spark::trend;
use crate::{
    components::{cvg, kind_badge, name, namespace_name, tag},
    model::{format, owners::OwnerTable},
    route::{OwnerView, Route},
};

/// Properties of [`OwnerLine`].
#[derive(Properties, PartialEq)]
pub(super) struct OwnerLineProps {
    pub(super) table: Rc<OwnerTable>,
    pub(super) owner: usize,
    /// Position among the rows that are shown.
    pub(super) at: usize,
    pub(super) is_current: bool,
    pub(super) is_open: bool,
    pub(super) on_toggle: Callback<usize>,
}

/// One owner: its newest build, and a mark when it ran others too.
#[component]
pub(super) fn OwnerLine(props: &OwnerLineProps) -> Html {
    let table = &props.table;
    let Some(row) = table.newest(props.owner) else { return html! { <tr></tr> } };
    let [owner, namespace, binary] = [row.name, row.namespace, row.binary].map(|t| table.text(t));
    let container = row.containers.first().map_or("", |c| table.text(*c));
    let commit = table.build(row).map_or("", |b| table.text(b.commit));
    let to = Route::Owner(table.owner_ref(row), OwnerView::default()).href();
    let n_others = table.rows(props.owner).len().saturating_sub(1);
    let number = |class: &'static str, n: u64| {
        html! { <td role="cell" {class}>{format::number(n)}</td> }
    };
    html! {
        <tr role="row" aria-rowindex={(format::amount(props.at) + 2).to_string()}
            aria-selected={props.is_current.then_some("true")}>
            <td role="cell" class="s0">{expander(props, owner)}</td>
            {cell("s3", namespace, namespace_name(namespace))}
            <td role="cell" class="s1" title={owner.to_owned()}>
                <span class="row">
                    {kind_badge(table.text(row.kind))}
                    <a class="lead cut" href={to}>{name(owner)}</a>
                    if n_others > 0 {
                        {other_builds(format::amount(n_others))}
                    }
                </span>
            </td>
            {cell("mut hide-m hide-w", container, name(container))}
            {cell("hide-m", binary, name(binary))}
            {cell("mono mut hide-m", commit, name(format::commit(commit)))}
            <td role="cell" class="cv s2">{cvg(row.coverage, None, table.tiers())}</td>
            if !table.runs().is_empty() {
                <td role="cell" class="hide-m">{trend(row, table.runs())}</td>
            }
            {number("num mut", row.coverage.statements())}
            <td role="cell" class="num s4" data-unit=" uncovered">
                {format::number(row.coverage.uncovered())}
            </td>
            {number("num mut", format::amount(row.pods.len()))}
            <td role="cell" class="num dim hide-m" title={row.last_seen.map(format::full_moment)}>
                {row.last_seen.map_or_else(|| "–".to_owned(), format::moment)}
            </td>
        </tr>
    }
}

/// A cell of a text column; the title says what the column cuts off.
fn cell(class: &'static str, title: &str, content: Html) -> Html {
    html! { <td role="cell" {class} title={title.to_owned()}>{content}</td> }
}

fn expander(props: &OwnerLineProps, name: &str) -> Html {
    let owner = props.owner;
    let onclick = props.on_toggle.reform(move |_: MouseEvent| owner);
    html! {
        <button class="open" aria-expanded={props.is_open.to_string()} {onclick}
            aria-label={format!("Pods and images of {name}")}></button>
    }
}

/// Says that an owner ran older builds too, which its numbers leave out.
fn other_builds(n: u64) -> Html {
    let builds = format::count(n, "build");
    let title = format!("The numbers are those of the newest build; {builds} ran before it");
    tag(&format!("+{}", format::number(n)), &title)
}
