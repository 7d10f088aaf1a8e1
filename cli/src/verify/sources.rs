//! Sources: every text that the database counts on can be read.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Repair, Verified};
use crate::{
    collection::Collection,
    db::{Database, DbError},
    problems::Problem,
    sources::{Repositories, TextSource as _, git},
};

/// A commit with the paths of files that the database found in it.
type Commits = BTreeMap<(String, String), BTreeSet<String>>;

/// Checks all commits and texts.
pub(super) fn check(
    collection: &Collection,
    db: &Database,
    repair: Repair<'_>,
    verified: &mut Verified,
) {
    let commits = match wanted(db) {
        Ok(commits) => commits,
        Err(err) => {
            let problem = Problem::loss("database", collection.database().as_str());
            verified.problems.push(problem.caused_by(&err).remedy(repair.new_database()));
            return;
        }
    };
    let texts = Repositories::new(collection);
    let commits: Vec<_> = commits.into_iter().collect();
    let check = |((repo, commit), paths): &((String, String), BTreeSet<String>)| {
        let store = collection.repo_dir(repo);
        let problem = |kind: &str, cause: &str, remedy: String| {
            let problem = Problem::loss(kind, format!("{repo} {commit}")).at(&store);
            problem.because(cause).remedy(remedy)
        };
        match git::open(&store, repo, commit) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let remedy = repair.covatlas("clone-sources");
                return Some(problem("no-commit", "the commit is not there", remedy));
            }
            Err(err) => {
                let remedy = repair.again(&store, "clone-sources");
                return Some(problem("repository", "", remedy).caused_by(&err));
            }
        }
        let lost: Vec<&String> =
            paths.par_iter().filter(|path| texts.text(repo, commit, path).is_none()).collect();
        let first = lost.first()?;
        let cause =
            format!("{} of {} texts cannot be read, `{first}` first", lost.len(), paths.len());
        Some(problem("text", &cause, repair.again(&store, "clone-sources")))
    };
    verified.texts = commits.iter().map(|(_, paths)| paths.len()).sum();
    let problems: Vec<Problem> = commits.par_iter().filter_map(check).collect();
    verified.problems.extend(problems);
}

fn wanted(db: &Database) -> Result<Commits, DbError> {
    let mut commits = Commits::new();
    for checkout in db.checkouts()? {
        commits.entry((checkout.repo, checkout.commit)).or_default();
    }
    for (id, _) in db.builds()? {
        for found in db.resolutions(id)?.into_iter().filter(|r| !r.repo.is_empty()) {
            commits.entry((found.repo, found.commit)).or_default().insert(found.repo_path);
        }
    }
    Ok(commits)
}
