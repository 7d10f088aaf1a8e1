//! `covatlas render`.

use std::time::Instant;

use globset::GlobMatcher;

use super::{counted, human_bytes, open_to_write, summary};
use crate::{
    args::{self, Global, RenderHow, Shards},
    collection::Collection,
    db::{Database, OwnerRecord},
    problems::Problems,
    selection::{FilterError, Noise, parse_glob},
    site::{Input, Options, Viewer, render},
    sources::{Repositories, TextSource},
    ui::{Outcome, Summary, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Render) -> anyhow::Result<Outcome> {
    let (collection, _lock) = open_to_write(global)?;
    Ok(Outcome::Step(step(&collection, &args.how)?))
}

/// Writes the site.
pub(super) fn step(collection: &Collection, how: &RenderHow) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let viewer = match &how.viewer {
        Some(dir) => Viewer::from_dir(dir)?,
        None => Viewer::built_in()?,
    };
    let (only, not) = (globs(&how.owner)?, globs(&how.skip_owner)?);
    let db = Database::open(&collection.database())?;
    let input = Input::read(&db, |owner| is_shown(owner, &only, &not))?;
    let options = Options {
        output: how.output_dir.clone().unwrap_or_else(|| collection.site_dir()),
        title: how.title.clone(),
        form: match how.shards {
            Shards::Script => covatlas_shared::layout::Form::Script,
            Shards::Gz => covatlas_shared::layout::Form::Gz,
        },
        tiers: how.tiers,
        hide: Noise::texts(&how.hide),
    };
    let repositories = Repositories::new(collection);
    let texts: &dyn TextSource = if how.no_source { &NoTexts } else { &repositories };
    let site = render(&input, texts, &viewer, &options)?;
    let sentence = format!(
        "{} with {} to {}: {}, {}",
        counted(site.owners, "owner"),
        counted(site.files_with_text, "source file"),
        options.output,
        counted(site.files, "file"),
        human_bytes(site.bytes),
    );
    Ok(summary(
        "render",
        site.files_written,
        site.files - site.files_written.min(site.files),
        Problems::default(),
        started,
    )
    .with("site", options.output.as_str())
    .with("owners", site.owners)
    .with("source_files", site.files_with_text)
    .with("source_files_without_text", site.files_without_text)
    .with("files", site.files)
    .with("bytes", site.bytes)
    .saying(&sentence))
}

fn globs(globs: &[String]) -> Result<Vec<GlobMatcher>, UsageError> {
    let globs: Result<_, FilterError> = globs.iter().map(|glob| parse_glob(glob)).collect();
    globs.map_err(|err| UsageError::of(&err))
}

fn is_shown(owner: &OwnerRecord, only: &[GlobMatcher], not: &[GlobMatcher]) -> bool {
    let name = &owner.key.name;
    (only.is_empty() || only.iter().any(|g| g.is_match(name)))
        && !not.iter().any(|g| g.is_match(name))
}

/// What `--no-source` reads.
struct NoTexts;

impl TextSource for NoTexts {
    fn text(&self, _: &str, _: &str, _: &str) -> Option<Vec<u8>> {
        None
    }
}
