//! Columns by name.

use serde::{Serialize, Serializer};

/// A few things by name, sorted as a file has them.
///
/// The page is smaller without a map for each type of column: this is looked through. A file that
/// names a column twice means the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<T>(Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// Adds a thing where its name belongs, in place of one of the same name.
    pub(crate) fn insert(&mut self, name: &str, thing: T) {
        match self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = thing;
                }
            }
            Err(at) => self.0.insert(at, (name.to_owned(), thing)),
        }
    }

    /// Adds a thing that was read, behind all others.
    pub(crate) fn push(&mut self, name: String, thing: T) {
        self.0.push((name, thing));
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The thing of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, thing)| thing)
    }

    /// The thing of that name, to be changed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0.iter_mut().rev().find(|(known, _)| known == name).map(|(_, thing)| thing)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, thing)| (name, thing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_the_last_thing_counts() {
        let mut written = Named::default();
        for (name, thing) in [("b", 1), ("a", 2), ("b", 3)] {
            written.insert(name, thing);
        }
        assert_eq!(serde_json::to_string(&written).unwrap(), r#"{"a":2,"b":3}"#);
        let mut read = Named::default();
        read.push("b".to_owned(), 1);
        read.push("b".to_owned(), 2);
        assert_eq!((read.get("b"), read.get("c")), (Some(&2), None));
        *read.get_mut("b").unwrap() = 4;
        assert_eq!(read.get("b"), Some(&4));
    }
}
