//! Badges, tags, chips, switches and names.
//!
//! These are functions, not components: they keep no state, a row of the table holds several, and a
//! component costs some kB of wasm and a scope in every row.

use yew::prelude::*;

use super::icon::{IconName, icon};
use crate::{
    model::format,
    route::{RepoView, Route},
};

/// An owner kind in kubectl's short form; the whole word in the title.
pub fn kind_badge(kind: &str) -> Html {
    let (short, words) = format::kind(kind);
    html! { <abbr class="badge" title={words.to_owned()}>{short}</abbr> }
}

/// A fact in a word or two, grey; `title` says it in a sentence.
pub fn tag(text: &str, title: &str) -> Html {
    html! { <span class="tag" title={title.to_owned()}>{text}</span> }
}

/// A doubt about something, in a word or two; `title` says it in a sentence.
pub fn warning_tag(text: &str, title: &str) -> Html {
    html! { <span class="tag warn" title={title.to_owned()}>{text}</span> }
}

/// An active filter, `Namespace etcd`. Always removable, always visible while it changes what is
/// shown.
pub fn chip(label: &str, value: &str, on_remove: &Callback<()>) -> Html {
    let onclick = on_remove.reform(|_: MouseEvent| ());
    html! {
        <span class="chip">
            <span class="cut">{label}{" "}<b><bdi>{value}</bdi></b></span>
            <button class="x" aria-label={format!("Remove the filter {label}: {value}")} {onclick}>
                {icon(IconName::Close)}
            </button>
        </span>
    }
}

/// A switch: one of n. `choices` are pairs of what `on_choose` gets and what the button says.
pub fn seg(
    label: &'static str,
    choices: &[(&'static str, &'static str)],
    chosen: &str,
    on_choose: &Callback<&'static str>,
) -> Html {
    let button = |&(value, text): &(&'static str, &'static str)| {
        let onclick = on_choose.reform(move |_: MouseEvent| value);
        let pressed = if value == chosen { "true" } else { "false" };
        html! { <button class="btn" aria-pressed={pressed} {onclick}>{text}</button> }
    };
    html! {
        <div class="seg" role="group" aria-label={label}>{ for choices.iter().map(button) }</div>
    }
}

/// A switch between pages of the same files: what each says and where it leads. The one that is
/// shown leads nowhere else.
pub fn modes(choices: &[(&'static str, String); 3], shown: &str) -> Html {
    let link = |(text, href): &(&'static str, String)| {
        let class = if *text == "Split" { "btn hide-s" } else { "btn" };
        let current = (*text == shown).then_some("page");
        html! { <a {class} href={href.clone()} aria-current={current}>{*text}</a> }
    };
    html! { <nav class="seg" aria-label="Layout">{ for choices.iter().map(link) }</nav> }
}

/// A repository by name, which leads to all its files; a dash when it is unknown.
pub fn repo_name(repo: &str) -> Html {
    repo_link(repo, repo)
}

/// A link to all files of a repository, which is called `text` here.
pub fn repo_link(repo: &str, text: &str) -> Html {
    if repo.is_empty() {
        return name(repo);
    }
    let href = Route::Repo(repo.to_owned(), RepoView::default()).href();
    html! { <a class="quiet" {href} title={format!("All files of {repo}")}><bdi>{text.to_owned()}</bdi></a> }
}

/// A name from the data, or a dash when it is unknown: one element either way, which stays when the
/// name changes. Right-to-left marks in it stay inside.
pub fn name(name: &str) -> Html {
    if name.is_empty() {
        return html! { <bdi class="dim">{"–"}</bdi> };
    }
    html! { <bdi>{name}</bdi> }
}

/// A namespace with its common prefix dimmed.
pub fn namespace_name(namespace: &str) -> Html {
    let (prefix, rest) = format::namespace(namespace);
    if prefix.is_empty() {
        return name(rest);
    }
    html! { <bdi><span class="dim">{prefix}</span>{rest}</bdi> }
}

/// The way from the dashboard to a page: what each step says and where it leads, `None` for where
/// the reader is.
pub fn crumbs(steps: &[(String, Option<Route>)]) -> Html {
    let step = |(text, to): &(String, Option<Route>)| {
        let inner = html! { <bdi>{text}</bdi> };
        let current = to.is_none().then_some("page");
        let inner = match to {
            Some(to) => html! { <a href={to.href()}>{inner}</a> },
            None => inner,
        };
        html! { <li title={text.clone()} aria-current={current}>{inner}</li> }
    };
    html! {
        <nav aria-label="Breadcrumb">
            <ol class="crumbs">{ for steps.iter().map(step) }</ol>
        </nav>
    }
}
