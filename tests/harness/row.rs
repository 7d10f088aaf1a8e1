//! One line of `--json` output, with its keys in the order in which they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// A JSON object whose keys keep their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Vec<(String, Value)>);

impl Row {
    /// Reads one line.
    #[track_caller]
    pub fn parse(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_else(|err| panic!("{err}: {line}"))
    }

    /// The keys in their order.
    pub fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(key, _)| key.as_str()).collect()
    }

    /// The value of a key.
    #[track_caller]
    pub fn get(&self, key: &str) -> &Value {
        let value = self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value);
        value.unwrap_or_else(|| panic!("no key `{key}` in {self:?}"))
    }

    /// A text; empty for null.
    #[track_caller]
    pub fn text(&self, key: &str) -> &str {
        match self.get(key) {
            Value::Null => "",
            value => value.as_str().unwrap_or_else(|| panic!("`{key}` is no text: {value}")),
        }
    }

    /// A whole number.
    #[track_caller]
    pub fn number(&self, key: &str) -> u64 {
        let value = self.get(key);
        value.as_u64().unwrap_or_else(|| panic!("`{key}` is no whole number: {value}"))
    }

    /// `statements` and `covered`.
    #[track_caller]
    pub fn coverage(&self) -> (u64, u64) {
        (self.number("statements"), self.number("covered"))
    }

    /// The same without a key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|(k, _)| k != key);
        self
    }

    /// Several texts.
    #[track_caller]
    pub fn texts<const N: usize>(&self, keys: [&str; N]) -> [String; N] {
        keys.map(|key| self.text(key).to_owned())
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut pairs: Vec<(String, Value)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(serde::de::Error::custom(format!("`{key}` comes twice")));
                    }
                    pairs.push((key, value));
                }
                Ok(Row(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
