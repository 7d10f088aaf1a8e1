//! What the tables of files and of funcs share: columns, headings, numbers.

use covatlas_shared::stats::{Coverage, Tiers};
use yew::prelude::*;

use crate::{
    components::cvg::{tier_class, two_classes},
    model::{
        format::{number, percent},
        stat::{Column, Order, Stat},
    },
    route::SortBy,
};

/// The order that an address asks for.
pub(super) fn order_of(sort: &[SortBy]) -> Order {
    let first = sort.first().and_then(|s| Some((Column::from_name(&s.column)?, s.descending)));
    first.map_or_else(Order::default, |(column, descending)| Order { column, descending })
}

/// An order for an address; empty for the default.
pub(super) fn sort_of(order: Order) -> Vec<SortBy> {
    if order == Order::default() {
        return Vec::new();
    }
    vec![SortBy { column: order.column.name().to_owned(), descending: order.descending }]
}

/// An order in words, for people who do not see the arrow.
pub(super) fn in_words(order: Order) -> String {
    let column = match order.column {
        Column::Name => {
            return if order.descending { "from z to a" } else { "from a to z" }.to_owned();
        }
        Column::Here => "ran here",
        Column::Anywhere => "ran anywhere",
        Column::Statements => "statements",
        Column::Uncovered => "uncovered",
    };
    format!("{} {column} first", if order.descending { "most" } else { "least" })
}

/// The headings; a click sorts. `has_owner`: whether "here" and "anywhere" differ.
pub(super) fn head(
    name: &'static str,
    has_owner: bool,
    order: Order,
    on_order: &Callback<Order>,
) -> Html {
    let heading = |(column, title, class): (Column, &'static str, Option<&'static str>)| {
        let is_sorted = order.column == column;
        let direction = if order.descending { "descending" } else { "ascending" };
        let onclick = on_order.reform(move |_: MouseEvent| order.click(column));
        html! {
            <th role="columnheader" scope="col" {class} aria-sort={is_sorted.then_some(direction)}>
                <button {onclick}>{title}</button>
            </th>
        }
    };
    let here = if has_owner { "Ran here" } else { "Ran" };
    let columns = [
        Some((Column::Name, name, None)),
        Some((Column::Here, here, None)),
        has_owner.then_some((Column::Anywhere, "Anywhere", Some("num"))),
        Some((Column::Statements, "Statements", Some("num"))),
        Some((Column::Uncovered, "Uncovered", Some("num"))),
    ];
    html! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">{ for columns.into_iter().flatten().map(heading) }</tr>
        </thead>
    }
}

/// The cells behind the coverage cell.
pub(super) fn number_cells(stat: Stat, has_owner: bool, tiers: Tiers) -> Html {
    html! {
        <>
            if has_owner {
                <td role="cell" class="num">{ pct(stat.all, tiers) }</td>
            }
            <td role="cell" class="num mut">{number(stat.own.statements())}</td>
            <td role="cell" class="num">{number(stat.own.uncovered())}</td>
        </>
    }
}

/// A percent in the colour of its tier; a dash without statements.
pub(super) fn pct(coverage: Coverage, tiers: Tiers) -> Html {
    match percent(coverage) {
        Some(text) => {
            html! { <span class={two_classes("pct", tier_class(coverage, tiers))}>{text}</span> }
        }
        None => html! { <span class="dim">{"–"}</span> },
    }
}
