//! `covatlas stats`.

use std::cmp::Ordering;

use serde_json::Value;

use super::{open_database, print_rows, selection};
use crate::{
    args::{self, Global},
    problems::Problems,
    stats::{Data, Row, StatsError, query},
    ui::{Outcome, Ui, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Stats, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let data = Data::read(&open_database(global)?)?;
    let mut rows = query(&data, args.by, &selection)?;
    if let Some(column) = &args.sort {
        sort(&mut rows, column).map_err(|err| UsageError::of(&err))?;
    }
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    print_rows(&rows, ui)?;
    Ok(Outcome::Data { problems: Problems::default() })
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
