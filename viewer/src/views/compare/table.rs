//! Owners, files or functions by what changed.

use std::rc::Rc;

use covatlas_shared::{compare::State, stats::Coverage};
use yew::prelude::*;

use super::Shown;
use crate::{
    components::{
        RenderRow, RowCursor, VirtualList, cvg::pct, kind_badge, namespace_name, repo_link, tag,
        use_row_cursor,
    },
    model::{
        compare::{Column, CompareRow, Level, clicked, is_compared, order_of, points, signed},
        format::{self, amount, length, number},
        search::short_repo,
    },
    route::{CompareQuery, ComparedFile, Route},
};

/// The rows of the table, and how to draw them.
pub(super) struct Rows {
    positions: Rc<Vec<usize>>,
    draw: RenderRow,
    cursor: RowCursor,
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    /// Their positions in the list.
    pub(super) fn positions(&self) -> Rc<Vec<usize>> {
        Rc::clone(&self.positions)
    }
}

/// The rows; none while they are loading.
#[hook]
pub(super) fn use_table(shown: Option<&Shown>) -> Rows {
    let shown = shown.cloned();
    let positions = use_memo(shown.clone(), |shown| {
        shown.as_ref().map(|shown| shown.list.filter(&shown.query)).unwrap_or_default()
    });
    let most = use_memo((shown.clone(), Rc::clone(&positions)), |(shown, positions)| {
        let Some(shown) = shown else { return 0 };
        let deltas = positions.iter().filter_map(|at| shown.list.row(*at)).map(|row| row.delta);
        deltas.map(|delta| delta.gained.max(delta.lost)).max().unwrap_or(0)
    });
    let on_open = {
        let (shown, positions) = (shown.clone(), Rc::clone(&positions));
        Callback::from(move |at: usize| {
            let Some(shown) = &shown else { return };
            if let Some(to) = positions.get(at).and_then(|row| to(shown, &shown.list.row(*row)?)) {
                shown.nav.push.emit(to);
            }
        })
    };
    let list = shown.as_ref().map(|s| Route::Compare(s.query.clone()).href()).unwrap_or_default();
    let cursor = use_row_cursor(positions.len(), &list, on_open, Callback::noop());
    let deps = (shown, Rc::clone(&positions), cursor.current, *most);
    let draw = use_callback(deps, |at: usize, (shown, positions, current, most)| {
        let Some(shown) = shown else { return html! { <tr></tr> } };
        let row = positions.get(at).and_then(|row| shown.list.row(*row));
        html! {
            <tr role="row" aria-rowindex={at.saturating_add(2).to_string()}
                aria-selected={(*current == Some(at)).then_some("true")}>
                { for row.map(|row| cells(shown, &row, *most)) }
            </tr>
        }
    });
    Rows { positions, draw, cursor }
}

/// The page of a row. A file's goes through the same kind of changes.
fn to(shown: &Shown, row: &CompareRow) -> Option<Route> {
    Some(match row.to.clone()? {
        Route::ComparedFile(file) => {
            Route::ComparedFile(ComparedFile { only: shown.query.only.clone(), ..file })
        }
        other => other,
    })
}

/// The table.
pub(super) fn table(shown: &Shown, rows: Rows) -> Html {
    let n_rows = rows.len();
    if n_rows == 0 {
        return nothing(shown);
    }
    html! {
        <table class="grid stack compare" role="table" aria-label="What changed"
            aria-rowcount={n_rows.saturating_add(1).to_string()}>
            <colgroup>
                <col /><col class="mid" width="20%" /><col width="72" /><col width="72" />
                <col width="80" /><col class="hide-m" width="150" /><col width="84" />
                <col width="84" /><col width="100" />
            </colgroup>
            {head(shown)}
            <VirtualList tag="tbody" role="rowgroup" {n_rows} row_height={24.0} row={rows.draw}
                scroll_to={rows.cursor.scroll_to} />
        </table>
    }
}

fn head(shown: &Shown) -> Html {
    let (first, second) = match shown.level() {
        Level::Owners => ("Owner", "Namespace"),
        Level::Files => ("File", "Repository"),
        Level::Funcs => ("Function", "File"),
    };
    let (sorted, descending) = order_of(&shown.query);
    let button = |column: Column, title: &'static str, class: &'static str| {
        let direction = if descending { "descending" } else { "ascending" };
        let sort = (column == sorted).then_some(direction);
        let onclick = {
            let shown = shown.clone();
            Callback::from(move |_: MouseEvent| {
                shown.change(|query| query.sort = clicked(query, column));
            })
        };
        html! {
            <th role="columnheader" scope="col" {class} aria-sort={sort}>
                <button {onclick}>{title}</button>
            </th>
        }
    };
    html! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                {button(Column::Name, first, "")}
                <th role="columnheader" scope="col" class="mid">{second}</th>
                {button(Column::Before, "Before", "num")}
                {button(Column::After, "Now", "num")}
                {button(Column::Points, "Points", "num")}
                <th role="columnheader" scope="col" class="hide-m">{"Lost | gained"}</th>
                {button(Column::Gained, "New", "num")}
                {button(Column::Lost, "Lost", "num")}
                {button(Column::Still, "Still never", "num")}
            </tr>
        </thead>
    }
}

fn cells(shown: &Shown, row: &CompareRow, most: u64) -> Html {
    let delta = &row.delta;
    let is_known = is_compared(delta);
    let side = |coverage: Coverage| html! { {pct(coverage, shown.manifest.tiers)} };
    let change = |class: &'static str, sign: char, n: u64| match (is_known, n) {
        (false, _) => {
            html! { <span class="dim" title="not compared: the code differs">{"?"}</span> }
        }
        (true, 0) => html! { <span class="dim">{"–"}</span> },
        (true, n) => html! { <span {class}>{signed(sign, n)}</span> },
    };
    html! {
        <>
            <td role="cell" class="s1">{name(shown, row)}</td>
            <td role="cell" class="mut cut mid s3" title={row.place.clone()}>{place(shown, row)}</td>
            <td role="cell" class="num">{side(delta.before)}</td>
            <td role="cell" class="num">{side(delta.after)}</td>
            <td role="cell" class="num s2">{difference(row)}</td>
            <td role="cell" class="cv hide-m">{bars(row, most)}</td>
            <td role="cell" class="num s4 gain">{change("up", '+', delta.gained)}</td>
            <td role="cell" class="num s4 loss">{change("down", '−', delta.lost)}</td>
            <td role="cell" class="num mut">
                if is_known { {number(delta.uncovered)} } else { <span class="dim">{"–"}</span> }
            </td>
        </>
    }
}

fn name(shown: &Shown, row: &CompareRow) -> Html {
    let text = html! { <><bdi>{&row.head}</bdi><bdi>{&row.name}</bdi></> };
    let title = format!("{}{}", row.head, row.name);
    let class = if row.kind.is_empty() { "mono path lead" } else { "path lead" };
    html! {
        <span class="row">
            if !row.kind.is_empty() {
                {kind_badge(&row.kind)}
            }
            if let Some(to) = to(shown, row) {
                <a {class} href={to.href()} {title}>{text}</a>
            } else {
                <span {class} {title}>{text}</span>
            }
            {state(shown.level(), row.delta.state)}
        </span>
    }
}

/// How it is on the two sides, where that is not the same.
fn state(level: Level, state: State) -> Html {
    match (state, level) {
        (State::Same, _) => Html::default(),
        (State::Changed, Level::Owners) => {
            tag("other code", "Files of its builds differ: only what is the same was compared")
        }
        (State::Changed, _) => {
            tag("changed", "The code differs: only what is the same was compared")
        }
        (State::Added, _) => tag("new", "It was not there before"),
        (State::Removed, _) => tag("gone", "It was only there before"),
    }
}

fn place(shown: &Shown, row: &CompareRow) -> Html {
    match shown.level() {
        Level::Owners => namespace_name(&row.place),
        Level::Files => repo_link(&row.place, short_repo(&row.place)),
        Level::Funcs => {
            let slash = row.place.rfind('/').map_or(0, |slash| slash.saturating_add(1));
            let (dir, base) = row.place.split_at(slash);
            html! { <span class="path"><bdi>{dir}</bdi><bdi>{base}</bdi></span> }
        }
    }
}

fn difference(row: &CompareRow) -> Html {
    match points(&row.delta) {
        None => html! { <span class="dim">{"–"}</span> },
        Some(0) => html! { <span class="dim">{"±0"}</span> },
        Some(points) => {
            let class = if points < 0 { "down" } else { "up" };
            html! { <span {class}>{format::points(points)}</span> }
        }
    }
}

/// What was lost to the left of the middle, what was gained to the right, by what changed most.
fn bars(row: &CompareRow, most: u64) -> Html {
    let most = most.saturating_mul(2);
    let (lost, gained) = (row.delta.lost, row.delta.gained);
    let left = (most / 2).saturating_sub(lost);
    html! {
        <svg class="delta" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="x1" x={length(left, most)} y="1" width={length(lost, most)} height="8" />
            <rect class="x4" x="50" y="1" width={length(gained, most)} height="8" />
            <rect class="zero" x="49.8" width=".5" height="10" />
        </svg>
    }
}

fn nothing(shown: &Shown) -> Html {
    let CompareQuery { q, by, .. } = &shown.query;
    let clear = Route::Compare(CompareQuery { by: by.clone(), ..CompareQuery::default() }).href();
    let noun = shown.level().noun();
    let n_all = amount(shown.list.len());
    html! {
        <div class="empty">
            if q.trim().is_empty() {
                <h2>{format!("No {noun} of that kind")}</h2>
                <p>{format!("{} looked through.", format::count(n_all, noun))}</p>
            } else {
                <h2>{format!("No {noun} matches “")}<bdi>{q}</bdi>{"”"}</h2>
            }
            <div class="row wrap"><a class="btn" href={clear}>{"Clear filters"}</a></div>
        </div>
    }
}
