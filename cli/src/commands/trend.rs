//! `covatlas trend`.

use std::io::{self, Write as _};

use anyhow::Context as _;
use camino::Utf8PathBuf;

use super::{print_rows, selection};
use crate::{
    args::{self, CompareBy},
    collection::Collection,
    db::Database,
    problems::Problems,
    selection::Selection,
    stats::{Data, Series, Snapshot, trend},
    ui::{Outcome, Ui, UsageError},
};

pub(super) fn run(args: &args::Trend, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let by: Vec<CompareBy> = args.by.iter().copied().map(CompareBy::from).collect();
    let lists = trend(snapshots(&args.collections, &by, &selection)?, &by, &selection)?;
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

/// What ran in each of these collections, and in those that `trend --json` wrote down.
pub(super) fn snapshots(
    paths: &[Utf8PathBuf],
    by: &[CompareBy],
    selection: &Selection,
) -> anyhow::Result<Vec<Snapshot>> {
    let read = |path| read(path, by, selection).with_context(|| format!("cannot read {path}"));
    let lists: Vec<Vec<Snapshot>> = paths.iter().map(read).collect::<Result<_, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

/// Only the numbers of one collection are held at a time.
fn read(
    path: &Utf8PathBuf,
    by: &[CompareBy],
    selection: &Selection,
) -> anyhow::Result<Vec<Snapshot>> {
    if path.is_file() {
        if !selection.is_empty() {
            let mistake = "a file of `trend --json` holds numbers that cannot be filtered: name the \
                           collection, or leave out --where and --hide";
            return Err(UsageError::new(mistake.to_owned()).into());
        }
        return Ok(Snapshot::read_lines(&fs_err::read_to_string(path)?, by)?);
    }
    let collection = Collection::open(path)?;
    let data = Data::read(&Database::open(&collection.database())?)?;
    Ok(vec![Snapshot::new(path.to_string(), &data, by, selection)?])
}
