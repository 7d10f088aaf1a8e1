//! `coverage/` to `coverage.db`.
//!
//! [`scan`] lists the reports, [`listing`] reads the headers of new files; [`plan`] finds the builds of
//! which something changed; [`decode`] merges their counters, owner by owner, on all cores, from
//! what [`pids`] reads; [`inspect`] asks registries about images meanwhile; [`output`] writes what
//! they find, in an order that does not depend on which core was faster.

mod decode;
mod digest;
mod evidence;
#[cfg(feature = "registry")]
mod inspect;
#[cfg(not(feature = "registry"))]
#[path = "inspect_nothing.rs"]
mod inspect;
mod listing;
mod output;
mod pids;
mod plan;
mod scan;
mod snapshots;
mod unmeasured;

#[cfg(test)]
mod tests;

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc::{SyncSender, sync_channel},
};

use thiserror::Error;

#[cfg(feature = "registry")]
pub use self::inspect::Inspection;

use self::{
    decode::{BuildResult, Context},
    output::Output,
    plan::Plan,
};
use crate::{
    collection::{Collection, CollectionError, ReportDir},
    db::{Database, DbError},
    image::{Mapping, RegistryPrefix},
    owner::{OwnerPrefix, OwnersFile},
    problems::Problems,
    profile::{Combine, INJECTED_FILES},
    selection::Selection,
};

/// Results that may wait for the writer: bounds the memory.
const MAX_WAITING: usize = 4;

/// How to compile.
#[derive(Debug, Default)]
pub struct Options {
    /// How counts of replicas are combined.
    pub combine: Combine,
    /// Base names of files to leave out, besides the injected ones.
    pub exclude: Vec<String>,
    /// Owners as the cluster itself tells them.
    pub owners: Option<OwnersFile>,
    /// Owners of pods whose names start so.
    pub owner_prefixes: Vec<OwnerPrefix>,
    /// Registries whose names can be read back, besides the known ones.
    pub registry_prefixes: Vec<RegistryPrefix>,
    /// Where images come from, as the user tells it.
    pub mapping: Mapping,
    /// How to ask registries about images; `None`: not at all.
    #[cfg(feature = "registry")]
    pub inspection: Option<Inspection>,
    /// Reports that are decoded again though nothing changed; `None`: none.
    pub update: Option<Selection>,
}

/// What was compiled.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Reports that were read.
    pub reports: usize,
    /// Reports of which something could not be read.
    pub reports_failed: usize,
    /// Distinct builds.
    pub builds: usize,
    /// Owners.
    pub owners: usize,
    /// Processes.
    pub processes: usize,
    /// Builds that were decoded; the others had not changed.
    pub builds_decoded: usize,
    /// Reports whose files were decoded.
    pub reports_decoded: usize,
    /// Images that a registry told about; others were known or have no certain name.
    pub images_inspected: usize,
    /// Images that no registry told about.
    pub images_failed: usize,
    /// What went wrong.
    pub problems: Problems,
}

/// Why nothing was compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    /// The collection cannot be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The database cannot be written.
    #[error(transparent)]
    Db(#[from] DbError),
    /// There is nothing to compile.
    #[error(
        "no reports in `{dir}`: make some with `covatlas import DIR`, or name another collection \
         with -C{}", if *.taken_out == 0 { "" } else { "; those of before are taken out of the database" }
    )]
    NoReports {
        /// The folder of reports.
        dir: camino::Utf8PathBuf,
        /// How many reports the database had.
        taken_out: usize,
    },
    /// The excluded names cannot be stored.
    #[error("cannot store the excluded files")]
    Json(#[from] serde_json::Error),
}

/// Takes all reports out of the database of a collection whose last one is gone: it must not answer
/// for what is not there. Tells how many it had.
///
/// # Errors
/// [`CompileError`]; the database is then as it was.
pub fn take_out_all(collection: &Collection, options: &Options) -> Result<usize, CompileError> {
    // An empty database where there was none would only mislead.
    if !collection.database().exists() {
        return Ok(0);
    }
    let mut db = Database::create(&collection.database())?;
    let had = db.reports()?.len();
    if had > 0 {
        compile(&[], options, &mut db)?;
    }
    Ok(had)
}

/// Compiles all `reports` of a collection into its database, in one transaction.
///
/// Only builds of which something changed are decoded: a report came, went or got another file, or
/// the options differ. A report that cannot be read is a problem, never stops the others, and is
/// tried again the next time.
///
/// # Errors
/// [`CompileError`]; the database is then as it was.
pub fn compile(
    reports: &[ReportDir],
    options: &Options,
    db: &mut Database,
) -> Result<Compiled, CompileError> {
    let mut excluded: Vec<String> = INJECTED_FILES.map(str::to_owned).to_vec();
    excluded.extend(options.exclude.iter().cloned());
    excluded.sort();
    excluded.dedup();

    let mut scan = scan::scan(reports, options, &db.known_reports()?);
    let plan = Plan::new(&scan, &excluded, options, db.build_inputs()?);
    scan.read_headers(&plan.reports());
    if let Some(owners) = &options.owners {
        scan.problems.extend(unmeasured::notes(owners, &scan.reports));
    }
    let (packages, known_images) = (db.known_packages()?, db.inspected_images()?);
    let mut output = Output::begin(&scan, &plan, db)?;
    output.excluded(&excluded)?;
    let context =
        Context { scan: &scan, packages: &packages, excluded: &excluded, combine: options.combine };
    // Builds are taken in order, so that few results wait for one that is slow.
    let next = AtomicUsize::new(0);
    let decode_all = |sender: SyncSender<(usize, BuildResult)>| {
        loop {
            let order = next.fetch_add(1, Ordering::Relaxed);
            let Some(build) = plan.changed.get(order) else { break };
            let result = decode::decode(&context, &build.scanned);
            if sender.send((order, result)).is_err() {
                // The writer failed, and nothing matters any more.
                break;
            }
        }
    };
    let inspected = std::thread::scope(|threads| {
        let inspection = threads.spawn(|| inspect::inspect(&scan, options, &known_images));
        let (sender, receiver) = sync_channel(MAX_WAITING);
        for _ in 0..rayon::current_num_threads() {
            let sender = sender.clone();
            threads.spawn(|| decode_all(sender));
        }
        drop(sender);
        output.write_builds(receiver)?;
        Ok::<_, CompileError>(inspection.join().unwrap_or_default())
    })?;
    output.finish(&known_images, inspected)
}
