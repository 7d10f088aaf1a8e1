//! The list of what covatlas has published at a place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pages::is_plain;

/// The list's name, beside the site's `index.html`.
pub const PUBLISHED: &str = ".covatlas-published.json";

/// The list's version.
const FORMAT: u32 = 1;

/// What was published at a place, now and before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    format: u32,
    /// How often something was published.
    generation: u64,
    /// By path: the last generation that had the file.
    files: BTreeMap<String, u64>,
}

impl Published {
    /// Reads the list. `None` when it is none, or of a newer covatlas.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut list: Self = serde_json::from_slice(bytes).ok()?;
        // The list lies on a server: nothing in it leads out of its folder.
        list.files.retain(|path, _| path.split('/').all(is_plain));
        (list.format <= FORMAT).then_some(list)
    }

    /// Whether a file was published.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The list after another site was published: its files, and what of earlier ones stays. Also
    /// what does not stay: files that none of the last `keep` sites had.
    #[must_use]
    pub fn followed_by(&self, site: &[String], keep: Option<u64>) -> (Self, Vec<String>) {
        let generation = self.generation.saturating_add(1);
        let mut files = self.files.clone();
        files.extend(site.iter().map(|path| (path.clone(), generation)));
        let oldest = keep.map_or(0, |keep| generation.saturating_sub(keep));
        let stale = files.extract_if(.., |_, last| *last < oldest);
        let stale = stale.map(|(path, _)| path).collect();
        (Self { format: FORMAT, generation, files }, stale)
    }

    /// The list without files that none of the last `keep` sites before the current one had, and
    /// those files.
    #[must_use]
    pub fn without_older(&self, keep: Option<u64>) -> (Self, Vec<String>) {
        let mut list = self.clone();
        let oldest = keep.map_or(0, |keep| self.generation.saturating_sub(keep));
        let stale = list.files.extract_if(.., |_, last| *last < oldest);
        let stale = stale.map(|(path, _)| path).collect();
        (list, stale)
    }

    /// The list as text, the same for the same list.
    ///
    /// # Errors
    ///
    /// Never, for a list that [`Published::parse`] or [`Published::followed_by`] gave.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_nobody_needs_any_more_is_stale() {
        let (first, stale) = Published::default().followed_by(&names(&["a", "b"]), Some(1));
        assert_eq!(stale, Vec::<String>::new());
        let (second, stale) = first.followed_by(&names(&["a", "c"]), Some(1));
        assert_eq!(stale, Vec::<String>::new(), "who has the page open still loads `b`");
        let (third, stale) = second.followed_by(&names(&["a", "d"]), Some(1));
        assert_eq!(stale, ["b"]);
        assert!(third.has("c") && !third.has("b"));
        assert_eq!(second.followed_by(&names(&["a"]), Some(0)).1, ["b", "c"]);
        assert_eq!(second.followed_by(&names(&["a"]), None).1, Vec::<String>::new());
    }

    #[test]
    fn a_list_leads_nowhere_else() {
        let text = br#"{"format":1,"generation":3,"files":{"a/b":1,"../x":1,"/etc":1,"a//b":1}}"#;
        let list = Published::parse(text).unwrap();
        assert_eq!(list.files.keys().collect::<Vec<_>>(), ["a/b"]);
        assert_eq!(Published::parse(&list.to_json().unwrap()), Some(list));
        for text in ["", "[]", r#"{"format":2,"generation":0,"files":{}}"#] {
            assert_eq!(Published::parse(text.as_bytes()), None);
        }
    }
}
