//! The client of all images of a run: one for all threads.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;

use super::visit::Visit;
use super::{Credentials, ImageConfig, ImageName, RegistryFailure};
use crate::http;

/// How long a registry may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Time for one image, all requests and tries together.
    pub image: Duration,
    /// Time until a server begins to answer.
    pub answer: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { image: Duration::from_secs(20), answer: Duration::from_secs(4) }
    }
}

/// Asks registries about images.
///
/// Tokens are used again for other images of a repository; a server that cannot be reached or is
/// silent is not asked again.
#[derive(Debug)]
pub struct Client {
    pub(super) agent: Agent,
    pub(super) credentials: Credentials,
    pub(super) settings: Settings,
    /// What opened a repository the last time, by host and repository.
    opened: Mutex<BTreeMap<(String, String), Authorization>>,
    /// Servers that are not asked again, and why.
    lost: Mutex<BTreeMap<String, RegistryFailure>>,
}

/// The value of an `Authorization` header. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Authorization(pub(super) String);

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization")
    }
}

impl Client {
    /// A client with these logins.
    pub fn new(credentials: Credentials, settings: Settings) -> Self {
        let name = concat!("covatlas/", env!("CARGO_PKG_VERSION"));
        let config = http::config(http::root_certs(), name);
        Self {
            agent: config.timeout_recv_response(Some(settings.answer)).build().into(),
            credentials,
            settings,
            opened: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    /// What the config of an image says.
    ///
    /// Blocks, at most for the time of [`Settings`].
    ///
    /// # Errors
    ///
    /// [`RegistryFailure`]; that of the server when it could not be reached before.
    pub fn inspect(&self, image: &ImageName) -> Result<ImageConfig, RegistryFailure> {
        if let Some(failure) = lock(&self.lost).get(image.host()) {
            return Err(failure.clone());
        }
        let result = Visit::new(self, image).config();
        if let Err(failure) = &result
            && failure.is_of_server()
        {
            lock(&self.lost).entry(image.host().to_owned()).or_insert_with(|| failure.clone());
        }
        result
    }

    pub(super) fn opened(&self, image: &ImageName) -> Option<Authorization> {
        lock(&self.opened).get(&key(image)).cloned()
    }

    pub(super) fn open(&self, image: &ImageName, with: &Authorization) {
        lock(&self.opened).insert(key(image), with.clone());
    }
}

fn key(image: &ImageName) -> (String, String) {
    (image.host().to_owned(), image.repository().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
