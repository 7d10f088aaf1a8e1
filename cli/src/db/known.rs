//! What is known of reports from the last time.

use std::collections::{BTreeMap, BTreeSet};

use covdata::MetaHash;

use super::{Database, DbError};

/// The fact with the homes of meta files that no report has any more: hash and folder in JSON.
pub(crate) const LOST_METAS: &str = "lost_metas";

/// A report's folder that had the meta file of each build.
pub type MetaHomes = BTreeMap<MetaHash, String>;

/// What the reports were the last time.
#[derive(Debug, Default)]
pub struct KnownReports {
    /// Of which everything could be read, by folder: the digest of what they were, and the builds
    /// that their files belong to.
    whole: BTreeMap<String, (String, BTreeSet<MetaHash>)>,
    homes: MetaHomes,
}

impl KnownReports {
    /// The builds of a report; `None` when it is new or not what it was.
    pub fn builds_of(&self, dir: &str, listing: &str) -> Option<BTreeSet<MetaHash>> {
        let (known, builds) = self.whole.get(dir)?;
        (known == listing).then(|| builds.clone())
    }

    /// Where the meta file of each build was the last time; of those that no report had then, where
    /// it was before.
    pub fn homes(&self) -> &MetaHomes {
        &self.homes
    }
}

impl Database {
    /// The reports of the last time.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn known_reports(&self) -> Result<KnownReports, DbError> {
        let sql = "SELECT DISTINCT dir, listing, hash, failed FROM report_sources r \
                   JOIN processes p ON p.report_id = r.id JOIN builds b ON b.id = p.build_id";
        let rows: Vec<(String, String, String, bool)> =
            self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let lost = self.fact(LOST_METAS)?.and_then(|json| serde_json::from_str(&json).ok());
        let lost: BTreeMap<String, String> = lost.unwrap_or_default();
        let lost = lost.into_iter().filter_map(|(hash, dir)| Some((hash.parse().ok()?, dir)));
        let mut known = KnownReports { homes: lost.collect(), ..KnownReports::default() };
        for (dir, listing, hash, failed) in rows {
            let Ok(hash) = hash.parse() else { continue };
            known.homes.insert(hash, dir.clone());
            if !failed {
                let whole = known.whole.entry(dir).or_insert_with(|| (listing, BTreeSet::new()));
                whole.1.insert(hash);
            }
        }
        Ok(known)
    }
}
