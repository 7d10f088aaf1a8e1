//! What one line of `stats` stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use covatlas_shared::stats::Coverage;

use super::{
    Data, Row, StatsError,
    group::{Group, Ran, by_owner, is_func_selected, repos, select, selected_units},
};
use crate::{
    args::By,
    profile::{Bits, BuildFile, Union},
    selection::Selection,
};

/// One line for each thing that `by` names and the selection leaves, sorted by its key.
///
/// # Errors
/// As [`each_row`].
pub fn query(data: &Data, by: By, selection: &Selection) -> Result<Vec<Row>, StatsError> {
    let mut rows = Vec::new();
    each_row(data, by, selection, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// Calls `visit` with the lines of [`query`], one after another, until it breaks off: a cluster has
/// millions of files and funcs of owners, of which only those of one owner are held at a time.
///
/// # Errors
/// [`StatsError::NoMatch`] when nothing is left, [`StatsError::Nothing`] when nothing was there,
/// [`StatsError::NoRepo`] when repositories are asked for and none is known.
pub fn each_row(
    data: &Data,
    by: By,
    selection: &Selection,
    visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<(), StatsError> {
    let groups = select(data, selection)?;
    let owners = || by_owner(&groups);
    let key_rows = |name, key: fn(&Ran<'_>) -> String| key_rows(&groups, selection, name, key);
    let mut is_empty = true;
    let mut visit_all = |rows: Vec<Row>| {
        is_empty &= rows.is_empty();
        rows.into_iter().try_for_each(&mut *visit)
    };
    // Whoever breaks off has what it wants.
    let _done = match by {
        By::Owner => visit_all(owners().iter().map(owner_row).collect()),
        By::File => owners().iter().try_for_each(|g| visit_all(file_rows(g, selection))),
        By::Func => owners().iter().try_for_each(|g| visit_all(func_rows(g, selection))),
        By::Binary => visit_all(groups.iter().map(binary_row).collect()),
        By::Repo => visit_all(repo_rows(&groups, selection)),
        By::Collection => visit_all(vec![collection_row(data, &groups, selection)]),
        By::Cluster => visit_all(key_rows("cluster", |r| r.owner.key.cluster.clone())),
        By::Namespace => visit_all(key_rows("namespace", |r| r.owner.key.namespace.clone())),
        By::Pod => visit_all(key_rows("pod", |r| r.report.pod.clone())),
        By::Image => visit_all(key_rows("image", |r| r.report.image.clone())),
    };
    match (is_empty, by) {
        (false, _) => Ok(()),
        (true, By::Repo) if !data.has_repos() => Err(StatsError::NoRepo),
        (true, _) => Err(StatsError::NoMatch(selection.to_string())),
    }
}

fn owner_row(group: &Group<'_>) -> Row {
    let stats = group.build.table.stats(&group.counts());
    let Some(Ran { owner, .. }) = group.ran.first() else { return Row::default() };
    let source = group.build.source.as_ref().map(|s| &s.source);
    let containers: Vec<&str> = group.names(|r| &r.report.container).into_iter().collect();
    Row::default()
        .with("namespace", owner.key.namespace.clone())
        .with("owner_kind", owner.key.kind.clone())
        .with("owner", owner.key.name.clone())
        .with("evidence", owner.evidence.clone())
        .with("binary", owner.key.binary.clone())
        .with("build", group.build.row.hash.clone())
        .with("containers", containers)
        .with("pods", group.names(|r| &r.report.pod).len())
        .with("hosts", group.names(|r| &r.report.hostname).len())
        .with("processes", n_processes(&group.ran))
        .with_coverage(stats.total)
        .with("funcs", stats.n_funcs.statements())
        .with("funcs_covered", stats.n_funcs.covered())
        .with_known("repo", source.map_or("", |s| &s.repo))
        .with_known("commit", source.map_or("", |s| &s.commit))
        .with_time("first_seen", group.ran.iter().filter_map(|r| r.process.first_seen).min())
        .with_time("last_seen", group.ran.iter().filter_map(|r| r.process.last_seen).max())
}

/// How many processes these are: a pid that restarted stands for several.
fn n_processes(ran: &[Ran<'_>]) -> u64 {
    ran.iter().map(|r| u64::from(r.process.runs)).sum()
}

/// The keys that `--by file` and `--by func` begin with.
fn file_row(group: &Group<'_>, idx: usize, file: &BuildFile) -> Row {
    let Some(Ran { owner, .. }) = group.ran.first() else { return Row::default() };
    let resolution = group.build.resolution(idx);
    Row::default()
        .with("namespace", owner.key.namespace.clone())
        .with("owner_kind", owner.key.kind.clone())
        .with("owner", owner.key.name.clone())
        .with("binary", owner.key.binary.clone())
        .with("build", group.build.row.hash.clone())
        .with("path", file.path.clone())
        .with_known("repo_path", resolution.map_or("", |r| &r.repo_path))
        .with("resolution", resolution.map_or("unresolved", |r| &r.resolution))
        .with_known("evidence", resolution.map_or("", |r| &r.evidence))
        .with("generated", resolution.is_some_and(|r| r.generated))
}

fn file_rows(group: &Group<'_>, selection: &Selection) -> Vec<Row> {
    let stats = group.build.table.stats(&group.counts());
    let coverage = |idx: usize| stats.files.get(idx).copied().unwrap_or_default();
    let files = group.files(selection).into_iter();
    files.map(|(idx, file)| file_row(group, idx, file).with_coverage(coverage(idx))).collect()
}

fn func_rows(group: &Group<'_>, selection: &Selection) -> Vec<Row> {
    let stats = group.build.table.stats(&group.counts());
    let mut rows = Vec::new();
    for (idx, file) in group.files(selection) {
        let funcs = group.build.table.funcs_of(file).iter().zip(file.funcs.clone());
        for (func, at) in funcs {
            if is_func_selected(&func.name, selection) {
                let row = file_row(group, idx, file)
                    .with("func", func.name.clone())
                    .with("line", func.line);
                rows.push(row.with_coverage(stats.funcs.get(at).copied().unwrap_or_default()));
            }
        }
    }
    rows
}

fn binary_row(group: &Group<'_>) -> Row {
    let build = &group.build.row;
    let owners: BTreeSet<i64> = group.ran.iter().map(|r| r.owner.id).collect();
    Row::default()
        .with("binary", build.binary.clone())
        .with("build", build.hash.clone())
        .with("module", build.module.clone())
        .with("go_version", serde_json::Value::Null)
        .with("owners", owners.len())
        .with("processes", n_processes(&group.ran))
        .with_coverage(group.build.table.stats(&group.counts()).total)
}

/// Statements that the selection leaves, each counted once, and those that ran.
///
/// # Errors
/// [`StatsError::NoMatch`] when the selection leaves none, [`StatsError::Nothing`] when nothing
/// was there.
pub fn coverage(data: &Data, selection: &Selection) -> Result<Coverage, StatsError> {
    let coverage = union(&select(data, selection)?, selection);
    if coverage.statements() == 0 {
        return Err(StatsError::NoMatch(selection.to_string()));
    }
    Ok(coverage)
}

/// Statements of these processes, each counted once, of what the selection leaves.
fn union(groups: &[Group<'_>], selection: &Selection) -> Coverage {
    let mut union = Union::default();
    for group in groups {
        let ran = group.united();
        for (_, file) in group.files(selection) {
            add(&mut union, group, file, &ran, selection);
        }
    }
    union.coverage()
}

/// Adds what the selection leaves of a file.
fn add<'a>(
    union: &mut Union<'a>,
    group: &Group<'a>,
    file: &'a BuildFile,
    ran: &Bits,
    selection: &Selection,
) {
    let selected = selected_units(&group.build.table, file, selection);
    let is_part = |unit: usize| selected.get(unit).copied().unwrap_or(false);
    union.add_part(&group.build.table, file, is_part, |at| ran.get(at));
}

/// One line per value of a key.
fn key_rows(
    groups: &[Group<'_>],
    selection: &Selection,
    name: &'static str,
    key: impl Fn(&Ran<'_>) -> String,
) -> Vec<Row> {
    let mut split: BTreeMap<String, Vec<Group<'_>>> = BTreeMap::new();
    for group in groups {
        let mut parts: BTreeMap<String, Vec<Ran<'_>>> = BTreeMap::new();
        for ran in &group.ran {
            parts.entry(key(ran)).or_default().push(*ran);
        }
        for (value, ran) in parts.into_iter().filter(|(value, _)| !value.is_empty()) {
            split.entry(value).or_default().push(Group { build: group.build, ran });
        }
    }
    let row = |(value, groups): (String, Vec<Group<'_>>)| {
        let owners: BTreeSet<i64> =
            groups.iter().flat_map(|g| g.ran.iter().map(|r| r.owner.id)).collect();
        Row::default()
            .with(name, value)
            .with("owners", owners.len())
            .with_coverage(union(&groups, selection))
    };
    split.into_iter().map(row).collect()
}

/// One line per repository and commit, over all builds; unresolved files belong to none.
fn repo_rows(groups: &[Group<'_>], selection: &Selection) -> Vec<Row> {
    let mut unions: BTreeMap<(&str, &str), (Union<'_>, BTreeSet<&str>)> = BTreeMap::new();
    for group in groups {
        let ran = group.united();
        for (idx, file) in group.files(selection) {
            let resolution = group.build.resolution(idx);
            let Some(r) = resolution.filter(|r| !r.repo.is_empty()) else { continue };
            let (union, paths) = unions.entry((&r.repo, &r.commit)).or_default();
            add(union, group, file, &ran, selection);
            paths.insert(&r.repo_path);
        }
    }
    let row = |((repo, commit), (union, paths)): ((&str, &str), (Union<'_>, BTreeSet<&str>))| {
        Row::default()
            .with("repo", repo)
            .with("commit", commit)
            .with("files", paths.len())
            .with_coverage(union.coverage())
    };
    unions.into_iter().map(row).collect()
}

fn collection_row(data: &Data, groups: &[Group<'_>], selection: &Selection) -> Row {
    let all = || groups.iter().flat_map(|g| g.ran.iter());
    let distinct = |name: fn(&Ran<'_>) -> String| {
        let names: BTreeSet<String> = all().map(name).collect();
        names.iter().filter(|name| !name.is_empty()).count()
    };
    let pod = |r: &Ran<'_>| match r.report {
        r if r.pod.is_empty() => String::new(),
        r => format!("{}/{}/{}", r.cluster, r.namespace, r.pod),
    };
    let image = |r: &Ran<'_>| if r.report.is_host { String::new() } else { r.report.image.clone() };
    let repos: BTreeSet<&str> = groups.iter().flat_map(|g| repos(g.build)).collect();
    let reports = all().map(|r| r.process.report_id).collect::<BTreeSet<_>>().len();
    let failed = data.reports.values().filter(|r| r.failed).count();
    Row::default()
        .with("reports", reports)
        .with("reports_failed", failed)
        .with("processes", all().map(|r| u64::from(r.process.runs)).sum::<u64>())
        .with("owners", all().map(|r| r.owner.id).collect::<BTreeSet<_>>().len())
        .with("binaries", distinct(|r| r.owner.key.binary.clone()))
        .with("pods", distinct(pod))
        .with("hosts", distinct(|r| r.report.hostname.clone()))
        .with("images", distinct(image))
        .with("repos", repos.len())
        .with_coverage(union(groups, selection))
}
