//! `covatlas run`: the whole pipeline.

use std::time::Instant;

use super::{clone_sources, compile, import, lock, render};
use crate::{
    args::{self, Global},
    collection::Collection,
    ui::{Outcome, Summary, Ui},
};

pub(super) fn run(global: &Global, args: &args::Run, ui: Ui) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let collection = match &args.input {
        Some(_) => Collection::create(&global.collection)?,
        None => Collection::open(&global.collection)?,
    };
    let _lock = lock(global, &collection)?;
    let mut whole = Summary { command: "run", ..Summary::default() };
    let mut add = |step: Summary| {
        ui.say(step.command, &step.sentence);
        whole.done += step.done;
        whole.skipped += step.skipped;
        whole.failed += step.failed;
        whole.counts.extend(step.counts);
        whole.problems.extend(step.problems);
    };
    if let Some(input) = &args.input {
        add(import::step(&collection, std::slice::from_ref(input), &args.import)?);
    }
    add(compile::step(&collection, &args.compile)?);
    add(clone_sources::step(&collection, &args.clone, global.max_concurrency)?);
    add(render::step(&collection, &args.render)?);
    whole.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    whole.sentence = format!("done in {:.2} s", whole.seconds);
    Ok(Outcome::Step(whole))
}
