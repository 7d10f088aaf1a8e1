//! Which file of which repository a path of a build is.
//!
//! Every rule gives candidates; the first candidate whose text passes the anchor check wins, so a
//! wrong rule cannot show a wrong text. When candidates exist and none passes, the best of them
//! is a [`Resolution::Mismatch`].
//!
//! Order: the repositories the evidence names (`import`), then every cloned repository that
//! declares the module, then modules that moved to another organisation; absolute paths
//! (`local`) in the repositories that the build is already known to come from; at last the
//! repository named like the owner (`guess`).

mod guess;
mod import;
mod local;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

pub(crate) use import::is_local;

use super::anchor::{self, FuncUnits};
use super::generated;
use super::tree::{Checkout, EntryKind};
use crate::image::EvidenceKind;

/// The rule that found a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// The module's path, replaced by its folder.
    Exact,
    /// A vendored copy, a path below `/workspace`, or the standard library.
    Rewritten,
    /// A path below a GOPATH's `src`.
    Gopath,
    /// A module of the same name under another host or organisation.
    Migrated,
    /// The only fitting file with the longest common end.
    Suffix,
    /// A file is there, but it is not the text the build was made from.
    Mismatch,
    /// No file.
    Unresolved,
}

impl Resolution {
    const ALL: [Self; 7] = [
        Self::Exact,
        Self::Rewritten,
        Self::Gopath,
        Self::Migrated,
        Self::Suffix,
        Self::Mismatch,
        Self::Unresolved,
    ];

    /// The word for it in the database and in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Rewritten => "rewritten",
            Self::Gopath => "gopath",
            Self::Migrated => "migrated",
            Self::Suffix => "suffix",
            Self::Mismatch => "mismatch",
            Self::Unresolved => "unresolved",
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Resolution {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|resolution| resolution.as_str() == text).ok_or(())
    }
}

/// One file of a build.
#[derive(Clone, Copy, Debug)]
pub struct BuildFile<'a> {
    /// Path as built: import path and base name, or absolute.
    pub path: &'a str,
    /// Path of its module as in the meta file; empty for the standard library and for packages
    /// given as files.
    pub module: &'a str,
    /// Its functions.
    pub funcs: &'a [FuncUnits<'a>],
}

/// A repository that some evidence names for a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Who says it.
    pub kind: EvidenceKind,
    /// `host/org/repo`.
    pub repo: String,
    /// The commit asked for. `None` when only the repository is known.
    pub commit: Option<String>,
}

/// What is asked: the files of one build.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The repositories its images name, best evidence first.
    pub named: &'a [Named],
    /// Names of its owners, for the last guess.
    pub owners: &'a [&'a str],
    /// Its files.
    pub files: &'a [BuildFile<'a>],
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `host/org/repo`.
    pub repo: String,
    /// The commit that was asked for, which names the checkout.
    pub wanted: String,
    /// The commit that the text is from.
    pub commit: String,
    /// Path in the repository.
    pub path: String,
    /// Why this repository.
    pub evidence: EvidenceKind,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The rule.
    pub resolution: Resolution,
    /// The file. `None` exactly when it is unresolved.
    pub place: Option<Place>,
    /// Why it is unresolved or a mismatch, where there is more to say than "not found".
    pub reason: Option<String>,
    /// Whether a program wrote the file, by its text or its name.
    pub generated: bool,
}

/// Finds files in a fixed set of checkouts.
pub struct Resolver<'a> {
    checkouts: Vec<&'a Checkout>,
    /// Module path -> checkout and folder.
    modules: BTreeMap<&'a str, Vec<(usize, &'a str)>>,
    /// Module path without host and organisation -> the same.
    tails: BTreeMap<&'a str, Vec<(usize, &'a str)>>,
    /// What became of texts that were checked before: builds share most of their files.
    verdicts: Mutex<HashMap<Checked, Option<Verdict>>>,
}

/// A text and what it was checked against: checkout, path, fingerprint of the functions.
type Checked = (usize, String, [u8; 16]);

/// What a check of a text came to.
#[derive(Clone)]
struct Verdict {
    /// Whether the text says that a program wrote it.
    generated: bool,
    /// Why the text does not fit; `None` when it does.
    misfit: Option<String>,
}

/// A digest of functions and their units.
fn fingerprint(funcs: &[FuncUnits<'_>]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for func in funcs {
        hasher.update(func.name.as_bytes());
        hasher.update(&[0, u8::from(func.literal)]);
        for u in func.units {
            for number in [u.start_line, u.start_col, u.end_line, u.end_col] {
                hasher.update(&number.to_le_bytes());
            }
        }
    }
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

/// A file that a rule points at. It exists.
struct Candidate {
    checkout: usize,
    path: String,
    resolution: Resolution,
    evidence: EvidenceKind,
    /// Whether the file is shown as a mismatch when it does not fit.
    shown: bool,
}

/// What the candidates of one file came to.
struct Search<'a, 'b> {
    resolver: &'b Resolver<'a>,
    file: &'b BuildFile<'b>,
    mismatch: Option<(Candidate, String, bool)>,
    reason: Option<String>,
    won: Option<(Candidate, bool)>,
}

impl<'a> Resolver<'a> {
    /// Prepares for these checkouts: exact ones are preferred, then the order is by name.
    pub fn new(checkouts: impl IntoIterator<Item = &'a Checkout>) -> Self {
        let mut checkouts: Vec<&Checkout> = checkouts.into_iter().collect();
        checkouts.sort_by_key(|c| (!c.is_exact(), c.repo.as_str(), c.wanted.as_str()));
        let mut resolver = Self {
            checkouts,
            modules: BTreeMap::new(),
            tails: BTreeMap::new(),
            verdicts: Mutex::default(),
        };
        for (index, checkout) in resolver.checkouts.iter().enumerate() {
            for module in checkout.modules() {
                let entry = (index, module.dir.as_str());
                resolver.modules.entry(&module.path).or_default().push(entry);
                if let Some((_, tail)) = import::split_org(&module.path) {
                    resolver.tails.entry(tail).or_default().push(entry);
                }
            }
        }
        resolver
    }

    /// Finds every file of a build. The result has one entry for each file, in their order.
    pub fn resolve(&self, build: &Build<'_>) -> Vec<Resolved> {
        let named = self.named_checkouts(build);
        let mut found: Vec<Resolved> =
            build.files.iter().map(|file| self.import_file(file, &named)).collect();
        let homes = self.homes(&named, &found);
        for (file, result) in build.files.iter().zip(&mut found) {
            if result.resolution == Resolution::Unresolved && result.reason.is_none() {
                *result = self.local_file(file, &homes);
            }
        }
        self.guess(build, &mut found);
        found
    }

    /// Reads a text and checks it, once for all builds with the same functions in it. `None` when
    /// there is no text.
    fn verdict(
        &self,
        checkout: &Checkout,
        candidate: &Candidate,
        funcs: &[FuncUnits<'_>],
    ) -> Option<Verdict> {
        let key = (candidate.checkout, candidate.path.clone(), fingerprint(funcs));
        let known = |key| self.verdicts.lock().ok()?.get(key).cloned();
        if let Some(verdict) = known(&key) {
            return verdict;
        }
        let verdict = checkout.read(&candidate.path).map(|text| Verdict {
            generated: generated::is_generated_text(&text),
            misfit: anchor::check(&text, funcs).err().map(|err| format!("{err}: {}", err.kind)),
        });
        if let Ok(mut verdicts) = self.verdicts.lock() {
            verdicts.insert(key, verdict.clone());
        }
        verdict
    }

    /// The checkouts that the evidence names, best first, each once.
    fn named_checkouts(&self, build: &Build<'_>) -> Vec<(usize, EvidenceKind)> {
        let mut named: Vec<(usize, EvidenceKind)> = Vec::new();
        for row in build.named {
            for (index, checkout) in self.checkouts.iter().enumerate() {
                let commit = row.commit.as_deref();
                let same = commit.is_none_or(|c| is_same_commit(c, &checkout.wanted));
                if checkout.repo == row.repo && same && named.iter().all(|(i, _)| *i != index) {
                    named.push((index, row.kind));
                }
            }
        }
        named
    }

    /// The checkouts that a build is known to come from: the named ones, then those with most
    /// of its files.
    fn homes(
        &self,
        named: &[(usize, EvidenceKind)],
        found: &[Resolved],
    ) -> Vec<(usize, EvidenceKind)> {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for place in found.iter().filter_map(|result| result.place.as_ref()) {
            *counts.entry((&place.repo, &place.wanted)).or_default() += 1;
        }
        let count = |index: usize| {
            let checkout = self.checkouts.get(index)?;
            counts.get(&(checkout.repo.as_str(), checkout.wanted.as_str())).copied()
        };
        let mut more: Vec<(usize, usize)> = (0..self.checkouts.len())
            .filter(|index| named.iter().all(|(i, _)| i != index))
            .filter_map(|index| Some((index, count(index)?)))
            .collect();
        more.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
        let more = more.into_iter().map(|(index, _)| (index, EvidenceKind::Module));
        named.iter().copied().chain(more).collect()
    }
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(resolver: &'b Resolver<'a>, file: &'b BuildFile<'b>) -> Self {
        Self { resolver, file, mismatch: None, reason: None, won: None }
    }

    /// Reads a candidate's text and checks it. Returns whether the search is over.
    fn try_candidate(&mut self, candidate: Candidate) -> bool {
        if self.won.is_some() {
            return true;
        }
        let Some(checkout) = self.resolver.checkouts.get(candidate.checkout) else { return false };
        let Some(verdict) = self.resolver.verdict(checkout, &candidate, self.file.funcs) else {
            self.note_kind(checkout, &candidate.path);
            return false;
        };
        let generated = verdict.generated;
        match verdict.misfit {
            None => {
                self.won = Some((candidate, generated));
                true
            }
            Some(misfit) => {
                if candidate.shown && self.mismatch.is_none() {
                    self.mismatch = Some((candidate, misfit, generated));
                }
                false
            }
        }
    }

    /// Remembers why a path that a rule points at cannot be read.
    fn note_kind(&mut self, checkout: &Checkout, path: &str) {
        let what = match checkout.kind(path) {
            Some(EntryKind::Symlink) => "is a symbolic link",
            Some(EntryKind::Submodule) => "is a submodule",
            Some(EntryKind::File) => "is too large to read",
            None => return,
        };
        self.reason.get_or_insert_with(|| format!("`{path}` {what} in {}", checkout.repo));
    }

    fn finish(self) -> Resolved {
        let generated_name = generated::is_generated_name(self.file.path);
        let place = |candidate: &Candidate| {
            let checkout = self.resolver.checkouts.get(candidate.checkout)?;
            Some(Place {
                repo: checkout.repo.clone(),
                wanted: checkout.wanted.clone(),
                commit: checkout.commit.clone(),
                path: candidate.path.clone(),
                evidence: candidate.evidence,
            })
        };
        match (&self.won, self.mismatch) {
            (Some((candidate, generated)), _) => Resolved {
                resolution: candidate.resolution,
                place: place(candidate),
                reason: None,
                generated: *generated || generated_name,
            },
            (None, Some((candidate, reason, generated))) => Resolved {
                resolution: Resolution::Mismatch,
                place: place(&candidate),
                reason: Some(reason),
                generated: generated || generated_name,
            },
            (None, None) => unresolved(self.file.path, self.reason),
        }
    }
}

fn unresolved(path: &str, reason: Option<String>) -> Resolved {
    Resolved {
        resolution: Resolution::Unresolved,
        place: None,
        reason,
        generated: generated::is_generated_name(path),
    }
}

/// Whether two commits are the same, one of them perhaps shortened.
fn is_same_commit(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Why a path is not even looked for.
fn rejected(path: &str) -> Option<&'static str> {
    if path.len() > 4096 {
        return Some("the path is too long");
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return Some("the path has control characters or `\\`");
    }
    let relative = path.strip_prefix('/').unwrap_or(path);
    let parts = relative.split('/');
    parts
        .into_iter()
        .any(|part| matches!(part, "" | "." | ".."))
        .then_some("the path has an empty, `.` or `..` part")
}
