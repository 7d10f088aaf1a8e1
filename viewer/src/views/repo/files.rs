//! The files of a repository, as a tree or as a list.

use std::rc::Rc;

use yew::prelude::*;

use super::Shown;
use crate::{
    components::{
        RenderRow, RowCursor, VirtualList, columns_head, cvg, file_rows, filter, seg, tag,
        use_row_cursor,
    },
    model::{
        format::{amount, count, number, percent},
        stat::{Column, Order},
        tree::{Item, TreeRow},
    },
    route::{FileListView, RepoView},
};

/// The view that lists files without directories.
const FLAT: &str = "flat";

/// The columns; a click on a heading sorts.
const COLUMNS: [(Column, &str, &str); 6] = [
    (Column::Name, "File", ""),
    (Column::Here, "Ran", ""),
    (Column::Statements, "Statements", "num"),
    (Column::Uncovered, "Uncovered", "num"),
    (Column::Builds, "Builds", "num"),
    (Column::Owners, "Owners", "num"),
];

/// The rows of the pane, and how to draw them.
pub(super) struct FileRows {
    rows: Rc<Vec<TreeRow>>,
    draw: RenderRow,
    cursor: RowCursor,
}

/// The rows of the pane; none while files are loading.
#[hook]
pub(super) fn use_files(shown: Option<&Shown>) -> FileRows {
    let deps = shown.map(|s| {
        let RepoView { list, toggled, view, .. } = s.view.clone();
        (s.files.clone(), list, toggled, view == FLAT)
    });
    let rows = use_memo(deps, |deps| {
        let Some((files, list, toggled, is_flat)) = deps else { return Vec::new() };
        let (matching, order) = (files.listed(list), Order::of(&list.sort));
        if *is_flat {
            files.list(&matching, order)
        } else {
            files.tree(&matching, order, toggled, !list.q.trim().is_empty())
        }
    });
    let on_open = {
        let (shown, rows) = (shown.cloned(), Rc::clone(&rows));
        Callback::from(move |at: usize| {
            let Some((shown, row)) = shown.as_ref().zip(rows.get(at)) else { return };
            match &row.item {
                Item::File(file) => shown.nav.push.emit(shown.file(*file)),
                Item::Dir { path, .. } => shown.change(|view| *view = toggled(view, path)),
            }
        })
    };
    let list = shown.map(|s| s.route(s.view.clone()).href()).unwrap_or_default();
    let cursor = use_row_cursor(rows.len(), &list, on_open, Callback::noop());
    let deps = (shown.cloned(), Rc::clone(&rows), cursor.current);
    let draw = use_callback(deps, |at: usize, (shown, rows, current)| {
        match shown.as_ref().zip(rows.get(at)) {
            Some((shown, row)) => line(shown, row, at, *current == Some(at)),
            None => html! { <tr></tr> },
        }
    });
    FileRows { rows, draw, cursor }
}

/// The pane of files.
pub(super) fn files_pane(shown: &Shown, FileRows { rows, draw, cursor }: FileRows) -> Html {
    let RepoView { list, view, .. } = &shown.view;
    let (is_flat, order) = (view == FLAT, Order::of(&list.sort));
    let on_view = shown.on(|view, value: &'static str| value.clone_into(&mut view.view));
    let on_text = shown.on(|view, q| view.list.q = q);
    let on_order = shown.on(|view, order: Order| view.list.sort = order.sort());
    let on_written = shown.on(|view, _: MouseEvent| view.list.written = !view.list.written);
    html! {
        <section aria-label="Files">
            <div class="tools stick">
                {seg("Files as", &[("", "Tree"), (FLAT, "Flat")], if is_flat { FLAT } else { "" }, &on_view)}
                {filter("filter", "Filter files", &list.q, &on_text)}
                {file_rows::generated(shown.files.n_generated(), list.written, on_written)}
                {unbuilt(shown)}
                <span class="push mut cut" role="status">{status(shown, list)}</span>
            </div>
            if rows.is_empty() {
                {nothing(shown)}
            } else {
                <div class="scroll">
                    <table class="grid files" role={if is_flat { "table" } else { "treegrid" }}
                        aria-label={format!("Files, {}", order.in_words())}
                        aria-rowcount={rows.len().saturating_add(1).to_string()}>
                        <colgroup>
                            <col /><col width="202" /><col width="96" /><col width="96" />
                            <col width="80" /><col width="80" />
                        </colgroup>
                        {columns_head(&COLUMNS, order, &on_order)}
                        <VirtualList tag="tbody" role="rowgroup" n_rows={rows.len()} row_height={24.0}
                            row={draw} scroll_to={cursor.scroll_to} />
                    </table>
                </div>
            }
        </section>
    }
}

/// Lists what no build has too, or leaves it out; nothing when every file is built.
fn unbuilt(shown: &Shown) -> Html {
    let n = shown.repo.unbuilt.len();
    if n == 0 {
        return Html::default();
    }
    let is_shown = shown.view.unbuilt;
    let onclick = shown.on(|view, _: MouseEvent| view.unbuilt = !view.unbuilt);
    html! {
        <button class="chip" aria-pressed={is_shown.to_string()} {onclick}
            title="Go files of the commits that no build has, and files without functions, which Go never counts">
            <b>{number(amount(n))}</b>{if is_shown { "not built shown" } else { "not built" }}
        </button>
    }
}

/// How many files are listed, and what ran of them when they are not all.
fn status(shown: &Shown, list: &FileListView) -> String {
    let listed = shown.files.listed(list);
    let sum = shown.files.sum(&listed);
    let n_files = count(amount(listed.len()), "file");
    match percent(sum).filter(|_| listed.len() < shown.files.len()) {
        Some(percent) => format!("{n_files} · {percent} of {} ran", number(sum.statements())),
        None => n_files,
    }
}

fn nothing(shown: &Shown) -> Html {
    let list = FileListView { q: String::new(), written: false, ..shown.view.list.clone() };
    let href = shown.route(RepoView { list, ..shown.view.clone() }).href();
    html! {
        <div class="empty">
            <h2>
                {"No file matches"}
                if !shown.view.list.q.is_empty() {
                    {" “"}<bdi>{shown.view.list.q.clone()}</bdi>{"”"}
                }
            </h2>
            <div class="row wrap"><a class="btn main" {href}>{"Clear the filter"}</a></div>
        </div>
    }
}

/// A file or directory.
fn line(shown: &Shown, row: &TreeRow, at: usize, is_current: bool) -> Html {
    let is_flat = shown.view.view == FLAT;
    let (expanded, cell, is_built) = match &row.item {
        Item::Dir { path, n_files, is_open } => {
            let href = shown.route(toggled(&shown.view, path)).href();
            let on_toggle = {
                let (shown, path) = (shown.clone(), path.clone());
                Callback::from(move |()| shown.change(|view| *view = toggled(view, &path)))
            };
            let cell = file_rows::dir_cell((&row.name, path, *n_files), href, on_toggle);
            (Some(is_open.to_string()), cell, row.stat.reach.builds > 0)
        }
        Item::File(file) => {
            let stat = shown.files.get(*file);
            let n_variants = stat.map_or(1, |f| f.n_variants);
            let cell = file_rows::file_cell(&row.name, stat, is_flat, shown.file(*file).href());
            let cell = html! { <>{cell}{variants(n_variants)}</> };
            (None, cell, n_variants > 0)
        }
    };
    let level = (!is_flat).then(|| row.depth.saturating_add(1).to_string());
    let number = |class: &'static str, n: u64| {
        html! {
            if is_built {
                <td role="cell" {class}>{number(n)}</td>
            } else {
                <td role="cell" class="num dim">{"–"}</td>
            }
        }
    };
    let reach = row.stat.reach;
    html! {
        <tr role="row" aria-rowindex={at.saturating_add(2).to_string()} aria-level={level}
            aria-expanded={expanded} aria-selected={is_current.then_some("true")}>
            <td role="cell"><span class="row in">{cell}</span></td>
            <td role="cell" class="cv">{cvg(row.stat.own, None, shown.manifest.tiers)}</td>
            {number("num mut", row.stat.own.statements())}
            {number("num", row.stat.own.uncovered())}
            {number("num mut", reach.builds.into())}
            {number("num mut", reach.owners.into())}
        </tr>
    }
}

/// How a path's builds differ in it.
fn variants(n: usize) -> Html {
    match n {
        0 => {
            tag("not built", "No build has it, or it has no functions, which is all that Go counts")
        }
        1 => Html::default(),
        n => tag(
            &format!("{n} variants"),
            "Builds differ in it: what each runs is its own code, added up here",
        ),
    }
}

/// The page with a directory turned around.
fn toggled(view: &RepoView, path: &str) -> RepoView {
    RepoView { toggled: file_rows::toggled(&view.toggled, path), ..view.clone() }
}
