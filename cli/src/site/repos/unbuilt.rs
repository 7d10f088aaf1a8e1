//! Files of a repository that no build has.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_shared::path;

use super::Repo;
use crate::site::count;

/// The Go files of all commits that no build has, each with the position of the newest commit that
/// has it. Tests, their data and vendored copies are no part of what could be built, and files that
/// every number leaves out are left out here too. Of a repository whose text is not shown, names are
/// not either.
pub(super) fn unbuilt(repo: &Repo<'_>) -> BTreeMap<String, u32> {
    let input = repo.site.input;
    let places = repo.files.iter().flat_map(|file| &file.places);
    let built: BTreeSet<&str> =
        places.filter_map(|place| Some(input.resolution(*place)?.repo_path.as_str())).collect();
    let is_excluded = |file: &str| input.excluded.iter().any(|name| name == path::split(file).1);
    let mut found = BTreeMap::new();
    let is_shown =
        |commit: &str| input.checkouts.contains_key(&(repo.name.to_owned(), commit.to_owned()));
    for (at, commit) in repo.commits.iter().enumerate().filter(|(_, commit)| is_shown(commit)) {
        let paths = repo.site.texts.paths(repo.name, commit).unwrap_or_default();
        for file in paths.into_iter().filter(|file| could_be_built(file) && !is_excluded(file)) {
            if !built.contains(file.as_str()) {
                found.entry(file).or_insert(count(at));
            }
        }
    }
    found
}

/// Whether Go would build a file into some program.
fn could_be_built(file: &str) -> bool {
    let (dir, base) = path::split(file);
    let is_code = base.strip_suffix(".go").is_some_and(|name| !name.ends_with("_test"));
    is_code && !dir.split('/').any(|part| matches!(part, "testdata" | "vendor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_data_and_copies_are_not_what_could_be_built() {
        for file in ["main.go", "pkg/vendors/a.go", "cmd/x/_test.gox/a.go", "test.go"] {
            assert!(could_be_built(file), "{file}");
        }
        for file in ["a_test.go", "vendor/x/a.go", "a/testdata/b/c.go", "go.mod", "a.go/README"] {
            assert!(!could_be_built(file), "{file}");
        }
    }
}
