//! `covatlas inspect`.

use std::io::{self, BufWriter, Write as _};

use anyhow::Context as _;
use rayon::prelude::*;

use crate::{
    args,
    inspect::{DataDir, Inspected, Workshop, inspect_dir, inspect_file, problems, to_table, walk},
    ui::{Outcome, Ui},
};

/// A unit of work: what one thread reads.
enum Task {
    Dir(DataDir),
    File(Inspected),
}

pub(super) fn run(args: &args::Inspect, ui: Ui) -> anyhow::Result<Outcome> {
    let mut tasks = Vec::new();
    for path in &args.paths {
        let refused = || format!("cannot inspect {path}");
        let path = path.as_std_path();
        if fs_err::metadata(path).with_context(refused)?.is_dir() {
            let dirs = walk(path).with_context(refused)?;
            tasks.extend(dirs.into_iter().map(Task::Dir));
        } else {
            tasks.push(Task::File(inspect_file(path).with_context(refused)?));
        }
    }
    let workshop = Workshop::default();
    let inspected: Vec<Inspected> = tasks
        .into_par_iter()
        .map(|task| match task {
            Task::Dir(dir) => inspect_dir(&dir, &workshop),
            Task::File(done) => done,
        })
        .collect();
    print(&inspected, ui)?;
    Ok(Outcome::Data { problems: problems(&inspected) })
}

fn print(inspected: &[Inspected], ui: Ui) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (index, dir) in inspected.iter().enumerate() {
        if ui.json {
            for row in &dir.rows {
                writeln!(out, "{}", row.to_json()?)?;
            }
            continue;
        }
        if index > 0 {
            writeln!(out)?;
        }
        out.write_all(to_table(dir).as_bytes())?;
    }
    out.flush()?;
    Ok(())
}
