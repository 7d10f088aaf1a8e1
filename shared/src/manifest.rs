//! The root of a site: which report this is, how far it can be trusted, and where its owners are.

use serde::{Deserialize, Serialize};

use crate::{
    shard::{self, Kind, ShardError},
    stats::{Coverage, Tiers},
};

/// The root shard of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name and version of the program that wrote the site, `covatlas 0.1.0`.
    pub tool: String,
    /// The title of the report; the cluster's name unless the user chose another.
    pub title: String,
    /// Names of the clusters whose reports are in it, sorted.
    pub clusters: Vec<String>,
    /// Name of the owners shard.
    pub owners: String,
    /// Lower bounds of the tiers.
    pub tiers: Tiers,
    /// The numbers of the whole collection.
    pub totals: Totals,
    /// What was lost or is doubtful.
    pub trust: Trust,
}

/// The numbers of a whole collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Statements of all files, each counted once over all builds, and how many ran anywhere.
    pub coverage: Coverage,
    /// Reports that were read, without those that failed.
    pub reports: u32,
    /// Reports of which something could not be read.
    pub reports_failed: u32,
    /// Processes: report, build and pid.
    pub processes: u32,
    /// Owners, without regard to builds.
    pub owners: u32,
    /// Distinct names of binaries.
    pub binaries: u32,
    /// Distinct builds.
    pub builds: u32,
    /// Distinct pods.
    pub pods: u32,
    /// Distinct hosts.
    pub hosts: u32,
    /// Distinct images.
    pub images: u32,
    /// Distinct source repositories.
    pub repos: u32,
    /// Distinct source files: path as built and unit list.
    pub files: u32,
    /// When the first process was seen, in seconds since 1970 UTC; `None` when unknown.
    pub first_seen: Option<i64>,
    /// When the last data was written, in seconds since 1970 UTC; `None` when unknown.
    pub last_seen: Option<i64>,
}

/// What was lost, left out or is doubtful.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// Files of builds whose source was not found.
    pub files_unresolved: u32,
    /// Files whose text does not fit the units.
    pub files_mismatched: u32,
    /// Base names of files that are left out of every number, sorted.
    pub excluded: Vec<String>,
    /// How many problems there are; [`Trust::problems`] may hold fewer.
    pub n_problems: u32,
    /// The first problems, losses before notes.
    pub problems: Vec<Problem>,
}

/// One thing that went wrong while the report was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `loss` (data is missing) or `note`.
    pub severity: String,
    /// What it concerns: a report, an image, a repository.
    pub item: String,
    /// What happened.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl Manifest {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        shard::encode(Kind::Manifest, self, &[])
    }

    /// Reads a manifest from the bytes of its shard, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        Ok(shard::decode(Kind::Manifest, bytes)?.0)
    }
}
