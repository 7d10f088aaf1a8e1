//! The dashboard in one shard: all builds, and one row per owner and build.

use crate::{
    codec::{Columns, StrIdx, Strings},
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
    /// The runs whose numbers are known, oldest first, this one the last; none without a history.
    pub runs: Vec<Run>,
}

/// A run whose numbers are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// When its last data was written, in seconds since 1970 UTC.
    pub time: Option<i64>,
}

/// One build: a binary with one meta hash.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Name of the lens shard.
    pub lens: String,
}

/// One owner with one of its builds.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Labels as `KEY=VALUE`, sorted.
    pub labels: Vec<StrIdx>,
    /// When its first process was seen, in seconds since 1970 UTC.
    pub first_seen: Option<i64>,
    /// When its last data was written, in seconds since 1970 UTC.
    pub last_seen: Option<i64>,
    /// Hundredths of a percent that the owner with all its builds ran in each of
    /// [`OwnersShard::runs`], `None` where it was not there; only in the owner's first row.
    pub trend: Vec<Option<u32>>,
    /// Name of the counts shard of this owner and build.
    pub counts: String,
}

impl OwnersShard {
    /// `namespace/kind/name/binary` of a row, which is what `key=` looks at.
    pub fn key(&self, row: &OwnerRow) -> String {
        [row.namespace, row.kind, row.name, row.binary].map(|idx| self.strings.get(idx)).join("/")
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        put_builds(&mut columns, &self.builds);
        put_rows(&mut columns, &self.rows);
        columns.put_texts("runs", self.runs.iter().map(|run| run.name.clone()));
        columns.put_times("runs.time", self.runs.iter().map(|run| run.time));
        shard::encode(Kind::Owners, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit, or a row names a build that is not
    /// there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (mut columns, _) = shard::decode(Kind::Owners, bytes)?;
        let unequal = || ShardError::damaged(Kind::Owners, "columns do not fit together");
        let builds = builds(&mut columns).ok_or_else(unequal)?;
        let rows = rows(&mut columns).ok_or_else(unequal)?;
        let runs = runs(&mut columns).ok_or_else(unequal)?;
        if rows.iter().any(|row| !row.trend.is_empty() && row.trend.len() != runs.len()) {
            return Err(unequal());
        }
        let is_there = |r: &OwnerRow| usize::try_from(r.build).is_ok_and(|b| b < builds.len());
        if !rows.iter().all(is_there) {
            return Err(ShardError::damaged(Kind::Owners, "a row names a build that is not there"));
        }
        Ok(Self { strings: columns.strings, builds, rows, runs })
    }
}

fn put_coverage(columns: &mut Columns, name: &str, values: impl Iterator<Item = Coverage> + Clone) {
    columns.put_u64(&format!("{name}.statements"), values.clone().map(Coverage::statements));
    columns.put_u64(&format!("{name}.covered"), values.map(Coverage::covered));
}

fn coverage(columns: &Columns, name: &str) -> Option<Vec<Coverage>> {
    let covered = columns.u64s(&format!("{name}.covered"))?;
    let statements = columns.u64s(&format!("{name}.statements"))?;
    statements.iter().zip(covered).map(|(&s, c)| Coverage::new(s, c)).collect()
}

fn put_builds(columns: &mut Columns, builds: &[Build]) {
    columns.put_texts("build.hash", builds.iter().map(|b| b.hash.clone()));
    columns.put_texts("build.stats", builds.iter().map(|b| b.stats.clone()));
    columns.put_texts("build.counts", builds.iter().map(|b| b.counts.clone()));
    columns.put_texts("build.lens", builds.iter().map(|b| b.lens.clone()));
    columns.put_u32("build.binary", builds.iter().map(|b| b.binary));
    columns.put_u32("build.module", builds.iter().map(|b| b.module));
    columns.put_u32("build.repo", builds.iter().map(|b| b.repo));
    columns.put_u32("build.commit", builds.iter().map(|b| b.commit));
    columns.put_u32("build.files", builds.iter().map(|b| b.files));
    put_coverage(columns, "build", builds.iter().map(|b| b.coverage));
    put_coverage(columns, "build.funcs", builds.iter().map(|b| b.funcs));
}

fn builds(columns: &mut Columns) -> Option<Vec<Build>> {
    let mut stats = columns.take_texts("build.stats")?.into_iter();
    let mut counts = columns.take_texts("build.counts")?.into_iter();
    let mut lens = columns.take_texts("build.lens")?.into_iter();
    let (binary, module) = (columns.u32s("build.binary")?, columns.u32s("build.module")?);
    let (repo, commit) = (columns.u32s("build.repo")?, columns.u32s("build.commit")?);
    let (covered, funcs) = (coverage(columns, "build")?, coverage(columns, "build.funcs")?);
    let files = columns.u32s("build.files")?;
    let build = |(i, hash): (usize, String)| {
        Some(Build {
            hash,
            binary: *binary.get(i)?,
            module: *module.get(i)?,
            repo: *repo.get(i)?,
            commit: *commit.get(i)?,
            coverage: *covered.get(i)?,
            funcs: *funcs.get(i)?,
            files: *files.get(i)?,
            stats: stats.next()?,
            counts: counts.next()?,
            lens: lens.next()?,
        })
    };
    columns.take_texts("build.hash")?.into_iter().enumerate().map(build).collect()
}

fn put_rows(columns: &mut Columns, rows: &[OwnerRow]) {
    columns.put_u32("cluster", rows.iter().map(|r| r.cluster));
    columns.put_u32("namespace", rows.iter().map(|r| r.namespace));
    columns.put_u32("kind", rows.iter().map(|r| r.kind));
    columns.put_u32("name", rows.iter().map(|r| r.name));
    columns.put_u32("binary", rows.iter().map(|r| r.binary));
    columns.put_u32("evidence", rows.iter().map(|r| r.evidence));
    columns.put_u32("build", rows.iter().map(|r| r.build));
    columns.put_u32("processes", rows.iter().map(|r| r.processes));
    columns.put_lists("containers", rows.iter().map(|r| r.containers.as_slice()));
    columns.put_lists("pods", rows.iter().map(|r| r.pods.as_slice()));
    columns.put_lists("hosts", rows.iter().map(|r| r.hosts.as_slice()));
    columns.put_lists("images", rows.iter().map(|r| r.images.as_slice()));
    columns.put_lists("labels", rows.iter().map(|r| r.labels.as_slice()));
    let trend =
        |r: &OwnerRow| r.trend.iter().map(|n| n.map_or(0, |n| n.saturating_add(1))).collect();
    let trends: Vec<Vec<u32>> = rows.iter().map(trend).collect();
    columns.put_lists("trend", trends.iter().map(Vec::as_slice));
    columns.put_texts("counts", rows.iter().map(|r| r.counts.clone()));
    put_coverage(columns, "owner", rows.iter().map(|r| r.coverage));
    put_coverage(columns, "owner.funcs", rows.iter().map(|r| r.funcs));
    columns.put_times("first_seen", rows.iter().map(|r| r.first_seen));
    columns.put_times("last_seen", rows.iter().map(|r| r.last_seen));
}

fn runs(columns: &mut Columns) -> Option<Vec<Run>> {
    let times = columns.times("runs.time")?;
    let run = |(i, name)| Some(Run { name, time: *times.get(i)? });
    columns.take_texts("runs")?.into_iter().enumerate().map(run).collect()
}

fn rows(columns: &mut Columns) -> Option<Vec<OwnerRow>> {
    let mut counts = columns.take_texts("counts")?.into_iter();
    let (cluster, namespace) = (columns.u32s("cluster")?, columns.u32s("namespace")?);
    let (kind, binary) = (columns.u32s("kind")?, columns.u32s("binary")?);
    let (evidence, build) = (columns.u32s("evidence")?, columns.u32s("build")?);
    let processes = columns.u32s("processes")?;
    let mut containers = columns.lists("containers")?.into_iter();
    let mut pods = columns.lists("pods")?.into_iter();
    let mut hosts = columns.lists("hosts")?.into_iter();
    let mut images = columns.lists("images")?.into_iter();
    let mut labels = columns.lists("labels")?.into_iter();
    let mut trends = columns.lists("trend")?.into_iter();
    let (covered, funcs) = (coverage(columns, "owner")?, coverage(columns, "owner.funcs")?);
    let (first_seen, last_seen) = (columns.times("first_seen")?, columns.times("last_seen")?);
    let row = |(i, name): (usize, u32)| {
        Some(OwnerRow {
            cluster: *cluster.get(i)?,
            namespace: *namespace.get(i)?,
            kind: *kind.get(i)?,
            name,
            binary: *binary.get(i)?,
            evidence: *evidence.get(i)?,
            build: *build.get(i)?,
            coverage: *covered.get(i)?,
            funcs: *funcs.get(i)?,
            processes: *processes.get(i)?,
            containers: containers.next()?,
            pods: pods.next()?,
            hosts: hosts.next()?,
            images: images.next()?,
            labels: labels.next()?,
            trend: trends.next()?.into_iter().map(|n| n.checked_sub(1)).collect(),
            first_seen: *first_seen.get(i)?,
            last_seen: *last_seen.get(i)?,
            counts: counts.next()?,
        })
    };
    columns.u32s("name")?.into_iter().enumerate().map(row).collect()
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
                lens: format!("lens-{hash}"),
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
        let times = (option::of(0_i64..1 << 40), option::of(0_i64..1 << 40));
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
                    labels: hosts.clone(),
                    trend: vec![None, Some(evidence % 10_001)],
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
            let runs = ["a", "b"].map(|name| Run { name: name.to_owned(), time: None }).into();
            let shard = OwnersShard { strings: Strings::default(), builds, rows, runs };
            prop_assert_eq!(OwnersShard::decode(&shard.encode().unwrap()).unwrap(), shard);
        }
    }

    #[test]
    fn a_row_without_its_build_is_refused() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let row = row(1).new_tree(&mut runner).unwrap().current();
        let row = OwnerRow { trend: vec![], ..row };
        let shard = OwnersShard { rows: vec![row], ..OwnersShard::default() };
        let err = OwnersShard::decode(&shard.encode().unwrap()).unwrap_err();
        assert!(err.to_string().contains("names a build that is not there"), "{err}");
    }

    use proptest::strategy::ValueTree as _;
}
