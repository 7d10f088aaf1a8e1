//! What an image says about itself, as far as it is kept.

use std::collections::BTreeMap;

use super::{Evidence, LocalGit, evidence::from_labels, without_userinfo};

/// Most labels of one image that are kept.
const MAX_LABELS: usize = 200;
/// How the names of labels begin that say which component an image is of.
const COMPONENT: [&str; 2] = ["com.redhat.component", "io.openshift.maintainer."];
/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 2048;

/// The only variables that are kept: an environment may hold secrets.
const VARIABLES: [&str; 4] =
    ["SOURCE_GIT_URL", "SOURCE_GIT_COMMIT", "__doozer_group", "__doozer_key"];

/// The labels of an image, and of its environment what says where it was built from.
///
/// Invariant: at most 200 labels; no value is longer than 2048 bytes or has control characters,
/// and none has the user and password of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    labels: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
}

impl Labels {
    /// What is kept of an image's config; `env` has `NAME=value`, as it stands there.
    pub fn of_config(labels: BTreeMap<String, String>, env: &[String]) -> Self {
        let kept = |(name, value): (String, String)| Some((name, kept(&value)?));
        let variable = |entry: &String| {
            let (name, value) = entry.split_once('=')?;
            VARIABLES.contains(&name).then(|| Some((name.to_owned(), self::kept(value)?)))?
        };
        let named = labels.into_iter().filter(|(name, _)| !name.chars().any(char::is_control));
        Self {
            labels: named.filter_map(kept).take(MAX_LABELS).collect(),
            env: env.iter().filter_map(variable).collect(),
        }
    }

    /// Adds a label as it was kept before.
    pub fn add_label(&mut self, name: String, value: String) {
        self.labels.insert(name, value);
    }

    /// Adds a variable of the environment as it was kept before.
    pub fn add_variable(&mut self, name: String, value: String) {
        self.env.insert(name, value);
    }

    /// The labels, in the order of names.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Those labels that say which component the image is of, as `NAME=value`.
    pub fn of_component(&self) -> impl Iterator<Item = String> {
        let is_one = |name: &str| COMPONENT.iter().any(|start| name.starts_with(start));
        let own = self.labels().filter(move |(name, _)| is_one(name));
        own.map(|(name, value)| format!("{name}={value}"))
    }

    /// The variables of the environment, in the order of names.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What they say about the source. `None` when they name no usable repository.
    pub fn evidence(&self) -> Option<Evidence> {
        // Whoever made the image must not make us read this machine's disk.
        from_labels(&self.labels, &self.env, LocalGit::Deny)
    }
}

fn kept(value: &str) -> Option<String> {
    let value = value.trim();
    let fits =
        !value.is_empty() && value.len() <= MAX_VALUE && !value.chars().any(char::is_control);
    fits.then(|| without_userinfo(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_config() {
        let labels = [
            ("com.redhat.component", "etcd-container"),
            ("empty", ""),
            ("long", &"x".repeat(MAX_VALUE + 1)),
            ("bell", "a\u{7}"),
            ("na\u{1b}me", "x"),
            ("vcs-url", "https://token:hunter2@github.com/o/r"),
            ("vcs-ref", "abcdef0"),
        ];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let env = ["PASSWORD=hunter2", "SOURCE_GIT_COMMIT=1234567", "PATH"].map(str::to_owned);
        let kept = Labels::of_config(labels.into(), &env);
        let names: Vec<&str> = kept.labels().map(|(name, _)| name).collect();
        assert_eq!(names, ["com.redhat.component", "vcs-ref", "vcs-url"]);
        assert_eq!(kept.variables().collect::<Vec<_>>(), [("SOURCE_GIT_COMMIT", "1234567")]);
        assert!(!format!("{kept:?}").contains("hunter2"));
        let evidence = kept.evidence().unwrap();
        assert_eq!(evidence.repo.to_string(), "https://github.com/o/r");
        assert_eq!(evidence.commit.unwrap().as_str(), "abcdef0");
    }

    #[test]
    fn a_label_cannot_name_this_machine() {
        let labels = [("vcs-url", "file:///etc"), ("vcs-ref", "abcdef0")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Labels::of_config(labels.into(), &[]).evidence(), None);
    }
}
