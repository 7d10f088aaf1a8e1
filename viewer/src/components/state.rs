//! Loading, failed, and what else a page says about itself.

use yew::prelude::*;

use crate::store::{LoadError, Store};

/// How grave a [`notice`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// A doubt about what is shown.
    Warn,
    /// Something is missing.
    Bad,
}

/// A sentence at the top of what it concerns, and at most one action.
pub fn notice(kind: NoticeKind, children: Html) -> Html {
    let (class, role) = match kind {
        NoticeKind::Info => ("note", "status"),
        NoticeKind::Warn => ("note warn", "status"),
        NoticeKind::Bad => ("note bad", "alert"),
    };
    html! { <div {class} {role}>{children}</div> }
}

/// Bones in the shape of `n_rows` rows, which appear only when loading takes long. `what` is what
/// is loading: `owners`.
pub fn loading(what: &str, n_rows: usize) -> Html {
    const WIDTHS: [&str; 4] = ["bone w1", "bone w2", "bone w3", "bone w4"];
    let bone = |class: &&'static str| html! { <div class="bonerow"><i class={*class}></i></div> };
    html! {
        <div class="bones" role="status" aria-busy="true">
            <span class="sr">{"Loading "}{what}</span>
            { for WIDTHS.iter().cycle().take(n_rows).map(bone) }
        </div>
    }
}

/// A shard that did not come: names it and offers to ask again. `what` is what the shard was to
/// give: `the owners`. What a lens as a whole cannot show, the loader says.
pub fn problem(what: &str, error: &LoadError) -> Html {
    if error.is_lens() {
        return Html::default();
    }
    let shard = error.shard.clone();
    let onclick = Callback::from(move |_: MouseEvent| Store::of_page().retry(&shard));
    let children = html! {
        <>
            <span>
                {"Could not load "}{what}{" ("}<span class="mono">{&error.shard}</span>
                {format!("): {}.", error.reason)}
            </span>
            <button class="btn push" {onclick}>{"Retry"}</button>
        </>
    };
    notice(NoticeKind::Bad, children)
}
