//! From an image to the repository and commit it was built from.
//!
//! What is known about an image comes from three places: the `info.json` beside the coverage
//! files ([`Info`]), the image itself ([`Labels`]), and the user's own list ([`Mapping`]). Each
//! becomes an [`Evidence`] row of its own; [`choose`] says which row counts. Nothing in here does
//! I/O, and nothing trusts its input: every byte may come from any node of the cluster.

mod commit;
mod evidence;
mod info;
mod labels;
mod mapping;
mod name;
mod url;

pub use commit::{Commit, CommitError};
pub use evidence::{Evidence, EvidenceKind, choose, from_info};
pub use info::{Info, InfoError};
pub use labels::Labels;
pub use mapping::{Mapping, MappingError, host_key};
pub use name::{RegistryPrefix, known_prefixes, unsanitise};
pub use url::{LocalGit, RepoUrl, UrlError, without_userinfo};
