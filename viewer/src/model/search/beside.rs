//! How the words of a query fit the paths beside names.

use covatlas_shared::search::{PathRow, PathsShard};

use super::{at, indexes};
use crate::model::find_words::{Fit, fit};

/// How the words fit the parts of paths.
pub(super) struct Beside<'a>(Vec<BesideWord<'a>>);

pub(super) struct BesideWord<'a> {
    paths: &'a PathsShard,
    /// The fit of each string of the paths.
    fits: Vec<Fit>,
    /// The word in two, when it has a slash: they may stand on both sides of the last one of a path.
    halves: Option<(&'a str, &'a str)>,
}

impl<'a> Beside<'a> {
    pub(super) fn new(paths: &'a PathsShard, words: &'a [String]) -> Self {
        let strings = &paths.strings;
        let of_word = |word: &'a String| BesideWord {
            paths,
            fits: indexes(strings.len()).map(|idx| fit(strings.get(idx), word)).collect(),
            halves: word.rsplit_once('/'),
        };
        Self(words.iter().map(of_word).collect())
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &BesideWord<'a>> {
        self.0.iter()
    }
}

impl BesideWord<'_> {
    /// How well it fits the last part of a path.
    pub(super) fn base(&self, file: &PathRow) -> Fit {
        at(&self.fits, file.base).unwrap_or(Fit::Absent)
    }

    /// How well it fits the directory or the repository.
    pub(super) fn directory(&self, file: &PathRow) -> Fit {
        let of = |idx| at(&self.fits, idx).unwrap_or(Fit::Absent);
        let apart = of(file.dir).min(of(file.repo));
        match self.halves {
            Some((dir, base)) if apart == Fit::Absent && self.is_across(file, dir, base) => {
                Fit::Start
            }
            _ => apart,
        }
    }

    /// Whether a directory ends with `dir` and its file starts with `base`.
    fn is_across(&self, file: &PathRow, dir: &str, base: &str) -> bool {
        let [of_dir, of_base] =
            [file.dir, file.base].map(|idx| self.paths.strings.get(idx).as_bytes());
        let end = of_dir.len().checked_sub(dir.len()).and_then(|from| of_dir.get(from..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(dir.as_bytes()))
            && of_base.get(..base.len()).is_some_and(|b| b.eq_ignore_ascii_case(base.as_bytes()))
    }
}
