//! The root of a site: which report this is, how far it can be trusted, and where its owners are.

use crate::{
    codec::Columns,
    shard::{self, Kind, ShardError},
    stats::{Coverage, Tiers},
};

/// The root shard of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Name and version of the program that wrote the site, `covatlas 0.1.0`.
    pub tool: String,
    /// The title of the report; the cluster's name unless the user chose another.
    pub title: String,
    /// Names of the clusters whose reports are in it, sorted.
    pub clusters: Vec<String>,
    /// Name of the owners shard.
    pub owners: String,
    /// Name of the shard with the paths that the search knows.
    pub paths: String,
    /// Name of the shard with the funcs that the search knows.
    pub funcs: String,
    /// Name of the shard with the largest funcs that nobody entered.
    pub never: String,
    /// Name of the shard with the units of all builds: see [`crate::units`].
    pub units: String,
    /// The repositories that files of builds are in, sorted by name.
    pub repos: Vec<RepoLink>,
    /// Lower bounds of the tiers.
    pub tiers: Tiers,
    /// What is noise, as `FIELD=GLOB`: hidden until the reader asks for it. Fields are those of
    /// `--where`; a process or file that matches any of them is noise.
    pub hide: Vec<String>,
    /// The numbers of the whole collection.
    pub totals: Totals,
    /// The namespaces, sorted: their statements, each counted once over all builds of the
    /// namespace, and how many ran in any of its owners.
    pub namespaces: Vec<(String, Coverage)>,
    /// The same numbers without owners that are noise; empty when there are none.
    pub quiet: Quiet,
    /// What was lost or is doubtful.
    pub trust: Trust,
    /// What it is compared with; `None` without a baseline.
    pub compare: Option<Baseline>,
}

/// What the report is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Name of the shard with what changed: see [`crate::compare`].
    pub shard: String,
    /// Name of the collection of before; empty when a moment of this one is.
    pub name: String,
}

/// A repository, and where everything about it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepoLink {
    /// `host/org/repo`.
    pub repo: String,
    /// Name of its shard: see [`crate::repo`].
    pub shard: String,
    /// Its statements, each counted once over all builds, and how many ran anywhere.
    pub coverage: Coverage,
}

/// The numbers of a whole collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// What owners ran that are not noise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    /// Like [`Totals::coverage`].
    pub coverage: Coverage,
    /// Like [`Manifest::namespaces`].
    pub namespaces: Vec<(String, Coverage)>,
}

/// What was lost, left out or is doubtful, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Name of the shard with the lists behind the numbers: see [`crate::trust`].
    pub shard: String,
    /// Files of builds whose source was not found.
    pub files_unresolved: u32,
    /// Files whose text does not fit the units.
    pub files_mismatched: u32,
    /// Owners that are guesses from the form of a pod's name.
    pub owners_guessed: u32,
    /// Owners that the cluster itself told. Without any, nobody knows which pods were not measured.
    pub owners_told: u32,
    /// Namespaces with pods that have no report.
    pub namespaces_unmeasured: u32,
    /// Base names of files that are left out of every number, sorted.
    pub excluded: Vec<String>,
}

impl Manifest {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        let one = |text: &String| [text.clone()];
        columns.put_texts("tool", one(&self.tool));
        columns.put_texts("title", one(&self.title));
        columns.put_texts("clusters", self.clusters.iter().cloned());
        columns.put_texts("owners", one(&self.owners));
        columns.put_texts("paths", one(&self.paths));
        columns.put_texts("funcs", one(&self.funcs));
        columns.put_texts("never", one(&self.never));
        columns.put_texts("units", one(&self.units));
        columns.put_texts("repos.shard", self.repos.iter().map(|r| r.shard.clone()));
        let repos: Vec<_> = self.repos.iter().map(|r| (r.repo.clone(), r.coverage)).collect();
        put_named(&mut columns, "repos", &repos);
        columns.put_u32("tiers", self.tiers.0);
        columns.put_texts("hide", self.hide.iter().cloned());
        self.totals.put(&mut columns);
        put_named(&mut columns, "namespaces", &self.namespaces);
        let Quiet { coverage, namespaces } = &self.quiet;
        columns.put_u64("quiet.coverage", [coverage.statements(), coverage.covered()]);
        put_named(&mut columns, "quiet", namespaces);
        let trust = &self.trust;
        let counts = [
            trust.files_unresolved,
            trust.files_mismatched,
            trust.owners_guessed,
            trust.owners_told,
            trust.namespaces_unmeasured,
        ];
        columns.put_u32("trust", counts);
        columns.put_texts("trust.shard", one(&trust.shard));
        if let Some(baseline) = &self.compare {
            columns.put_texts("compare", [baseline.shard.clone(), baseline.name.clone()]);
        }
        columns.put_texts("excluded", trust.excluded.iter().cloned());
        shard::encode(Kind::Manifest, &columns, &[])
    }

    /// Reads a manifest from the bytes of its shard, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Manifest, bytes)?;
        Self::from_columns(columns)
            .ok_or_else(|| ShardError::damaged(Kind::Manifest, "columns do not fit together"))
    }

    fn from_columns(mut columns: Columns) -> Option<Self> {
        let tiers = Tiers(columns.u32s("tiers")?.try_into().ok()?);
        let totals = Totals::take(&columns)?;
        let trust: [u32; 5] = columns.u32s("trust")?.try_into().ok()?;
        let excluded = columns.take_texts("excluded")?;
        let (hide, repos) = (columns.take_texts("hide")?, repos(&mut columns)?);
        let (quiet, namespaces) = (quiet(&mut columns)?, named(&mut columns, "namespaces")?);
        let clusters = columns.take_texts("clusters")?;
        let mut baseline = columns.take_texts("compare").unwrap_or_default().into_iter();
        let compare = baseline.next().zip(baseline.next());
        let [files_unresolved, files_mismatched, owners_guessed, owners_told, unmeasured] = trust;
        let mut one = |name: &str| columns.take_texts(name)?.pop();
        Some(Self {
            tool: one("tool")?,
            title: one("title")?,
            owners: one("owners")?,
            paths: one("paths")?,
            funcs: one("funcs")?,
            never: one("never")?,
            units: one("units")?,
            clusters,
            repos,
            tiers,
            hide,
            totals,
            namespaces,
            quiet,
            compare: compare.map(|(shard, name)| Baseline { shard, name }),
            trust: Trust {
                shard: one("trust.shard")?,
                files_unresolved,
                files_mismatched,
                owners_guessed,
                owners_told,
                namespaces_unmeasured: unmeasured,
                excluded,
            },
        })
    }
}

/// Adds names with what ran of them.
fn put_named(columns: &mut Columns, name: &str, named: &[(String, Coverage)]) {
    columns.put_texts(name, named.iter().map(|(name, _)| name.clone()));
    let own = || named.iter().map(|(_, coverage)| coverage);
    columns.put_u64(&format!("{name}.statements"), own().map(|c| c.statements()));
    columns.put_u64(&format!("{name}.covered"), own().map(|c| c.covered()));
}

fn quiet(columns: &mut Columns) -> Option<Quiet> {
    let [statements, covered] = columns.u64s("quiet.coverage")?.try_into().ok()?;
    let coverage = Coverage::new(statements, covered)?;
    Some(Quiet { coverage, namespaces: named(columns, "quiet")? })
}

fn repos(columns: &mut Columns) -> Option<Vec<RepoLink>> {
    let mut shards = columns.take_texts("repos.shard")?.into_iter();
    let link = |(repo, coverage)| Some(RepoLink { repo, shard: shards.next()?, coverage });
    named(columns, "repos")?.into_iter().map(link).collect()
}

/// The undoing of [`put_named`].
fn named(columns: &mut Columns, name: &str) -> Option<Vec<(String, Coverage)>> {
    let statements = columns.u64s(&format!("{name}.statements"))?;
    let covered = columns.u64s(&format!("{name}.covered"))?;
    let one = |(i, name): (usize, String)| {
        Some((name, Coverage::new(*statements.get(i)?, *covered.get(i)?)?))
    };
    columns.take_texts(name)?.into_iter().enumerate().map(one).collect()
}

impl Totals {
    fn put(self, columns: &mut Columns) {
        let coverage = [self.coverage.statements(), self.coverage.covered()];
        columns.put_u64("totals.coverage", coverage);
        columns.put_times("totals.seen", [self.first_seen, self.last_seen]);
        let counts = [
            self.reports,
            self.reports_failed,
            self.processes,
            self.owners,
            self.binaries,
            self.builds,
            self.pods,
            self.hosts,
            self.images,
            self.repos,
            self.files,
        ];
        columns.put_u32("totals.counts", counts);
    }

    fn take(columns: &Columns) -> Option<Self> {
        let [statements, covered] = columns.u64s("totals.coverage")?.try_into().ok()?;
        let [first_seen, last_seen] = columns.times("totals.seen")?.try_into().ok()?;
        let mut counts = columns.u32s("totals.counts")?.into_iter();
        // Struct fields are evaluated in the order in which they are written here.
        let totals = Self {
            coverage: Coverage::new(statements, covered)?,
            reports: counts.next()?,
            reports_failed: counts.next()?,
            processes: counts.next()?,
            owners: counts.next()?,
            binaries: counts.next()?,
            builds: counts.next()?,
            pods: counts.next()?,
            hosts: counts.next()?,
            images: counts.next()?,
            repos: counts.next()?,
            files: counts.next()?,
            first_seen,
            last_seen,
        };
        counts.next().is_none().then_some(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_comes_back() {
        let totals = Totals {
            coverage: Coverage::new(9, 4).unwrap(),
            reports: 1,
            reports_failed: 2,
            processes: 3,
            owners: 4,
            binaries: 5,
            builds: 6,
            pods: 7,
            hosts: 8,
            images: 9,
            repos: 10,
            files: 11,
            first_seen: Some(12),
            last_seen: None,
        };
        let manifest = Manifest {
            tool: "covatlas 1".into(),
            title: "</script>".into(),
            clusters: vec!["a".into(), "b".into()],
            owners: "owners-0123456789abcdef".into(),
            paths: "paths-0123456789abcdef".into(),
            funcs: "funcs-0123456789abcdef".into(),
            units: "units-0".into(),
            never: "never-0123456789abcdef".into(),
            repos: vec![RepoLink {
                repo: "github.com/o/r".into(),
                shard: "repo-0123456789abcdef".into(),
                coverage: Coverage::new(9, 4).unwrap(),
            }],
            tiers: Tiers([10, 20, 30]),
            hide: vec!["kind=Job".into(), "path=*/zz_*".into()],
            totals,
            namespaces: vec![
                ("a".into(), Coverage::new(5, 0).unwrap()),
                ("b".into(), Coverage::new(9, 4).unwrap()),
            ],
            quiet: Quiet {
                coverage: Coverage::new(8, 3).unwrap(),
                namespaces: vec![("b".into(), Coverage::new(8, 3).unwrap())],
            },
            trust: Trust {
                shard: "trust-0123456789abcdef".into(),
                files_unresolved: 1,
                files_mismatched: 2,
                owners_guessed: 3,
                owners_told: 4,
                namespaces_unmeasured: 5,
                excluded: vec!["coverage_server.go".into()],
            },
            compare: Some(Baseline {
                shard: "compare-0123456789abcdef".into(),
                name: String::new(),
            }),
        };
        assert_eq!(Manifest::decode(&manifest.encode().unwrap()).unwrap(), manifest);
        let alone = Manifest { compare: None, ..manifest };
        assert_eq!(Manifest::decode(&alone.encode().unwrap()).unwrap(), alone);
    }

    #[test]
    fn more_covered_than_statements_is_refused() {
        let manifest = Manifest {
            totals: Totals { coverage: Coverage::new(7, 5).unwrap(), ..Totals::default() },
            ..Manifest::default()
        };
        let text = String::from_utf8(manifest.encode().unwrap()).unwrap();
        let damaged = text.replace("[7,5]", "[7,8]");
        assert_ne!(text, damaged);
        assert!(Manifest::decode(damaged.as_bytes()).is_err());
    }
}
