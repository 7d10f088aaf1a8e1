//! Runs of which only their numbers are left: what `trend --json` wrote.

use std::collections::{BTreeMap, btree_map::Entry};

use covatlas_shared::stats::Coverage;
use serde_json::{Map, Value};
use thiserror::Error;

use super::Snapshot;
use crate::{args::CompareBy, stats::side, timestamp::Timestamp};

/// A line that `trend --json` did not write.
#[derive(Debug, Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// From 1.
    line: usize,
    reason: String,
}

impl Snapshot {
    /// The runs in what `trend --json` wrote, by the things that each of `by` names.
    ///
    /// # Errors
    /// [`LineError`] of the first line that is none of it.
    pub fn read_lines(text: &str, by: &[CompareBy]) -> Result<Vec<Self>, LineError> {
        let mut runs: BTreeMap<String, Self> = BTreeMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let error = |reason: &str| LineError { line: at + 1, reason: reason.to_owned() };
            let row: Map<String, Value> =
                serde_json::from_str(line).map_err(|err| error(&err.to_string()))?;
            let name = row.get("collection").and_then(Value::as_str);
            let name = name.ok_or_else(|| error("it has no `collection`"))?;
            let time = match row.get("time") {
                None | Some(Value::Null) => None,
                Some(time) => Some(seconds(time).ok_or_else(|| error("`time` is no time"))?),
            };
            let number = |key: &str| row.get(key).and_then(Value::as_u64);
            let coverage = number("statements").zip(number("covered"));
            let coverage = coverage.and_then(|(all, ran)| Coverage::new(all, ran));
            let coverage =
                coverage.ok_or_else(|| error("`statements` and `covered` are no coverage"))?;
            let run = match runs.entry(name.to_owned()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let parts = vec![BTreeMap::new(); by.len()];
                    new.insert(Self { name: name.to_owned(), time, parts })
                }
            };
            let kind = by.iter().position(|by| is_of(&row, *by));
            if let Some((at, part)) = kind.and_then(|at| Some((at, run.parts.get_mut(at)?))) {
                let columns = by.get(at).map_or(&[][..], |by| side::columns(*by));
                let text = |name: &&str| row.get(*name).and_then(Value::as_str).map(str::to_owned);
                part.insert(columns.iter().filter_map(text).collect(), coverage);
            }
        }
        Ok(runs.into_values().collect())
    }
}

/// Whether a row stands for a thing of this kind: it has these columns and no others of them.
fn is_of(row: &Map<String, Value>, by: CompareBy) -> bool {
    let all = ["namespace", "owner_kind", "owner", "binary", "repo"];
    all.iter().all(|name| side::columns(by).contains(name) == row.contains_key(*name))
}

fn seconds(time: &Value) -> Option<i64> {
    Timestamp::from_rfc3339(time.as_str()?).ok().map(Timestamp::unix_seconds)
}
