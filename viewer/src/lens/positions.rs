//! Positions in a table of different things.

use std::{collections::HashMap, hash::Hash};

/// Distinct items in the order in which they were met.
#[derive(Debug)]
pub(super) struct Positions<T> {
    items: Vec<T>,
    known: HashMap<T, u32>,
}

impl<T> Default for Positions<T> {
    fn default() -> Self {
        Self { items: Vec::new(), known: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Positions<T> {
    /// The position of an item, which is added when it is new.
    pub(super) fn add(&mut self, item: T) -> u32 {
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        *self.known.entry(item.clone()).or_insert_with(|| {
            self.items.push(item);
            next
        })
    }

    /// The items.
    pub(super) fn items(self) -> Vec<T> {
        self.items
    }
}
