//! Own and everyone's coverage side by side, and how rows of them are ordered.

use std::cmp::Ordering;

use covatlas_shared::stats::Coverage;

use crate::route::{Counts, SortBy};

/// What ran of something: here, and by everyone with the build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// What this owner ran.
    pub own: Coverage,
    /// What anyone ran.
    pub all: Coverage,
    /// Who has it, where builds are counted.
    pub reach: Reach,
}

/// How many have something and how many ran it: of a repository's file, over all builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Builds that have it.
    pub builds: u32,
    /// Owners that ran anything of it.
    pub owners: u32,
}

impl Stat {
    /// `all` of which the owner covered `own` statements; `None` where there is no owner.
    ///
    /// More covered statements than there are count as all.
    pub fn new(all: Coverage, own: Option<u32>) -> Self {
        let covered = own.map_or(all.covered(), u64::from).min(all.statements());
        let own = Coverage::new(all.statements(), covered).unwrap_or_default();
        Self { own, all, reach: Reach::default() }
    }

    /// The numbers by the counts that a page shows: anywhere, what anyone ran counts as ran here.
    #[must_use]
    pub fn by(self, counts: Counts) -> Self {
        match counts {
            Counts::Here => self,
            Counts::Anywhere => Self { own: self.all, ..self },
        }
    }

    /// The sum of what ran; who reaches both together is not known from the numbers.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (own, all) = (self.own.plus(other.own), self.all.plus(other.all));
        Self { own, all, reach: Reach::default() }
    }
}

/// A column of the tables of files and funcs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The path or the name.
    Name,
    /// Percent that ran here.
    Here,
    /// Percent that ran anywhere.
    Anywhere,
    /// Statements.
    Statements,
    /// Statements that never ran here.
    Uncovered,
    /// Builds that have it.
    Builds,
    /// Owners that ran anything of it.
    Owners,
}

impl Column {
    /// All columns, as they stand from left to right.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Here,
        Self::Anywhere,
        Self::Statements,
        Self::Uncovered,
        Self::Builds,
        Self::Owners,
    ];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Here => "here",
            Self::Anywhere => "anywhere",
            Self::Statements => "statements",
            Self::Uncovered => "uncovered",
            Self::Builds => "builds",
            Self::Owners => "owners",
        }
    }

    /// The column with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// The order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::Uncovered, descending: true }
    }
}

impl Order {
    /// The order that an address asks for.
    pub fn of(sort: &[SortBy]) -> Self {
        let first = sort.first().and_then(|s| Some((Column::from_name(&s.column)?, s.descending)));
        first.map_or_else(Self::default, |(column, descending)| Self { column, descending })
    }

    /// The order for an address; empty for the default.
    pub fn sort(self) -> Vec<SortBy> {
        if self == Self::default() {
            return Vec::new();
        }
        vec![SortBy { column: self.column.name().to_owned(), descending: self.descending }]
    }

    /// The order in words, for people who do not see the arrow.
    pub fn in_words(self) -> String {
        let column = match self.column {
            Column::Name => {
                return if self.descending { "from z to a" } else { "from a to z" }.to_owned();
            }
            Column::Here => "ran here",
            Column::Anywhere => "ran anywhere",
            Column::Statements => "statements",
            Column::Uncovered => "uncovered",
            Column::Builds => "builds",
            Column::Owners => "owners",
        };
        format!("{} {column} first", if self.descending { "most" } else { "least" })
    }

    /// The order after a click on the head of `column`: turned around when it was sorted by it,
    /// else numbers from the largest and names from the first.
    #[must_use]
    pub fn click(self, column: Column) -> Self {
        let is_sorted = self.column == column;
        let descending = if is_sorted { !self.descending } else { column != Column::Name };
        Self { column, descending }
    }

    /// A number for a row that sorts as its numbers do in this order, equal ones apart; the name is
    /// not in it. Rows without statements have no percent and come last either way.
    pub fn key(self, stat: &Stat) -> u64 {
        let known = match self.column {
            Column::Name => None,
            Column::Here => stat.own.hundredths().map(u64::from),
            Column::Anywhere => stat.all.hundredths().map(u64::from),
            Column::Statements => Some(stat.all.statements()),
            Column::Uncovered => Some(stat.own.uncovered()),
            Column::Builds => Some(stat.reach.builds.into()),
            Column::Owners => Some(stat.reach.owners.into()),
        };
        match known {
            None => u64::MAX,
            Some(number) if self.descending => (u64::MAX - 1).saturating_sub(number),
            Some(number) => number,
        }
    }

    /// Compares two rows by their numbers; equal ones by uncovered statements, most first. Rows
    /// without statements have no percent and come last either way.
    pub fn compare(self, a: &Stat, b: &Stat) -> Ordering {
        let uncovered = || b.own.uncovered().cmp(&a.own.uncovered());
        self.key(a).cmp(&self.key(b)).then_with(uncovered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(statements: u64, own: u64) -> Stat {
        let own = Coverage::new(statements, own).unwrap();
        Stat { own, all: own, reach: Reach::default() }
    }

    #[test]
    fn rows_without_statements_come_last_either_way() {
        for descending in [false, true] {
            let order = Order { column: Column::Here, descending };
            assert_eq!(order.compare(&stat(0, 0), &stat(4, 0)), Ordering::Greater);
            assert_eq!(order.compare(&stat(4, 4), &stat(0, 0)), Ordering::Less);
        }
    }

    #[test]
    fn equal_rows_keep_uncovered_first() {
        let order = Order { column: Column::Here, descending: false };
        assert_eq!(order.compare(&stat(4, 2), &stat(8, 4)), Ordering::Greater);
    }

    #[test]
    fn numbers_sort_as_numbers_both_ways() {
        let rows = [stat(4, 0), stat(4, 4), stat(8, 4), stat(9, 1)];
        let sorted = |column, descending| {
            let mut rows = rows.to_vec();
            rows.sort_by(|a, b| Order { column, descending }.compare(a, b));
            rows.iter().map(|r| (r.all.statements(), r.own.covered())).collect::<Vec<_>>()
        };
        assert_eq!(sorted(Column::Here, false), [(4, 0), (9, 1), (8, 4), (4, 4)]);
        assert_eq!(sorted(Column::Anywhere, true), [(4, 4), (8, 4), (9, 1), (4, 0)]);
        assert_eq!(sorted(Column::Statements, true), [(9, 1), (8, 4), (4, 0), (4, 4)]);
        assert_eq!(sorted(Column::Uncovered, false), [(4, 4), (4, 0), (8, 4), (9, 1)]);
    }

    #[test]
    fn a_click_turns_the_order_around() {
        let order = Order::default().click(Column::Uncovered);
        assert_eq!(order, Order { column: Column::Uncovered, descending: false });
        assert_eq!(order.click(Column::Uncovered), Order::default());
        assert!(!Order::default().click(Column::Name).descending);
        assert!(Order { column: Column::Name, descending: false }.click(Column::Here).descending);
    }

    #[test]
    fn more_covered_than_statements_counts_as_all() {
        let all = Coverage::new(4, 2).unwrap();
        assert_eq!(Stat::new(all, Some(9)).own.covered(), 4);
        assert_eq!(Stat::new(all, None).own, all);
    }
}
