//! A piece of a list that is drawn again only when it must be.

use yew::prelude::*;

/// Properties of [`Drawn`].
#[derive(Properties, PartialEq)]
pub(crate) struct DrawnProps {
    /// Draws the piece at a position.
    pub(crate) draw: Callback<usize, Html>,
    /// The position.
    pub(crate) at: usize,
}

/// A piece that stays as it is until its callback changes, so that a step of scrolling draws
/// nothing but the pieces that come into view.
#[component]
pub(crate) fn Drawn(props: &DrawnProps) -> Html {
    props.draw.emit(props.at)
}
