//! The order of the table.

use std::{cell::OnceCell, cmp::Ordering};

use covatlas_shared::{owners::OwnerRow, stats::Coverage};

use super::OwnerTable;
use crate::{
    model::sorting::{sort_positions, sorted_positions},
    route::SortBy,
};

/// A column that the table can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The namespace.
    Namespace,
    /// The owner's name.
    Owner,
    /// The first container.
    Container,
    /// The binary.
    Binary,
    /// The commit of the newest build.
    Commit,
    /// The part of the statements that ran; owners without statements last.
    Coverage,
    /// Statements.
    Statements,
    /// Statements that never ran.
    Uncovered,
    /// Pods.
    Pods,
    /// When the last data was written.
    Seen,
}

/// An order: columns, most important first. Owners that are equal in all of them stay in the order
/// of the shard.
pub type Order = Vec<(Column, Direction)>;

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Column {
    /// All columns, as they stand in the table.
    pub const ALL: [Self; 10] = [
        Self::Namespace,
        Self::Owner,
        Self::Container,
        Self::Binary,
        Self::Commit,
        Self::Coverage,
        Self::Statements,
        Self::Uncovered,
        Self::Pods,
        Self::Seen,
    ];

    /// The heading, and in lower case the name in addresses.
    pub fn title(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Owner => "Owner",
            Self::Container => "Container",
            Self::Binary => "Binary",
            Self::Commit => "Commit",
            Self::Coverage => "Coverage",
            Self::Statements => "Statements",
            Self::Uncovered => "Uncovered",
            Self::Pods => "Pods",
            Self::Seen => "Seen",
        }
    }

    /// Whether it holds numbers, which are sorted largest first at the first click.
    pub fn is_number(self) -> bool {
        let numbers = [Self::Coverage, Self::Statements, Self::Uncovered, Self::Pods, Self::Seen];
        numbers.contains(&self)
    }

    fn first_direction(self) -> Direction {
        if self.is_number() { Direction::Descending } else { Direction::Ascending }
    }
}

impl Direction {
    fn flipped(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The order that an address asks for: at most two columns, the default when it names none.
pub fn order(sort: &[SortBy]) -> Order {
    let column = |by: &SortBy| {
        let column =
            Column::ALL.into_iter().find(|c| c.title().to_ascii_lowercase() == by.column)?;
        let direction = if by.descending { Direction::Descending } else { Direction::Ascending };
        Some((column, direction))
    };
    let order: Order = sort.iter().filter_map(column).take(2).collect();
    if order.is_empty() { default_order() } else { order }
}

fn default_order() -> Order {
    [Column::Uncovered, Column::Namespace].map(|c| (c, c.first_direction())).to_vec()
}

/// The order after a click on a heading, as it stands in the address: the clicked column leads, or
/// turns round when it led already; the one that led is the second. Empty for the default order.
pub fn toggled(order: &Order, clicked: Column) -> Vec<SortBy> {
    let led = order.first().copied();
    let next: Order = match led {
        Some((column, direction)) if column == clicked => {
            let rest = order.iter().skip(1).copied();
            std::iter::once((column, direction.flipped())).chain(rest).collect()
        }
        _ => std::iter::once((clicked, clicked.first_direction())).chain(led).collect(),
    };
    if next == default_order() {
        return Vec::new();
    }
    let by = |(column, direction): &(Column, Direction)| SortBy {
        column: column.title().to_ascii_lowercase(),
        descending: *direction == Direction::Descending,
    };
    next.iter().map(by).collect()
}

impl OwnerTable {
    /// Sorts positions of owners; stable.
    pub fn sort(&self, owners: &mut [usize], order: &Order) {
        let ranks = OnceCell::new();
        sort_positions(owners, &mut |a, b| {
            let (Some(a), Some(b)) = (self.newest(a), self.newest(b)) else {
                return Ordering::Equal;
            };
            let by_column = |(column, direction): &(Column, Direction)| {
                self.compare(*column, *direction, [a, b], &ranks)
            };
            order.iter().map(by_column).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
    }

    fn compare(
        &self,
        column: Column,
        direction: Direction,
        [a, b]: [&OwnerRow; 2],
        ranks: &OnceCell<Vec<u32>>,
    ) -> Ordering {
        let turned = |ordering: Ordering| match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        };
        let rank = |idx: u32| {
            let ranks = ranks.get_or_init(|| self.ranks());
            usize::try_from(idx).ok().and_then(|i| ranks.get(i)).copied().unwrap_or(0)
        };
        // What is unknown stands last in both directions.
        let text = |a: u32, b: u32| {
            let known = self.text(a).is_empty().cmp(&self.text(b).is_empty());
            known.then_with(|| turned(rank(a).cmp(&rank(b))))
        };
        let first = |row: &OwnerRow| row.containers.first().copied().unwrap_or(0);
        let commit = |row: &OwnerRow| self.build(row).map_or(0, |b| b.commit);
        match column {
            Column::Namespace => text(a.namespace, b.namespace),
            Column::Owner => text(a.name, b.name),
            Column::Container => text(first(a), first(b)),
            Column::Binary => text(a.binary, b.binary),
            Column::Commit => text(commit(a), commit(b)),
            Column::Coverage => {
                let known = (a.coverage.statements() == 0).cmp(&(b.coverage.statements() == 0));
                known.then_with(|| turned(compare_coverage(a.coverage, b.coverage)))
            }
            Column::Statements => turned(a.coverage.statements().cmp(&b.coverage.statements())),
            Column::Uncovered => turned(a.coverage.uncovered().cmp(&b.coverage.uncovered())),
            Column::Pods => turned(a.pods.len().cmp(&b.pods.len())),
            Column::Seen => {
                let known = a.last_seen.is_none().cmp(&b.last_seen.is_none());
                known.then_with(|| turned(a.last_seen.cmp(&b.last_seen)))
            }
        }
    }

    /// The place of each string of the shard in their alphabetical order, so that sorting compares
    /// numbers.
    fn ranks(&self) -> Vec<u32> {
        let strings = &self.shard.strings;
        let texts: Vec<String> = (0..strings.len())
            .map(|i| strings.get(u32::try_from(i).unwrap_or(0)).to_ascii_lowercase())
            .collect();
        let by_text = sorted_positions(texts.len(), &mut |a, b| texts.get(a).cmp(&texts.get(b)));
        let mut ranks = vec![0; strings.len()];
        for (rank, idx) in by_text.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(idx) {
                *slot = u32::try_from(rank).unwrap_or(u32::MAX);
            }
        }
        ranks
    }
}

/// Compares the parts that ran, exactly; of nothing, nothing ran.
pub(super) fn compare_coverage(a: Coverage, b: Coverage) -> Ordering {
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    product(a.covered(), b.statements().max(1)).cmp(&product(b.covered(), a.statements().max(1)))
}
