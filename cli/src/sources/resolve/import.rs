//! Files named by import path.

use super::super::tree::join;
use super::{BuildFile, Candidate, Resolution, Resolved, Resolver, Search, rejected, unresolved};
use crate::image::EvidenceKind;

/// The modules of the Go toolchain, whose packages are imported without them.
const GO_MODULES: [&str; 2] = ["std", "cmd"];

impl Resolver<'_> {
    /// Looks for a file by its import path. Absolute paths come out unresolved.
    pub(super) fn import_file(
        &self,
        file: &BuildFile<'_>,
        named: &[(usize, EvidenceKind)],
    ) -> Resolved {
        if let Some(reason) = rejected(file.path) {
            return unresolved(file.path, Some(reason.to_owned()));
        }
        let mut search = Search::new(self, file);
        if is_local(file.path) {
            return search.finish();
        }
        self.try_import(&mut search, file.path, named, None);
        search.finish()
    }

    /// Tries every candidate for an import path, best first, until one fits. `rule` replaces the
    /// name of the rule, except for modules that moved.
    pub(super) fn try_import(
        &self,
        search: &mut Search<'_, '_>,
        path: &str,
        named: &[(usize, EvidenceKind)],
        rule: Option<Resolution>,
    ) {
        let is_named = |index: usize| named.iter().any(|(i, _)| *i == index);
        let found = self.by_module(path);
        let of = |wanted: &dyn Fn(usize) -> bool, evidence| {
            let chosen = found.iter().filter(|(index, ..)| wanted(*index));
            let candidate =
                |(checkout, path, resolution): &(usize, String, Resolution)| Candidate {
                    checkout: *checkout,
                    path: path.clone(),
                    resolution: rule.unwrap_or(*resolution),
                    evidence,
                    shown: true,
                };
            chosen.map(candidate).collect::<Vec<_>>()
        };
        for (index, evidence) in named.iter().copied() {
            let copies = self.vendored(index, path).into_iter().map(|path| Candidate {
                checkout: index,
                path,
                resolution: rule.unwrap_or(Resolution::Rewritten),
                evidence,
                shown: true,
            });
            let mut candidates = of(&|i| i == index, evidence).into_iter().chain(copies);
            if candidates.any(|candidate| search.try_candidate(candidate)) {
                return;
            }
        }
        let mut others = of(&|i| !is_named(i), EvidenceKind::Module).into_iter();
        if !others.any(|candidate| search.try_candidate(candidate)) {
            self.try_migrated(search, path, named);
        }
    }

    /// The files that a module's path and folder make of an import path, longest module first.
    fn by_module(&self, path: &str) -> Vec<(usize, String, Resolution)> {
        let mut found = Vec::new();
        for (module, rest) in prefixes(path) {
            let rule = if GO_MODULES.contains(&module) || is_vendored(rest) {
                Resolution::Rewritten
            } else {
                Resolution::Exact
            };
            for (index, dir) in self.modules.get(module).into_iter().flatten() {
                found.push((*index, join(dir, rest), rule));
            }
        }
        // Packages of the standard library do not carry its module's name.
        if path.split('/').next().is_some_and(|first| !first.contains('.')) {
            for (index, dir) in self.modules.get("std").into_iter().flatten() {
                found.push((*index, join(dir, path), Resolution::Rewritten));
            }
        }
        found.retain(|(index, path, _)| self.has(*index, path));
        found
    }

    /// Copies of a foreign file below a module's `vendor` folder.
    fn vendored(&self, index: usize, path: &str) -> Vec<String> {
        let modules = self.checkouts.get(index).map(|checkout| checkout.modules());
        let dirs = modules.unwrap_or_default().iter().map(|module| module.dir.as_str());
        let root = std::iter::once("").chain(dirs.filter(|dir| !dir.is_empty()));
        let copies = root.map(|dir| join(dir, &format!("vendor/{path}")));
        copies.filter(|copy| self.has(index, copy)).collect()
    }

    /// Modules of the same name under another host or organisation.
    fn try_migrated(
        &self,
        search: &mut Search<'_, '_>,
        path: &str,
        named: &[(usize, EvidenceKind)],
    ) {
        let Some((_, tail)) = split_org(path) else { return };
        let mut found = Vec::new();
        for (module, rest) in prefixes(tail) {
            for (index, dir) in self.tails.get(module).into_iter().flatten() {
                let evidence = named.iter().find(|(i, _)| i == index).map(|(_, kind)| *kind);
                found.push((evidence, *index, join(dir, rest)));
            }
        }
        // Stable: the longest module stays first among the named and among the others.
        found.sort_by_key(|(evidence, ..)| evidence.is_none());
        for (evidence, checkout, path) in found {
            let shown = evidence.is_some();
            let evidence = evidence.unwrap_or(EvidenceKind::Module);
            let resolution = Resolution::Migrated;
            let candidate = Candidate { checkout, path, resolution, evidence, shown };
            if self.has(checkout, &candidate.path) && search.try_candidate(candidate) {
                return;
            }
        }
    }

    /// Whether anything stands at a path, be it only a link.
    pub(super) fn has(&self, index: usize, path: &str) -> bool {
        self.checkouts.get(index).is_some_and(|checkout| checkout.kind(path).is_some())
    }
}

/// Whether a path is no import path: absolute, or of a package given as files.
pub(crate) fn is_local(path: &str) -> bool {
    path.starts_with('/') || path.starts_with("_/") || path.starts_with("command-line-arguments/")
}

/// The folders that a path is in and what follows them, longest first.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.rmatch_indices('/').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)))
}

/// Host and organisation, and what follows them.
pub(super) fn split_org(path: &str) -> Option<(&str, &str)> {
    let host = path.find('/')?;
    let org = path.get(host + 1..)?.find('/')?;
    let at = host + 1 + org;
    let host_has_dot = path.get(..host)?.contains('.');
    host_has_dot.then(|| Some((path.get(..at)?, path.get(at + 1..)?)))?
}

fn is_vendored(rest: &str) -> bool {
    rest.starts_with("vendor/") || rest.contains("/vendor/")
}
