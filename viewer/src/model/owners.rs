//! The owners as a table: one line per owner and binary, its builds rolled up, filtered and sorted.
//!
//! A line shows the newest build only; sums over builds would count the same code twice.

mod find;
mod sort;
mod summary;

use std::{cell::OnceCell, ops::Range, rc::Rc};

use covatlas_shared::{
    codec::StrIdx,
    owners::{Build, OwnerRow, OwnersShard},
    stats::{Coverage, Tiers},
};

use super::{haystack::Haystack, sorting::sorted_positions};
use crate::route::{BuildId, DashboardQuery, OwnerRef};

pub use find::{find, nearest};
pub use sort::{Column, Direction, Order, order, toggled};
pub use summary::{Answers, NamespaceShare};

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
    has_clusters: bool,
}

/// Cheap: tables are equal when they show the same shard.
impl PartialEq for OwnerTable {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shard, &other.shard) && self.tiers == other.tiers
    }
}

impl Eq for OwnerTable {}

/// One choice of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value in the address.
    pub value: String,
    /// How many owners have it.
    pub n_owners: usize,
}

/// Filters that offer choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// The namespace.
    Namespace,
    /// The owner kind.
    Kind,
    /// The tier of the newest build.
    Tier,
    /// The repository of the newest build.
    Repo,
}

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
        Self { shard, tiers, owners, lower, ranks: OnceCell::new(), has_clusters }
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

    /// Those of `owners` that pass the filters, in the same order.
    pub fn filter(&self, owners: &[usize], query: &DashboardQuery) -> Vec<usize> {
        let words: Vec<String> = query.q.split_whitespace().map(str::to_ascii_lowercase).collect();
        let chosen = Self::chosen(query);
        let passes = |idx: &usize| {
            let has = |row, facet, values: &[String]| {
                values.iter().any(|value| value == self.facet(row, facet))
            };
            words.iter().all(|word| self.lower.holds(*idx, word))
                && chosen.iter().all(|(facet, values)| {
                    self.newest(*idx).is_some_and(|row| has(row, *facet, values))
                })
        };
        owners.iter().copied().filter(passes).collect()
    }

    /// The filters that are on, and what passes each.
    fn chosen(query: &DashboardQuery) -> Vec<(Facet, Vec<String>)> {
        let tiers = query.tiers.iter().map(u8::to_string).collect();
        let all = [
            (Facet::Namespace, query.namespaces.clone()),
            (Facet::Kind, query.kinds.clone()),
            (Facet::Tier, tiers),
            (Facet::Repo, query.repos.clone()),
        ];
        all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }

    fn tier(&self, coverage: Coverage) -> u8 {
        coverage.tier(self.tiers)
    }

    /// What a row has of a filter.
    fn facet(&self, row: &OwnerRow, facet: Facet) -> &str {
        match facet {
            Facet::Namespace => self.text(row.namespace),
            Facet::Kind => self.text(row.kind),
            Facet::Tier => ["0", "1", "2", "3", "4"]
                .get(usize::from(self.tier(row.coverage)))
                .copied()
                .unwrap_or_default(),
            Facet::Repo => self.build(row).map_or("", |b| self.text(b.repo)),
        }
    }

    /// The choices that a filter offers, over all owners, sorted by value.
    pub fn choices(&self, facet: Facet) -> Vec<Choice> {
        let newest = (0..self.len()).filter_map(|owner| self.newest(owner));
        let values: Vec<&str> = newest.map(|row| self.facet(row, facet)).collect();
        let sorted = sorted_positions(values.len(), &mut |a, b| values.get(a).cmp(&values.get(b)));
        let mut choices: Vec<Choice> = Vec::new();
        for value in sorted.into_iter().filter_map(|i| values.get(i)) {
            match choices.last_mut() {
                Some(last) if last.value == *value => {
                    last.n_owners = last.n_owners.saturating_add(1);
                }
                _ => choices.push(Choice { value: (*value).to_owned(), n_owners: 1 }),
            }
        }
        choices
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
        for idx in of_owner.chain(row.containers.iter().copied()).chain(of_build) {
            add(shard.strings.get(idx));
        }
        if i == 0 && shard.strings.get(row.namespace) == "_host_" {
            add("host");
        }
    }
    lower.end_row();
}

#[cfg(test)]
mod tests;
