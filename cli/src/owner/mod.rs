//! Owners: which workload a pod, a host process or a plain directory belongs to.
//!
//! A pod's name alone decides (see `rules.rs`), unless the cluster itself says more:
//! [`OwnersFile`] reads what `kubectl get pods,rs,jobs -A -o json` printed.

mod kept;
mod kind;
mod owners_file;
mod prefix;
mod rules;

pub use kind::{OwnerEvidence, OwnerKind, UnknownEvidence, UnknownKind};
pub use owners_file::{OwnersFile, OwnersFileError};
pub use prefix::{OwnerPrefix, OwnerPrefixError, by_prefix};
pub use rules::owner_of;

/// The namespace of host reports. No Kubernetes namespace can be called so.
pub const HOST_NAMESPACE: &str = "_host_";

/// The workload that a report's process belongs to, without namespace and binary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// What kind of workload it is.
    pub kind: OwnerKind,
    /// The workload's name; never empty when the input names were not.
    pub name: String,
    /// What the answer rests on.
    pub evidence: OwnerEvidence,
}

impl Owner {
    /// The owner of a host report: the binary itself, wherever it runs.
    pub fn host(binary: &str) -> Self {
        Self { kind: OwnerKind::Host, name: binary.to_owned(), evidence: OwnerEvidence::Host }
    }

    /// The owner of a directory that was imported without any Kubernetes identity.
    pub fn process(name: &str) -> Self {
        Self { kind: OwnerKind::Process, name: name.to_owned(), evidence: OwnerEvidence::Directory }
    }
}
