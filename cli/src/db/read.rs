//! Reading the database.

use std::collections::BTreeMap;

use covatlas_shared::stats::Coverage;
use rusqlite::{Row, params};

use super::{
    Database, DbError,
    blob::unpack_counts,
    packed::Packed,
    rows::{
        BuildRow, BuildSource, Checkout, ImageSource, OwnerBuildRow, OwnerKey, OwnerRecord,
        PackedCounts, ProcessRow, ReportRow, Resolution, StoredProblem,
    },
};
use crate::profile::INJECTED_FILES;

/// Both numbers of a coverage from two columns.
fn coverage(row: &Row<'_>, statements: &str, covered: &str) -> rusqlite::Result<Coverage> {
    let number = |name: &str| row.get::<_, i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
    Ok(Coverage::new(number(statements)?, number(covered)?).unwrap_or_default())
}

/// A count or position from a column.
fn size(row: &Row<'_>, name: &str) -> rusqlite::Result<usize> {
    row.get::<_, i64>(name).map(|n| usize::try_from(n).unwrap_or(0))
}

impl Database {
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        args: impl rusqlite::Params,
        f: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, DbError> {
        self.sql(|conn| conn.prepare_cached(sql)?.query_map(args, f)?.collect())
    }

    /// A fact about the whole; `None` when nobody wrote it.
    ///
    /// # Errors
    /// [`DbError::Sqlite`], as all methods here.
    pub fn fact(&self, name: &str) -> Result<Option<String>, DbError> {
        let sql = "SELECT value FROM facts WHERE name = ?";
        Ok(self.rows(sql, [name], |row| row.get(0))?.into_iter().next())
    }

    /// The base names of files that compiling left out of every number.
    pub fn excluded_files(&self) -> Result<Vec<String>, DbError> {
        let stored = self.fact("excluded_files")?;
        let names = stored.and_then(|json| serde_json::from_str(&json).ok());
        Ok(names.unwrap_or_else(|| INJECTED_FILES.map(str::to_owned).to_vec()))
    }

    /// All reports with their ids, in the order of ids.
    pub fn reports(&self) -> Result<Vec<(i64, ReportRow)>, DbError> {
        let of_images = self.component_labels()?;
        self.rows("SELECT * FROM report_sources ORDER BY id", [], |row| {
            let mut report = ReportRow {
                dir: row.get("dir")?,
                cluster: row.get("cluster")?,
                namespace: row.get("namespace")?,
                pod: row.get("pod")?,
                container: row.get("container")?,
                image: row.get("image")?,
                binary: row.get("binary")?,
                hostname: row.get("hostname")?,
                is_host: row.get("is_host")?,
                discovered_at: row.get("discovered_at")?,
                collected_at: row.get("collected_at")?,
                failed: row.get("failed")?,
                // Only we write it: one that is no list is found by `verify`.
                labels: serde_json::from_str(&row.get::<_, String>("labels")?).unwrap_or_default(),
                listing: row.get("listing")?,
            };
            report
                .labels
                .extend_from_slice(of_images.get(&report.image).map_or(&[], Vec::as_slice));
            Ok((row.get("id")?, report))
        })
    }

    /// All builds with their ids, in the order of ids.
    pub fn builds(&self) -> Result<Vec<(i64, BuildRow)>, DbError> {
        self.rows("SELECT * FROM builds ORDER BY id", [], |row| {
            let build = BuildRow {
                hash: row.get("hash")?,
                binary: row.get("binary")?,
                module: row.get("module")?,
                mode: row.get("mode")?,
                granularity: row.get("granularity")?,
                n_units: size(row, "n_units")?,
                coverage: coverage(row, "statements", "covered")?,
                funcs: coverage(row, "funcs", "funcs_covered")?,
                last_seen: row.get("last_seen")?,
            };
            Ok((row.get("id")?, build))
        })
    }

    /// What the rows of each build were computed from, by hash.
    pub fn build_inputs(&self) -> Result<BTreeMap<String, String>, DbError> {
        let rows = self.rows("SELECT hash, input FROM builds", [], |row| {
            Ok((row.get("hash")?, row.get("input")?))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// All owners, sorted by key.
    pub fn owners(&self) -> Result<Vec<OwnerRecord>, DbError> {
        let sql = "SELECT * FROM owners ORDER BY cluster, namespace, kind, name, binary";
        self.rows(sql, [], |row| {
            let key = OwnerKey {
                cluster: row.get("cluster")?,
                namespace: row.get("namespace")?,
                kind: row.get("kind")?,
                name: row.get("name")?,
                binary: row.get("binary")?,
            };
            Ok(OwnerRecord { id: row.get("id")?, key, evidence: row.get("evidence")? })
        })
    }

    /// All owners' builds without counts, newest build of an owner first.
    pub fn owner_builds(&self) -> Result<Vec<OwnerBuildRow>, DbError> {
        let sql = "SELECT owner_id, build_id, age, statements, covered, funcs, funcs_covered, \
                   processes, first_seen, last_seen FROM owner_builds ORDER BY owner_id, age";
        self.rows(sql, [], |row| {
            Ok(OwnerBuildRow {
                owner_id: row.get("owner_id")?,
                build_id: row.get("build_id")?,
                age: row.get("age")?,
                coverage: coverage(row, "statements", "covered")?,
                funcs: coverage(row, "funcs", "funcs_covered")?,
                processes: row.get("processes")?,
                first_seen: row.get("first_seen")?,
                last_seen: row.get("last_seen")?,
            })
        })
    }

    /// The counts of all owners of a build, by owner id.
    ///
    /// # Errors
    /// Also [`DbError::Damaged`].
    pub fn counts(&self, build_id: i64, n_units: usize) -> Result<Vec<(i64, Vec<u32>)>, DbError> {
        let sql = "SELECT owner_id, counts FROM owner_builds WHERE build_id = ? ORDER BY owner_id";
        let rows: Vec<(i64, Vec<u8>)> =
            self.rows(sql, [build_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.into_iter()
            .map(|(owner, blob)| {
                let damaged = || DbError::Damaged { what: format!("counts of build {build_id}") };
                Ok((owner, unpack_counts(&blob, Some(n_units)).ok_or_else(damaged)?))
            })
            .collect()
    }

    /// Counts and first times of the owners of the builds for which `is_wanted` holds. One pass over
    /// the table, however many builds are wanted.
    pub fn packed_counts(
        &self,
        is_wanted: impl Fn(i64) -> bool,
    ) -> Result<Vec<PackedCounts>, DbError> {
        let sql = "SELECT owner_id, build_id, counts, seen FROM owner_builds";
        let rows = self.rows(sql, [], |row| {
            let build_id = row.get("build_id")?;
            if !is_wanted(build_id) {
                return Ok(None);
            }
            Ok(Some(PackedCounts {
                owner_id: row.get("owner_id")?,
                build_id,
                counts: Packed(row.get("counts")?),
                seen: Packed(row.get("seen")?),
            }))
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The processes of the builds for which `is_wanted` holds, each with a bit per unit that it
    /// ran, in the order of ids. One pass over the table, however many builds are wanted.
    pub fn processes(
        &self,
        is_wanted: impl Fn(i64) -> bool,
    ) -> Result<Vec<(ProcessRow, Packed)>, DbError> {
        let sql = "SELECT build_id, owner_id, report_id, pid, runs, first_seen, last_seen, bits \
                   FROM processes ORDER BY id";
        let rows = self.rows(sql, [], |row| {
            let build_id = row.get("build_id")?;
            if !is_wanted(build_id) {
                return Ok(None);
            }
            let process = ProcessRow {
                owner_id: row.get("owner_id")?,
                report_id: row.get("report_id")?,
                build_id,
                pid: row.get::<_, Option<i64>>("pid")?.and_then(|pid| pid.try_into().ok()),
                runs: row.get("runs")?,
                first_seen: row.get("first_seen")?,
                last_seen: row.get("last_seen")?,
            };
            Ok(Some((process, Packed(row.get("bits")?))))
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Owner, build and report of every process, without bits.
    pub fn process_reports(&self) -> Result<Vec<(i64, i64, i64)>, DbError> {
        let sql = "SELECT DISTINCT owner_id, build_id, report_id FROM processes \
                   ORDER BY owner_id, build_id, report_id";
        self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// Statements of all files, each counted once, and those that ran anywhere; and files.
    pub fn totals(&self) -> Result<(Coverage, usize), DbError> {
        let sql = "SELECT coalesce(sum(statements), 0) AS statements, \
                   coalesce(sum(covered), 0) AS covered, count(*) AS files FROM source_files";
        let rows = self.rows(sql, [], |row| {
            Ok((coverage(row, "statements", "covered")?, size(row, "files")?))
        })?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// All evidence about images, sorted.
    pub fn image_sources(&self) -> Result<Vec<ImageSource>, DbError> {
        let sql = "SELECT * FROM image_sources ORDER BY image, evidence, url, commit_id";
        self.rows(sql, [], |row| Ok(ImageSource { image: row.get("image")?, ..image_source(row)? }))
    }

    /// The best evidence of each build that has one, by build id.
    pub fn build_sources(&self) -> Result<Vec<BuildSource>, DbError> {
        self.rows("SELECT * FROM build_sources ORDER BY build_id", [], |row| {
            Ok(BuildSource { build_id: row.get("build_id")?, source: image_source(row)? })
        })
    }

    /// All fetched commits, sorted.
    pub fn checkouts(&self) -> Result<Vec<Checkout>, DbError> {
        self.rows("SELECT * FROM checkouts ORDER BY repo, commit_id", [], |row| {
            Ok(Checkout {
                repo: row.get("repo")?,
                commit: row.get("commit_id")?,
                url: row.get("url")?,
                text_commit: row.get("text_commit")?,
            })
        })
    }

    /// Where the files of a build are, in the order of its table; unresolved files have no row.
    pub fn resolutions(&self, build_id: i64) -> Result<Vec<Resolution>, DbError> {
        let sql = "SELECT * FROM resolutions WHERE build_id = ? ORDER BY idx";
        self.rows(sql, params![build_id], |row| {
            Ok(Resolution {
                build_id,
                idx: size(row, "idx")?,
                repo: row.get("repo")?,
                commit: row.get("commit_id")?,
                repo_path: row.get("repo_path")?,
                evidence: row.get("evidence")?,
                resolution: row.get("resolution")?,
                reason: row.get("reason")?,
                generated: row.get("generated")?,
            })
        })
    }

    /// All problems, losses first, then in the order in which they were met.
    pub fn problems(&self) -> Result<Vec<StoredProblem>, DbError> {
        self.rows("SELECT * FROM problems ORDER BY severity <> 'loss', id", [], |row| {
            Ok(StoredProblem {
                stage: row.get("stage")?,
                build: row.get("build")?,
                severity: row.get("severity")?,
                kind: row.get("kind")?,
                item: row.get("item")?,
                place: row.get("place")?,
                cause: row.get("cause")?,
                remedy: row.get("remedy")?,
            })
        })
    }
}

fn image_source(row: &Row<'_>) -> rusqlite::Result<ImageSource> {
    Ok(ImageSource {
        image: String::new(),
        evidence: row.get("evidence")?,
        url: row.get("url")?,
        repo: row.get("repo")?,
        commit: row.get("commit_id")?,
    })
}
