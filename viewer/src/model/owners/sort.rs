//! The order of the table.

use covatlas_shared::{codec::StrIdx, owners::OwnerRow, stats::Coverage};

use super::{OwnerTable, Trend};
use crate::{
    model::sorting::{sort_by_keys, sorted_positions},
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
    /// What changed since the run before; owners that were not in it last.
    Trend,
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
    pub const ALL: [Self; 11] = [
        Self::Namespace,
        Self::Owner,
        Self::Container,
        Self::Binary,
        Self::Commit,
        Self::Coverage,
        Self::Trend,
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
            Self::Trend => "Trend",
        }
    }

    /// Whether it holds numbers, which are sorted largest first at the first click.
    pub fn is_number(self) -> bool {
        let numbers = [Self::Coverage, Self::Statements, Self::Uncovered, Self::Pods, Self::Seen];
        numbers.contains(&self)
    }

    /// The direction of the first click: what fell most is more urgent than what rose most.
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
    /// All owners, sorted; stable.
    pub fn sorted(&self, order: &Order) -> Vec<usize> {
        let mut sorted = (0..self.len()).collect();
        for (column, direction) in order.iter().rev() {
            sort_by_keys(&mut sorted, &self.keys(*column, *direction));
        }
        sorted
    }

    /// A number for each owner that sorts as its column does in that direction. What is unknown
    /// stands last in both directions.
    fn keys(&self, column: Column, direction: Direction) -> Vec<u64> {
        let key = |owner| {
            let known = self.newest(owner).and_then(|row| self.key(row, column));
            match (known, direction) {
                (None, _) => u64::MAX,
                (Some(key), Direction::Ascending) => key,
                (Some(key), Direction::Descending) => (u64::MAX - 1).saturating_sub(key),
            }
        };
        (0..self.len()).map(key).collect()
    }

    fn key(&self, row: &OwnerRow, column: Column) -> Option<u64> {
        let text = |idx: StrIdx| (idx != 0).then(|| u64::from(self.rank(idx)));
        match column {
            Column::Namespace => text(row.namespace),
            Column::Owner => text(row.name),
            Column::Container => text(*row.containers.first()?),
            Column::Binary => text(row.binary),
            Column::Commit => text(self.build(row)?.commit),
            Column::Coverage => part(row.coverage),
            Column::Statements => Some(row.coverage.statements()),
            Column::Uncovered => Some(row.coverage.uncovered()),
            Column::Pods => u64::try_from(row.pods.len()).ok(),
            Column::Trend => {
                let change = Trend::of(row)?.change?;
                u64::try_from(change.saturating_add(10_000)).ok()
            }
            // Shifts the times before 1970 below the others.
            Column::Seen => row.last_seen.map(|t| t.cast_unsigned() ^ (1 << 63)),
        }
    }

    /// The place of a string of the shard in their alphabetical order.
    pub(super) fn rank(&self, idx: StrIdx) -> u32 {
        let ranks = self.ranks.get_or_init(|| self.rank_strings());
        usize::try_from(idx).ok().and_then(|i| ranks.get(i)).copied().unwrap_or(u32::MAX)
    }

    /// The place of each string of the shard in their alphabetical order, so that sorting compares
    /// numbers.
    fn rank_strings(&self) -> Vec<u32> {
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

/// The part that ran, in units of 2^-40; `None` without statements.
pub(super) fn part(coverage: Coverage) -> Option<u64> {
    let (covered, statements) = (coverage.covered(), coverage.statements());
    if covered < 1 << 24 {
        // All real numbers; the way below takes many times as long.
        return (covered << 40).checked_div(statements);
    }
    let ran = u128::from(covered) << 40;
    u64::try_from(ran.checked_div(u128::from(statements))?).ok()
}
