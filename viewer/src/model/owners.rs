//! The owners as a table: one line per owner and binary, its builds rolled up, filtered and sorted.
//!
//! A line shows the newest build only; sums over builds would count the same code twice.

mod csv;
mod filter;
mod find;
mod sort;
mod summary;
mod trend;

use std::{cell::OnceCell, ops::Range, rc::Rc};

use covatlas_shared::{
    codec::StrIdx,
    noise::Noise,
    owners::{Build, OwnerRow, OwnersShard},
    stats::{Coverage, Tiers},
};

use super::haystack::Haystack;
use crate::route::{BuildId, OwnerRef};

pub use filter::{Choice, Facet, Passing};
pub use find::{find, nearest};
pub use sort::{Column, Direction, Order, order, toggled};
pub use summary::{Answers, NamespaceShare, Numbers, Size};
pub use trend::Trend;

/// One line of the table: an owner with one binary, over all its builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Positions of its rows in [`OwnersShard::rows`], newest build first; never empty.
    pub rows: Range<usize>,
}

/// All owners of a site.
#[derive(Debug)]
pub struct OwnerTable {
    shard: Rc<OwnersShard>,
    tiers: Tiers,
    owners: Vec<Owner>,
    /// All that the text filter looks at, in lower case.
    lower: Haystack,
    /// The place of each string of the shard in their alphabetical order, once it is needed.
    ranks: OnceCell<Vec<u32>>,
    /// Whether each owner is noise; empty when none is.
    noise: Vec<bool>,
    has_clusters: bool,
}

/// Cheap: tables are equal when they show the same shard.
impl PartialEq for OwnerTable {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shard, &other.shard) && self.tiers == other.tiers
    }
}

impl Eq for OwnerTable {}

impl OwnerTable {
    /// Rolls up the rows of a shard.
    pub fn new(shard: Rc<OwnersShard>, tiers: Tiers) -> Self {
        let mut owners: Vec<Owner> = Vec::new();
        let mut last = None;
        for (idx, row) in shard.rows.iter().enumerate() {
            let key = (row.cluster, row.namespace, row.kind, row.name, row.binary);
            match owners.last_mut() {
                Some(owner) if last == Some(key) => owner.rows.end = idx + 1,
                _ => owners.push(Owner { rows: idx..idx + 1 }),
            }
            last = Some(key);
        }
        let mut lower = Haystack::default();
        for owner in &owners {
            add_texts(&mut lower, &shard, owner);
        }
        let cluster = shard.rows.first().map(|r| r.cluster);
        let has_clusters = shard.rows.iter().any(|r| Some(r.cluster) != cluster);
        let (ranks, noise) = (OnceCell::new(), Vec::new());
        Self { shard, tiers, owners, lower, ranks, noise, has_clusters }
    }

    /// The table with what is noise in it; `hide` are patterns as in the manifest.
    #[must_use]
    pub fn hiding(mut self, hide: &[String]) -> Self {
        let noise = Noise::of_owners(hide);
        self.noise = (0..self.len()).map(|o| noise.holds(&self.shard, self.rows(o))).collect();
        self
    }

    /// Whether an owner is noise.
    pub fn is_noise(&self, owner: usize) -> bool {
        self.noise.get(owner) == Some(&true)
    }

    /// The shard behind the table.
    pub fn shard(&self) -> &OwnersShard {
        &self.shard
    }

    /// How many owners there are.
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether there is no owner.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The lower bounds of the tiers.
    pub fn tiers(&self) -> Tiers {
        self.tiers
    }

    /// The rows of an owner, newest build first; empty when there is no such owner.
    pub fn rows(&self, owner: usize) -> &[OwnerRow] {
        let rows = self.owners.get(owner).map(|o| o.rows.clone()).unwrap_or_default();
        self.shard.rows.get(rows).unwrap_or_default()
    }

    /// The row of an owner's newest build.
    pub fn newest(&self, owner: usize) -> Option<&OwnerRow> {
        self.rows(owner).first()
    }

    /// The build of a row.
    pub fn build(&self, row: &OwnerRow) -> Option<&Build> {
        usize::try_from(row.build).ok().and_then(|b| self.shard.builds.get(b))
    }

    /// A string of the shard.
    pub fn text(&self, idx: StrIdx) -> &str {
        self.shard.strings.get(idx)
    }

    /// The name of the owner of a row, for links.
    pub fn owner_ref(&self, row: &OwnerRow) -> OwnerRef {
        let text = |idx| self.text(idx).to_owned();
        OwnerRef {
            cluster: if self.has_clusters { text(row.cluster) } else { String::new() },
            namespace: text(row.namespace),
            kind: text(row.kind),
            name: text(row.name),
            binary: text(row.binary),
        }
    }

    /// The id of the build of a row, for links.
    pub fn build_id(&self, row: &OwnerRow) -> Option<BuildId> {
        self.build(row).and_then(|b| BuildId::of_hash(&b.hash))
    }

    fn tier(&self, coverage: Coverage) -> u8 {
        coverage.tier(self.tiers)
    }
}

/// Adds all texts of an owner that a filter looks at.
fn add_texts(lower: &mut Haystack, shard: &OwnersShard, owner: &Owner) {
    let mut add = |text: &str| lower.add(&text.to_ascii_lowercase());
    let rows = shard.rows.get(owner.rows.clone()).unwrap_or_default();
    for (i, row) in rows.iter().enumerate() {
        let build = usize::try_from(row.build).ok().and_then(|b| shard.builds.get(b));
        let of_owner = [row.namespace, row.kind, row.name, row.binary, row.cluster];
        let of_owner = of_owner.into_iter().take(if i == 0 { 5 } else { 0 });
        let of_build = build.into_iter().flat_map(|b| [b.repo, b.commit, b.module]);
        let lists = row.containers.iter().chain(&row.labels).copied();
        for idx in of_owner.chain(lists).chain(of_build) {
            add(shard.strings.get(idx));
        }
        if i == 0 && shard.strings.get(row.namespace) == "_host_" {
            add("host");
        }
        // The trust panel leads here.
        if i == 0 && ["alphabet", "pattern"].contains(&shard.strings.get(row.evidence)) {
            add("guessed");
        }
    }
    lower.end_row();
}

#[cfg(test)]
mod tests;
