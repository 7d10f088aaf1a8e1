//! What of it is shown, and the file.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{Shown, table::Rows};
use crate::{
    components::{IconName, chip, dom, filter, icon, seg},
    model::{
        compare::Level,
        format::{self, amount},
        search::short_repo,
    },
    route::CompareQuery,
};

/// What rows stand for: the word in addresses, and on the switch.
const LEVELS: [(&str, &str); 3] = [("", "Owners"), ("files", "Files"), ("functions", "Functions")];

/// The kinds of change: the word in addresses, and on the switch.
pub(super) const KINDS: [(&str, &str); 5] = [
    ("", "All"),
    ("new", "+ New"),
    ("lost", "− Lost"),
    ("never", "Still never"),
    ("changed", "≠ Changed"),
];

/// The row of filters. What is typed or switched changes the address in place.
pub(super) fn tools(shown: &Shown, rows: &Rows) -> Html {
    let on = |f: fn(&mut CompareQuery, String)| {
        let shown = shown.clone();
        Callback::from(move |text: String| shown.change(|query| f(query, text)))
    };
    let query = &shown.query;
    let on_text = on(|query, q| query.q = q);
    let on_by = on(|query, by| {
        query.by = by;
        query.sort = Vec::new();
    });
    let on_by = on_by.reform(|by: &'static str| by.to_owned());
    let on_only = on(|query, only| query.only = only).reform(|only: &'static str| only.to_owned());
    let on_repo = on(|query, _| query.repo = None).reform(|()| String::new());
    let label = match shown.level() {
        Level::Owners => "Filter owners",
        Level::Files => "Filter files",
        Level::Funcs => "Filter functions",
    };
    let on_csv = {
        let (list, rows) = (shown.list.clone(), rows.positions());
        Callback::from(move |_: MouseEvent| {
            dom::download("compare.csv", "text/csv", &list.csv(&rows));
        })
    };
    html! {
        <div class="tools stick" role="search">
            {filter("filter", label, &query.q, &on_text)}
            {seg("Rows", &LEVELS, chosen(&LEVELS, &query.by), &on_by)}
            {seg("Change", &KINDS, chosen(&KINDS, &query.only), &on_only)}
            if shown.level() != Level::Owners {
                {repos(shown)}
                if let Some(name) = &query.repo {
                    {chip("Repository", if name.is_empty() { "unknown" } else { short_repo(name) }, &on_repo)}
                }
            }
            <span class="push mut" role="status">
                {format::count(amount(rows.len()), shown.level().noun())}
                if shown.is_cut {
                    {" · "}<a href={shown.href(|query| query.all = true)}>{"show all"}</a>
                }
            </span>
            <button class="btn" title="The rows that are shown, as a file for spreadsheets"
                onclick={on_csv}>
                {icon(IconName::Download)}{"CSV"}
            </button>
        </div>
    }
}

/// The choice with a word, or the first.
pub(super) fn chosen(choices: &[(&'static str, &'static str)], word: &str) -> &'static str {
    choices.iter().map(|(value, _)| *value).find(|value| *value == word).unwrap_or_default()
}

/// A menu of all repositories.
fn repos(shown: &Shown) -> Html {
    let onchange = {
        let shown = shown.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                let value = select.value();
                select.set_selected_index(0);
                if let Some(repo) = value.strip_prefix('=') {
                    shown.change(|query| query.repo = Some(repo.to_owned()));
                }
            }
        })
    };
    let overview = &shown.overview;
    let option = |row: &covatlas_shared::compare::RepoDeltas| {
        let repo = overview.strings.get(row.repo);
        let text = if repo.is_empty() { "unknown" } else { short_repo(repo) };
        html! { <option value={format!("={repo}")}>{text.to_owned()}</option> }
    };
    html! {
        <span class="menu">
            <select class="btn" aria-label="Filter by repository" {onchange}>
                <option value="" selected={true}>{"Repository"}</option>
                { for overview.repos.iter().map(option) }
            </select>
            {icon(IconName::Down)}
        </span>
    }
}
