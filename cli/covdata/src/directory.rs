//! The files of one `GOCOVERDIR`, and which of them belong together.

use std::collections::HashMap;
use std::sync::Arc;

use crate::counter::{Combine, CounterFile};
use crate::error::{DecodeError, ErrorClass, Warning};
use crate::hash::MetaHash;
use crate::meta::{Func, MetaFile};
use crate::name::FileName;
use crate::peek::peek_hash;

/// The decoded files of a directory.
///
/// Counter files stand with the meta file whose hash their *header* names; the tags in file names
/// mean nothing. A file that cannot be used never stops the others.
///
/// Invariant: every counter file of a [`Build`] fits its meta file.
#[derive(Clone, Debug, Default)]
pub struct Directory<'a> {
    builds: Vec<Build<'a>>,
    orphans: Vec<NamedCounters<'a>>,
    duplicates: Vec<Duplicate<'a>>,
    refused: Vec<Refused<'a>>,
    findings: Vec<Finding<'a>>,
}

/// One program as far as a directory shows it: a meta file and its counter files.
#[derive(Clone, Debug)]
pub struct Build<'a> {
    /// The name of the meta file.
    pub name: &'a str,
    /// The meta file.
    pub meta: Arc<MetaFile>,
    /// Its counter files, by name. Empty for a program that has not ended yet.
    pub counters: Vec<NamedCounters<'a>>,
}

/// A counter file with what its name says.
#[derive(Clone, Debug)]
pub struct NamedCounters<'a> {
    /// The name of the file.
    pub name: &'a str,
    /// The process id in the name.
    pub pid: u64,
    /// The time in the name, usually in nanoseconds since 1970.
    pub time: u64,
    /// The counters.
    pub file: CounterFile<'a>,
    /// What is odd about the file or its fit to the meta file.
    pub warnings: Vec<Warning>,
}

/// A meta file that is not used because an earlier one has the same hash.
#[derive(Clone, Debug)]
pub struct Duplicate<'a> {
    /// The name of the file.
    pub name: &'a str,
    /// The file, or the earlier one when both have the same bytes.
    pub meta: Arc<MetaFile>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The name of the file.
    pub name: &'a str,
    /// Why it is refused.
    pub error: DecodeError,
}

/// What is wrong with a directory although each file is sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The file concerned; empty for `NoData`, which concerns all.
    pub name: &'a str,
    /// `Orphan`, `NoData`, or `Malformed` for two different meta files of one hash.
    pub warning: Warning,
}

impl<'a> Directory<'a> {
    /// Decodes files given as name and bytes, in any order.
    ///
    /// A name may have leading directories. Files that are neither meta nor counter files by name
    /// are passed over, temporary ones among them.
    pub fn read(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::read_with(files, |bytes| MetaFile::decode(bytes).map(Arc::new))
    }

    /// As [`Self::read`], with another way to decode meta files, such as through a cache.
    pub fn read_with(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        mut decode: impl FnMut(&[u8]) -> Result<Arc<MetaFile>, DecodeError>,
    ) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable_by_key(|(name, _)| *name);
        let (mut metas, mut counters) = (Vec::new(), Vec::new());
        for (name, bytes) in files {
            match FileName::parse(base_name(name)) {
                Some(FileName::Meta { .. }) => metas.push((name, bytes)),
                Some(FileName::Counters { pid, time, .. }) => {
                    counters.push((name, bytes, pid, time));
                }
                None => {}
            }
        }
        let mut dir = Self::default();
        if metas.is_empty() && counters.is_empty() {
            let warning = Warning::new(ErrorClass::NoData, 0, "directory", "no coverage data here");
            dir.findings.push(Finding { name: "", warning });
        }
        let by_hash = dir.add_metas(metas, &mut decode);
        for (name, bytes, pid, time) in counters {
            match CounterFile::decode(bytes) {
                Ok(file) => {
                    let warnings = file.warnings().to_vec();
                    dir.add_counters(NamedCounters { name, pid, time, file, warnings }, &by_hash);
                }
                Err(error) => dir.refused.push(Refused { name, error }),
            }
        }
        dir.refused.sort_unstable_by_key(|refused| refused.name);
        dir
    }

    /// The programs, in the order of their meta files' names.
    pub fn builds(&self) -> &[Build<'a>] {
        &self.builds
    }

    /// Sound counter files without a usable meta file; each has an `Orphan` finding.
    pub fn orphans(&self) -> &[NamedCounters<'a>] {
        &self.orphans
    }

    /// Sound meta files that are not used because an earlier one has the same hash.
    pub fn duplicates(&self) -> &[Duplicate<'a>] {
        &self.duplicates
    }

    /// The files that cannot be used, by name.
    pub fn refused(&self) -> &[Refused<'a>] {
        &self.refused
    }

    /// What is wrong although each file is sound.
    pub fn findings(&self) -> &[Finding<'a>] {
        &self.findings
    }

    /// Returns the build of each hash: its index, or the name of the refused file.
    fn add_metas(
        &mut self,
        metas: Vec<(&'a str, &'a [u8])>,
        decode: &mut impl FnMut(&[u8]) -> Result<Arc<MetaFile>, DecodeError>,
    ) -> HashMap<MetaHash, Result<usize, &'a str>> {
        let mut by_hash: HashMap<MetaHash, Result<usize, &'a str>> = HashMap::new();
        let mut used: Vec<&[u8]> = Vec::new();
        for (name, bytes) in metas {
            let known = peek_hash(bytes).ok().and_then(|(_, hash)| by_hash.get(&hash).copied());
            let earlier = match known {
                Some(Ok(index)) => self.builds.get(index).zip(used.get(index)),
                _ => None,
            };
            if let Some((build, same)) = earlier
                && *same == bytes
            {
                let meta = Arc::clone(&build.meta);
                self.duplicates.push(Duplicate { name, meta });
                continue;
            }
            match decode(bytes) {
                Ok(meta) if earlier.is_some() => self.add_other_content(name, meta),
                Ok(meta) => {
                    by_hash.insert(meta.hash(), Ok(self.builds.len()));
                    used.push(bytes);
                    self.builds.push(Build { name, meta, counters: Vec::new() });
                }
                Err(error) => {
                    if let Ok((_, hash)) = peek_hash(bytes) {
                        by_hash.entry(hash).or_insert(Err(name));
                    }
                    self.refused.push(Refused { name, error });
                }
            }
        }
        by_hash
    }

    fn add_other_content(&mut self, name: &'a str, meta: Arc<MetaFile>) {
        let message = "an earlier meta file has this hash but other bytes; this one is not used";
        let warning = Warning::new(ErrorClass::Malformed, 24, "meta hash", message);
        self.findings.push(Finding { name, warning });
        self.duplicates.push(Duplicate { name, meta });
    }

    fn add_counters(
        &mut self,
        mut counters: NamedCounters<'a>,
        by_hash: &HashMap<MetaHash, Result<usize, &'a str>>,
    ) {
        let (name, hash) = (counters.name, counters.file.meta_hash());
        let known = by_hash.get(&hash).copied();
        if let Some(Ok(index)) = known
            && let Some(build) = self.builds.get_mut(index)
        {
            match counters.file.check_fit(&build.meta) {
                Ok(report) => {
                    counters.warnings.extend(report.warnings);
                    build.counters.push(counters);
                }
                Err(error) => self.refused.push(Refused { name, error }),
            }
            return;
        }
        let message = match known {
            Some(Err(meta)) => format!("the meta file of {hash} is damaged: {meta}"),
            _ => format!("no meta file has the hash {hash}"),
        };
        let warning = Warning::new(ErrorClass::Orphan, 8, "meta hash", message);
        self.findings.push(Finding { name, warning });
        self.orphans.push(counters);
    }
}

impl Build<'_> {
    /// The counters of all files, one per unit of the meta file; all 0 without counter files.
    pub fn combined(&self, combine: Combine) -> Vec<u32> {
        let mut counters = vec![0; self.meta.units().len()];
        for named in &self.counters {
            named.file.merge_checked(&self.meta, &mut counters, combine);
        }
        counters
    }

    /// Whether each unit of the meta file ran in any process. Faster than [`Self::combined`].
    pub fn covered(&self) -> Vec<bool> {
        let mut flags = vec![0; self.meta.units().len()];
        let of_func = |func: &Func| func.units.end - func.units.start;
        let mut missing: Vec<u32> = self.meta.funcs().iter().map(of_func).collect();
        for named in &self.counters {
            named.file.mark_checked(&self.meta, &mut flags, &mut missing);
        }
        flags.into_iter().map(|flag| flag != 0).collect()
    }
}

/// A path's last component.
fn base_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests;
