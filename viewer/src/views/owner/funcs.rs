//! The funcs of a build.

use std::rc::Rc;

use yew::prelude::*;

use super::{
    Shown,
    table::{head, number_cells},
};
use crate::{
    components::{
        RenderRow, VirtualList, chip,
        cvg::{pct, tier_class, two_classes},
        filter,
        same::Same,
    },
    model::{
        format::{amount, number},
        funcs::FuncStat,
        stat::Order,
    },
    route::OwnerView,
};

/// The rows of the pane, and how to draw them.
pub(super) struct FuncRows {
    rows: Rc<Vec<usize>>,
    draw: RenderRow,
}

/// The rows of the pane; none while funcs are loading.
#[hook]
pub(super) fn use_funcs(shown: Option<&Shown>) -> FuncRows {
    // Sorted once for an order, so that typing only filters.
    let deps = shown.map(|s| (s.funcs.clone(), Order::of(&s.view.funcs_sort)));
    let sorted = use_memo(deps, |deps| {
        deps.as_ref().map(|(funcs, order)| funcs.sorted(*order)).unwrap_or_default()
    });
    let deps = shown.map(|s| {
        let OwnerView { scope, funcs, written, .. } = &s.view;
        (s.funcs.clone(), s.files.clone(), scope.clone(), funcs.clone(), *written)
    });
    let rows = use_memo((Same::from(sorted), deps), |(sorted, deps)| {
        let Some((funcs, files, scope, filter, written)) = deps else { return Vec::new() };
        let shown = funcs.filter(sorted, files, scope, filter);
        if *written { funcs.written(&shown, files) } else { shown }
    });
    let look = shown.map(|s| {
        let view = OwnerView { build: s.view.build.clone(), ..OwnerView::default() };
        Shown { view, ..s.clone() }
    });
    let draw = use_callback((look, Rc::clone(&rows)), |at: usize, (shown, rows)| {
        let func = shown.as_ref().zip(rows.get(at));
        match func.and_then(|(shown, func)| Some((shown, shown.funcs.get(*func)?))) {
            Some((shown, func)) => line(shown, func, at),
            None => html! { <tr></tr> },
        }
    });
    FuncRows { rows, draw }
}

/// The pane of funcs.
pub(super) fn funcs_pane(shown: &Shown, funcs: FuncRows) -> Html {
    let view = &shown.view;
    let order = Order::of(&view.funcs_sort);
    let FuncRows { rows, draw } = funcs;
    let on_text = shown.on(|view, text| view.funcs = text);
    let on_order = shown.on(|view, order: Order| view.funcs_sort = order.sort());
    let on_remove = shown.on(|view, ()| view.scope = String::new());
    let scope = view.scope.strip_prefix(shown.files.prefix()).unwrap_or(&view.scope);
    let has_owner = shown.subject.own.is_some();
    html! {
        <section aria-label="Functions">
            <div class="tools stick">
                <h2>{"Functions"}</h2>
                {filter("filter-funcs", "Filter functions", &view.funcs, &on_text)}
                if !scope.is_empty() {
                    {chip("in", scope, &on_remove)}
                }
                <span class="push mut" role="status">
                    {number(amount(rows.len()))}
                </span>
            </div>
            if rows.is_empty() {
                {nothing(shown)}
            } else {
                <div class="scroll">
                    <table class="grid funcs" role="table"
                        aria-label={format!("Functions, {}", order.in_words())}
                        aria-rowcount={rows.len().saturating_add(1).to_string()}>
                        <colgroup>
                            <col /><col width="90" />
                            if has_owner {
                                <col width="70" />
                            }
                            <col width="78" /><col width="94" />
                        </colgroup>
                        {head("Function", has_owner, order, &on_order)}
                        <VirtualList tag="tbody" role="rowgroup" n_rows={rows.len()} row_height={24.0}
                            row={draw} />
                    </table>
                </div>
            }
        </section>
    }
}

fn nothing(shown: &Shown) -> Html {
    let OwnerView { funcs, scope, .. } = &shown.view;
    let all = OwnerView { funcs: String::new(), scope: String::new(), ..shown.view.clone() };
    html! {
        <div class="empty">
            <h2>{"No functions"}</h2>
            if funcs.is_empty() && scope.is_empty() {
                <p>{"This build has no function with statements."}</p>
            } else {
                <p>{"None has code and matches the filter here."}</p>
                <div class="row wrap">
                    <a class="btn main" href={shown.route(all).href()}>{"Show all functions"}</a>
                </div>
            }
        </div>
    }
}

fn line(shown: &Shown, func: &FuncStat, at: usize) -> Html {
    let tiers = shown.subject.table.tiers();
    let path = shown.files.get(func.file).map(|f| shown.files.short(f)).unwrap_or_default();
    let title = format!("{}{} · {path}:{}", func.head, func.name, func.line);
    let place = format!("{}:{}", end_of_path(path), func.line);
    html! {
        <tr role="row" aria-rowindex={at.saturating_add(2).to_string()}>
            <td role="cell">
                <a class="func" href={shown.file(func.file, Some(func.line)).href()} {title}>
                    <span class="mono path">
                        <bdi>{&func.head}</bdi><span class="tail"><bdi>{&*func.name}</bdi></span>
                    </span>
                    <span class="dim tail"><bdi>{place}</bdi></span>
                </a>
            </td>
            <td role="cell" class="cv">
                <div class="cvg">
                    <i class={two_classes("pips", tier_class(func.stat.own, tiers))}></i>
                    {pct(func.stat.own, tiers)}
                </div>
            </td>
            {number_cells(func.stat, shown.subject.own.is_some(), tiers)}
        </tr>
    }
}

/// A file with the directory that it is in: files of one name are common.
fn end_of_path(path: &str) -> &str {
    let slash = path.rmatch_indices('/').nth(1);
    slash.and_then(|(at, _)| path.get(at + 1..)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::end_of_path;

    #[test]
    fn a_func_is_in_a_file_of_a_directory() {
        let paths = ["a/b/c.go", "b/c.go", "c.go", "/c.go", ""];
        assert_eq!(paths.map(end_of_path), ["b/c.go", "b/c.go", "c.go", "/c.go", ""]);
    }
}
