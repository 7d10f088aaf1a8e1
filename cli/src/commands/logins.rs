//! Logins for git's servers, from where people keep them.

use std::env;

use camino::Utf8PathBuf;
use etcetera::BaseStrategy as _;

use crate::{collection::read_at_most, sources::git::Logins};

/// Largest netrc file that is read, in bytes.
const MAX_NETRC: u64 = 1 << 20;

/// The tokens in the environment, then what `NETRC` or `~/.netrc` has.
pub(super) fn logins() -> Logins {
    Logins::of_environment(|name| env::var(name).ok()).or(netrc().unwrap_or_default())
}

fn netrc() -> Option<Logins> {
    let named = env::var("NETRC").ok().filter(|name| !name.is_empty()).map(Utf8PathBuf::from);
    let own = || {
        let home = etcetera::choose_base_strategy().ok()?.home_dir().join(".netrc");
        Utf8PathBuf::from_path_buf(home).ok()
    };
    let path = named.or_else(own)?;
    match read_at_most(&path, MAX_NETRC) {
        Ok(bytes) => Some(Logins::of_netrc(&String::from_utf8_lossy(&bytes))),
        Err(err) => {
            // Most people have none.
            tracing::debug!(path = path.as_str(), error = err.to_string(), "no netrc");
            None
        }
    }
}
