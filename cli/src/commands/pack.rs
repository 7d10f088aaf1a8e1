//! `covatlas pack`.

use std::time::Instant;

use super::{counted, human_bytes, summary};
use crate::{
    args::{self, Global},
    collection::Collection,
    pack::pack,
    problems::Problems,
    ui::{Outcome, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Pack) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let site = match &args.site {
        Some(site) => site.clone(),
        None => Collection::open(&global.collection)?.site_dir(),
    };
    let output = match &args.output {
        Some(output) => output.clone(),
        None => global.collection.join("site.tar.gz"),
    };
    if output == "-" {
        let mistake = "`-` is no file to pack into: name one with -o".to_owned();
        return Err(UsageError::new(mistake).into());
    }
    let packed = pack(&site, &output)?;
    let sentence = format!(
        "{} ({}) to {output}: {}",
        counted(packed.files, "file"),
        human_bytes(packed.bytes),
        human_bytes(packed.packed_bytes),
    );
    let summary = summary("pack", packed.files, 0, Problems::default(), started)
        .with("output", output.as_str())
        .with("bytes", packed.bytes)
        .with("packed_bytes", packed.packed_bytes);
    Ok(Outcome::Step(summary.saying(&sentence)))
}
