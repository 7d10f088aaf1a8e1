//! Numbers, times and names as text.

use covatlas_shared::stats::Coverage;

/// How many things there are, as the number that texts are made of.
pub fn amount(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// `1,234,567`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count in at most 4 characters, for the gutter: `987`, `1.2k`, `15k`, `1.2M`, `3G`.
pub fn short(n: u64) -> String {
    let units = [(1_000_000_000, 'G'), (1_000_000, 'M'), (1000, 'k')];
    let Some((unit, letter)) = units.into_iter().find(|(unit, _)| n >= *unit) else {
        return n.to_string();
    };
    let (whole, tenth) = (n / unit, n % unit / (unit / 10));
    if whole < 10 && tenth > 0 {
        format!("{whole}.{tenth}{letter}")
    } else {
        format!("{whole}{letter}")
    }
}

/// `a thing`, `2 things`: the number and the noun, which takes an `s` unless the number is 1.
pub fn count(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", number(n))
}

/// Percent with one decimal, `58.6%`: `100.0%` only when every statement ran, `0.0%` only when none
/// did. `None` without statements.
pub fn percent(coverage: Coverage) -> Option<String> {
    let tenths = match coverage.hundredths()? {
        all_or_nothing @ (0 | 10_000) => all_or_nothing / 10,
        between => ((between + 5) / 10).clamp(1, 999),
    };
    Some(format!("{}.{}%", tenths / 10, tenths % 10))
}

/// Hundredths of a percent, `58.64%`.
pub fn hundredths(n: u32) -> String {
    format!("{}.{:02}%", n / 100, n % 100)
}

/// A difference in hundredths of points: `+2.90`, `−0.05`, `0`.
pub fn points(hundredths: i64) -> String {
    let n = hundredths.unsigned_abs();
    let sign = match hundredths {
        0 => return "0".to_owned(),
        1.. => '+',
        _ => '−',
    };
    format!("{sign}{}.{:02}", n / 100, n % 100)
}

/// A share of a whole as a length of 0 to 100, two decimals, for SVG attributes.
pub fn length(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part.min(whole)) * 10_000 / u128::from(whole.max(1));
    let hundredths = u64::try_from(hundredths).unwrap_or(0);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `22 Nov 23:20`, in UTC.
pub fn moment(seconds: i64) -> String {
    let t = Utc::of(seconds);
    format!("{} {} {:02}:{:02}", t.day, t.month_name(), t.hour, t.minute)
}

/// `22 Nov 2026 23:20 UTC`.
pub fn full_moment(seconds: i64) -> String {
    let t = Utc::of(seconds);
    format!("{} {} {} {:02}:{:02} UTC", t.day, t.month_name(), t.year, t.hour, t.minute)
}

/// `2026-11-22T23:20:05Z`.
pub fn rfc3339(seconds: i64) -> String {
    let t = Utc::of(seconds);
    let (year, month, day, hour, minute) = (t.year, t.month, t.day, t.hour, t.minute);
    let second = seconds.rem_euclid(60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `22 Nov 2026`, in UTC.
pub fn date(seconds: i64) -> String {
    let t = Utc::of(seconds);
    format!("{} {} {}", t.day, t.month_name(), t.year)
}

/// A length of time in one unit, rounded down: `40 s`, `12 min`, `41 h`, `6 days`.
pub fn span(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..100 => format!("{s} s"),
        100..6000 => format!("{} min", s / 60),
        6000..432_000 => format!("{} h", s / 3600),
        _ => format!("{} days", s / 86_400),
    }
}

/// A namespace as people read it: a dimmed prefix and the rest. `_host_` reads as "host".
pub fn namespace(name: &str) -> (&str, &str) {
    if name == "_host_" {
        return ("", "host");
    }
    match name.strip_prefix("openshift-") {
        Some(rest) if !rest.is_empty() => ("openshift-", rest),
        _ => ("", name),
    }
}

/// An owner kind as kubectl shortens it, and in words.
pub fn kind(kind: &str) -> (&str, &str) {
    match kind {
        "Deployment" => ("deploy", "Deployment"),
        "DaemonSet" => ("ds", "DaemonSet"),
        "StatefulSet" => ("sts", "StatefulSet"),
        "ReplicaSet" => ("rs", "ReplicaSet"),
        "StaticPod" => ("static", "Static pod"),
        "CronJob" => ("cron", "CronJob"),
        "Job" => ("job", "Job"),
        "Pod" => ("pod", "Pod"),
        "Host" => ("host", "Host process"),
        "Process" => ("proc", "Process"),
        other => (other, other),
    }
}

/// A commit as people read it: its first 7 characters.
pub fn commit(commit: &str) -> &str {
    commit.char_indices().nth(7).and_then(|(end, _)| commit.get(..end)).unwrap_or(commit)
}

/// A calendar day and a time of day in UTC.
struct Utc {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
}

impl Utc {
    /// The calendar of the Gregorian rules, counted in years that begin in March, so that the leap
    /// day is the last day of its year.
    fn of(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let since_year_0 = days + 719_468;
        let (era, day_of_era) =
            (since_year_0.div_euclid(146_097), since_year_0.rem_euclid(146_097));
        let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
        let month = (months_since_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year, month, day, hour: rest / 3600, minute: rest % 3600 / 60 }
    }

    fn month_name(&self) -> &'static str {
        const NAMES: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let idx = usize::try_from(self.month - 1).unwrap_or(0);
        NAMES.get(idx).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn differences_have_a_sign_and_two_decimals() {
        let texts = [290, -5, 0, -10_000].map(points);
        assert_eq!(texts, ["+2.90", "−0.05", "0", "−100.00"]);
        assert_eq!([0, 7, 10_000].map(hundredths), ["0.00%", "0.07%", "100.00%"]);
    }

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_412_386].map(number), ["0", "999", "1,000", "1,412,386"]);
        let shorts = [0, 999, 1000, 1214, 9999, 15_400, 999_999, 1_234_567, u64::from(u32::MAX)];
        let texts = ["0", "999", "1k", "1.2k", "9.9k", "15k", "999k", "1.2M", "4.2G"];
        assert_eq!(shorts.map(short), texts);
        assert_eq!([1, 2].map(|n| count(n, "pod")), ["1 pod", "2 pods"]);
    }

    #[test]
    fn percents_never_reach_the_ends_by_rounding() {
        let percent = |covered, statements| percent(Coverage::new(statements, covered).unwrap());
        assert_eq!(percent(827_658, 1_412_386).unwrap(), "58.6%");
        assert_eq!(percent(99_999, 100_000).unwrap(), "99.9%");
        assert_eq!(percent(1, 100_000).unwrap(), "0.1%");
        assert_eq!(percent(5, 5).unwrap(), "100.0%");
        assert_eq!(percent(0, 5).unwrap(), "0.0%");
        assert_eq!(percent(0, 0), None);
        assert_eq!([length(1, 3), length(0, 0), length(9, 3)], ["33.33", "0.00", "100.00"]);
    }

    #[test]
    fn times() {
        assert_eq!(full_moment(0), "1 Jan 1970 00:00 UTC");
        assert_eq!(full_moment(1_709_164_800), "29 Feb 2024 00:00 UTC");
        assert_eq!(full_moment(1_795_389_600), "22 Nov 2026 23:20 UTC");
        assert_eq!(full_moment(-1), "31 Dec 1969 23:59 UTC");
        assert_eq!(rfc3339(1_795_389_605), "2026-11-22T23:20:05Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        assert_eq!([40, 720, 147_600, 600_000].map(span), ["40 s", "12 min", "41 h", "6 days"]);
    }

    #[test]
    fn names() {
        assert_eq!(namespace("openshift-etcd"), ("openshift-", "etcd"));
        assert_eq!(namespace("openshift-"), ("", "openshift-"));
        assert_eq!(namespace("_host_"), ("", "host"));
        assert_eq!(commit("0123456789"), "0123456");
        assert_eq!(commit("ü-v1"), "ü-v1");
    }

    proptest! {
        #[test]
        fn any_moment_has_a_text(seconds in -1_i64 << 40..1_i64 << 40, text in ".*") {
            let _ = (full_moment(seconds), span(seconds), commit(&text));
        }
    }
}
