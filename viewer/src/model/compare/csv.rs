//! The list as a file for spreadsheets and scripts.

use covatlas_shared::compare::FileDelta;

use super::{CompareList, Level, Place, is_compared};
use crate::model::csv::push_line;

impl CompareList {
    /// Rows as CSV (RFC 4180): a line of names, which are those of `compare --json`, then a line for
    /// each row, in the order given. What is not known is empty.
    pub fn csv(&self, rows: &[usize]) -> String {
        let key = match self.level {
            Level::Owners => "namespace,owner_kind,owner,binary",
            Level::Files => "path,repo_path,state",
            Level::Funcs => "path,repo_path,func,line,state",
        };
        let mut out = format!(
            "{key},statements_before,covered_before,statements,covered,gained,lost,uncovered,kept\r\n"
        );
        for place in rows.iter().filter_map(|at| self.rows.get(*at)) {
            let delta = self.delta(*place);
            let mut cells = self.key_cells(*place);
            if self.level != Level::Owners {
                cells.push(delta.state.name().to_owned());
            }
            for side in [delta.before, delta.after] {
                cells.extend([side.statements().to_string(), side.covered().to_string()]);
            }
            let is_known = is_compared(&delta);
            let numbers = [delta.gained, delta.lost, delta.uncovered, delta.kept];
            cells.extend(numbers.map(|n| if is_known { n.to_string() } else { String::new() }));
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            push_line(&mut out, &cells);
        }
        out
    }

    fn key_cells(&self, (shard, at): Place) -> Vec<String> {
        let Some(shard) = self.shards.get(shard) else { return Vec::new() };
        let text = |idx| shard.strings.get(idx).to_owned();
        let of_file = |file: &FileDelta| vec![shard.path(file), text(file.repo_path)];
        match self.level {
            Level::Owners => shard.owners.get(at).map(|owner| {
                [owner.namespace, owner.kind, owner.name, owner.binary].map(text).to_vec()
            }),
            Level::Files => shard.files.get(at).map(of_file),
            Level::Funcs => shard.funcs.get(at).and_then(|func| {
                let mut cells = of_file(shard.files.get(usize::try_from(func.file).ok()?)?);
                cells.extend([text(func.name), func.line.to_string()]);
                Some(cells)
            }),
        }
        .unwrap_or_default()
    }
}
