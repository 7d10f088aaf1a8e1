//! The units of two texts of one file: which of them stand where the text is the same.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use covdata::Unit;
use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use crate::{
    profile::FileDigest,
    sources::TextSource,
    stats::side::{Places, SourceFile, Variants},
};

/// Of the variants of a path on one side that have no equal on the other, so many are looked at:
/// each is compared with each.
const MAX_VARIANTS: usize = 4;

/// How two lists of units of one file lie on each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alignment {
    /// For each unit now the position of the one before with the same text around it.
    pub(super) twins: Vec<Option<u32>>,
    /// Where the texts differ, in order.
    pub(super) hunks: Vec<Hunk>,
}

/// Lines that differ, counted from 0; either range may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the text before.
    pub before: Range<u32>,
    /// What stands there now.
    pub after: Range<u32>,
}

impl Alignment {
    /// Lays sorted lists of units on each other, by the texts in which they stand. A unit has a twin
    /// when all of its lines are in both texts, behind each other, and it starts and ends at the same
    /// bytes of them with as many statements.
    fn new(before: (&[u8], &[Unit]), after: (&[u8], &[Unit])) -> Self {
        let input = InternedInput::new(byte_lines(before.0), byte_lines(after.0));
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_no_heuristic(&input);
        let hunk = |h: imara_diff::Hunk| Hunk { before: h.before, after: h.after };
        let hunks: Vec<Hunk> = diff.hunks().map(hunk).collect();
        let twin = |unit: &Unit| {
            let unit = moved(unit, &hunks)?;
            let at = before.1.binary_search(&unit).ok()?;
            u32::try_from(at).ok()
        };
        Self { twins: after.1.iter().map(twin).collect(), hunks }
    }

    /// The position before of a unit now.
    pub(super) fn twin(&self, position: usize) -> Option<usize> {
        self.twins.get(position).copied().flatten().and_then(|twin| twin.try_into().ok())
    }

    /// How many units have a twin.
    fn n_twins(&self) -> usize {
        self.twins.iter().flatten().count()
    }
}

/// Where a unit stood before; `None` when a line of it is new, or lines between its own are gone.
fn moved(unit: &Unit, hunks: &[Hunk]) -> Option<Unit> {
    let first = unit.start_line.checked_sub(1)?;
    // Hunks that end at its first line or before it only move it.
    let behind = hunks.partition_point(|hunk| hunk.after.end <= first);
    let (earlier, later) = hunks.split_at_checked(behind)?;
    let touches = |hunk: &Hunk| hunk.after.start < unit.end_line;
    if later.first().is_some_and(touches) {
        return None;
    }
    let line = |line: u32| match earlier.last() {
        Some(hunk) => line.checked_sub(hunk.after.end)?.checked_add(hunk.before.end),
        None => Some(line),
    };
    let (start_line, end_line) = (line(unit.start_line)?, line(unit.end_line)?);
    Some(Unit { start_line, end_line, ..*unit })
}

/// What stood before a variant of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Counterpart<'v, 'a> {
    /// The same list of units.
    pub(super) same: Option<&'v SourceFile<'a>>,
    /// Other lists, on which this one was laid by the texts; that with most twins first.
    pub(super) aligned: Vec<Aligned<'v, 'a>>,
}

/// A list of units on which another one was laid.
#[derive(Clone, Debug)]
pub(super) struct Aligned<'v, 'a> {
    pub(super) file: &'v SourceFile<'a>,
    pub(super) digest: FileDigest,
    pub(super) alignment: Arc<Alignment>,
}

impl Counterpart<'_, '_> {
    /// Whether a unit of the variant ran before; `None` for a unit without counterpart.
    pub(super) fn ran(&self, position: usize) -> Option<bool> {
        let same = self.same.map(|old| old.ran.get(position));
        let twins = self.aligned.iter().filter_map(|aligned| {
            let twin = aligned.alignment.twin(position)?;
            Some(aligned.file.ran.get(twin))
        });
        same.into_iter().chain(twins).reduce(|a, b| a || b)
    }
}

/// Texts of both sides, the one before first.
pub type Texts<'a> = [&'a dyn TextSource; 2];

/// Two lists of units of one path.
type Pair = (String, FileDigest, FileDigest);

/// Lays files on each other, each pair once.
pub(super) struct Aligner<'a> {
    texts: Option<Texts<'a>>,
    /// Where the texts of both sides are.
    places: [Places<'a>; 2],
    known: Mutex<BTreeMap<Pair, Option<Arc<Alignment>>>>,
}

impl<'a> Aligner<'a> {
    /// Without texts nothing is laid on anything.
    pub(super) fn new(texts: Option<Texts<'a>>, places: [Places<'a>; 2]) -> Self {
        Self { texts, places, known: Mutex::default() }
    }

    /// The commits in which a variant was found, before and now; empty when unknown.
    pub(super) fn commits(&self, path: &str, digests: [Option<FileDigest>; 2]) -> [&'a str; 2] {
        let [before, now] = &self.places;
        let [old, new] = digests;
        [(before, old), (now, new)].map(|(places, digest)| {
            let found = digest.and_then(|digest| places.get(&(path, digest)));
            found.map_or("", |found| found.commit.as_str())
        })
    }

    /// The variants now, each with what stood before it: its equal, and those without equal of which
    /// most fits on it. Nothing is the counterpart of two, so that nothing is lost twice.
    pub(super) fn counterparts<'v>(
        &self,
        path: &str,
        before: &'v Variants<'a>,
        after: &'v Variants<'a>,
    ) -> Vec<(FileDigest, &'v SourceFile<'a>, Counterpart<'v, 'a>)> {
        let mut all: BTreeMap<FileDigest, Counterpart<'v, 'a>> = after
            .keys()
            .map(|digest| {
                let same = before.get(digest);
                (*digest, Counterpart { same, aligned: Vec::new() })
            })
            .collect();
        let only = before.iter().filter(|(digest, _)| !after.contains_key(digest));
        for (digest, file) in only.take(MAX_VARIANTS) {
            let fits = |(new, now): (&FileDigest, &SourceFile<'a>)| {
                let alignment = self.align(path, (*digest, *new), (file, now))?;
                let n_twins = alignment.n_twins();
                // One without equal needs it more.
                (n_twins > 0).then(|| ((!before.contains_key(new), n_twins), *new, alignment))
            };
            let found = after.iter().take(MAX_VARIANTS).filter_map(fits);
            if let Some((_, new, alignment)) = found.max_by_key(|(fit, ..)| *fit)
                && let Some(counterpart) = all.get_mut(&new)
            {
                counterpart.aligned.push(Aligned { file, digest: *digest, alignment });
            }
        }
        for counterpart in all.values_mut() {
            counterpart.aligned.sort_by_key(|a| std::cmp::Reverse(a.alignment.n_twins()));
        }
        let with_counterpart = |(digest, file): (&FileDigest, &'v SourceFile<'a>)| {
            (*digest, file, all.remove(digest).unwrap_or_default())
        };
        after.iter().map(with_counterpart).collect()
    }

    fn align(
        &self,
        path: &str,
        (old, new): (FileDigest, FileDigest),
        (before, after): (&SourceFile<'a>, &SourceFile<'a>),
    ) -> Option<Arc<Alignment>> {
        let texts = self.texts?;
        let pair = (path.to_owned(), old, new);
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&pair) {
            return known.clone();
        }
        let [places_before, places_now] = &self.places;
        let text = |texts: &dyn TextSource, places: &Places<'a>, digest| {
            let found = places.get(&(path, digest))?;
            texts.text(&found.repo, &found.commit, &found.repo_path)
        };
        let [texts_before, texts_now] = texts;
        let both = text(texts_before, places_before, old).zip(text(texts_now, places_now, new));
        let alignment = both.map(|(text_before, text_now)| {
            let units = |file: &SourceFile<'a>| file.table.units_of(file.file);
            let before = (text_before.as_slice(), units(before));
            Arc::new(Alignment::new(before, (text_now.as_slice(), units(after))))
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(pair).or_insert(alignment).clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn unit(start: (u32, u32), end: (u32, u32)) -> Unit {
        let ((start_line, start_col), (end_line, end_col)) = (start, end);
        Unit { start_line, start_col, end_line, end_col, statements: 1 }
    }

    #[test]
    fn units_have_twins_where_their_lines_are_the_same() {
        let before = "package a\n\nfunc f() {\n\ta()\n\tb()\n}\n\nfunc g() {\n\tc()\n}\n";
        // A comment above, a line inside of `f`, and `g` as it was.
        let after =
            "package a\n\n// New.\nfunc f() {\n\ta()\n\tnew()\n\tb()\n}\n\nfunc g() {\n\tc()\n}\n";
        let old = [unit((3, 10), (6, 2)), unit((8, 10), (10, 2))];
        let new = [unit((4, 10), (8, 2)), unit((10, 10), (12, 2))];
        let alignment = Alignment::new((before.as_bytes(), &old), (after.as_bytes(), &new));
        assert_eq!(alignment.twins, [None, Some(1)]);
        let hunks = [Hunk { before: 2..2, after: 2..3 }, Hunk { before: 4..4, after: 5..6 }];
        assert_eq!(alignment.hunks, hunks);
    }

    #[test]
    fn lines_that_are_gone_part_a_unit_and_only_move_its_neighbours() {
        let before = "f {\na\ngone\nb\n}\ng\n";
        let after = "f {\na\nb\n}\ng\n";
        let old = [
            unit((1, 3), (5, 2)),
            unit((2, 1), (2, 2)),
            unit((4, 1), (4, 2)),
            unit((6, 1), (6, 2)),
        ];
        let new = [
            unit((1, 3), (4, 2)),
            unit((2, 1), (2, 2)),
            unit((3, 1), (3, 2)),
            unit((5, 1), (5, 2)),
        ];
        let alignment = Alignment::new((before.as_bytes(), &old), (after.as_bytes(), &new));
        assert_eq!(alignment.twins, [None, Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn a_unit_with_other_statements_has_no_twin() {
        let old = [Unit { statements: 2, ..unit((1, 1), (1, 2)) }];
        let alignment = Alignment::new((b"a\n", &old), (b"a\n", &[unit((1, 1), (1, 2))]));
        assert_eq!(alignment, Alignment { twins: vec![None], hunks: vec![] });
    }

    proptest! {
        #[test]
        fn twins_are_in_the_same_text(
            before in vec(0_u8..4, 0..30),
            after in vec(0_u8..4, 0..30),
            units in vec((0_u32..40, 0_u32..9), 0..9),
        ) {
            let text = |lines: &[u8]| -> Vec<u8> {
                lines.iter().flat_map(|line| [b'a' + line, b'\n']).collect()
            };
            // Each line of the old text is a unit, and so are ranges of the new one, some beyond it.
            let mut old: Vec<Unit> = (1..=30).flat_map(|line| {
                (line..line + 9).map(move |end| unit((line, 1), (end, 2)))
            }).collect();
            old.sort_unstable();
            let mut new: Vec<Unit> =
                units.iter().map(|(line, n)| unit((*line, 1), (line + n, 2))).collect();
            new.sort_unstable();
            let alignment = Alignment::new((&text(&before), &old), (&text(&after), &new));
            prop_assert_eq!(alignment.twins.len(), new.len());
            let lines = |all: &[u8], unit: &Unit| {
                let line = |line: u32| usize::try_from(line).unwrap();
                let range = line(unit.start_line) - 1..line(unit.end_line);
                all.get(range).map(<[u8]>::to_vec)
            };
            for (unit, twin) in new.iter().zip(&alignment.twins) {
                let twin = twin.and_then(|at| old.get(usize::try_from(at).unwrap()));
                let Some(twin) = twin else { continue };
                let (was, is) = (lines(&before, twin), lines(&after, unit));
                // Behind the end of both texts there is nothing to differ.
                prop_assert!(was == is || was.is_none() || is.is_none(), "{:?} {:?}", was, is);
            }
        }
    }
}
