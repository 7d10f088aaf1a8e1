//! The page of one owner and binary.

use yew::prelude::*;

use crate::route::{OwnerRef, OwnerView};

/// Properties of [`OwnerPage`].
#[derive(Properties, PartialEq)]
pub struct OwnerPageProps {
    /// Whose page.
    pub owner: OwnerRef,
    /// What of it is shown.
    pub view: OwnerView,
}

/// The page of one owner and binary.
#[component]
pub fn OwnerPage(props: &OwnerPageProps) -> Html {
    html! { <div class="pad"><h1><bdi>{&props.owner.name}</bdi></h1></div> }
}
