//! The user's own list of images and their sources: `--images FILE`.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Commit, CommitError, LocalGit, RepoUrl, UrlError};

/// Where images come from, as the user says.
///
/// One entry a line, three columns separated by tabs (or other blanks): image, repository,
/// commit. The image is written as in the pod (`registry/name@sha256:…`) or as in the bucket
/// (`registry-name-sha256-…`), or is `host:<binary>` for a process of the node. Blank lines and
/// lines that start with `#` are skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    entries: BTreeMap<String, (u32, RepoUrl, Commit)>,
}

/// What is wrong with a line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}")]
pub struct MappingError {
    /// Number of the line, from 1.
    pub line: u32,
    /// What is wrong.
    #[source]
    pub kind: MappingErrorKind,
}

/// The ways a line can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MappingErrorKind {
    /// Not three columns.
    #[error("{columns} columns instead of 3 (image, repository, commit, separated by tabs)")]
    Columns {
        /// How many there are.
        columns: usize,
    },
    /// The second column is no repository.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The third column is no commit.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// An earlier line has the same image with another source.
    #[error("`{image}` has another source on line {first}")]
    Contradiction {
        /// The image.
        image: String,
        /// Number of the earlier line.
        first: u32,
    },
}

impl Mapping {
    /// Reads the text of the list.
    ///
    /// # Errors
    ///
    /// The first wrong line, with its number.
    pub fn parse(text: &str, local: LocalGit) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, content) in (1_u32..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            mapping.add(line, content, local).map_err(|kind| MappingError { line, kind })?;
        }
        Ok(mapping)
    }

    fn add(&mut self, line: u32, content: &str, local: LocalGit) -> Result<(), MappingErrorKind> {
        let columns: Vec<&str> = content.split_whitespace().collect();
        let [image, repo, commit] = columns.as_slice() else {
            return Err(MappingErrorKind::Columns { columns: columns.len() });
        };
        let source = (line, RepoUrl::parse(repo, local)?, commit.parse::<Commit>()?);
        match self.entries.get(*image) {
            Some((first, repo, commit)) if (repo, commit) != (&source.1, &source.2) => {
                Err(MappingErrorKind::Contradiction { image: (*image).to_owned(), first: *first })
            }
            Some(_) => Ok(()),
            None => {
                self.entries.insert((*image).to_owned(), source);
                Ok(())
            }
        }
    }

    /// The list as text, one entry a line, in the order of images.
    pub fn to_text(&self) -> String {
        let line = |(image, (_, repo, commit)): (&String, &(u32, RepoUrl, Commit))| {
            format!("{image}\t{repo}\t{}\n", commit.as_str())
        };
        self.entries.iter().map(line).collect()
    }

    /// The source of the first of `names` that the list has: give an image in every form it is
    /// known by.
    pub fn find(&self, names: &[&str]) -> Option<(&RepoUrl, &Commit)> {
        let (_, repo, commit) = names.iter().find_map(|name| self.entries.get(*name))?;
        Some((repo, commit))
    }

    /// The images of the list, in byte order.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

/// The key under which a process of the node stands, which has no image.
pub fn host_key(binary: &str) -> String {
    format!("host:{binary}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let err = Mapping::parse(text, LocalGit::Deny).unwrap_err();
        format!("{err}: {}", err.kind)
    }

    #[test]
    fn images_hosts_comments() {
        let text = "\u{feff}# image\trepo\tcommit\n\n\
            quay.io/o/i@sha256:ab\thttps://github.com/o/r.git\tABCDEF0\r\n\
            host:kubelet \t git@github.com:openshift/kubernetes  0123456789\n\
            host:kubelet\thttps://github.com/openshift/kubernetes\t0123456789";
        let mapping = Mapping::parse(text, LocalGit::Deny).unwrap();
        let (repo, commit) = mapping.find(&["x", "quay.io/o/i@sha256:ab"]).unwrap();
        assert_eq!(
            (repo.to_string().as_str(), commit.as_str()),
            ("https://github.com/o/r", "abcdef0")
        );
        let (repo, _) = mapping.find(&[&host_key("kubelet")]).unwrap();
        assert_eq!(repo.slug(), "github.com/openshift/kubernetes");
        assert_eq!(mapping.find(&["kubelet"]), None);
        assert_eq!(mapping.images().count(), 2);
        let text = mapping.to_text();
        assert_eq!(Mapping::parse(&text, LocalGit::Deny).unwrap().to_text(), text);
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn errors_name_line_and_remedy() {
        assert_eq!(
            error("# x\nimage https://h/o/r\n"),
            "line 2: 2 columns instead of 3 (image, repository, commit, separated by tabs)"
        );
        assert_eq!(
            error("i\tfile:///x\tabcdef0"),
            "line 1: cannot use `file:///x` as a repository: \
             repositories on this machine are only used with --allow-local-git"
        );
        assert_eq!(
            error("i\thttps://h/o/r\tmain"),
            "line 1: `main` is not a commit: 7 to 64 hexadecimal digits are needed"
        );
        assert_eq!(
            error("i\thttps://h/o/r\tabcdef0\n\ni\thttps://h/o/r\tabcdef1"),
            "line 3: `i` has another source on line 1"
        );
    }
}
