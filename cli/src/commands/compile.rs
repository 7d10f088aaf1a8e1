//! `covatlas compile`.

use std::time::Instant;

use anyhow::Context as _;

use super::{counted, open_to_write, summary};
use crate::{
    args::{self, CompileHow, Global},
    collection::{Collection, Inputs},
    compile::{CompileError, Options, compile, take_out_all},
    db::Database,
    image::{LocalGit, Mapping, RegistryPrefix},
    owner::OwnersFile,
    profile::Combine,
    selection::Selection,
    sources,
    ui::{Outcome, Summary, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Compile) -> anyhow::Result<Outcome> {
    let (collection, _lock) = open_to_write(global)?;
    Ok(Outcome::Step(step(&collection, &args.how, global.max_concurrency)?))
}

/// Compiles, then finds the files of all builds in the repositories that are there.
pub(super) fn step(
    collection: &Collection,
    how: &CompileHow,
    concurrency: Option<u16>,
) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let options = options(collection, how, concurrency)?;
    let reports = collection.reports()?;
    if reports.is_empty() {
        let taken_out = take_out_all(collection, &options)?;
        return Err(CompileError::NoReports { dir: collection.coverage_dir(), taken_out }.into());
    }
    let mut db = Database::create(&collection.database())?;
    keep_inputs(collection, how, &options)?;
    let compiled = compile(&reports, &options, &mut db)?;
    sources::resolve_all(collection, &mut db, sources::Resolve::WhenChanged)?;
    let sentence = format!(
        "{}, {} and {} from {}",
        counted(compiled.owners, "owner"),
        counted(compiled.builds, "build"),
        counted(compiled.processes, "process").replace("processs", "processes"),
        counted(compiled.reports, "report"),
    );
    let done = compiled.reports_decoded.saturating_sub(compiled.reports_failed);
    let skipped = compiled.reports.saturating_sub(compiled.reports_decoded);
    let sentence = match skipped {
        0 => sentence,
        _ => format!("{sentence} ({skipped} unchanged)"),
    };
    Ok(summary("compile", done, skipped, compiled.problems, started)
        .with("reports", compiled.reports)
        .with("reports_failed", compiled.reports_failed)
        .with("owners", compiled.owners)
        .with("builds", compiled.builds)
        .with("builds_decoded", compiled.builds_decoded)
        .with("processes", compiled.processes)
        .with("images_inspected", compiled.images_inspected)
        .with("images_failed", compiled.images_failed)
        .saying(&sentence))
}

fn options(
    collection: &Collection,
    how: &CompileHow,
    concurrency: Option<u16>,
) -> anyhow::Result<Options> {
    #[cfg(not(feature = "registry"))]
    let _ = concurrency;
    let combine = match how.combine {
        args::Combine::Max => Combine::Max,
        args::Combine::Sum => Combine::Sum,
    };
    let owners = match &how.owners {
        Some(path) => {
            let file = fs_err::File::open(path)?;
            let parsed = OwnersFile::parse(std::io::BufReader::new(file));
            Some(parsed.with_context(|| format!("cannot use the owners file `{path}`"))?)
        }
        None => collection.kept_input(Inputs::Owners, OwnersFile::from_json)?,
    };
    let mapping = match &how.images {
        Some(path) => {
            let parsed = Mapping::parse(&fs_err::read_to_string(path)?, LocalGit::Allow);
            Some(parsed.with_context(|| format!("cannot use the mapping file `{path}`"))?)
        }
        None => collection.kept_input(Inputs::Images, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            Mapping::parse(&text, LocalGit::Allow)
        })?,
    };
    Ok(Options {
        combine,
        exclude: how.exclude_file.clone(),
        owners,
        owner_prefixes: how.owner_prefix.clone(),
        registry_prefixes: how.registry_prefix.iter().map(|p| RegistryPrefix::new(p)).collect(),
        mapping: mapping.unwrap_or_default(),
        #[cfg(feature = "registry")]
        inspection: super::registry::inspection(how, concurrency)?,
        update: update(&how.update)?,
    })
}

/// Keeps what the flags gave, so that a later run without them means the same.
fn keep_inputs(collection: &Collection, how: &CompileHow, options: &Options) -> anyhow::Result<()> {
    if let (Some(_), Some(owners)) = (&how.owners, &options.owners) {
        collection.keep_input(Inputs::Owners, &owners.to_json()?)?;
    }
    if how.images.is_some() {
        collection.keep_input(Inputs::Images, options.mapping.to_text().as_bytes())?;
    }
    Ok(())
}

/// `*` stands for everything and adds nothing to other patterns.
fn update(patterns: &[String]) -> Result<Option<Selection>, UsageError> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let filters: Vec<String> = patterns.iter().filter(|p| *p != "*").cloned().collect();
    Selection::parse(&filters).map(Some).map_err(|err| UsageError::of(&err))
}
