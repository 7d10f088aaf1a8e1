//! Meta files in parts: a package that several builds share is stored once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use covdata::MetaFile;
use rusqlite::params;

use super::{
    CompileWriter, Database, DbError,
    blob::{pack, unpack},
    packed::Packed,
    write::int,
};
use crate::profile::{BuildTable, StoredUnits};

/// The most bytes that a stored meta file may have.
const MAX_META: usize = 1 << 30;

/// The digest of a package's bytes.
type PackageDigest = [u8; 32];

/// A package of a meta file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PackedPackage {
    digest: PackageDigest,
    /// Its bytes; `None` when they are stored already or come with another build.
    bytes: Option<Packed>,
}

/// A meta file (or what stands for it) as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedMeta {
    head: Packed,
    packages: Vec<PackedPackage>,
}

/// The packages that are stored, or come with a build that is being written.
#[derive(Debug)]
pub struct KnownPackages(Mutex<HashSet<PackageDigest>>);

impl KnownPackages {
    /// Whether nobody had this package before; from now on somebody has.
    fn is_new(&self, digest: PackageDigest) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(digest)
    }
}

impl PackedMeta {
    /// Packs the bytes of a meta file. Whoever packs must also write: see [`KnownPackages`].
    pub fn new(bytes: &[u8], known: &KnownPackages) -> Self {
        let (head, packages) = MetaFile::split(bytes).unwrap_or((bytes, Vec::new()));
        let pack_package = |bytes: &[u8]| {
            let digest = *blake3::hash(bytes).as_bytes();
            let bytes = known.is_new(digest).then(|| Packed(pack(bytes)));
            PackedPackage { digest, bytes }
        };
        Self {
            head: Packed(pack(head)),
            packages: packages.into_iter().map(pack_package).collect(),
        }
    }

    /// What comes before the packages, as it is stored.
    pub(super) fn head(&self) -> &[u8] {
        &self.head.0
    }

    /// The units of a build that was read from the database, without files whose base name is in
    /// `excluded`; `None` when something is damaged: what was stored was read before.
    pub fn to_table(&self, excluded: &[String]) -> Option<BuildTable> {
        let mut meta = unpack(&self.head.0, MAX_META)?;
        for package in &self.packages {
            let bytes = unpack(&package.bytes.as_ref()?.0, MAX_META.checked_sub(meta.len())?)?;
            meta.extend(bytes);
        }
        StoredUnits::decode(&meta).and_then(|units| units.table(excluded)).ok()
    }
}

impl Database {
    /// The packages that are stored.
    ///
    /// # Errors
    /// [`DbError::Sqlite`], as all methods here.
    pub fn known_packages(&self) -> Result<KnownPackages, DbError> {
        let digests = self.rows("SELECT digest FROM packages", [], |row| row.get(0))?;
        Ok(KnownPackages(Mutex::new(digests.into_iter().collect())))
    }

    /// A build's meta file as it is stored, to be unpacked where there are many cores; empty when
    /// there is no such build.
    pub fn packed_meta(&self, build_id: i64) -> Result<PackedMeta, DbError> {
        let sql = "SELECT meta FROM builds WHERE id = ?";
        let heads = self.rows(sql, [build_id], |row| row.get(0))?;
        let sql = "SELECT digest, bytes FROM build_packages JOIN packages ON id = package_id \
                   WHERE build_id = ? ORDER BY idx";
        let packages = self.rows(sql, [build_id], |row| {
            Ok(PackedPackage { digest: row.get(0)?, bytes: Some(Packed(row.get(1)?)) })
        })?;
        Ok(PackedMeta { head: Packed(heads.into_iter().next().unwrap_or_default()), packages })
    }
}

/// Packages and the builds that they belong to, until all builds were seen.
#[derive(Debug, Default)]
pub(super) struct PendingPackages {
    /// Builds with their packages, in the order in which they came.
    builds: Vec<(i64, Vec<PackageDigest>)>,
    /// The bytes of packages that are not stored yet.
    bytes: HashMap<PackageDigest, Packed>,
}

impl PendingPackages {
    /// Takes note of the packages of a build.
    pub(super) fn add(&mut self, build_id: i64, meta: PackedMeta) {
        let mut digests = Vec::with_capacity(meta.packages.len());
        for PackedPackage { digest, bytes } in meta.packages {
            digests.push(digest);
            self.bytes.extend(bytes.map(|bytes| (digest, bytes)));
        }
        self.builds.push((build_id, digests));
    }
}

impl CompileWriter<'_> {
    /// Writes the packages of all builds and forgets those that no build has any more. Which build
    /// brought the bytes of a package depends on the timing of threads, so the order of builds
    /// decides about ids.
    pub(super) fn packages(&mut self) -> Result<(), DbError> {
        let PendingPackages { builds, mut bytes } = std::mem::take(&mut self.packages);
        self.run(|tx| {
            let mut package =
                tx.prepare_cached("INSERT INTO packages (digest, bytes) VALUES (?, ?)")?;
            let mut part = tx.prepare_cached(
                "INSERT INTO build_packages (build_id, idx, package_id) \
                 VALUES (?, ?, (SELECT id FROM packages WHERE digest = ?))",
            )?;
            for (build_id, digests) in builds {
                for (idx, digest) in digests.iter().enumerate() {
                    if let Some(bytes) = bytes.remove(digest) {
                        package.execute(params![digest, bytes.0])?;
                    }
                    part.execute(params![build_id, int(idx), digest])?;
                }
            }
            tx.execute(
                "DELETE FROM packages WHERE id NOT IN (SELECT package_id FROM build_packages)",
                [],
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> (tempfile::TempDir, Database) {
        let dir = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(dir.path().join("coverage.db")).unwrap();
        let db = Database::create(&path).unwrap();
        (dir, db)
    }

    #[test]
    fn a_package_is_packed_once() {
        let (_dir, db) = database();
        let known = db.known_packages().unwrap();
        assert!(known.is_new([1; 32]));
        assert!(!known.is_new([1; 32]));
    }

    #[test]
    fn bytes_of_another_shape_are_stored_whole() {
        let (_dir, db) = database();
        let meta = PackedMeta::new(b"mode: set\n", &db.known_packages().unwrap());
        assert!(meta.packages.is_empty());
        assert_eq!(unpack(meta.head(), 100).unwrap(), b"mode: set\n");
    }
}
