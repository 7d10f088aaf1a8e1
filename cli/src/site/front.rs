//! The first things a reader meets: the dashboard's shard, the manifest, and the page without
//! JavaScript.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice::from_ref,
};

use covatlas_shared::{
    codec::StringsBuilder,
    manifest::{Manifest, Quiet, Totals},
    noise::Noise,
    owners::{Build, OwnerRow, OwnersShard, Run},
    shard::Kind,
    stats::Coverage,
};

use super::{
    Across, Input, Options, RenderError, Writer, builds::BuildShards, count, input::RowInput,
    trust, viewer::Page,
};
use crate::{
    db::{OwnerRecord, ReportRow},
    profile::Union,
    stats::History,
};

/// Owners that the page without JavaScript lists.
const MAX_STATIC_OWNERS: usize = 50;

/// Writes the owners shard and the manifest; gives what `index.html` needs.
pub(super) fn write(
    input: &Input,
    builds: &[BuildShards],
    across: Across,
    writer: &Writer,
    options: &Options,
) -> Result<Page, RenderError> {
    let mut owners = owners_shard(input, |build| builds.get(build));
    add_history(&mut owners, &options.history);
    let totals = totals(input, builds);
    let clusters: BTreeSet<&str> = input.owners.iter().map(|o| o.key.cluster.as_str()).collect();
    let title = options
        .title
        .clone()
        .unwrap_or_else(|| clusters.iter().copied().collect::<Vec<_>>().join(", "));
    let manifest = Manifest {
        tool: concat!("covatlas ", env!("CARGO_PKG_VERSION")).to_owned(),
        title: title.clone(),
        clusters: clusters.into_iter().map(str::to_owned).collect(),
        owners: writer.shard(Kind::Owners, &owners.encode()?)?,
        paths: across.search.paths,
        funcs: across.search.funcs,
        never: across.never,
        units: across.units,
        repos: across.repos,
        tiers: options.tiers,
        hide: options.hide.clone(),
        totals,
        namespaces: namespaces(input, builds, |_| true),
        quiet: quiet(input, builds),
        trust: trust::write(input, builds, writer)?,
        compare: across.compare,
    };
    Ok(Page {
        title,
        manifest: writer.shard(Kind::Manifest, &manifest.encode()?)?,
        noscript: noscript(input, &totals),
    })
}

/// Which of [`Input::owners`] are noise, by the same rule as the page's.
pub(super) fn noise(input: &Input, hide: &[String]) -> Vec<bool> {
    let mut is_noise = vec![false; input.owners.len()];
    let noise = Noise::of_owners(hide);
    let shard = owners_shard(input, |_| None);
    // The shard has one row for each of the input's, and those of an owner stand together.
    let mut rows = shard.rows.as_slice();
    for own in input.rows.chunk_by(|a, b| a.owner == b.owner) {
        let (first, rest) = rows.split_at_checked(own.len()).unwrap_or_default();
        rows = rest;
        if let Some(slot) = own.first().and_then(|row| is_noise.get_mut(row.owner)) {
            *slot = noise.holds(&shard, first);
        }
    }
    is_noise
}

/// All builds and rows, with the names of the shards that are written already.
fn owners_shard<'a>(
    input: &Input,
    shard_of: impl Fn(usize) -> Option<&'a BuildShards>,
) -> OwnersShard {
    let mut strings = StringsBuilder::default();
    let builds = input.builds.iter().enumerate().map(|(at, build)| {
        let source = build.source.as_ref().map(|s| &s.source);
        let shard = shard_of(at);
        let name = |name: fn(&BuildShards) -> &String| shard.map(name).cloned().unwrap_or_default();
        Build {
            hash: build.row.hash.clone(),
            binary: strings.add(&build.row.binary),
            module: strings.add(&build.row.module),
            repo: strings.add(source.map_or("", |s| &s.repo)),
            commit: strings.add(source.map_or("", |s| &s.commit)),
            coverage: shard.map(|s| s.coverage).unwrap_or_default(),
            funcs: shard.map(|s| s.funcs).unwrap_or_default(),
            files: count(build.table.files().len()),
            stats: name(|s| &s.stats),
            counts: name(|s| &s.counts),
            lens: name(|s| &s.lens),
        }
    });
    let builds = builds.collect();
    let rows = input.rows.iter().enumerate().filter_map(|(idx, row)| {
        let owner = input.owners.get(row.owner)?;
        let counts = match shard_of(row.build) {
            Some(shard) => shard.rows.get(&idx)?.counts.clone(),
            None => String::new(),
        };
        Some(owner_row(input, owner, row, counts, &mut strings))
    });
    let rows = rows.collect();
    OwnersShard { strings: strings.finish(), builds, rows, runs: Vec::new() }
}

/// Gives the newest build of each owner what the owner ran in each run.
fn add_history(shard: &mut OwnersShard, history: &History) {
    let run = |(name, time): &(String, Option<i64>)| {
        // Where it lies is nobody's business.
        let name = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        Run { name: name.to_owned(), time: *time }
    };
    shard.runs = history.runs.iter().map(run).collect();
    let mut before = None;
    for row in &mut shard.rows {
        let key = [row.namespace, row.kind, row.name, row.binary];
        let owner = (row.cluster, key);
        if before.replace(owner) == Some(owner) {
            continue;
        }
        let key = key.map(|idx| shard.strings.get(idx).to_owned()).to_vec();
        let ran = history.owners.get(&key).into_iter().flatten();
        row.trend = ran.map(|coverage| coverage.and_then(Coverage::hundredths)).collect();
    }
}

fn owner_row(
    input: &Input,
    owner: &OwnerRecord,
    row: &RowInput,
    counts: String,
    strings: &mut StringsBuilder,
) -> OwnerRow {
    let reports: Vec<&ReportRow> =
        row.reports.iter().filter_map(|idx| input.reports.get(*idx)).collect();
    let mut list = |field: fn(&ReportRow) -> &[String]| {
        let names: BTreeSet<&str> =
            reports.iter().flat_map(|r| field(r)).map(String::as_str).collect();
        let names = names.into_iter().filter(|name| !name.is_empty());
        names.map(|name| strings.add(name)).collect::<Vec<_>>()
    };
    let (containers, pods) = (list(|r| from_ref(&r.container)), list(|r| from_ref(&r.pod)));
    let (hosts, images) = (list(|r| from_ref(&r.hostname)), list(|r| from_ref(&r.image)));
    let labels = list(|r| &r.labels);
    let key = &owner.key;
    OwnerRow {
        cluster: strings.add(&key.cluster),
        namespace: strings.add(&key.namespace),
        kind: strings.add(&key.kind),
        name: strings.add(&key.name),
        binary: strings.add(&key.binary),
        evidence: strings.add(&owner.evidence),
        build: count(row.build),
        coverage: row.row.coverage,
        funcs: row.row.funcs,
        processes: row.row.processes,
        containers,
        pods,
        hosts,
        images,
        labels,
        first_seen: row.row.first_seen,
        last_seen: row.row.last_seen,
        trend: Vec::new(),
        counts,
    }
}

/// The numbers of what is shown; each statement counts once.
fn totals(input: &Input, shards: &[BuildShards]) -> Totals {
    let (coverage, files) = union(input, shards);
    let reports: BTreeSet<usize> = input.rows.iter().flat_map(|r| r.reports.clone()).collect();
    let shown: Vec<&ReportRow> = reports.iter().filter_map(|i| input.reports.get(*i)).collect();
    let distinct = |field: fn(&ReportRow) -> String| {
        let names: BTreeSet<String> = shown.iter().map(|r| field(r)).collect();
        count(names.iter().filter(|name| !name.is_empty()).count())
    };
    let repos: BTreeSet<&str> = input
        .builds
        .iter()
        .flat_map(|b| b.resolutions.iter().flatten())
        .map(|r| r.repo.as_str())
        .filter(|repo| !repo.is_empty())
        .collect();
    let binaries: BTreeSet<&str> = input.owners.iter().map(|o| o.key.binary.as_str()).collect();
    let failed = input.reports.iter().filter(|r| r.failed).count();
    Totals {
        coverage,
        reports: count(input.reports.len().saturating_sub(failed)),
        reports_failed: count(failed),
        processes: input.rows.iter().map(|r| r.row.processes).sum(),
        owners: count(input.owners.len()),
        binaries: count(binaries.len()),
        builds: count(input.builds.len()),
        pods: distinct(|r| if r.pod.is_empty() { String::new() } else { pod_key(r) }),
        hosts: distinct(|r| r.hostname.clone()),
        images: distinct(|r| if r.is_host { String::new() } else { r.image.clone() }),
        repos: count(repos.len()),
        files: count(files),
        first_seen: input.rows.iter().filter_map(|r| r.row.first_seen).min(),
        last_seen: input.rows.iter().filter_map(|r| r.row.last_seen).max(),
    }
}

/// Pods of two clusters or namespaces may have one name.
fn pod_key(report: &ReportRow) -> String {
    format!("{}/{}/{}", report.cluster, report.namespace, report.pod)
}

/// Statements of all files, each file counted once by path as built and unit list; and files.
fn union(input: &Input, shards: &[BuildShards]) -> (Coverage, usize) {
    let mut union = Union::default();
    for (build, shard) in input.builds.iter().zip(shards) {
        for file in build.table.files() {
            union.add(&build.table, file, |at| shard.anyone.get(at));
        }
    }
    (union.coverage(), union.n_files())
}

/// The same by namespace, of the owners of which `is_counted` holds by whether they are noise.
fn namespaces(
    input: &Input,
    shards: &[BuildShards],
    is_counted: fn(bool) -> bool,
) -> Vec<(String, Coverage)> {
    let mut unions: BTreeMap<&str, Union<'_>> = BTreeMap::new();
    for (build, shard) in input.builds.iter().zip(shards) {
        for ((namespace, _), ran) in shard.namespaces.iter().filter(|((_, n), _)| is_counted(*n)) {
            let union = unions.entry(namespace).or_default();
            for file in build.table.files() {
                union.add(&build.table, file, |at| ran.get(at));
            }
        }
    }
    unions.into_iter().map(|(name, union)| (name.to_owned(), union.coverage())).collect()
}

/// The numbers without noise; empty when there is none.
fn quiet(input: &Input, shards: &[BuildShards]) -> Quiet {
    if !shards.iter().any(|shard| shard.namespaces.keys().any(|(_, is_noise)| *is_noise)) {
        return Quiet::default();
    }
    let mut union = Union::default();
    for (build, shard) in input.builds.iter().zip(shards) {
        for ran in shard.namespaces.iter().filter(|((_, n), _)| !n).map(|(_, ran)| ran) {
            for file in build.table.files() {
                union.add(&build.table, file, |at| ran.get(at));
            }
        }
    }
    let namespaces = namespaces(input, shards, |is_noise| !is_noise);
    Quiet { coverage: union.coverage(), namespaces }
}

/// Totals and the owners with most statements that never ran, as static HTML.
fn noscript(input: &Input, totals: &Totals) -> String {
    let mut owners: Vec<(&OwnerRecord, Coverage)> = input
        .rows
        .iter()
        .filter(|r| r.row.age == 0)
        .filter_map(|r| Some((input.owners.get(r.owner)?, r.row.coverage)))
        .collect();
    owners.sort_by_key(|(owner, coverage)| (std::cmp::Reverse(coverage.uncovered()), &owner.key));
    let row = |(owner, coverage): &(&OwnerRecord, Coverage)| {
        let cells = [&owner.key.namespace, &owner.key.kind, &owner.key.name, &owner.key.binary];
        let names = cells.map(|c| escape(c)).join("</td><td>");
        format!(
            "<tr><td>{names}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            percent(*coverage),
            coverage.statements(),
            coverage.uncovered()
        )
    };
    let rows: String = owners.iter().take(MAX_STATIC_OWNERS).map(row).collect();
    let Totals { coverage, owners, pods, hosts, .. } = totals;
    format!(
        "<p>{} of statements ran ({} of {}) in {owners} owners, {pods} pods and {hosts} nodes. \
         This page shows everything when JavaScript is on.</p>\
         <table><thead><tr><th>Namespace</th><th>Kind</th><th>Owner</th><th>Binary</th>\
         <th>Coverage</th><th>Statements</th><th>Uncovered</th></tr></thead>\
         <tbody>{rows}</tbody></table>",
        percent(*coverage),
        coverage.covered(),
        coverage.statements(),
    )
}

fn percent(coverage: Coverage) -> String {
    coverage.percent().map_or_else(|| "–".to_owned(), |p| format!("{p:.1}%"))
}

/// Text as HTML; good for attributes in double quotes too.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_text() {
        let hostile = "</noscript><script>\"'&\u{0}";
        assert_eq!(escape(hostile), "&lt;/noscript&gt;&lt;script&gt;&quot;&#39;&amp;\u{fffd}");
    }
}
