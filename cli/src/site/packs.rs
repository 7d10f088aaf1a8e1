//! Source packs: text and units of the files of a directory, each once for all who share it.

use std::collections::BTreeMap;

use covatlas_shared::{
    path,
    shard::Kind,
    source::{SourceFile, SourcePack, Unit},
};
use rayon::prelude::*;

use super::{Input, RenderError, Writer};
use crate::{db::Resolution, profile::FileDigest, sources::TextSource};

/// A pack is closed when its files exceed this many bytes of text: one request should not carry
/// much more than the file that was asked for, and a site should not have too many files.
const PACK_TARGET: usize = 128 * 1024;

/// Directories with fewer units share packs with their neighbours of the same module.
const SMALL_DIRECTORY: usize = 400;

/// So many leading parts of a path stand for a module: `github.com/org/repo`.
const MODULE_PARTS: usize = 3;

/// A file of a build: position of the build, position of the file.
pub(super) type FileRef = (usize, usize);

/// Where a text is: repository, wanted commit, path.
pub(super) type Location = (String, String, String);

/// Where text and units of every file are.
#[derive(Debug)]
pub(super) struct Packs {
    /// For each build and each of its files: name of the pack and position in it.
    pub(super) places: Vec<Vec<(String, u32)>>,
    /// Distinct files with their text.
    pub(super) with_text: usize,
    /// Distinct files without.
    pub(super) without_text: usize,
}

/// What makes an entry of a pack: path as built, unit list and text.
type EntryKey = (String, FileDigest, Option<[u8; 32]>);

/// An entry of a pack and who uses it.
#[derive(Debug)]
struct Entry {
    file: SourceFile,
    users: Vec<FileRef>,
}

/// Writes all packs, one group of directories (a large Go package, or small ones) at a time.
pub(super) fn write(
    input: &Input,
    texts: &dyn TextSource,
    writer: &Writer,
) -> Result<Packs, RenderError> {
    let groups: Vec<(String, BTreeMap<Wanted, Vec<FileRef>>)> = group(input).into_iter().collect();
    let written: Vec<Vec<(String, Vec<Entry>)>> = groups
        .into_par_iter()
        .map(|(_, wanted)| write_group(input, texts, writer, wanted))
        .collect::<Result<_, RenderError>>()?;
    let n_files = input.builds.iter().map(|b| b.table.files().len());
    let mut packs = Packs {
        places: n_files.map(|n| vec![(String::new(), 0); n]).collect(),
        with_text: 0,
        without_text: 0,
    };
    for (name, entries) in written.into_iter().flatten() {
        for (position, entry) in (0_u32..).zip(entries) {
            match entry.file.text {
                Some(_) => packs.with_text += 1,
                None => packs.without_text += 1,
            }
            for (build, file) in entry.users {
                if let Some(place) = packs.places.get_mut(build).and_then(|b| b.get_mut(file)) {
                    *place = (name.clone(), position);
                }
            }
        }
    }
    Ok(packs)
}

/// A file before its text is read: path as built, unit list, where the text is.
type Wanted = (String, FileDigest, Option<Location>);

/// All files of all builds by directory; the small directories of a module together.
fn group(input: &Input) -> BTreeMap<String, BTreeMap<Wanted, Vec<FileRef>>> {
    let mut directories: BTreeMap<&str, BTreeMap<Wanted, Vec<FileRef>>> = BTreeMap::new();
    let mut n_units: BTreeMap<&str, usize> = BTreeMap::new();
    for (build_idx, build) in input.builds.iter().enumerate() {
        for (file_idx, file) in build.table.files().iter().enumerate() {
            let (directory, _) = path::split(&file.path);
            let resolution = build.resolutions.get(file_idx).and_then(Option::as_ref);
            let place = resolution.and_then(|r| location(input, r));
            let wanted = (file.path.clone(), file.digest, place);
            let users = directories.entry(directory).or_default().entry(wanted).or_default();
            if users.is_empty() {
                *n_units.entry(directory).or_default() += file.units.len();
            }
            users.push((build_idx, file_idx));
        }
    }
    let mut groups: BTreeMap<String, BTreeMap<Wanted, Vec<FileRef>>> = BTreeMap::new();
    for (directory, files) in directories {
        let is_small = n_units.get(directory).is_none_or(|n| *n < SMALL_DIRECTORY);
        groups.entry(group_name(directory, is_small)).or_default().extend(files);
    }
    groups
}

/// The name of the group that a directory's files go to.
fn group_name(directory: &str, is_small: bool) -> String {
    if !is_small {
        return directory.to_owned();
    }
    let module: Vec<&str> = directory.split('/').take(MODULE_PARTS).collect();
    // No directory's name holds a NUL, so the group clashes with none.
    format!("{}\0", module.join("/"))
}

/// Where the text of a resolved file is; `None` when there is none to show.
pub(super) fn location(input: &Input, resolution: &Resolution) -> Option<Location> {
    let key = (resolution.repo.clone(), resolution.commit.clone());
    let is_there = input.checkouts.contains_key(&key) && !resolution.repo_path.is_empty();
    is_there.then(|| (key.0, key.1, resolution.repo_path.clone()))
}

/// Reads the texts of one group and writes its packs.
fn write_group(
    input: &Input,
    texts: &dyn TextSource,
    writer: &Writer,
    wanted: BTreeMap<Wanted, Vec<FileRef>>,
) -> Result<Vec<(String, Vec<Entry>)>, RenderError> {
    let mut entries: BTreeMap<EntryKey, Entry> = BTreeMap::new();
    for ((path, digest, location), users) in wanted {
        let text = location.and_then(|(repo, commit, path)| texts.text(&repo, &commit, &path));
        let text_digest = text.as_deref().map(|text| *blake3::hash(text).as_bytes());
        let entry = entries.entry((path.clone(), digest, text_digest)).or_insert_with(|| Entry {
            file: SourceFile { path, text, units: units(input, users.first()) },
            users: Vec::new(),
        });
        entry.users.extend(users);
    }
    let mut packs = Vec::new();
    let mut open: Vec<Entry> = Vec::new();
    let mut size = 0_usize;
    for entry in entries.into_values() {
        let len = entry.file.text.as_ref().map_or(0, Vec::len);
        if !open.is_empty() && size.saturating_add(len) > PACK_TARGET {
            packs.push(close(writer, std::mem::take(&mut open))?);
            size = 0;
        }
        size = size.saturating_add(len);
        open.push(entry);
    }
    if !open.is_empty() {
        packs.push(close(writer, open)?);
    }
    Ok(packs)
}

/// Writes one pack; the texts are dropped, only whether there was one is kept.
fn close(writer: &Writer, entries: Vec<Entry>) -> Result<(String, Vec<Entry>), RenderError> {
    let (files, users): (Vec<SourceFile>, Vec<Vec<FileRef>>) =
        entries.into_iter().map(|e| (e.file, e.users)).unzip();
    let pack = SourcePack { files };
    let name = writer.shard(Kind::Source, &pack.encode()?)?;
    let entries = pack.files.into_iter().zip(users).map(|(file, users)| {
        let text = file.text.map(|_| Vec::new());
        Entry { file: SourceFile { path: file.path, text, units: Vec::new() }, users }
    });
    Ok((name, entries.collect()))
}

/// The units of a file of a build.
fn units(input: &Input, file: Option<&FileRef>) -> Vec<Unit> {
    let table = file.and_then(|(build, idx)| Some((&input.builds.get(*build)?.table, *idx)));
    let units = table.and_then(|(table, idx)| Some(table.source_units_of(table.files().get(idx)?)));
    units.unwrap_or_default()
}
