//! A collection: the folder that holds one cluster run. The only code that knows its paths.
//!
//! ```text
//! coverage/<report>/{metadata.json,info.json,covmeta.*,covcounters.*}
//! coverage.db    repos/<host>/<org>/<repo>.git    inputs/    site/    rendered.json
//! covatlas.lock
//! ```

mod atomic;
mod inputs;
mod lock;
mod metadata;
mod name;
mod report;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

pub(crate) use atomic::read_at_most;
pub use atomic::{AtomicFile, Output, is_temporary, write_atomic, write_if_changed};
use atomic::{make_private, write_private};
pub use inputs::{InputError, Inputs};
pub use lock::{CollectionLock, LockError, Wait};
pub use metadata::{ContainerMetadata, Metadata, OwnerMetadata, SourceFile, SourceMetadata};
pub use report::{MetadataError, ReportDir, ReportFile, parse_metadata_file};

use crate::collect::key::ReportKey;

/// Names of repositories have no more parts; a bound for what else may lie in `repos/`.
const MAX_REPO_DEPTH: usize = 32;

/// A folder that holds one cluster run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    dir: Utf8PathBuf,
}

/// A collection that cannot be opened, made or listed.
#[derive(Debug, Error)]
pub enum CollectionError {
    /// The folder has neither reports nor a database.
    #[error(
        "no collection in `{dir}`: make one there with `covatlas import`, \
         or name its folder with --collection"
    )]
    NotFound {
        /// The folder that was looked at.
        dir: Utf8PathBuf,
    },
    /// The operating system refused; the cause names the path.
    #[error("cannot use the collection in `{dir}`")]
    Io {
        /// The collection's folder.
        dir: Utf8PathBuf,
        /// What it says.
        #[source]
        source: io::Error,
    },
}

impl Collection {
    /// Opens a collection that exists: a folder with `coverage/` or `coverage.db` in it.
    pub fn open(dir: &Utf8Path) -> Result<Self, CollectionError> {
        let collection = Self { dir: dir.to_owned() };
        if collection.coverage_dir().is_dir() || collection.database().is_file() {
            Ok(collection)
        } else {
            Err(CollectionError::NotFound { dir: dir.to_owned() })
        }
    }

    /// The collection in a folder, whether or not there is one: for who only looks.
    pub fn at(dir: &Utf8Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Opens a collection, making its folder and `coverage/` when they are missing.
    pub fn create(dir: &Utf8Path) -> Result<Self, CollectionError> {
        let collection = Self { dir: dir.to_owned() };
        fs_err::create_dir_all(collection.coverage_dir())
            .map_err(|source| collection.failed(source))?;
        Ok(collection)
    }

    /// The folders that [`Collection::create`] would have to make at `dir`, innermost first.
    pub fn missing_folders(dir: &Utf8Path) -> Vec<Utf8PathBuf> {
        let coverage = Self { dir: dir.to_owned() }.coverage_dir();
        let is_missing = |path: &&Utf8Path| !path.as_str().is_empty() && !path.exists();
        coverage.ancestors().take_while(is_missing).map(Utf8Path::to_owned).collect()
    }

    /// Takes away `made` folders, innermost first, as far as nothing came into them but the lock.
    pub fn unmake(&self, made: &[Utf8PathBuf], lock: CollectionLock) {
        drop(lock);
        for folder in made {
            if folder == self.dir() {
                // Nobody else writes to a collection that never had a report.
                fs_err::remove_file(self.lock_file()).ok();
            }
            // A folder with something in it stays, and so do those around it.
            if fs_err::remove_dir(folder).is_err() {
                break;
            }
        }
    }

    fn lock_file(&self) -> Utf8PathBuf {
        self.dir.join("covatlas.lock")
    }

    /// The collection's own folder.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// The folder of all reports.
    pub fn coverage_dir(&self) -> Utf8PathBuf {
        self.dir.join("coverage")
    }

    /// The folders that steps write their data to, each of which is one step's alone.
    pub fn data_dirs(&self) -> [Utf8PathBuf; 3] {
        [self.coverage_dir(), self.repos_dir(), self.inputs_dir()]
    }

    /// The folder of what the user gave that is not in `coverage/`, so that a later run need not be
    /// told again.
    pub fn inputs_dir(&self) -> Utf8PathBuf {
        self.dir.join("inputs")
    }

    /// The database.
    pub fn database(&self) -> Utf8PathBuf {
        self.dir.join("coverage.db")
    }

    /// The folder of all repositories.
    pub fn repos_dir(&self) -> Utf8PathBuf {
        self.dir.join("repos")
    }

    /// The bare repository of `<host>/<org>/…/<repo>`, which is escaped where it must be.
    pub fn repo_dir(&self, repo: &str) -> Utf8PathBuf {
        Self::repo_below(self.repos_dir(), repo)
    }

    /// What is kept of a repository that sites are published to.
    pub fn published_repo_dir(&self, repo: &str) -> Utf8PathBuf {
        Self::repo_below(self.dir.join("published"), repo)
    }

    fn repo_below(mut path: Utf8PathBuf, repo: &str) -> Utf8PathBuf {
        path.extend(repo.split('/').map(|part| name::escape(part, name::Case::Keep)));
        let file_name = format!("{}.git", path.file_name().unwrap_or_default());
        path.with_file_name(file_name)
    }

    /// The names (`host/org/repo`) of all repositories that are there, sorted.
    pub fn repos(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![(self.repos_dir(), String::new(), 0_usize)];
        while let Some((dir, above, depth)) = open.pop() {
            // What cannot be listed has no repository that could be read.
            for entry in dir.read_dir_utf8().into_iter().flatten().flatten() {
                let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let name = entry.file_name();
                let store = name.strip_suffix(".git");
                let store = store.filter(|_| entry.path().join("objects").is_dir());
                let part = name::unescape(store.unwrap_or(name)).filter(|_| is_dir);
                let Some(part) = part else { continue };
                let repo = if above.is_empty() { part } else { format!("{above}/{part}") };
                if store.is_none() && depth < MAX_REPO_DEPTH {
                    open.push((entry.into_path(), repo, depth.saturating_add(1)));
                } else if self.repo_dir(&repo) == entry.path() {
                    found.push(repo);
                }
            }
        }
        found.sort();
        found
    }

    /// The folder a site is rendered into, unless the user names another.
    pub fn site_dir(&self) -> Utf8PathBuf {
        self.dir.join("site")
    }

    /// What the sites of this collection were made from.
    pub fn rendered_file(&self) -> Utf8PathBuf {
        self.dir.join("rendered.json")
    }

    /// The folder of one report, which need not exist yet; distinct reports have distinct ones.
    pub fn report_dir(&self, cluster: &str, key: &ReportKey) -> ReportDir {
        ReportDir::new(self.coverage_dir().join(name::report_dir_name(cluster, key)))
    }

    /// All reports, sorted by the names of their folders; empty when there is no `coverage/`.
    pub fn reports(&self) -> Result<Vec<ReportDir>, CollectionError> {
        let coverage = self.coverage_dir();
        if !coverage.exists() {
            return Ok(Vec::new());
        }
        let mut reports = Vec::new();
        for entry in coverage.read_dir_utf8().map_err(|source| self.failed(source))? {
            let entry = entry.map_err(|source| self.failed(source))?;
            // A link could lead out of the collection, and no part of covatlas makes one.
            if entry.file_type().is_ok_and(|file_type| file_type.is_dir()) {
                reports.push(ReportDir::new(entry.into_path()));
            }
        }
        reports.sort();
        Ok(reports)
    }

    /// Takes the right to write to the collection, which must exist.
    pub fn lock(&self, wait: Wait) -> Result<CollectionLock, LockError> {
        CollectionLock::acquire(&self.dir, &self.lock_file(), wait)
    }

    fn failed(&self, source: io::Error) -> CollectionError {
        CollectionError::Io { dir: self.dir.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::file_name::FileRole;

    fn collection() -> (tempfile::TempDir, Collection) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        let collection = Collection::create(&path.join("run")).unwrap();
        (dir, collection)
    }

    fn key(text: &str) -> ReportKey {
        text.parse().unwrap()
    }

    #[test]
    fn opening_nothing_names_the_folder_and_the_commands() {
        let (_guard, collection) = collection();
        let empty = collection.dir().join("empty");
        let error = Collection::open(&empty).unwrap_err().to_string();
        assert!(error.contains(empty.as_str()) && error.contains("covatlas import"), "{error}");
        assert_eq!(Collection::open(collection.dir()).unwrap(), collection);
    }

    #[test]
    fn reports_are_listed_in_order_and_links_are_not() {
        let (_guard, collection) = collection();
        for host in ["n2", "n1"] {
            let key = key(&format!("{host}/_host_/20240229T235959Z/kubelet"));
            let report = collection.report_dir("ci", &key);
            report.create().unwrap();
            report.write_metadata(&Metadata::from_key("ci", &key)).unwrap();
            fs_err::write(report.file("covmeta.abc"), b"x").unwrap();
            fs_err::write(report.file("tmp.1"), b"").unwrap();
        }
        fs_err::write(collection.coverage_dir().join("stray"), b"").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", collection.coverage_dir().join("link")).unwrap();

        let reports = collection.reports().unwrap();
        let hosts: Vec<_> =
            reports.iter().map(|report| report.metadata().unwrap().unwrap().hostname).collect();
        assert_eq!(hosts, ["n1", "n2"]);
        let files = reports[0].files().unwrap();
        let roles: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.role)).collect();
        assert_eq!(
            roles,
            [
                ("covmeta.abc", FileRole::Meta),
                ("metadata.json", FileRole::Metadata),
                ("tmp.1", FileRole::Temporary)
            ]
        );
        assert_eq!(files[0].size, 1);
    }

    #[test]
    fn a_damaged_metadata_file_is_named() {
        let (_guard, collection) = collection();
        let report = collection.report_dir("ci", &key("n/_host_/20240229T235959Z/b"));
        report.create().unwrap();
        assert_eq!(report.metadata().unwrap(), None);
        fs_err::write(report.file("metadata.json"), b"{").unwrap();
        let error = report.metadata().unwrap_err();
        assert!(error.to_string().contains("metadata.json"), "{error}");
    }

    #[test]
    fn metadata_is_written_only_when_it_changes() {
        let (_guard, collection) = collection();
        let key = key("n/_host_/20240229T235959Z/b");
        let report = collection.report_dir("ci", &key);
        report.create().unwrap();
        let mut metadata = Metadata::from_key("ci", &key);
        assert!(report.write_metadata(&metadata).unwrap());
        assert!(!report.write_metadata(&metadata).unwrap());
        metadata.text = true;
        assert!(report.write_metadata(&metadata).unwrap());
        assert_eq!(report.metadata().unwrap(), Some(metadata));
    }

    #[test]
    fn repositories_stay_below_repos() {
        let (_guard, collection) = collection();
        let path = |repo: &str| {
            let path = collection.repo_dir(repo);
            path.strip_prefix(collection.repos_dir()).unwrap().to_string()
        };
        assert_eq!(path("github.com/Azure/x"), "github.com/Azure/x.git");
        assert_eq!(path("../../etc"), "%2e./%2e./etc.git");
        assert_eq!(path("/etc"), "%/etc.git");
        assert_eq!(path(""), "%.git");
        assert_eq!(path("h/o\\r"), "h/o%5cr.git");
        let repos = ["../../etc", "github.com/Azure/x", "h/o\\r", "h/x.git/y"];
        for repo in repos {
            fs_err::create_dir_all(collection.repo_dir(repo).join("objects/ab")).unwrap();
        }
        assert_eq!(collection.repos(), repos);
    }

    #[test]
    fn one_writer_at_a_time() {
        let (_guard, collection) = collection();
        let lock = collection.lock(Wait::No).unwrap();
        let error = collection.lock(Wait::No).unwrap_err();
        let expected = Some(std::process::id());
        assert!(matches!(&error, LockError::Busy { pid, .. } if *pid == expected), "{error}");
        assert!(error.to_string().contains(&format!("(pid {})", std::process::id())), "{error}");

        let waiting = collection.clone();
        let waiter = std::thread::spawn(move || waiting.lock(Wait::Yes).map(drop));
        drop(lock);
        waiter.join().unwrap().unwrap();
        drop(collection.lock(Wait::No).unwrap());
    }
}
