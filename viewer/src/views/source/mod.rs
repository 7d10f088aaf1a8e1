//! The page of one file.

use yew::prelude::*;

use crate::route::{FileView, OwnerRef};

/// Properties of [`SourcePage`].
#[derive(Properties, PartialEq)]
pub struct SourcePageProps {
    /// In whose colours.
    pub owner: OwnerRef,
    /// Which file, and what is selected in it.
    pub view: FileView,
}

/// The page of one file.
#[component]
pub fn SourcePage(props: &SourcePageProps) -> Html {
    html! { <div class="pad"><h1><bdi>{&props.view.path}</bdi></h1></div> }
}
