//! `covatlas trend`.

use std::io::{self, Write as _};

use anyhow::Context as _;
use camino::Utf8Path;

use super::{print_rows, selection};
use crate::{
    args::{self, CompareBy},
    collection::Collection,
    db::Database,
    problems::Problems,
    selection::Selection,
    stats::{Data, Series, Snapshot, trend},
    ui::{Outcome, Ui},
};

pub(super) fn run(args: &args::Trend, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let by: Vec<CompareBy> = args.by.iter().copied().map(CompareBy::from).collect();
    let read = |dir| read(dir, &by, &selection).with_context(|| format!("cannot read {dir}"));
    let snapshots = args.collections.iter().map(|dir| read(dir));
    let lists = trend(snapshots.collect::<Result<_, _>>()?, &by, &selection)?;
    let limit = args.limit.unwrap_or(usize::MAX);
    for (at, series) in lists.iter().enumerate() {
        let shown = series.iter().take(limit);
        if ui.json {
            print_rows(&shown.flat_map(Series::rows).collect::<Vec<_>>(), ui)?;
        } else {
            if at > 0 && !series.is_empty() {
                writeln!(io::stdout())?;
            }
            print_rows(&shown.map(Series::summary).collect::<Vec<_>>(), ui)?;
        }
    }
    Ok(Outcome::Data { problems: Problems::default() })
}

/// Only the numbers of one collection are held at a time.
fn read(dir: &Utf8Path, by: &[CompareBy], selection: &Selection) -> anyhow::Result<Snapshot> {
    let collection = Collection::open(dir)?;
    let data = Data::read(&Database::open(&collection.database())?)?;
    Ok(Snapshot::new(dir.to_string(), &data, by, selection)?)
}
