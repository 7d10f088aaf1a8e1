//! `covatlas stats`.

use std::{cmp::Ordering, ops::ControlFlow};

use serde_json::Value;

use super::{RowPrinter, open_database, print_rows, selection};
use crate::{
    args::{self, Global},
    problems::Problems,
    stats::{Data, Row, StatsError, Table, each_row},
    ui::{Outcome, Ui, UsageError},
};

/// The most rows of a table that are kept while its columns are measured.
const MAX_KEPT: usize = 10_000;

pub(super) fn run(global: &Global, args: &args::Stats, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let data = Data::read(&open_database(global)?)?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let each = |visit: &mut dyn FnMut(Row) -> ControlFlow<()>| {
        let mut n = 0;
        each_row(&data, args.by, &selection, &mut |row| {
            n += 1;
            if n > limit { ControlFlow::Break(()) } else { visit(row) }
        })
    };
    match &args.sort {
        Some(column) => {
            let mut first = First::new(column, limit);
            each_row(&data, args.by, &selection, &mut |row| first.take(row))?;
            print_rows(&first.rows().map_err(|err| UsageError::of(&err))?, ui)?;
        }
        None if ui.json => print_each(each, RowPrinter::json())?,
        None => print_table(each)?,
    }
    Ok(Outcome::Data { problems: Problems::default() })
}

/// Something that calls a visitor with one row after another.
type Visitor<'v> = &'v mut dyn FnMut(Row) -> ControlFlow<()>;

/// Prints rows as they come; the first one that cannot be printed is the last.
fn print_each(
    each: impl Fn(Visitor<'_>) -> Result<(), StatsError>,
    mut out: RowPrinter,
) -> anyhow::Result<()> {
    let mut printed = Ok(());
    each(&mut |row| {
        printed = out.print(&row);
        if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    printed?;
    Ok(out.finish()?)
}

/// Prints rows as a table. Its columns are known when all rows were seen: so many rows that they are
/// not kept are computed twice.
fn print_table(each: impl Fn(Visitor<'_>) -> Result<(), StatsError>) -> anyhow::Result<()> {
    let (mut table, mut kept, mut n) = (Table::default(), Vec::new(), 0);
    each(&mut |row| {
        table.measure(&row);
        n += 1;
        if n <= MAX_KEPT {
            kept.push(row);
        }
        ControlFlow::Continue(())
    })?;
    let mut out = RowPrinter::table(table)?;
    if n > MAX_KEPT {
        return print_each(each, out);
    }
    kept.iter().try_for_each(|row| out.print(row))?;
    Ok(out.finish()?)
}

/// The first rows by a column, of many.
struct First<'a> {
    column: &'a str,
    limit: usize,
    rows: Vec<Row>,
    failed: Option<StatsError>,
}

impl<'a> First<'a> {
    fn new(column: &'a str, limit: usize) -> Self {
        Self { column, limit, rows: Vec::new(), failed: None }
    }

    fn take(&mut self, row: Row) -> ControlFlow<()> {
        self.rows.push(row);
        // Sorting now and then keeps few without costing much.
        if self.rows.len() / 2 > self.limit.max(1_000) {
            self.sort();
        }
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn sort(&mut self) {
        self.failed = sort(&mut self.rows, self.column).err();
        self.rows.truncate(self.limit);
    }

    fn rows(mut self) -> Result<Vec<Row>, StatsError> {
        self.sort();
        self.failed.map_or(Ok(self.rows), Err)
    }
}

/// Sorts by a column; equal rows keep their order.
fn sort(rows: &mut [Row], column: &str) -> Result<(), StatsError> {
    let (name, reversed) = column.strip_prefix('-').map_or((column, false), |name| (name, true));
    let known: Vec<&str> = rows.first().into_iter().flat_map(Row::keys).collect();
    if !known.contains(&name) {
        return Err(StatsError::NoColumn { column: name.to_owned(), known: known.join(", ") });
    }
    rows.sort_by(|a, b| {
        let order = compare(a.get(name), b.get(name));
        if reversed { order.reverse() } else { order }
    });
    Ok(())
}

/// Numbers as numbers, texts as texts; null before both.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let number = |v: Option<&Value>| v.and_then(Value::as_f64);
    match (number(a), number(b)) {
        (None, None) => {
            let text = |v: Option<&Value>| {
                v.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            };
            text(a).cmp(&text(b))
        }
        (a, b) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
    }
}
