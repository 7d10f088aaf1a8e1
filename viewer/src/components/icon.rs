//! Line icons, drawn with the text colour.

use yew::prelude::*;

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// A tick.
    Check,
    /// A magnifying glass.
    Search,
    /// A sun: the theme follows the system.
    Auto,
    /// A full sun: light.
    Light,
    /// A moon: dark.
    Dark,
    /// An eye.
    Eye,
    /// A question mark.
    Help,
    /// A cross.
    Close,
    /// An arrow down.
    Down,
    /// An arrow down onto a line: a file to keep.
    Download,
    /// An arrow up.
    Up,
    /// An arrow out of a box: leads out of the site.
    Out,
    /// Two links of a chain.
    Link,
    /// Two sets that overlap.
    Lens,
}

impl IconName {
    fn path(self) -> &'static str {
        match self {
            Self::Check => "m2.5 7.5 3 3 6-7",
            Self::Search => "M10 6a4 4 0 1 1-8 0 4 4 0 0 1 8 0m-.8 3.2 3.3 3.3",
            Self::Auto => {
                "M9.6 7a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0M7 .8v1.400M7 11.800v1.400M.8 7h1.400M11.8 7h1.400M2.6 2.600l1 1M10.4 10.400l1 1M11.4 2.600l-1 1M3.6 10.400l-1 1"
            }
            Self::Light => {
                "M7 3.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M7 5.500v3M5.5 7h3M7 .5v1M7 12.500v1M.5 7h1M12.5 7h1"
            }
            Self::Dark => "M11.5 8.500A5 5 0 0 1 5.5 2.500a5 5 0 1 0 6 6z",
            Self::Eye => {
                "M.8 7s2.200-4.200 6.200-4.200 6.200 4.200 6.200 4.200-2.200 4.200-6.200 4.200-6.200-4.200-6.200-4.200M8.900 7a1.9 1.9 0 1 1-3.800 0 1.9 1.9 0 0 1 3.800 0"
            }
            Self::Help => "M4.6 5a2.4 2.4 0 1 1 3.6 2C7.4 7.5 7 8 7 9m0 2.600v.1",
            Self::Close => "m3.5 3.5 7 7m0-7-7 7",
            Self::Lens => {
                "M8.5 7a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0m4 0a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0"
            }
            Self::Down => "m3 5 4 4 4-4",
            Self::Download => "M7 2v7M4 6.5l3 3 3-3M2.5 12h9",
            Self::Up => "m3 9 4-4 4 4",
            Self::Out => "M6 3H3v8h8V8M8 2.500h3.500V6M11.5 2.5 6.5 7.5",
            Self::Link => {
                "M6 4.5 7.5 3a2.5 2.5 0 0 1 3.5 3.500L9.5 8M8 9.5 6.5 11A2.5 2.5 0 0 1 3 7.500L4.5 6M5.5 8.500l3-3"
            }
        }
    }
}

/// An icon. It says nothing to a screen reader: name the button that holds it.
pub fn icon(name: IconName) -> Html {
    html! {
        <svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><path d={name.path()} /></svg>
    }
}

/// The sign of the program.
pub fn logo() -> Html {
    html! {
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
            <path class="x4" d="M1 4 6.3 1.5v13L1 17z" />
            <path class="x3" d="M6.3 1.5 11.7 4v13l-5.4-2.5z" />
            <path class="x0" d="M11.7 4 17 1.5v13L11.7 17z" />
        </svg>
    }
}
