//! Everything that covatlas prints, and the exit status that goes with it.

#[cfg(feature = "s3")]
mod bar;

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

use crate::{
    args::{Color, Global, LogFormat},
    problems::{Problem, Problems, Severity, chain},
};

/// Exit status of a command that was called wrongly.
const EXIT_USAGE: u8 = 2;
/// Exit status of a finished command of which something was lost.
const EXIT_LOSS: u8 = 3;

/// Exit status of a gate that was not met.
const EXIT_GATE: u8 = 4;

/// Whether a bar was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It was.
    Met,
    /// It was not: exit status 4.
    Missed,
}

/// How a command ends.
#[derive(Debug)]
pub enum Outcome {
    /// A step of the pipeline with its summary.
    Step(Summary),
    /// A command that printed its data; the number of losses decides the exit status.
    Data {
        /// Things that could not be read.
        problems: Problems,
    },
    /// A command that printed a number and compared it with a bar.
    Gate(Gate),
}

/// An argument that the parser lets through but the command cannot use: exit status 2.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// A mistake in these words.
    pub fn new(mistake: String) -> Self {
        Self(mistake)
    }

    /// The mistake, in the words of its own error and of what caused it.
    pub fn of(mistake: &dyn std::error::Error) -> Self {
        Self(chain(mistake))
    }
}

/// What a step of the pipeline did.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// The command's name.
    pub command: &'static str,
    /// Items done.
    pub done: usize,
    /// Items that were already there.
    pub skipped: usize,
    /// Items that failed.
    pub failed: usize,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// Seconds it took.
    pub seconds: f64,
    /// The step's own counts.
    #[serde(flatten)]
    pub counts: Map<String, Value>,
    /// One sentence for people.
    #[serde(skip)]
    pub sentence: String,
}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub struct Ui {
    /// Data as JSON.
    pub json: bool,
    quiet: bool,
    keep_going: bool,
    color: bool,
    /// Whether stderr is for machines: then everything goes there as an event.
    events: bool,
    #[cfg(feature = "s3")]
    /// Whether somebody watches stderr, so that a line may move.
    bars: bool,
}

impl Ui {
    /// Sends what the library logs to stderr, as far as `-v` asks for it.
    pub fn start_logging(self, global: &Global) {
        let level = match global.verbose {
            _ if global.quiet => LevelFilter::ERROR,
            // What people read as a line of its own is an event of level INFO.
            0 if self.events => LevelFilter::INFO,
            0 => LevelFilter::WARN,
            1 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        // What the network's libraries log is about themselves.
        let own = io::stderr.with_filter(|event| event.target().starts_with("covatlas"));
        let logs = tracing_subscriber::fmt().with_max_level(level).with_writer(own);
        // A log that cannot be written must not end the work.
        let logs = logs.with_ansi(self.color).with_target(false).log_internal_errors(false);
        match global.log_format {
            LogFormat::Text => logs.without_time().init(),
            LogFormat::Json => logs.json().init(),
        }
    }

    /// The way that the flags ask for.
    pub fn new(global: &Global) -> Self {
        let is_set = |variable| std::env::var_os(variable).is_some();
        let is_watched = io::stderr().is_terminal() && !is_set("CI");
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_watched && !is_set("NO_COLOR"),
        };
        let Global { json, quiet, keep_going, .. } = *global;
        let events = global.log_format == LogFormat::Json;
        Self {
            json,
            quiet,
            keep_going,
            color,
            events,
            #[cfg(feature = "s3")]
            bars: is_watched && !events && !quiet,
        }
    }

    /// Prints what a command leaves and turns it into the exit status.
    pub fn finish(self, outcome: anyhow::Result<Outcome>) -> ExitCode {
        match outcome {
            Ok(Outcome::Step(summary)) => self.finish_step(&summary),
            Ok(Outcome::Data { problems }) => {
                let problems: Vec<Problem> = problems.into_iter().collect();
                self.print_problems(&problems);
                self.status(&problems)
            }
            Ok(Outcome::Gate(Gate::Met)) => ExitCode::SUCCESS,
            Ok(Outcome::Gate(Gate::Missed)) => ExitCode::from(EXIT_GATE),
            Err(err) if is_broken_pipe(&err) => ExitCode::SUCCESS,
            Err(err) => {
                self.print_error(&err);
                let is_usage = err.chain().any(<dyn std::error::Error>::is::<UsageError>);
                if is_usage { ExitCode::from(EXIT_USAGE) } else { ExitCode::FAILURE }
            }
        }
    }

    fn finish_step(self, summary: &Summary) -> ExitCode {
        let printed = if self.json { print_json(summary) } else { Ok(()) };
        self.print_problems(&summary.problems);
        self.say(summary.command, &summary.sentence);
        match printed.context("cannot print the summary") {
            Err(err) if !is_broken_pipe(&err) => {
                self.print_error(&err);
                ExitCode::FAILURE
            }
            _ => self.status(&summary.problems),
        }
    }

    fn status(self, problems: &[Problem]) -> ExitCode {
        let lost = problems.iter().any(|p| p.severity == Severity::Loss);
        if lost && !self.keep_going { ExitCode::from(EXIT_LOSS) } else { ExitCode::SUCCESS }
    }

    /// A line about what happened: the step in bold, then the sentence.
    pub fn say(self, step: &str, sentence: &str) {
        if self.quiet || sentence.is_empty() {
            return;
        }
        if self.events {
            tracing::info!(step, "{sentence}");
        } else {
            tell(&format!("{} {}", self.paint("1;32", &format!("{step:>13}")), indented(sentence)));
        }
    }

    /// Lists problems, losses first; notes only as far as they fit on a screen.
    pub fn print_problems(self, problems: &[Problem]) {
        const SHOWN: usize = 20;
        if self.events {
            for problem in problems {
                self.emit_problem(problem);
            }
            return;
        }
        let (losses, notes): (Vec<_>, Vec<_>) =
            problems.iter().partition(|p| p.severity == Severity::Loss);
        for problem in losses.iter().take(SHOWN) {
            print_problem(problem, &self.paint("1;31", "lost"));
        }
        if self.quiet {
            return;
        }
        for problem in notes.iter().take(SHOWN) {
            print_problem(problem, &self.paint("1;33", "note"));
        }
        for (kind, n) in [("losses", losses.len()), ("notes", notes.len())] {
            if n > SHOWN {
                tell(&format!("      … and {} more {kind}; --json lists all", n - SHOWN));
            }
        }
    }

    /// A problem as an event; losses also where only errors are wanted.
    fn emit_problem(self, problem: &Problem) {
        let Problem { severity, kind, item, place, cause, remedy } = problem;
        let severity = severity.to_string();
        if problem.severity == Severity::Loss && self.quiet {
            tracing::error!(severity, kind = &**kind, item, place, remedy, "{cause}");
        } else {
            tracing::warn!(severity, kind = &**kind, item, place, remedy, "{cause}");
        }
    }

    fn print_error(self, err: &anyhow::Error) {
        if self.events {
            let causes: Vec<String> = err.chain().skip(1).map(ToString::to_string).collect();
            tracing::error!(causes = causes.join(": "), "{err}");
            return;
        }
        tell(&format!("{}: {}", self.paint("1;31", "error"), indented(&err.to_string())));
        for cause in err.chain().skip(1) {
            tell(&format!("  caused by: {}", indented(&cause.to_string())));
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn print_problem(problem: &Problem, label: &str) {
    tell(&format!("{label}: {}: {}", indented(&problem.item), indented(&problem.cause)));
    if !problem.place.is_empty() && problem.place != problem.item {
        tell(&format!("      in {}", indented(&problem.place)));
    }
    if !problem.remedy.is_empty() {
        tell(&format!("      {}", indented(&problem.remedy)));
    }
}

/// Writes a line to stderr. Nobody may be there to read it, or the disk behind it may be full: the
/// work goes on, and its exit status tells.
fn tell(line: &str) {
    writeln!(io::stderr(), "{line}").ok();
}

fn print_json(summary: &Summary) -> io::Result<()> {
    let line = serde_json::to_string(summary)?;
    writeln!(io::stdout(), "{line}")
}

/// Whether the reader of stdout went away, which is no error of ours.
fn is_broken_pipe(err: &anyhow::Error) -> bool {
    err.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// A message as the terminal may get it: what follows a line break is indented, so that a name with
/// one does not look like a line of ours.
fn indented(message: &str) -> String {
    let lines: Vec<String> = message.trim_end().split('\n').map(printable).collect();
    lines.join("\n      ")
}

/// A text of one line. Names come from the cluster: control characters must not reach the terminal.
pub fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// Bytes as people read them: `812 B`, `1.2 MB`.
pub fn human_bytes(bytes: u64) -> String {
    let mut tenths = u128::from(bytes) * 10;
    for unit in ["B", "kB", "MB"] {
        if tenths < 10_000 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            };
        }
        tenths /= 1000;
    }
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_readable() {
        let texts = [0, 999, 1_000, 1_250_000, 8_400_000_000].map(human_bytes);
        assert_eq!(texts, ["0 B", "999 B", "1.0 kB", "1.2 MB", "8.4 GB"]);
    }

    #[test]
    fn escape_sequences_and_direction_marks_are_made_harmless() {
        assert_eq!(printable("pod\u{1b}[31m\u{202e}x"), "pod\u{fffd}[31m\u{fffd}x");
        assert_eq!(printable("pod\nx"), "pod\u{fffd}x");
        assert_eq!(indented("pod\nerror: x\u{1b}\n"), "pod\n      error: x\u{fffd}");
    }
}
