//! `covatlas publish s3://…`.

use std::time::Instant;

use super::{counted, download::connect, human_bytes, summary};
use crate::{
    args::{self, Global},
    collection::Collection,
    meter::Meter,
    problems::Problems,
    publish::{SiteFiles, Stale, ToBucket, Uploaded},
    ui::{Outcome, Ui, UsageError},
};

/// Objects in flight, unless the user says otherwise.
const CONCURRENCY: u16 = 10;

pub(super) fn run(global: &Global, args: &args::ToBucket, ui: Ui) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let Some(place) = &args.url else {
        let mistake = "where to? write s3://BUCKET/PREFIX, or gh-pages REMOTE";
        return Err(UsageError::new(mistake.to_owned()).into());
    };
    let site = match &args.site {
        Some(site) => site.clone(),
        None => Collection::open(&global.collection)?.site_dir(),
    };
    let site = SiteFiles::of(&site)?;
    let mut bucket = connect(place, &args.connection)?;
    let to = ToBucket {
        site: &site,
        place,
        stale: if args.delete { Stale::Delete { keep: args.keep } } else { Stale::Keep },
        at_once: usize::from(global.max_concurrency.unwrap_or(CONCURRENCY)),
    };
    let uploaded = if args.dry_run {
        to.dry_run(&mut bucket)?
    } else {
        let meter = Meter::default();
        ui.watching("publishing", &meter, || to.publish(&mut bucket, &meter))?
    };
    let sentence = sentence(&uploaded, args.dry_run, &place.to_string());
    let done = summary("publish", uploaded.changed, uploaded.unchanged, Problems::new(), started)
        .with("deleted", uploaded.deleted)
        .with("bytes", uploaded.bytes)
        .with("place", place.to_string())
        .with("dry_run", args.dry_run)
        .saying(&sentence);
    Ok(Outcome::Step(done))
}

fn sentence(uploaded: &Uploaded, dry_run: bool, to: &str) -> String {
    let Uploaded { changed, unchanged, deleted, bytes } = *uploaded;
    let changed = format!("{} ({})", counted(changed, "changed file"), human_bytes(bytes));
    let deleted = match deleted {
        0 => String::new(),
        n => format!(", {n} deleted"),
    };
    let would = if dry_run { "would publish " } else { "" };
    format!("{would}{changed}, {unchanged} as before{deleted}, to {to}")
}
