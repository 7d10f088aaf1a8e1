//! Rows as an aligned table for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::Row;
use crate::ui::printable;

/// The widest that a text column becomes; longer texts are kept whole and push their line out.
const MAX_WIDTH: usize = 60;

/// Rows as aligned columns under their names: texts left, numbers right.
pub fn to_table(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let heads: Vec<&str> = first.keys().collect();
    let cells: Vec<Vec<(String, bool)>> =
        rows.iter().map(|row| row.keys().zip(row.values()).map(cell).collect()).collect();
    let width = |column: usize| {
        let cells = cells.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|(text, _)| text.chars().count().min(MAX_WIDTH)).max();
        widest.unwrap_or(0).max(heads.get(column).map_or(0, |h| h.chars().count()))
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let is_number = |column: usize| cells.iter().all(|r| r.get(column).is_none_or(|c| c.1));
    let heads = heads.iter().enumerate().map(|(i, h)| ((*h).to_owned(), is_number(i))).collect();
    let mut out = String::new();
    for row in std::iter::once(&heads).chain(&cells) {
        let mut line = String::new();
        for ((text, right), width) in row.iter().zip(&widths) {
            let padded =
                if *right { format!("{text:>width$}  ") } else { format!("{text:<width$}  ") };
            line.push_str(&padded);
        }
        // Writing to a string cannot fail.
        writeln!(out, "{}", line.trim_end()).ok();
    }
    out
}

/// A value as text, and whether it is a number (or stands for one).
fn cell((key, value): (&'static str, &Value)) -> (String, bool) {
    match value {
        Value::Null => ("-".to_owned(), matches!(key, "percent" | "line")),
        Value::Bool(value) => (if *value { "yes" } else { "no" }.to_owned(), false),
        Value::Number(n) if key == "percent" => (format!("{:.2}", n.as_f64().unwrap_or(0.0)), true),
        Value::Number(n) => (n.to_string(), true),
        Value::String(text) if key == "build" => (text.chars().take(8).collect(), false),
        Value::String(text) => (printable(text), false),
        Value::Array(list) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            (printable(&texts.join(",")), false)
        }
        Value::Object(_) => (value.to_string(), false),
    }
}
