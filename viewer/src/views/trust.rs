//! The trust panel: what the report knows and what it misses.

use covatlas_shared::manifest::{Manifest, Problem, Totals};
use yew::prelude::*;

use crate::{components::Dialog, model::format};

/// The most problems that are drawn.
const MAX_PROBLEMS: usize = 200;

/// The trust panel; `on_close` closes it.
pub fn trust_panel(manifest: &Manifest, on_close: &Callback<()>) -> Html {
    let Manifest { tool, clusters, totals, trust, .. } = manifest;
    let number = |n: u32| format::number(u64::from(n));
    let n_shown = trust.problems.len().min(MAX_PROBLEMS);
    let n_hidden = u64::from(trust.n_problems).saturating_sub(u64::try_from(n_shown).unwrap_or(0));
    html! {
        <Dialog title="What this report knows and what it misses" {on_close}>
            <div class="pad">
                <dl class="kv">
                    <dt>{"Clusters"}</dt><dd><bdi>{clusters.join(", ")}</bdi></dd>
                    <dt>{"Reports"}</dt>
                    <dd>
                        {number(totals.reports)}{" read, "}
                        <b>{number(totals.reports_failed)}{" failed"}</b>
                        {" · "}{format::count(u64::from(totals.processes), "process").replace("processs", "processes")}
                    </dd>
                    <dt>{"Time"}</dt><dd>{time(totals)}</dd>
                    <dt>{"Source"}</dt>
                    <dd>
                        {number(totals.files)}{" files in all, "}{number(trust.files_unresolved)}
                        {" without source"}
                    </dd>
                    <dt>{"Positions"}</dt>
                    <dd>{number(trust.files_mismatched)}{" files where units do not fit the text"}</dd>
                    <dt>{"Left out"}</dt><dd>{excluded(&trust.excluded)}</dd>
                    <dt>{"Made by"}</dt><dd><bdi>{tool}</bdi></dd>
                </dl>
            </div>
            if !trust.problems.is_empty() {
                <h3>{"Problems"}</h3>
                <ul class="problems">
                    { for trust.problems.iter().take(MAX_PROBLEMS).map(problem) }
                    if n_hidden > 0 {
                        <li class="mut">{format::number(n_hidden)}{" more"}</li>
                    }
                </ul>
            }
        </Dialog>
    }
}

fn time(totals: &Totals) -> String {
    match (totals.first_seen, totals.last_seen) {
        (Some(first), Some(last)) => {
            format!("{} to {}", format::full_moment(first), format::full_moment(last))
        }
        (None, Some(last)) => format!("until {}", format::full_moment(last)),
        _ => "unknown".to_owned(),
    }
}

fn excluded(names: &[String]) -> Html {
    if names.is_empty() {
        return html! { "nothing" };
    }
    html! { <>{"files named "}<bdi class="mono">{names.join(", ")}</bdi></> }
}

fn problem(problem: &Problem) -> Html {
    let Problem { severity, item, cause, remedy } = problem;
    let class = classes!("tag", (severity == "loss").then_some("warn"));
    html! {
        <li>
            <span {class}>{severity}</span>{" "}<bdi class="mono">{item}</bdi>
            <p class="mut"><bdi>{cause}</bdi></p>
            if !remedy.is_empty() {
                <p><bdi>{remedy}</bdi></p>
            }
        </li>
    }
}
