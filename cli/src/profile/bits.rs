//! One bit per unit.

/// A fixed number of bits, all clear at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u8>);

impl Bits {
    /// `len` clear bits.
    pub fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(8)])
    }

    /// One bit per count, set where the count is not 0.
    pub fn of_counts(counts: &[u32]) -> Self {
        let byte = |eight: &[u32]| {
            eight.iter().rev().fold(0, |byte, &count| byte << 1 | u8::from(count > 0))
        };
        Self(counts.chunks(8).map(byte).collect())
    }

    /// The bits as bytes, lowest bit first; bits behind the last one are clear.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bits that these bytes hold, see [`Bits::as_bytes`].
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Whether bit `idx` is set; bits beyond the end are clear.
    pub fn get(&self, idx: usize) -> bool {
        self.0.get(idx / 8).is_some_and(|byte| byte >> (idx % 8) & 1 == 1)
    }

    /// Sets bit `idx`; bits beyond the end are ignored.
    pub fn set(&mut self, idx: usize) {
        if let Some(byte) = self.0.get_mut(idx / 8) {
            *byte |= 1 << (idx % 8);
        }
    }

    /// Sets every bit that is set in `other`; bits beyond the end are ignored.
    pub fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(byte, other)| *byte |= other);
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.0.iter().map(|b| usize::try_from(b.count_ones()).unwrap_or(0)).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn bits_are_the_counts_that_are_not_zero(counts in vec(0_u32..3, 0..40)) {
            let bits = Bits::of_counts(&counts);
            let mut one_by_one = Bits::new(counts.len());
            for (i, &count) in counts.iter().enumerate() {
                prop_assert_eq!(bits.get(i), count > 0);
                if count > 0 {
                    one_by_one.set(i);
                }
            }
            prop_assert_eq!(bits.count(), counts.iter().filter(|&&c| c > 0).count());
            prop_assert_eq!(one_by_one, bits);
        }

        #[test]
        fn united_bits_are_those_that_either_has(a in vec(0_u32..2, 20), b in vec(0_u32..2, 0..30)) {
            let (mut bits, other) = (Bits::of_counts(&a), Bits::of_counts(&b));
            bits.unite(&other);
            for (i, &count) in a.iter().enumerate() {
                prop_assert_eq!(bits.get(i), count > 0 || other.get(i));
            }
        }
    }
}
