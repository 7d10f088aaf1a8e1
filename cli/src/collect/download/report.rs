//! One report while it is downloaded.

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use camino::Utf8Path;
use covatlas_remote::s3::Object;
use covdata::{CounterFile, ErrorClass, MetaFile};

use super::{DownloadError, DownloadOptions, Existing, MOST_BYTES, Versions};
use crate::collect::file_name::{CountersName, FileRole};
use crate::collect::key::ReportKey;
use crate::collect::target::TargetError;
use crate::collection::{
    Collection, Metadata, ReportDir, ReportFile, SourceFile, SourceMetadata, is_temporary,
    read_at_most,
};
use crate::timestamp::Timestamp;

/// An object that a report lacks.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The report.
    pub(super) report: Rc<ReportKey>,
    /// Its name in the bucket: a plain name.
    pub(super) name: String,
    /// What the name says.
    pub(super) role: FileRole,
    /// As it was listed.
    pub(super) object: Object,
}

/// An object whose contents a report has.
#[derive(Debug)]
struct Held {
    name: String,
    local: String,
    /// Whether it was written since the report got another content of it.
    is_rewritten: bool,
}

/// When an object was last written.
pub(super) fn modified(object: &Object) -> Option<Timestamp> {
    object.last_modified.and_then(Timestamp::from_system_time)
}

/// A report of the listing.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) dir: ReportDir,
    metadata: Metadata,
    /// Whether a `metadata.json` is there that names the report.
    is_named: bool,
    /// Whether the user gave it other labels than it has.
    is_relabelled: bool,
    /// Whether anything came into the report.
    is_changed: bool,
    files: BTreeMap<String, ReportFile>,
    /// Objects whose contents the report has, and the files with those.
    held: Vec<Held>,
    /// Objects that are wanted and not done with yet.
    pub(super) open: usize,
}

impl Report {
    /// What the collection has of a report.
    pub(super) fn open(
        collection: &Collection,
        options: &DownloadOptions,
        key: &ReportKey,
    ) -> Result<Self, DownloadError> {
        let dir = collection.report_dir(&options.cluster, key);
        let listed = if dir.path().exists() { dir.files() } else { Ok(Vec::new()) };
        let listed = listed.map_err(TargetError::writing(dir.path()))?;
        let mut files = BTreeMap::new();
        for file in listed {
            if is_temporary(&file.name) && options.mode == super::Mode::Fetch {
                // One that stays does no harm: nobody reads it.
                fs_err::remove_file(dir.file(&file.name)).ok();
            } else {
                files.insert(file.name.clone(), file);
            }
        }
        let mut metadata = Metadata::from_key(&options.cluster, key);
        // A damaged file is replaced by what is known now.
        let old = dir.metadata().ok().flatten();
        let is_named = old.is_some();
        if let Some(old) = old {
            metadata.collected_at = old.collected_at;
            metadata.owner = old.owner;
            metadata.source = old.source;
            metadata.labels = old.labels;
        }
        let labels = metadata.labels.clone();
        metadata.add_labels(&options.labels);
        let is_relabelled = metadata.labels != labels;
        let source = metadata.source.get_or_insert_default();
        source.bucket.clone_from(&options.place.bucket);
        source.key_prefix = options.place.key(&key.to_string());
        Ok(Self {
            dir,
            metadata,
            is_named,
            is_relabelled,
            is_changed: false,
            files,
            held: Vec::new(),
            open: 0,
        })
    }

    /// Whether the report has what an object holds now; takes note of it when it does.
    pub(super) fn has(&mut self, wanted: &Wanted, existing: Existing) -> bool {
        let Wanted { name, object, .. } = wanted;
        if existing == Existing::Keep && self.files.contains_key(name) {
            return true;
        }
        let is_whole = |(local, _): &(&String, _)| self.has_size(local, object.size);
        let held = self.copies(wanted, object).find(is_whole).map(|(local, known)| Held {
            name: name.clone(),
            local: local.clone(),
            is_rewritten: known.last_modified != modified(object),
        });
        if let Some(held) = held {
            self.held.push(held);
            return true;
        }
        // What a killed run fetched has no note yet, but the object's time.
        let aside = modified(object)
            .and_then(|time| Some(CountersName::parse(name)?.with_stamp(time.unix_nanos())));
        let written = |local: &str| {
            let file =
                self.files.get(local).filter(|_| !self.source().files.contains_key(local))?;
            let is_it = file.size == object.size && file.modified == modified(object);
            (is_it && file.modified.is_some()).then(|| local.to_owned())
        };
        let Some(local) = written(name).or_else(|| written(aside.as_deref()?)) else {
            return false;
        };
        self.note(&local, wanted, object);
        true
    }

    /// The notes of files that got what an object holds now.
    fn copies(
        &self,
        wanted: &Wanted,
        object: &Object,
    ) -> impl Iterator<Item = (&String, &SourceFile)> {
        let of_object = self
            .source()
            .files
            .iter()
            .filter(|(local, known)| known.object.as_ref().unwrap_or(local) == &wanted.name);
        of_object.filter(|(_, known)| is_same(known, object))
    }

    /// The file that got what an object holds now, and is no longer what it was.
    pub(super) fn damaged(&self, wanted: &Wanted, object: &Object) -> Option<String> {
        let is_there = |local: &String| self.files.contains_key(local);
        let mut copies = self.copies(wanted, object).map(|(local, _)| local);
        copies.find(|local| is_there(local) && !self.has_size(local, object.size)).cloned()
    }

    fn has_size(&self, local: &str, size: u64) -> bool {
        self.files.get(local).is_some_and(|file| file.size == size)
    }

    fn source(&self) -> &SourceMetadata {
        // Made when the report was opened.
        const NONE: &SourceMetadata = &SourceMetadata {
            bucket: String::new(),
            key_prefix: String::new(),
            files: BTreeMap::new(),
        };
        self.metadata.source.as_ref().unwrap_or(NONE)
    }

    /// Makes the folder and says whose it is, before anything comes into it: a killed run leaves
    /// no report without its identity.
    pub(super) fn prepare(&mut self, options: &DownloadOptions) -> Result<(), DownloadError> {
        if self.is_named {
            return Ok(());
        }
        self.dir.create().map_err(TargetError::writing(self.dir.path()))?;
        self.metadata.collected_at = self.metadata.collected_at.or(Some(options.now));
        self.dir.write_metadata(&self.metadata).map_err(TargetError::from)?;
        self.is_named = true;
        Ok(())
    }

    /// Takes note of where the contents of an object are.
    pub(super) fn note(&mut self, local: &str, wanted: &Wanted, object: &Object) {
        let Wanted { name, .. } = wanted;
        let last_modified = modified(object);
        let etag = object.etag.clone();
        let file = SourceFile {
            object: (local != name).then(|| name.clone()),
            size: object.size,
            etag,
            last_modified,
        };
        let held = Held { name: name.clone(), local: local.to_owned(), is_rewritten: true };
        self.held.push(held);
        let role = FileRole::of(local);
        let on_disk =
            ReportFile { name: local.to_owned(), role, size: object.size, modified: last_modified };
        self.files.insert(local.to_owned(), on_disk);
        self.metadata.source.get_or_insert_default().files.insert(local.to_owned(), file);
        self.is_changed = true;
    }

    /// Removes what an object held before, of which only the latest contents are wanted.
    pub(super) fn forget_older(&mut self, local: &str, name: &str, options: &DownloadOptions) {
        if options.versions == Versions::All {
            return;
        }
        let Some(source) = &mut self.metadata.source else { return };
        let is_older = |other: &String, file: &mut SourceFile| {
            other != local && file.object.as_deref() == Some(name)
        };
        for (local, _) in source.files.extract_if(.., is_older) {
            // One that stays is only older than it need be.
            fs_err::remove_file(self.dir.file(&local)).ok();
            self.files.remove(&local);
        }
    }

    /// Drops what an object held before where nothing can be read of that: what it holds now is all
    /// that there will ever be.
    fn drop_worthless(&mut self) {
        for held in std::mem::take(&mut self.held) {
            let is_older = |(local, known): &(&String, &SourceFile)| {
                **local != held.local && known.object.as_ref().unwrap_or(local) == &held.name
            };
            let older = self.source().files.iter().filter(is_older);
            let is_dropped = |(local, known): &(&String, &SourceFile)| {
                let is_whole = self.has_size(local, known.size);
                // What was sound when the object was written again is not read each time.
                (held.is_rewritten || !is_whole) && is_worthless(&self.dir.file(local))
            };
            let worthless: Vec<String> =
                older.filter(is_dropped).map(|(local, _)| local.clone()).collect();
            for local in worthless {
                // One that stays is found damaged as before.
                fs_err::remove_file(self.dir.file(&local)).ok();
                self.files.remove(&local);
                self.metadata.source.get_or_insert_default().files.remove(&local);
                self.is_changed = true;
            }
        }
    }

    /// Writes down what was noted.
    pub(super) fn close(mut self, options: &DownloadOptions) -> Result<(), DownloadError> {
        if options.mode == super::Mode::DryRun {
            return Ok(());
        }
        self.drop_worthless();
        if self.is_changed {
            self.metadata.collected_at = Some(options.now);
        }
        if self.is_changed || (self.is_relabelled && self.is_named) {
            self.dir.write_metadata(&self.metadata).map_err(TargetError::from)?;
        }
        Ok(())
    }
}

/// Whether an object still holds what it held when it was fetched.
fn is_same(known: &SourceFile, object: &Object) -> bool {
    if known.size != object.size {
        return false;
    }
    match (&known.etag, &object.etag) {
        // Written again with the same contents.
        (Some(known), Some(listed)) => known == listed,
        _ => known.last_modified == modified(object),
    }
}

/// Whether a file is gone, or damaged so that nothing can be read of it. What cannot be read for
/// another reason, such as a format that only a later program knows, is kept.
fn is_worthless(path: &Utf8Path) -> bool {
    let bytes = match read_at_most(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(err) => return err.kind() == io::ErrorKind::NotFound,
    };
    let error = match path.file_name().map(FileRole::of) {
        Some(FileRole::Counters) => CounterFile::decode(&bytes).err(),
        Some(FileRole::Meta) => MetaFile::decode(&bytes).err(),
        _ => None,
    };
    error.is_some_and(|error| error.class != ErrorClass::UnsupportedVersion)
}
