//! One thing that was found.

use covatlas_shared::stats::Tiers;
use yew::prelude::*;

use crate::{
    components::{
        cvg::{tier_class, two_classes},
        name,
    },
    model::{find_words::marked, format, search::Hit},
};

/// The class of the row of something that was found.
pub(super) fn hit_class(hit: &Hit, is_current: bool) -> Classes {
    let bare = if hit.coverage.is_none() { "hit bare" } else { "hit" };
    two_classes(bare, if is_current { "is-cur" } else { "" })
}

/// What stands in that row.
pub(super) fn hit_cells(hit: &Hit, words: &[String], tiers: Tiers) -> Html {
    let (short, long) = &hit.badge;
    let class = (short == "func").then_some("mono");
    html! {
        <>
            <abbr class="badge" title={long.clone()}>{short}</abbr>
            <span class="what" title={format!("{}{} {}", hit.head, hit.name, hit.rest)}>
                <bdi class="dim">{text(&hit.head, words)}</bdi>
                <bdi {class}>{text(&hit.name, words)}</bdi>
                <bdi class="dim rest">{text(&hit.rest, words)}</bdi>
            </span>
            <span class="dim cut hide-s">{name(&hit.place)}</span>
            if let Some(coverage) = hit.coverage {
                <span class="row">
                    <i class={two_classes("pips", tier_class(coverage, tiers))}></i>
                    <span class={two_classes("push pct", tier_class(coverage, tiers))}>
                        {format::percent(coverage).unwrap_or_else(|| "–".to_owned())}
                    </span>
                </span>
            }
        </>
    }
}

/// A text with the words of the query marked.
fn text(text: &str, words: &[String]) -> Html {
    let part = |(part, is_word): (&str, bool)| {
        if is_word {
            html! { <mark>{part}</mark> }
        } else {
            html! { {part} }
        }
    };
    html! { <>{ for marked(text, words).into_iter().map(part) }</> }
}
