//! `covatlas import`.

use std::time::Instant;

use camino::Utf8PathBuf;

use super::{counted, in_new_collection, summary};
use crate::{
    args::{self, Global, ImportHow},
    collect::{
        import::{ImportOptions, import},
        store::Transfer,
    },
    collection::Collection,
    timestamp::Timestamp,
    ui::{Outcome, Summary, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Import) -> anyhow::Result<Outcome> {
    let summary = in_new_collection(global, |collection| step(collection, &args.dirs, &args.how))?;
    Ok(Outcome::Step(summary))
}

/// Brings local folders into the collection.
pub(super) fn step(
    collection: &Collection,
    dirs: &[Utf8PathBuf],
    how: &ImportHow,
) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let imported = import(dirs, collection, &options(how)?)?;
    let stored = imported.linked + imported.copied + imported.shared + imported.kept_both;
    let sentence = format!(
        "{} ({} new, {} there already)",
        counted(imported.reports, "report"),
        counted(stored, "file"),
        imported.skipped,
    );
    Ok(summary("import", stored, imported.skipped, imported.problems, started)
        .with("imported_reports", imported.reports)
        .with("text_reports", imported.text_reports)
        .with("linked", imported.linked)
        .with("copied", imported.copied)
        .with("shared", imported.shared)
        .with("kept_both", imported.kept_both)
        .with("ignored", imported.ignored)
        .with("temporary", imported.temporary)
        .with("rejected", imported.rejected)
        .saying(&sentence))
}

fn options(how: &ImportHow) -> anyhow::Result<ImportOptions> {
    let discovered = how.discovered.as_deref().map(|text| {
        let mistake = |err| UsageError::new(format!("cannot use --discovered {text}: {err}"));
        Timestamp::from_compact(text).map_err(mistake)
    });
    Ok(ImportOptions {
        transfer: if how.copy { Transfer::Copy } else { Transfer::Link },
        cluster: how.cluster_name.clone(),
        labels: how.label.clone(),
        host: how.host.clone(),
        namespace: how.namespace.clone(),
        pod: how.pod.clone(),
        container: how.container.clone(),
        image: how.image.clone(),
        binary: how.binary.clone(),
        discovered: discovered.transpose()?,
        ..ImportOptions::new(super::now())
    })
}
