//! The answers of the band above the table.

use covatlas_shared::{codec::StrIdx, stats::Coverage};

use super::{OwnerTable, sort::part};
use crate::model::sorting::{sort_positions, sorted_positions};

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
    let rows: Vec<_> = (0..table.len()).filter_map(|owner| table.newest(owner)).collect();
    let key = |i: usize| rows.get(i).map(|r| (r.namespace, r.build, r.coverage.uncovered()));
    let mut shares: Vec<(StrIdx, u64)> = Vec::new();
    let mut last = None;
    // Within a build the owner that left least uncovered comes first, and it alone counts.
    for i in sorted_positions(rows.len(), &mut |a, b| key(a).cmp(&key(b))) {
        let Some((namespace, build, uncovered)) = key(i) else { continue };
        if last != Some((namespace, build)) {
            match shares.last_mut() {
                Some((ns, sum)) if *ns == namespace => *sum = sum.saturating_add(uncovered),
                _ => shares.push((namespace, uncovered)),
            }
        }
        last = Some((namespace, build));
    }
    let share = |i: usize| {
        let (ns, uncovered) = shares.get(i).copied()?;
        Some(NamespaceShare { uncovered, namespace: table.text(ns).to_owned() })
    };
    let most_first = sorted_positions(shares.len(), &mut |a, b| {
        let (a, b) = (share(a), share(b));
        let most = b.as_ref().map(|s| s.uncovered).cmp(&a.as_ref().map(|s| s.uncovered));
        most.then_with(|| a.map(|s| s.namespace).cmp(&b.map(|s| s.namespace)))
    });
    most_first.into_iter().take(n).filter_map(share).collect()
}

/// Positions of the owners of which the smallest part ran, at most `n`; the larger owner first
/// where equal. Owners without statements are left out.
fn lowest(table: &OwnerTable, n: usize) -> Vec<usize> {
    let coverage = |owner| table.newest(owner).map_or(Coverage::default(), |row| row.coverage);
    let mut owners: Vec<usize> =
        (0..table.len()).filter(|owner| coverage(*owner).statements() > 0).collect();
    sort_positions(&mut owners, &mut |a, b| {
        let (a, b) = (coverage(a), coverage(b));
        part(a).cmp(&part(b)).then_with(|| b.statements().cmp(&a.statements()))
    });
    owners.truncate(n);
    owners
}
