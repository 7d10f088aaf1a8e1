//! When each unit was first seen to have run.

use std::ops::Range;

/// The earliest time of each unit at which any snapshot showed that it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen(Vec<u32>);

impl FirstSeen {
    /// What stands for a unit that never ran, or ran at a time that nobody knows. Of two times the
    /// earlier counts, so it is the latest one.
    const UNKNOWN: u32 = u32::MAX;

    /// Nothing was seen yet; `n_units` units.
    pub fn new(n_units: usize) -> Self {
        Self(vec![Self::UNKNOWN; n_units])
    }

    /// Takes note of a snapshot: one count a unit, and seconds since 1970 UTC if they are known.
    /// Times outside of the years 1970 to 2106 are moved to the nearer end.
    pub fn see(&mut self, counts: &[u32], at: Option<i64>) {
        self.see_units(0..counts.len(), counts, at);
    }

    /// As [`FirstSeen::see`], of nothing but these units.
    pub fn see_units(&mut self, units: Range<usize>, counts: &[u32], at: Option<i64>) {
        let Some(at) = at else { return };
        let at = u32::try_from(at.max(0)).unwrap_or(Self::UNKNOWN).min(Self::UNKNOWN - 1);
        let firsts = self.0.get_mut(units.clone()).unwrap_or_default();
        for (first, &count) in firsts.iter_mut().zip(counts.get(units).unwrap_or_default()) {
            let seen = if count > 0 { at } else { Self::UNKNOWN };
            *first = (*first).min(seen);
        }
    }

    /// Takes the earlier time of each unit.
    pub fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own = (*own).min(*other));
    }

    /// One number a unit: seconds since 1970 UTC, or `u32::MAX` when unknown.
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// Undoes [`FirstSeen::as_slice`].
    pub fn from_vec(seconds: Vec<u32>) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970 UTC; `None` when the unit never ran or nobody knows when.
    pub fn get(&self, unit: usize) -> Option<i64> {
        self.0.get(unit).filter(|at| **at != Self::UNKNOWN).map(|at| i64::from(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_snapshot_that_shows_a_unit_counts() {
        let mut first = FirstSeen::new(4);
        first.see(&[1, 0, 0, 0], Some(30));
        first.see(&[2, 1, 0, 0], Some(20));
        first.see(&[2, 1, 1, 0], Some(40));
        assert_eq!(
            [0, 1, 2, 3, 4].map(|unit| first.get(unit)),
            [Some(20), Some(20), Some(40), None, None]
        );
    }

    #[test]
    fn a_snapshot_without_a_time_says_nothing_of_when() {
        let mut first = FirstSeen::new(1);
        first.see(&[1], None);
        assert_eq!(first.get(0), None);
    }

    #[test]
    fn times_that_cannot_be_are_moved_to_the_nearest_that_can() {
        for (at, expected) in [(-5, 0), (1 << 40, i64::from(u32::MAX) - 1)] {
            let mut first = FirstSeen::new(1);
            first.see(&[1], Some(at));
            assert_eq!(first.get(0), Some(expected));
        }
    }
}
