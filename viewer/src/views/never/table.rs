//! The funcs, or their packages or repositories, as a table.

use std::rc::Rc;

use covatlas_shared::never::NeverSum;
use yew::prelude::*;

use super::{PACKAGES, REPOS, Shown};
use crate::{
    components::{RenderRow, RowCursor, VirtualList, repo_link, tag, use_row_cursor},
    model::{
        find_words::words_of,
        format::{amount, number},
        never::{NeverPackage, NeverRow},
        search::short_repo,
    },
    route::{NeverQuery, Route},
};

/// The rows of the table, and how to draw them.
pub(super) struct Rows {
    /// Positions of the funcs that are counted.
    pub(super) funcs: Rc<Vec<usize>>,
    /// How many there are; of repositories, also those that are not loaded.
    pub(super) n_funcs: u64,
    groups: Rc<Option<Vec<NeverPackage>>>,
    draw: RenderRow,
    cursor: RowCursor,
}

/// The rows; none while funcs are loading.
#[hook]
pub(super) fn use_table(shown: Option<&Shown>) -> Rows {
    let shown = shown.cloned();
    let funcs = use_memo(shown.clone(), |shown| {
        shown.as_ref().map(|s| s.list.filter(&s.query)).unwrap_or_default()
    });
    let groups = use_memo((shown.clone(), Rc::clone(&funcs)), |(shown, funcs)| {
        shown.as_ref().and_then(|shown| groups(shown, funcs))
    });
    let n_rows = groups.as_ref().as_ref().map_or(funcs.len(), Vec::len);
    let on_open = {
        let (shown, funcs, groups) = (shown.clone(), Rc::clone(&funcs), Rc::clone(&groups));
        Callback::from(move |at: usize| {
            let Some(shown) = &shown else { return };
            let to = match groups.as_ref() {
                Some(groups) => groups.get(at).map(|group| Route::Never(narrowed(shown, group))),
                None => funcs.get(at).and_then(|func| shown.list.row(*func)?.to),
            };
            if let Some(to) = to {
                shown.nav.push.emit(to);
            }
        })
    };
    let list = shown.as_ref().map(|s| Route::Never(s.query.clone()).href()).unwrap_or_default();
    let cursor = use_row_cursor(n_rows, &list, on_open, Callback::noop());
    let deps = (shown.clone(), Rc::clone(&funcs), Rc::clone(&groups), cursor.current);
    let draw = use_callback(deps, |at: usize, (shown, funcs, groups, current)| {
        let Some(shown) = shown else { return html! { <tr></tr> } };
        let cells = match groups.as_ref() {
            Some(groups) => groups.get(at).map(|group| group_cells(shown, group, at)),
            None => funcs.get(at).and_then(|f| shown.list.row(*f)).map(|row| func_cells(&row, at)),
        };
        html! {
            <tr role="row" aria-rowindex={at.saturating_add(2).to_string()}
                aria-selected={(*current == Some(at)).then_some("true")}>
                { for cells }
            </tr>
        }
    });
    let of_groups = groups.as_ref().as_ref().filter(|_| {
        // The numbers of repositories are known without their funcs.
        shown.as_ref().is_some_and(|s| s.query.by == REPOS && s.query.q.trim().is_empty())
    });
    let n_funcs = match of_groups {
        Some(groups) => groups.iter().map(|g| u64::from(g.sum.funcs)).sum(),
        None => amount(funcs.len()),
    };
    Rows { funcs, n_funcs, groups, draw, cursor }
}

/// The packages or repositories of the funcs; `None` when funcs are shown.
fn groups(shown: &Shown, funcs: &[usize]) -> Option<Vec<NeverPackage>> {
    let query = &shown.query;
    match query.by.as_str() {
        PACKAGES => Some(shown.list.packages(funcs)),
        REPOS => {
            let words = words_of(&query.q);
            let is_shown = |(repo, _): &(String, NeverSum)| {
                let lower = repo.to_ascii_lowercase();
                words.iter().all(|word| lower.contains(word))
                    && query.repo.as_ref().is_none_or(|name| name == repo)
            };
            let group = |(repo, sum)| NeverPackage { package: String::new(), repo, sum };
            Some(shown.repos().into_iter().filter(is_shown).map(group).collect())
        }
        _ => None,
    }
}

/// The page with the funcs of a group.
fn narrowed(shown: &Shown, group: &NeverPackage) -> NeverQuery {
    NeverQuery {
        q: String::new(),
        repo: Some(group.repo.clone()),
        package: group.package.clone(),
        by: String::new(),
        ..shown.query.clone()
    }
}

/// The table.
pub(super) fn table(shown: &Shown, rows: Rows) -> Html {
    let n_rows = rows.groups.as_ref().as_ref().map_or(rows.funcs.len(), Vec::len);
    if n_rows == 0 {
        return nothing(shown);
    }
    let is_grouped = rows.groups.is_some();
    html! {
        <table class="grid stack never" role="table" aria-label="What never ran, most statements first"
            aria-rowcount={n_rows.saturating_add(1).to_string()}>
            {head(is_grouped, shown.query.by == REPOS)}
            <VirtualList tag="tbody" role="rowgroup" {n_rows} row_height={24.0} row={rows.draw}
                scroll_to={rows.cursor.scroll_to} />
        </table>
    }
}

fn head(is_grouped: bool, is_repos: bool) -> Html {
    let heading = |(title, class): (&'static str, &'static str)| {
        let sort = (title == "Statements").then_some("descending");
        html! { <th role="columnheader" scope="col" {class} aria-sort={sort}>{title}</th> }
    };
    let (cols, heads) = if is_grouped {
        let names = if is_repos { ("Repository", "Host") } else { ("Package", "Repository") };
        let heads = [("#", "num"), (names.0, ""), (names.1, ""), ("Functions", "num")];
        let cols = html! {
            <colgroup>
                <col width="64" /><col /><col width="24%" /><col width="96" /><col width="110" />
            </colgroup>
        };
        (cols, heads.to_vec())
    } else {
        let heads = [
            ("#", "num"),
            ("Function", ""),
            ("File", ""),
            ("Repository", ""),
            ("Binaries", "num hide-m"),
        ];
        let cols = html! {
            <colgroup>
                <col width="64" /><col width="32%" /><col /><col width="18%" />
                <col class="hide-m" width="80" /><col width="110" />
            </colgroup>
        };
        (cols, heads.to_vec())
    };
    let heads = heads.into_iter().chain([("Statements", "num")]);
    html! {
        <>
            {cols}
            <thead role="rowgroup">
                <tr role="row" aria-rowindex="1">{ for heads.map(heading) }</tr>
            </thead>
        </>
    }
}

fn rank(at: usize) -> Html {
    let rank = amount(at.saturating_add(1));
    html! { <td role="cell" class="num dim s0">{number(rank)}</td> }
}

fn func_cells(row: &NeverRow, at: usize) -> Html {
    let title = format!("{}{}", row.head, row.name);
    let inner = html! { <><bdi>{&row.head}</bdi><bdi>{&row.name}</bdi></> };
    let file = format!("{}{}:{}", row.dir, row.base, row.line);
    let binaries = amount(row.binaries.len());
    html! {
        <>
            {rank(at)}
            <td role="cell" class="s1">
                <span class="row">
                    if let Some(to) = &row.to {
                        <a class="mono path lead" href={to.href()} {title}>{inner}</a>
                    } else {
                        <span class="mono path lead" {title}>{inner}</span>
                    }
                    if row.is_generated {
                        {tag("generated", "A tool wrote this file")}
                    }
                </span>
            </td>
            <td role="cell" class="s3">
                <span class="path" title={file}><bdi>{&row.dir}</bdi><bdi>{&row.base}</bdi></span>
            </td>
            <td role="cell" class="mut cut s4" title={row.repo.clone()}>{repo_link(&row.repo, short_repo(&row.repo))}</td>
            <td role="cell" class="num mut hide-m" title={row.binaries.join(", ")}>{number(binaries)}</td>
            <td role="cell" class="num lead s2">{number(row.statements)}</td>
        </>
    }
}

fn group_cells(shown: &Shown, group: &NeverPackage, at: usize) -> Html {
    let href = Route::Never(narrowed(shown, group)).href();
    let is_repo = group.package.is_empty();
    let label = if is_repo { &group.repo } else { &group.package };
    let slash = label.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let (dir, base) = label.split_at(slash);
    let host = || label.split('/').next().unwrap_or_default();
    let place = if is_repo { host() } else { short_repo(&group.repo) };
    html! {
        <>
            {rank(at)}
            <td role="cell" class="s1">
                <a class="path lead" {href} title={label.clone()}>
                    <bdi>{dir}</bdi><bdi>{if label.is_empty() { "unknown" } else { base }}</bdi>
                </a>
            </td>
            <td role="cell" class="mut cut s3">{repo_link(&group.repo, place)}</td>
            <td role="cell" class="num mut s4" data-unit=" functions">
                {number(group.sum.funcs.into())}
            </td>
            <td role="cell" class="num lead s2">{number(group.sum.statements)}</td>
        </>
    }
}

fn nothing(shown: &Shown) -> Html {
    let NeverQuery { q, .. } = &shown.query;
    let clear = Route::Never(NeverQuery { all: shown.query.all, ..NeverQuery::default() }).href();
    html! {
        <div class="empty">
            if q.trim().is_empty() {
                <h2>{"Every function was entered"}</h2>
                <p>{"Nothing that is counted here never ran."}</p>
            } else {
                <h2>{"No function matches “"}<bdi>{q}</bdi>{"”"}</h2>
                if shown.is_cut {
                    <p>{"Only the largest were looked through."}</p>
                }
            }
            <div class="row wrap">
                if shown.is_cut {
                    <a class="btn main" href={shown.href(|query| query.all = true)}>{"Look through all"}</a>
                }
                <a class="btn" href={clear}>{"Clear filters"}</a>
            </div>
        </div>
    }
}
