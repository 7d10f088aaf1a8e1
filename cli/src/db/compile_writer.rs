//! Writing what compiling finds: one transaction, in which unchanged builds keep their rows.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    Database, DbError,
    packages::PendingPackages,
    packed::Packed,
    rows::{
        BuildDetails, BuildRow, FileIdentity, ImageSource, OwnerBuildDetails, OwnerBuildRow,
        OwnerKey, ProcessRow, ReportRow, StoredProblem,
    },
    write::{insert_problem, int},
};
use crate::profile::{BuildFile, FileDigest};

/// Tables whose rows belong to one build, children first.
const OF_BUILD: [&str; 5] =
    ["owner_file_stats", "processes", "owner_builds", "build_files", "build_packages"];

/// Writes what compiling found. Nothing is visible before [`CompileWriter::commit`].
#[derive(Debug)]
pub struct CompileWriter<'db> {
    pub(super) tx: Transaction<'db>,
    path: &'db camino::Utf8Path,
    /// Files of builds that were written or removed: their totals are computed anew.
    pub(super) touched: BTreeSet<i64>,
    /// Packages of builds that were written.
    pub(super) packages: PendingPackages,
}

impl Database {
    /// Begins to write what compiling finds.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn compile_writer(&mut self) -> Result<CompileWriter<'_>, DbError> {
        let path = self.path.clone();
        let failed = |source| DbError::new(&path, source);
        let tx =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        Ok(CompileWriter {
            tx,
            path: &self.path,
            touched: BTreeSet::new(),
            packages: PendingPackages::default(),
        })
    }
}

impl CompileWriter<'_> {
    pub(super) fn run<T>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, DbError> {
        f(&self.tx).map_err(|source| DbError::new(self.path, source))
    }

    /// Writes a fact about the whole, such as the excluded files.
    ///
    /// # Errors
    /// [`DbError::Sqlite`], as all methods here.
    pub fn fact(&self, name: &str, value: &str) -> Result<(), DbError> {
        self.run(|tx| {
            tx.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", [name, value])
        })?;
        Ok(())
    }

    /// Writes a report; gives its id, which it keeps for ever.
    pub fn report(&self, r: &ReportRow) -> Result<i64, DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO report_sources (dir, cluster, namespace, pod, container, image, \
                 binary, hostname, is_host, discovered_at, collected_at, failed, labels, \
                 listing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (dir) DO UPDATE SET cluster = excluded.cluster, \
                 namespace = excluded.namespace, pod = excluded.pod, \
                 container = excluded.container, image = excluded.image, \
                 binary = excluded.binary, hostname = excluded.hostname, \
                 is_host = excluded.is_host, discovered_at = excluded.discovered_at, \
                 collected_at = excluded.collected_at, failed = excluded.failed, \
                 labels = excluded.labels, listing = excluded.listing RETURNING id",
            )?
            .query_row(
                params![
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
                    r.failed,
                    serde_json::Value::from(r.labels.as_slice()).to_string(),
                    r.listing
                ],
                |row| row.get(0),
            )
        })
    }

    /// Says that something of a report could not be read.
    pub fn report_failed(&self, id: i64) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached("UPDATE report_sources SET failed = 1 WHERE id = ?")?.execute([id])
        })?;
        Ok(())
    }

    /// Writes an owner; gives its id, which it keeps for ever.
    pub fn owner(&self, key: &OwnerKey, evidence: &str) -> Result<i64, DbError> {
        let OwnerKey { cluster, namespace, kind, name, binary } = key;
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO owners (cluster, namespace, kind, name, binary, evidence) \
                 VALUES (?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (cluster, namespace, kind, name, binary) \
                 DO UPDATE SET evidence = excluded.evidence RETURNING id",
            )?
            .query_row([cluster, namespace, kind, name, binary, evidence], |row| row.get(0))
        })
    }

    /// Replaces which report belongs to which owner.
    pub fn owner_reports(&self, pairs: &[(i64, i64)]) -> Result<(), DbError> {
        self.run(|tx| {
            tx.execute("DELETE FROM owner_reports", [])?;
            let mut insert = tx.prepare_cached(
                "INSERT OR IGNORE INTO owner_reports (owner_id, report_id) VALUES (?, ?)",
            )?;
            pairs.iter().try_for_each(|(owner, report)| insert.execute([owner, report]).map(|_| ()))
        })
    }

    /// Takes out the rows of a build that is computed anew or gone. The build itself goes too
    /// unless `is_kept`.
    pub fn clear_build(&mut self, hash: &str, is_kept: bool) -> Result<(), DbError> {
        let touched: Vec<i64> = self.run(|tx| {
            let id: Option<i64> = tx
                .prepare_cached("SELECT id FROM builds WHERE hash = ?")?
                .query_row([hash], |row| row.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(Vec::new()) };
            let touched = tx
                .prepare_cached("SELECT file_id FROM build_files WHERE build_id = ?")?
                .query_map([id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for table in OF_BUILD {
                tx.execute(&format!("DELETE FROM {table} WHERE build_id = ?"), [id])?;
            }
            if !is_kept {
                for table in ["build_sources", "resolutions"] {
                    tx.execute(&format!("DELETE FROM {table} WHERE build_id = ?"), [id])?;
                }
                tx.execute("DELETE FROM builds WHERE id = ?", [id])?;
            }
            Ok(touched)
        })?;
        self.touched.extend(touched);
        Ok(())
    }

    /// Writes a build; gives its id, which it keeps for ever.
    pub fn build(&mut self, b: &BuildRow, details: BuildDetails) -> Result<i64, DbError> {
        let id = self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO builds (hash, binary, module, go_version, mode, granularity, \
                 n_units, statements, covered, funcs, funcs_covered, last_seen, meta, ran, input) \
                 VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (hash) DO UPDATE SET binary = excluded.binary, \
                 module = excluded.module, mode = excluded.mode, \
                 granularity = excluded.granularity, n_units = excluded.n_units, \
                 statements = excluded.statements, covered = excluded.covered, \
                 funcs = excluded.funcs, funcs_covered = excluded.funcs_covered, \
                 last_seen = excluded.last_seen, meta = excluded.meta, ran = excluded.ran, \
                 input = excluded.input RETURNING id",
            )?
            .query_row(
                params![
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
                    details.meta.head(),
                    details.ran.0,
                    details.input
                ],
                |row| row.get(0),
            )
        })?;
        self.packages.add(id, details.meta);
        Ok(id)
    }

    /// Writes a file of a build, and its identity when it is new; `statements` are those of its
    /// units.
    pub fn build_file(
        &mut self,
        build_id: i64,
        idx: usize,
        file: &BuildFile,
        statements: &[u32],
    ) -> Result<(), DbError> {
        let identity = FileIdentity { path: file.path.clone(), digest: file.digest };
        let id = self.run(|tx| {
            let known: Option<i64> = tx
                .prepare_cached("SELECT id FROM source_files WHERE path = ? AND digest = ?")?
                .query_row(params![identity.path, identity.digest], |row| row.get(0))
                .optional()?;
            let id = match known {
                Some(id) => id,
                None => tx
                    .prepare_cached(
                        "INSERT INTO source_files (path, digest, statements, covered, units) \
                         VALUES (?, ?, ?, 0, ?) RETURNING id",
                    )?
                    .query_row(
                        params![
                            identity.path,
                            identity.digest,
                            int(file.statements),
                            Packed::counts(statements).0
                        ],
                        |row| row.get(0),
                    )?,
            };
            tx.prepare_cached(
                "INSERT INTO build_files (build_id, idx, file_id, first_unit) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![build_id, int(idx), id, int(file.units.start)])?;
            Ok(id)
        })?;
        self.touched.insert(id);
        Ok(())
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
                 funcs_covered, processes, first_seen, last_seen, counts, seen) \
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
                details.seen.0
            ])?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO owner_file_stats (owner_id, build_id, idx, statements, covered) \
                 VALUES (?, ?, ?, ?, ?)",
            )?;
            details.files.iter().enumerate().try_for_each(|(idx, file)| {
                let (statements, covered) = (int(file.statements()), int(file.covered()));
                let values = params![row.owner_id, row.build_id, int(idx), statements, covered];
                insert.execute(values).map(|_| ())
            })
        })
    }

    /// Writes a process.
    pub fn process(&self, p: &ProcessRow, bits: &Packed) -> Result<(), DbError> {
        self.run(|tx| {
            tx.prepare_cached(
                "INSERT INTO processes (owner_id, report_id, build_id, pid, runs, first_seen, \
                 last_seen, bits) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                p.owner_id,
                p.report_id,
                p.build_id,
                p.pid.map(int),
                p.runs,
                p.first_seen,
                p.last_seen,
                bits.0
            ])
        })?;
        Ok(())
    }

    /// Replaces all evidence about images and builds (by hash). Builds that are not there are
    /// left out.
    pub fn sources(
        &self,
        images: &BTreeSet<ImageSource>,
        builds: &[(String, ImageSource)],
    ) -> Result<(), DbError> {
        self.run(|tx| {
            tx.execute("DELETE FROM image_sources", [])?;
            tx.execute("DELETE FROM build_sources", [])?;
            let mut image = tx.prepare_cached(
                "INSERT OR IGNORE INTO image_sources (image, evidence, url, repo, commit_id) \
                 VALUES (?, ?, ?, ?, ?)",
            )?;
            for s in images {
                image.execute([&s.image, &s.evidence, &s.url, &s.repo, &s.commit])?;
            }
            let mut build = tx.prepare_cached(
                "INSERT INTO build_sources (build_id, evidence, url, repo, commit_id) \
                 SELECT id, ?, ?, ?, ? FROM builds WHERE hash = ?",
            )?;
            builds.iter().try_for_each(|(hash, s)| {
                build.execute([&s.evidence, &s.url, &s.repo, &s.commit, hash]).map(|_| ())
            })
        })
    }

    /// Replaces the problems of compiling, except those of the builds in `kept` (by hash).
    pub fn problems(
        &self,
        kept: &BTreeSet<String>,
        problems: &[StoredProblem],
    ) -> Result<Vec<StoredProblem>, DbError> {
        self.run(|tx| {
            let mut all = tx.prepare(
                "SELECT stage, build, severity, kind, item, place, cause, remedy FROM problems \
                 WHERE stage = 'compile' ORDER BY id",
            )?;
            let rows = all.query_map([], |row| {
                Ok(StoredProblem {
                    stage: row.get(0)?,
                    build: row.get(1)?,
                    severity: row.get(2)?,
                    kind: row.get(3)?,
                    item: row.get(4)?,
                    place: row.get(5)?,
                    cause: row.get(6)?,
                    remedy: row.get(7)?,
                })
            })?;
            let mut left: Vec<StoredProblem> = rows.collect::<rusqlite::Result<_>>()?;
            left.retain(|p| kept.contains(&p.build));
            tx.execute("DELETE FROM problems WHERE stage = 'compile'", [])?;
            for problem in left.iter().chain(problems) {
                insert_problem(tx, problem)?;
            }
            Ok(left)
        })
    }

    /// How many processes there are.
    pub fn n_processes(&self) -> Result<usize, DbError> {
        let n: i64 = self.run(|tx| {
            tx.query_row("SELECT coalesce(sum(runs), 0) FROM processes", [], |row| row.get(0))
        })?;
        Ok(usize::try_from(n).unwrap_or(0))
    }

    /// Makes everything visible at once.
    pub fn commit(self) -> Result<(), DbError> {
        let path = self.path;
        self.tx.commit().map_err(|source| DbError::new(path, source))
    }
}

impl rusqlite::ToSql for FileDigest {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}
