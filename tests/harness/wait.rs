//! Waiting for something to become true, with an end.

use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before a test gives up.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long to wait for what may have been missed, before it is tried again.
const SOON: Duration = Duration::from_secs(3);

/// Asks again and again for a few seconds; whether the answer was yes.
pub fn soon(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

/// Asks again and again until the answer is yes.
///
/// # Panics
/// When it is not in half a minute.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
