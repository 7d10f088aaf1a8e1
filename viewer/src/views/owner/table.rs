//! What the tables of files and of funcs share: columns, headings, numbers.

use covatlas_shared::stats::Tiers;
use yew::prelude::*;

use crate::{
    components::{columns_head, cvg::pct},
    model::{
        format::number,
        stat::{Column, Order, Stat},
    },
};

/// The headings; a click sorts. `has_owner`: whether "here" and "anywhere" differ.
pub(super) fn head(
    name: &'static str,
    has_owner: bool,
    order: Order,
    on_order: &Callback<Order>,
) -> Html {
    let here = if has_owner { "Ran here" } else { "Ran" };
    let columns = [
        Some((Column::Name, name, "")),
        Some((Column::Here, here, "")),
        has_owner.then_some((Column::Anywhere, "Anywhere", "num")),
        Some((Column::Statements, "Statements", "num")),
        Some((Column::Uncovered, "Uncovered", "num")),
    ];
    let columns = columns.into_iter().flatten();
    columns_head(&columns.collect::<Vec<_>>(), order, on_order)
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
