//! A digest of a list of texts.

/// Takes texts in; no two lists of texts give the same digest.
#[derive(Default)]
pub(super) struct Digest(blake3::Hasher);

impl Digest {
    /// Adds a text. Its length goes before it, so that no two lists of texts look alike.
    pub(super) fn add(&mut self, text: &str) {
        self.0.update(&text.len().to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// Hex digits.
    pub(super) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
