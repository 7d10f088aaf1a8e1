//! Sorting of positions.
//!
//! Everything in the page is sorted by these: each use of `sort_by` with a type and a closure
//! of its own adds about 3 kB of wasm.

use std::cmp::Ordering;

/// Sorts positions by a comparison of what stands at them; stable.
pub fn sort_positions(positions: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    positions.sort_by(|a, b| compare(*a, *b));
}

/// The positions `0..n`, sorted by a comparison of what stands at them; stable.
pub fn sorted_positions(n: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..n).collect();
    sort_positions(&mut positions, compare);
    positions
}

/// Things sorted by a comparison; stable.
pub fn sorted_things<T>(things: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let at = &mut |a, b| match (things.get(a), things.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    };
    let order = sorted_positions(things.len(), at);
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    order.into_iter().filter_map(|i| things.get_mut(i).and_then(Option::take)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_keep_their_order() {
        let words = ["bb", "a", "cc", "d"];
        let by_length = &mut |a: usize, b: usize| words[a].len().cmp(&words[b].len());
        assert_eq!(sorted_positions(4, by_length), [1, 3, 0, 2]);
        let sorted = sorted_things(words.to_vec(), |a, b| a.len().cmp(&b.len()));
        assert_eq!(sorted, ["a", "d", "bb", "cc"]);
    }
}
