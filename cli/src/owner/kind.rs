use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The kind of a workload, under its full Kubernetes name.
///
/// `Display` and `FromStr` are inverse to each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerKind {
    /// A `Deployment`.
    Deployment,
    /// A `DaemonSet`.
    DaemonSet,
    /// A `StatefulSet`.
    StatefulSet,
    /// A pod that a node's kubelet starts from a file, without a controller.
    StaticPod,
    /// A `Job` that no `CronJob` made.
    Job,
    /// A `CronJob`.
    CronJob,
    /// A `ReplicaSet` without a `Deployment`; only an owners file can tell.
    ReplicaSet,
    /// A `ReplicationController`; only an owners file can tell.
    ReplicationController,
    /// A pod without a known owner.
    Pod,
    /// A process that runs on the node itself.
    Host,
    /// A process known only by the directory its coverage was written to.
    Process,
    /// A kind of somebody's custom resource, such as `Rollout`, as an owner reference names it.
    Custom(CustomKind),
}

/// The name of a custom kind.
///
/// Invariant: 1 to 63 ASCII letters and digits, the first an upper-case letter, and none of the
/// names that [`OwnerKind`] has a variant for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomKind(Box<str>);

/// A text that cannot be the name of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an owner kind: a kind is an upper-case letter and up to 62 letters or digits"
)]
pub struct UnknownKind(String);

const KINDS: &[(OwnerKind, &str)] = &[
    (OwnerKind::Deployment, "Deployment"),
    (OwnerKind::DaemonSet, "DaemonSet"),
    (OwnerKind::StatefulSet, "StatefulSet"),
    (OwnerKind::StaticPod, "StaticPod"),
    (OwnerKind::Job, "Job"),
    (OwnerKind::CronJob, "CronJob"),
    (OwnerKind::ReplicaSet, "ReplicaSet"),
    (OwnerKind::ReplicationController, "ReplicationController"),
    (OwnerKind::Pod, "Pod"),
    (OwnerKind::Host, "Host"),
    (OwnerKind::Process, "Process"),
];

impl fmt::Display for OwnerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Custom(kind) => &kind.0,
            known => KINDS.iter().find(|(kind, _)| kind == known).map_or("", |(_, name)| *name),
        };
        f.pad(name)
    }
}

impl FromStr for OwnerKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((kind, _)) = KINDS.iter().find(|(_, name)| *name == text) {
            return Ok(kind.clone());
        }
        let well_formed = text.len() <= 63
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_alphanumeric());
        if well_formed {
            Ok(Self::Custom(CustomKind(text.into())))
        } else {
            Err(UnknownKind(text.chars().take(80).collect()))
        }
    }
}

/// What an owner rests on, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerEvidence {
    /// The cluster's own owner references, or owner fields in the report's metadata.
    OwnerReference,
    /// A prefix of pods' names that the user gave.
    Configured,
    /// A host report: the key path says that the process ran on the node.
    Host,
    /// The pod's name ends in its node's name.
    StaticPod,
    /// The pod's name ends in characters that only Kubernetes generates.
    Alphabet,
    /// The name has a usual pattern, which somebody may also have typed.
    Pattern,
    /// The pod's whole name, which matched no rule.
    PodName,
    /// The name of an imported directory.
    Directory,
}

const EVIDENCES: &[(OwnerEvidence, &str)] = &[
    (OwnerEvidence::OwnerReference, "owner-reference"),
    (OwnerEvidence::Configured, "configured"),
    (OwnerEvidence::Host, "host"),
    (OwnerEvidence::StaticPod, "static-pod"),
    (OwnerEvidence::Alphabet, "alphabet"),
    (OwnerEvidence::Pattern, "pattern"),
    (OwnerEvidence::PodName, "pod-name"),
    (OwnerEvidence::Directory, "directory"),
];

/// A text that is not the name of an evidence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an owner evidence")]
pub struct UnknownEvidence(String);

impl OwnerEvidence {
    /// The evidence's name in the database, the site and `--json` output.
    pub fn as_str(self) -> &'static str {
        EVIDENCES.iter().find(|(evidence, _)| *evidence == self).map_or("", |(_, name)| *name)
    }
}

impl fmt::Display for OwnerEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OwnerEvidence {
    type Err = UnknownEvidence;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        EVIDENCES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(evidence, _)| *evidence)
            .ok_or_else(|| UnknownEvidence(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_evidences_survive_a_round_trip() {
        for (kind, name) in KINDS {
            assert_eq!(kind.to_string(), *name);
            assert_eq!(name.parse::<OwnerKind>().unwrap(), *kind);
        }
        for (evidence, name) in EVIDENCES {
            assert_eq!(evidence.to_string(), *name);
            assert_eq!(name.parse::<OwnerEvidence>().unwrap(), *evidence);
        }
        let custom: OwnerKind = "CatalogSource".parse().unwrap();
        assert!(matches!(custom, OwnerKind::Custom(_)));
        assert_eq!(custom.to_string(), "CatalogSource");
    }

    #[test]
    fn names_that_are_no_kind_are_refused() {
        for text in ["", "deployment", "Stateful Set", "A-b", "Ünicode", &"K".repeat(64)] {
            let error = text.parse::<OwnerKind>().unwrap_err();
            assert!(error.to_string().contains("not an owner kind"), "{text}");
        }
        assert!("guess".parse::<OwnerEvidence>().is_err());
    }
}
