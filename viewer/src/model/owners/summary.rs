//! The answers of the band above the table.

use std::collections::BTreeMap;

use super::{OwnerTable, sort::compare_coverage};

/// What the band says of the owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// How many owners there are in each tier, 0 (no statements) to 4.
    pub tiers: [u64; 5],
    /// The namespaces with the most statements that never ran.
    pub namespaces: Vec<NamespaceShare>,
    /// Positions of the owners of which the smallest part ran.
    pub lowest: Vec<usize>,
}

impl Answers {
    /// The answers for a table, three names each.
    pub fn of(table: &OwnerTable) -> Self {
        let (namespaces, lowest) = (by_namespace(table, 3), lowest(table, 3));
        Self { tiers: tier_counts(table), namespaces, lowest }
    }
}

/// What never ran in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceShare {
    /// The namespace.
    pub namespace: String,
    /// Statements that never ran, each build counted once.
    pub uncovered: u64,
}

/// How many owners there are in each tier, 0 (no statements) to 4.
fn tier_counts(table: &OwnerTable) -> [u64; 5] {
    let mut counts = [0_u64; 5];
    for row in (0..table.len()).filter_map(|owner| table.newest(owner)) {
        if let Some(n) = counts.get_mut(usize::from(table.tier(row.coverage))) {
            *n = n.saturating_add(1);
        }
    }
    counts
}

/// The namespaces with the most statements that never ran, at most `n`.
///
/// Owners of a namespace that share a build share its statements, so each build counts once, with
/// the owner that ran most of it. What two owners ran together is not in this shard; the real
/// number can only be smaller.
fn by_namespace(table: &OwnerTable, n: usize) -> Vec<NamespaceShare> {
    let mut builds = BTreeMap::<(u32, u32), u64>::new();
    for row in (0..table.len()).filter_map(|owner| table.newest(owner)) {
        let uncovered = row.coverage.uncovered();
        let least = builds.entry((row.namespace, row.build)).or_insert(uncovered);
        *least = uncovered.min(*least);
    }
    let mut namespaces = BTreeMap::<u32, u64>::new();
    for ((namespace, _), uncovered) in builds {
        let sum = namespaces.entry(namespace).or_default();
        *sum = sum.saturating_add(uncovered);
    }
    let mut shares: Vec<NamespaceShare> = namespaces
        .into_iter()
        .map(|(ns, uncovered)| NamespaceShare { namespace: table.text(ns).to_owned(), uncovered })
        .collect();
    shares
        .sort_by(|a, b| b.uncovered.cmp(&a.uncovered).then_with(|| a.namespace.cmp(&b.namespace)));
    shares.truncate(n);
    shares
}

/// Positions of the owners of which the smallest part ran, at most `n`; the larger owner first
/// where equal. Owners without statements are left out.
fn lowest(table: &OwnerTable, n: usize) -> Vec<usize> {
    let mut owners: Vec<_> = (0..table.len())
        .filter_map(|owner| Some((owner, table.newest(owner)?.coverage)))
        .filter(|(_, coverage)| coverage.statements() > 0)
        .collect();
    owners.sort_by(|(_, a), (_, b)| {
        compare_coverage(*a, *b).then_with(|| b.statements().cmp(&a.statements()))
    });
    owners.into_iter().take(n).map(|(owner, _)| owner).collect()
}
