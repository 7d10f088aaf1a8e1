//! The files of the build beside the one that is shown.

use std::rc::Rc;

use covatlas_shared::stats::Tiers;
use yew::prelude::*;

use super::{find::thousands, reading::Here};
use crate::{
    components::{
        columns_head,
        cvg::{pct, tier_class, two_classes},
        drawn::Drawn,
        filter,
        scroll::{reveal, use_frame},
        virtual_list::gap,
    },
    model::{
        format::number,
        stat::{Column, Order},
        tree::FileStat,
        window::{Align, Rows},
    },
    route::{Counts, FileListView, FileView},
};

/// Height of a row and of the head in CSS pixels, as in the style sheet.
const ROW: f64 = 24.0;

/// Properties of [`Picker`].
#[derive(Properties, PartialEq)]
pub(super) struct PickerProps {
    /// What the page shows; its order is that of the list.
    pub(super) here: Rc<Here>,
    /// The bounds of the colours.
    pub(super) tiers: Tiers,
}

/// A list of files; the one that is shown is marked, and in view.
#[component]
pub(super) fn Picker(props: &PickerProps) -> Html {
    let PickerProps { here, tiers } = props;
    let tiers = *tiers;
    let frame = use_node_ref();
    let rows = Rows { n_rows: here.order.len(), height: ROW, detail: None };
    let window = use_frame(&frame, rows, None);
    let current = here.order.iter().position(|&file| file == here.file);
    use_effect_with((frame.clone(), rows, current), |(frame, rows, current)| {
        if let Some(at) = current {
            reveal(frame, *rows, *at, Align::Center, ROW);
        }
    });
    // What is selected in the file does not change how the list looks.
    let look = here.beside();
    let draw = use_callback((look, current), move |at: usize, (here, current)| {
        line(here, at, *current == Some(at), tiers)
    });
    let line = |at: usize| html! { <Drawn key={at} draw={draw.clone()} {at} /> };
    let order = Order::of(&here.view.list.sort);
    let on_order = here.on_list(|list, order: Order| list.sort = order.sort());
    let ran = match here.view.counts {
        Counts::Here => (Column::Here, "Ran here", "num"),
        Counts::Anywhere => (Column::Here, "Anywhere", "num"),
    };
    let columns = [(Column::Name, "File", ""), ran, (Column::Uncovered, "Uncovered", "num")];
    html! {
        <section class="pick" aria-label="Files">
            {tools(here)}
            <div ref={&frame}>
                if here.order.is_empty() {
                    {nothing(here)}
                } else {
                    <table class="grid" aria-label={format!("Files, {}", order.in_words())}
                        aria-rowcount={here.order.len().saturating_add(1).to_string()}>
                        <colgroup><col /><col width="86" /><col width="90" /></colgroup>
                        {columns_head(&columns, order, &on_order)}
                        <tbody role="rowgroup">
                            {gap("tbody", "before", window.before)}
                            {for window.rows.map(line)}
                            {gap("tbody", "after", window.after)}
                        </tbody>
                    </table>
                }
            </div>
        </section>
    }
}

fn tools(here: &Rc<Here>) -> Html {
    let FileListView { q, written, .. } = &here.view.list;
    let on_text = here.on_list(|list, q| list.q = q);
    let on_written = here.on_list(|list, _: MouseEvent| list.written = false);
    html! {
        <div class="tools">
            {filter("filter-files", "Filter files", q, &on_text)}
            if *written {
                <button class="chip" aria-pressed="true" onclick={on_written}
                    title="Files that tools wrote are left out; a click lists them">
                    {"generated hidden"}
                </button>
            }
            <span class="push mut" role="status">{thousands(here.order.len())}</span>
        </div>
    }
}

fn nothing(here: &Here) -> Html {
    let list = FileListView { sort: here.view.list.sort.clone(), ..FileListView::default() };
    let href = here.href(FileView { list, ..here.view.clone() });
    html! {
        <div class="empty">
            <h2>{"No file matches"}</h2>
            <div class="row wrap"><a class="btn main" {href}>{"Clear the filter"}</a></div>
        </div>
    }
}

/// A file: its name opens it.
fn line(here: &Here, at: usize, is_current: bool, tiers: Tiers) -> Html {
    let file = here.order.get(at).and_then(|&idx| here.files.get(idx));
    let Some(file) = file else { return html! { <tr></tr> } };
    let FileStat { path, stat, .. } = file;
    let own = stat.by(here.view.counts).own;
    let (dir, base) = covatlas_shared::path::split(here.files.short(file));
    let dir = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    let href = here.href(here.other(path));
    html! {
        <tr role="row" aria-rowindex={at.saturating_add(2).to_string()} class={is_current.then_some("is-cur")}>
            <td role="cell">
                <a class="path" {href} title={path.to_string()} aria-current={is_current.then_some("page")}>
                    <bdi>{dir}</bdi><bdi>{base.to_owned()}</bdi>
                </a>
            </td>
            <td role="cell" class="num">
                <i class={two_classes("pips", tier_class(own, tiers))}></i>{" "}{pct(own, tiers)}
            </td>
            <td role="cell" class="num">{number(own.uncovered())}</td>
        </tr>
    }
}
