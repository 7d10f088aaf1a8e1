//! How an owner developed: the change since the run before, and a curve of all runs.

use covatlas_shared::owners::{OwnerRow, Run};
use yew::prelude::*;

use crate::model::{format, owners::Trend};

/// Width and height of the curve, in tenths of a pixel.
const SIZE: (u64, u64) = (600, 120);
/// What a curve spans at least, in hundredths of a percent: small changes stay small.
const LEAST: u64 = 500;

/// The cell of an owner.
pub(super) fn trend(row: &OwnerRow, runs: &[Run]) -> Html {
    let Some(trend) = Trend::of(row) else { return Html::default() };
    let change = trend.change.map_or_else(|| "new".to_owned(), format::points);
    html! {
        <span class="spark" title={title(&trend, runs)}>
            <svg viewBox="-10 -10 620 140" aria-hidden="true"><path d={curve(&trend, runs.len())} /></svg>
            <span class="num mut">{change}</span>
        </span>
    }
}

/// The runs that the curve begins and ends with.
fn title(trend: &Trend, runs: &[Run]) -> String {
    let point = |(run, n): &(usize, u32)| {
        let name = runs.get(*run).map_or("", |run| run.name.as_str());
        format!("{} in {name}", format::hundredths(*n))
    };
    match (trend.points.first(), trend.points.last()) {
        (Some(first), Some(last)) if trend.points.len() > 1 => {
            format!("{}, {}", point(first), point(last))
        }
        (Some(only), _) => format!("{}, not in the runs before", point(only)),
        _ => String::new(),
    }
}

/// A line through all points, at their places among the runs; a short one for a single point.
fn curve(trend: &Trend, n_runs: usize) -> String {
    let values = || trend.points.iter().map(|(_, n)| *n);
    let (low, high) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    let real = u64::from(high.saturating_sub(low));
    let span = real.max(LEAST);
    // What spans less is drawn in the middle.
    let rise = (span - real) / 2;
    let whole = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let steps = whole(n_runs.saturating_sub(1)).max(1);
    let mut path = String::new();
    for (run, n) in &trend.points {
        let x = SIZE.0.saturating_mul(whole(*run)) / steps;
        let above = u64::from(n.saturating_sub(low)).saturating_add(rise);
        let y = SIZE.1.saturating_sub(SIZE.1.saturating_mul(above) / span);
        let command = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&[&command.to_string(), &x.to_string(), " ", &y.to_string()].concat());
    }
    if trend.points.len() == 1 {
        path.push_str("h-40");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_through_the_runs_that_there_were() {
        let trend = |points: &[(usize, u32)]| Trend { points: points.to_vec(), change: None };
        assert_eq!(curve(&trend(&[(0, 0), (1, 500), (3, 1000)]), 4), "M0 120L200 60L600 0");
        assert_eq!(curve(&trend(&[(2, 800)]), 3), "M600 60h-40");
        assert_eq!(curve(&trend(&[(0, 9_000), (1, 9_050)]), 2), "M0 66L600 54");
    }
}
