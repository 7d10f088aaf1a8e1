//! A bar that coverage must reach.

use std::{fmt, str::FromStr};

use covatlas_shared::stats::Coverage;
use thiserror::Error;

use super::Row;

/// A percentage that was asked for, exactly as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The digits without the decimal point.
    digits: u64,
    /// How many of them stand behind it.
    decimals: u32,
}

/// A text that is no [`Bar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write a percentage from 0 to 100 with at most {MAX_DECIMALS} decimals, such as 72.5")]
pub struct BarError;

/// The most decimals of a bar.
const MAX_DECIMALS: usize = 9;

impl FromStr for Bar {
    type Err = BarError;

    fn from_str(text: &str) -> Result<Self, BarError> {
        let text = text.strip_suffix('%').unwrap_or(text);
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !is_number(whole)
            || !is_number(decimals)
            || decimals.len() > MAX_DECIMALS
            || (decimals.is_empty() && text.ends_with('.'))
        {
            return Err(BarError);
        }
        let digits = format!("{whole}{decimals}").parse().map_err(|_| BarError)?;
        let bar = Self { digits, decimals: u32::try_from(decimals.len()).map_err(|_| BarError)? };
        if u128::from(bar.digits) > 100 * bar.scale() { Err(BarError) } else { Ok(bar) }
    }
}

impl Bar {
    fn scale(self) -> u128 {
        10_u128.pow(self.decimals)
    }

    /// Whether this much ran; compares fractions, not rounded percentages. Nothing is never enough.
    pub fn is_met(self, coverage: Coverage) -> bool {
        let ran = u128::from(coverage.covered()) * 100 * self.scale();
        let wanted = u128::from(coverage.statements()) * u128::from(self.digits);
        coverage.statements() > 0 && ran >= wanted
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) =
            (u128::from(self.digits) / self.scale(), u128::from(self.digits) % self.scale());
        match usize::try_from(self.decimals) {
            Ok(width) if width > 0 => write!(f, "{whole}.{rest:0width$}"),
            _ => write!(f, "{whole}"),
        }
    }
}

/// The answer of `check` as one line: `statements, covered, percent, fail_under, met`.
pub fn check(coverage: Coverage, bar: Bar) -> Row {
    // What Display writes is a number.
    let number = bar.to_string().parse::<f64>().unwrap_or(0.0);
    Row::default()
        .with_coverage(coverage)
        .with("fail_under", number)
        .with("met", bar.is_met(coverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_met(bar: &str, covered: u64, statements: u64) -> bool {
        bar.parse::<Bar>().unwrap().is_met(Coverage::new(statements, covered).unwrap())
    }

    #[test]
    fn fractions_are_compared_exactly() {
        assert!(is_met("66.66", 2, 3));
        assert!(is_met("66.666666666", 2, 3));
        assert!(!is_met("66.67", 2, 3), "66.67 is only the rounded percentage");
        assert!(is_met("50", 1, 2) && !is_met("50.000000001", 1, 2));
        assert!(is_met("100", 5, 5) && !is_met("100", 99_999, 100_000));
        assert!(is_met("0", 0, 7) && !is_met("0.01", 0, 7));
        assert!(!is_met("0", 0, 0), "no statements are no success");
        assert!(is_met("100", u64::MAX, u64::MAX));
    }

    #[test]
    fn bars_are_read_and_written_as_they_are() {
        for text in ["0", "80", "72.5", "66.670", "100", "100.0", "0.05"] {
            assert_eq!(text.parse::<Bar>().unwrap().to_string(), text);
        }
        assert_eq!("80%".parse::<Bar>().unwrap().to_string(), "80");
        for text in ["", "%", "-1", "100.1", "101", "1e1", "5.", ".5", "NaN", "1.1234567890", "1,5"]
        {
            assert_eq!(text.parse::<Bar>(), Err(BarError), "{text}");
        }
        assert_eq!("99999999999999999999999999".parse::<Bar>(), Err(BarError));
    }
}
