//! One line of output: names and values in the promised order.

use covatlas_shared::stats::Coverage;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

use crate::timestamp::Timestamp;

/// One line: keys in their order, with values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(Vec<(&'static str, Value)>);

impl Row {
    /// Adds a value behind the others.
    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((key, value.into()));
        self
    }

    /// Adds `statements`, `covered` and `percent`.
    #[must_use]
    pub(super) fn with_coverage(self, coverage: Coverage) -> Self {
        self.with("statements", coverage.statements())
            .with("covered", coverage.covered())
            .with("percent", coverage.percent())
    }

    /// Adds a time as RFC 3339, or null.
    #[must_use]
    pub(super) fn with_time(self, key: &'static str, seconds: Option<i64>) -> Self {
        let time = seconds.and_then(Timestamp::from_unix_seconds);
        self.with(key, time.map(|t| t.to_string()))
    }

    /// Adds a text, or null when it is empty.
    #[must_use]
    pub(super) fn with_known(self, key: &'static str, text: &str) -> Self {
        self.with(key, (!text.is_empty()).then(|| text.to_owned()))
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(key, _)| *key)
    }

    /// The values in their order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    /// A row with these keys of this one, in the order of this one.
    #[must_use]
    pub(crate) fn only(&self, keys: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| keys.contains(key)).cloned().collect())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| value)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
