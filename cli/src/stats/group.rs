//! Which processes and files a selection leaves.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{BuildData, Data, StatsError, as_list};
use crate::{
    db::{OwnerRecord, ProcessRow, ReportRow},
    profile::{Bits, BuildFile, BuildTable},
    selection::{Field, Selection},
};

/// A process with everything that is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ran<'a> {
    pub(super) process: &'a ProcessRow,
    pub(super) bits: &'a Bits,
    pub(super) owner: &'a OwnerRecord,
    pub(super) report: &'a ReportRow,
}

/// Processes of one build that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) build: &'a BuildData,
    pub(super) ran: Vec<Ran<'a>>,
}

/// The processes that the selection leaves, by build; never empty.
///
/// # Errors
/// [`StatsError::NoMatch`] when nothing is left, [`StatsError::Nothing`] when nothing was there.
pub(super) fn select<'a>(
    data: &'a Data,
    selection: &Selection,
) -> Result<Vec<Group<'a>>, StatsError> {
    if data.builds.is_empty() {
        return Err(StatsError::Nothing);
    }
    let groups = data.builds.iter().map(|build| {
        let repos = repos(build);
        let ran = build.processes.iter().filter_map(|(process, bits)| {
            let owner = data.owners.get(&process.owner_id)?;
            let report = data.reports.get(&process.report_id)?;
            let ran = Ran { process, bits, owner, report };
            is_selected(build, &repos, ran, selection).then_some(ran)
        });
        Group { ran: ran.collect(), build }
    });
    let groups: Vec<_> = groups.filter(|g| !g.ran.is_empty()).collect();
    if groups.is_empty() {
        return Err(StatsError::NoMatch(format!("{selection}{}", nearest_values(data, selection))));
    }
    Ok(groups)
}

/// For each filter that nothing passes, the values that are nearest to what it asks for.
fn nearest_values(data: &Data, selection: &Selection) -> String {
    let mut hints = Vec::new();
    for filter in selection.filters() {
        let field = filter.field();
        let mut values: BTreeSet<Cow<'_, str>> = BTreeSet::new();
        for build in &data.builds {
            let repos = repos(build);
            for (process, bits) in &build.processes {
                let owner = data.owners.get(&process.owner_id);
                let report = data.reports.get(&process.report_id);
                let (Some(owner), Some(report)) = (owner, report) else { continue };
                let ran = Ran { process, bits, owner, report };
                values.extend(values_of(build, &repos, ran, field).into_iter().flatten());
            }
        }
        values.remove("");
        if !values.is_empty() && !values.iter().any(|value| filter.is_match(value)) {
            let nearest = as_list(&nearest(filter.glob(), values));
            hints.push(format!("; the nearest values are{nearest}"));
        }
    }
    hints.concat()
}

/// The three values that are most like `wanted`, which part of one is like.
fn nearest(wanted: &str, values: BTreeSet<Cow<'_, str>>) -> Vec<String> {
    // Names are hostile, and comparing takes the product of both lengths.
    let start = |text: &str| text.chars().take(120).collect::<String>();
    let likeness = |value: &str| {
        let whole = strsim::jaro_winkler(&start(wanted), &start(value));
        if value.contains(wanted) { 1.0 + whole } else { whole }
    };
    let mut values: Vec<_> = values.into_iter().map(|v| (likeness(&v), v)).collect();
    values.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    values.into_iter().take(3).map(|(_, value)| value.into_owned()).collect()
}

fn is_selected(build: &BuildData, repos: &[&str], ran: Ran<'_>, selection: &Selection) -> bool {
    selection.matches(|field| values_of(build, repos, ran, field))
}

/// What a process has of a field; `None` for fields of files.
fn values_of<'a>(
    build: &'a BuildData,
    repos: &[&'a str],
    ran: Ran<'a>,
    field: Field,
) -> Option<Vec<Cow<'a, str>>> {
    let key = &ran.owner.key;
    let borrowed = |values: &[&'a str]| Some(values.iter().copied().map(Cow::from).collect());
    let value = match field {
        Field::Cluster => &key.cluster,
        Field::Namespace => &key.namespace,
        Field::Kind => &key.kind,
        Field::Owner => &key.name,
        Field::Binary => &key.binary,
        Field::Pod => &ran.report.pod,
        Field::Node => &ran.report.hostname,
        Field::Container => &ran.report.container,
        Field::Image => &ran.report.image,
        Field::Build => &build.row.hash,
        Field::Key => return Some(vec![key.text().into()]),
        Field::Repo => return borrowed(repos),
        Field::Label => return Some(ran.report.labels.iter().map(Cow::from).collect()),
        Field::Path | Field::Func => return None,
    };
    borrowed(&[value.as_str()])
}

/// The repositories of a build: the one its image names and those its files are in.
pub(super) fn repos(build: &BuildData) -> Vec<&str> {
    let named = build.source.iter().map(|s| s.source.repo.as_str());
    let found = build.resolutions.iter().flatten().map(|r| r.repo.as_str());
    let repos: BTreeSet<&str> = named.chain(found).filter(|r| !r.is_empty()).collect();
    repos.into_iter().collect()
}

/// Groups split by owner, sorted by owner; of one owner the newest build comes first.
pub(super) fn by_owner<'a>(groups: &[Group<'a>]) -> Vec<Group<'a>> {
    let mut split: Vec<Group<'a>> = Vec::new();
    for group in groups {
        let mut owners: BTreeMap<i64, Group<'a>> = BTreeMap::new();
        for ran in &group.ran {
            let empty = || Group { build: group.build, ran: Vec::new() };
            owners.entry(ran.owner.id).or_insert_with(empty).ran.push(*ran);
        }
        split.extend(owners.into_values());
    }
    let last = |g: &Group<'_>| g.ran.iter().filter_map(|r| r.process.last_seen).max();
    split.sort_by_cached_key(|g| {
        let key = g.ran.first().map(|r| r.owner.key.clone());
        (key, std::cmp::Reverse(last(g)), g.build.row.hash.clone())
    });
    split
}

impl<'a> Group<'a> {
    /// The units that any process ran.
    pub(super) fn united(&self) -> Bits {
        let mut united = Bits::new(self.build.table.units().len());
        self.ran.iter().for_each(|r| united.unite(r.bits));
        united
    }

    /// One count a unit: 1 where any process ran it.
    pub(super) fn counts(&self) -> Vec<u32> {
        let united = self.united();
        (0..self.build.table.units().len()).map(|at| u32::from(united.get(at))).collect()
    }

    pub(super) fn names(&self, name: impl Fn(&Ran<'a>) -> &'a str) -> BTreeSet<&'a str> {
        self.ran.iter().map(name).filter(|name| !name.is_empty()).collect()
    }

    /// Files that the selection leaves.
    pub(super) fn files(&self, selection: &Selection) -> Vec<(usize, &'a BuildFile)> {
        let build = self.build;
        let files = build.table.files().iter().enumerate();
        files.filter(|(idx, file)| is_file_selected(build, *idx, file, selection)).collect()
    }
}

/// For each unit of a file whether its func passes `func=`.
pub(super) fn selected_units(
    table: &BuildTable,
    file: &BuildFile,
    selection: &Selection,
) -> Vec<bool> {
    if !selection.has(Field::Func) {
        return vec![true; file.units.len()];
    }
    let funcs = table.funcs_of(file).iter();
    let selected: Vec<bool> = funcs.map(|f| is_func_selected(&f.name, selection)).collect();
    // A text profile knows no funcs.
    let of_unit = table.unit_funcs_of(file).map(|f| selected.get(f).copied().unwrap_or(false));
    of_unit.collect()
}

/// Whether a func passes `func=`.
pub(super) fn is_func_selected(name: &str, selection: &Selection) -> bool {
    selection.matches(|field| if field == Field::Func { Some([name]) } else { None })
}

/// Whether a file passes `path=` and, file by file, `repo=`.
fn is_file_selected(
    build: &BuildData,
    idx: usize,
    file: &BuildFile,
    selection: &Selection,
) -> bool {
    let resolution = build.resolution(idx);
    selection.matches(|field| match field {
        Field::Path => {
            let repo_path = resolution.map(|r| r.repo_path.as_str());
            Some([file.path.as_str()].into_iter().chain(repo_path).collect::<Vec<_>>())
        }
        Field::Repo => Some(resolution.map(|r| vec![r.repo.as_str()]).unwrap_or_default()),
        _ => None,
    })
}
