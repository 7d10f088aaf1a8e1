//! Files named by their place on the machine that built them.

use super::super::anchor;
use super::import::is_local;
use super::{BuildFile, Candidate, Resolution, Resolved, Resolver, Search};
use crate::image::EvidenceKind;

/// Folders that image builds copy a repository into.
const WORKSPACES: [&str; 1] = ["workspace/"];

impl Resolver<'_> {
    /// Looks for a file by its absolute path, or by its base name when that is all there is.
    pub(super) fn local_file(
        &self,
        file: &BuildFile<'_>,
        homes: &[(usize, EvidenceKind)],
    ) -> Resolved {
        let mut search = Search::new(self, file);
        if !is_local(file.path) {
            return search.finish();
        }
        let path = file.path.strip_prefix("command-line-arguments/").unwrap_or(file.path);
        let path = path.strip_prefix("_/").unwrap_or(path);
        let path = path.strip_prefix('/').unwrap_or(path);
        for imported in below_src(path) {
            self.try_import(&mut search, imported, homes, Some(Resolution::Gopath));
        }
        for root in WORKSPACES {
            let Some(rest) = path.strip_prefix(root) else { continue };
            for (checkout, evidence) in homes {
                let candidate = Candidate {
                    checkout: *checkout,
                    path: rest.to_owned(),
                    resolution: Resolution::Rewritten,
                    evidence: *evidence,
                    shown: true,
                };
                if self.has(*checkout, rest) && search.try_candidate(candidate) {
                    break;
                }
            }
        }
        for (checkout, evidence) in homes {
            if search.won.is_some() {
                break;
            }
            if let Some(found) = self.by_suffix(*checkout, path, file) {
                search.try_candidate(Candidate {
                    checkout: *checkout,
                    path: found,
                    resolution: Resolution::Suffix,
                    evidence: *evidence,
                    shown: false,
                });
            }
        }
        search.finish()
    }

    /// The file that shares the most parts with the end of `path`, among those that fit. `None`
    /// when two share as many.
    fn by_suffix(&self, index: usize, path: &str, file: &BuildFile<'_>) -> Option<String> {
        let checkout = self.checkouts.get(index)?;
        let mut shared: Vec<(usize, &str)> = checkout
            .files()
            .filter(|found| !is_other_code(found))
            .map(|found| (common_end(found, path), found))
            .filter(|(parts, _)| *parts > 0)
            .collect();
        shared.sort_by_key(|(parts, found)| (std::cmp::Reverse(*parts), *found));
        let fits = |found: &str| {
            checkout.read(found).is_some_and(|text| anchor::check(&text, file.funcs).is_ok())
        };
        let mut fitting = shared.into_iter().filter(|(_, found)| fits(found));
        let (parts, best) = fitting.next()?;
        match fitting.next() {
            Some((others, _)) if others == parts => None,
            _ => Some(best.to_owned()),
        }
    }
}

/// Whether a file is foreign or a test's input, which no program is built from by its path.
fn is_other_code(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "vendor" | "testdata" | "node_modules"))
}

/// What follows each `src` folder of a path.
fn below_src(path: &str) -> impl Iterator<Item = &str> {
    let at_start = path.strip_prefix("src/");
    let inside = path.match_indices("/src/").filter_map(|(at, src)| path.get(at + src.len()..));
    at_start.into_iter().chain(inside)
}

/// How many parts two paths share at their ends.
fn common_end(a: &str, b: &str) -> usize {
    a.rsplit('/').zip(b.rsplit('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        assert_eq!(common_end("cmd/x/main.go", "build/src/cmd/x/main.go"), 3);
        assert_eq!(common_end("cmd/y/main.go", "build/src/cmd/x/main.go"), 1);
        assert_eq!(common_end("main.go", "notmain.go"), 0);
    }

    #[test]
    fn gopaths() {
        let found: Vec<_> = below_src("go/src/github.com/o/r/src/a.go").collect();
        assert_eq!(found, ["github.com/o/r/src/a.go", "a.go"]);
        assert_eq!(below_src("src/a.go").collect::<Vec<_>>(), ["a.go"]);
        assert_eq!(below_src("mysrc/a.go").count(), 0);
    }
}
