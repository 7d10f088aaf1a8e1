//! The manifest and the owners shard under a lens.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::{
    codec::StrIdx,
    lens::LensProcess,
    manifest::{Manifest, Quiet, RepoLink, Totals},
    noise::Noise,
    owners::{Build, OwnerRow, OwnersShard},
    shard::Kind,
    stats::Coverage,
};

use super::{
    chosen::{BuildPart, Chosen, Part, Site},
    union::Union,
};
use crate::store::lens_name::name;

/// The namespace of processes outside of pods.
const HOST: &str = "_host_";

/// The positions of the counts of builds and of rows among the counts of a lens.
pub fn counts_of_build(build: usize) -> usize {
    build.saturating_mul(2)
}

/// See [`counts_of_build`].
pub fn counts_of_row(row: usize) -> usize {
    row.saturating_mul(2).saturating_add(1)
}

/// All owners and builds that pass, with what their processes that pass ran.
pub fn owners(site: &Site, chosen: &Chosen) -> OwnersShard {
    let numbers = |(at, part): (&usize, &BuildPart)| build(site, chosen, *at, part);
    let builds: Vec<Build> = chosen.builds.iter().filter_map(numbers).collect();
    let position: BTreeMap<usize, u32> = chosen.builds.keys().copied().zip(0..).collect();
    let mut rows = Vec::with_capacity(chosen.rows.len());
    for (at, part) in &chosen.rows {
        let build = position.get(&part.build).copied();
        if let Some((row, build)) = row(site, chosen, *at, part).zip(build) {
            rows.push(OwnerRow { build, ..row });
        }
    }
    let own = &site.owners;
    OwnersShard { strings: own.strings.clone(), builds, rows, runs: own.runs.clone() }
}

fn build(
    site: &Site,
    chosen: &Chosen,
    at: usize,
    BuildPart { bits, part, .. }: &BuildPart,
) -> Option<Build> {
    let own = site.owners.builds.get(at)?.clone();
    if part.is_whole {
        return Some(own);
    }
    let name = |kind, at| name(kind, chosen.id, at);
    Some(Build {
        coverage: bits.coverage(&part.mask),
        funcs: funcs(own.funcs, bits.funcs(&part.mask)),
        stats: name(Kind::Stats, at),
        counts: name(Kind::Counts, counts_of_build(at)),
        lens: name(Kind::Lens, at),
        ..own
    })
}

/// Of a build that only a text profile is known of nobody knows funcs, though others may share files.
fn funcs(own: Coverage, counted: Coverage) -> Coverage {
    if own.statements() == 0 { own } else { counted }
}

fn row(site: &Site, chosen: &Chosen, at: usize, part: &Part) -> Option<OwnerRow> {
    let mut row = site.owners.rows.get(at)?.clone();
    row.trend = trend(site, chosen, at);
    if part.is_whole {
        return Some(row);
    }
    let BuildPart { bits, .. } = chosen.build_of(part)?;
    let of_part = || part.processes.iter().filter_map(|at| bits.shard.processes.get(*at));
    let keep = |list: &mut Vec<StrIdx>, values: BTreeSet<&str>| {
        list.retain(|idx| values.contains(site.owners.strings.get(*idx)));
    };
    let values = |value: fn(&LensProcess) -> StrIdx| {
        of_part().map(|process| bits.shard.strings.get(value(process))).collect()
    };
    keep(&mut row.pods, values(|p| p.pod));
    keep(&mut row.hosts, values(|p| p.host));
    keep(&mut row.containers, values(|p| p.container));
    keep(&mut row.images, values(|p| p.image));
    let labels = of_part().flat_map(|p| &p.labels).map(|label| bits.shard.strings.get(*label));
    keep(&mut row.labels, labels.collect());
    Some(OwnerRow {
        coverage: bits.coverage(&part.mask),
        funcs: funcs(row.funcs, bits.funcs(&part.mask)),
        processes: of_part().fold(0, |sum, process| process.runs.saturating_add(sum)),
        first_seen: of_part().filter_map(|process| process.first_seen).min(),
        last_seen: of_part().filter_map(|process| process.last_seen).max(),
        counts: name(Kind::Counts, chosen.id, counts_of_row(at)),
        ..row
    })
}

/// What is known of earlier runs is of the whole owner: it is left out where a part is looked at.
fn trend(site: &Site, chosen: &Chosen, at: usize) -> Vec<Option<u32>> {
    let rows = &site.owners.rows;
    let key = |at: usize| rows.get(at).map(|r| [r.cluster, r.namespace, r.kind, r.name, r.binary]);
    let is_own = |other: &usize| key(*other) == key(at);
    let before = (0..at).rev().take_while(is_own).count();
    let own: Vec<usize> = (at.saturating_sub(before)..rows.len()).take_while(is_own).collect();
    let is_whole = |at: &usize| chosen.rows.get(at).is_some_and(|part| part.is_whole);
    let is_first = own.first() == Some(&at);
    let trend = rows.get(at).map(|row| row.trend.clone());
    trend.filter(|_| is_first && own.iter().all(is_whole)).unwrap_or_default()
}

/// The root of the site under the lens, with what [`owners`] gave.
pub fn manifest(site: &Site, chosen: &Chosen, owners: &OwnersShard) -> Manifest {
    let mut stamps = site.stamps.borrow_mut();
    let mut union = Union::new(&site.units, &mut stamps);
    for BuildPart { bits, part, .. } in chosen.builds.values() {
        union.add(bits, &part.mask, |_| true);
    }
    let (coverage, files) = union.take();
    let is_noise = noise(site, chosen, owners);
    let rows: Vec<usize> = chosen.rows.keys().copied().collect();
    let namespaces_of =
        |rows: &[usize], union: &mut Union<'_>| namespaces(site, chosen, union, rows);
    let namespaces = namespaces_of(&rows, &mut union);
    let mut quiet = Quiet::default();
    if !is_noise.is_empty() {
        let loud: Vec<usize> = rows.into_iter().filter(|row| !is_noise.contains(row)).collect();
        add_rows(chosen, &mut union, loud.iter().copied());
        quiet.coverage = union.take().0;
        quiet.namespaces = namespaces_of(&loud, &mut union);
    }
    let (repos, n_repos) = repos(site, chosen, &mut union);
    let totals = totals(site, chosen, owners);
    Manifest {
        owners: name(Kind::Owners, chosen.id, 0),
        never: name(Kind::Never, chosen.id, 0),
        totals: Totals { coverage, files, repos: n_repos, ..totals },
        repos,
        namespaces,
        quiet,
        ..site.manifest.clone()
    }
}

/// Adds what these rows ran.
fn add_rows(chosen: &Chosen, union: &mut Union<'_>, rows: impl Iterator<Item = usize>) {
    let mut processes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for part in rows.filter_map(|row| chosen.rows.get(&row)) {
        processes.entry(part.build).or_default().extend(&part.processes);
    }
    for (build, processes) in processes {
        if let Some(BuildPart { bits, .. }) = chosen.builds.get(&build) {
            union.add(bits, &bits.mask(processes), |_| true);
        }
    }
}

/// What the rows of each namespace ran.
fn namespaces(
    site: &Site,
    chosen: &Chosen,
    union: &mut Union<'_>,
    rows: &[usize],
) -> Vec<(String, Coverage)> {
    let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in rows {
        if let Some(own) = site.owners.rows.get(*row) {
            by_namespace.entry(site.owners.strings.get(own.namespace)).or_default().push(*row);
        }
    }
    let mut named = |(name, rows): (&str, Vec<usize>)| {
        add_rows(chosen, union, rows.into_iter());
        (name.to_owned(), union.take().0)
    };
    by_namespace.into_iter().map(&mut named).collect()
}

/// The rows that are noise, by position in the site's owners shard; `owners` is what the page sees.
fn noise(site: &Site, chosen: &Chosen, owners: &OwnersShard) -> BTreeSet<usize> {
    let noise = Noise::of_owners(&site.manifest.hide);
    let key = |r: &OwnerRow| [r.cluster, r.namespace, r.kind, r.name, r.binary];
    let mut positions = chosen.rows.keys().copied();
    let mut found = BTreeSet::new();
    for same in owners.rows.chunk_by(|a, b| key(a) == key(b)) {
        let own = positions.by_ref().take(same.len());
        if noise.holds(owners, same) {
            found.extend(own);
        } else {
            own.for_each(drop);
        }
    }
    found
}

/// What ran of each repository that the builds have files of, and how many these are with those that
/// only images name.
fn repos(site: &Site, chosen: &Chosen, union: &mut Union<'_>) -> (Vec<RepoLink>, u32) {
    let repos = |build: usize| site.units.files_of(build).iter().filter_map(|own| own.repo);
    let mut builds_of: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, hash) in site.units.builds.iter().enumerate() {
        let build = site.owners.builds.iter().position(|build| build.hash == *hash);
        for repo in repos(at).collect::<BTreeSet<_>>() {
            let name = usize::try_from(repo).ok().and_then(|repo| site.units.repos.get(repo));
            builds_of.entry(name.map_or("", String::as_str)).or_default().extend(build);
        }
    }
    let mut links = Vec::new();
    for (at, link) in site.manifest.repos.iter().enumerate() {
        let all = builds_of.get(link.repo.as_str()).into_iter().flatten();
        let own = |build: &usize| chosen.builds.get(build);
        if all.clone().all(|build| own(build).is_some_and(|b| b.part.is_whole)) {
            links.push(link.clone());
            continue;
        }
        let mut is_there = false;
        for BuildPart { bits, part, .. } in all.filter_map(own) {
            is_there = true;
            let files = site.units.files_of(bits.at);
            let is_of_repo = |file: usize| {
                let repo = files.get(file).and_then(|own| usize::try_from(own.repo?).ok());
                repo.and_then(|repo| site.units.repos.get(repo)) == Some(&link.repo)
            };
            union.add(bits, &part.mask, is_of_repo);
        }
        let coverage = union.take().0;
        if is_there {
            let shard = name(Kind::Repo, chosen.id, at);
            links.push(RepoLink { repo: link.repo.clone(), shard, coverage });
        }
    }
    let builds = chosen.builds.keys().filter_map(|build| site.owners.builds.get(*build));
    let named = builds.map(|build| site.owners.strings.get(build.repo));
    let found = links.iter().map(|link| link.repo.as_str());
    let all: BTreeSet<&str> = named.chain(found).filter(|repo| !repo.is_empty()).collect();
    let n_all = u32::try_from(all.len()).unwrap_or(u32::MAX);
    (links, n_all)
}

/// The numbers that are no unions.
fn totals(site: &Site, chosen: &Chosen, owners: &OwnersShard) -> Totals {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut pods: BTreeSet<[&str; 3]> = BTreeSet::new();
    let (mut hosts, mut images) = (BTreeSet::new(), BTreeSet::new());
    for BuildPart { bits, part, .. } in chosen.builds.values() {
        let text = |idx: StrIdx| bits.shard.strings.get(idx);
        for process in part.processes.iter().filter_map(|at| bits.shard.processes.get(*at)) {
            let namespace = text(process.namespace);
            if process.pod != 0 {
                pods.insert([text(process.cluster), namespace, text(process.pod)]);
            }
            hosts.insert(text(process.host));
            images.insert(if namespace == HOST { "" } else { text(process.image) });
        }
    }
    let n_named = |names: &BTreeSet<&str>| count(names.iter().filter(|n| !n.is_empty()).count());
    let keys = owners.rows.iter().map(|r| [r.cluster, r.namespace, r.kind, r.name, r.binary]);
    Totals {
        processes: owners.rows.iter().fold(0, |sum, row| row.processes.saturating_add(sum)),
        owners: count(keys.collect::<BTreeSet<_>>().len()),
        binaries: count(owners.rows.iter().map(|r| r.binary).collect::<BTreeSet<_>>().len()),
        builds: count(owners.builds.len()),
        pods: count(pods.len()),
        hosts: n_named(&hosts),
        images: n_named(&images),
        first_seen: owners.rows.iter().filter_map(|row| row.first_seen).min(),
        last_seen: owners.rows.iter().filter_map(|row| row.last_seen).max(),
        ..site.manifest.totals
    }
}
