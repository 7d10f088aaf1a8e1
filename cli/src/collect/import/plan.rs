use camino::Utf8Path;

use super::tree::{Tree, TreeDir};
use super::{ImportError, ImportOptions};
use crate::collect::file_name::{CountersName, FileRole};
use crate::collect::key::{KeyError, ReportKey, ReportOrigin};
use crate::collect::prefix::{WrongPrefix, shift_of};
use crate::collection::{Metadata, parse_metadata_file};
use crate::problems::{Problem, Problems};
use crate::timestamp::Timestamp;

/// A folder that becomes a report.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) dir: &'a TreeDir,
    pub(super) key: ReportKey,
    /// Without `text`, which depends on what the collection has.
    pub(super) metadata: Metadata,
}

/// What a tree's folders become.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    pub(super) reports: Vec<Planned<'a>>,
    /// How many folders with coverage data became no report.
    pub(super) rejected: usize,
}

/// Decides what each folder is: a report with its own metadata, one whose key is its path, or a
/// plain `GOCOVERDIR`.
///
/// Fails when the paths have keys in them, but none at the right level.
pub(super) fn plan<'a>(
    root: &Utf8Path,
    tree: &'a Tree,
    options: &ImportOptions,
    problems: &mut Problems,
) -> Result<Plan<'a>, ImportError> {
    let rules = Rules { root, cluster: cluster_name(root, options), options };
    let mut plan = Plan::default();
    let mut unnamed = Vec::new();
    for dir in tree.dirs.iter().filter(|dir| dir.has(holds_coverage) || dir.has(is_info)) {
        if dir.has(holds_coverage) && dir.has(|role| role == FileRole::Metadata) {
            match rules.with_metadata(dir) {
                Ok(Some(planned)) => plan.reports.push(planned),
                Ok(None) => unnamed.push(dir),
                Err(problem) => {
                    problems.push(problem);
                    plan.rejected = plan.rejected.saturating_add(1);
                }
            }
        } else {
            unnamed.push(dir);
        }
    }
    rules.by_path(unnamed, &mut plan, problems)?;
    Ok(plan)
}

fn holds_coverage(role: FileRole) -> bool {
    role.is_binary_coverage() || role == FileRole::Text
}

fn is_info(role: FileRole) -> bool {
    role == FileRole::Info
}

/// The option, else the folder's name; `coverage` is only the part of a collection with reports.
fn cluster_name(root: &Utf8Path, options: &ImportOptions) -> String {
    let folder = match root.file_name() {
        Some("coverage") => root.parent().and_then(Utf8Path::file_name).or(Some("coverage")),
        other => other,
    };
    options.cluster.clone().unwrap_or_else(|| folder.unwrap_or("import").to_owned())
}

struct Rules<'o> {
    root: &'o Utf8Path,
    cluster: String,
    options: &'o ImportOptions,
}

impl Rules<'_> {
    /// A folder with a `metadata.json`; `None` when that names no pod and no host.
    fn with_metadata<'a>(&self, dir: &'a TreeDir) -> Result<Option<Planned<'a>>, Problem> {
        let Some(file) = dir.files.iter().find(|file| file.role == FileRole::Metadata) else {
            return Ok(None);
        };
        let mut metadata = parse_metadata_file(&file.path).map_err(|error| {
            Problem::loss("bad-metadata", &dir.relative)
                .at(&file.path)
                .caused_by(&error)
                .remedy("repair or remove metadata.json and import again")
        })?;
        if metadata.pod_name.is_empty() && !metadata.host_process {
            return Ok(None);
        }
        if metadata.cluster.is_empty() || self.options.cluster.is_some() {
            metadata.cluster.clone_from(&self.cluster);
        }
        let key = metadata.report_key(oldest_time(dir).unwrap_or(self.options.now));
        metadata.discovered_at = Some(key.discovered_at);
        Ok(Some(Planned { dir, key, metadata }))
    }

    fn by_path<'a>(
        &self,
        dirs: Vec<&'a TreeDir>,
        plan: &mut Plan<'a>,
        problems: &mut Problems,
    ) -> Result<(), ImportError> {
        let parsed: Vec<_> =
            dirs.into_iter().map(|dir| (dir, dir.relative.parse::<ReportKey>())).collect();
        let has_keys = parsed.iter().any(|(_, key)| key.is_ok());
        if !has_keys {
            let paths = || parsed.iter().map(|(dir, key)| (first_path(dir), key));
            let is_misplaced = paths().any(|(path, key)| {
                shift_of(&path).is_some() || matches!(key, Err(KeyError::NotATimestamp(_)))
            });
            if is_misplaced {
                let paths: Vec<_> = paths().map(|(path, _)| path).collect();
                let paths = paths.iter().map(String::as_str);
                return Err(WrongPrefix::new(self.root.as_str(), paths).into());
            }
        }
        for (dir, key) in parsed {
            match key {
                Ok(key) => plan.reports.push(self.planned(dir, key)),
                Err(error) if has_keys => {
                    plan.rejected = plan.rejected.saturating_add(1);
                    problems.push(
                        Problem::loss("rejected-path", &dir.relative)
                            .at(self.root.join(&dir.relative))
                            .because(error)
                            .remedy("import this folder by itself if it belongs to the run"),
                    );
                }
                Err(_) if dir.has(holds_coverage) => {
                    plan.reports.push(self.planned(dir, self.process_key(dir)));
                }
                // A folder with nothing but an info.json is no coverage directory.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn planned<'a>(&self, dir: &'a TreeDir, key: ReportKey) -> Planned<'a> {
        let metadata = Metadata::from_key(&self.cluster, &key);
        Planned { dir, key, metadata }
    }

    /// The key of a plain `GOCOVERDIR`, from the options and the folder's name.
    fn process_key(&self, dir: &TreeDir) -> ReportKey {
        let options = self.options;
        let folder = match dir.relative.as_str() {
            "" => self.root.file_name().unwrap_or("import"),
            relative => relative,
        };
        let or = |option: &Option<String>, default: &str| {
            option.clone().unwrap_or_else(|| default.to_owned())
        };
        let oldest = || oldest_time(dir).unwrap_or(options.now);
        // With a pod's name the report is that of a container, whatever else is not known.
        let origin =
            if options.pod.is_some() { ReportOrigin::Container } else { ReportOrigin::Process };
        ReportKey {
            origin,
            hostname: or(&options.host, "localhost"),
            namespace: or(&options.namespace, "local"),
            pod: or(&options.pod, folder),
            container: or(&options.container, ""),
            discovered_at: options.discovered.unwrap_or_else(oldest).whole_seconds(),
            image: or(&options.image, ""),
            binary: or(&options.binary, ""),
        }
    }
}

/// A path of the folder as a key would have it.
fn first_path(dir: &TreeDir) -> String {
    let name = dir.files.iter().find(|file| file.role.is_collected()).or(dir.files.first());
    let name = name.map_or("", |file| &file.name);
    if dir.relative.is_empty() { name.to_owned() } else { format!("{}/{name}", dir.relative) }
}

/// The oldest time in the counter files' names, or else at which any file was written.
fn oldest_time(dir: &TreeDir) -> Option<Timestamp> {
    let counters = dir.files.iter().filter(|file| file.role == FileRole::Counters);
    let named =
        counters.filter_map(|file| CountersName::parse(&file.name)?.time().or(file.modified)).min();
    named.or_else(|| dir.files.iter().filter_map(|file| file.modified).min())
}
