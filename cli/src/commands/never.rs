//! `covatlas never`.

use super::{open_database, print_rows, selection};
use crate::{
    args::{self, Global},
    problems::Problems,
    stats::{Data, never},
    ui::{Outcome, Ui},
};

pub(super) fn run(global: &Global, args: &args::Never, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let data = Data::read(&open_database(global)?)?;
    let mut rows = never(&data, &selection)?;
    let n_all = rows.len();
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    print_rows(&rows, ui)?;
    if !ui.json {
        ui.say("never", &sentence(n_all, rows.len()));
    }
    Ok(Outcome::Data { problems: Problems::default() })
}

fn sentence(n_all: usize, n_shown: usize) -> String {
    match n_all {
        0 => "every func was entered".to_owned(),
        1 => "1 func was never entered".to_owned(),
        _ if n_shown < n_all => format!("{n_all} funcs were never entered, {n_shown} are shown"),
        _ => format!("{n_all} funcs were never entered"),
    }
}
