//! Where the units of a build come from: a meta file, or a text profile when nothing else is left.

use covdata::{MetaFile, MetaHash};

use super::{BuildTable, TextProfile};

/// The file that tells the units of a build.
#[derive(Debug)]
pub enum StoredUnits {
    /// Go's meta file.
    Meta(MetaFile),
    /// A text profile, which holds counts too.
    Text(TextProfile),
}

impl StoredUnits {
    /// Reads either file, by how it begins.
    ///
    /// # Errors
    /// What is wrong with it, as one line that begins with the class of the failure.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        if TextProfile::is_text(bytes) {
            return TextProfile::parse(bytes).map(Self::Text).map_err(|err| err.to_string());
        }
        MetaFile::decode(bytes).map(Self::Meta).map_err(|err| format!("{}: {err}", err.class))
    }

    /// The units sorted by file, without files whose base name is in `excluded`.
    ///
    /// # Errors
    /// As [`StoredUnits::decode`].
    pub fn table(&self, excluded: &[String]) -> Result<BuildTable, String> {
        match self {
            Self::Meta(meta) => BuildTable::new(meta, excluded),
            Self::Text(text) => BuildTable::of_text(text, excluded),
        }
        .map_err(|err| err.to_string())
    }

    /// The meta hash, or what stands for it.
    pub fn hash(&self) -> MetaHash {
        match self {
            Self::Meta(meta) => meta.hash(),
            Self::Text(text) => text.hash(),
        }
    }

    /// How many units there are, with those of excluded files: as many as counters.
    pub fn n_units(&self) -> usize {
        match self {
            Self::Meta(meta) => meta.units().len(),
            Self::Text(text) => text.n_units(),
        }
    }

    /// `set`, `count` or `atomic`.
    pub fn mode(&self) -> String {
        match self {
            Self::Meta(meta) => meta.mode().to_string(),
            Self::Text(text) => text.mode().to_owned(),
        }
    }

    /// `perblock` or `perfunc`; a text profile does not tell and is by block.
    pub fn granularity(&self) -> String {
        match self {
            Self::Meta(meta) => meta.granularity().to_string(),
            Self::Text(_) => "perblock".to_owned(),
        }
    }

    /// What is odd about it, one line each.
    pub fn warnings(&self) -> Vec<String> {
        match self {
            Self::Meta(meta) => meta.warnings().iter().map(ToString::to_string).collect(),
            Self::Text(_) => Vec::new(),
        }
    }
}
