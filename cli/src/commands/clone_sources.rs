//! `covatlas clone-sources`.

use std::time::{Duration, Instant};

use super::{counted, human_bytes, open_to_write, summary};
use crate::{
    args::{self, CloneHow, Global},
    collection::Collection,
    db::Database,
    image::LocalGit,
    sources::{
        Resolve, fetch_all,
        git::{Existing, Fallback, FetchOptions, MirrorError},
        resolve_all,
    },
    ui::{Outcome, Summary, UsageError},
};

/// Repositories that are fetched at once, unless the user says otherwise.
const CONCURRENCY: u16 = 5;

pub(super) fn run(global: &Global, args: &args::CloneSources) -> anyhow::Result<Outcome> {
    let (collection, _lock) = open_to_write(global)?;
    Ok(Outcome::Step(step(&collection, &args.how, global.max_concurrency)?))
}

/// Fetches the repositories of all builds and finds their files in them.
pub(super) fn step(
    collection: &Collection,
    how: &CloneHow,
    concurrency: Option<u16>,
) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let options = FetchOptions {
        existing: if how.skip_existing { Existing::Keep } else { Existing::Again },
        fallback: match how.fallback {
            args::Fallback::Head => Fallback::Head,
            args::Fallback::None => Fallback::None,
        },
        timeout: Duration::from_secs(how.timeout),
        mirrors: how
            .mirror
            .iter()
            .map(|m| m.parse().map_err(|err: MirrorError| UsageError::of(&err)))
            .collect::<Result<_, _>>()?,
        local: if how.allow_local_git { LocalGit::Allow } else { LocalGit::Deny },
        ..FetchOptions::default()
    };
    let mut db = Database::open(&collection.database())?;
    let threads = concurrency.unwrap_or(CONCURRENCY);
    let fetched = fetch_all(collection, &mut db, &options, usize::from(threads))?;
    let is_new = fetched.fetched > 0 || !how.skip_existing;
    let when = if is_new { Resolve::Always } else { Resolve::WhenChanged };
    resolve_all(collection, &mut db, when)?;
    // What comes from this machine's disk is not counted.
    let size = match fetched.bytes {
        0 => String::new(),
        bytes => format!(" ({})", human_bytes(bytes)),
    };
    let fetched_commits = counted(fetched.fetched, "commit");
    let sentence = format!("{fetched_commits} fetched{size}, {} there already", fetched.skipped);
    Ok(summary("clone-sources", fetched.fetched, fetched.skipped, fetched.problems, started)
        .with("fetched", fetched.fetched)
        .with("fallbacks", fetched.fallbacks)
        .with("fetched_bytes", fetched.bytes)
        .saying(&sentence))
}
