//! Rows as an aligned table for people.

use serde_json::Value;

use super::Row;
use crate::ui::printable;

/// The widest that a text column becomes; longer texts are kept whole and push their line out.
const MAX_WIDTH: usize = 60;

/// The columns of a table of which every row was measured: texts left, numbers right.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    head: &'static str,
    width: usize,
    /// Whether all cells are numbers.
    is_number: bool,
}

impl Table {
    /// Makes room for a row; all rows have the same keys.
    pub fn measure(&mut self, row: &Row) {
        if self.columns.is_empty() {
            let column =
                |head: &'static str| Column { head, width: head.chars().count(), is_number: true };
            self.columns = row.keys().map(column).collect();
        }
        for (column, cell) in self.columns.iter_mut().zip(row.keys().zip(row.values()).map(cell)) {
            let (text, is_number) = cell;
            column.width = column.width.max(text.chars().count().min(MAX_WIDTH));
            column.is_number &= is_number;
        }
    }

    /// The line with the names of the columns, with its end; nothing when there was no row.
    pub fn head(&self) -> String {
        if self.columns.is_empty() {
            return String::new();
        }
        self.padded(self.columns.iter().map(|column| (column.head.to_owned(), column.is_number)))
    }

    /// The line of a row, with its end.
    pub fn line(&self, row: &Row) -> String {
        self.padded(row.keys().zip(row.values()).map(cell))
    }

    fn padded(&self, cells: impl Iterator<Item = (String, bool)>) -> String {
        let mut line = String::new();
        for ((text, right), Column { width, .. }) in cells.zip(&self.columns) {
            let padded =
                if right { format!("{text:>width$}  ") } else { format!("{text:<width$}  ") };
            line.push_str(&padded);
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

/// Columns of percentages and their differences.
const PERCENTAGES: [&str; 3] = ["percent", "first", "change"];

/// A value as text, and whether it is a number (or stands for one).
fn cell((key, value): (&'static str, &Value)) -> (String, bool) {
    match value {
        Value::Null => ("-".to_owned(), key == "line" || PERCENTAGES.contains(&key)),
        Value::Bool(value) => (if *value { "yes" } else { "no" }.to_owned(), false),
        Value::Number(n) if key == "change" => (format!("{:+.2}", n.as_f64().unwrap_or(0.0)), true),
        Value::Number(n) if PERCENTAGES.contains(&key) => {
            (format!("{:.2}", n.as_f64().unwrap_or(0.0)), true)
        }
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
