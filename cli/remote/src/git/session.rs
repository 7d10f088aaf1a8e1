//! The limits of one fetch, and what became of it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;

/// What one fetch or push may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for everything, from the look-up of the name to the last byte.
    pub time: Duration,
    /// Bytes received over all requests; sent ones are not counted.
    pub bytes: u64,
}

/// What opens a server. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password or token.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login")
    }
}

/// What a fetch took, and the first thing that failed on the way.
#[derive(Debug)]
pub struct Usage {
    /// Bytes received.
    pub bytes: u64,
    /// What failed in terms of HTTP. `None` also when libgit2 failed for another reason.
    pub failure: Option<WebFailure>,
}

/// What can go wrong between us and a server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WebFailure {
    /// 404 or 410: there is no such repository, or only for those who log in.
    #[error("the server has no such repository (HTTP {0})")]
    NotFound(u16),
    /// 401, 403 or 407.
    #[error("the server wants a login (HTTP {0})")]
    Denied(u16),
    /// Another status that is no success.
    #[error("the server answered HTTP {0}")]
    Status(u16),
    /// The time was over.
    #[error("it took longer than {0} s")]
    TimedOut(u64),
    /// The server sent too much.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The pack announces an object of so many bytes.
    #[error("it has an object of {0} bytes, which no source has")]
    HugeObject(u64),
    /// The pack announces so many objects.
    #[error("it has {0} objects, which no repository has")]
    HugePack(u32),
    /// No connection: name, network, proxy or TLS.
    #[error("no connection to {host}: {cause}")]
    Unreachable {
        /// Name and port of the server.
        host: String,
        /// What the operating system or TLS said.
        cause: String,
    },
    /// A redirect that is not followed.
    #[error("the server redirects to {0}, which is not followed")]
    Redirected(String),
    /// The answer is not git's.
    #[error("the server does not speak git's protocol")]
    NotGit,
    /// The connection broke in the middle.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// The limits of the running fetch, shared by its requests.
#[derive(Debug)]
pub(super) struct Session {
    limits: Limits,
    login: Option<Login>,
    deadline: Instant,
    received: AtomicU64,
    failure: Mutex<Option<WebFailure>>,
}

thread_local! {
    // libgit2 makes the transport on the thread that fetches, and passes it nothing but the URL.
    static CURRENT: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// Runs `fetch`, or a push, under limits. Those of other threads are not touched.
///
/// The login, if any, goes to the server that the fetch names and nowhere else.
pub fn with_limits<T>(
    limits: Limits,
    login: Option<&Login>,
    fetch: impl FnOnce() -> T,
) -> (T, Usage) {
    struct Restore(Option<Arc<Session>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let session = Arc::new(Session::new(limits, login.cloned()));
    let restore = Restore(CURRENT.replace(Some(Arc::clone(&session))));
    let result = fetch();
    drop(restore);
    let bytes = session.received.load(Ordering::Relaxed);
    (result, Usage { bytes, failure: session.take_failure() })
}

impl Session {
    fn new(limits: Limits, login: Option<Login>) -> Self {
        // A limit beyond what the clock can count is as good as a century.
        let century = Duration::from_hours(24 * 365 * 100);
        let deadline = Instant::now() + limits.time.min(century);
        Self { limits, login, deadline, received: AtomicU64::new(0), failure: Mutex::new(None) }
    }

    /// The session of the fetch on this thread; outside of [`with_limits`] one with wide limits.
    pub(super) fn current() -> Arc<Self> {
        let wide = Limits { time: Duration::from_hours(1), bytes: u64::MAX };
        CURRENT.with_borrow(Clone::clone).unwrap_or_else(|| Arc::new(Self::new(wide, None)))
    }

    /// What opens the server.
    pub(super) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// The time that is left.
    ///
    /// # Errors
    ///
    /// When none is.
    pub(super) fn time_left(&self) -> Result<Duration, WebFailure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.timed_out()) } else { Ok(left) }
    }

    pub(super) fn timed_out(&self) -> WebFailure {
        WebFailure::TimedOut(self.limits.time.as_secs())
    }

    /// Counts received bytes.
    ///
    /// # Errors
    ///
    /// When they are too many, or the time is over.
    pub(super) fn receive(&self, bytes: usize) -> Result<(), WebFailure> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let before = self.received.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limits.bytes {
            return Err(WebFailure::TooLarge(self.limits.bytes));
        }
        self.time_left().map(|_| ())
    }

    /// Keeps the first failure, for the one who asked for the fetch.
    pub(super) fn fail(&self, failure: &WebFailure) {
        let mut slot = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| failure.clone());
    }

    fn take_failure(&self) -> Option<WebFailure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(5), bytes: 10 };

    #[test]
    fn bytes_are_counted_over_all_requests() {
        let (result, usage) = with_limits(LIMITS, None, || {
            let session = Session::current();
            session.receive(6)?;
            session.receive(5)
        });
        assert_eq!((result, usage.bytes), (Err(WebFailure::TooLarge(10)), 11));
    }

    #[test]
    fn the_first_failure_is_told() {
        let ((), usage) = with_limits(LIMITS, None, || {
            Session::current().fail(&WebFailure::NotFound(404));
            Session::current().fail(&WebFailure::NotGit);
        });
        assert_eq!(usage.failure, Some(WebFailure::NotFound(404)));
    }

    #[test]
    fn no_time_is_a_failure() {
        let none = Limits { time: Duration::ZERO, bytes: 1 };
        let (result, _) = with_limits(none, None, || Session::current().time_left());
        assert_eq!(result, Err(WebFailure::TimedOut(0)));
        let endless = Limits { time: Duration::MAX, bytes: 1 };
        assert!(with_limits(endless, None, || Session::current().time_left()).0.is_ok());
    }
}
