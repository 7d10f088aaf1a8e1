//! The headings of a table of files or funcs.

use yew::prelude::*;

use crate::model::stat::{Column, Order};

/// The headings; a click sorts. Each has its column, what it says and its class.
pub fn columns_head(
    columns: &[(Column, &'static str, &'static str)],
    order: Order,
    on_order: &Callback<Order>,
) -> Html {
    let heading = |&(column, title, class): &(Column, &'static str, &'static str)| {
        let is_sorted = order.column == column;
        let direction = if order.descending { "descending" } else { "ascending" };
        let onclick = on_order.reform(move |_: MouseEvent| order.click(column));
        html! {
            <th role="columnheader" scope="col" {class} aria-sort={is_sorted.then_some(direction)}>
                <button {onclick}>{title}</button>
            </th>
        }
    };
    html! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">{ for columns.iter().map(heading) }</tr>
        </thead>
    }
}
