//! What can go wrong between us and a registry.

use thiserror::Error;

/// Why nothing is known about an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum RegistryFailure {
    /// No connection: name, network, proxy or TLS.
    #[error("no connection to {host}: {cause}")]
    Unreachable {
        /// Name and port of the server.
        host: String,
        /// What the operating system or TLS said.
        cause: String,
    },
    /// The server takes a request and says nothing.
    #[error("{host} took the request and did not answer within {seconds} s")]
    Silent {
        /// Name and port of the server.
        host: String,
        /// How long it was given.
        seconds: u64,
    },
    /// 401 or 403, and there is no credential for the image.
    #[error("the registry wants a login (HTTP {0}), and no credential is for it")]
    NoCredential(u16),
    /// 401 or 403 in spite of credentials.
    #[error("the registry does not accept the credential for `{scope}` (HTTP {status})")]
    Refused {
        /// The key of the best fitting credential: a host, or the start of a repository's name.
        scope: String,
        /// The status of the last refusal.
        status: u16,
    },
    /// 404: there is no such image.
    #[error("the registry has no such image (HTTP 404)")]
    NotFound,
    /// Another status that is no success, also after some tries.
    #[error("{host} answered HTTP {status}")]
    Status {
        /// Name and port of the server.
        host: String,
        /// The status.
        status: u16,
    },
    /// The time for the image was over.
    #[error("it took longer than {0} s")]
    TimedOut(u64),
    /// An answer is larger than any honest one.
    #[error("its {what} is larger than {limit} bytes")]
    TooLarge {
        /// The answer.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// What came is not what was asked for.
    #[error("its {what} does not have the digest that it was asked for by")]
    WrongDigest {
        /// The answer.
        what: &'static str,
    },
    /// An answer cannot be understood.
    #[error("its {what} cannot be used: {reason}")]
    Malformed {
        /// The answer.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A redirect that is not followed.
    #[error("the registry redirects to {0}, which is not followed")]
    Redirected(String),
    /// The connection broke in the middle.
    #[error("the connection to {host} broke: {cause}")]
    Broken {
        /// Name and port of the server.
        host: String,
        /// What the operating system said.
        cause: String,
    },
}

impl RegistryFailure {
    /// Whether the server is to blame and not the image, so that asking it again is in vain.
    pub fn is_of_server(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. })
    }

    /// Whether another try may succeed at once.
    pub(super) fn is_temporary(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(*status, 429 | 500 | 502..=504),
            Self::Broken { .. } => true,
            _ => false,
        }
    }

    /// What the user can do, as a sentence without full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => {
                "check network, proxy (HTTPS_PROXY) and certificates (SSL_CERT_FILE), then compile \
                 again; --skip-inspection asks no registry"
            }
            Self::Silent { .. } | Self::Status { .. } | Self::TimedOut(_) | Self::Broken { .. } => {
                "compile again later"
            }
            Self::NoCredential(_) | Self::Refused { .. } => {
                "name a pull secret or docker config.json that has a login for it with \
                 --registry-config FILE"
            }
            Self::NotFound
            | Self::TooLarge { .. }
            | Self::WrongDigest { .. }
            | Self::Malformed { .. }
            | Self::Redirected(_) => "name its source with --images FILE",
        }
    }
}
