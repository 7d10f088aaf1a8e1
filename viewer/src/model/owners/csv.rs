//! The table as a file for spreadsheets and scripts.

use covatlas_shared::{
    codec::StrIdx,
    owners::{Build, OwnerRow},
    stats::Coverage,
};

use super::OwnerTable;
use crate::model::{csv::push_line, format};

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
        let build = self.build(row);
        let text = |idx| self.text(idx);
        let of_build = |f: fn(&Build) -> StrIdx| build.map_or("", |build| text(f(build)));
        let containers: Vec<&str> = row.containers.iter().map(|c| text(*c)).collect();
        let [pods, hosts] = [row.pods.len(), row.hosts.len()].map(|n| n.to_string());
        let numbers = [row.coverage, row.funcs]
            .map(|coverage| [coverage.statements().to_string(), coverage.covered().to_string()]);
        let [[statements, covered], [funcs, funcs_covered]] = &numbers;
        let seen = [row.first_seen, row.last_seen];
        let [first_seen, last_seen] = seen.map(|t| t.map(format::rfc3339).unwrap_or_default());
        let cells = [
            text(row.namespace),
            text(row.kind),
            text(row.name),
            text(row.evidence),
            text(row.binary),
            build.map_or("", |build| &build.hash),
            &containers.join(";"),
            &pods,
            &hosts,
            &row.processes.to_string(),
            statements,
            covered,
            &percent(row.coverage),
            funcs,
            funcs_covered,
            of_build(|build| build.repo),
            of_build(|build| build.commit),
            &first_seen,
            &last_seen,
        ];
        push_line(out, &cells);
    }
}

/// Percent as JSON has it: `66.67`, `50.0`, empty without statements.
fn percent(coverage: Coverage) -> String {
    let Some(hundredths) = coverage.hundredths() else { return String::new() };
    let (whole, tenth, rest) = (hundredths / 100, hundredths / 10 % 10, hundredths % 10);
    if rest == 0 { format!("{whole}.{tenth}") } else { format!("{whole}.{tenth}{rest}") }
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
