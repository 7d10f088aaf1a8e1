//! What sites were made from, so that who would make the same again need only look at its files.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_shared::layout;
use serde::{Deserialize, Serialize};

use super::{
    FILE_LIST, Rendered, WriterError, listed_files,
    writer::{digest_of_file, io_error},
};
use crate::collection::{read_at_most, write_atomic};

/// The largest list of sites that is read, in bytes: far above one of thousands.
const MAX_BYTES: u64 = 1 << 24;

/// The sites of a collection, by their folders, as a file keeps them.
#[derive(Debug)]
pub struct KeptSites {
    path: Utf8PathBuf,
    sites: BTreeMap<Utf8PathBuf, KeptSite>,
}

/// A site that was written whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptSite {
    /// Digest of what it was made from.
    input: String,
    /// Digest of its list of files.
    files: String,
    rendered: Rendered,
}

impl KeptSites {
    /// Reads the file; one that is not there, or that nobody can read, knows no site.
    pub fn read(path: &Utf8Path) -> Self {
        let bytes = read_at_most(path, MAX_BYTES).unwrap_or_default();
        let sites = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { path: path.to_owned(), sites }
    }

    /// What was written to `dir` from this input, when all of it is still there; says so by the
    /// time of its page, by which people see whether a site is older than its data.
    ///
    /// # Errors
    /// [`WriterError::Io`] when the page cannot be written.
    pub fn unchanged(&self, dir: &Utf8Path, input: &str) -> Result<Option<Rendered>, WriterError> {
        let Some(site) = self.sites.get(dir).filter(|site| site.input == input) else {
            return Ok(None);
        };
        let is_listed = digest_of_file(&dir.join(FILE_LIST)).is_ok_and(|list| list == site.files);
        if !is_listed || !listed_files(dir).is_some_and(|files| files.are_there(dir)) {
            return Ok(None);
        }
        let index = dir.join(layout::INDEX);
        let page = fs_err::read(&index).map_err(|err| io_error(dir, err))?;
        write_atomic(&index, &page).map_err(|err| io_error(dir, err))?;
        Ok(Some(Rendered { files_written: 0, ..site.rendered }))
    }

    /// Forgets the site in `dir`, which is about to be written, and those that are no more.
    ///
    /// # Errors
    /// [`std::io::Error`] when the file cannot be written.
    pub fn forget(&mut self, dir: &Utf8Path) -> std::io::Result<()> {
        let n_before = self.sites.len();
        self.sites.retain(|known, _| known != dir && known.join(FILE_LIST).is_file());
        if self.sites.len() == n_before { Ok(()) } else { self.write() }
    }

    /// Takes note of the site in `dir`.
    ///
    /// # Errors
    /// [`std::io::Error`] when its list of files cannot be read or the file not be written.
    pub fn keep(&mut self, dir: &Utf8Path, input: String, site: Rendered) -> std::io::Result<()> {
        let files = digest_of_file(&dir.join(FILE_LIST))?;
        self.sites.insert(dir.to_owned(), KeptSite { input, files, rendered: site });
        self.write()
    }

    fn write(&self) -> std::io::Result<()> {
        write_atomic(&self.path, &serde_json::to_vec_pretty(&self.sites)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Writer;
    use covatlas_shared::{layout::Form, shard::Kind};

    const SITE: Rendered = Rendered {
        owners: 1,
        files_with_text: 2,
        files_without_text: 3,
        files: 4,
        files_written: 4,
        bytes: 5,
        texts_missing: 0,
    };

    /// A folder with a site in `site`, and the path of its shard.
    fn site() -> (tempfile::TempDir, Utf8PathBuf, Utf8PathBuf) {
        let guard = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(guard.path().to_owned()).unwrap();
        let site = dir.join("site");
        let writer = Writer::create(&site, Form::Script).unwrap();
        let shard = writer.shard(Kind::Stats, b"text").unwrap();
        writer.finish(b"page").unwrap();
        let shard = site.join(layout::shard_path(&shard, Form::Script));
        (guard, dir, shard)
    }

    #[test]
    fn a_site_is_known_until_its_input_or_one_of_its_files_changes() {
        let (_guard, dir, shard) = site();
        let (file, site) = (dir.join("rendered.json"), dir.join("site"));
        KeptSites::read(&file).keep(&site, "a".to_owned(), SITE).unwrap();
        let known = |input: &str| KeptSites::read(&file).unchanged(&site, input).unwrap();
        assert_eq!(known("a"), Some(Rendered { files_written: 0, ..SITE }));
        assert_eq!(known("b"), None);
        let sound = fs_err::read(&shard).unwrap();
        fs_err::write(&shard, [&sound[1..], b" "].concat()).unwrap();
        assert_eq!(known("a"), None);
        fs_err::remove_file(&shard).unwrap();
        assert_eq!(known("a"), None);
        fs_err::write(&shard, sound).unwrap();
        assert!(known("a").is_some());
        // A list that names less would hide what is missing.
        fs_err::write(site.join(FILE_LIST), r#"{"format":1,"files":[]}"#).unwrap();
        assert_eq!(known("a"), None);
    }

    #[test]
    fn a_site_that_is_being_written_is_forgotten_and_others_are_not() {
        let (_guard, dir, _) = site();
        let file = dir.join("rendered.json");
        let (site, other, gone) = (dir.join("site"), dir.join("other"), dir.join("gone"));
        let mut sites = KeptSites::read(&file);
        for place in [&other, &gone] {
            Writer::create(place, Form::Gz).unwrap().finish(b"page").unwrap();
        }
        for place in [&site, &other, &gone] {
            sites.keep(place, "a".to_owned(), SITE).unwrap();
        }
        fs_err::remove_dir_all(&gone).unwrap();
        KeptSites::read(&file).forget(&site).unwrap();
        let left: Vec<_> = KeptSites::read(&file).sites.into_keys().collect();
        assert_eq!(left, [other]);
    }

    #[test]
    fn a_file_that_nobody_can_read_knows_no_site() {
        let (_guard, dir, _) = site();
        let file = dir.join("rendered.json");
        for bytes in ["", "{", r#"{"site":{"input":1}}"#] {
            fs_err::write(&file, bytes).unwrap();
            assert!(KeptSites::read(&file).sites.is_empty());
        }
    }
}
