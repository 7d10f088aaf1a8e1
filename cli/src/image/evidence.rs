//! What says where an image comes from, and which word counts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Commit, Info, LocalGit, RepoUrl};

/// Who says it. The order is the order of trust, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// The user's own list.
    Mapping,
    /// The program itself, through `info.json`.
    Info,
    /// The labels or the environment of the image.
    Labels,
    /// A cloned repository declares the Go module of the code.
    Module,
    /// The name of the owner, confirmed by the text of every file.
    Guessed,
}

impl EvidenceKind {
    /// The word for it in the database and in `--json` output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Info => "info",
            Self::Labels => "labels",
            Self::Module => "module",
            Self::Guessed => "guessed",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EvidenceKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Mapping, Self::Info, Self::Labels, Self::Module, Self::Guessed]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// One statement about where an image comes from. Each is a row of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who says it.
    pub kind: EvidenceKind,
    /// The repository.
    pub repo: RepoUrl,
    /// The commit. `None` when only the repository is known.
    pub commit: Option<Commit>,
    /// Name of the component in the build system.
    pub software_group: Option<String>,
    /// Key of the component in the build system.
    pub software_key: Option<String>,
}

/// The statement that counts: the most trusted one with a commit, else the most trusted one.
pub fn choose(rows: &[Evidence]) -> Option<&Evidence> {
    rows.iter().min_by_key(|row| (row.commit.is_none(), row.kind))
}

/// What `info.json` says. `None` when it names no usable repository.
pub fn from_info(info: &Info, local: LocalGit) -> Option<Evidence> {
    let repo = RepoUrl::parse(info.source_url.as_deref()?, local).ok()?;
    Some(Evidence {
        kind: EvidenceKind::Info,
        repo,
        commit: info.source_commit.as_deref().and_then(|text| text.parse().ok()),
        software_group: info.software_group.clone(),
        software_key: info.software_key.clone(),
    })
}

/// The pairs of labels that name a repository and a commit, best first.
const LABEL_PAIRS: &[(&str, &str)] = &[
    ("io.openshift.build.source-location", "io.openshift.build.commit.id"),
    ("org.opencontainers.image.source", "org.opencontainers.image.revision"),
    ("vcs-url", "vcs-ref"),
];

/// What the image says: its labels, then its environment.
///
/// The first pair with both a usable repository and a commit counts, else the first with a usable
/// repository. `None` when there is none.
pub(super) fn from_labels(
    labels: &BTreeMap<String, String>,
    env: &BTreeMap<String, String>,
    local: LocalGit,
) -> Option<Evidence> {
    let label = |name: &str| labels.get(name).map(String::as_str);
    let variable = |name: &str| env.get(name).map(String::as_str);
    let text = |name: &str| label(name).or_else(|| variable(name));
    let pairs = LABEL_PAIRS.iter().map(|(url, commit)| (label(url), label(commit)));
    let last = (variable("SOURCE_GIT_URL"), variable("SOURCE_GIT_COMMIT"));
    let mut found: Option<(RepoUrl, Option<Commit>)> = None;
    for (url, commit) in pairs.chain([last]) {
        let Some(repo) = url.and_then(|url| RepoUrl::parse(url, local).ok()) else { continue };
        let commit = commit.and_then(|text| text.parse().ok());
        if commit.is_some() {
            found = Some((repo, commit));
            break;
        }
        found.get_or_insert((repo, None));
    }
    let (repo, commit) = found?;
    let word = |name: &str| text(name).filter(|word| fits(word)).map(str::to_owned);
    Some(Evidence {
        kind: EvidenceKind::Labels,
        repo,
        commit,
        software_group: word("__doozer_group"),
        software_key: word("__doozer_key"),
    })
}

fn fits(word: &str) -> bool {
    !word.is_empty() && word.len() <= 2048 && !word.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: EvidenceKind, repo: &str, commit: Option<&str>) -> Evidence {
        Evidence {
            kind,
            repo: RepoUrl::parse(repo, LocalGit::Deny).unwrap(),
            commit: commit.map(|text| text.parse().unwrap()),
            software_group: None,
            software_key: None,
        }
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_best_word_counts() {
        use EvidenceKind::{Info, Labels, Mapping};
        let rows = [
            row(Labels, "https://h/o/labels", Some("aaaaaaa")),
            row(Info, "https://h/o/info", Some("bbbbbbb")),
            row(Mapping, "https://h/o/mapping", Some("ccccccc")),
        ];
        assert_eq!(choose(&rows).unwrap().kind, Mapping);
        assert_eq!(choose(&rows[..2]).unwrap().kind, Info);
        assert_eq!(choose(&rows[..1]).unwrap().kind, Labels);
        assert_eq!(choose(&[]), None);
        let no_commit = [row(Info, "https://h/o/i", None), rows[0].clone()];
        assert_eq!(choose(&no_commit).unwrap().kind, Labels);
    }

    #[test]
    fn pairs_of_labels_in_their_order() {
        let all = [
            ("io.openshift.build.source-location", "https://github.com/o/one"),
            ("io.openshift.build.commit.id", "1111111"),
            ("org.opencontainers.image.source", "https://github.com/o/two"),
            ("org.opencontainers.image.revision", "2222222"),
            ("vcs-url", "https://github.com/o/three"),
            ("vcs-ref", "3333333"),
        ];
        let env = labels(&[
            ("SOURCE_GIT_URL", "https://github.com/o/four"),
            ("SOURCE_GIT_COMMIT", "4444444"),
        ]);
        for (skip, want) in [(0, "one"), (2, "two"), (4, "three"), (6, "four")] {
            let found = from_labels(&labels(&all[skip..]), &env, LocalGit::Deny).unwrap();
            assert_eq!(found.repo.slug(), format!("github.com/o/{want}"));
            assert!(found.commit.is_some());
        }
        assert_eq!(from_labels(&labels(&[]), &labels(&[]), LocalGit::Deny), None);
    }

    #[test]
    fn a_pair_without_commit_gives_way() {
        let only = [
            ("io.openshift.build.source-location", "https://github.com/o/one"),
            ("io.openshift.build.commit.id", ""),
            ("vcs-url", "https://github.com/o/three"),
            ("vcs-ref", "3333333"),
        ];
        let found = from_labels(&labels(&only), &labels(&[]), LocalGit::Deny).unwrap();
        assert_eq!(found.repo.slug(), "github.com/o/three");
        let found = from_labels(&labels(&only[..2]), &labels(&[]), LocalGit::Deny).unwrap();
        assert_eq!((found.repo.slug().as_str(), found.commit), ("github.com/o/one", None));
    }

    #[test]
    fn group_and_key_come_from_labels_or_environment() {
        let map = labels(&[
            ("vcs-url", "https://github.com/o/r"),
            ("vcs-ref", "abcdef0"),
            ("__doozer_group", "openshift-4.20"),
        ]);
        let found =
            from_labels(&map, &labels(&[("__doozer_key", "etcd")]), LocalGit::Deny).unwrap();
        assert_eq!(found.software_group.as_deref(), Some("openshift-4.20"));
        assert_eq!(found.software_key.as_deref(), Some("etcd"));
    }

    #[test]
    fn info_needs_a_usable_repository() {
        let info = |text: &str| Info::parse(text.as_bytes()).unwrap();
        let good = info(r#"{"source_url":"git@github.com:o/r.git","source_commit":"abcdef0"}"#);
        let found = from_info(&good, LocalGit::Deny).unwrap();
        assert_eq!(found.repo.to_string(), "https://github.com/o/r");
        let bad_commit = info(r#"{"source_url":"https://h/o/r","source_commit":"HEAD"}"#);
        assert_eq!(from_info(&bad_commit, LocalGit::Deny).unwrap().commit, None);
        assert_eq!(from_info(&info(r#"{"source_url":"file:///etc"}"#), LocalGit::Deny), None);
        assert_eq!(from_info(&info("{}"), LocalGit::Deny), None);
    }

    #[test]
    fn kinds_are_words() {
        assert_eq!("labels".parse(), Ok(EvidenceKind::Labels));
        assert_eq!("Labels".parse::<EvidenceKind>(), Err(()));
    }
}
