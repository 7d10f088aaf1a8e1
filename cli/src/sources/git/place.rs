//! Where a branch is, how to get there, and what can go wrong on the way.

use std::time::Duration;

use covatlas_remote::git::{self as web, Limits, Login, Usage, WebFailure};
use git2::{Error, Repository};
use thiserror::Error as ThisError;

use super::store::local_folder;
use super::{FetchError, Logins, login};
use crate::image::{LocalGit, RepoUrl, UrlError};

/// Where a branch is, and how to get there.
#[derive(Clone, Debug)]
pub struct Place {
    /// The repository.
    pub url: RepoUrl,
    /// What opens it.
    pub login: Option<Login>,
    /// The branch's name, without `refs/heads/`.
    pub branch: String,
    /// Time for each of fetching and pushing.
    pub timeout: Duration,
}

/// Why a branch cannot be read or written.
#[derive(Debug, ThisError)]
pub enum BranchError {
    /// The address is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The name of the branch is none.
    #[error("`{0}` cannot be the name of a branch")]
    Name(String),
    /// The server failed us, or we could not reach it.
    #[error("cannot {what} {url}")]
    Web {
        /// `read` or `push to`.
        what: &'static str,
        /// The address.
        url: String,
        /// What failed.
        #[source]
        cause: WebFailure,
    },
    /// Somebody else wrote to the branch meanwhile.
    #[error("the branch `{0}` moved while we worked: nothing was published; publish again")]
    Moved(String),
    /// The server does not take the commit.
    #[error("the server does not take the commit: {0}")]
    Refused(String),
    /// The store on this machine.
    #[error(transparent)]
    Store(#[from] FetchError),
    /// Everything else that git says.
    #[error("cannot {what} {url}")]
    Git {
        /// `read`, `write` or `push to`.
        what: &'static str,
        /// The address or the store.
        url: String,
        /// What libgit2 says.
        #[source]
        cause: Error,
    },
}

impl Place {
    /// Reads an address: as for repositories, with a login in it, or a path on this machine.
    ///
    /// # Errors
    ///
    /// [`BranchError::Url`] and [`BranchError::Name`].
    pub fn new(address: &str, branch: &str, logins: &Logins) -> Result<Self, BranchError> {
        let url = RepoUrl::parse(address, LocalGit::Allow)?;
        let name = format!("refs/heads/{branch}");
        if branch.starts_with('-') || !git2::Reference::is_valid_name(&name) {
            return Err(BranchError::Name(branch.to_owned()));
        }
        let login = login::of_address(address).or_else(|| logins.find(&url).cloned());
        let timeout = Duration::from_mins(30);
        Ok(Self { url, login, branch: branch.to_owned(), timeout })
    }

    pub(super) fn reference(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// The address as libgit2 gets it.
    pub(super) fn address(&self) -> Result<String, Error> {
        self.url.local().map_or_else(|| Ok(self.url.to_string()), |path| local_folder(&path))
    }

    /// Runs `f` under limits, with the login.
    pub(super) fn ask<T>(
        &self,
        what: &'static str,
        f: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, BranchError> {
        let limits = Limits { time: self.timeout, bytes: u64::MAX };
        let (result, Usage { failure, .. }) = web::with_limits(limits, self.login.as_ref(), f);
        let url = self.url.to_string();
        result.map_err(|cause| match failure {
            Some(cause) => BranchError::Web { what, url, cause },
            None => BranchError::Git { what, url, cause },
        })
    }
}

/// The address of a remote of the git repository around the current folder, such as `origin`.
pub fn remote_address(name: &str) -> Option<String> {
    let repository = Repository::discover(".").ok()?;
    let remote = repository.find_remote(name).ok()?;
    remote.url().ok().map(str::to_owned)
}
