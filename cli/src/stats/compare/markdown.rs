//! A comparison to paste into a pull request.

use std::fmt::Write as _;

use covatlas_shared::stats::Coverage;
use serde_json::Value;

use super::{Change, Comparison, Line};

/// The totals, and a table of those lines that have a name; `n_more` lines are not in it.
pub fn markdown(comparison: &Comparison, lines: &[&Line], n_more: usize) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    summary(&comparison.total, &mut out).ok();
    table(lines, &mut out).ok();
    if n_more > 0 {
        writeln!(out, "\n… and {n_more} more").ok();
    }
    out
}

fn summary(total: &Change, out: &mut String) -> std::fmt::Result {
    let (before, after) = (total.before, total.after);
    writeln!(out, "**Coverage {} → {}** ({})\n", percent(before), percent(after), points(total))?;
    writeln!(
        out,
        "- {} of {} statements ran before, {} of {} now",
        before.covered(),
        before.statements(),
        after.covered(),
        after.statements()
    )?;
    let bold = if total.lost > 0 { "**" } else { "" };
    writeln!(
        out,
        "- {} gained, {bold}{} lost{bold}, {} still uncovered",
        total.gained, total.lost, total.uncovered
    )?;
    let not_compared = [
        (total.files_changed, "changed"),
        (total.files_added, "added"),
        (total.files_removed, "removed"),
    ];
    let parts = not_compared.iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, how)| format!("{n} {how}")).collect();
    if !parts.is_empty() {
        let files = parts.join(", ");
        writeln!(out, "- files: {} compared, {files}", total.files_same)?;
    }
    Ok(())
}

fn table(lines: &[&Line], out: &mut String) -> std::fmt::Result {
    let Some(first) = lines.iter().find(|line| line.key.keys().next().is_some()) else {
        return Ok(());
    };
    let names: Vec<&str> = first.key.keys().collect();
    writeln!(out, "\n| {} | before | now | change | gained | lost |", names.join(" | "))?;
    writeln!(out, "|{}---:|---:|---:|---:|---:|", "---|".repeat(names.len()))?;
    for Line { key, change } in lines {
        let cells: Vec<String> = key.values().map(cell).collect();
        let (before, after) = (percent(change.before), percent(change.after));
        writeln!(
            out,
            "| {} | {before} | {after} | {} | {} | {} |",
            cells.join(" | "),
            points(change),
            change.gained,
            change.lost
        )?;
    }
    Ok(())
}

/// Names come from the cluster: as code they are no markup and mention nobody.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => return String::new(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => return other.to_string(),
    };
    let harmless = |c: char| match c {
        '`' => "'".to_owned(),
        '|' => "\\|".to_owned(),
        c if c.is_control() => char::REPLACEMENT_CHARACTER.to_string(),
        c => c.to_string(),
    };
    let text: String = text.chars().map(harmless).collect();
    if text.is_empty() { text } else { format!("`{text}`") }
}

fn percent(coverage: Coverage) -> String {
    coverage.percent().map_or_else(|| "–".to_owned(), |percent| format!("{percent:.2} %"))
}

/// How many points of a percentage lie between both sides.
fn points(change: &Change) -> String {
    match change.before.hundredths().zip(change.after.hundredths()) {
        Some((before, after)) => {
            format!("{:+.2}", (f64::from(after) - f64::from(before)) / 100.0)
        }
        None => "–".to_owned(),
    }
}
