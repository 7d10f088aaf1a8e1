//! Meta files by what the listing says of their contents: each is fetched once.

use std::collections::HashMap;
use std::mem;

use camino::Utf8PathBuf;
use covatlas_remote::s3::Object;

use super::report::Wanted;
use crate::collect::file_name::FileRole;
use crate::collection::{Collection, CollectionError};

/// Size in bytes and `ETag`: of one bucket, these are equal only when the contents are.
type Contents = (u64, String);

/// What is known about the meta files of a collection and of a download.
#[derive(Debug, Default)]
pub(super) struct Metas {
    by_contents: HashMap<Contents, State>,
}

#[derive(Debug)]
enum State {
    /// A file of the collection has the contents.
    Stored(Utf8PathBuf),
    /// They are being fetched, and these objects wait for them.
    Coming(Vec<Wanted>),
}

/// What to do for a meta file.
#[derive(Debug)]
pub(super) enum MetaStep {
    /// Fetch it.
    Fetch(Wanted),
    /// Link this file of the collection.
    Link(Wanted, Utf8PathBuf),
    /// Nothing yet: the contents are on their way.
    Wait,
}

impl Metas {
    /// Those that the collection has, as far as their `ETag`s are known.
    pub(super) fn of(collection: &Collection) -> Result<Self, CollectionError> {
        let mut metas = Self::default();
        for report in collection.reports()? {
            // A report whose metadata cannot be read offers nothing to share.
            let Some(source) = report.metadata().ok().flatten().and_then(|m| m.source) else {
                continue;
            };
            for (name, file) in source.files {
                let Some(etag) = file.etag else { continue };
                let path = report.file(&name);
                let size =
                    || fs_err::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file);
                let is_whole = FileRole::of(&name) == FileRole::Meta
                    && size().is_some_and(|m| m.len() == file.size);
                if is_whole {
                    metas.by_contents.insert((file.size, etag), State::Stored(path));
                }
            }
        }
        Ok(metas)
    }

    /// Decides about a meta file that its report lacks.
    pub(super) fn step(&mut self, wanted: Wanted) -> MetaStep {
        let Some(contents) = contents(&wanted.object) else { return MetaStep::Fetch(wanted) };
        match self.by_contents.get_mut(&contents) {
            Some(State::Stored(path)) => MetaStep::Link(wanted, path.clone()),
            Some(State::Coming(waiting)) => {
                waiting.push(wanted);
                MetaStep::Wait
            }
            None => {
                self.by_contents.insert(contents, State::Coming(Vec::new()));
                MetaStep::Fetch(wanted)
            }
        }
    }

    /// Takes note of contents that were fetched for `listed`, and gives the objects that waited.
    pub(super) fn stored(&mut self, listed: &Object, path: Utf8PathBuf) -> Vec<Wanted> {
        let Some(contents) = contents(listed) else { return Vec::new() };
        match self.by_contents.insert(contents, State::Stored(path)) {
            Some(State::Coming(waiting)) => waiting,
            _ => Vec::new(),
        }
    }

    /// Takes note that the contents did not come, and gives the object that is fetched instead.
    pub(super) fn failed(&mut self, listed: &Object) -> Option<Wanted> {
        let contents = contents(listed)?;
        let State::Coming(waiting) = self.by_contents.get_mut(&contents)? else { return None };
        let next = mem::take(waiting);
        let mut next = next.into_iter();
        let first = next.next();
        if first.is_none() {
            self.by_contents.remove(&contents);
        } else {
            *waiting = next.collect();
        }
        first
    }
}

fn contents(object: &Object) -> Option<Contents> {
    object.etag.clone().map(|etag| (object.size, etag))
}
