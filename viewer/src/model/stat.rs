//! Own and everyone's coverage side by side, and how rows of them are ordered.

use std::cmp::Ordering;

use covatlas_shared::stats::Coverage;

/// What ran of something: here, and by everyone with the build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// What this owner ran.
    pub own: Coverage,
    /// What anyone ran.
    pub all: Coverage,
}

impl Stat {
    /// `all` of which the owner covered `own` statements; `None` where there is no owner.
    ///
    /// More covered statements than there are count as all.
    pub fn new(all: Coverage, own: Option<u32>) -> Self {
        let covered = own.map_or(all.covered(), u64::from).min(all.statements());
        Self { own: Coverage::new(all.statements(), covered).unwrap_or_default(), all }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { own: self.own.plus(other.own), all: self.all.plus(other.all) }
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
}

impl Column {
    /// All columns, as they stand from left to right.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Here, Self::Anywhere, Self::Statements, Self::Uncovered];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Here => "here",
            Self::Anywhere => "anywhere",
            Self::Statements => "statements",
            Self::Uncovered => "uncovered",
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
        let turn = |o: Ordering| if self.descending { o.reverse() } else { o };
        let first = match self.column {
            Column::Name => Ordering::Equal,
            Column::Here => percent(a.own, b.own, turn),
            Column::Anywhere => percent(a.all, b.all, turn),
            Column::Statements => turn(a.all.statements().cmp(&b.all.statements())),
            Column::Uncovered => turn(a.own.uncovered().cmp(&b.own.uncovered())),
        };
        first.then_with(|| b.own.uncovered().cmp(&a.own.uncovered()))
    }
}

fn percent(a: Coverage, b: Coverage, turn: impl Fn(Ordering) -> Ordering) -> Ordering {
    match (a.hundredths(), b.hundredths()) {
        (Some(a), Some(b)) => turn(a.cmp(&b)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(statements: u64, own: u64) -> Stat {
        let own = Coverage::new(statements, own).unwrap();
        Stat { own, all: own }
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
    fn keys_sort_as_rows_compare() {
        let stats = [stat(0, 0), stat(4, 0), stat(4, 4), stat(8, 4), stat(9, 1)];
        for column in Column::ALL.into_iter().filter(|c| *c != Column::Name) {
            for descending in [false, true] {
                let order = Order { column, descending };
                for (a, b) in stats.iter().flat_map(|a| stats.iter().map(move |b| (a, b))) {
                    let by_key = order.key(a).cmp(&order.key(b));
                    let uncovered = b.own.uncovered().cmp(&a.own.uncovered());
                    assert_eq!(
                        by_key.then(uncovered),
                        order.compare(a, b),
                        "{order:?} {a:?} {b:?}"
                    );
                }
            }
        }
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
