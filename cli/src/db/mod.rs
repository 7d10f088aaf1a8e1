//! `coverage.db`: the only SQL of the program.
//!
//! The database derives from `coverage/` and `repos/` in seconds, so an older schema is not
//! migrated but compiled anew; a newer one is refused.

mod blob;
mod check;
mod compile_writer;
mod find;
mod images;
mod known;
mod packages;
mod packed;
mod read;
mod rows;
mod settle;
mod write;

use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use thiserror::Error;

pub use compile_writer::CompileWriter;
pub(crate) use known::LOST_METAS;
pub use known::{KnownReports, MetaHomes};
pub use packages::{KnownPackages, PackedMeta};
pub use packed::Packed;
pub use rows::{
    BuildDetails, BuildRow, BuildSource, Checkout, FileIdentity, FilePlace, ImageSource,
    OwnerBuildDetails, OwnerBuildRow, OwnerKey, OwnerRecord, PackedCounts, ProcessRow, ReportRow,
    Resolution, StoredProblem,
};

/// The schema's version, kept as `user_version`.
pub const SCHEMA_VERSION: u32 = 5;

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
    /// The disk is full, or nothing may be written there.
    #[error("cannot write `{path}`: what it held is still there, and a re-run goes on from here")]
    Unwritable {
        /// The database.
        path: Utf8PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
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

impl DbError {
    /// What SQLite says of a database.
    fn new(path: &Utf8Path, source: rusqlite::Error) -> Self {
        use ErrorCode::{DiskFull, ReadOnly};
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(DiskFull | ReadOnly) => Self::Unwritable { path, source },
            _ => Self::Sqlite { path, source },
        }
    }

    /// Whether it may be that only writing there is refused.
    fn may_be_read_only(&self) -> bool {
        use ErrorCode::{CannotOpen, PermissionDenied};
        match self {
            Self::Unwritable { .. } => true,
            Self::Sqlite { source, .. } => {
                matches!(source.sqlite_error_code(), Some(CannotOpen | PermissionDenied))
            }
            _ => false,
        }
    }

    /// Whether the database's own content is to blame, so that another one is the remedy.
    pub fn is_damage(&self) -> bool {
        use ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Damaged { .. } => true,
            Self::Sqlite { source, .. } => match source.sqlite_error_code() {
                Some(code) => matches!(code, DatabaseCorrupt | NotADatabase | ErrorCode::Unknown),
                // A column of another type, a table that is not there.
                None => true,
            },
            _ => false,
        }
    }
}

/// An open `coverage.db`.
#[derive(Debug)]
pub struct Database {
    path: Utf8PathBuf,
    conn: Connection,
}

impl Database {
    /// Opens the database, to read it also where nothing may be written.
    ///
    /// # Errors
    /// [`DbError`] of every kind but `Damaged`.
    pub fn open(path: &Utf8Path) -> Result<Self, DbError> {
        if !path.exists() {
            return Err(DbError::Missing(path.to_owned()));
        }
        let open = || {
            let db = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            let found = db.version()?;
            Ok::<_, DbError>((db, found))
        };
        let (db, found) = match open() {
            Err(err) if err.may_be_read_only() => Self::open_read_only(path).ok_or(err)?,
            opened => opened?,
        };
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

    /// Opens a database whose folder may not be written, which SQLite does only when it is told that
    /// nobody else writes there. A log beside the database belongs to somebody who may.
    fn open_read_only(path: &Utf8Path) -> Option<(Self, u32)> {
        let log = Utf8PathBuf::from(format!("{path}-wal"));
        if fs_err::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return None;
        }
        let absolute = camino::absolute_utf8(path).ok()?;
        let quoted = utf8_percent_encode(absolute.as_str(), NON_ALPHANUMERIC);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let conn = Connection::open_with_flags(format!("file:{quoted}?immutable=1"), flags).ok()?;
        let db = Self { path: path.to_owned(), conn };
        let found = db.version().ok()?;
        Some((db, found))
    }

    fn connect(path: &Utf8Path, flags: OpenFlags) -> Result<Self, DbError> {
        let failed = |source| DbError::new(path, source);
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
        f(&self.conn).map_err(|source| DbError::new(&self.path, source))
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
