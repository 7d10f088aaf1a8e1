//! The colours of the page: light or dark, and which hues mean what.
//!
//! The document keeps the choice, so that all parts of the viewer have the same; the browser
//! remembers it, and the loader sets it before the first paint.

use super::{dom, icon::IconName};

/// What the reader chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// The hues of tiers and of source.
    pub palette: Palette,
}

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which hues tell tiers apart, and what ran from what never ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Red to green.
    #[default]
    Usual,
    /// Vermilion to blue, which people who do not tell red from green see too.
    ColourBlind,
}

impl Look {
    /// The look of the document.
    pub fn of_document() -> Self {
        let root = dom::document().and_then(|d| d.document_element());
        let attribute = |name| root.as_ref().and_then(|root| root.get_attribute(name));
        Self {
            theme: match attribute("data-theme").as_deref() {
                Some("light") => Theme::Light,
                Some("dark") => Theme::Dark,
                _ => Theme::Auto,
            },
            palette: match attribute("data-palette").as_deref() {
                Some("cb") => Palette::ColourBlind,
                _ => Palette::Usual,
            },
        }
    }

    /// Gives the document this look, and remembers it where the browser allows it.
    pub fn apply(self) {
        let root = dom::document().and_then(|d| d.document_element());
        // Their names in the browser's storage; the loader knows them too.
        for (attribute, key, value) in [
            ("data-theme", "covatlas-theme", self.theme.name()),
            ("data-palette", "covatlas-palette", self.palette.name()),
        ] {
            dom::store(key, value);
            if let Some(root) = &root {
                match value {
                    Some(value) => root.set_attribute(attribute, value).ok(),
                    None => root.remove_attribute(attribute).ok(),
                };
            }
        }
    }

    /// The look with the next theme.
    #[must_use]
    pub fn with_next_theme(self) -> Self {
        let theme = match self.theme {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        };
        Self { theme, ..self }
    }

    /// The look with the other palette.
    #[must_use]
    pub fn with_other_palette(self) -> Self {
        let palette = match self.palette {
            Palette::Usual => Palette::ColourBlind,
            Palette::ColourBlind => Palette::Usual,
        };
        Self { palette, ..self }
    }
}

impl Theme {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Auto => "Theme: follows the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    pub(super) fn icon(self) -> IconName {
        match self {
            Self::Auto => IconName::Auto,
            Self::Light => IconName::Light,
            Self::Dark => IconName::Dark,
        }
    }
}

impl Palette {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Usual => None,
            Self::ColourBlind => Some("cb"),
        }
    }
}

#[cfg(test)]
mod contrast;
