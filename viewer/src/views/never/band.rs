//! How much never ran, where, and who wrote it.

use covatlas_shared::{manifest::Manifest, never::NeverSum};
use yew::prelude::*;

use super::{Shown, all_counted};
use crate::{
    components::cvg::share,
    model::{
        format::{self, amount, count, number},
        search::short_repo,
    },
};

/// The band.
pub(super) fn band(shown: &Shown, manifest: &Manifest) -> Html {
    let sum = all_counted(shown);
    let statements = manifest.totals.coverage.statements();
    let (written, generated) = shown
        .overview
        .repos
        .iter()
        .fold((NeverSum::default(), NeverSum::default()), |(written, generated), repo| {
            (written.plus(repo.written), generated.plus(repo.generated))
        });
    let most = written.statements.max(generated.statements);
    let n_known = shown.repos().iter().filter(|(repo, _)| !repo.is_empty()).count();
    let author = |who: &'static str, sum: NeverSum| {
        html! {
            <>
                <span>{who}</span>
                <span class="num">{number(sum.statements)}</span>
                {share(sum.statements, most)}
            </>
        }
    };
    html! {
        <section class="band four" aria-label="Summary">
            <div>
                <h2>{"Statements in functions that never ran"}</h2>
                <p class="hero">
                    <b>{number(sum.statements)}</b>
                    <span class="mut">{"of "}{number(statements)}</span>
                </p>
                {share(sum.statements, statements)}
                <p class="dim">{count(sum.funcs.into(), "function")}</p>
            </div>
            {whose(shown)}
            <div>
                <h2>{"Who wrote them "}<span class="dim">{"· statements"}</span></h2>
                <div class="top3">
                    {author("people", written)}
                    {author("tools (generated files)", generated)}
                </div>
            </div>
            <div>
                <dl class="facts">
                    <dt>{number(amount(n_known))}</dt>
                    <dd>{if n_known == 1 { "repository" } else { "repositories" }}</dd>
                    <dt>{number(manifest.totals.builds.into())}</dt><dd>{"builds"}</dd>
                    <dt>{number(manifest.totals.processes.into())}</dt><dd>{"processes"}</dd>
                    {observed(manifest)}
                </dl>
            </div>
        </section>
    }
}

/// The repositories with most statements.
fn whose(shown: &Shown) -> Html {
    let repos = shown.repos();
    let most = repos.first().map_or(0, |(_, sum)| sum.statements);
    let line = |(repo, sum): &(String, NeverSum)| {
        let href = shown.href(|query| query.repo = Some(repo.clone()));
        let short = if repo.is_empty() { "unknown" } else { short_repo(repo) };
        html! {
            <>
                <a class="cut" {href} title={repo.clone()}>{short}</a>
                <span class="num">{number(sum.statements)}</span>
                {share(sum.statements, most)}
            </>
        }
    };
    html! {
        <div>
            <h2>{"Where "}<span class="dim">{"· statements by repository"}</span></h2>
            <div class="top3">{ for repos.iter().take(3).map(line) }</div>
        </div>
    }
}

/// How long data was written: what did not run in a minute may run in a day.
fn observed(manifest: &Manifest) -> Html {
    let totals = &manifest.totals;
    let span = totals.first_seen.zip(totals.last_seen).map(|(a, b)| b.saturating_sub(a));
    let Some(span) = span.filter(|span| *span > 0) else { return Html::default() };
    html! { <><dt>{format::span(span)}</dt><dd>{"watched"}</dd></> }
}
