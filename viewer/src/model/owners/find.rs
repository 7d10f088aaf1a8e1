//! Links are made of names: what a name stands for, and what is nearest to one that is gone.

use covatlas_shared::owners::OwnerRow;

use super::OwnerTable;
use crate::{model::sorting::sorted_positions, route::OwnerRef};

/// The rows of an owner, newest build first; `None` when the site has no such owner.
///
/// A name without a cluster means the first cluster that has it.
pub fn find<'a>(table: &'a OwnerTable, owner: &OwnerRef) -> Option<&'a [OwnerRow]> {
    let is_it = |row: &OwnerRow| {
        table.text(row.name) == owner.name
            && table.text(row.namespace) == owner.namespace
            && table.text(row.kind) == owner.kind
            && table.text(row.binary) == owner.binary
            && (owner.cluster.is_empty() || table.text(row.cluster) == owner.cluster)
    };
    let found = (0..table.len()).find(|idx| table.newest(*idx).is_some_and(is_it))?;
    Some(table.rows(found))
}

/// Positions of the owners whose names are nearest to `owner`, nearest first, at most `n`; none
/// that has little in common with it.
pub fn nearest(table: &OwnerTable, owner: &OwnerRef, n: usize) -> Vec<usize> {
    let far = |idx| table.newest(idx).and_then(|row| distance_to(table, row, owner));
    let distances: Vec<usize> =
        (0..table.len()).map(|idx| far(idx).unwrap_or(usize::MAX)).collect();
    let mut near =
        sorted_positions(distances.len(), &mut |a, b| distances.get(a).cmp(&distances.get(b)));
    near.retain(|idx| distances.get(*idx).is_some_and(|far| *far < usize::MAX));
    near.truncate(n);
    near
}

/// Names count more than where they are: things move more often than they are renamed. `None` for
/// an owner that is not near: more than a third of its name differs, and it is not the same binary
/// in the same namespace.
fn distance_to(table: &OwnerTable, row: &OwnerRow, owner: &OwnerRef) -> Option<usize> {
    let name = distance(table.text(row.name), &owner.name);
    let binary = distance(table.text(row.binary), &owner.binary);
    let namespace = distance(table.text(row.namespace), &owner.namespace);
    let other_kind = usize::from(table.text(row.kind) != owner.kind);
    let is_near = name <= owner.name.len().div_ceil(3) || (binary == 0 && namespace == 0);
    let all = [name, name, name, binary, namespace, other_kind];
    is_near.then(|| all.into_iter().sum())
}

/// How many characters must be put in, left out or changed to turn `a` into `b`; looks at the first
/// 80 characters of each.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|s| s.chars().take(80).collect::<Vec<_>>());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn edits_are_counted() {
        let pairs = [("", ""), ("abc", ""), ("", "ab"), ("kitten", "sitting"), ("flaw", "lawn")];
        assert_eq!(pairs.map(|(a, b)| distance(a, b)), [0, 3, 2, 3, 2]);
    }
}
