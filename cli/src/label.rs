//! Labels: what users say about runs, to find them by.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Longest key, in bytes.
const MAX_KEY: usize = 63;
/// Longest value, in bytes.
const MAX_VALUE: usize = 256;

/// A label that is none: a usage error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// There is no `=`.
    #[error("`{0}` is no label: write KEY=VALUE, such as job=e2e-aws")]
    NoEqualsSign(String),
    /// The key has other characters, or none, or too many.
    #[error(
        "`{0}` cannot be the key of a label: use up to {MAX_KEY} letters, digits, `.`, `_`, `-` \
         and `/`"
    )]
    Key(String),
    /// The value has control characters, or too many.
    #[error("the value of label `{0}` has control characters or more than {MAX_VALUE} bytes")]
    Value(String),
}

/// A label, such as `job=e2e-aws`.
///
/// Invariant: the key has 1 to 63 letters, digits, `.`, `_`, `-` and `/`; the value at most 256 bytes
/// and no control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    key: String,
    value: String,
}

impl Label {
    /// A label with a key and a value.
    ///
    /// # Errors
    /// [`LabelError::Key`] and [`LabelError::Value`].
    pub fn new(key: &str, value: &str) -> Result<Self, LabelError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
        if key.is_empty() || key.len() > MAX_KEY || !key.chars().all(fits) {
            return Err(LabelError::Key(key.chars().take(MAX_KEY).collect()));
        }
        if value.len() > MAX_VALUE || value.chars().any(char::is_control) {
            return Err(LabelError::Value(key.to_owned()));
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }

    /// What it is about.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it says.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let no_sign = || LabelError::NoEqualsSign(text.to_owned());
        let (key, value) = text.split_once('=').ok_or_else(no_sign)?;
        Self::new(key, value)
    }
}

/// As filters see it: `KEY=VALUE`.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_harmless_keys_and_short_values() {
        let label: Label = "job=e2e-aws".parse().unwrap();
        assert_eq!((label.key(), label.value()), ("job", "e2e-aws"));
        assert_eq!(label.to_string(), "job=e2e-aws");
        assert_eq!("a.b/c_d-1=x=y".parse::<Label>().unwrap().value(), "x=y");
        assert_eq!("job=".parse::<Label>().unwrap().value(), "");
        let refused = |text: &str| text.parse::<Label>().unwrap_err();
        assert_eq!(refused("job"), LabelError::NoEqualsSign("job".into()));
        for key in ["", "a b", "é", "a*", &"k".repeat(64)] {
            assert!(matches!(refused(&format!("{key}=v")), LabelError::Key(_)), "{key}");
        }
        for value in ["a\nb", "\u{7f}", &"v".repeat(257)] {
            assert_eq!(refused(&format!("k={value}")), LabelError::Value("k".into()));
        }
    }
}
