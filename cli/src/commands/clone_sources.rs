//! `covatlas clone-sources`.

use std::time::{Duration, Instant};

use covatlas_shared::layout;
use serde::{Deserialize, Serialize};

use super::{counted, human_bytes, open_to_write, summary};
use crate::{
    args::{self, CloneHow, Global},
    collection::{Collection, InputError, Inputs},
    db::Database,
    image::LocalGit,
    meter::Meter,
    sources::{
        Resolve, fetch_all,
        git::{Existing, Fallback, FetchOptions, Mirror, MirrorError},
        resolve_all,
    },
    ui::{Outcome, Summary, Ui, UsageError},
    verify::quoted,
};

/// Repositories that are fetched at once, unless the user says otherwise.
const CONCURRENCY: u16 = 5;

pub(super) fn run(global: &Global, args: &args::CloneSources, ui: Ui) -> anyhow::Result<Outcome> {
    let (collection, _lock) = open_to_write(global)?;
    let mut summary = step(&collection, &args.how, global.max_concurrency, ui)?;
    let site = collection.site_dir();
    let has_new = summary.counts.get("fetched").is_some_and(|n| n.as_u64() > Some(0));
    if has_new && site.join(layout::INDEX).is_file() {
        let render = format!("covatlas -C {} render", quoted(collection.dir().as_str()));
        let said = summary.sentence;
        summary.sentence = format!("{said}; the site does not show them yet: run `{render}`");
    }
    Ok(Outcome::Step(summary))
}

/// Fetches the repositories of all builds and finds their files in them.
pub(super) fn step(
    collection: &Collection,
    how: &CloneHow,
    concurrency: Option<u16>,
    ui: Ui,
) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let places = Places::of(collection, how)?;
    let mirrors: Result<Vec<Mirror>, MirrorError> =
        places.mirror.iter().map(|text| text.parse()).collect();
    let options = FetchOptions {
        existing: if how.skip_existing { Existing::Keep } else { Existing::Again },
        fallback: match how.fallback {
            args::Fallback::Head => Fallback::Head,
            args::Fallback::None => Fallback::None,
        },
        timeout: Duration::from_secs(how.timeout),
        mirrors: mirrors.map_err(|err| UsageError::of(&err))?,
        local: if places.allow_local_git { LocalGit::Allow } else { LocalGit::Deny },
        logins: super::logins::logins(),
        ..FetchOptions::default()
    };
    let mut db = Database::open(&collection.database())?;
    if !how.mirror.is_empty() || how.allow_local_git {
        let mirror = options.mirrors.iter().map(Mirror::without_secrets).collect();
        let json = serde_json::to_vec_pretty(&Places { mirror, ..places })?;
        collection.keep_input(Inputs::Mirrors, &json)?;
    }
    let threads = concurrency.unwrap_or(CONCURRENCY);
    let meter = Meter::default();
    let work = || fetch_all(collection, &mut db, &options, usize::from(threads), &meter);
    let fetched = ui.watching_commits("cloning", &meter, work)?;
    let is_new = fetched.fetched > 0 || !how.skip_existing;
    let when = if is_new { Resolve::Always } else { Resolve::WhenChanged };
    resolve_all(collection, &mut db, when)?;
    // What comes from this machine's disk is not counted.
    let size = match fetched.bytes {
        0 => String::new(),
        bytes => format!(" ({})", human_bytes(bytes)),
    };
    let fetched_commits = counted(fetched.fetched, "commit");
    let failed = match fetched.failed {
        0 => String::new(),
        n => format!(", {n} not to be had"),
    };
    let skipped = fetched.skipped;
    let sentence = format!("{fetched_commits} fetched{size}, {skipped} there already{failed}");
    let mut summary = summary("clone-sources", fetched.fetched, skipped, fetched.problems, started);
    // No loss, since no number depends on them, but not done either.
    summary.failed += fetched.failed;
    Ok(summary
        .with("fetched", fetched.fetched)
        .with("fallbacks", fetched.fallbacks)
        .with("fetched_bytes", fetched.bytes)
        .saying(&sentence))
}

/// Where repositories are fetched from: what the flags say, else what an earlier run was told.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Places {
    /// As `--mirror` has them; what is kept has no passwords.
    mirror: Vec<String>,
    allow_local_git: bool,
}

impl Places {
    fn of(collection: &Collection, how: &CloneHow) -> Result<Self, InputError> {
        let (mirror, allow_local_git) = (how.mirror.clone(), how.allow_local_git);
        if !mirror.is_empty() {
            return Ok(Self { mirror, allow_local_git });
        }
        let kept: Option<Self> =
            collection.kept_input(Inputs::Mirrors, |bytes| serde_json::from_slice(bytes))?;
        let kept = kept.unwrap_or_default();
        Ok(Self { allow_local_git: kept.allow_local_git || allow_local_git, ..kept })
    }
}
