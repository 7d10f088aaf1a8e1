//! `covatlas who`.

use super::print_rows;
use crate::{
    args::{self, Global},
    collection::Collection,
    db::Database,
    problems::Problems,
    sources::Repositories,
    stats::who,
    ui::{Outcome, Ui},
};

pub(super) fn run(global: &Global, args: &args::Who, ui: Ui) -> anyhow::Result<Outcome> {
    let collection = Collection::open(&global.collection)?;
    let db = Database::open(&collection.database())?;
    let answer = who(&db, &Repositories::new(&collection), &args.place)?;
    print_rows(&answer.rows, ui)?;
    let found = match answer.rows.len() {
        _ if !answer.has_code => "there is no code on this line".to_owned(),
        0 => "nobody ran this line".to_owned(),
        1 => "one owner's build ran this line".to_owned(),
        n => format!("{n} owners' builds ran this line"),
    };
    ui.say("who", &format!("{}:{}: {found}", answer.path, args.place.line));
    Ok(Outcome::Data { problems: Problems::default() })
}
