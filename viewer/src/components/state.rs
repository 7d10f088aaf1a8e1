//! Loading, failed, and what else a page says about itself.

use yew::prelude::*;

use crate::store::{LoadError, use_store};

/// How grave a [`Notice`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// A doubt about what is shown.
    Warn,
    /// Something is missing.
    Bad,
}

/// Properties of [`Notice`].
#[derive(Properties, PartialEq)]
pub struct NoticeProps {
    /// How grave it is.
    pub kind: NoticeKind,
    /// One sentence, and at most one action.
    pub children: Html,
}

/// A sentence at the top of what it concerns.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let (class, role) = match props.kind {
        NoticeKind::Info => (None, "status"),
        NoticeKind::Warn => (Some("warn"), "status"),
        NoticeKind::Bad => (Some("bad"), "alert"),
    };
    html! { <div class={classes!("note", class)} {role}>{props.children.clone()}</div> }
}

/// Properties of [`Loading`].
#[derive(Properties, PartialEq)]
pub struct LoadingProps {
    /// What is loading: `owners`.
    pub what: AttrValue,
    /// How many rows it takes the place of.
    #[prop_or(12)]
    pub n_rows: usize,
}

/// Bones in the shape of rows, which appear only when loading takes long.
#[component]
pub fn Loading(props: &LoadingProps) -> Html {
    const WIDTHS: [&str; 4] = ["w1", "w2", "w3", "w4"];
    let bone = |i: usize| {
        let width = WIDTHS.get(i * 7 % 4).copied();
        html! { <div class="bonerow"><i class={classes!("bone", width)}></i></div> }
    };
    html! {
        <div class="bones" role="status" aria-busy="true">
            <span class="sr">{format!("Loading {}", props.what)}</span>
            { for (0..props.n_rows).map(bone) }
        </div>
    }
}

/// Properties of [`Problem`].
#[derive(Properties, PartialEq)]
pub struct ProblemProps {
    /// What the shard was to give: `the owners`.
    pub what: AttrValue,
    /// Why it did not.
    pub error: LoadError,
}

/// A shard that did not come: names it and offers to ask again.
#[component]
pub fn Problem(props: &ProblemProps) -> Html {
    let store = use_store();
    let shard = props.error.shard.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(store) = &store {
            store.retry(&shard);
        }
    });
    html! {
        <Notice kind={NoticeKind::Bad}>
            <span>
                {"Could not load "}{&props.what}{" ("}<span class="mono">{&props.error.shard}</span>
                {format!("): {}.", props.error.reason)}
            </span>
            <button class="btn push" {onclick}>{"Retry"}</button>
        </Notice>
    }
}
