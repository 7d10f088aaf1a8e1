//! One row of the table.

use std::rc::Rc;

use yew::prelude::*;

use super::{count, table::column_class};
use crate::{
    components::{Cvg, KindBadge, Name, NamespaceName, Tag},
    model::{
        format,
        owners::{Column, OwnerTable},
    },
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
    let build = table.build(row);
    let name = table.text(row.name).to_owned();
    let to = Route::Owner(table.owner_ref(row), OwnerView::default()).href();
    let container = row.containers.first().map_or("", |c| table.text(*c)).to_owned();
    let commit = build.map_or("", |b| table.text(b.commit)).to_owned();
    let text = |column, cell: Html, title: &str| {
        let class = classes!(column_class(column), (column == Column::Container).then_some("mut"));
        html! { <td role="cell" {class} title={title.to_owned()}>{cell}</td> }
    };
    let number = |column, class: &'static str, text: String| {
        html! { <td role="cell" class={classes!(column_class(column), class)}>{text}</td> }
    };
    let namespace = table.text(row.namespace).to_owned();
    let binary = table.text(row.binary).to_owned();
    let seen = row.last_seen.map_or_else(|| "–".to_owned(), format::moment);
    html! {
        <tr role="row" aria-rowindex={(count(props.at) + 2).to_string()}
            aria-selected={props.is_current.then_some("true")}>
            <td role="cell" class="s0"><Expander owner={props.owner} name={name.clone()}
                is_open={props.is_open} on_toggle={props.on_toggle.clone()} /></td>
            <td role="cell" class="s3" title={namespace.clone()}><NamespaceName name={namespace} /></td>
            <td role="cell" class="s1" title={name.clone()}>
                <span class="row">
                    <KindBadge kind={table.text(row.kind).to_owned()} />
                    <a class="lead cut" href={to}><Name {name} /></a>
                    <OtherBuilds n_others={table.rows(props.owner).len().saturating_sub(1)} />
                </span>
            </td>
            {text(Column::Container, html! { <Name name={container.clone()} /> }, &container)}
            {text(Column::Binary, html! { <Name name={binary.clone()} /> }, &binary)}
            <td role="cell" class="mono mut hide-m" title={commit.clone()}>
                <Name name={format::commit(&commit).to_owned()} />
            </td>
            <td role="cell" class="cv s2"><Cvg own={row.coverage} tiers={table.tiers()} /></td>
            {number(Column::Statements, "mut", format::number(row.coverage.statements()))}
            <td role="cell" class="num lead s4" data-unit=" uncovered">
                {format::number(row.coverage.uncovered())}
            </td>
            {number(Column::Pods, "mut", format::number(count(row.pods.len())))}
            <td role="cell" class="num dim hide-m" title={row.last_seen.map(format::full_moment)}>{seen}</td>
        </tr>
    }
}

/// Properties of [`Expander`].
#[derive(Properties, PartialEq)]
struct ExpanderProps {
    owner: usize,
    name: AttrValue,
    is_open: bool,
    on_toggle: Callback<usize>,
}

#[component]
fn Expander(props: &ExpanderProps) -> Html {
    let owner = props.owner;
    let onclick = props.on_toggle.reform(move |_: MouseEvent| owner);
    html! {
        <button class="open" aria-expanded={props.is_open.to_string()} {onclick}
            aria-label={format!("Pods and images of {}", props.name)}></button>
    }
}

/// Properties of [`OtherBuilds`].
#[derive(Properties, PartialEq)]
struct OtherBuildsProps {
    n_others: usize,
}

/// Says that an owner ran older builds too, which its numbers leave out.
#[component]
fn OtherBuilds(props: &OtherBuildsProps) -> Html {
    if props.n_others == 0 {
        return Html::default();
    }
    let n = format::number(count(props.n_others));
    let title = format!(
        "The numbers are those of the newest build; {} older ran too",
        format::count(count(props.n_others), "build")
    );
    html! { <Tag text={format!("+{n}")} {title} /> }
}
