//! `covatlas verify`.

use std::time::Instant;

use camino::Utf8Path;
use covatlas_shared::layout;

use super::{counted, lock, refuse_newer, summary};
use crate::{
    args::{self, Global},
    collection::{Collection, LockError},
    pack::PackError,
    site::listed_files,
    ui::Outcome,
    verify::verify,
};

pub(super) fn run(global: &Global, args: &args::Verify) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let collection = Collection::open(&global.collection)?;
    // What another covatlas writes meanwhile would look damaged. A collection that cannot be locked
    // because it cannot be written to has no writer either.
    let _lock = match lock(global, &collection) {
        Err(err) if matches!(err.downcast_ref(), Some(LockError::Busy { .. })) => return Err(err),
        lock => lock.ok(),
    };
    refuse_newer(&collection)?;
    // There need not be a site yet, but one that is named must be there.
    if let Some(site) = args.site.as_ref().filter(|site| !is_site(site)) {
        return Err(PackError::NoSite { site: site.clone() }.into());
    }
    let site = args.site.clone().unwrap_or_else(|| collection.site_dir());
    let verified = verify(&collection, &site)?;
    let looked_at = format!(
        "{}, {}, {} and {} of the site",
        counted(verified.reports, "report"),
        counted(verified.builds, "build"),
        counted(verified.texts, "source text"),
        counted(verified.site_files, "file"),
    );
    let sentence = match verified.problems.len() {
        0 => format!("{looked_at} are sound and fit together"),
        n => format!("{} in {looked_at}", counted(n, "problem")),
    };
    let (reports, files, builds) = (verified.reports, verified.files, verified.builds);
    let (texts, site_files) = (verified.texts, verified.site_files);
    let sound = verified.items().saturating_sub(verified.problems.len());
    Ok(Outcome::Step(
        summary("verify", sound, 0, verified.problems, started)
            .with("reports", reports)
            .with("files", files)
            .with("builds", builds)
            .with("texts", texts)
            .with("site_files", site_files)
            .saying(&sentence),
    ))
}

/// Whether covatlas wrote a site to this folder, be it damaged.
fn is_site(dir: &Utf8Path) -> bool {
    dir.join(layout::INDEX).is_file() || listed_files(dir).is_some()
}
