//! Uniting the processes of one owner and build.

/// How counts of several processes are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// The largest count: commutative, associative and idempotent.
    #[default]
    Max,
    /// The saturating sum.
    Sum,
}

/// Counts of several processes of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The combined count of each unit.
    pub counts: Vec<u32>,
    /// How many processes there are.
    pub n_processes: u32,
}

impl Merged {
    /// No process yet; `n_units` units.
    pub fn new(n_units: usize) -> Self {
        Self { counts: vec![0; n_units], n_processes: 0 }
    }
}

/// Combines `other` into `counts`, unit by unit.
pub fn merge(counts: &mut [u32], other: &[u32], combine: Combine) {
    for (count, &other) in counts.iter_mut().zip(other) {
        *count = match combine {
            Combine::Max => (*count).max(other),
            Combine::Sum => count.saturating_add(other),
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn max(a: &[u32], b: &[u32]) -> Vec<u32> {
        let mut out = a.to_vec();
        merge(&mut out, b, Combine::Max);
        out
    }

    #[test]
    fn replicas_are_united_by_max() {
        // Units a 3 and b 1 as two replicas saw them.
        assert_eq!(max(&[3, 5], &[7, 2]), [7, 5]);
    }

    #[test]
    fn two_pids_give_max_and_sum() {
        for (combine, expected) in [(Combine::Max, 2), (Combine::Sum, 3)] {
            let mut counts = Merged::new(1).counts;
            merge(&mut counts, &[1], combine);
            merge(&mut counts, &[2], combine);
            assert_eq!(counts, [expected]);
        }
    }

    proptest! {
        #[test]
        fn max_is_commutative_associative_and_idempotent(
            a in vec(any::<u32>(), 6), b in vec(any::<u32>(), 6), c in vec(any::<u32>(), 6),
        ) {
            prop_assert_eq!(max(&a, &b), max(&b, &a));
            prop_assert_eq!(max(&max(&a, &b), &c), max(&a, &max(&b, &c)));
            prop_assert_eq!(max(&a, &a), a);
        }
    }
}
