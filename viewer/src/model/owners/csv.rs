//! The table as a file for spreadsheets and scripts.

use covatlas_shared::{codec::StrIdx, owners::OwnerRow, stats::Coverage};

use super::OwnerTable;
use crate::model::{csv::push_text, format};

/// The columns: the keys of `stats --by owner --json`.
const COLUMNS: &str = "namespace,owner_kind,owner,evidence,binary,build,containers,pods,hosts,\
    processes,statements,covered,percent,funcs,funcs_covered,repo,commit,first_seen,last_seen";

impl OwnerTable {
    /// The newest builds of owners as CSV (RFC 4180): a line of names, then a line for each owner, in
    /// the order given. What is unknown is empty; containers stand behind one another with `;`.
    ///
    /// A name that a spreadsheet would take for a formula gets an apostrophe before it.
    pub fn csv(&self, owners: &[usize]) -> String {
        let mut out = format!("{COLUMNS}\r\n");
        for row in owners.iter().filter_map(|owner| self.newest(*owner)) {
            self.csv_line(row, &mut out);
        }
        out
    }

    fn csv_line(&self, row: &OwnerRow, out: &mut String) {
        let text = |out: &mut String, text: &str| {
            push_text(out, text);
            out.push(',');
        };
        let number = |out: &mut String, n: u64| {
            out.push_str(&n.to_string());
            out.push(',');
        };
        let build = self.build(row);
        for idx in [row.namespace, row.kind, row.name, row.evidence, row.binary] {
            text(out, self.text(idx));
        }
        text(out, build.map_or("", |build| &build.hash));
        let containers: Vec<&str> = row.containers.iter().map(|c: &StrIdx| self.text(*c)).collect();
        text(out, &containers.join(";"));
        number(out, length(row.pods.len()));
        number(out, length(row.hosts.len()));
        number(out, row.processes.into());
        number(out, row.coverage.statements());
        number(out, row.coverage.covered());
        text(out, &percent(row.coverage));
        number(out, row.funcs.statements());
        number(out, row.funcs.covered());
        text(out, build.map_or("", |build| self.text(build.repo)));
        text(out, build.map_or("", |build| self.text(build.commit)));
        text(out, &row.first_seen.map(format::rfc3339).unwrap_or_default());
        out.push_str(&row.last_seen.map(format::rfc3339).unwrap_or_default());
        out.push_str("\r\n");
    }
}

/// Percent as JSON has it: `66.67`, `50.0`, empty without statements.
fn percent(coverage: Coverage) -> String {
    let Some(hundredths) = coverage.hundredths() else { return String::new() };
    let (whole, tenth, rest) = (hundredths / 100, hundredths / 10 % 10, hundredths % 10);
    if rest == 0 { format!("{whole}.{tenth}") } else { format!("{whole}.{tenth}{rest}") }
}

fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_those_of_json() {
        let percent = |covered, all| percent(Coverage::new(all, covered).unwrap());
        let texts = [percent(2, 3), percent(1, 2), percent(1, 8), percent(0, 9), percent(9, 9)];
        assert_eq!(texts, ["66.67", "50.0", "12.5", "0.0", "100.0"]);
        assert_eq!(percent(0, 0), "");
    }
}
