//! `covatlas compare`.

use std::io::Write as _;

use anyhow::Context as _;
use camino::Utf8Path;

use super::{counted, open_database, print_rows, selection};
use crate::{
    args::{self, CompareBy, Global},
    collection::Collection,
    db::Database,
    stats::{Change, Comparison, Data, Line, compare, markdown},
    timestamp::Timestamp,
    ui::{Gate, Outcome, Ui, UsageError},
};

/// Lines of a table in a pull request, where a comment has a largest size.
const MARKDOWN_LINES: usize = 50;

pub(super) fn run(global: &Global, args: &args::Compare, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let db = open_database(global)?;
    let after = Data::read(&db)?;
    let before = match (&args.baseline, args.since) {
        (Some(baseline), _) => read_baseline(baseline)?,
        (None, Some(since)) => {
            let time = since.seen_from(super::now()).map_or(i64::MIN, Timestamp::unix_seconds);
            Data::read(&db)?.until(&db, time)?
        }
        (None, None) => {
            let mistake = "name a baseline, or a time with --since".to_owned();
            return Err(UsageError::new(mistake).into());
        }
    };
    let compared = compare(&before, &after, args.by, &selection)?;
    let is_shown =
        |line: &&Line| args.all || args.by == CompareBy::Collection || !line.change.is_nothing();
    let lines: Vec<&Line> = compared.lines.iter().filter(is_shown).collect();
    let limit = args.limit.unwrap_or(if args.markdown { MARKDOWN_LINES } else { usize::MAX });
    let shown = lines.get(..limit.min(lines.len())).unwrap_or_default();
    let n_more = lines.len() - shown.len();
    if args.markdown {
        let mut out = std::io::stdout().lock();
        out.write_all(markdown(&compared, shown, n_more).as_bytes())?;
        out.flush()?;
    } else {
        let rows: Vec<_> = shown.iter().map(|line| line.row(args.by)).collect();
        print_rows(&rows, ui)?;
    }
    if !ui.json {
        ui.say("compare", &sentence(&compared, n_more));
    }
    let has_loss = args.fail_on_loss && compared.lost() > 0;
    Ok(Outcome::Gate(if has_loss { Gate::Missed } else { Gate::Met }))
}

fn read_baseline(dir: &Utf8Path) -> anyhow::Result<Data> {
    let read = || -> anyhow::Result<Data> {
        let collection = Collection::open(dir)?;
        Ok(Data::read(&Database::open(&collection.database())?)?)
    };
    read().context("cannot read the baseline")
}

fn sentence(compared: &Comparison, n_more: usize) -> String {
    let Change { gained, lost, uncovered, files_changed, files_removed, .. } = compared.total;
    let mut parts =
        vec![format!("{gained} statements gained, {lost} lost, {uncovered} still uncovered")];
    if files_changed > 0 {
        let files = counted(usize::try_from(files_changed).unwrap_or(usize::MAX), "file");
        parts.push(format!("{files} changed and not compared"));
    }
    if files_removed > 0 {
        let files = counted(usize::try_from(files_removed).unwrap_or(usize::MAX), "file");
        parts.push(format!("{files} no longer there"));
    }
    if n_more > 0 {
        parts.push(format!("{} more", counted(n_more, "line")));
    }
    parts.join("; ")
}
