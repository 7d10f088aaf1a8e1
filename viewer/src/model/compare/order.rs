//! What is shown of a comparison, and in which order.

use covatlas_shared::{
    compare::{Delta, State},
    stats::Coverage,
};

use super::points;
use crate::route::{CompareQuery, SortBy};

/// What must have happened to a row or line that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// Anything.
    #[default]
    Changes,
    /// Statements of it run now and did not before.
    New,
    /// Statements of it ran before and do not now.
    Lost,
    /// Statements of it ran neither before nor now.
    Still,
    /// It is not the same code on both sides.
    Other,
}

/// A column that rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The name or path.
    Name,
    /// Percent before.
    Before,
    /// Percent now.
    After,
    /// What lies between both.
    Points,
    /// Statements that run now and did not.
    Gained,
    /// Statements that ran and do not now.
    Lost,
    /// Statements that never ran.
    Still,
}

impl Only {
    /// What this name in addresses stands for.
    pub fn of(name: &str) -> Self {
        match name {
            "new" => Self::New,
            "lost" => Self::Lost,
            "never" => Self::Still,
            "changed" => Self::Other,
            _ => Self::Changes,
        }
    }

    /// Whether something is shown.
    pub fn holds(self, delta: &Delta) -> bool {
        match self {
            Self::Changes => !delta.is_nothing(),
            Self::New => delta.gained > 0,
            Self::Lost => delta.lost > 0,
            Self::Still => delta.uncovered > 0,
            Self::Other => delta.state != State::Same,
        }
    }

    /// What rows are sorted by unless the reader chooses.
    fn order(self) -> SortBy {
        let column = match self {
            Self::New => Column::Gained,
            Self::Still => Column::Still,
            Self::Changes | Self::Lost | Self::Other => Column::Lost,
        };
        SortBy { column: column.name().to_owned(), descending: true }
    }
}

impl Column {
    /// All columns, as they stand in the table.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Before,
        Self::After,
        Self::Points,
        Self::Gained,
        Self::Lost,
        Self::Still,
    ];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Before => "before",
            Self::After => "after",
            Self::Points => "points",
            Self::Gained => "gained",
            Self::Lost => "lost",
            Self::Still => "never",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// A number that sorts as the rows do; larger ones first when they descend.
    pub(super) fn key(self, delta: &Delta) -> u64 {
        let percent = |coverage: Coverage| {
            coverage.hundredths().map_or(0, |n| u64::from(n).saturating_add(1))
        };
        match self {
            Self::Name => 0,
            Self::Before => percent(delta.before),
            Self::After => percent(delta.after),
            // From one hundred points less to one hundred more.
            Self::Points => points(delta).and_then(|n| u64::try_from(n + 10_001).ok()).unwrap_or(0),
            Self::Gained => delta.gained,
            Self::Lost => delta.lost,
            Self::Still => delta.uncovered,
        }
    }
}

/// The order of a query: column, and whether the largest come first.
pub fn order_of(query: &CompareQuery) -> (Column, bool) {
    let known = |sort: &SortBy| Some((Column::of(&sort.column)?, sort.descending));
    let usual = Only::of(&query.only).order();
    query.sort.first().and_then(known).or_else(|| known(&usual)).unwrap_or((Column::Lost, true))
}

/// What a click on the head of a column sorts by: turned around when it was sorted by it, else
/// numbers from the largest and names from the first.
pub fn clicked(query: &CompareQuery, column: Column) -> Vec<SortBy> {
    let (now, descending) = order_of(query);
    let descending = if now == column { !descending } else { column != Column::Name };
    let sort = SortBy { column: column.name().to_owned(), descending };
    if sort == Only::of(&query.only).order() { Vec::new() } else { vec![sort] }
}
