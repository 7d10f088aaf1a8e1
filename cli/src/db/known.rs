//! What is known of reports from the last time.

use std::collections::{BTreeMap, BTreeSet};

use covdata::MetaHash;

use super::{Database, DbError};

/// Reports of which everything could be read, by folder: the digest of what they were, and the
/// builds that their files belong to.
#[derive(Debug, Default)]
pub struct KnownReports(BTreeMap<String, (String, BTreeSet<MetaHash>)>);

impl KnownReports {
    /// The builds of a report; `None` when it is new or not what it was.
    pub fn builds_of(&self, dir: &str, listing: &str) -> Option<BTreeSet<MetaHash>> {
        let (known, builds) = self.0.get(dir)?;
        (known == listing).then(|| builds.clone())
    }
}

impl Database {
    /// The reports of which everything could be read.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn known_reports(&self) -> Result<KnownReports, DbError> {
        let sql = "SELECT DISTINCT dir, listing, hash FROM report_sources r \
                   JOIN processes p ON p.report_id = r.id JOIN builds b ON b.id = p.build_id \
                   WHERE failed = 0";
        let rows: Vec<(String, String, String)> =
            self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut known = KnownReports::default();
        for (dir, listing, hash) in rows {
            let Ok(hash) = hash.parse() else { continue };
            known.0.entry(dir).or_insert_with(|| (listing, BTreeSet::new())).1.insert(hash);
        }
        Ok(known)
    }
}
