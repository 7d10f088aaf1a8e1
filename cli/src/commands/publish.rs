//! `covatlas publish`.

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};

use super::{counted, human_bytes, lock, logins::logins, now, summary};
use crate::{
    args::{self, GhPages, Global, PublishTo},
    collection::{Collection, CollectionLock},
    problems::Problems,
    publish::{Pages, Plan, SiteFiles, Stale, TakeOver},
    sources::git::{Branch, Place, remote_address},
    ui::{Outcome, Summary, Ui},
};

#[cfg_attr(not(feature = "s3"), expect(unused_variables, reason = "only bars need it"))]
pub(super) fn run(global: &Global, args: &args::Publish, ui: Ui) -> anyhow::Result<Outcome> {
    match &args.to {
        Some(PublishTo::GhPages(args)) => gh_pages(global, args).map(Outcome::Step),
        #[cfg(feature = "s3")]
        None => super::publish_bucket::run(global, &args.bucket, ui),
        #[cfg(not(feature = "s3"))]
        None => Err(crate::ui::UsageError::new("where to? write gh-pages".to_owned()).into()),
    }
}

fn gh_pages(global: &Global, args: &GhPages) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let opened = Collection::open(&global.collection);
    let (site, collection) = match (&args.site, opened) {
        (Some(site), opened) => (site.clone(), opened.ok()),
        (None, opened) => opened.map(|collection| (collection.site_dir(), Some(collection)))?,
    };
    let site = SiteFiles::of(&site)?;
    let address = remote_address(&args.remote).unwrap_or_else(|| args.remote.clone());
    let place = Place::new(&address, &args.branch, &logins())?;
    let (url, branch_name) = (place.url.to_string(), &args.branch);
    let scratch = Scratch::new(global, collection.as_ref(), &place)?;
    let branch = Branch::read(place, &scratch.store)?;
    let pages = Pages {
        subdir: args.subdir.clone().unwrap_or_default(),
        stale: if args.delete { Stale::Delete { keep: args.keep } } else { Stale::Keep },
        take_over: if args.take_over { TakeOver::Yes } else { TakeOver::No },
    };
    let plan = pages.plan(&site, &branch)?;
    let commit = if plan.is_empty() || args.dry_run {
        branch.tip()
    } else {
        let seconds = now().unix_seconds();
        Some(pages.publish(&plan, &branch, "Publish with covatlas", seconds)?.to_string())
    };
    let sentence = sentence(&plan, args.dry_run, &format!("{branch_name} of {url}"));
    let problems: Problems = plan.notes.iter().cloned().collect();
    Ok(summary("publish", plan.changed, plan.unchanged, problems, started)
        .with("deleted", plan.deleted())
        .with("bytes", plan.bytes)
        .with("total_bytes", plan.total)
        .with("remote", url)
        .with("branch", args.branch.as_str())
        .with("commit", commit)
        .with("dry_run", args.dry_run)
        .saying(&sentence))
}

fn sentence(plan: &Plan, dry_run: bool, to: &str) -> String {
    let changed =
        format!("{} ({})", counted(plan.changed, "changed file"), human_bytes(plan.bytes));
    let deleted = match plan.deleted() {
        0 => String::new(),
        n => format!(", {n} deleted"),
    };
    let would = if dry_run { "would publish " } else { "" };
    format!("{would}{changed}, {} as before{deleted}, to {to}", plan.unchanged)
}

/// Where the branch is kept between two runs: in the collection, else nowhere.
struct Scratch {
    store: Utf8PathBuf,
    _lock: Option<CollectionLock>,
    _dir: Option<tempfile::TempDir>,
}

impl Scratch {
    fn new(
        global: &Global,
        collection: Option<&Collection>,
        place: &Place,
    ) -> anyhow::Result<Self> {
        if let Some(collection) = collection {
            let store = collection.published_repo_dir(&place.url.slug());
            return Ok(Self { store, _lock: Some(lock(global, collection)?), _dir: None });
        }
        let dir = tempfile::tempdir()?;
        let path = Utf8Path::from_path(dir.path());
        let store = path
            .ok_or_else(|| anyhow::anyhow!("the folder for temporary files has no plain name"))?;
        Ok(Self { store: store.join("branch.git"), _lock: None, _dir: Some(dir) })
    }
}
