//! How libgit2 reaches servers: over our own HTTP client.
//!
//! libgit2 has no TLS without OpenSSL, and neither timeouts nor limits for one fetch. So
//! [`install`] replaces its transports for `http` and `https`, and [`with_limits`] runs a fetch
//! under limits and tells afterwards what went wrong in terms of HTTP.

mod client;
mod session;
mod subtransport;

use std::sync::OnceLock;

pub use session::{Limits, Usage, WebFailure, with_limits};

/// Makes libgit2 use our client for every `http` and `https` address, once for the process.
///
/// # Errors
///
/// When libgit2 refuses, with its message.
pub fn install() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| {
        ["http", "https"].into_iter().try_for_each(register).map_err(|e| e.message().to_owned())
    })
    .clone()
}

#[expect(unsafe_code, reason = "registering a transport is the only way to give libgit2 one")]
fn register(scheme: &str) -> Result<(), git2::Error> {
    // SAFETY: `register` must not run beside the creation of other transports. Both schemes are
    // registered inside one `OnceLock`, which every fetch passes before it makes a transport.
    unsafe { git2::transport::register(scheme, subtransport::transport) }
}
