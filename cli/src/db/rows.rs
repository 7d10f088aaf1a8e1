//! The rows of the database as structs. Times are seconds since 1970 UTC.

use covatlas_shared::stats::Coverage;

use super::{packages::PackedMeta, packed::Packed};
use crate::{problems::Problem, profile::FileDigest};

/// One report: one directory of coverage data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRow {
    /// The directory below `coverage/`.
    pub dir: String,
    /// The cluster's name.
    pub cluster: String,
    /// The namespace; `_host_` for host processes.
    pub namespace: String,
    /// The pod; empty for host processes.
    pub pod: String,
    /// The container; empty for host processes.
    pub container: String,
    /// The image; `host:<binary>` for host processes.
    pub image: String,
    /// The binary.
    pub binary: String,
    /// The node.
    pub hostname: String,
    /// Whether it is a host process.
    pub is_host: bool,
    /// When the process was first seen.
    pub discovered_at: Option<i64>,
    /// When the data was collected.
    pub collected_at: Option<i64>,
    /// Whether something of it could not be read.
    pub failed: bool,
    /// Labels as `KEY=VALUE`: the user's, and as the database gives it also those of the image that
    /// say which component it is of.
    pub labels: Vec<String>,
    /// Digest of all this and of the report's files by name, size and times.
    pub listing: String,
}

/// One build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRow {
    /// 32 hex digits of the meta hash.
    pub hash: String,
    /// Name of the binary; the first by name when there are several.
    pub binary: String,
    /// Go module path; may be empty.
    pub module: String,
    /// `set`, `count` or `atomic`.
    pub mode: String,
    /// `perblock` or `perfunc`.
    pub granularity: String,
    /// Units without those of excluded files.
    pub n_units: usize,
    /// What anyone ran.
    pub coverage: Coverage,
    /// Funcs with statements, and those that anyone entered.
    pub funcs: Coverage,
    /// When its last data was written.
    pub last_seen: Option<i64>,
}

/// The identity of a source file over all builds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIdentity {
    /// The path as built.
    pub path: String,
    /// The digest of its unit list.
    pub digest: FileDigest,
}

/// What makes an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerKey {
    /// The cluster's name.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
    /// The kind's full name.
    pub kind: String,
    /// The owner's name.
    pub name: String,
    /// The binary.
    pub binary: String,
}

impl OwnerKey {
    /// `namespace/kind/name/binary`, which is what `key=` looks at.
    pub fn text(&self) -> String {
        [self.namespace.as_str(), &self.kind, &self.name, &self.binary].join("/")
    }
}

/// An owner as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRecord {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: OwnerKey,
    /// How it was found.
    pub evidence: String,
}

/// One owner with one build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerBuildRow {
    /// The owner.
    pub owner_id: i64,
    /// The build.
    pub build_id: i64,
    /// 0 for the owner's newest build, 1 for the one before.
    pub age: u32,
    /// What the owner ran.
    pub coverage: Coverage,
    /// Funcs with statements, and those it entered.
    pub funcs: Coverage,
    /// Processes.
    pub processes: u32,
    /// When its first process was seen.
    pub first_seen: Option<i64>,
    /// When its last data was written.
    pub last_seen: Option<i64>,
}

/// What only the writer of a build needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildDetails {
    /// Its meta file.
    pub meta: PackedMeta,
    /// The units that anyone ran.
    pub ran: Packed,
    /// Digest of what the build's rows are computed from; empty when something of it could not
    /// be read.
    pub input: String,
}

/// What only the writer of an owner's build needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerBuildDetails {
    /// One count a unit.
    pub counts: Packed,
    /// When each unit was first seen to have run.
    pub seen: Packed,
    /// Coverage of each file.
    pub files: Vec<Coverage>,
}

/// What one owner ran of a build, unit by unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedCounts {
    /// The owner.
    pub owner_id: i64,
    /// The build.
    pub build_id: i64,
    /// One count a unit.
    pub counts: Packed,
    /// When each unit was first seen to have run.
    pub seen: Packed,
}

/// A pid of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// Its owner.
    pub owner_id: i64,
    /// Its report.
    pub report_id: i64,
    /// Its build.
    pub build_id: i64,
    /// Its pid; `None` when it left a meta file only.
    pub pid: Option<u64>,
    /// How many processes held the pid, one after another: 1 and the restarts.
    pub runs: u32,
    /// When it was first seen.
    pub first_seen: Option<i64>,
    /// When its last data was written.
    pub last_seen: Option<i64>,
}

/// One piece of evidence about an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageSource {
    /// The image, or `host:<binary>`.
    pub image: String,
    /// `mapping`, `info` or `labels`.
    pub evidence: String,
    /// The repository's address, without credentials.
    pub url: String,
    /// `host/org/repo`.
    pub repo: String,
    /// The commit; empty when the evidence names none.
    pub commit: String,
}

/// The best evidence about a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSource {
    /// The build.
    pub build_id: i64,
    /// The evidence; its image is not kept here.
    pub source: ImageSource,
}

/// A commit in `repos/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkout {
    /// `host/org/repo`.
    pub repo: String,
    /// The commit that was wanted.
    pub commit: String,
    /// The repository's address.
    pub url: String,
    /// The commit that was had.
    pub text_commit: String,
}

/// Where the text of a file of a build is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The build.
    pub build_id: i64,
    /// The file's position in the build's table.
    pub idx: usize,
    /// `host/org/repo` of the checkout; empty when unresolved.
    pub repo: String,
    /// The wanted commit of the checkout.
    pub commit: String,
    /// Path in the repository.
    pub repo_path: String,
    /// How the repository was found.
    pub evidence: String,
    /// How the path was found, or `mismatch` or `unresolved`.
    pub resolution: String,
    /// Why the text does not fit.
    pub reason: String,
    /// Whether a tool wrote the file.
    pub generated: bool,
}

impl Resolution {
    /// Whether the text is there and the one that the build was made from.
    pub fn fits(&self) -> bool {
        !self.repo.is_empty() && self.resolution != "mismatch"
    }
}

/// A file of a build and where its text is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace {
    /// The build.
    pub build_id: i64,
    /// The file's position in the build's table.
    pub idx: usize,
    /// The path as built.
    pub path: String,
    /// `host/org/repo`; empty when unresolved.
    pub repo: String,
    /// Path in the repository; empty when unresolved.
    pub repo_path: String,
}

/// A problem with the stage that met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProblem {
    /// `import`, `compile` or `clone-sources`.
    pub stage: String,
    /// Hash of the build it was met with; may be empty.
    pub build: String,
    /// `loss` or `note`.
    pub severity: String,
    /// What kind of problem.
    pub kind: String,
    /// What it concerns.
    pub item: String,
    /// Where.
    pub place: String,
    /// What happened.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl StoredProblem {
    /// A problem that a stage met with a build (by hash; empty when it is about none).
    pub fn of(stage: &str, build: &str, problem: &Problem) -> Self {
        Self {
            stage: stage.to_owned(),
            build: build.to_owned(),
            severity: problem.severity.to_string(),
            kind: problem.kind.to_string(),
            item: problem.item.clone(),
            place: problem.place.clone(),
            cause: problem.cause.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}

impl Resolution {
    /// Resolutions at the positions of their files; `None`: unresolved.
    pub fn by_position(resolved: Vec<Self>, n_files: usize) -> Vec<Option<Self>> {
        let mut slots: Vec<Option<Self>> = vec![None; n_files];
        for resolution in resolved {
            if let Some(slot) = slots.get_mut(resolution.idx) {
                *slot = Some(resolution);
            }
        }
        slots
    }
}
