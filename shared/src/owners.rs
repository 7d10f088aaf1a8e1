//! The dashboard in one shard: all builds, and one row per owner and build.

use serde::{Deserialize, Serialize};

use crate::{
    codec::{StrIdx, Strings},
    shard::{self, Kind, ShardError},
    stats::Coverage,
};

/// All owners and builds of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnersShard {
    /// The strings that the rows point to.
    pub strings: Strings,
    /// Builds, sorted by binary and hash.
    pub builds: Vec<Build>,
    /// One row per owner and build: sorted by cluster, namespace, kind, name and binary; the builds
    /// of one owner stand together, newest first.
    pub rows: Vec<OwnerRow>,
}

/// One build: a binary with one meta hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The meta hash, 32 hex digits.
    pub hash: String,
    /// Name of the binary as collected; the first by name when several names share the build.
    pub binary: StrIdx,
    /// Go module path of the main package; empty when unknown.
    pub module: StrIdx,
    /// `host/org/repo` of its source; empty when unknown.
    pub repo: StrIdx,
    /// Commit of its source; empty when unknown.
    pub commit: StrIdx,
    /// What ran anywhere, by everyone with this build.
    pub coverage: Coverage,
    /// Funcs with statements, and how many of them were entered anywhere.
    pub funcs: Coverage,
    /// Files, without excluded ones.
    pub files: u32,
    /// Name of the build's stats shard.
    pub stats: String,
    /// Name of the counts shard of everyone with this build: the largest count of each unit.
    pub counts: String,
}

/// One owner with one of its builds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRow {
    /// The cluster's name.
    pub cluster: StrIdx,
    /// The namespace; `_host_` for host processes.
    pub namespace: StrIdx,
    /// The owner kind: `Deployment`, `DaemonSet`, `StatefulSet`, `StaticPod`, `Job`, `CronJob`,
    /// `Pod`, `Host` or `Process`.
    pub kind: StrIdx,
    /// The owner's name.
    pub name: StrIdx,
    /// Name of the binary.
    pub binary: StrIdx,
    /// How the owner was found: `owner-reference`, `static-pod`, `alphabet`, `pattern` or empty.
    pub evidence: StrIdx,
    /// Position in [`OwnersShard::builds`].
    pub build: u32,
    /// What this owner ran of the build.
    pub coverage: Coverage,
    /// Funcs with statements, and how many of them this owner entered.
    pub funcs: Coverage,
    /// Processes that left data or were started.
    pub processes: u32,
    /// Containers, sorted.
    pub containers: Vec<StrIdx>,
    /// Pods, sorted.
    pub pods: Vec<StrIdx>,
    /// Hosts, sorted.
    pub hosts: Vec<StrIdx>,
    /// Images, sorted.
    pub images: Vec<StrIdx>,
    /// When its first process was seen, in seconds since 1970 UTC.
    pub first_seen: Option<i64>,
    /// When its last data was written, in seconds since 1970 UTC.
    pub last_seen: Option<i64>,
    /// Name of the counts shard of this owner and build.
    pub counts: String,
}

/// The columns as they stand in the JSON.
#[derive(Serialize, Deserialize)]
struct Columns {
    strings: Strings,
    builds: Vec<Build>,
    cluster: Vec<StrIdx>,
    namespace: Vec<StrIdx>,
    kind: Vec<StrIdx>,
    name: Vec<StrIdx>,
    binary: Vec<StrIdx>,
    evidence: Vec<StrIdx>,
    build: Vec<u32>,
    coverage: Vec<Coverage>,
    funcs: Vec<Coverage>,
    processes: Vec<u32>,
    containers: Vec<Vec<StrIdx>>,
    pods: Vec<Vec<StrIdx>>,
    hosts: Vec<Vec<StrIdx>>,
    images: Vec<Vec<StrIdx>>,
    first_seen: Vec<Option<i64>>,
    last_seen: Vec<Option<i64>>,
    counts: Vec<String>,
}

impl OwnersShard {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let rows = &self.rows;
        let columns = Columns {
            strings: self.strings.clone(),
            builds: self.builds.clone(),
            cluster: rows.iter().map(|r| r.cluster).collect(),
            namespace: rows.iter().map(|r| r.namespace).collect(),
            kind: rows.iter().map(|r| r.kind).collect(),
            name: rows.iter().map(|r| r.name).collect(),
            binary: rows.iter().map(|r| r.binary).collect(),
            evidence: rows.iter().map(|r| r.evidence).collect(),
            build: rows.iter().map(|r| r.build).collect(),
            coverage: rows.iter().map(|r| r.coverage).collect(),
            funcs: rows.iter().map(|r| r.funcs).collect(),
            processes: rows.iter().map(|r| r.processes).collect(),
            containers: rows.iter().map(|r| r.containers.clone()).collect(),
            pods: rows.iter().map(|r| r.pods.clone()).collect(),
            hosts: rows.iter().map(|r| r.hosts.clone()).collect(),
            images: rows.iter().map(|r| r.images.clone()).collect(),
            first_seen: rows.iter().map(|r| r.first_seen).collect(),
            last_seen: rows.iter().map(|r| r.last_seen).collect(),
            counts: rows.iter().map(|r| r.counts.clone()).collect(),
        };
        shard::encode(Kind::Owners, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when a row names a build that is not there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode::<Columns>(Kind::Owners, bytes)?;
        let n_builds = columns.builds.len();
        let (strings, builds, rows) = columns
            .into_rows()
            .ok_or_else(|| ShardError::damaged(Kind::Owners, "columns of unequal length"))?;
        let dangling =
            rows.iter().any(|r| usize::try_from(r.build).map_or(true, |b| b >= n_builds));
        if dangling {
            return Err(ShardError::damaged(Kind::Owners, "a row names a build that is not there"));
        }
        Ok(Self { strings, builds, rows })
    }
}

impl Columns {
    /// Turns columns into rows; `None` when they are not all of one length.
    fn into_rows(self) -> Option<(Strings, Vec<Build>, Vec<OwnerRow>)> {
        let n_rows = self.name.len();
        let mut cluster = self.cluster.into_iter();
        let mut namespace = self.namespace.into_iter();
        let mut kind = self.kind.into_iter();
        let mut binary = self.binary.into_iter();
        let mut evidence = self.evidence.into_iter();
        let mut build = self.build.into_iter();
        let mut coverage = self.coverage.into_iter();
        let mut funcs = self.funcs.into_iter();
        let mut processes = self.processes.into_iter();
        let mut containers = self.containers.into_iter();
        let mut pods = self.pods.into_iter();
        let mut hosts = self.hosts.into_iter();
        let mut images = self.images.into_iter();
        let mut first_seen = self.first_seen.into_iter();
        let mut last_seen = self.last_seen.into_iter();
        let mut counts = self.counts.into_iter();
        let mut rows = Vec::with_capacity(n_rows);
        for name in self.name {
            rows.push(OwnerRow {
                cluster: cluster.next()?,
                namespace: namespace.next()?,
                kind: kind.next()?,
                name,
                binary: binary.next()?,
                evidence: evidence.next()?,
                build: build.next()?,
                coverage: coverage.next()?,
                funcs: funcs.next()?,
                processes: processes.next()?,
                containers: containers.next()?,
                pods: pods.next()?,
                hosts: hosts.next()?,
                images: images.next()?,
                first_seen: first_seen.next()?,
                last_seen: last_seen.next()?,
                counts: counts.next()?,
            });
        }
        Some((self.strings, self.builds, rows))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn coverage() -> impl Strategy<Value = Coverage> {
        (0_u64..1000, 0_u64..1000).prop_map(|(a, b)| Coverage::new(a.max(b), a.min(b)).unwrap())
    }

    fn build() -> impl Strategy<Value = Build> {
        (any::<[u32; 4]>(), coverage(), coverage(), any::<u32>(), "[a-f0-9]{4}").prop_map(
            |([binary, module, repo, commit], coverage, funcs, files, hash)| Build {
                stats: format!("stats-{hash}"),
                counts: format!("counts-{hash}"),
                hash,
                binary,
                module,
                repo,
                commit,
                coverage,
                funcs,
                files,
            },
        )
    }

    fn row(n_builds: u32) -> impl Strategy<Value = OwnerRow> {
        let ids = (any::<[u32; 6]>(), 0..n_builds, any::<u32>());
        let lists = (vec(any::<u32>(), 0..3), vec(any::<u32>(), 0..3), vec(any::<u32>(), 0..3));
        let times = (option::of(any::<i64>()), option::of(any::<i64>()));
        (ids, coverage(), coverage(), lists, times).prop_map(
            |((ids, build, processes), coverage, funcs, lists, times)| {
                let [cluster, namespace, kind, name, binary, evidence] = ids;
                let (containers, pods, hosts) = lists;
                OwnerRow {
                    cluster,
                    namespace,
                    kind,
                    name,
                    binary,
                    evidence,
                    build,
                    coverage,
                    funcs,
                    processes,
                    images: pods.clone(),
                    containers,
                    pods,
                    hosts,
                    first_seen: times.0,
                    last_seen: times.1,
                    counts: "counts-1".into(),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn rows_come_back(builds in vec(build(), 3), rows in vec(row(3), 0..8)) {
            let shard = OwnersShard { strings: Strings::default(), builds, rows };
            prop_assert_eq!(OwnersShard::decode(&shard.encode().unwrap()).unwrap(), shard);
        }
    }

    #[test]
    fn a_row_without_its_build_is_refused() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let row = row(1).new_tree(&mut runner).unwrap().current();
        let shard = OwnersShard { rows: vec![row], ..OwnersShard::default() };
        let err = OwnersShard::decode(&shard.encode().unwrap()).unwrap_err();
        assert!(err.to_string().contains("names a build that is not there"), "{err}");
    }

    use proptest::strategy::ValueTree as _;
}
