//! What changed since another collection or moment: totals and owners, and of each repository the
//! files and funcs, with the counts of both sides unit by unit.

use std::{cmp::Reverse, collections::BTreeMap};

use covatlas_shared::{
    codec::{StrIdx, StringsBuilder},
    compare::{
        About, CompareShard, Delta, FileDelta, FileVariant, FuncDelta, OwnerDelta, RepoDeltas,
        State,
    },
    lines::{LineCounts, LineHunk, LinesShard},
    manifest, path,
    shard::Kind,
};
use rayon::prelude::*;
use serde_json::Value;

use super::{
    Input, RenderError, Writer,
    builds::{self, BuildShards},
    count,
    input::Places,
    packs::{FileRef, Packs},
    positions::Positions,
};
use crate::stats::{Change, ComparedFile, ComparedFunc, ComparedVariant, Comparison, Hunk};

/// So many files and as many funcs that changed most are in the overview.
const OVERVIEW: usize = 1000;

/// Counts of neighbouring files go into one shard until there are so many units.
const UNITS: usize = 8192;

/// What a site is compared with, and what changed.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What is compared with what.
    pub about: About,
    /// The total and the owners.
    pub owners: Comparison,
    /// All files.
    pub files: Vec<ComparedFile>,
}

/// Writes the shards of all repositories and the overview; gives what the manifest says of it.
pub(super) fn write(
    input: &Input,
    packs: &Packs,
    builds: &[BuildShards],
    baseline: &Baseline,
    writer: &Writer,
) -> Result<manifest::Baseline, RenderError> {
    let site = Site { input, packs, builds, places: input.places(), writer };
    let mut by_repo: BTreeMap<&str, Vec<&ComparedFile>> = BTreeMap::new();
    for file in baseline.files.iter().filter(|file| is_listed(&file.change)) {
        by_repo.entry(&file.repo).or_default().push(file);
    }
    let by_repo: Vec<_> = by_repo.into_iter().collect();
    let repos = by_repo
        .into_par_iter()
        .map(|(repo, files)| Ok((repo, site.repo(&files)?)))
        .collect::<Result<Vec<(&str, CompareShard)>, RenderError>>()?;
    let mut overview = Shard::default();
    let mut rows = Vec::with_capacity(repos.len());
    for (repo, shard) in &repos {
        rows.push(RepoDeltas {
            repo: overview.strings.add(repo),
            shard: writer.shard(Kind::Compare, &shard.encode()?)?,
            files: count(shard.files.len()),
            funcs: count(shard.funcs.len()),
        });
    }
    let owners = baseline.owners.lines.iter();
    let owners = owners.map(|line| {
        let mut name = |key: &str| {
            let text = line.key.get(key).and_then(Value::as_str);
            overview.strings.add(text.unwrap_or_default())
        };
        OwnerDelta {
            namespace: name("namespace"),
            kind: name("owner_kind"),
            name: name("owner"),
            binary: name("binary"),
            delta: delta(&line.change),
        }
    });
    let owners = owners.collect();
    overview.add_largest(&repos);
    let total = &baseline.owners.total;
    let shard = CompareShard {
        about: baseline.about.clone(),
        total: delta(total),
        n_files: [
            total.files_same,
            total.files_changed,
            total.files_aligned,
            total.files_added,
            total.files_removed,
        ],
        owners,
        repos: rows,
        ..overview.finish()
    };
    let shard = writer.shard(Kind::Compare, &shard.encode()?)?;
    Ok(manifest::Baseline { shard, name: baseline.about.baseline.clone() })
}

/// Whether there is anything to tell of a file or func: it changed, or something of it never ran.
fn is_listed(change: &Change) -> bool {
    !change.is_nothing() || change.uncovered > 0
}

fn delta(change: &Change) -> Delta {
    let state = match change {
        _ if change.is_gone => State::Removed,
        _ if change.before.statements() == 0 && change.after.statements() > 0 => State::Added,
        Change { files_changed: 0, files_added: 0, files_removed: 0, .. } => State::Same,
        Change { files_changed: 0, files_added: 0, .. } if change.after.statements() == 0 => {
            State::Removed
        }
        _ => State::Changed,
    };
    Delta {
        before: change.before,
        after: change.after,
        gained: change.gained,
        lost: change.lost,
        uncovered: change.uncovered,
        kept: change.kept,
        state,
    }
}

/// What everything about a comparison is made of.
struct Site<'a> {
    input: &'a Input,
    packs: &'a Packs,
    builds: &'a [BuildShards],
    places: Places<'a>,
    writer: &'a Writer,
}

impl Site<'_> {
    /// The shard of a repository; its counts are written.
    fn repo(&self, files: &[&ComparedFile]) -> Result<CompareShard, RenderError> {
        let mut shard = Shard::default();
        let mut open = Open::default();
        for file in files {
            let (dir, base) = path::split(&file.path);
            let at = count(shard.files.len());
            shard.files.push(FileDelta {
                dir: shard.strings.add(dir),
                base: shard.strings.add(base),
                repo: shard.strings.add(&file.repo),
                repo_path: shard.strings.add(&file.repo_path),
                delta: delta(&file.change),
            });
            for (variant, places, counts) in self.variants(file) {
                if open.is_full(counts.after.len()) {
                    shard.lines.push(open.close(self.writer)?);
                }
                let lines = (count(shard.lines.len()), open.add(&counts));
                let row = self.variant(at, variant, places, lines, &mut shard);
                shard.variants.push(row);
            }
            for func in file.funcs.iter().filter(|func| is_listed(&func.change)) {
                shard.add_func(at, func);
            }
        }
        shard.lines.push(open.close(self.writer)?);
        Ok(shard.finish())
    }

    /// The variants of a file that builds have, in which most changed first.
    fn variants<'f>(
        &'f self,
        file: &'f ComparedFile,
    ) -> Vec<(&'f ComparedVariant, &'f [FileRef], LineCounts)> {
        let own = |variant: &'f ComparedVariant| {
            let places = self.places.get(&(file.path.as_str(), variant.digest))?.as_slice();
            Some((variant, places, self.counts(variant, places)))
        };
        let mut all: Vec<_> = file.variants.iter().filter_map(own).collect();
        all.sort_by_cached_key(|(.., counts)| {
            let both = counts.before.iter().zip(&counts.after);
            let changed = both.filter(|(before, after)| (**before > 0) != (**after > 0));
            Reverse(changed.count().saturating_add(counts.unmatched.len()))
        });
        all
    }

    fn counts(&self, variant: &ComparedVariant, places: &[FileRef]) -> LineCounts {
        let hunk = |hunk: &Hunk| LineHunk {
            before: [hunk.before.start, hunk.before.end],
            after: [hunk.after.start, hunk.after.end],
        };
        LineCounts {
            before: variant.before.clone(),
            after: builds::anywhere(self.input, self.builds, places),
            unmatched: variant.unmatched.clone(),
            hunks: variant.hunks.iter().map(hunk).collect(),
        }
    }

    fn variant(
        &self,
        file: u32,
        variant: &ComparedVariant,
        places: &[FileRef],
        (lines, at): (u32, u32),
        shard: &mut Shard,
    ) -> FileVariant {
        let best = places.iter().find(|place| self.input.has_text(**place)).or(places.first());
        let (build, idx) = best.copied().unwrap_or_default();
        let place = self.packs.places.get(build).and_then(|files| files.get(idx));
        let (pack, entry) = place.cloned().unwrap_or_default();
        let [before, now] = &variant.commits;
        FileVariant {
            file,
            pack: shard.packs.add(pack),
            entry,
            has_text: best.is_some_and(|place| self.input.has_text(*place)),
            lines,
            at,
            build: shard.builds.add(self.input.hashes(vec![build]).pop().unwrap_or_default()),
            commit_before: shard.strings.add(before),
            commit: shard.strings.add(now),
        }
    }
}

/// A shard of counts that is not written yet.
#[derive(Default)]
struct Open {
    shard: LinesShard,
    n_units: usize,
}

impl Open {
    /// Whether so many units more do not belong into it.
    fn is_full(&self, n_units: usize) -> bool {
        self.n_units > 0 && self.n_units.saturating_add(n_units) > UNITS
    }

    fn add(&mut self, counts: &LineCounts) -> u32 {
        self.n_units = self.n_units.saturating_add(counts.after.len());
        count(self.shard.push(counts))
    }

    /// Writes it and starts another one; gives its name.
    fn close(&mut self, writer: &Writer) -> Result<String, RenderError> {
        let Open { shard, .. } = std::mem::take(self);
        Ok(writer.shard(Kind::Lines, &shard.encode()?)?)
    }
}

/// How much changed of a row, its repository and its place there.
type Ranked = (Reverse<(u64, u64)>, usize, usize);

/// A shard while it grows.
#[derive(Default)]
struct Shard {
    strings: StringsBuilder,
    files: Vec<FileDelta>,
    variants: Vec<FileVariant>,
    funcs: Vec<FuncDelta>,
    packs: Positions<String>,
    lines: Vec<String>,
    builds: Positions<String>,
}

impl Shard {
    fn add_func(&mut self, file: u32, func: &ComparedFunc) {
        self.funcs.push(FuncDelta {
            file,
            name: self.strings.add(&func.name),
            line: func.line,
            delta: delta(&func.change),
        });
    }

    /// Adds the files and funcs of repositories that changed most, with the files of these funcs.
    fn add_largest(&mut self, repos: &[(&str, CompareShard)]) {
        let size = |delta: &Delta| (delta.lost.saturating_add(delta.gained), delta.unmatched());
        let most = |mut rows: Vec<Ranked>| {
            rows.sort();
            rows.truncate(OVERVIEW);
            rows
        };
        let (mut files, mut funcs) = (Vec::new(), Vec::new());
        for (repo, (_, shard)) in repos.iter().enumerate() {
            let changed = |delta: &Delta| !delta.is_nothing();
            let own = shard.files.iter().enumerate().filter(|(_, f)| changed(&f.delta));
            files.extend(own.map(|(at, f)| (Reverse(size(&f.delta)), repo, at)));
            let own = shard.funcs.iter().enumerate().filter(|(_, f)| changed(&f.delta));
            funcs.extend(own.map(|(at, f)| (Reverse(size(&f.delta)), repo, at)));
        }
        // The places where the rows are: repository and file, then the funcs of the file.
        let mut chosen: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (_, repo, at) in most(files) {
            chosen.entry((repo, at)).or_default();
        }
        for (_, repo, at) in most(funcs) {
            let func = repos.get(repo).and_then(|(_, shard)| shard.funcs.get(at));
            let file = func.and_then(|func| usize::try_from(func.file).ok());
            chosen.entry((repo, file.unwrap_or(usize::MAX))).or_default().push(at);
        }
        for ((repo, file), funcs) in chosen {
            if let Some((_, shard)) = repos.get(repo) {
                self.copy(shard, file, funcs);
            }
        }
    }

    fn copy(&mut self, shard: &CompareShard, file: usize, mut funcs: Vec<usize>) {
        let Some(row) = shard.files.get(file) else { return };
        let at = count(self.files.len());
        let mut text = |idx: StrIdx| self.strings.add(shard.strings.get(idx));
        self.files.push(FileDelta {
            dir: text(row.dir),
            base: text(row.base),
            repo: text(row.repo),
            repo_path: text(row.repo_path),
            delta: row.delta,
        });
        funcs.sort_unstable();
        for func in funcs.into_iter().filter_map(|func| shard.funcs.get(func)) {
            self.funcs.push(FuncDelta { file: at, name: text(func.name), ..*func });
        }
    }

    fn finish(self) -> CompareShard {
        CompareShard {
            strings: self.strings.finish(),
            files: self.files,
            variants: self.variants,
            funcs: self.funcs,
            packs: self.packs.items(),
            lines: self.lines,
            builds: self.builds.items(),
            ..CompareShard::default()
        }
    }
}
