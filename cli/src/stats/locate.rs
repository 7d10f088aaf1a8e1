//! Which file a name on the command line means.

use std::collections::BTreeMap;

use super::StatsError;
use crate::{
    db::{Database, FilePlace},
    sources::is_local,
};

/// The builds' files that `name` means: a path as built, a path in a repository (with or without
/// `host/org/repo/` before it), or the end of one of these. The first of the three that fits
/// decides; with it come the other builds' files of the same import path, which may have been found
/// elsewhere, such as in a vendored copy. Never empty.
///
/// # Errors
/// [`StatsError::NoFile`], and [`StatsError::Ambiguous`] when the name fits several files.
pub(super) fn locate(db: &Database, name: &str) -> Result<Vec<FilePlace>, StatsError> {
    let places = db.file_places(name)?;
    let with_repo =
        |p: &FilePlace| !p.repo.is_empty() && format!("{}/{}", p.repo, p.repo_path) == name;
    let rules: [&dyn Fn(&FilePlace) -> bool; 3] =
        [&|p| p.path == name || with_repo(p), &|p| p.repo_path == name, &|_| true];
    for rule in rules {
        let found: Vec<FilePlace> = places.iter().filter(|p| rule(p)).cloned().collect();
        let mut files = distinct(&found);
        match files.len() {
            0 => {}
            1 => return with_namesakes(db, found),
            _ => {
                files.sort();
                return Err(StatsError::Ambiguous { name: name.to_owned(), candidates: files });
            }
        }
    }
    let nearest = nearest(name, db.file_names()?);
    Err(StatsError::NoFile { name: name.to_owned(), nearest })
}

/// Adds what has the same import path. Local paths are no names: many programs are built from
/// `/workspace/main.go`.
fn with_namesakes(db: &Database, found: Vec<FilePlace>) -> Result<Vec<FilePlace>, StatsError> {
    let mut paths: Vec<String> = found.iter().map(|p| p.path.clone()).collect();
    paths.retain(|path| !is_local(path));
    paths.sort();
    paths.dedup();
    let key = |place: FilePlace| ((place.build_id, place.idx), place);
    let mut all: BTreeMap<(i64, usize), FilePlace> = found.into_iter().map(key).collect();
    for path in paths {
        let namesakes = db.file_places(&path)?.into_iter().filter(|p| p.path == path);
        all.extend(namesakes.map(key));
    }
    Ok(all.into_values().collect())
}

/// One path as built for each distinct file. Places are of one file when they share the path as
/// built or the file in a repository, also by way of others.
fn distinct(places: &[FilePlace]) -> Vec<String> {
    let mut same: BTreeMap<&str, &str> = BTreeMap::new();
    let mut in_repos: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for place in places {
        let path = place.path.as_str();
        same.entry(path).or_insert(path);
        if !place.repo.is_empty() {
            let first = *in_repos.entry((&place.repo, &place.repo_path)).or_insert(path);
            let (a, b) = (root(&same, first), root(&same, path));
            same.insert(b.max(a), a.min(b));
        }
    }
    let is_root = |(path, parent): &(&&str, &&str)| path == parent;
    same.iter().filter(is_root).map(|(path, _)| (*path).to_owned()).collect()
}

/// The path that stands for all that are the same as `path`.
fn root<'a>(same: &BTreeMap<&'a str, &'a str>, path: &'a str) -> &'a str {
    let mut path = path;
    // A parent sorts before its children, so this ends.
    while let Some(parent) = same.get(path).filter(|parent| **parent != path) {
        path = parent;
    }
    path
}

/// The longest name that is compared, in bytes: the end of longer ones.
const MAX_COMPARED: usize = 120;
/// How many names are told.
const MAX_NEAREST: usize = 5;
/// How alike (0 to 1) a name must be.
const LIKE: f64 = 0.8;

/// The names whose last parts are most like `name`, the nearest first.
fn nearest(name: &str, names: Vec<String>) -> Vec<String> {
    let wanted = end(name, usize::MAX);
    let n_parts = wanted.split('/').count();
    let mut scored: Vec<(f64, String)> = names
        .into_iter()
        .map(|known| (strsim::jaro_winkler(wanted, end(&known, n_parts)), known))
        .filter(|(score, _)| *score >= LIKE)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.into_iter().take(MAX_NEAREST).map(|(_, known)| known).collect()
}

/// The last `n_parts` parts of a path, as far as they are compared.
fn end(path: &str, n_parts: usize) -> &str {
    let at = path.rmatch_indices('/').nth(n_parts.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    let part = path.get(at..).unwrap_or(path);
    let mut start = part.len().saturating_sub(MAX_COMPARED);
    while !part.is_char_boundary(start) {
        start += 1;
    }
    part.get(start..).unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, repo: &str, repo_path: &str) -> FilePlace {
        let [path, repo, repo_path] = [path, repo, repo_path].map(str::to_owned);
        FilePlace { build_id: 1, idx: 0, path, repo, repo_path }
    }

    #[test]
    fn places_of_one_file_are_one_also_by_way_of_others() {
        let places = [
            place("x/z.go", "h/o/r", "z.go"),
            place("/src/z.go", "h/o/r", "z.go"),
            place("/src/z.go", "h/o/other", "a/z.go"),
            place("b/z.go", "h/o/other", "a/z.go"),
            place("c/z.go", "", ""),
            place("c/z.go", "h/o/c", "z.go"),
        ];
        assert_eq!(distinct(&places), ["/src/z.go", "c/z.go"]);
        assert_eq!(distinct(&[]), Vec::<String>::new());
    }

    #[test]
    fn nearest_names_are_compared_by_as_many_parts_as_were_given() {
        let names = ["m/pkg/store/store.go", "m/store.go", "m/pkg/api/eval.go", ""];
        let names = || names.map(str::to_owned).to_vec();
        assert_eq!(nearest("stor.go", names()), ["m/pkg/store/store.go", "m/store.go"]);
        assert_eq!(nearest("stoer/store.go", names())[0], "m/pkg/store/store.go");
        let long = format!("{}é/{}", "x".repeat(300), "é".repeat(200));
        assert_eq!(nearest(&long, vec![long.clone()]), [long.as_str()]);
    }
}
