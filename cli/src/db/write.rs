//! Writing the database: one transaction per stage, one thread.

use rusqlite::{Transaction, params};

use super::{
    Database, DbError,
    rows::{Checkout, Resolution, StoredProblem},
};
/// An id or a position as SQLite stores it.
pub(super) fn int(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

impl Database {
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

    /// Replaces all resolutions, and takes note of what they were computed from.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn put_resolutions(&mut self, rows: &[Resolution], input: &str) -> Result<(), DbError> {
        let path = self.path.clone();
        let mut write = || {
            let tx = self.conn.transaction()?;
            tx.execute("DELETE FROM resolutions", [])?;
            tx.execute(
                "INSERT OR REPLACE INTO facts (name, value) VALUES ('resolved_from', ?)",
                [input],
            )?;
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
        write().map_err(|source| DbError::new(&path, source))
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
        write().map_err(|source| DbError::new(&path, source))
    }
}

/// Writes a problem.
pub(super) fn insert_problem(tx: &Transaction<'_>, p: &StoredProblem) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "INSERT INTO problems (stage, build, severity, kind, item, place, cause, remedy) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute([
        &p.stage,
        &p.build,
        &p.severity,
        &p.kind,
        &p.item,
        &p.place,
        &p.cause,
        &p.remedy,
    ])
}
