//! Asking again: once for everything, with growing and random pauses.

use std::time::Duration;

use super::S3Error;

/// How often a request is made when the server is reached but busy, or a body is cut.
const BUSY_ATTEMPTS: u32 = 9;
/// How often a request is made when the server cannot be reached at all: people wait for that.
const UNREACHABLE_ATTEMPTS: u32 = 4;
/// The first pause; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often a request was made so far.
#[derive(Debug, Default)]
pub(super) struct Retry {
    failures: u32,
}

impl Retry {
    /// Waits after a failure until the request may be made again.
    ///
    /// # Errors
    /// The failure itself, when it is for good or the request was made often enough.
    pub(super) async fn after(&mut self, err: S3Error) -> Result<(), S3Error> {
        self.failures = self.failures.saturating_add(1);
        let attempts = match err {
            S3Error::Unreachable { .. } => UNREACHABLE_ATTEMPTS,
            _ => BUSY_ATTEMPTS,
        };
        if !err.is_transient() || self.failures >= attempts {
            return Err(err);
        }
        pause(self.failures).await;
        Ok(())
    }
}

/// Waits before the next attempt: half of the time by chance, so that many do not come at once.
pub(super) async fn pause(attempt: u32) {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    tokio::time::sleep(doubled.min(LONGEST_PAUSE).mul_f64(fastrand::f64().mul_add(0.5, 0.5))).await;
}
