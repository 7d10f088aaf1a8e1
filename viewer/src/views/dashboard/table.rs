//! The table of owners.

use std::rc::Rc;

use yew::prelude::*;

use super::{details::details, row::OwnerLine};
use crate::{
    components::{VirtualList, use_nav, use_row_cursor},
    model::format::amount,
    model::owners::{Column, Direction, OwnerTable, order, toggled},
    route::{DashboardQuery, OwnerView, Route},
};

/// Properties of [`Table`].
#[derive(Properties, PartialEq)]
pub(super) struct TableProps {
    pub(super) table: Rc<OwnerTable>,
    /// Positions of the owners that are shown, in order.
    pub(super) shown: Rc<Vec<usize>>,
    pub(super) query: DashboardQuery,
}

/// The table of owners: windowed, with at most one row expanded.
#[component]
pub(super) fn Table(props: &TableProps) -> Html {
    let (table, shown) = (&props.table, &props.shown);
    let nav = use_nav();
    let open = use_state_eq(|| None::<usize>);
    let on_toggle = {
        let open = open.clone();
        use_callback(*open, move |owner: usize, was: &Option<usize>| {
            open.set((*was != Some(owner)).then_some(owner));
        })
    };
    let on_open =
        use_callback((Rc::clone(table), Rc::clone(shown), nav.push.clone()), |at: usize, deps| {
            let (table, shown, push) = deps;
            if let Some(row) = shown.get(at).and_then(|owner| table.newest(*owner)) {
                push.emit(Route::Owner(table.owner_ref(row), OwnerView::default()));
            }
        });
    let on_expand = use_callback((Rc::clone(shown), on_toggle.clone()), |at: usize, deps| {
        let (shown, on_toggle) = deps;
        if let Some(owner) = shown.get(at) {
            on_toggle.emit(*owner);
        }
    });
    let list = Route::Dashboard(props.query.clone()).href();
    let cursor = use_row_cursor(shown.len(), &list, on_open, on_expand);
    let deps = (Rc::clone(table), Rc::clone(shown), cursor.current, *open, on_toggle);
    let row = use_callback(deps, |at: usize, (table, shown, current, open, on_toggle)| {
        let Some(&owner) = shown.get(at) else { return Html::default() };
        html! {
            <OwnerLine key={at} table={Rc::clone(table)} {owner} at={at}
                is_current={*current == Some(at)} is_open={*open == Some(owner)}
                on_toggle={on_toggle.clone()} />
        }
    });
    let open_at = open.and_then(|owner| shown.iter().position(|o| *o == owner));
    let detail = open_at.zip(*open).map(|(at, owner)| (at, details(table, owner)));
    html! {
        <table class="grid stack owners" role="table" aria-label="Owners"
            aria-rowcount={(amount(shown.len()) + 1).to_string()}>
            {columns(!table.runs().is_empty())}
            {head(&props.query, !table.runs().is_empty(), &nav.push)}
            <VirtualList tag="tbody" role="rowgroup" n_rows={shown.len()} row_height={24.0} {row}
                {detail} scroll_to={cursor.scroll_to} />
        </table>
    }
}

/// The widths of the columns, so that none moves when the rows change.
fn columns(has_trend: bool) -> Html {
    html! {
        <colgroup>
            <col width="34" />
            <col width="15%" />
            <col width="20%" />
            <col class="hide-m hide-w" />
            <col class="hide-m" />
            <col class="hide-m" width="72" />
            <col width="202" />
            if has_trend {
                <col class="hide-m" width="116" />
            }
            <col width="90" />
            <col width="92" />
            <col width="58" />
            <col class="hide-m" width="104" />
        </colgroup>
    }
}

/// The headings; a click sorts.
fn head(query: &DashboardQuery, has_trend: bool, push: &Callback<Route>) -> Html {
    let sorted = order(&query.sort);
    let heading = |column: Column| {
        let query = DashboardQuery { sort: toggled(&sorted, column), ..query.clone() };
        let onclick = push.reform(move |_: MouseEvent| Route::Dashboard(query.clone()));
        let direction = sorted.first().filter(|(c, _)| *c == column).map(|(_, d)| *d);
        let aria_sort = direction.map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        });
        let class = match column {
            Column::Container => "hide-m hide-w",
            Column::Binary | Column::Commit | Column::Trend => "hide-m",
            Column::Seen => "num hide-m",
            Column::Statements | Column::Uncovered | Column::Pods => "num",
            Column::Namespace | Column::Owner | Column::Coverage => "",
        };
        html! {
            <th role="columnheader" scope="col" {class} aria-sort={aria_sort}>
                <button {onclick}>{column.title()}</button>
            </th>
        }
    };
    let is_there = |column: &Column| has_trend || *column != Column::Trend;
    html! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col"><span class="sr">{"Details"}</span></th>
                { for Column::ALL.into_iter().filter(is_there).map(heading) }
            </tr>
        </thead>
    }
}
