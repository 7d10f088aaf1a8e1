//! Columns with a number, bit or time for each unit.

use covatlas_shared::codec::{at_positions, deltas, positions, undeltas};

use super::blob::{pack, pack_counts, unpack, unpack_counts};
use crate::profile::{Bits, FirstSeen};

/// A compressed column, made where there are many cores rather than where there is one writer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed(pub(super) Vec<u8>);

impl Packed {
    /// Counts, one a unit.
    pub fn counts(counts: &[u32]) -> Self {
        Self(pack_counts(counts))
    }

    /// Bits, one a unit.
    pub fn bits(bits: &Bits) -> Self {
        Self(pack(bits.as_bytes()))
    }

    /// Times, one a unit.
    pub fn seen(seen: &FirstSeen) -> Self {
        Self(pack_counts(&index_times(seen.as_slice())))
    }

    /// Undoes [`Packed::counts`]; `None` when the column is damaged.
    pub fn to_counts(&self, n_units: usize) -> Option<Vec<u32>> {
        unpack_counts(&self.0, Some(n_units))
    }

    /// Undoes [`Packed::bits`]; `None` when the column is damaged.
    pub fn to_bits(&self, n_units: usize) -> Option<Bits> {
        unpack(&self.0, n_units.div_ceil(8)).map(Bits::from_bytes)
    }

    /// Undoes [`Packed::seen`]; `None` when the column is damaged.
    pub fn to_seen(&self, n_units: usize) -> Option<FirstSeen> {
        let numbers = unpack_counts(&self.0, None)?;
        let (n_times, rest) = numbers.split_first()?;
        let (times, units) = rest.split_at_checked(usize::try_from(*n_times).ok()?)?;
        let times: Vec<i64> = times.iter().map(|step| i64::from(*step)).collect();
        let seconds = at_positions(&undeltas(&times)?, units, u32::MAX)?;
        (seconds.len() == n_units).then(|| FirstSeen::from_vec(seconds))
    }
}

/// Times as positions in a list of the different ones, see the schema.
fn index_times(seconds: &[u32]) -> Vec<u32> {
    let (times, positions) = positions(seconds, u32::MAX);
    let mut numbers = vec![u32::try_from(times.len()).unwrap_or(u32::MAX)];
    // They ascend, so that no step is negative.
    numbers.extend(deltas(times).into_iter().filter_map(|step| u32::try_from(step).ok()));
    numbers.extend(positions);
    numbers
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn times_come_back(seconds in vec(prop_oneof![Just(u32::MAX), 0_u32..5, any::<u32>()], 0..60)) {
            let seen = FirstSeen::from_vec(seconds.clone());
            let packed = Packed::seen(&seen);
            prop_assert_eq!(packed.to_seen(seconds.len()), Some(seen));
            prop_assert_eq!(packed.to_seen(seconds.len() + 1), None);
        }

        #[test]
        fn damaged_times_never_panic(blob in vec(any::<u8>(), 0..60), numbers in vec(0_u32..9, 0..9)) {
            let _ = Packed(blob).to_seen(3);
            let _ = Packed(pack_counts(&numbers)).to_seen(3);
        }
    }
}
