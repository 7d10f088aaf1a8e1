//! `covatlas check`.

use std::io::Write as _;

use super::{open_database, selection};
use crate::{
    args::{self, Global},
    stats::{Data, check, coverage},
    ui::{Gate, Outcome, Ui},
};

pub(super) fn run(global: &Global, args: &args::Check, ui: Ui) -> anyhow::Result<Outcome> {
    let selection = selection(&args.filter, &args.hide, ui)?;
    let data = Data::read(&open_database(global)?)?;
    let coverage = coverage(&data, &selection)?;
    let bar = args.fail_under;
    let (gate, word) =
        if bar.is_met(coverage) { (Gate::Met, "met") } else { (Gate::Missed, "not met") };
    let mut out = std::io::stdout().lock();
    if ui.json {
        writeln!(out, "{}", serde_json::to_string(&check(coverage, bar))?)?;
    } else {
        let (covered, statements) = (coverage.covered(), coverage.statements());
        let percent = coverage.percent().unwrap_or(0.0);
        writeln!(
            out,
            "{percent:.2} % ({covered} of {statements} statements ran), bar {bar} %: {word}"
        )?;
    }
    out.flush()?;
    Ok(Outcome::Gate(gate))
}
