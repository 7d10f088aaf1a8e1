//! How libgit2 reaches servers: over our own HTTP client.
//!
//! libgit2 has no TLS without OpenSSL, and neither timeouts nor limits for one fetch. So
//! [`install`] replaces its transports for `http` and `https`, and [`with_limits`] runs a fetch or
//! push under limits and tells afterwards what went wrong in terms of HTTP.

mod client;
mod pack;
mod session;
mod subtransport;

use std::sync::OnceLock;

pub use session::{Limits, Login, Usage, WebFailure, with_limits};

/// Prepares libgit2, once for the process: our client for every `http` and `https` address, and
/// repositories of any owner.
///
/// libgit2 refuses what another user owns, as git does because of the programs a repository's
/// configuration can name. libgit2 runs none, and in a container the collection often belongs to
/// a user of the machine around it.
///
/// # Errors
///
/// When libgit2 refuses, with its message.
pub fn install() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| prepare().map_err(|err| err.message().to_owned())).clone()
}

#[expect(unsafe_code, reason = "libgit2's process-wide settings are unsafe to change")]
fn prepare() -> Result<(), git2::Error> {
    // SAFETY: neither call may run beside the creation of transports or the opening of
    // repositories. Both run inside one `OnceLock`, which every caller passes before that.
    unsafe {
        git2::opts::set_verify_owner_validation(false)?;
        // Fetching checks every object; hashing each one again costs a third of reading it.
        git2::opts::strict_hash_verification(false);
        git2::transport::register("http", subtransport::transport)?;
        git2::transport::register("https", subtransport::transport)
    }
}
