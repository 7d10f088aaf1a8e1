//! Finding files by name.

use super::{Database, DbError, rows::FilePlace};

impl Database {
    /// The files of all builds whose path as built, or `host/org/repo/` and path in the
    /// repository, is `name` or ends in `/` and `name`.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn file_places(&self, name: &str) -> Result<Vec<FilePlace>, DbError> {
        let sql = "SELECT bf.build_id, bf.idx, f.path, coalesce(r.repo, '') AS repo, \
                   coalesce(r.repo_path, '') AS repo_path FROM build_files bf \
                   JOIN source_files f ON f.id = bf.file_id \
                   LEFT JOIN resolutions r ON r.build_id = bf.build_id AND r.idx = bf.idx \
                   WHERE substr('/' || f.path, -length(?1)) = ?1 \
                   OR substr('/' || r.repo || '/' || r.repo_path, -length(?1)) = ?1 \
                   ORDER BY bf.build_id, bf.idx";
        self.rows(sql, [format!("/{name}")], |row| {
            Ok(FilePlace {
                build_id: row.get("build_id")?,
                idx: usize::try_from(row.get::<_, i64>("idx")?).unwrap_or(usize::MAX),
                path: row.get("path")?,
                repo: row.get("repo")?,
                repo_path: row.get("repo_path")?,
            })
        })
    }

    /// All paths as built, and all paths in repositories, each once and sorted.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn file_names(&self) -> Result<Vec<String>, DbError> {
        let sql = "SELECT path FROM source_files UNION \
                   SELECT repo_path FROM resolutions WHERE repo_path <> '' ORDER BY 1";
        self.rows(sql, [], |row| row.get(0))
    }
}
