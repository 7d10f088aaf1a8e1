//! The files of a build, as a tree or as a list.

use std::rc::Rc;

use yew::prelude::*;

use super::{
    Shown,
    table::{head, number_cells},
};
use crate::{
    components::{
        RenderRow, RowCursor, VirtualList, cvg, file_rows, filter, modes, seg, use_row_cursor,
    },
    model::{
        format::{amount, count, number, percent},
        stat::Order,
        tree::{FileStat, Item, TreeRow},
    },
    route::{Counts, FileListView, Mode, OwnerView},
};

/// The view that lists files without directories.
const FLAT: &str = "flat";

/// The rows of the pane, and how to draw them.
pub(super) struct FileRows {
    rows: Rc<Vec<TreeRow>>,
    /// The file that is shown first where there is only one at a time.
    first: Option<usize>,
    draw: RenderRow,
    cursor: RowCursor,
}

/// The rows of the pane; none while files are loading.
#[hook]
pub(super) fn use_files(shown: Option<&Shown>) -> FileRows {
    let deps = shown.map(|s| {
        let OwnerView { toggled, view, .. } = &s.view;
        (s.files.clone(), list_of(&s.view), toggled.clone(), view == FLAT)
    });
    let listed = use_memo(deps, |deps| {
        let Some((files, list, toggled, is_flat)) = deps else { return Listed::default() };
        let (matching, order) = (files.listed(list), Order::of(&list.sort));
        let first = files.ordered(&matching, order, Counts::Here).first().copied();
        let rows = if *is_flat {
            files.list(&matching, order)
        } else {
            files.tree(&matching, order, toggled, !list.q.trim().is_empty())
        };
        Listed { rows: Rc::new(rows), first }
    });
    let (rows, first) = (Rc::clone(&listed.rows), listed.first);
    let on_open = on_row(shown, &rows, |shown, row| match &row.item {
        Item::File(file) => shown.nav.push.emit(shown.file(*file, None)),
        Item::Dir { path, .. } => shown.change(|view| *view = toggled(view, path)),
    });
    let on_scope =
        on_row(shown, &rows, |shown, row| shown.change(|view| scope_to(view, path_of(shown, row))));
    let list = shown.map(|s| {
        s.route(OwnerView { scope: String::new(), funcs: String::new(), ..s.view.clone() }).href()
    });
    let cursor = use_row_cursor(rows.len(), &list.unwrap_or_default(), on_open, on_scope);
    // What is typed for the funcs does not change how a file looks.
    let look = shown.map(|s| {
        let (funcs, funcs_sort) = (String::new(), Vec::new());
        Shown { view: OwnerView { funcs, funcs_sort, ..s.view.clone() }, ..s.clone() }
    });
    let deps = (look, Rc::clone(&rows), cursor.current);
    let draw = use_callback(deps, |at: usize, (shown, rows, current)| {
        match shown.as_ref().zip(rows.get(at)) {
            Some((shown, row)) => line(shown, row, at, *current == Some(at)),
            None => html! { <tr></tr> },
        }
    });
    FileRows { rows, first, draw, cursor }
}

/// What is listed: the rows, and the file that comes first without directories.
#[derive(Default)]
struct Listed {
    rows: Rc<Vec<TreeRow>>,
    first: Option<usize>,
}

/// Which files are listed.
fn list_of(OwnerView { q, written, sort, .. }: &OwnerView) -> FileListView {
    FileListView { q: q.clone(), written: *written, sort: sort.clone() }
}

fn on_row(
    shown: Option<&Shown>,
    rows: &Rc<Vec<TreeRow>>,
    f: fn(&Shown, &TreeRow),
) -> Callback<usize> {
    let (shown, rows) = (shown.cloned(), Rc::clone(rows));
    Callback::from(move |at: usize| {
        if let Some((shown, row)) = shown.as_ref().zip(rows.get(at)) {
            f(shown, row);
        }
    })
}

/// The pane of files.
pub(super) fn files_pane(shown: &Shown, files: FileRows) -> Html {
    let view = &shown.view;
    let (is_flat, order) = (view.view == FLAT, Order::of(&view.sort));
    let FileRows { rows, first, draw, cursor } = files;
    let listed = shown.files.listed(&list_of(view));
    let n_files = count(amount(listed.len()), "file");
    let sum = shown.files.sum(&listed);
    let of_them = percent(sum).filter(|_| listed.len() < shown.files.len());
    let prefix = shown.files.prefix().trim_end_matches('/');
    let on_view = shown.on(|view, value: &'static str| value.clone_into(&mut view.view));
    let on_text = shown.on(|view, q| view.q = q);
    let on_order = shown.on(|view, order: Order| view.sort = order.sort());
    let has_owner = shown.subject.own.is_some();
    html! {
        <section aria-label="Files">
            <div class="tools stick">
                {seg("Files as", &[("", "Tree"), (FLAT, "Flat")], if is_flat { FLAT } else { "" }, &on_view)}
                {filter("filter", "Filter files", &view.q, &on_text)}
                {generated(shown)}
                <span class="push mut cut" title={prefix.to_owned()} role="status">
                    {n_files}
                    if let Some(percent) = of_them {
                        {format!(" · {percent} of {} ran", number(sum.statements()))}
                    }
                    if !prefix.is_empty() {
                        <span class="hide-m">{" in "}<bdi>{prefix}</bdi></span>
                    }
                </span>
                {layout(shown, first)}
            </div>
            if rows.is_empty() {
                {nothing(shown)}
            } else {
                <div class="scroll">
                    <table class="grid files" role={if is_flat { "table" } else { "treegrid" }}
                        aria-label={format!("Files, {}", order.in_words())}
                        aria-rowcount={rows.len().saturating_add(1).to_string()}>
                        <colgroup>
                            <col /><col width="202" />
                            if has_owner {
                                <col width="80" />
                            }
                            <col width="86" /><col width="92" />
                        </colgroup>
                        {head("File", has_owner, order, &on_order)}
                        <VirtualList tag="tbody" role="rowgroup" n_rows={rows.len()} row_height={24.0}
                            row={draw} scroll_to={cursor.scroll_to} />
                    </table>
                </div>
            }
        </section>
    }
}

/// The files in other layouts: the one that the funcs are limited to, else the first one. Nothing
/// when no file is listed.
fn layout(shown: &Shown, first: Option<usize>) -> Html {
    let chosen = find_scope(shown).or(first);
    let Some(file) = chosen else { return Html::default() };
    let list = || list_of(&shown.view);
    let href = |mode| shown.file_beside(file, mode, list()).href();
    let here = shown.route(shown.view.clone()).href();
    modes(&[("List", here), ("Source", href(Mode::Source)), ("Split", href(Mode::Split))], "List")
}

/// The file that the funcs are limited to.
fn find_scope(shown: &Shown) -> Option<usize> {
    let is_scope = |f: &FileStat| *f.path == *shown.view.scope;
    shown.files.files().iter().position(is_scope)
}

/// Leaves out what tools wrote, or lists it again.
fn generated(shown: &Shown) -> Html {
    let onclick = shown.on(|view, _: MouseEvent| view.written = !view.written);
    file_rows::generated(shown.files.n_generated(), shown.view.written, onclick)
}

fn nothing(shown: &Shown) -> Html {
    if shown.files.is_empty() {
        return html! {
            <div class="empty">
                <h2>{"No files"}</h2>
                <p>{"This build has no code that can be counted."}</p>
            </div>
        };
    }
    let all = OwnerView { q: String::new(), written: false, ..shown.view.clone() };
    let href = shown.route(all).href();
    html! {
        <div class="empty">
            <h2>
                {"No file matches"}
                if !shown.view.q.is_empty() {
                    {" “"}<bdi>{shown.view.q.clone()}</bdi>{"”"}
                }
            </h2>
            <div class="row wrap"><a class="btn main" {href}>{"Clear the filter"}</a></div>
        </div>
    }
}

/// A file or directory. Its name leads on; a click beside the name limits the funcs to it.
fn line(shown: &Shown, row: &TreeRow, at: usize, is_current: bool) -> Html {
    let onclick = {
        let (shown, row) = (shown.clone(), row.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<web_sys::Element>();
            let is_link = target.is_some_and(|t| t.closest("a").is_ok_and(|a| a.is_some()));
            if !is_link {
                shown.change(|view| scope_to(view, path_of(&shown, &row)));
            }
        })
    };
    let tiers = shown.subject.table.tiers();
    let has_owner = shown.subject.own.is_some();
    let (expanded, cell) = match &row.item {
        Item::Dir { path, n_files, is_open } => {
            (Some(is_open.to_string()), dir_cell(shown, row, path, *n_files))
        }
        Item::File(file) => (None, file_cell(shown, row, *file)),
    };
    let is_flat = shown.view.view == FLAT;
    let level = (!is_flat).then(|| row.depth.saturating_add(1).to_string());
    let is_selected = is_current || is_scope(shown, row);
    html! {
        <tr role="row" aria-rowindex={at.saturating_add(2).to_string()} aria-level={level}
            aria-expanded={expanded} aria-selected={is_selected.then_some("true")} {onclick}>
            <td role="cell"><span class="row in">{cell}</span></td>
            <td role="cell" class="cv">
                {cvg(row.stat.own, has_owner.then_some(row.stat.all), tiers)}
            </td>
            {number_cells(row.stat, has_owner, tiers)}
        </tr>
    }
}

fn dir_cell(shown: &Shown, row: &TreeRow, path: &str, n_files: usize) -> Html {
    let href = shown.route(toggled(&shown.view, path)).href();
    let on_toggle = {
        let (shown, path) = (shown.clone(), path.to_owned());
        Callback::from(move |()| shown.change(|view| *view = toggled(view, &path)))
    };
    file_rows::dir_cell((&row.name, path, n_files), href, on_toggle)
}

fn file_cell(shown: &Shown, row: &TreeRow, file: usize) -> Html {
    let href = shown.file(file, None).href();
    file_rows::file_cell(&row.name, shown.files.get(file), shown.view.view == FLAT, href)
}

/// The page with a directory turned around.
fn toggled(view: &OwnerView, path: &str) -> OwnerView {
    OwnerView { toggled: file_rows::toggled(&view.toggled, path), ..view.clone() }
}

fn path_of<'a>(shown: &'a Shown, row: &'a TreeRow) -> &'a str {
    match &row.item {
        Item::Dir { path, .. } => path,
        Item::File(file) => shown.files.get(*file).map_or("", |f| &f.path),
    }
}

fn is_scope(shown: &Shown, row: &TreeRow) -> bool {
    !shown.view.scope.is_empty() && path_of(shown, row) == shown.view.scope
}

/// Limits the funcs to a file or directory, or to none when they were.
fn scope_to(view: &mut OwnerView, path: &str) {
    let path = if view.scope == path { "" } else { path };
    path.clone_into(&mut view.scope);
}
