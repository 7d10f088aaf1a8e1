//! The coverage cell: a tier said by pips, number, bar and hue.

use covatlas_shared::stats::{Coverage, Tiers};
use yew::prelude::*;

use crate::model::format;

/// A coverage cell: what ran here, and behind it what ran anywhere when that is to be shown.
pub fn cvg(own: Coverage, all: Option<Coverage>, tiers: Tiers) -> Html {
    let tier = tier_class(own, tiers);
    let Some(percent) = format::percent(own) else {
        return html! {
            <div class="cvg">
                <i class="pips k0"></i>
                <span class="dim num">{"–"}</span>
                <span class="dim">{"no statements"}</span>
            </div>
        };
    };
    html! {
        <div class="cvg">
            <i class={two_classes("pips", tier)}></i>
            <span class={two_classes("pct", tier)}>{percent}</span>
            {bar(own, all, tiers)}
        </div>
    }
}

/// Two classes of the stylesheet as one attribute; cheaper than a set of classes.
pub fn two_classes(a: &str, b: &str) -> Classes {
    Classes::from(format!("{a} {b}"))
}

/// The class that sets the colours of a tier.
pub fn tier_class(coverage: Coverage, tiers: Tiers) -> &'static str {
    class_of_tier(coverage.tier(tiers))
}

/// The class of a tier, 0 to 4.
pub fn class_of_tier(tier: u8) -> &'static str {
    match tier {
        1 => "k1",
        2 => "k2",
        3 => "k3",
        4 => "k4",
        _ => "k0",
    }
}

/// A bar with ticks at the bounds of the tiers: solid ran here, light only elsewhere. Each part has
/// the colour of its own tier.
///
/// It is hidden from screen readers: the number beside it is the text.
pub fn bar(own: Coverage, all: Option<Coverage>, tiers: Tiers) -> Html {
    let width = |c: Coverage| format::length(c.covered(), c.statements());
    let Tiers([a, b, c]) = tiers;
    let ticks = format!("M{a} 0h.7v8h-.7zM{b} 0h.7v8h-.7zM{c} 0h.7v8h-.7z");
    html! {
        <svg class={two_classes("cov", tier_class(own, tiers))} viewBox="0 0 100 8"
            preserveAspectRatio="none" aria-hidden="true">
            if let Some(all) = all {
                <rect class={two_classes("all", tier_class(all, tiers))} width={width(all)} height="8" />
            }
            <rect class="own" width={width(own)} height="8" />
            <path class="tick" d={ticks} />
        </svg>
    }
}

/// A percent in the colour of its tier; a dash without statements.
pub fn pct(coverage: Coverage, tiers: Tiers) -> Html {
    match format::percent(coverage) {
        Some(text) => {
            html! { <span class={two_classes("pct", tier_class(coverage, tiers))}>{text}</span> }
        }
        None => html! { <span class="dim">{"–"}</span> },
    }
}

/// A bar as long as a part of a whole, in the colour of what is neither good nor bad.
pub fn share(part: u64, whole: u64) -> Html {
    html! {
        <svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect width={format::length(part, whole)} height="6" />
        </svg>
    }
}
