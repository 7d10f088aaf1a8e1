//! Points in time, in the two spellings that collections use.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// A point in time, in UTC, of nanosecond precision.
///
/// Invariant: the year lies in 0..=9999, so that both spellings exist. `Display` and serde use
/// RFC 3339 with `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// A time as people give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// A point in time: RFC 3339, or a day such as `2026-11-20`, which is its beginning in UTC.
    At(Timestamp),
    /// How long ago: `24h`, `7d`.
    Ago(Duration),
}

impl Since {
    /// The point in time, seen from `now`; `None` before the year 0.
    pub fn seen_from(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::Ago(span) => {
                now.0.checked_sub(span.try_into().ok()?).and_then(Timestamp::checked)
            }
        }
    }
}

impl FromStr for Since {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let units = [('h', 3_600), ('d', 86_400)];
        let span = units.iter().find_map(|(unit, seconds)| {
            let n: u32 = text.strip_suffix(*unit)?.parse().ok()?;
            Some(Self::Ago(Duration::from_secs(u64::from(n) * seconds)))
        });
        let at = || Timestamp::from_any(text).ok();
        let day = || Timestamp::from_rfc3339(&format!("{text}T00:00:00Z")).ok();
        let form = "2026-11-20T08:15:02Z, 2026-11-20, 24h or 7d";
        let found = span.or_else(|| at().or_else(day).map(Self::At));
        found.ok_or_else(|| TimestampError::new(text, form))
    }
}

/// A text that is not a time in the expected spelling.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a time of the form {form}")]
pub struct TimestampError {
    text: String,
    form: &'static str,
}

impl TimestampError {
    fn new(text: &str, form: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), form }
    }
}

impl Timestamp {
    /// The beginning of 1970, UTC.
    pub const EPOCH: Self = Self(OffsetDateTime::UNIX_EPOCH);

    /// Reads `YYYYMMDDTHHMMSSZ`, the spelling of a key's discovery.
    pub fn from_compact(text: &str) -> Result<Self, TimestampError> {
        parse_compact(text).ok_or_else(|| TimestampError::new(text, "YYYYMMDDTHHMMSSZ"))
    }

    /// The time as `YYYYMMDDTHHMMSSZ`, cut to whole seconds.
    pub fn to_compact(self) -> String {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second) = self.0.to_hms();
        format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
    }

    /// Reads RFC 3339 with any offset and any number of fraction digits.
    pub fn from_rfc3339(text: &str) -> Result<Self, TimestampError> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|parsed| parsed.checked_to_offset(UtcOffset::UTC))
            .and_then(Self::checked)
            .ok_or_else(|| TimestampError::new(text, "2006-01-02T15:04:05Z"))
    }

    /// Reads either of both spellings.
    pub fn from_any(text: &str) -> Result<Self, TimestampError> {
        Self::from_compact(text).or_else(|_| Self::from_rfc3339(text))
    }

    /// From seconds since 1970; `None` outside the years 0 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(Self::checked)
    }

    /// From nanoseconds since 1970; `None` outside the years 0 to 9999.
    pub fn from_unix_nanos(nanos: i128) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(Self::checked)
    }

    /// From a file's time; `None` outside the years 0 to 9999.
    pub fn from_system_time(time: SystemTime) -> Option<Self> {
        let nanos = |span: Duration| i128::try_from(span.as_nanos()).ok();
        let since = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => nanos(after)?,
            Err(before) => nanos(before.duration())?.checked_neg()?,
        };
        Self::from_unix_nanos(since)
    }

    /// Seconds since 1970, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// Nanoseconds since 1970.
    pub fn unix_nanos(self) -> i128 {
        self.0.unix_timestamp_nanos()
    }

    /// The same time without its fraction of a second.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(self.0.truncate_to_second())
    }

    fn checked(time: OffsetDateTime) -> Option<Self> {
        (0..=9999).contains(&time.year()).then_some(Self(time))
    }
}

fn parse_compact(text: &str) -> Option<Timestamp> {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
    };
    let small = |from: usize| u8::try_from(digits(from, from.checked_add(2)?)?).ok();
    let marked = text.len() == 16 && text.get(8..9) == Some("T") && text.ends_with('Z');
    if !marked {
        return None;
    }
    let month = Month::try_from(small(4)?).ok()?;
    let date = Date::from_calendar_date(i32::from(digits(0, 4)?), month, small(6)?).ok()?;
    let time = Time::from_hms(small(9)?, small(11)?, small(13)?).ok()?;
    Timestamp::checked(OffsetDateTime::new_utc(date, time))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.pad(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_name_the_same_time() {
        for (compact, rfc3339, seconds) in [
            ("19700101T000000Z", "1970-01-01T00:00:00Z", 0),
            ("20240229T235959Z", "2024-02-29T23:59:59Z", 1_709_251_199),
            ("20000301T000000Z", "2000-03-01T00:00:00Z", 951_868_800),
            ("00000101T000000Z", "0000-01-01T00:00:00Z", -62_167_219_200),
            ("99991231T235959Z", "9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let time = Timestamp::from_compact(compact).unwrap();
            assert_eq!(time.to_string(), rfc3339);
            assert_eq!(time.unix_seconds(), seconds);
            assert_eq!(Timestamp::from_rfc3339(rfc3339).unwrap(), time);
            assert_eq!(Timestamp::from_unix_seconds(seconds), Some(time));
        }
    }

    #[test]
    fn other_texts_are_no_compact_time() {
        for text in [
            "",
            "not-a-time",
            "20240101T000000",
            "20240101t000000Z",
            "20240101T000000z",
            "20240101 000000Z",
            "20230229T000000Z",
            "20241301T000000Z",
            "20240101T240000Z",
            "20240101T006000Z",
            "20240101T000060Z",
            "+0240101T000000Z",
            "20240101T000000ZZ",
            "２0240101T000000Z",
            "2024-01-01T00:00:00Z",
        ] {
            assert!(Timestamp::from_compact(text).is_err(), "{text}");
        }
        let error = Timestamp::from_compact("not-a-time").unwrap_err();
        insta::assert_snapshot!(error, @"`not-a-time` is not a time of the form YYYYMMDDTHHMMSSZ");
    }

    #[test]
    fn offsets_and_fractions_become_utc_nanoseconds() {
        let time = Timestamp::from_rfc3339("2024-05-01T01:00:00.123456789+02:00").unwrap();
        assert_eq!(time.to_string(), "2024-04-30T23:00:00.123456789Z");
        assert_eq!(time.whole_seconds().to_string(), "2024-04-30T23:00:00Z");
        assert_eq!(time.to_compact(), "20240430T230000Z");
        assert_eq!(time.unix_nanos() % 1_000_000_000, 123_456_789);
        for text in ["", "2024-05-01", "2024-05-01T00:00:00", "0000-01-01T00:00:00+23:00"] {
            assert!(Timestamp::from_rfc3339(text).is_err(), "{text}");
        }
    }

    #[test]
    fn file_times_before_1970_count_backwards() {
        let before = UNIX_EPOCH - Duration::from_millis(1500);
        let time = Timestamp::from_system_time(before).unwrap();
        assert_eq!(time.to_string(), "1969-12-31T23:59:58.5Z");
        assert_eq!(time.whole_seconds().to_string(), "1969-12-31T23:59:58Z");
    }

    proptest! {
        #[test]
        fn spellings_round_trip(seconds in -62_167_219_200_i64..=253_402_300_799) {
            let time = Timestamp::from_unix_seconds(seconds).unwrap();
            prop_assert_eq!(Timestamp::from_compact(&time.to_compact()), Ok(time));
            prop_assert_eq!(Timestamp::from_rfc3339(&time.to_string()), Ok(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = Timestamp::from_compact(&text);
            let _ = Timestamp::from_rfc3339(&text);
        }

        #[test]
        fn no_number_panics(nanos: i128, seconds: i64) {
            let _ = Timestamp::from_unix_nanos(nanos);
            let _ = Timestamp::from_unix_seconds(seconds);
        }
    }
}
