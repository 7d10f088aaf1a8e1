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

/// Sorts positions by the number that `keys` has for each; stable.
///
/// It moves them once for each byte in which keys differ and compares nothing: large tables are
/// sorted this way at every click.
pub fn sort_by_keys(positions: &mut Vec<usize>, keys: &[u64]) {
    let key = |position: &usize| keys.get(*position).copied().unwrap_or_default();
    let first = positions.first().map_or(0, key);
    let differing = positions.iter().fold(0, |bits, position| bits | (key(position) ^ first));
    let mut sorted = vec![0; positions.len()];
    for shift in (0..u64::BITS).step_by(8).filter(|shift| differing >> shift & 0xff != 0) {
        let digit = |position: &usize| {
            let [.., byte] = (key(position) >> shift).to_be_bytes();
            usize::from(byte)
        };
        // For each digit how many come before it, then where the next one goes.
        let mut places = [0_usize; 256];
        for place in positions.iter().filter_map(|p| digit(p).checked_add(1)) {
            if let Some(place) = places.get_mut(place) {
                *place += 1;
            }
        }
        let mut before = 0;
        for place in &mut places {
            before += *place;
            *place = before;
        }
        for position in positions.iter() {
            if let Some(place) = places.get_mut(digit(position)) {
                if let Some(slot) = sorted.get_mut(*place) {
                    *slot = *position;
                }
                *place += 1;
            }
        }
        std::mem::swap(positions, &mut sorted);
    }
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
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn equal_things_keep_their_order() {
        let words = ["bb", "a", "cc", "d"];
        let by_length = &mut |a: usize, b: usize| words[a].len().cmp(&words[b].len());
        assert_eq!(sorted_positions(4, by_length), [1, 3, 0, 2]);
        let sorted = sorted_things(words.to_vec(), |a, b| a.len().cmp(&b.len()));
        assert_eq!(sorted, ["a", "d", "bb", "cc"]);
    }

    proptest! {
        #[test]
        fn keys_sort_as_comparing_them_does(
            keys in vec(prop_oneof![0_u64..4, any::<u64>(), Just(u64::MAX), Just(300)], 0..40),
            positions in vec(0_usize..44, 0..60),
        ) {
            let mut compared = positions.clone();
            compared.sort_by_key(|p| keys.get(*p).copied().unwrap_or_default());
            let mut sorted = positions;
            sort_by_keys(&mut sorted, &keys);
            prop_assert_eq!(sorted, compared);
        }
    }
}
