//! Text and counts of a file to what is shown of it.

use std::rc::Rc;

use covatlas_shared::{
    counts::CountsShard,
    files::{FileRow, StatsShard},
    repo::RepoShard,
    source::{SourceFile, SourcePack},
    union::UnionShard,
};
use yew::prelude::*;

use crate::{
    components::same::Same,
    model::source_view::{SourceView, Text},
    store::Remote,
};

/// How the text of a file relates to the code that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the text that was built, as far as anyone knows.
    Exact,
    /// It is that of another commit.
    OtherCommit,
    /// The units do not fit it.
    Mismatch,
    /// There is no text.
    NoText,
}

/// A file that has been loaded.
#[derive(Clone, PartialEq)]
pub(super) struct Loaded {
    /// What is shown.
    pub(super) view: Same<SourceView>,
    /// How far its text can be trusted.
    pub(super) fit: Fit,
}

/// The file, once its pack and its counts are here. The text is cut only when the file changes, not
/// when other counts are shown.
#[hook]
pub(super) fn use_loaded(
    stats: &Remote<StatsShard>,
    file: Option<usize>,
    pack: &Remote<SourcePack>,
    counts: &Remote<CountsShard>,
    as_units: bool,
) -> Option<Loaded> {
    let text = use_memo((stats.clone(), file, pack.clone()), |(stats, file, pack)| {
        text(stats.ready()?, (*file)?, pack.ready()?)
    });
    let text: Same<Option<Rc<Text>>> = text.into();
    let deps = (stats.clone(), file, pack.clone(), counts.clone(), text, as_units);
    let loaded = use_memo(deps, |(stats, file, pack, counts, text, as_units)| {
        let (stats, file) = (stats.ready()?, (*file)?);
        let counts = counts.ready()?.of_file(stats, file);
        loaded((stats, file), pack.ready()?, counts, text.as_ref(), *as_units)
    });
    (*loaded).clone()
}

/// The same of a variant of a repository's file.
#[hook]
pub(super) fn use_united(
    repo: &Remote<RepoShard>,
    variant: Option<usize>,
    pack: &Remote<SourcePack>,
    counts: &Remote<UnionShard>,
    as_units: bool,
) -> Option<Loaded> {
    let text = use_memo((repo.clone(), variant, pack.clone()), |(repo, variant, pack)| {
        text(&repo.ready()?.stats, (*variant)?, pack.ready()?)
    });
    let text: Same<Option<Rc<Text>>> = text.into();
    let deps = (repo.clone(), variant, pack.clone(), counts.clone(), text, as_units);
    let loaded = use_memo(deps, |(repo, variant, pack, counts, text, as_units)| {
        let (stats, variant) = (&repo.ready()?.stats, (*variant)?);
        let counts = counts.ready()?.units_of(variant);
        loaded((stats, variant), pack.ready()?, counts, text.as_ref(), *as_units)
    });
    (*loaded).clone()
}

/// The text of a file, cut into lines.
fn text(stats: &StatsShard, file: usize, pack: &SourcePack) -> Option<Rc<Text>> {
    Some(Rc::new(Text::new(entry(stats, file, pack)?.text.clone()?)))
}

fn loaded(
    (stats, file): (&StatsShard, usize),
    pack: &SourcePack,
    counts: &[u32],
    text: Option<&Rc<Text>>,
    as_units: bool,
) -> Option<Loaded> {
    let row = stats.files.get(file)?;
    // A pack that does not hold the file is treated like one that holds no text of it.
    let units = entry(stats, file, pack).map_or(&[][..], |e| &e.units);
    let fit = fit(stats, row, text.is_some());
    let view = match text {
        Some(text) if fit == Fit::Mismatch && !as_units => {
            SourceView::new(Rc::clone(text), &[], &[])
        }
        Some(text) if !as_units => SourceView::new(Rc::clone(text), units, counts),
        _ => SourceView::of_units(units, counts),
    };
    Some(Loaded { view: Same::new(view), fit })
}

fn entry<'a>(stats: &StatsShard, file: usize, pack: &'a SourcePack) -> Option<&'a SourceFile> {
    let row = stats.files.get(file)?;
    let path = stats.path(row);
    let at = usize::try_from(row.entry).ok().and_then(|i| pack.files.get(i));
    at.filter(|e| e.path == path).or_else(|| pack.files.iter().find(|e| e.path == path))
}

fn fit(stats: &StatsShard, row: &FileRow, has_text: bool) -> Fit {
    let source =
        row.source.and_then(|s| usize::try_from(s).ok()).and_then(|s| stats.sources.get(s));
    let is_other = source.is_some_and(|s| !s.text_commit.is_empty() && s.text_commit != s.commit);
    match stats.strings.get(row.resolution) {
        _ if !has_text => Fit::NoText,
        "mismatch" => Fit::Mismatch,
        _ if is_other => Fit::OtherCommit,
        _ => Fit::Exact,
    }
}
