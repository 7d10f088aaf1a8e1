//! `coverage.db`: the only SQL of the program.
//!
//! The database derives from `coverage/` and `repos/` in seconds, so an older schema is not
//! migrated but compiled anew; a newer one is refused.

mod blob;
mod check;
mod compile_writer;
mod find;
mod known;
mod packages;
mod packed;
mod read;
mod rows;
mod settle;
mod write;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

pub use compile_writer::CompileWriter;
pub use known::KnownReports;
pub use packages::{KnownPackages, PackedMeta};
pub use packed::Packed;
pub use rows::{
    BuildDetails, BuildRow, BuildSource, Checkout, FileIdentity, FilePlace, ImageSource,
    OwnerBuildDetails, OwnerBuildRow, OwnerKey, OwnerRecord, PackedCounts, ProcessRow, ReportRow,
    Resolution, StoredProblem,
};

/// The schema's version, kept as `user_version`.
pub const SCHEMA_VERSION: u32 = 3;

const SCHEMA: &str = include_str!("schema.sql");

/// Why the database cannot be used.
#[derive(Debug, Error)]
pub enum DbError {
    /// There is none yet.
    #[error("no database at `{0}`; `covatlas compile` makes one")]
    Missing(Utf8PathBuf),
    /// It was written by a newer covatlas.
    #[error(
        "`{path}` has schema version {found}, this covatlas knows {SCHEMA_VERSION}: \
         nothing was changed; use the newer covatlas"
    )]
    Newer {
        /// The database.
        path: Utf8PathBuf,
        /// Its version.
        found: u32,
    },
    /// It was written by an older covatlas.
    #[error("`{path}` has the older schema version {found}: run `covatlas compile` again")]
    Older {
        /// The database.
        path: Utf8PathBuf,
        /// Its version.
        found: u32,
    },
    /// A blob does not decode.
    #[error("damaged {what} in the database: run `covatlas compile` again")]
    Damaged {
        /// What does not decode.
        what: String,
    },
    /// SQLite failed.
    #[error("cannot use `{path}`")]
    Sqlite {
        /// The database.
        path: Utf8PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// An open `coverage.db`.
#[derive(Debug)]
pub struct Database {
    path: Utf8PathBuf,
    conn: Connection,
}

impl Database {
    /// Opens the database for reading.
    ///
    /// # Errors
    /// [`DbError`] of every kind but `Damaged`.
    pub fn open(path: &Utf8Path) -> Result<Self, DbError> {
        if !path.exists() {
            return Err(DbError::Missing(path.to_owned()));
        }
        let db = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let found = db.version()?;
        let path = path.to_owned();
        match found.cmp(&SCHEMA_VERSION) {
            std::cmp::Ordering::Equal => Ok(db),
            std::cmp::Ordering::Less => Err(DbError::Older { path, found }),
            std::cmp::Ordering::Greater => Err(DbError::Newer { path, found }),
        }
    }

    /// Opens the database for writing; makes it when there is none, or an older one.
    ///
    /// # Errors
    /// [`DbError::Newer`] and [`DbError::Sqlite`].
    pub fn create(path: &Utf8Path) -> Result<Self, DbError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let db = Self::connect(path, flags)?;
        let found = db.version()?;
        if found > SCHEMA_VERSION {
            return Err(DbError::Newer { path: path.to_owned(), found });
        }
        if found < SCHEMA_VERSION {
            db.sql(|conn| {
                drop_everything(conn)?;
                let version = format!("PRAGMA user_version = {SCHEMA_VERSION};");
                conn.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} {version} COMMIT;"))
            })?;
        }
        Ok(db)
    }

    fn connect(path: &Utf8Path, flags: OpenFlags) -> Result<Self, DbError> {
        let failed = |source| DbError::Sqlite { path: path.to_owned(), source };
        let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
        let db = Self { path: path.to_owned(), conn };
        db.sql(|conn| {
            conn.busy_timeout(std::time::Duration::from_secs(10))?;
            conn.pragma_update(None, "journal_mode", "WAL")?;
            conn.pragma_update(None, "synchronous", "NORMAL")?;
            conn.pragma_update(None, "foreign_keys", true)
        })?;
        Ok(db)
    }

    fn version(&self) -> Result<u32, DbError> {
        self.sql(|conn| conn.query_row("PRAGMA user_version", [], |row| row.get(0)))
    }

    /// Runs `f` and says which database failed.
    fn sql<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, DbError> {
        f(&self.conn).map_err(|source| DbError::Sqlite { path: self.path.clone(), source })
    }
}

/// Drops the tables and views of an older schema.
fn drop_everything(conn: &Connection) -> rusqlite::Result<()> {
    let mut names = conn.prepare(
        "SELECT type || ' \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_schema \
         WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    conn.pragma_update(None, "foreign_keys", false)?;
    for name in names {
        conn.execute_batch(&format!("DROP {name}"))?;
    }
    conn.pragma_update(None, "foreign_keys", true)
}
