//! Source files over all builds that have them.

use std::collections::BTreeMap;

use super::group::Group;
use crate::{
    db::Resolution,
    profile::{Bits, BuildFile, BuildTable, FileDigest},
    selection::Selection,
};

/// A file of one build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) group: &'a Group<'a>,
    /// The units that any selected process of the build ran.
    pub(super) ran: &'a Bits,
    /// Position of the file in the build's table.
    pub(super) idx: usize,
    pub(super) file: &'a BuildFile,
}

/// What makes a source file: the path as built and the digest of its unit list.
pub(super) type FileKey<'a> = (&'a str, FileDigest);

/// The files that the selection leaves, each with all builds that have it.
///
/// `ran` holds the units that ran of each group, see [`Group::united`].
pub(super) fn source_files<'a>(
    groups: &'a [Group<'a>],
    ran: &'a [Bits],
    selection: &Selection,
) -> BTreeMap<FileKey<'a>, Vec<Place<'a>>> {
    let mut files: BTreeMap<FileKey<'a>, Vec<Place<'a>>> = BTreeMap::new();
    for (group, ran) in groups.iter().zip(ran) {
        for (idx, file) in group.files(selection) {
            let place = Place { group, ran, idx, file };
            files.entry((&file.path, file.digest)).or_default().push(place);
        }
    }
    files
}

impl<'a> Place<'a> {
    pub(super) fn table(&self) -> &'a BuildTable {
        &self.group.build.table
    }

    pub(super) fn resolution(&self) -> Option<&'a Resolution> {
        self.group.build.resolution(self.idx)
    }
}
