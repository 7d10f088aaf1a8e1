//! Coverage numbers: statements, covered statements, percent and tier.

use std::{fmt, str::FromStr};

/// Statements and how many of them ran.
///
/// Invariant: `covered <= statements`, also after decoding a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    statements: u64,
    covered: u64,
}

impl Coverage {
    /// Of `statements` statements, `covered` ran. `None` when more ran than there are.
    pub fn new(statements: u64, covered: u64) -> Option<Self> {
        (covered <= statements).then_some(Self { statements, covered })
    }

    /// Statements in all.
    pub fn statements(self) -> u64 {
        self.statements
    }

    /// Statements that ran at least once.
    pub fn covered(self) -> u64 {
        self.covered
    }

    /// Statements that never ran.
    pub fn uncovered(self) -> u64 {
        self.statements.saturating_sub(self.covered)
    }

    /// The sum of both numbers, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            statements: self.statements.saturating_add(other.statements),
            covered: self.covered.saturating_add(other.covered),
        }
    }

    /// Hundredths of a percent, 0 to 10,000, rounded half up, then kept off both ends: never
    /// 10,000 unless every statement ran, never 0 unless none did. `None` without statements.
    pub fn hundredths(self) -> Option<u32> {
        if self.statements == 0 {
            return None;
        }
        if self.covered == 0 {
            return Some(0);
        }
        if self.covered == self.statements {
            return Some(10_000);
        }
        // All real numbers are below 2^48; of larger ones the lowest bits say nothing.
        let excess = 16_u32.saturating_sub(self.statements.leading_zeros());
        let (covered, statements) = (self.covered >> excess, self.statements >> excess);
        let rounded = (covered * 20_000 + statements) / (2 * statements);
        u32::try_from(rounded.clamp(1, 9_999)).ok()
    }

    /// Percent with two decimals, by the rule of [`Coverage::hundredths`].
    pub fn percent(self) -> Option<f64> {
        self.hundredths().map(|h| f64::from(h) / 100.0)
    }

    /// The tier of this coverage, 1 (lowest) to 4; 0 without statements.
    pub fn tier(self, tiers: Tiers) -> u8 {
        match self.hundredths() {
            None => 0,
            Some(h) => tiers.0.iter().fold(1, |tier, &bound| tier + u8::from(h >= bound * 100)),
        }
    }
}

/// The lower bounds of tiers 2, 3 and 4 in whole percent, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiers(pub [u32; 3]);

/// A text that is no [`Tiers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TiersError;

impl fmt::Display for TiersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write three ascending percentages from 1 to 100, such as 25,50,75")
    }
}

impl std::error::Error for TiersError {}

impl FromStr for Tiers {
    type Err = TiersError;

    fn from_str(text: &str) -> Result<Self, TiersError> {
        let bounds: Result<Vec<u32>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        let bounds: [u32; 3] =
            bounds.map_err(|_| TiersError)?.try_into().map_err(|_| TiersError)?;
        let [a, b, c] = bounds;
        if (1..b).contains(&a) && b < c && c <= 100 { Ok(Self(bounds)) } else { Err(TiersError) }
    }
}

impl Default for Tiers {
    fn default() -> Self {
        Self([25, 50, 75])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(covered: u64, statements: u64) -> Option<f64> {
        Coverage::new(statements, covered).unwrap().percent()
    }

    #[test]
    fn percent_is_rounded_toward_the_middle() {
        assert_eq!(percent(2, 3), Some(66.67));
        assert_eq!(percent(1, 100_000), Some(0.01));
        assert_eq!(percent(99_999, 100_000), Some(99.99));
        assert_eq!(percent(0, 5), Some(0.0));
        assert_eq!(percent(5, 5), Some(100.0));
        assert_eq!(percent(0, 0), None);
    }

    #[test]
    fn tiers_use_the_rounded_percent() {
        let tier = |c, s| Coverage::new(s, c).unwrap().tier(Tiers::default());
        assert_eq!([tier(0, 0), tier(0, 9), tier(24, 100), tier(25, 100)], [0, 1, 1, 2]);
        assert_eq!([tier(49_996, 100_000), tier(74, 100), tier(75, 100), tier(9, 9)], [3, 3, 4, 4]);
    }

    #[test]
    fn tiers_are_three_ascending_percentages() {
        assert_eq!("40, 60,80".parse(), Ok(Tiers([40, 60, 80])));
        for text in
            ["", "25,50", "25,50,75,90", "0,1,2", "50,50,75", "50,25,75", "1,2,101", "a,b,c"]
        {
            assert_eq!(text.parse::<Tiers>(), Err(TiersError), "{text}");
        }
    }

    #[test]
    fn more_covered_than_statements_is_no_coverage() {
        assert_eq!(Coverage::new(1, 2), None);
    }

    proptest! {
        #[test]
        fn the_ends_are_kept_for_nothing_and_all(s in 1_u64..1_000_000_000, c in 0_u64..1_000_000_000) {
            let c = c.min(s);
            let h = Coverage::new(s, c).unwrap().hundredths().unwrap();
            prop_assert_eq!(h == 0, c == 0);
            prop_assert_eq!(h == 10_000, c == s);
        }
    }
}
