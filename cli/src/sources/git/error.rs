//! What can go wrong with a repository, and what to do about it.

use camino::Utf8PathBuf;
use covatlas_remote::git::WebFailure;
use thiserror::Error;

use crate::image::UrlError;

/// What the system says when a disk takes no more.
const DISK: [&str; 3] = ["No space left on device", "Read-only file system", "Disk quota exceeded"];

/// Why nothing was fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The server failed us, or we could not reach it.
    #[error("cannot fetch {url}")]
    Web {
        /// The address, after mirrors.
        url: String,
        /// What failed.
        #[source]
        cause: WebFailure,
    },
    /// The commit is not to be had, and nothing may stand in for it.
    #[error("{url} does not give commit {commit}: {reason}")]
    NoCommit {
        /// The address, after mirrors.
        url: String,
        /// The commit.
        commit: String,
        /// Why not.
        reason: String,
    },
    /// A mirror leads to an address that is not used.
    #[error("a mirror leads nowhere")]
    Mirror(#[from] UrlError),
    /// The store on this machine.
    #[error("cannot use the object store {path}")]
    Store {
        /// Its folder.
        path: Utf8PathBuf,
        /// What libgit2 says.
        #[source]
        cause: git2::Error,
    },
    /// The store's folder.
    #[error("cannot make the object store {path}")]
    Folder {
        /// Its folder.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// Everything else: no repository at a path, broken answers.
    #[error("cannot fetch {url}")]
    Git {
        /// The address, after mirrors.
        url: String,
        /// What libgit2 says.
        #[source]
        cause: git2::Error,
    },
}

impl FetchError {
    /// What the user can do, as a sentence without full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Web { cause, .. } => match cause {
                WebFailure::NotFound(_) | WebFailure::Denied(_) => {
                    "check the address; for a private repository put a login into ~/.netrc or a \
                     token into GITHUB_TOKEN or GITLAB_TOKEN, or use --mirror FROM=TO"
                }
                WebFailure::TimedOut(_) => "raise --timeout, or use --mirror with a nearer server",
                WebFailure::TooLarge(_) | WebFailure::HugeObject(_) | WebFailure::HugePack(_) => {
                    "use --mirror with a smaller copy of the repository"
                }
                WebFailure::Unreachable { .. } => {
                    "check network, proxy (HTTPS_PROXY) and certificates (SSL_CERT_FILE), or use \
                     --mirror; then run clone-sources again"
                }
                WebFailure::Redirected(_) => "name the new address with --mirror FROM=TO",
                WebFailure::NotGit => "check the address: something else answers there",
                WebFailure::Status(_) | WebFailure::Broken(_) => "run clone-sources again later",
            },
            Self::NoCommit { .. } => "use --fallback head, or --mirror with a server that has it",
            Self::Mirror(_) => "correct --mirror; for a local path add --allow-local-git",
            Self::Store { .. } => {
                "check space and permissions there; when the store is damaged, remove that folder \
                 and run clone-sources again"
            }
            Self::Folder { .. } => "check space and permissions there",
            Self::Git { .. } => "check that a git repository is there",
        }
    }

    /// Whether the server may give it to somebody with a login: forges deny that there is such a
    /// repository to everybody else.
    pub(super) fn is_closed(&self) -> bool {
        let Self::Web { cause, .. } = self else { return false };
        matches!(cause, WebFailure::NotFound(_) | WebFailure::Denied(_))
    }

    /// Whether this machine's disk takes no more, so that no other repository can be fetched either.
    pub fn is_about_disk(&self) -> bool {
        let text = match self {
            Self::Store { cause, .. } => cause.message().to_owned(),
            Self::Folder { cause, .. } => cause.to_string(),
            _ => return false,
        };
        // libgit2 gives the system's words and no number.
        DISK.iter().any(|words| text.contains(words))
    }

    /// Whether the server could not be reached at all, so that asking it again is in vain.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Web { cause: WebFailure::Unreachable { .. }, .. })
    }
}

/// Why a commit cannot be read from its store.
#[derive(Debug, Error)]
pub enum CheckoutError {
    /// libgit2 cannot read the store.
    #[error("cannot read the object store {path}")]
    Git {
        /// The store's folder.
        path: Utf8PathBuf,
        /// What libgit2 says.
        #[source]
        cause: git2::Error,
    },
    /// More files than any honest repository has.
    #[error("commit {commit} in {path} has more than {limit} files, or folders nested too deeply")]
    TooLarge {
        /// The store's folder.
        path: Utf8PathBuf,
        /// The commit.
        commit: String,
        /// The limit.
        limit: usize,
    },
}
