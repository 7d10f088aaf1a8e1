//! Links to what a build has.
//!
//! The page of a file is that of an owner: here the one that ran most of the build, in the colours of
//! everyone.

use std::rc::Rc;

use super::owners::OwnerTable;
use crate::route::{BuildId, BuildRef, Counts, FileView, LineRange, OwnerView, Route};

/// Leads to builds and their files.
#[derive(Debug)]
pub struct BuildLinks {
    table: Rc<OwnerTable>,
    /// For each build of the site the row of the owner that ran most of it.
    runners: Vec<Option<usize>>,
}

impl BuildLinks {
    /// Links to the builds of these owners.
    pub fn new(table: Rc<OwnerTable>) -> Self {
        let shard = table.shard();
        let covered = |at: usize| shard.rows.get(at).map(|row| row.coverage.covered());
        let mut runners: Vec<Option<usize>> = vec![None; shard.builds.len()];
        for (at, row) in shard.rows.iter().enumerate() {
            let best = usize::try_from(row.build).ok().and_then(|build| runners.get_mut(build));
            if let Some(best) = best
                && best.is_none_or(|best| covered(best) < covered(at))
            {
                *best = Some(at);
            }
        }
        Self { table, runners }
    }

    /// All owners.
    pub fn table(&self) -> &OwnerTable {
        &self.table
    }

    /// For each meta hash the position of its build; `None` when the site does not have it.
    pub fn positions(&self, hashes: &[String]) -> Vec<Option<usize>> {
        let builds = &self.table.shard().builds;
        hashes.iter().map(|hash| builds.iter().position(|b| b.hash == *hash)).collect()
    }

    /// The page of a build.
    pub fn build(&self, build: usize, view: OwnerView) -> Option<Route> {
        let build = self.table.shard().builds.get(build)?;
        let binary = self.table.text(build.binary).to_owned();
        Some(Route::Build(BuildRef { binary, build: BuildId::of_hash(&build.hash)? }, view))
    }

    /// The page of a file by its path as built, at a line.
    pub fn file(&self, build: usize, path: String, line: Option<u32>) -> Option<Route> {
        let row = self.table.shard().rows.get((*self.runners.get(build)?)?)?;
        let view = FileView {
            path,
            lines: line.map(|line| LineRange::new(line, line)),
            build: self.table.build_id(row),
            counts: Counts::Anywhere,
            ..FileView::default()
        };
        Some(Route::File(self.table.owner_ref(row), view))
    }
}
