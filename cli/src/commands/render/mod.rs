//! `covatlas render`.

mod fingerprint;

use std::{collections::BTreeSet, time::Instant};

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobMatcher;

use fingerprint::fingerprint;

use super::{baseline, counted, human_bytes, open_to_write, summary, trend::snapshots};
use crate::{
    args::{self, CompareBy, Global, Redact, RenderHow, Shards},
    collection::{Collection, Inputs},
    db::{Database, OwnerRecord, StoredProblem},
    problems::{Problem, Problems},
    selection::{FilterError, Noise, Selection, parse_glob},
    site::{Input, KeptSites, Options, Redaction, Rendered, Secret, Shown, Viewer, render},
    sources::{Repositories, TextSource, git},
    stats::History,
    ui::{Outcome, Summary, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Render) -> anyhow::Result<Outcome> {
    let (collection, _lock) = open_to_write(global)?;
    Ok(Outcome::Step(step(&collection, &args.how)?))
}

/// Writes the site, unless it is there already and whole.
pub(super) fn step(collection: &Collection, how: &RenderHow) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let viewer = match &how.viewer {
        Some(dir) => Viewer::from_dir(dir)?,
        None => Viewer::built_in()?,
    };
    let (only, not) = (globs(&how.owner)?, globs(&how.skip_owner)?);
    let owner = |owner: &OwnerRecord| is_shown(owner, &only, &not);
    let output = output(collection, how)?;
    let db = Database::open(&collection.database())?;
    let redaction = redaction(collection, &how.redact)?;
    let (private, notes) = private(collection, &db, how)?;

    let input = fingerprint(collection, how, &viewer);
    let mut kept = KeptSites::read(&collection.rendered_file());
    let place = resolved(&output);
    if let Some(input) = &input
        && let Some(site) = kept.unchanged(&place, input)?
    {
        tracing::debug!(%output, "the site is what it would become");
        return Ok(summarised(site, &output, notes, started));
    }
    kept.forget(&place)?;
    let stored = notes.iter().map(|note| StoredProblem::of("render", "", note)).collect();
    let baseline = baseline::Shown { owner: &owner, redaction: &redaction };
    let baseline = baseline::read(collection, &db, how, &baseline)?;
    let shown = Shown { owner: &owner, redaction: &redaction, private: &private, notes: stored };
    let options = Options {
        output,
        title: how.title.clone(),
        form: match how.shards {
            Shards::Script => covatlas_shared::layout::Form::Script,
            Shards::Gz => covatlas_shared::layout::Form::Gz,
        },
        tiers: how.tiers,
        hide: redaction.harmless(Noise::texts(&how.hide)),
        history: history(collection, how)?,
        baseline,
    };
    let repositories = Repositories::new(collection);
    let texts: &dyn TextSource = if how.no_source { &NoTexts } else { &repositories };
    let site = render(&Input::read(&db, shown)?, texts, &viewer, &options)?;
    // Another time a text that could not be read may be there.
    let is_whole = how.no_source || site.texts_missing == 0;
    if let Some(input) = input.filter(|_| is_whole) {
        kept.keep(&place, input, site)?;
    }
    Ok(summarised(site, &options.output, notes, started))
}

fn summarised(site: Rendered, output: &Utf8Path, notes: Problems, started: Instant) -> Summary {
    let sentence = format!(
        "{} with {} to {output}: {}, {}",
        counted(site.owners, "owner"),
        counted(site.files_with_text, "source file"),
        counted(site.files, "file"),
        human_bytes(site.bytes),
    );
    let sentence = match site.files_written {
        0 => format!("{sentence}, all there already,"),
        _ => sentence,
    };
    let skipped = site.files - site.files_written.min(site.files);
    summary("render", site.files_written, skipped, notes, started)
        .with("site", output.as_str())
        .with("owners", site.owners)
        .with("source_files", site.files_with_text)
        .with("source_files_without_text", site.files_without_text)
        .with("files", site.files)
        .with("bytes", site.bytes)
        .saying(&sentence)
}

/// How owners developed up to this collection; nothing unless the user names earlier runs.
fn history(collection: &Collection, how: &RenderHow) -> anyhow::Result<History> {
    if how.history.is_empty() {
        return Ok(History::default());
    }
    // A pattern for all nights may well name this one too.
    let is_other = |path: &&Utf8PathBuf| resolved(path) != resolved(collection.dir());
    let mut paths: Vec<Utf8PathBuf> = how.history.iter().filter(is_other).cloned().collect();
    paths.push(collection.dir().to_owned());
    Ok(History::of(snapshots(&paths, &[CompareBy::Owner], &Selection::default())?))
}

/// The folder to write to: any but those with the collection's own data, of which the site's files
/// would seem to be a part.
pub(super) fn output(collection: &Collection, how: &RenderHow) -> Result<Utf8PathBuf, UsageError> {
    let Some(output) = &how.output_dir else { return Ok(collection.site_dir()) };
    let wanted = resolved(output);
    let is_inside = |dir: &Utf8PathBuf| wanted.starts_with(resolved(dir));
    let taken = collection.data_dirs().into_iter().find(is_inside);
    let is_itself = wanted == resolved(collection.dir());
    let taken = taken.or_else(|| is_itself.then(|| collection.dir().to_owned()));
    match taken {
        None => Ok(output.clone()),
        Some(taken) => Err(UsageError::new(format!(
            "cannot render into `{output}`: `{taken}` holds the collection's own data; choose \
             another --output-dir, such as `{}`",
            collection.site_dir()
        ))),
    }
}

/// The path without links and `..`, as far as its folders exist.
fn resolved(path: &Utf8Path) -> Utf8PathBuf {
    let path = camino::absolute_utf8(path).unwrap_or_else(|_| path.to_owned());
    let mut missing = Vec::new();
    for folder in path.ancestors() {
        if let Ok(found) = folder.canonicalize_utf8() {
            return missing.into_iter().rev().fold(found, |path: Utf8PathBuf, name| match name {
                ".." => path.parent().map(Utf8Path::to_owned).unwrap_or(path),
                name => path.join(name),
            });
        }
        missing.push(folder.components().next_back().map_or("", |part| part.as_str()));
    }
    path
}

/// Which names get pseudonyms, and with which key: one that the collection keeps, so that they stay
/// the same.
fn redaction(collection: &Collection, what: &[Redact]) -> anyhow::Result<Redaction> {
    if what.is_empty() {
        return Ok(Redaction::new([], [0; 32]));
    }
    let parse = |bytes: &[u8]| {
        let key = blake3::Hash::from_hex(bytes.trim_ascii());
        key.map(|hash| *hash.as_bytes()).map_err(|_| "it is no key of 64 hexadecimal digits")
    };
    let key = if let Some(key) = collection.kept_input(Inputs::RedactKey, parse)? {
        key
    } else {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let text = format!("{}\n", blake3::Hash::from_bytes(key).to_hex());
        collection.keep_input(Inputs::RedactKey, text.as_bytes())?;
        key
    };
    let kinds = what.iter().map(|what| match what {
        Redact::Hosts => Secret::Hosts,
        Redact::Pods => Secret::Pods,
        Redact::Images => Secret::Images,
    });
    Ok(Redaction::new(kinds, key))
}

/// Repositories whose text stays here, since it came only with a login, and what people are told.
fn private(
    collection: &Collection,
    db: &Database,
    how: &RenderHow,
) -> anyhow::Result<(BTreeSet<String>, Problems)> {
    if how.include_private || how.no_source {
        return Ok((BTreeSet::new(), Problems::default()));
    }
    let repos = db.checkouts()?.into_iter().map(|checkout| checkout.repo);
    let private: BTreeSet<String> =
        repos.filter(|repo| git::is_private(&collection.repo_dir(repo))).collect();
    let note = |repo: &String| {
        Problem::note("private-source", repo.clone())
            .because("it was fetched with a login, so that its text is left out of the site")
            .remedy("--include-private shows it")
    };
    let notes = private.iter().map(note).collect();
    Ok((private, notes))
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
