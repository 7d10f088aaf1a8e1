//! Import: from local folders to reports in a collection.

mod plan;
mod tree;

#[cfg(test)]
mod tests;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use self::plan::{Planned, plan};
use self::tree::{TreeFile, walk};
use super::file_name::FileRole;
use super::prefix::WrongPrefix;
use super::store::{Original, PlaceError, Placed, Store, Transfer};
use super::target::TargetError;
use crate::collection::{Collection, ReportDir};
use crate::label::Label;
use crate::problems::{Problem, Problems};
use crate::timestamp::Timestamp;

/// What the user says about an import.
///
/// All but the first four fields describe plain `GOCOVERDIR`s, whose paths say nothing.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// How files get into the collection.
    pub transfer: Transfer,
    /// The cluster; by default what the metadata says, else the imported folder's name.
    pub cluster: Option<String>,
    /// Labels of all reports; others that a report has stay.
    pub labels: Vec<Label>,
    /// The time of the import.
    pub now: Timestamp,
    /// The node; by default `localhost`.
    pub host: Option<String>,
    /// The namespace; by default `local`.
    pub namespace: Option<String>,
    /// The pod; by default the folder's name, and the report is that of a local process.
    pub pod: Option<String>,
    /// The container; by default not known.
    pub container: Option<String>,
    /// The image; by default not known.
    pub image: Option<String>,
    /// The binary; by default not known.
    pub binary: Option<String>,
    /// When the process was first seen; by default the oldest counter file's time.
    pub discovered: Option<Timestamp>,
}

impl ImportOptions {
    /// The defaults, at a time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            transfer: Transfer::default(),
            cluster: None,
            labels: Vec::new(),
            now,
            host: None,
            namespace: None,
            pod: None,
            container: None,
            image: None,
            binary: None,
            discovered: None,
        }
    }
}

/// What an import did. All counts but the first three are files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ImportSummary {
    /// Folders that are reports of the collection now.
    pub reports: usize,
    /// How many of these have a text profile only.
    pub text_reports: usize,
    /// Folders with coverage data that became no report.
    pub rejected: usize,
    /// New in the collection, as hard links to the originals.
    pub linked: usize,
    /// New in the collection, as copies.
    pub copied: usize,
    /// New in the collection, as hard links to an identical meta file.
    pub shared: usize,
    /// New in the collection beside another file of their name.
    pub kept_both: usize,
    /// In the collection before.
    pub skipped: usize,
    /// Not files of a report, or text beside binary data.
    pub ignored: usize,
    /// Left behind by an interrupted writer.
    pub temporary: usize,
    /// Could not be read.
    pub failed: usize,
    /// What went wrong, in the order of the sources and their folders.
    pub problems: Problems,
}

impl ImportSummary {
    /// How many files are new in the collection.
    pub fn done(&self) -> usize {
        [self.linked, self.copied, self.shared, self.kept_both]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    fn count(&mut self, placed: Placed) {
        let counter = match placed {
            Placed::Linked => &mut self.linked,
            Placed::Copied => &mut self.copied,
            Placed::Shared => &mut self.shared,
            Placed::Skipped => &mut self.skipped,
            Placed::KeptBoth => &mut self.kept_both,
        };
        *counter = counter.saturating_add(1);
    }
}

/// An import that found nothing, or a collection that cannot take it.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The folder cannot be read.
    #[error("cannot read the folder `{path}`")]
    Source {
        /// The folder as it was given.
        path: Utf8PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// There are keys in the paths, but none at the right level.
    #[error(transparent)]
    WrongPrefix(#[from] WrongPrefix),
    /// There is no coverage data.
    #[error(
        "no coverage data in `{path}`: a folder of covmeta.* and covcounters.* files is expected, \
         or a tree of {}",
        super::key::EXPECTED_SHAPE
    )]
    Nothing {
        /// The folder as it was given.
        path: Utf8PathBuf,
    },
    /// The collection takes nothing.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl ImportError {
    /// Whether the source is at fault, so that other sources can go on.
    fn is_about_source(&self) -> bool {
        matches!(self, Self::Source { .. } | Self::WrongPrefix(_) | Self::Nothing { .. })
    }

    fn into_problem(self, source: &Utf8Path) -> Problem {
        let kind = match self {
            Self::WrongPrefix(_) => "wrong-prefix",
            Self::Nothing { .. } => "no-coverage-data",
            _ => "unreadable",
        };
        Problem::loss(kind, source.as_str()).at(source).caused_by(&self)
    }
}

/// Brings the reports in local folders into a collection.
///
/// Each folder may be a tree in the shape of a bucket's keys, hold reports with `metadata.json`,
/// or be a plain `GOCOVERDIR`. A second run does nothing again. Fails when the collection cannot
/// be written, or when no folder has any report; all other failures are in the summary.
pub fn import(
    sources: &[Utf8PathBuf],
    collection: &Collection,
    options: &ImportOptions,
) -> Result<ImportSummary, ImportError> {
    let mut import = Import {
        collection,
        options,
        store: Store::new(collection, options.transfer).map_err(TargetError::from)?,
        summary: ImportSummary::default(),
    };
    let mut refused = Vec::new();
    for source in sources {
        match import.source(source) {
            Ok(()) => {}
            Err(error) if error.is_about_source() => refused.push((source, error)),
            Err(error) => return Err(error),
        }
    }
    if refused.len() == sources.len()
        && let Some((_, error)) = refused.pop()
    {
        return Err(error);
    }
    let mut summary = import.summary;
    summary.problems.extend(refused.into_iter().map(|(source, error)| error.into_problem(source)));
    Ok(summary)
}

struct Import<'a> {
    collection: &'a Collection,
    options: &'a ImportOptions,
    store: Store,
    summary: ImportSummary,
}

impl Import<'_> {
    fn source(&mut self, path: &Utf8Path) -> Result<(), ImportError> {
        let unreadable = |source| ImportError::Source { path: path.to_owned(), source };
        let root = path.canonicalize_utf8().map_err(unreadable)?;
        let tree = walk(&root, &mut self.summary.problems).map_err(unreadable)?;
        let plan = plan(&root, &tree, self.options, &mut self.summary.problems)?;
        if plan.reports.is_empty() && plan.rejected == 0 {
            return Err(ImportError::Nothing { path: path.to_owned() });
        }
        let summary = &mut self.summary;
        summary.ignored = summary.ignored.saturating_add(tree.ignored);
        summary.temporary = summary.temporary.saturating_add(tree.temporary);
        summary.rejected = summary.rejected.saturating_add(plan.rejected);
        plan.reports.into_iter().try_for_each(|planned| self.report(planned))
    }

    fn report(&mut self, planned: Planned<'_>) -> Result<(), ImportError> {
        let Planned { dir, key, mut metadata } = planned;
        let report = self.collection.report_dir(&metadata.cluster, &key);
        report.create().map_err(TargetError::writing(report.path()))?;
        // A damaged file is replaced by what is known now.
        let existing = report.metadata().unwrap_or_default();
        let mut labels = existing.as_ref().map(|old| old.labels.clone()).unwrap_or_default();
        labels.append(&mut metadata.labels);
        metadata.labels = labels;
        metadata.add_labels(&self.options.labels);
        let had_binary = report
            .files()
            .map_err(TargetError::writing(report.path()))?
            .iter()
            .any(|file| file.role.is_binary_coverage());
        metadata.text = !had_binary && dir.has(|role| role == FileRole::Text);
        metadata.text &= !dir.has(FileRole::is_binary_coverage);
        if existing.is_none() {
            // First, so that a killed run leaves no report without its identity.
            metadata.collected_at = metadata.collected_at.or(Some(self.options.now));
            report.write_metadata(&metadata).map_err(TargetError::from)?;
        }
        let done_before = self.summary.done();
        for file in &dir.files {
            self.file(file, &report, metadata.text)?;
        }
        if let Some(old) = existing {
            if self.summary.done() == done_before {
                metadata.collected_at = old.collected_at;
            }
            metadata.collected_at = metadata.collected_at.or(Some(self.options.now));
            metadata.owner = metadata.owner.or(old.owner);
            metadata.source = metadata.source.or(old.source);
        }
        let info = report.file("info.json").symlink_metadata().ok();
        if let Some(info) = info.filter(std::fs::Metadata::is_file) {
            // Nothing else of a report would miss it.
            metadata.collected("info.json", info.len());
        }
        report.write_metadata(&metadata).map_err(TargetError::from)?;
        let summary = &mut self.summary;
        summary.reports = summary.reports.saturating_add(1);
        summary.text_reports = summary.text_reports.saturating_add(usize::from(metadata.text));
        Ok(())
    }

    fn file(
        &mut self,
        file: &TreeFile,
        report: &ReportDir,
        is_text_report: bool,
    ) -> Result<(), ImportError> {
        match file.role {
            FileRole::Metadata => return Ok(()),
            FileRole::Text if !is_text_report => {
                self.summary.ignored = self.summary.ignored.saturating_add(1);
                return Ok(());
            }
            _ => {}
        }
        let original = Original { path: &file.path, name: &file.name, modified: file.modified };
        match self.store.place(original, report) {
            Ok(placement) => self.summary.count(placement.placed),
            Err(error @ PlaceError::Read(_)) => {
                self.summary.failed = self.summary.failed.saturating_add(1);
                self.summary.problems.push(
                    Problem::loss("unreadable", &file.name)
                        .at(&file.path)
                        .caused_by(&error)
                        .remedy("make the file readable and import again"),
                );
            }
            Err(PlaceError::Write(source)) => {
                return Err(TargetError::writing(report.path())(source).into());
            }
        }
        Ok(())
    }
}
