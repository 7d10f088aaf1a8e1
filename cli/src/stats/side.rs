//! What ran of a collection, by things that other collections have too.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::stats::Coverage;

use super::{
    Row,
    group::{Group, Ran, selected_units},
};
use crate::{
    args::CompareBy,
    db::Resolution,
    profile::{Bits, BuildFile, BuildTable, FileDigest},
    selection::Selection,
};

/// A source file with what any process of any build ran of it.
#[derive(Clone, Debug)]
pub(super) struct SourceFile<'a> {
    pub(super) table: &'a BuildTable,
    pub(super) file: &'a BuildFile,
    /// By position in the file.
    pub(super) ran: Bits,
    /// Which units the selection leaves.
    selected: Vec<bool>,
    /// Repository and path in it; empty when unresolved.
    pub(super) found: (&'a str, &'a str),
}

/// The files of one path by unit list.
pub(super) type Variants<'a> = BTreeMap<FileDigest, SourceFile<'a>>;
/// Where the text of each file is.
pub(super) type Places<'a> = BTreeMap<(&'a str, FileDigest), &'a Resolution>;
/// Files by path as built.
pub(super) type Files<'a> = BTreeMap<&'a str, Variants<'a>>;
/// What makes a line: the values of [`columns`].
pub(super) type Key = Vec<String>;

/// A key under the names of its columns.
pub(super) fn key_row(by: CompareBy, key: &Key) -> Row {
    let columns = columns(by).iter().zip(key);
    columns.fold(Row::default(), |row, (name, value)| row.with(name, value.as_str()))
}

/// The names of the columns of a key.
pub(super) fn columns(by: CompareBy) -> &'static [&'static str] {
    match by {
        CompareBy::Namespace => &["namespace"],
        CompareBy::Owner => &["namespace", "owner_kind", "owner", "binary"],
        CompareBy::Binary => &["binary"],
        CompareBy::Repo => &["repo"],
        CompareBy::Collection | CompareBy::File | CompareBy::Func => &[],
    }
}

impl SourceFile<'_> {
    /// Position and statements of each unit that the selection leaves.
    pub(super) fn statements(&self) -> impl Iterator<Item = (usize, u64)> {
        let units = self.table.units_of(self.file).iter().enumerate();
        let is_selected = |at: usize| self.selected.get(at).copied().unwrap_or(false);
        units
            .filter(move |(at, _)| is_selected(*at))
            .map(|(at, unit)| (at, u64::from(unit.statements)))
    }

    pub(super) fn coverage(&self) -> Coverage {
        let (mut statements, mut covered) = (0_u64, 0_u64);
        for (at, n) in self.statements() {
            statements = statements.saturating_add(n);
            covered = covered.saturating_add(if self.ran.get(at) { n } else { 0 });
        }
        Coverage::new(statements, covered).unwrap_or_default()
    }
}

/// The path in the repository of the first of these that has one.
pub(super) fn repo_path<'a>(
    first: Option<&Variants<'a>>,
    second: Option<&Variants<'a>>,
) -> &'a str {
    let files = [first, second].into_iter().flatten().flat_map(BTreeMap::values);
    files.map(|file| file.found.1).find(|path| !path.is_empty()).unwrap_or_default()
}

/// Everything that the selection leaves of a collection.
pub(super) struct Side<'a> {
    groups: Vec<Group<'a>>,
    selection: &'a Selection,
}

/// A part of a side: some of its processes, or the files of one repository.
pub(super) struct Part<'a> {
    groups: Vec<Group<'a>>,
    repo: Option<&'a str>,
    selection: &'a Selection,
}

impl<'a> Side<'a> {
    pub(super) fn new(groups: Vec<Group<'a>>, selection: &'a Selection) -> Self {
        Self { groups, selection }
    }

    pub(super) fn whole(&self) -> Part<'a> {
        Part { groups: self.groups.clone(), repo: None, selection: self.selection }
    }

    /// Where the texts are that fit the files: of one that several builds have, that of the first.
    pub(super) fn places(&self) -> Places<'a> {
        let mut places = BTreeMap::new();
        for build in self.groups.iter().map(|group| group.build) {
            for (file, found) in build.table.files().iter().zip(&build.resolutions) {
                let fits = |r: &&'a Resolution| r.resolution != "mismatch" && !r.repo.is_empty();
                if let Some(found) = found.as_ref().filter(fits) {
                    places.entry((file.path.as_str(), file.digest)).or_insert(found);
                }
            }
        }
        places
    }

    /// The parts that `by` names.
    pub(super) fn parts(&self, by: CompareBy) -> BTreeMap<Key, Part<'a>> {
        if by == CompareBy::Repo {
            return self.repos();
        }
        let mut parts: BTreeMap<Key, Part<'a>> = BTreeMap::new();
        for group in &self.groups {
            let mut split: BTreeMap<Key, Vec<Ran<'a>>> = BTreeMap::new();
            for ran in &group.ran {
                split.entry(key(group, ran, by)).or_default().push(*ran);
            }
            for (key, ran) in split {
                let empty = || Part { groups: Vec::new(), repo: None, selection: self.selection };
                let part = parts.entry(key).or_insert_with(empty);
                part.groups.push(Group { build: group.build, ran });
            }
        }
        parts
    }

    /// Each repository with the builds that have files of it.
    fn repos(&self) -> BTreeMap<Key, Part<'a>> {
        let mut parts: BTreeMap<Key, Part<'a>> = BTreeMap::new();
        for group in &self.groups {
            let found = group.build.resolutions.iter().flatten().map(|r| r.repo.as_str());
            let repos: BTreeSet<&'a str> = found.filter(|repo| !repo.is_empty()).collect();
            for repo in repos {
                let empty =
                    || Part { groups: Vec::new(), repo: Some(repo), selection: self.selection };
                let part = parts.entry(vec![repo.to_owned()]).or_insert_with(empty);
                part.groups.push(group.clone());
            }
        }
        parts
    }
}

fn key(group: &Group<'_>, ran: &Ran<'_>, by: CompareBy) -> Key {
    let owner = &ran.owner.key;
    match by {
        CompareBy::Namespace => vec![owner.namespace.clone()],
        CompareBy::Owner => {
            [&owner.namespace, &owner.kind, &owner.name, &owner.binary].map(String::clone).to_vec()
        }
        CompareBy::Binary => vec![group.build.row.binary.clone()],
        _ => Vec::new(),
    }
}

impl<'a> Part<'a> {
    /// What ran of it, each statement once.
    pub(super) fn coverage(&self) -> Coverage {
        let files = self.files();
        let files = files.values().flat_map(BTreeMap::values);
        files.map(SourceFile::coverage).fold(Coverage::default(), Coverage::plus)
    }

    /// The files of the part, each with what any of its processes ran.
    pub(super) fn files(&self) -> Files<'a> {
        let mut files: Files<'a> = BTreeMap::new();
        for group in &self.groups {
            let united = group.united();
            for (idx, file) in group.files(self.selection) {
                let resolution = group.build.resolution(idx);
                if self.repo.is_some_and(|repo| resolution.is_none_or(|r| r.repo != repo)) {
                    continue;
                }
                let variants = files.entry(&file.path).or_default();
                let known = variants.entry(file.digest).or_insert_with(|| SourceFile {
                    table: &group.build.table,
                    file,
                    ran: Bits::new(file.units.len()),
                    selected: selected_units(&group.build.table, file, self.selection),
                    found: ("", ""),
                });
                if known.found.1.is_empty() {
                    let found = |r: &'a Resolution| (r.repo.as_str(), r.repo_path.as_str());
                    known.found = resolution.map_or(("", ""), found);
                }
                let ran = file.units.clone().enumerate().filter(|(_, at)| united.get(*at));
                ran.for_each(|(position, _)| known.ran.set(position));
            }
        }
        // A filter on funcs may leave nothing of a file.
        files.retain(|_, variants| {
            variants.retain(|_, file| file.selected.iter().any(|is_selected| *is_selected));
            !variants.is_empty()
        });
        files
    }

    /// The commits of the part's repository, sorted.
    pub(super) fn commits(&self) -> Vec<&'a str> {
        let found = self.groups.iter().flat_map(|g| g.build.resolutions.iter().flatten());
        let own = found.filter(|r| Some(r.repo.as_str()) == self.repo);
        let commits: BTreeSet<&'a str> = own.map(|r| r.commit.as_str()).collect();
        commits.into_iter().collect()
    }
}
