//! What the database says ran in each report.

use std::collections::BTreeMap;

use super::Data;
use crate::{
    db::ReportRow,
    profile::{Bits, BuildTable},
};

/// What ran in one report, by the hash of the build.
pub type ReportBits<'a> = BTreeMap<&'a str, Bits>;

impl Data {
    /// How many builds there are.
    pub fn n_builds(&self) -> usize {
        self.builds.len()
    }

    /// What the database says of the report in this folder.
    pub fn report(&self, dir: &str) -> Option<&ReportRow> {
        self.reports.values().find(|report| report.dir == dir)
    }

    /// The units of a build by its hash.
    pub fn table(&self, hash: &str) -> Option<&BuildTable> {
        self.builds.iter().find(|build| build.row.hash == hash).map(|build| &build.table)
    }

    /// What any process of each report ran, by the report's folder. Reports of which nothing could
    /// be used are there, too, and have no builds.
    pub fn bits_of_reports(&self) -> BTreeMap<String, ReportBits<'_>> {
        let mut all: BTreeMap<String, ReportBits<'_>> =
            self.reports.values().map(|report| (report.dir.clone(), BTreeMap::new())).collect();
        for build in &self.builds {
            for (process, bits) in &build.processes {
                let report = self.reports.get(&process.report_id);
                let Some(own) = report.and_then(|report| all.get_mut(&report.dir)) else {
                    continue;
                };
                let empty = || Bits::new(build.table.units().len());
                own.entry(&build.row.hash).or_insert_with(empty).unite(bits);
            }
        }
        all
    }
}
