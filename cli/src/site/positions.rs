//! Positions in a table of different things.

use std::collections::BTreeMap;

use super::count;

/// Distinct items in the order in which they were met.
#[derive(Debug)]
pub(super) struct Positions<T> {
    items: Vec<T>,
    index: BTreeMap<T, u32>,
}

impl<T> Default for Positions<T> {
    fn default() -> Self {
        Self { items: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T: Clone + Ord> Positions<T> {
    /// The position of `item`, which is added when it is new.
    pub(super) fn add(&mut self, item: T) -> u32 {
        if let Some(&position) = self.index.get(&item) {
            return position;
        }
        let position = count(self.items.len());
        self.index.insert(item.clone(), position);
        self.items.push(item);
        position
    }

    /// The items.
    pub(super) fn items(self) -> Vec<T> {
        self.items
    }
}
