//! A site on a branch of a git repository, as GitHub Pages and its like show it.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use covatlas_shared::layout::NO_JEKYLL;
use thiserror::Error;

use super::{PUBLISHED, Published, SiteFiles};
use crate::{
    problems::Problem,
    sources::git::{Branch, BranchError, BranchFile, Change, Content, History, NewCommit},
};

/// Marks our commits, in their last line.
const TRAILER: &str = "covatlas-published: 1";
/// What GitHub Pages shows at most, in bytes.
const MAX_SITE: u64 = 1_000_000_000;
/// What GitHub takes as one file at most, in bytes.
const MAX_FILE: u64 = 100_000_000;

/// The folder of the branch that the site is put into; empty for the branch itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subdir(String);

/// The text is no folder of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no folder of a branch: write it as reports/nightly")]
pub struct SubdirError(String);

impl FromStr for Subdir {
    type Err = SubdirError;

    fn from_str(text: &str) -> Result<Self, SubdirError> {
        let path = text.trim_matches('/');
        if path.is_empty() || path.split('/').all(is_plain) {
            Ok(Self(path.to_owned()))
        } else {
            Err(SubdirError(text.to_owned()))
        }
    }
}

impl Subdir {
    /// A file's path in the branch.
    fn path(&self, name: &str) -> String {
        if self.0.is_empty() { name.to_owned() } else { format!("{}/{name}", self.0) }
    }

    /// A file's path in the folder; `None` when it is not in it.
    fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.0.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&self.0)?.strip_prefix('/')
    }
}

/// Whether a text can be a part of a path in a branch.
pub(super) fn is_plain(part: &str) -> bool {
    let is_known = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
    !part.is_empty()
        && part != "."
        && part != ".."
        && !part.starts_with('-')
        && !part.eq_ignore_ascii_case(".git")
        && part.chars().all(is_known)
}

/// What becomes of files of earlier sites that this one does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// They stay.
    Keep,
    /// They go, except those of so many sites before this one.
    Delete {
        /// How many sites.
        keep: u64,
    },
}

/// Whether files that covatlas did not publish may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeOver {
    /// They must not.
    No,
    /// Where the site has one of that name.
    Yes,
}

/// Why a site is not put on a branch.
#[derive(Debug, Error)]
pub enum PagesError {
    /// The branch cannot be read or written.
    #[error(transparent)]
    Branch(#[from] BranchError),
    /// The branch belongs to somebody else.
    #[error(
        "the branch has {files} files and covatlas published none of them: choose another with \
         --branch, or put the site beside them with --take-over"
    )]
    Foreign {
        /// How many files it has.
        files: usize,
    },
    /// Files that covatlas did not publish stand where the site has some.
    #[error("{} would be replaced, which covatlas did not publish: allow it with --take-over", .0.join(", "))]
    Replaced(Vec<String>),
    /// The list of what was published cannot be used.
    #[error(
        "`{0}` in the branch is damaged or of a newer covatlas: use that, or allow it with --take-over"
    )]
    List(String),
    /// The list cannot be written.
    #[error("cannot write the list of published files")]
    Json(#[from] serde_json::Error),
}

/// Where on a branch a site goes, and what it may do there.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The folder.
    pub subdir: Subdir,
    /// What becomes of old files.
    pub stale: Stale,
    /// What may be replaced.
    pub take_over: TakeOver,
}

/// What publishing changes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    put: Vec<(String, Content)>,
    remove: Vec<String>,
    /// Files that are new or have other bytes.
    pub changed: usize,
    /// Files that are there already.
    pub unchanged: usize,
    /// Bytes of changed files.
    pub bytes: u64,
    /// Bytes of all files that the branch then has.
    pub total: u64,
    /// Files that the host may refuse, and what it may not show.
    pub notes: Vec<Problem>,
}

impl Plan {
    /// Files that are deleted.
    pub fn deleted(&self) -> usize {
        self.remove.len()
    }

    /// Whether the branch stays as it is.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.remove.is_empty()
    }
}

impl Pages {
    /// Compares the site with the branch.
    ///
    /// # Errors
    ///
    /// [`PagesError`]: the branch cannot be read, or what is there is not ours.
    pub fn plan(&self, site: &SiteFiles, branch: &Branch) -> Result<Plan, PagesError> {
        let all = branch.files()?;
        let published = self.published(branch, &all)?;
        let here: BTreeMap<&str, BranchFile> = all
            .iter()
            .filter_map(|(path, file)| Some((self.subdir.inside(path)?, *file)))
            .collect();
        self.refuse_foreign(site, &here, published.as_ref())?;
        let names: Vec<String> = site.files().iter().map(|(name, _)| name.clone()).collect();
        let keep = match self.stale {
            Stale::Keep => None,
            Stale::Delete { keep } => Some(keep),
        };
        let (list, stale) = published.unwrap_or_default().followed_by(&names, keep);
        let mut plan = Plan::default();
        for (name, bytes) in site.files() {
            let path = site.path(name);
            match here.get(name.as_str()) {
                Some(file) if branch.has(*file, &path)? => {
                    plan.unchanged = plan.unchanged.saturating_add(1);
                }
                _ => {
                    plan.changed = plan.changed.saturating_add(1);
                    plan.bytes = plan.bytes.saturating_add(*bytes);
                    plan.put.push((self.subdir.path(name), Content::File(path)));
                }
            }
        }
        let stale = stale.into_iter().filter(|name| here.contains_key(name.as_str()));
        plan.remove = stale.map(|name| self.subdir.path(&name)).collect();
        if !all.iter().any(|(path, _)| path == NO_JEKYLL) && !self.subdir.0.is_empty() {
            plan.put.push((NO_JEKYLL.to_owned(), Content::Bytes(Vec::new())));
        }
        // Alone, the list would be a change of nothing.
        if !plan.is_empty() {
            plan.put.push((self.subdir.path(PUBLISHED), Content::Bytes(list.to_json()?)));
        }
        plan.total = total(&all, &plan);
        plan.notes = notes(site, plan.total);
        Ok(plan)
    }

    /// The list of what was published in the folder; `None` when nothing was.
    fn published(
        &self,
        branch: &Branch,
        all: &[(String, BranchFile)],
    ) -> Result<Option<Published>, PagesError> {
        let path = self.subdir.path(PUBLISHED);
        let Some((_, file)) = all.iter().find(|(own, _)| *own == path) else { return Ok(None) };
        let bytes = branch.bytes(*file)?;
        match bytes.and_then(|bytes| Published::parse(&bytes)) {
            Some(list) => Ok(Some(list)),
            None if self.take_over == TakeOver::Yes => Ok(None),
            None => Err(PagesError::List(path)),
        }
    }

    fn refuse_foreign(
        &self,
        site: &SiteFiles,
        here: &BTreeMap<&str, BranchFile>,
        published: Option<&Published>,
    ) -> Result<(), PagesError> {
        if self.take_over == TakeOver::Yes || here.is_empty() {
            return Ok(());
        }
        let Some(published) = published else {
            return Err(PagesError::Foreign { files: here.len() });
        };
        let names = site.files().iter().map(|(name, _)| name.as_str());
        let foreign = names.filter(|name| here.contains_key(name) && !published.has(name));
        let foreign: Vec<String> =
            foreign.map(|name| format!("`{}`", self.subdir.path(name))).take(3).collect();
        if foreign.is_empty() { Ok(()) } else { Err(PagesError::Replaced(foreign)) }
    }

    /// Puts the plan on the branch; `seconds` since 1970 UTC are the commit's time.
    ///
    /// A commit of ours is replaced, so that the branch does not grow with every site; where the
    /// server does not allow that, and after a commit of somebody else, another one is added.
    ///
    /// # Errors
    ///
    /// [`PagesError::Branch`]; the branch is then as it was.
    pub fn publish(
        &self,
        plan: &Plan,
        branch: &Branch,
        title: &str,
        seconds: i64,
    ) -> Result<NewCommit, PagesError> {
        let is_ours = branch.message()?.trim_end().ends_with(TRAILER);
        let message = format!(
            "{title}\n\nThe coverage report of this place. The next one replaces this commit.\n\n{TRAILER}\n"
        );
        let commit = |history| {
            let (put, remove, message) = (&plan.put, &plan.remove, &message);
            branch.change(&Change { put, remove, message, seconds, history })
        };
        let first = if is_ours { History::Replace } else { History::Append };
        let new = commit(first)?;
        match branch.push(new) {
            Err(BranchError::Refused(reason)) if is_ours => {
                tracing::info!(reason, "the server keeps history: adding a commit");
                let new = commit(History::Append)?;
                branch.push(new)?;
                Ok(new)
            }
            Err(err) => Err(err.into()),
            Ok(()) => Ok(new),
        }
    }
}

/// Bytes of all files that the branch has after the plan.
fn total(all: &[(String, BranchFile)], plan: &Plan) -> u64 {
    let put = plan.put.iter().map(|(path, _)| path);
    let gone: BTreeSet<&String> = plan.remove.iter().chain(put).collect();
    let stays = all.iter().filter(|(path, _)| !gone.contains(path)).map(|(_, file)| file.bytes);
    let comes = plan.put.iter().map(|(_, content)| match content {
        Content::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        // Counted in `bytes`.
        Content::File(_) => 0,
    });
    stays.chain(comes).fold(plan.bytes, u64::saturating_add)
}

fn notes(site: &SiteFiles, total: u64) -> Vec<Problem> {
    let large = site.files().iter().filter(|(_, bytes)| *bytes > MAX_FILE);
    let large = large.map(|(name, bytes)| {
        Problem::note("host-limit", name.clone())
            .because(format!("it has {bytes} bytes, and GitHub takes no file above {MAX_FILE}"))
            .remedy("render with --no-source, or only some owners with --owner")
    });
    let whole = (total > MAX_SITE).then(|| {
        Problem::note("host-limit", "the branch")
            .because(format!("it has {total} bytes, and GitHub Pages shows at most {MAX_SITE}"))
            .remedy("delete old files with --delete, or render with --no-source")
    });
    large.chain(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_branch() {
        for (text, want) in [("", ""), ("/", ""), ("a/b/", "a/b"), ("2026-11-25", "2026-11-25")] {
            assert_eq!(text.parse(), Ok(Subdir(want.to_owned())));
        }
        for text in ["..", "a/../b", "a//b", "-x", ".git/hooks", "a\\b", "a\nb", "C:"] {
            assert!(text.parse::<Subdir>().is_err(), "{text}");
        }
        let subdir: Subdir = "a".parse().unwrap();
        assert_eq!((subdir.inside("a/b"), subdir.inside("ab/c")), (Some("b"), None));
        assert_eq!(Subdir::default().inside("b"), Some("b"));
    }
}
