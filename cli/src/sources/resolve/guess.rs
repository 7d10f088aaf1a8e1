//! The last guess: the repository that is named like the owner.

use std::collections::BTreeMap;

use super::super::anchor;
use super::super::generated;
use super::{Build, BuildFile, Place, Resolution, Resolved, Resolver};
use crate::image::EvidenceKind;

impl Resolver<'_> {
    /// Gives the unresolved files of a module to a repository named like an owner of the build,
    /// when every file of the module is there and fits.
    pub(super) fn guess(&self, build: &Build<'_>, found: &mut [Resolved]) {
        let mut modules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, file) in build.files.iter().enumerate() {
            if !file.module.is_empty() {
                modules.entry(file.module).or_default().push(at);
            }
        }
        for (module, files) in modules {
            let is_open = |at: &usize| {
                let result = found.get(*at);
                result.is_some_and(|r| r.resolution == Resolution::Unresolved && r.reason.is_none())
            };
            if !files.iter().all(is_open) {
                continue;
            }
            let files: Vec<_> =
                files.iter().filter_map(|at| Some((*at, build.files.get(*at)?))).collect();
            let places = (0..self.checkouts.len())
                .filter(|index| self.is_named_like(*index, build.owners))
                .find_map(|index| self.guess_module(index, module, &files));
            for (at, result) in places.unwrap_or_default() {
                if let Some(slot) = found.get_mut(at) {
                    *slot = result;
                }
            }
        }
    }

    fn is_named_like(&self, index: usize, owners: &[&str]) -> bool {
        let name = self.checkouts.get(index).and_then(|c| c.repo.rsplit('/').next());
        name.is_some_and(|name| owners.contains(&name))
    }

    /// All files of a module in one checkout. `None` when one is missing or does not fit, or
    /// has no function that could prove that it fits.
    fn guess_module(
        &self,
        index: usize,
        module: &str,
        files: &[(usize, &BuildFile<'_>)],
    ) -> Option<Vec<(usize, Resolved)>> {
        let checkout = self.checkouts.get(index)?;
        let guess = |(at, file): &(usize, &BuildFile<'_>)| {
            let path = file.path.strip_prefix(module)?.strip_prefix('/')?;
            let text = checkout.read(path)?;
            let proven = file.funcs.iter().any(|func| !func.units.is_empty());
            if !proven || anchor::check(&text, file.funcs).is_err() {
                return None;
            }
            let place = Place {
                repo: checkout.repo.clone(),
                wanted: checkout.wanted.clone(),
                commit: checkout.commit.clone(),
                path: path.to_owned(),
                evidence: EvidenceKind::Guessed,
            };
            let generated =
                generated::is_generated_text(&text) || generated::is_generated_name(path);
            let resolution = Resolution::Rewritten;
            Some((*at, Resolved { resolution, place: Some(place), reason: None, generated }))
        };
        files.iter().map(guess).collect()
    }
}
