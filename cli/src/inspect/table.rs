//! Rows as text for people.

use std::fmt::Write as _;

use covatlas_shared::stats::Coverage;

use super::Inspected;
use super::row::{DirRow, FileRow, Kind, Row};
use crate::ui::printable;

const HEADER: [&str; 7] = ["FILE", "KIND", "PACKAGES", "FUNCS", "UNITS", "STATEMENTS", "HASH"];

/// A directory as a headline and an aligned table of its files. Damaged files stand in the table
/// with their class; why they are refused is told with the problems.
pub fn to_table(inspected: &Inspected) -> String {
    let mut out = String::new();
    let dir = inspected.rows.iter().find_map(|row| match row {
        Row::Dir(dir) => Some(dir),
        _ => None,
    });
    if let Some(dir) = dir {
        out.push_str(&headline(dir, &inspected.rows));
        out.push('\n');
    }
    let indent = if dir.is_some() { "  " } else { "" };
    let is_meta = |row: &Row| matches!(row, Row::File(FileRow { kind: Kind::Meta, .. }));
    let (metas, others): (Vec<_>, Vec<_>) = inspected.rows.iter().partition(|row| is_meta(row));
    let files = metas.into_iter().chain(others).filter(|row| !matches!(row, Row::Dir(_)));
    let cells: Vec<[String; 7]> = files.map(|row| cells(row, dir.is_some())).collect();
    if cells.is_empty() {
        return out;
    }
    let cells: Vec<_> = [HEADER.map(str::to_owned)].into_iter().chain(cells).collect();
    let widths: [usize; 7] = std::array::from_fn(|column| {
        let of_row = |row: &[String; 7]| row.get(column).map_or(0, |cell| cell.chars().count());
        cells.iter().map(of_row).max().unwrap_or_default()
    });
    for row in &cells {
        let mut line = indent.to_owned();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let is_number = (2..6).contains(&column);
            let gap = if column == 0 { "" } else { "  " };
            // Writing to a string cannot fail.
            if is_number {
                write!(line, "{gap}{cell:>width$}")
            } else {
                write!(line, "{gap}{cell:<width$}")
            }
            .ok();
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn headline(dir: &DirRow, rows: &[Row]) -> String {
    let counters = |row: &&Row| matches!(row, Row::File(FileRow { kind: Kind::Counters, .. }));
    let n_counters = rows.iter().filter(counters).count();
    let path = printable(&dir.file);
    if dir.n_builds == 0 {
        let what = if n_counters == 0 { "no data" } else { "no usable meta file" };
        return format!("{path}: {what}");
    }
    let percent = Coverage::new(dir.statements, dir.covered).and_then(Coverage::hundredths);
    let percent = match percent {
        Some(h) => format!(
            "{}.{:02} %, {} of {} statements",
            h / 100,
            h % 100,
            dir.covered,
            dir.statements
        ),
        None => "no statements".to_owned(),
    };
    let builds = plural(dir.n_builds, "build");
    format!("{path}: {percent}, {builds}, {}", plural(n_counters, "counter file"))
}

fn plural(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

fn cells(row: &Row, in_dir: bool) -> [String; 7] {
    let path = row.path();
    let name = if in_dir { path.rsplit_once('/').map_or(path, |(_, name)| name) } else { path };
    let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let rest = match row {
        Row::File(file) => [
            kind(file),
            number(file.packages),
            number(file.funcs),
            number(file.units),
            number(file.statements),
            file.hash.clone().unwrap_or_else(|| "-".to_owned()),
        ],
        Row::Damage(damage) => {
            let dash = || "-".to_owned();
            [format!("! {}", damage.error.class), dash(), dash(), dash(), dash(), dash()]
        }
        Row::Dir(_) => Default::default(),
    };
    let [kind, packages, funcs, units, statements, hash] = rest;
    [printable(name), kind, packages, funcs, units, statements, hash]
}

fn kind(file: &FileRow) -> String {
    match (file.kind, file.mode) {
        (Kind::Meta, Some(mode)) => format!("meta, {mode}"),
        (Kind::Meta, None) => "meta".to_owned(),
        (Kind::Counters, _) => "counters".to_owned(),
        (Kind::Other | Kind::Directory, _) => "other".to_owned(),
    }
}
