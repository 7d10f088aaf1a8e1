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

impl Ui {
    /// Does some work and shows meanwhile what the meter reads.
    pub fn watching<T>(self, what: &str, meter: &Meter, work: impl FnOnce() -> T) -> T {
        if self.quiet {
            return work();
        }
        let (working, ended) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if self.bars {
                    self.draw(what, meter, &ended);
                } else {
                    self.tell_of(what, meter, &ended);
                }
            });
            let result = work();
            drop(working);
            result
        })
    }

    fn draw(self, what: &str, meter: &Meter, ended: &Receiver<()>) {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        let filled = if self.color { "{bar:24.cyan/dim}" } else { "{bar:24}" };
        let style = format!(
            "{{prefix}} {filled} {{decimal_bytes}}/{{decimal_total_bytes}} {{decimal_bytes_per_sec}} {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&style) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.set_prefix(self.paint("1;32", &format!("{what:>13}")));
        let started = Instant::now();
        while ended.recv_timeout(MOVE) == Err(RecvTimeoutError::Timeout) {
            let now = meter.read();
            bar.set_length(now.wanted_bytes);
            bar.set_position(now.done_bytes);
            bar.set_message(format!("{}{}", objects(now), left(now, started.elapsed())));
        }
        bar.finish_and_clear();
    }

    fn tell_of(self, what: &str, meter: &Meter, ended: &Receiver<()>) {
        let started = Instant::now();
        while ended.recv_timeout(LINE) == Err(RecvTimeoutError::Timeout) {
            self.say(what, &line(meter.read(), started.elapsed()));
        }
    }
}

fn line(now: Reading, spent: Duration) -> String {
    format!(
        "{}, {} of {}, {}/s{}",
        objects(now),
        human_bytes(now.done_bytes),
        human_bytes(now.wanted_bytes),
        human_bytes(rate(now, spent)),
        left(now, spent),
    )
}

fn objects(now: Reading) -> String {
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
        insta::assert_snapshot!(line(Meter::default().read(), Duration::ZERO), @"0 of 0 objects so far, 0 B of 0 B, 0 B/s");
    }
}
