//! `covatlas verify`.

use std::time::Instant;

use super::{counted, lock, summary};
use crate::{
    args::{self, Global},
    collection::{Collection, LockError},
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
