//! `covatlas compare`.

use std::io::Write as _;

use anyhow::Context as _;
use camino::Utf8Path;

use super::{counted, print_rows, selection};
use crate::{
    args::{self, CompareBy, Global},
    collection::Collection,
    db::Database,
    selection::Selection,
    sources::{ExactTexts, Repositories},
    stats::{Change, Comparer, Comparison, Data, Line, markdown},
    timestamp::{Since, Timestamp},
    ui::{Gate, Outcome, Ui, UsageError},
};

/// Lines of a table in a pull request, where a comment has a largest size.
const MARKDOWN_LINES: usize = 50;

pub(super) fn run(global: &Global, args: &args::Compare, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let compared = compared(global, args, &selection)?;
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

fn compared(
    global: &Global,
    args: &args::Compare,
    selection: &Selection,
) -> anyhow::Result<Comparison> {
    let collection = Collection::open(&global.collection)?;
    let db = Database::open(&collection.database())?;
    let after = Data::read(&db)?;
    match (&args.baseline, args.since) {
        (Some(dir), _) => {
            let (baseline, db) = open_baseline(dir)?;
            let before = Data::read(&db).context(NO_BASELINE)?;
            let texts = [&baseline, &collection].map(|c| ExactTexts(Repositories::new(c)));
            let [old, new] = &texts;
            Ok(Comparer::new(&before, &after, Some([old, new]), selection)?.compare(args.by))
        }
        (None, Some(since)) => {
            let before = Data::read(&db)?.until(&db, moment(since))?;
            Ok(Comparer::new(&before, &after, None, selection)?.compare(args.by))
        }
        (None, None) => {
            let mistake = "name a baseline, or a time with --since".to_owned();
            Err(UsageError::new(mistake).into())
        }
    }
}

/// What is said when it cannot be read.
pub(super) const NO_BASELINE: &str = "cannot read the baseline";

/// The collection of before and its database.
pub(super) fn open_baseline(dir: &Utf8Path) -> anyhow::Result<(Collection, Database)> {
    let open = || -> anyhow::Result<(Collection, Database)> {
        let collection = Collection::open(dir)?;
        let db = Database::open(&collection.database())?;
        Ok((collection, db))
    };
    open().context(NO_BASELINE)
}

/// A time in seconds since 1970 UTC.
pub(super) fn moment(since: Since) -> i64 {
    since.seen_from(super::now()).map_or(i64::MIN, Timestamp::unix_seconds)
}

fn sentence(compared: &Comparison, n_more: usize) -> String {
    let Change { gained, lost, uncovered, files_changed, files_aligned, files_removed, .. } =
        compared.total;
    let files_changed = files_changed.saturating_sub(files_aligned);
    let mut parts =
        vec![format!("{gained} statements gained, {lost} lost, {uncovered} still uncovered")];
    if files_aligned > 0 {
        let files = counted(usize::try_from(files_aligned).unwrap_or(usize::MAX), "file");
        parts.push(format!("{files} changed and compared where the text is the same"));
    }
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
