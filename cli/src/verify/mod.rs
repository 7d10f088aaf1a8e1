//! Collection, database, sources and site against each other.
//!
//! Nothing is written. [`reports`] decodes every file again and compares what ran with the
//! database, [`sources`] reads every text that the database counts on, [`mod@site`] follows every
//! name from `index.html` to the last shard and hashes what is there. Each finding is a problem
//! that names the damaged thing and the command that repairs it.

mod reports;
mod rows;
mod site;
mod sources;

use camino::Utf8Path;

use crate::{
    collection::{Collection, CollectionError},
    db::{Database, DbError},
    problems::{Problem, Problems},
    stats::{Data, StatsError},
};

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Verified {
    /// Reports on disk.
    pub reports: usize,
    /// Meta, counter and text files in them.
    pub files: usize,
    /// Builds in the database.
    pub builds: usize,
    /// Texts of sources that were read.
    pub texts: usize,
    /// Files of the site; 0 when there is none.
    pub site_files: usize,
    /// What is damaged or does not fit; all of them losses.
    pub problems: Problems,
}

impl Verified {
    /// How many things were looked at.
    pub fn items(&self) -> usize {
        [self.files, self.builds, self.texts, self.site_files].iter().sum()
    }
}

/// Looks at everything in a collection, and at the site in `site`.
///
/// # Errors
/// When the collection cannot be listed. What cannot be read or used is a finding.
pub fn verify(collection: &Collection, site: &Utf8Path) -> Result<Verified, CollectionError> {
    let mut verified = Verified::default();
    let repair = Repair { dir: collection.dir() };
    let (db, data) = match database(collection, repair) {
        Ok((db, data)) => (Some(db), data),
        Err(problem) => {
            verified.problems.push(problem);
            (None, None)
        }
    };
    reports::check(collection, data.as_ref(), repair, &mut verified)?;
    if let (Some(db), Some(data)) = (&db, &data) {
        verified.builds = data.n_builds();
        verified.problems.extend(check_database(db, collection, repair));
        sources::check(collection, db, repair, &mut verified);
    }
    site::check(site, db.as_ref(), collection, repair, &mut verified);
    verified.problems.sort();
    Ok(verified)
}

/// Opens the database and unpacks everything in it; no data when something of it is damaged that
/// [`check_database`] finds.
fn database(
    collection: &Collection,
    repair: Repair<'_>,
) -> Result<(Database, Option<Data>), Problem> {
    let path = collection.database();
    let opened = Database::open(&path).map_err(StatsError::from);
    let read = opened.and_then(|db| Data::read(&db).map(|data| (db, Some(data))));
    read.map_err(|err| {
        let problem = Problem::loss("database", path.as_str()).caused_by(&err);
        match err {
            StatsError::Db(DbError::Missing(_) | DbError::Older { .. }) => {
                problem.remedy(repair.covatlas("compile"))
            }
            StatsError::Db(DbError::Newer { .. }) => {
                problem.remedy("use the covatlas that wrote it")
            }
            StatsError::Db(err) if !err.is_damage() => {
                problem.remedy("check the disk and the permissions; nothing is known to be damaged")
            }
            _ => problem.remedy(repair.new_database()),
        }
    })
}

/// What SQLite itself finds.
fn check_database(db: &Database, collection: &Collection, repair: Repair<'_>) -> Option<Problem> {
    let found = match db.damage() {
        Ok(found) if found.is_empty() => return None,
        Ok(found) => found.join("; "),
        Err(err) => err.to_string(),
    };
    let problem = Problem::loss("database", collection.database().as_str());
    Some(problem.because(found).remedy(repair.new_database()))
}

/// Commands that repair a collection.
#[derive(Clone, Copy, Debug)]
struct Repair<'a> {
    dir: &'a Utf8Path,
}

impl Repair<'_> {
    /// `covatlas -C DIR …`.
    fn covatlas(self, rest: &str) -> String {
        format!("covatlas -C {} {rest}", quoted(self.dir.as_str()))
    }

    fn new_database(self) -> String {
        let path = quoted(self.dir.join("coverage.db").as_str());
        format!("rm -f {path} {path}-wal {path}-shm && {}", self.covatlas("compile"))
    }

    /// Removes what is damaged and runs a command that makes it again.
    fn again(self, damaged: &Utf8Path, command: &str) -> String {
        format!("rm -rf {} && {}", quoted(damaged.as_str()), self.covatlas(command))
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%=,".contains(&b);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let repair = Repair { dir: Utf8Path::new("my run") };
        assert_eq!(repair.covatlas("compile"), "covatlas -C 'my run' compile");
        assert_eq!(quoted("a'b;c"), "'a'\\''b;c'");
        assert_eq!(quoted("run/x-1.js"), "run/x-1.js");
        assert_eq!(quoted(""), "''");
    }
}
