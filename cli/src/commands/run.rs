//! `covatlas run`: the whole pipeline.

use std::time::Instant;

use anyhow::Context as _;

#[cfg(feature = "s3")]
use super::download;
use super::{
    clone_sources, compile, import, in_new_collection, open_to_write, refuse_newer, render,
};
use crate::{
    args::{self, Global, Input},
    collect::place::S3Place,
    collection::Collection,
    ui::{Outcome, Summary, Ui, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Run, ui: Ui) -> anyhow::Result<Outcome> {
    let input = input(args)?;
    if input.is_some() {
        return in_new_collection(global, |collection| {
            steps(global, collection, args, input.as_ref(), ui)
        });
    }
    let (collection, _lock) = open_to_write(global)?;
    steps(global, &collection, args, None, ui)
}

/// What the flags name, in either way.
#[cfg(feature = "s3")]
fn input(args: &args::Run) -> Result<Option<Input>, UsageError> {
    match (&args.input, &args.download.bucket) {
        (Some(_), Some(_)) => {
            let mistake = "two places to take reports from: give --bucket or the argument";
            Err(UsageError::new(mistake.to_owned()))
        }
        (Some(input), None) => Ok(Some(input.clone())),
        (None, Some(_)) => download::place(None, &args.download).map(|p| Some(Input::Bucket(p))),
        (None, None) => Ok(None),
    }
}

#[cfg(not(feature = "s3"))]
#[expect(clippy::unnecessary_wraps, reason = "with buckets the flags may contradict each other")]
fn input(args: &args::Run) -> Result<Option<Input>, UsageError> {
    Ok(args.input.clone())
}

fn steps(
    global: &Global,
    collection: &Collection,
    args: &args::Run,
    input: Option<&Input>,
    ui: Ui,
) -> anyhow::Result<Outcome> {
    let at_once = global.max_concurrency;
    let mut whole = Whole::new(ui);
    // What would stop a later step stops the first.
    refuse_newer(collection)?;
    render::output(collection, &args.render)?;
    match input {
        Some(Input::Folder(dir)) => {
            let dirs = std::slice::from_ref(dir);
            whole.add("import", || import::step(collection, dirs, &args.import))?;
        }
        Some(Input::Bucket(place)) => {
            whole.add("download", || fetch(global, collection, args, place, ui))?;
        }
        None => {}
    }
    whole.add("compile", || compile::step(collection, &args.compile, at_once))?;
    whole.add("clone-sources", || clone_sources::step(collection, &args.clone, at_once, ui))?;
    whole.add("render", || render::step(collection, &args.render))?;
    Ok(Outcome::Step(whole.end()))
}

#[cfg(feature = "s3")]
fn fetch(
    global: &Global,
    collection: &Collection,
    args: &args::Run,
    place: &S3Place,
    ui: Ui,
) -> anyhow::Result<Summary> {
    let download = download::Download {
        place,
        how: &args.download,
        cluster: args.import.cluster_name.as_deref(),
        labels: &args.import.label,
        connection: &args.connection,
        at_once: global.max_concurrency,
        existing: download::Existing::Compare,
        mode: download::Mode::Fetch,
    };
    download.step(collection, ui)
}

#[cfg(not(feature = "s3"))]
fn fetch(
    _: &Global,
    _: &Collection,
    _: &args::Run,
    place: &S3Place,
    _: Ui,
) -> anyhow::Result<Summary> {
    Err(UsageError::new(format!("cannot fetch from `{place}`: built without buckets")).into())
}

/// The steps so far as one.
struct Whole {
    summary: Summary,
    done: Vec<&'static str>,
    started: Instant,
    ui: Ui,
}

impl Whole {
    fn new(ui: Ui) -> Self {
        let summary = Summary { command: "run", ..Summary::default() };
        Self { summary, done: Vec::new(), started: Instant::now(), ui }
    }

    /// Does a step. When it fails, says what is done and what the same command does then.
    fn add(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> anyhow::Result<Summary>,
    ) -> anyhow::Result<()> {
        let step = step().with_context(|| failure(name, &self.done))?;
        self.ui.say(step.command, &step.sentence);
        let whole = &mut self.summary;
        whole.done += step.done;
        whole.skipped += step.skipped;
        whole.failed += step.failed;
        whole.counts.extend(step.counts);
        whole.problems.extend(step.problems);
        self.done.push(name);
        Ok(())
    }

    fn end(self) -> Summary {
        let seconds = (self.started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let sentence = format!("done in {seconds:.2} s");
        Summary { seconds, sentence, ..self.summary }
    }
}

fn failure(step: &str, done: &[&str]) -> String {
    match done {
        [] => format!("{step} failed, the first step: the same command begins with it again"),
        done => format!(
            "{step} failed; done are {}: the same command looks only for what is new there and \
             goes on with {step}",
            done.join(", "),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_is_done_and_what_comes_next() {
        insta::assert_snapshot!(failure("download", &[]), @"download failed, the first step: the same command begins with it again");
        insta::assert_snapshot!(failure("render", &["download", "compile"]), @"render failed; done are download, compile: the same command looks only for what is new there and goes on with render");
    }
}
