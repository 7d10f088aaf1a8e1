//! What of it is shown, and the file.

use covatlas_shared::never::NeverSum;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{PACKAGES, REPOS, Shown, all_counted, table::Rows};
use crate::{
    components::{IconName, chip, dom, filter, icon, seg},
    model::{format, search::short_repo},
};

/// The row of filters. What is typed or switched changes the address in place.
pub(super) fn tools(shown: &Shown, rows: &Rows) -> Html {
    let on = |f: fn(&mut crate::route::NeverQuery, String)| {
        let shown = shown.clone();
        Callback::from(move |text: String| shown.change(|query| f(query, text)))
    };
    let on_text = on(|query, q| query.q = q);
    let on_by = on(|query, by| query.by = by).reform(|by: &'static str| by.to_owned());
    let query = &shown.query;
    let views = [("", "Functions"), (PACKAGES, "Packages"), (REPOS, "Repositories")];
    let by = views.iter().map(|(by, _)| *by).find(|by| *by == query.by).unwrap_or_default();
    let on_csv = {
        let (list, funcs) = (shown.list.clone(), rows.funcs.clone());
        Callback::from(move |_: MouseEvent| {
            dom::download("never.csv", "text/csv", &list.csv(&funcs));
        })
    };
    let package = on(|query, _| query.package = String::new()).reform(|()| String::new());
    let repo = on(|query, _| query.repo = None).reform(|()| String::new());
    html! {
        <div class="tools stick" role="search">
            {filter("filter", "Filter functions, files, repositories", &query.q, &on_text)}
            {repos(shown)}
            {seg("Rows", &views, by, &on_by)}
            {generated(shown)}
            if let Some(name) = &query.repo {
                {chip("Repository", if name.is_empty() { "unknown" } else { short_repo(name) }, &repo)}
            }
            if !query.package.is_empty() {
                {chip("Package", &query.package, &package)}
            }
            <span class="push mut" role="status">{status(shown, rows)}</span>
            if by != REPOS {
                <button class="btn" title="The functions that are shown, as a file for spreadsheets"
                    onclick={on_csv}>
                    {icon(IconName::Download)}{"CSV"}
                </button>
            }
        </div>
    }
}

fn status(shown: &Shown, rows: &Rows) -> Html {
    if !shown.is_cut {
        return html! { {format::count(rows.n_funcs, "function")} };
    }
    let n = format::number(rows.n_funcs);
    let text = if shown.query.q.trim().is_empty() {
        format!("{n} largest of {}", format::count(all_counted(shown).funcs.into(), "function"))
    } else {
        format!("{n} of the largest functions")
    };
    html! {
        <>{text}{" · "}<a href={shown.href(|query| query.all = true)}>{"show all"}</a></>
    }
}

/// Whether code that tools wrote counts; it does not unless it is asked for.
fn generated(shown: &Shown) -> Html {
    let hidden = shown.overview.repos.iter().map(|repo| repo.generated);
    let hidden = hidden.fold(NeverSum::default(), NeverSum::plus);
    if hidden.funcs == 0 {
        return Html::default();
    }
    let is_on = shown.query.generated;
    let onclick = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.change(|query| query.generated = !is_on))
    };
    let n = format::number(hidden.funcs.into());
    let text =
        if is_on { format!("generated shown: {n}") } else { format!("generated hidden: {n}") };
    html! {
        <button class="btn" aria-pressed={if is_on { "true" } else { "false" }} {onclick}
            title="Functions in files that a tool wrote">
            {text}
        </button>
    }
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
    let option = |(repo, sum): &(String, NeverSum)| {
        let text = if repo.is_empty() { "unknown" } else { short_repo(repo) };
        html! {
            <option value={format!("={repo}")}>
                {format!("{text} ({})", format::number(sum.funcs.into()))}
            </option>
        }
    };
    html! {
        <span class="menu">
            <select class="btn" aria-label="Filter by repository" {onchange}>
                <option value="" selected={true}>{"Repository"}</option>
                { for shown.repos().iter().map(option) }
            </select>
            {icon(IconName::Down)}
        </span>
    }
}
