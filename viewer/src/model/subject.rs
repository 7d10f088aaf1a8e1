//! What a page of numbers is about: a build, as one owner ran it or as everyone did.

use std::rc::Rc;

use covatlas_shared::{
    files::StatsShard,
    owners::{Build, OwnerRow},
    path,
};

use super::{
    owners::{OwnerTable, find},
    sorting::sorted_things,
};
use crate::route::{BuildId, BuildRef, OwnerRef};

/// A build, and who ran it.
#[derive(Debug)]
pub struct Subject {
    /// All owners.
    pub table: Rc<OwnerTable>,
    /// The build.
    pub build: Build,
    /// The owner with this build; `None` for everyone.
    pub own: Option<OwnerRow>,
    /// The owner with all its builds, newest first; empty for everyone.
    pub siblings: Vec<OwnerRow>,
    /// Everyone with this build, who ran most of it first.
    pub runners: Vec<OwnerRow>,
    /// Whether the owner has no build of the asked id, so that this is its newest one.
    pub is_other_build: bool,
}

impl Subject {
    /// The owner with a build, or with its newest one when it does not have that; `None` when
    /// there is no such owner.
    pub fn of_owner(
        table: &Rc<OwnerTable>,
        owner: &OwnerRef,
        build: Option<&BuildId>,
    ) -> Option<Self> {
        let siblings = find(table, owner)?.to_vec();
        let is_asked = |row: &&OwnerRow| {
            build.is_none_or(|id| table.build(row).is_some_and(|b| id.is_of(&b.hash)))
        };
        let asked = siblings.iter().find(is_asked);
        let own = asked.or_else(|| siblings.first())?.clone();
        Some(Self {
            table: Rc::clone(table),
            build: table.build(&own)?.clone(),
            runners: runners(table, own.build),
            is_other_build: asked.is_none(),
            own: Some(own),
            siblings,
        })
    }

    /// A build as everyone ran it; `None` when the site does not have it.
    pub fn of_build(table: &Rc<OwnerTable>, build: &BuildRef) -> Option<Self> {
        let is_asked =
            |b: &&Build| build.build.is_of(&b.hash) && table.text(b.binary) == build.binary;
        let builds = &table.shard().builds;
        let found = builds.iter().find(is_asked).or_else(|| {
            // The binary may have been renamed: the hash alone says which build it is.
            builds.iter().find(|b| build.build.is_of(&b.hash))
        })?;
        let idx = builds.iter().position(|b| b.hash == found.hash)?;
        Some(Self {
            table: Rc::clone(table),
            build: found.clone(),
            own: None,
            siblings: Vec::new(),
            runners: runners(table, u32::try_from(idx).ok()?),
            is_other_build: false,
        })
    }
}

fn runners(table: &OwnerTable, build: u32) -> Vec<OwnerRow> {
    let rows = table.shard().rows.iter().filter(|r| r.build == build).cloned().collect();
    sorted_things(rows, |a: &OwnerRow, b| b.coverage.covered().cmp(&a.coverage.covered()))
}

/// The position of the file with this path as built.
pub fn find_file(stats: &StatsShard, path: &str) -> Option<usize> {
    let (dir, base) = path::split(path);
    stats.files.iter().position(|f| {
        stats.strings.get(f.base) == base
            && stats.strings.get(f.dir) == dir
            && stats.path(f) == path
    })
}

/// Positions of the files with the same last part as `path`, those in the most similar directory
/// first, at most `n`.
pub fn nearest_files(stats: &StatsShard, path: &str, n: usize) -> Vec<usize> {
    let (dir, base) = path::split(path);
    let shared_end = |other: &str| {
        dir.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count()
    };
    let has_base =
        |idx: &usize| stats.files.get(*idx).is_some_and(|f| stats.strings.get(f.base) == base);
    let found: Vec<usize> = (0..stats.files.len()).filter(has_base).collect();
    let score = |idx: &usize| stats.files.get(*idx).map(|f| shared_end(stats.strings.get(f.dir)));
    sorted_things(found, |a, b| score(b).cmp(&score(a))).into_iter().take(n).collect()
}
