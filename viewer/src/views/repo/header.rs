//! Which repository it is, at which commits, and the way to it.

use covatlas_shared::{files::Source, stats::Coverage};
use yew::prelude::*;

use super::Shown;
use crate::{
    components::{
        crumbs,
        cvg::pct,
        icon::{IconName, icon},
    },
    model::{
        format::{commit, number},
        repo_link::{text_commit, tree_link},
        search::short_repo,
    },
    route::{DashboardQuery, Route},
};

/// The most commits that are named.
const MAX_COMMITS: usize = 6;

/// The header.
pub(super) fn header(shown: &Shown) -> Html {
    let name = &shown.repo.repo;
    let home = Route::Dashboard(DashboardQuery::default());
    let query = DashboardQuery { repos: vec![name.clone()], ..DashboardQuery::default() };
    let owners = Route::Dashboard(query).href();
    let steps = [("Owners".to_owned(), Some(home)), (short_repo(name).to_owned(), None)];
    let commits = shown.repo.stats.sources.iter().zip(&shown.repo.commits).take(MAX_COMMITS);
    let n_more = shown.repo.commits.len().saturating_sub(MAX_COMMITS);
    html! {
        <div class="pad">
            {crumbs(&steps)}
            <div class="row wrap">
                <h1 class="cut" title={name.clone()}><bdi>{short_repo(name).to_owned()}</bdi></h1>
                <span class="mut cut">{"each file once, over all builds · "}<bdi>{name}</bdi></span>
                <span class="push row wrap">
                    { for commits.map(|(source, coverage)| of_commit(shown, source, *coverage)) }
                    if n_more > 0 {
                        <span class="mut">{format!("and {n_more} older")}</span>
                    }
                    <a class="btn" href={owners} title="The owners whose main repository it is">{"Owners"}</a>
                </span>
            </div>
        </div>
    }
}

/// A commit, and what ran of the files that builds have of it.
fn of_commit(shown: &Shown, source: &Source, coverage: Coverage) -> Html {
    let short = commit(&source.commit).to_owned();
    let n = number(coverage.statements());
    let is_alone = shown.repo.commits.len() == 1;
    let link = tree_link(source);
    let stands_in = text_commit(source) != source.commit;
    let title = if stands_in {
        format!("Commit {}; its text is that of {}", source.commit, text_commit(source))
    } else {
        format!("Commit {}", source.commit)
    };
    html! {
        <span class="row" {title}>
            <span class="mut">{"Commit"}</span>
            <bdi class="mono">{short.clone()}</bdi>
            if let Some(href) = link {
                <a class="btn bare sq" {href} rel="noreferrer" title={format!("Open commit {short}")}
                    aria-label={format!("Open commit {short} in its repository")}>
                    {icon(IconName::Out)}
                </a>
            }
            if !is_alone {
                {pct(coverage, shown.tiers())}<span class="dim">{format!("of {n}")}</span>
            }
        </span>
    }
}
