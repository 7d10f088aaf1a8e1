//! Whether the database itself is sound.

use super::{Database, DbError};

impl Database {
    /// What `SQLite` finds damaged, as it says it; empty when everything is sound.
    ///
    /// # Errors
    /// [`DbError::Sqlite`] when it cannot even look.
    pub fn damage(&self) -> Result<Vec<String>, DbError> {
        let mut found: Vec<String> = self.rows("PRAGMA quick_check", [], |row| row.get(0))?;
        found.retain(|line| line != "ok");
        let links = self.rows("PRAGMA foreign_key_check", [], |row| {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            Ok(format!("a row of {table} names one of {parent} that is not there"))
        })?;
        found.extend(links);
        found.dedup();
        Ok(found)
    }
}
