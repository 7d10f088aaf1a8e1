//! What must be said about the text before its lines are believed.

use covatlas_shared::files::{FileRow, Source};
use yew::prelude::*;

use super::{load::Fit, reading::Here};
use crate::{
    components::{NoticeKind, notice, tag, warning_tag},
    model::{format::commit, repo_link::text_commit},
};

/// The doubt about a text as a notice; nothing when there is none.
pub(super) fn note(fit: Fit, source: Option<&Source>, units_link: Html) -> Html {
    let text = match (fit, source) {
        (Fit::Exact, _) => return Html::default(),
        (Fit::OtherCommit, Some(source)) => html! {
            <span>
                {"This is not the text that was built. Commit "}
                <bdi class="mono">{commit(&source.commit)}</bdi>
                {" could not be fetched, so you see "}
                <bdi class="mono">{commit(text_commit(source))}</bdi>
                {"; lines may be off."}
            </span>
        },
        (Fit::OtherCommit, None) => html! {
            <span>{"This is not the text that was built; lines may be off."}</span>
        },
        (Fit::Mismatch, _) => html! {
            <span>
                {"This text does not fit the code that ran, so its lines have no colours. \
                  The numbers of the file are exact."}
            </span>
        },
        (Fit::NoText, None) => html! {
            <span>
                {"The text of this file was not found in any known repository. \
                  Numbers and positions are exact."}
            </span>
        },
        (Fit::NoText, Some(source)) => html! {
            <span>
                {"The text of this file was not found in "}<bdi class="mono">{&source.repo}</bdi>
                {". Numbers and positions are exact."}
            </span>
        },
    };
    notice(NoticeKind::Warn, html! { <>{text}{units_link}</> })
}

/// That the selected lines are not in the file; nothing when they are.
pub(super) fn beyond(here: &Here) -> Option<String> {
    let last = here.loaded.as_ref()?.view.last_line()?;
    let first = here.view.lines?.first();
    (first > last).then(|| format!("There is no line {first}: this file ends at line {last}."))
}

/// The facts about a file that stand beside its name.
pub(super) fn tags(fit: Option<Fit>, row: &FileRow, evidence: &str) -> Html {
    let doubt = match fit {
        Some(Fit::OtherCommit) => Some("other commit"),
        Some(Fit::Mismatch) => Some("does not fit"),
        Some(Fit::NoText) => Some("no source"),
        Some(Fit::Exact) | None => None,
    };
    html! {
        <>
            if row.is_generated {
                {tag("generated", "A tool wrote this file")}
            }
            if evidence == "guessed" {
                {tag("guessed", "The repository was guessed from the name of the module")}
            }
            if let Some(text) = doubt {
                {warning_tag(text, "See the note below")}
            }
        </>
    }
}
