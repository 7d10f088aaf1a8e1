//! `covatlas run`: the whole pipeline.

use std::time::Instant;

use super::{
    clone_sources, compile, import, in_new_collection, open_to_write, refuse_newer, render,
};
use crate::{
    args::{self, Global},
    collection::Collection,
    ui::{Outcome, Summary, Ui},
};

pub(super) fn run(global: &Global, args: &args::Run, ui: Ui) -> anyhow::Result<Outcome> {
    if args.input.is_some() {
        return in_new_collection(global, |collection| steps(global, collection, args, ui));
    }
    let (collection, _lock) = open_to_write(global)?;
    steps(global, &collection, args, ui)
}

fn steps(
    global: &Global,
    collection: &Collection,
    args: &args::Run,
    ui: Ui,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    // What would stop a later step stops the first.
    refuse_newer(collection)?;
    render::output(collection, &args.render)?;
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
        add(import::step(collection, std::slice::from_ref(input), &args.import)?);
    }
    add(compile::step(collection, &args.compile, global.max_concurrency)?);
    add(clone_sources::step(collection, &args.clone, global.max_concurrency)?);
    add(render::step(collection, &args.render)?);
    whole.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    whole.sentence = format!("done in {:.2} s", whole.seconds);
    Ok(Outcome::Step(whole))
}
