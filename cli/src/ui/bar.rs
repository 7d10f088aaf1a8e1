//! How far a transfer is: a bar on a terminal, a line now and then elsewhere.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, human_bytes};
use crate::meter::{Meter, Reading};

/// How often the bar moves.
const MOVE: Duration = Duration::from_millis(100);
/// How often there is a line where nobody watches.
const LINE: Duration = Duration::from_secs(10);

/// What a meter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    /// Objects whose sizes are known.
    Objects,
    /// Commits, of whose size nothing is known before they are there.
    Commits,
}

impl Ui {
    /// Moves objects and shows meanwhile what the meter reads.
    pub fn watching<T>(self, what: &str, meter: &Meter, work: impl FnOnce() -> T) -> T {
        self.watching_all(what, meter, Counts::Objects, work)
    }

    /// The same for commits.
    pub fn watching_commits<T>(self, what: &str, meter: &Meter, work: impl FnOnce() -> T) -> T {
        self.watching_all(what, meter, Counts::Commits, work)
    }

    fn watching_all<T>(
        self,
        what: &str,
        meter: &Meter,
        counts: Counts,
        work: impl FnOnce() -> T,
    ) -> T {
        if self.quiet {
            return work();
        }
        let (working, ended) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if self.bars {
                    self.draw(what, meter, counts, &ended);
                } else {
                    self.tell_of(what, meter, counts, &ended);
                }
            });
            let result = work();
            drop(working);
            result
        })
    }

    fn draw(self, what: &str, meter: &Meter, counts: Counts, ended: &Receiver<()>) {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        let filled = if self.color { "{bar:24.cyan/dim}" } else { "{bar:24}" };
        let numbers = match counts {
            Counts::Objects => {
                "{decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {msg}"
            }
            Counts::Commits => "{msg}",
        };
        let measured = ProgressStyle::with_template(&format!("{{prefix}} {filled} {numbers}"));
        if let Ok(looking) = ProgressStyle::with_template("{prefix} {msg}") {
            bar.set_style(looking);
        }
        let mut measured = measured.ok().map(|style| style.progress_chars("━━─"));
        bar.set_prefix(self.paint("1;32", &format!("{what:>13}")));
        let started = Instant::now();
        while ended.recv_timeout(MOVE) == Err(RecvTimeoutError::Timeout) {
            let now = meter.read();
            if let Some(style) = measured.take_if(|_| !is_looking(now)) {
                bar.set_style(style);
            }
            let (length, position) = match counts {
                Counts::Objects => (now.wanted_bytes, now.done_bytes),
                Counts::Commits => (now.wanted, now.done),
            };
            bar.set_length(length);
            bar.set_position(position);
            bar.set_message(match counts {
                Counts::Objects => format!("{}{}", objects(now), left(now, started.elapsed())),
                Counts::Commits => commits(now),
            });
        }
        bar.finish_and_clear();
    }

    fn tell_of(self, what: &str, meter: &Meter, counts: Counts, ended: &Receiver<()>) {
        let started = Instant::now();
        while ended.recv_timeout(LINE) == Err(RecvTimeoutError::Timeout) {
            let now = meter.read();
            let line = match counts {
                Counts::Objects => line(now, started.elapsed()),
                Counts::Commits => commits(now),
            };
            self.say(what, &line);
        }
    }
}

fn line(now: Reading, spent: Duration) -> String {
    if is_looking(now) {
        return objects(now);
    }
    format!(
        "{}, {} of {}, {}/s{}",
        objects(now),
        human_bytes(now.done_bytes),
        human_bytes(now.wanted_bytes),
        human_bytes(rate(now, spent)),
        left(now, spent),
    )
}

fn commits(now: Reading) -> String {
    format!("{} of {} commits, {}", now.done, now.wanted, human_bytes(now.done_bytes))
}

/// Whether it is not known yet what there is to do.
fn is_looking(now: Reading) -> bool {
    now.wanted == 0 && !now.is_listed
}

fn objects(now: Reading) -> String {
    if is_looking(now) {
        return format!("looking at what is there, {} objects so far", now.listed);
    }
    let listing = if now.is_listed { "" } else { " so far" };
    format!("{} of {} objects{listing}", now.done, now.wanted)
}

fn rate(now: Reading, spent: Duration) -> u64 {
    let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX).max(1);
    now.done_bytes.saturating_mul(1000) / millis
}

/// How long it will take, once all is listed and some of it is done.
fn left(now: Reading, spent: Duration) -> String {
    let bytes = now.wanted_bytes.saturating_sub(now.done_bytes);
    match bytes.checked_div(rate(now, spent)) {
        Some(seconds) if now.is_listed => {
            format!(", {} left", HumanDuration(Duration::from_secs(seconds)))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let meter = Meter::default();
        meter.add_wanted(3 << 20);
        meter.add_wanted(9 << 20);
        meter.add_done(3 << 20);
        let spent = Duration::from_secs(3);
        insta::assert_snapshot!(line(meter.read(), spent), @"1 of 2 objects so far, 3.1 MB of 12.5 MB, 1.0 MB/s");
        meter.end_listing();
        insta::assert_snapshot!(line(meter.read(), spent), @"1 of 2 objects, 3.1 MB of 12.5 MB, 1.0 MB/s, 9 seconds left");
        insta::assert_snapshot!(line(Meter::default().read(), Duration::ZERO), @"looking at what is there, 0 objects so far");
    }
}
