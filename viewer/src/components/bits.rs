//! Badges, tags, chips, switches and names.

use yew::prelude::*;

use super::icon::{Icon, IconName};
use crate::{model::format, route::Route};

/// Properties of [`KindBadge`].
#[derive(Properties, PartialEq)]
pub struct KindBadgeProps {
    /// The owner kind as in the data.
    pub kind: AttrValue,
}

/// An owner kind in kubectl's short form; the whole word in the title.
#[component]
pub fn KindBadge(props: &KindBadgeProps) -> Html {
    let (short, words) = format::kind(&props.kind);
    html! { <abbr class="badge" title={words.to_owned()}>{short}</abbr> }
}

/// Properties of [`Tag`].
#[derive(Properties, PartialEq)]
pub struct TagProps {
    /// The fact, in a word or two.
    pub text: AttrValue,
    /// Whether it is a doubt.
    #[prop_or_default]
    pub is_warning: bool,
    /// The fact in a sentence.
    #[prop_or_default]
    pub title: Option<AttrValue>,
}

/// A fact (grey) or a doubt about something.
#[component]
pub fn Tag(props: &TagProps) -> Html {
    let class = classes!("tag", props.is_warning.then_some("warn"));
    html! { <span {class} title={props.title.clone()}><bdi>{&props.text}</bdi></span> }
}

/// Properties of [`Chip`].
#[derive(Properties, PartialEq)]
pub struct ChipProps {
    /// What is filtered: `Namespace`.
    pub label: AttrValue,
    /// To what.
    pub value: AttrValue,
    /// Takes the filter away.
    pub on_remove: Callback<()>,
}

/// An active filter. Always removable, always visible while it changes what is shown.
#[component]
pub fn Chip(props: &ChipProps) -> Html {
    let onclick = props.on_remove.reform(|_: MouseEvent| ());
    let label = format!("Remove the filter {}: {}", props.label, props.value);
    html! {
        <span class="chip">
            <span class="cut">{&props.label}{" "}<b><bdi>{&props.value}</bdi></b></span>
            <button class="x" aria-label={label} {onclick}><Icon name={IconName::Close} /></button>
        </span>
    }
}

/// One choice of a [`Seg`].
#[derive(Clone, Debug, PartialEq)]
pub struct SegChoice {
    /// What [`SegProps::on_choose`] gets.
    pub value: AttrValue,
    /// What the button says.
    pub label: AttrValue,
}

/// Properties of [`Seg`].
#[derive(Properties, PartialEq)]
pub struct SegProps {
    /// What is chosen by it.
    pub label: AttrValue,
    /// The choices.
    pub choices: Vec<SegChoice>,
    /// The value of the chosen one.
    pub chosen: AttrValue,
    /// Called with the value of the choice that was clicked.
    pub on_choose: Callback<AttrValue>,
}

/// A switch: one of n.
#[component]
pub fn Seg(props: &SegProps) -> Html {
    let button = |choice: &SegChoice| {
        let value = choice.value.clone();
        let onclick = props.on_choose.reform(move |_: MouseEvent| value.clone());
        let pressed = if choice.value == props.chosen { "true" } else { "false" };
        html! { <button class="btn" aria-pressed={pressed} {onclick}>{&choice.label}</button> }
    };
    html! {
        <div class="seg" role="group" aria-label={&props.label}>
            { for props.choices.iter().map(button) }
        </div>
    }
}

/// Properties of [`Name`] and [`NamespaceName`].
#[derive(Properties, PartialEq)]
pub struct NameProps {
    /// The name as in the data.
    pub name: AttrValue,
}

/// A name from the data, or a dash when it is unknown. Right-to-left marks in it stay inside.
#[component]
pub fn Name(props: &NameProps) -> Html {
    if props.name.is_empty() {
        return html! { <span class="dim">{"–"}</span> };
    }
    html! { <bdi>{&props.name}</bdi> }
}

/// A namespace with its common prefix dimmed.
#[component]
pub fn NamespaceName(props: &NameProps) -> Html {
    let (prefix, rest) = format::namespace(&props.name);
    if rest.is_empty() {
        return html! { <span class="dim">{"–"}</span> };
    }
    html! {
        <bdi>
            if !prefix.is_empty() {
                <span class="dim">{prefix}</span>
            }
            {rest}
        </bdi>
    }
}

/// One step of [`Crumbs`].
#[derive(Clone, Debug, PartialEq)]
pub struct Crumb {
    /// What it says.
    pub text: AttrValue,
    /// Where it leads; `None` for where the reader is.
    pub to: Option<Route>,
}

/// Properties of [`Crumbs`].
#[derive(Properties, PartialEq)]
pub struct CrumbsProps {
    /// From the dashboard to where the reader is.
    pub steps: Vec<Crumb>,
}

/// The way from the dashboard to a page.
#[component]
pub fn Crumbs(props: &CrumbsProps) -> Html {
    let step = |crumb: &Crumb| {
        let text = html! { <bdi>{&crumb.text}</bdi> };
        let title = crumb.text.clone();
        match &crumb.to {
            Some(to) => html! { <li {title}><a href={to.href()}>{text}</a></li> },
            None => html! { <li {title} aria-current="page">{text}</li> },
        }
    };
    html! {
        <nav aria-label="Breadcrumb">
            <ol class="crumbs">{ for props.steps.iter().map(step) }</ol>
        </nav>
    }
}
