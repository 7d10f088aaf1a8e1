//! Writing the database: one transaction per stage, one thread.

use std::collections::BTreeMap;

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{
    Database, DbError,
    rows::{
        BuildRow, BuildSource, Checkout, FileIdentity, ImageSource, OwnerBuildDetails,
        OwnerBuildRow, OwnerKey, Packed, ProcessRow, ReportRow, Resolution, StoredProblem,
    },
};
use crate::profile::FileDigest;

/// Tables that compiling writes anew, children first.
const COMPILED: [&str; 11] = [
    "resolutions",
    "build_sources",
    "image_sources",
    "owner_file_stats",
    "processes",
    "owner_builds",
    "owner_reports",
    "build_files",
    "source_files",
    "owners",
    "builds",
];

/// Writes what compiling found. Nothing is visible before [`CompileWriter::commit`].
#[derive(Debug)]
pub struct CompileWriter<'db> {
    tx: Transaction<'db>,
    path: &'db camino::Utf8Path,
    files: BTreeMap<FileIdentity, i64>,
}

/// An id or a position as SQLite stores it.
fn int(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

impl Database {
    /// Begins to write everything that compiling finds; the old contents go.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn compile_writer(&mut self) -> Result<CompileWriter<'_>, DbError> {
        let failed = |source| DbError::Sqlite { path: self.path.clone(), source };
        let tx =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for table in COMPILED {
            tx.execute(&format!("DELETE FROM {table}"), []).map_err(failed)?;
        }
        tx.execute("DELETE FROM report_sources", []).map_err(failed)?;
        tx.execute("DELETE FROM problems WHERE stage IN ('compile', 'resolve')", [])
            .map_err(failed)?;
        Ok(CompileWriter { tx, path: &self.path, files: BTreeMap::new() })
    }

    /// Records a commit that was fetched.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn put_checkout(&self, checkout: &Checkout) -> Result<(), DbError> {
        let Checkout { repo, commit, url, text_commit } = checkout;
        self.sql(|conn| {
            conn.execute(
                "INSERT OR REPLACE INTO checkouts (repo, commit_id, url, text_commit) \
                 VALUES (?, ?, ?, ?)",
                [repo, commit, url, text_commit],
            )
        })?;
        Ok(())
    }

    /// Replaces all resolutions.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn put_resolutions(&mut self, rows: &[Resolution]) -> Result<(), DbError> {
        let path = self.path.clone();
        let mut write = || {
            let tx = self.conn.transaction()?;
            tx.execute("DELETE FROM resolutions", [])?;
            {
                let mut insert = tx.prepare_cached(
                    "INSERT INTO resolutions (build_id, idx, repo, commit_id, repo_path, evidence, \
                     resolution, reason, generated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?;
                for r in rows {
                    insert.execute(params![
                        r.build_id,
                        int(r.idx),
                        r.repo,
                        r.commit,
                        r.repo_path,
                        r.evidence,
                        r.resolution,
                        r.reason,
                        r.generated
                    ])?;
                }
            }
            tx.commit()
        };
        write().map_err(|source| DbError::Sqlite { path, source })
    }

    /// Replaces the problems of a stage.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn put_problems(&mut self, stage: &str, problems: &[StoredProblem]) -> Result<(), DbError> {
        let path = self.path.clone();
        let mut write = || {
            let tx = self.conn.transaction()?;
            tx.execute("DELETE FROM problems WHERE stage = ?", [stage])?;
            for problem in problems {
                insert_problem(&tx, problem)?;
            }
            tx.commit()
        };
        write().map_err(|source| DbError::Sqlite { path, source })
    }
}

impl CompileWriter<'_> {
    fn run(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<usize>,
    ) -> Result<(), DbError> {
        match f(&self.tx) {
            Ok(_) => Ok(()),
            Err(source) => Err(DbError::Sqlite { path: self.path.to_owned(), source }),
        }
    }

    /// Writes a fact about the whole, such as the excluded files.
    ///
    /// # Errors
    /// [`DbError::Sqlite`], as all methods here.
    pub fn fact(&self, name: &str, value: &str) -> Result<(), DbError> {
        self.run(|tx| {
            tx.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", [name, value])
        })
    }

    /// Writes a report under an id.
    pub fn report(&self, id: i64, r: &ReportRow) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO report_sources (id, dir, cluster, namespace, pod, container, image, \
                 binary, hostname, is_host, discovered_at, collected_at, failed) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id,
                r.dir,
                r.cluster,
                r.namespace,
                r.pod,
                r.container,
                r.image,
                r.binary,
                r.hostname,
                r.is_host,
                r.discovered_at,
                r.collected_at,
                r.failed
            ])
        })
    }

    /// Says that something of a report could not be read.
    pub fn report_failed(&self, id: i64) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached("UPDATE report_sources SET failed = 1 WHERE id = ?")?.execute([id])
        })
    }

    /// Writes a build under an id, with the bytes of its meta file.
    pub fn build(&self, id: i64, b: &BuildRow, meta: &Packed) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO builds (id, hash, binary, module, go_version, mode, granularity, \
                 n_units, statements, covered, funcs, funcs_covered, last_seen, meta) \
                 VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id,
                b.hash,
                b.binary,
                b.module,
                b.mode,
                b.granularity,
                int(b.n_units),
                int(b.coverage.statements()),
                int(b.coverage.covered()),
                int(b.funcs.statements()),
                int(b.funcs.covered()),
                b.last_seen,
                meta.0
            ])
        })
    }

    /// Writes a file of a build, and its identity when it is new.
    pub fn build_file(
        &mut self,
        build_id: i64,
        idx: usize,
        file: &FileIdentity,
        statements: u64,
    ) -> Result<i64, DbError> {
        let next = int(self.files.len()).saturating_add(1);
        let id = *self.files.entry(file.clone()).or_insert(next);
        if id == next {
            self.run(|tx| {
                tx.prepare_cached(
                    "INSERT INTO source_files (id, path, digest, statements, covered) \
                     VALUES (?, ?, ?, ?, 0)",
                )?
                .execute(params![id, file.path, file.digest, int(statements)])
            })?;
        }
        self.run(|tx| {
            tx.prepare_cached("INSERT INTO build_files (build_id, idx, file_id) VALUES (?, ?, ?)")?
                .execute(params![build_id, int(idx), id])
        })?;
        Ok(id)
    }

    /// Writes how many statements of a file ran in any build.
    pub fn file_covered(&self, file_id: i64, covered: u64) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached("UPDATE source_files SET covered = ? WHERE id = ?")?
                .execute(params![int(covered), file_id])
        })
    }

    /// Writes an owner under an id.
    pub fn owner(&self, id: i64, key: &OwnerKey, evidence: &str) -> Result<(), DbError> {
        let OwnerKey { cluster, namespace, kind, name, binary } = key;
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO owners (id, cluster, namespace, kind, name, binary, evidence) \
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![id, cluster, namespace, kind, name, binary, evidence])
        })
    }

    /// Says that a report belongs to an owner.
    pub fn owner_report(&self, owner_id: i64, report_id: i64) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO owner_reports (owner_id, report_id) VALUES (?, ?)",
            )?
            .execute([owner_id, report_id])
        })
    }

    /// Writes an owner's build with its counts and the coverage of its files.
    pub fn owner_build(
        &self,
        row: &OwnerBuildRow,
        details: &OwnerBuildDetails,
    ) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO owner_builds (owner_id, build_id, age, statements, covered, funcs, \
                 funcs_covered, processes, first_seen, last_seen, counts, hits) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                row.owner_id,
                row.build_id,
                row.age,
                int(row.coverage.statements()),
                int(row.coverage.covered()),
                int(row.funcs.statements()),
                int(row.funcs.covered()),
                row.processes,
                row.first_seen,
                row.last_seen,
                details.counts.0,
                details.hits.0
            ])?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO owner_file_stats (owner_id, build_id, idx, statements, covered) \
                 VALUES (?, ?, ?, ?, ?)",
            )?;
            for (idx, file) in details.files.iter().enumerate() {
                insert.execute(params![
                    row.owner_id,
                    row.build_id,
                    int(idx),
                    int(file.statements()),
                    int(file.covered())
                ])?;
            }
            Ok(details.files.len())
        })
    }

    /// Says which of an owner's builds is how old.
    pub fn owner_build_age(&self, owner_id: i64, build_id: i64, age: u32) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "UPDATE owner_builds SET age = ? WHERE owner_id = ? AND build_id = ?",
            )?
            .execute(params![age, owner_id, build_id])
        })
    }

    /// Writes a process under an id.
    pub fn process(&self, id: i64, p: &ProcessRow, bits: &Packed) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO processes (id, owner_id, report_id, build_id, pid, first_seen, \
                 last_seen, bits) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id,
                p.owner_id,
                p.report_id,
                p.build_id,
                p.pid.map(int),
                p.first_seen,
                p.last_seen,
                bits.0
            ])
        })
    }

    /// Writes a piece of evidence about an image.
    pub fn image_source(&self, s: &ImageSource) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO image_sources (image, evidence, url, repo, commit_id) \
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute([&s.image, &s.evidence, &s.url, &s.repo, &s.commit])
        })
    }

    /// Writes the best evidence about a build.
    pub fn build_source(&self, row: &BuildSource) -> Result<(), DbError> {
        let s = &row.source;
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO build_sources (build_id, evidence, url, repo, commit_id) \
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![row.build_id, s.evidence, s.url, s.repo, s.commit])
        })
    }

    /// Writes a problem.
    pub fn problem(&self, problem: &StoredProblem) -> Result<(), DbError> {
        self.run(|tx| insert_problem(tx, problem))
    }

    /// Makes everything visible at once.
    pub fn commit(self) -> Result<(), DbError> {
        let path = self.path;
        self.tx.commit().map_err(|source| DbError::Sqlite { path: path.to_owned(), source })
    }
}

fn insert_problem(tx: &Transaction<'_>, p: &StoredProblem) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "INSERT INTO problems (stage, severity, kind, item, place, cause, remedy) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute([&p.stage, &p.severity, &p.kind, &p.item, &p.place, &p.cause, &p.remedy])
}

impl rusqlite::ToSql for FileDigest {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}
