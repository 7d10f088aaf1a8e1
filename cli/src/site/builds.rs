//! What ran of each build: the stats shard, and the counts of everyone and of each owner.

use std::collections::BTreeMap;

use covatlas_shared::{
    codec::StringsBuilder,
    counts::CountsShard,
    files::{FileRow, FuncRow, Source, StatsShard},
    path,
    shard::Kind,
    stats::Coverage,
};
use rayon::prelude::*;

use super::{
    Input, RenderError, Writer, count,
    input::BuildInput,
    lens,
    packs::{FileRef, Packs},
    positions::Positions,
};
use crate::{
    db::DbError,
    profile::{Bits, BuildStats, Combine, FirstSeen, merge},
};

/// What the dashboard must know of a build.
#[derive(Debug)]
pub(super) struct BuildShards {
    /// Name of the stats shard.
    pub(super) stats: String,
    /// Name of the counts shard of everyone.
    pub(super) counts: String,
    /// Name of the lens shard.
    pub(super) lens: String,
    /// The units that anyone ran.
    pub(super) anyone: Bits,
    /// How often each unit ran at most in one process of anyone.
    pub(super) units: Vec<u32>,
    /// The units that anyone ran, by namespace and whether the owner is noise.
    pub(super) namespaces: BTreeMap<(String, bool), Bits>,
    /// What anyone ran.
    pub(super) coverage: Coverage,
    /// The same of each file.
    pub(super) files: Vec<Coverage>,
    /// Funcs with statements, and those that anyone entered.
    pub(super) funcs: Coverage,
    /// By position in [`Input::rows`] what the owner ran.
    pub(super) rows: BTreeMap<usize, RowShard>,
    /// Files without a source.
    pub(super) unresolved: usize,
    /// Files whose text does not fit.
    pub(super) mismatched: usize,
}

/// What one owner ran of a build.
#[derive(Debug)]
pub(super) struct RowShard {
    /// Name of the counts shard.
    pub(super) counts: String,
    /// Covered statements of each file.
    pub(super) files: Vec<u32>,
}

/// Writes the shards of all builds, in the order of [`Input::builds`]. `noise` says of each of
/// [`Input::owners`] whether it is.
pub(super) fn write(
    input: &Input,
    packs: &Packs,
    noise: &[bool],
    writer: &Writer,
) -> Result<Vec<BuildShards>, RenderError> {
    input
        .builds
        .par_iter()
        .zip(&packs.places)
        .map(|(build, places)| write_build(input, build, places, noise, writer))
        .collect()
}

/// How often each unit of a file ran at most in one process of any of the builds that have it.
pub(super) fn anywhere(input: &Input, builds: &[BuildShards], places: &[FileRef]) -> Vec<u32> {
    let mut most = Vec::new();
    for (build, at) in places {
        let both = input.builds.get(*build).zip(builds.get(*build));
        let own = both.and_then(|(build, shards)| {
            shards.units.get(build.table.files().get(*at)?.units.clone())
        });
        let own = own.unwrap_or_default();
        if most.is_empty() {
            most = vec![0; own.len()];
        }
        merge(&mut most, own, Combine::Max);
    }
    most
}

fn write_build(
    input: &Input,
    build: &BuildInput,
    places: &[(String, u32)],
    noise: &[bool],
    writer: &Writer,
) -> Result<BuildShards, RenderError> {
    let n_units = build.table.units().len();
    let (mut anyone, mut seen) = (vec![0; n_units], FirstSeen::new(n_units));
    let (mut rows, mut namespaces) = (BTreeMap::new(), BTreeMap::new());
    for (row, packed) in &build.counts {
        let damaged = || DbError::Damaged { what: format!("counts of build {}", build.row.hash) };
        let counts = packed.counts.to_counts(n_units).ok_or_else(damaged)?;
        let own = packed.seen.to_seen(n_units).ok_or_else(damaged)?;
        merge(&mut anyone, &counts, Combine::Max);
        seen.unite(&own);
        let owner = input.rows.get(*row).map(|r| r.owner);
        if let Some((owner, at)) = owner.and_then(|at| Some((input.owners.get(at)?, at))) {
            let is_noise = noise.get(at) == Some(&true);
            let of_namespace = namespaces.entry((owner.key.namespace.clone(), is_noise));
            of_namespace.or_insert_with(|| Bits::new(n_units)).unite(&Bits::of_counts(&counts));
        }
        rows.insert(*row, write_counts(build, &counts, &own, writer)?);
    }
    let stats = build.table.stats(&anyone);
    let shard = stats_shard(input, build, places, &stats)?;
    let count = |kind: &str| {
        let is_kind = |r: &&Option<crate::db::Resolution>| match r {
            Some(r) => r.resolution == kind,
            None => kind == "unresolved",
        };
        build.resolutions.iter().filter(is_kind).count()
    };
    Ok(BuildShards {
        stats: writer.shard(Kind::Stats, &shard.encode()?)?,
        anyone: Bits::of_counts(&anyone),
        namespaces,
        counts: write_counts(build, &anyone, &seen, writer)?.counts,
        units: anyone,
        lens: writer.shard(Kind::Lens, &lens::shard(input, build)?.encode()?)?,
        coverage: stats.total,
        files: stats.files,
        funcs: stats.n_funcs,
        rows,
        unresolved: count("unresolved"),
        mismatched: count("mismatch"),
    })
}

fn write_counts(
    build: &BuildInput,
    counts: &[u32],
    seen: &FirstSeen,
    writer: &Writer,
) -> Result<RowShard, RenderError> {
    let stats = build.table.stats(counts);
    let covered = |c: &Coverage| u32::try_from(c.covered()).unwrap_or(u32::MAX);
    let shard = CountsShard {
        files: stats.files.iter().map(covered).collect(),
        funcs: stats.funcs.iter().map(covered).collect(),
        seen: (0..counts.len()).map(|at| seen.get(at).map_or(0, seconds)).collect(),
        units: counts.to_vec(),
    };
    let counts = writer.shard(Kind::Counts, &shard.encode()?)?;
    Ok(RowShard { counts, files: shard.files })
}

/// A time of [`FirstSeen`], which is within 32 bits.
fn seconds(at: i64) -> u32 {
    u32::try_from(at).unwrap_or(0)
}

fn stats_shard(
    input: &Input,
    build: &BuildInput,
    places: &[(String, u32)],
    stats: &BuildStats,
) -> Result<StatsShard, RenderError> {
    let mut strings = StringsBuilder::default();
    let mut packs: Positions<String> = Positions::default();
    let mut sources: Positions<(String, String)> = Positions::default();
    let (mut files, mut funcs) = (Vec::new(), Vec::new());
    for (idx, file) in build.table.files().iter().enumerate() {
        let resolution = build.resolutions.get(idx).and_then(Option::as_ref);
        let (dir, base) = path::split(&file.path);
        let (pack, entry) = places.get(idx).cloned().unwrap_or_default();
        let with_repo = resolution.filter(|r| !r.repo.is_empty());
        files.push(FileRow {
            dir: strings.add(dir),
            base: strings.add(base),
            repo_path: strings.add(resolution.map_or("", |r| &r.repo_path)),
            source: with_repo.map(|r| sources.add((r.repo.clone(), r.commit.clone()))),
            resolution: strings.add(resolution.map_or("unresolved", |r| &r.resolution)),
            evidence: strings.add(resolution.map_or("", |r| &r.evidence)),
            is_generated: resolution.is_some_and(|r| r.generated),
            pack: packs.add(pack),
            entry,
            n_units: count(file.units.len()),
            n_funcs: count(file.funcs.len()),
            coverage: stats.files.get(idx).copied().unwrap_or_default(),
        });
        let own = build.table.funcs_of(file).iter().zip(file.funcs.clone());
        for (func, func_idx) in own {
            funcs.push(FuncRow {
                file: count(idx),
                name: strings.add(&func.name),
                line: func.line,
                coverage: stats.funcs.get(func_idx).copied().unwrap_or_default(),
            });
        }
    }
    let sources = sources.items().into_iter().map(|(repo, commit)| source(input, repo, commit));
    let hash = build.row.hash.clone();
    let sources = sources.collect();
    Ok(StatsShard::new(strings.finish(), hash, sources, packs.items(), files, funcs)?)
}

/// A repository at a commit, with the address that people may open.
pub(super) fn source(input: &Input, repo: String, commit: String) -> Source {
    let key = (repo, commit);
    let text_commit = input.checkouts.get(&key).map(|c| c.text_commit.clone());
    let (repo, commit) = key;
    Source {
        url: format!("https://{repo}"),
        text_commit: text_commit.unwrap_or_default(),
        repo,
        commit,
    }
}
