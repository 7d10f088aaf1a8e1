//! Rows of `stats` as one file.

use std::io::{self, Write};

use serde_json::Value;

use crate::stats::Row;

/// Keys of a row by func that are not those of its file.
const FUNC_KEYS: [&str; 5] = ["func", "line", "statements", "covered", "percent"];

/// Writes rows as CSV (RFC 4180): a line of names, then one line a row; null is empty.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<&str> = rows.first().into_iter().flat_map(Row::keys).collect();
    write!(out, "{}\r\n", names.join(","))?;
    for row in rows {
        let cells: Vec<String> = row.values().map(cell).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains([',', '"', '\r', '\n']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Writes the rows of files (`stats --by file`) as a JSON array, one object a line, each with the
/// rows of its funcs (`stats --by func`) in `funcs`. Both lists must be of one selection.
///
/// # Errors
/// When `out` fails.
pub fn write_json(files: &[Row], funcs: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut funcs = funcs.iter().peekable();
    out.write_all(b"[")?;
    for (at, file) in files.iter().enumerate() {
        let mut own: Vec<Row> = Vec::new();
        while let Some(func) = funcs.next_if(|func| is_of(func, file)) {
            own.push(func.only(&FUNC_KEYS));
        }
        let row = file.clone().with("funcs", serde_json::to_value(own)?);
        let separator = if at == 0 { "\n" } else { ",\n" };
        write!(out, "{separator}{}", serde_json::to_string(&row)?)?;
    }
    out.write_all(b"\n]\n")
}

/// Whether a func is one of a file of the same owner and build.
fn is_of(func: &Row, file: &Row) -> bool {
    let is_same = |key: &str| func.get(key) == file.get(key);
    ["namespace", "owner_kind", "owner", "binary", "build", "path"].into_iter().all(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, more: &[(&'static str, Value)]) -> Row {
        let row = Row::default().with("build", "b").with("path", path);
        more.iter().fold(row, |row, (key, value)| row.with(key, value.clone()))
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = [row("a,\"b\"\n.go", &[("percent", 66.67.into()), ("commit", Value::Null)])];
        let mut out = Vec::new();
        write_csv(&rows, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "build,path,percent,commit\r\nb,\"a,\"\"b\"\"\n.go\",66.67,\r\n");
    }

    #[test]
    fn funcs_stand_in_their_files_also_where_a_file_has_none() {
        let files = ["a.go", "b.go", "c.go"].map(|path| row(path, &[("statements", 9.into())]));
        let func = |path, name: &str| {
            row(path, &[("func", name.into()), ("line", 4.into()), ("statements", 1.into())])
        };
        let funcs = [func("a.go", "F"), func("a.go", "G"), func("c.go", "H")];
        let mut out = Vec::new();
        write_json(&files, &funcs, &mut out).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        let names = |at: usize| value[at]["funcs"].as_array().unwrap().len();
        assert_eq!([names(0), names(1), names(2)], [2, 0, 1]);
        assert_eq!(value[0]["funcs"][1].to_string(), r#"{"func":"G","line":4,"statements":1}"#);
    }
}
