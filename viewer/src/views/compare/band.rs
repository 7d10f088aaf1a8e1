//! How much changed, of what, and in whom most.

use covatlas_shared::compare::{OwnerDelta, State};
use yew::prelude::*;

use super::Shown;
use crate::{
    components::kind_badge,
    model::{
        compare::{points, signed},
        format::{self, amount, length, number},
        sorting::sorted_positions,
    },
    route::{OwnerRef, OwnerView, Route},
};

/// The band.
pub(super) fn band(shown: &Shown) -> Html {
    let overview = &shown.overview;
    let total = &overview.total;
    let [_, changed, aligned, added, removed] = overview.n_files;
    let aligned_title = format!("{} of them compared where the text is the same", number(aligned));
    let fact = |n: u64, what: &'static str| html! { <><dt>{number(n)}</dt><dd>{what}</dd></> };
    let percent = |coverage| format::percent(coverage).unwrap_or_else(|| "–".to_owned());
    let points = points(total).unwrap_or(0);
    let class = if points < 0 { "down" } else { "up" };
    html! {
        <section class="band" aria-label="Change">
            <div>
                <h2>{"Statements that ran"}</h2>
                <p class="hero">
                    <b {class}>{format::points(points)}</b>
                    <span class="mut">
                        {format!("points: {} → {}", percent(total.before), percent(total.after))}
                    </span>
                </p>
                {bar(shown)}
                <p class="dim">
                    {format!("{} → {} of {}", number(total.before.covered()),
                        number(total.after.covered()), number(total.after.statements()))}
                </p>
            </div>
            <div>
                <h2>{"Statements by change"}</h2>
                <dl class="facts">
                    <dt class="up">{signed('+', total.gained)}</dt><dd>{"newly ran"}</dd>
                    <dt class="down">{signed('−', total.lost)}</dt><dd>{"no longer ran"}</dd>
                    {fact(total.kept, "ran in both")}
                    {fact(total.uncovered, "never in either")}
                    if total.unmatched() > 0 {
                        {fact(total.unmatched(), "changed or new code")}
                    }
                </dl>
            </div>
            {most(shown, "Most gained ", |owner| owner.delta.gained, '+')}
            {most(shown, "Most lost ", |owner| owner.delta.lost, '−')}
            <div>
                <dl class="facts">
                    {fact(count(shown, State::Added), "owners appeared")}
                    {fact(count(shown, State::Removed), "owners gone")}
                    <dt title={aligned_title}>{number(changed)}</dt><dd>{"files changed"}</dd>
                    {fact(added.saturating_add(removed), "files added or gone")}
                </dl>
            </div>
        </section>
    }
}

/// How many owners are on one side only.
fn count(shown: &Shown, state: State) -> u64 {
    amount(shown.overview.owners.iter().filter(|owner| owner.delta.state == state).count())
}

/// What ran in both, what is new and what was lost, of all statements.
fn bar(shown: &Shown) -> Html {
    let total = &shown.overview.total;
    let all = total.after.statements();
    let kept = total.after.covered().saturating_sub(total.gained);
    let part = |class: &'static str, from: u64, n: u64| {
        html! { <rect {class} x={length(from, all)} width={length(n, all)} height="8" /> }
    };
    let after = kept.saturating_add(total.gained);
    let label = format!(
        "{} statements kept, {} new, {} lost",
        number(kept),
        number(total.gained),
        number(total.lost)
    );
    html! {
        <svg class="cov" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={label}>
            {part("x-kept", 0, kept)}{part("x4", kept, total.gained)}{part("x1", after, total.lost)}
        </svg>
    }
}

/// The three owners with most of something.
fn most(shown: &Shown, title: &'static str, n: fn(&OwnerDelta) -> u64, sign: char) -> Html {
    let overview = &shown.overview;
    let owners = &overview.owners;
    let key = |at: usize| owners.get(at).map(n);
    let order = sorted_positions(owners.len(), &mut |a, b| key(b).cmp(&key(a)));
    let some = order.into_iter().filter_map(|at| owners.get(at)).filter(|owner| n(owner) > 0);
    let text = |idx| overview.strings.get(idx).to_owned();
    let line = |owner: &OwnerDelta| {
        let name = text(owner.name);
        let class = if sign == '+' { "num up" } else { "num down" };
        let to = OwnerRef {
            namespace: text(owner.namespace),
            kind: text(owner.kind),
            name: name.clone(),
            binary: text(owner.binary),
            ..OwnerRef::default()
        };
        let href = (owner.delta.state != State::Removed)
            .then(|| Route::Owner(to, OwnerView::default()).href());
        html! {
            <>
                <a class="cut" {href} title={text(owner.namespace)}><bdi>{name}</bdi></a>
                <span {class}>{signed(sign, n(owner))}</span>
                {kind_badge(overview.strings.get(owner.kind))}
            </>
        }
    };
    let lines: Vec<Html> = some.take(3).map(line).collect();
    html! {
        <div>
            <h2>{title}<span class="dim">{"· statements"}</span></h2>
            if lines.is_empty() {
                <p class="dim">{"nothing"}</p>
            } else {
                <div class="top3">{ for lines }</div>
            }
        </div>
    }
}
