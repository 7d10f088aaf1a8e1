//! Pseudonyms for names that must not be published.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, BuildError};

use crate::{
    db::{OwnerRecord, ReportRow, StoredProblem},
    selection::Field,
};

/// Hex digits of a pseudonym.
const DIGITS: usize = 10;

/// Names of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Secret {
    /// Nodes.
    Hosts,
    /// Pods.
    Pods,
    /// Images.
    Images,
}

impl Secret {
    fn word(self) -> &'static str {
        match self {
            Self::Hosts => "host",
            Self::Pods => "pod",
            Self::Images => "image",
        }
    }

    /// The field whose values are such names.
    fn field(self) -> Field {
        match self {
            Self::Hosts => Field::Node,
            Self::Pods => Field::Pod,
            Self::Images => Field::Image,
        }
    }
}

/// Which names get pseudonyms.
///
/// A pseudonym depends on the name and the key alone, so that it is the same in every site that is
/// made with the key; who does not have that cannot try names.
#[derive(Clone, Debug)]
pub struct Redaction {
    kinds: BTreeSet<Secret>,
    key: [u8; 32],
}

impl Redaction {
    /// Pseudonyms for these kinds of names; none of them: nothing changes.
    pub fn new(kinds: impl IntoIterator<Item = Secret>, key: [u8; 32]) -> Self {
        Self { kinds: kinds.into_iter().collect(), key }
    }

    /// The patterns `FIELD=GLOB` that do not look at such names.
    pub fn harmless(&self, patterns: Vec<String>) -> Vec<String> {
        let names = |pattern: &String| {
            self.kinds.iter().any(|kind| {
                let rest = pattern.strip_prefix(kind.field().name());
                rest.is_some_and(|rest| rest.starts_with('='))
            })
        };
        patterns.into_iter().filter(|pattern| !names(pattern)).collect()
    }

    /// Replaces all such names in everything that a site shows.
    ///
    /// # Errors
    /// When there are more names than can be looked for at once.
    pub(crate) fn apply(
        &self,
        owners: &mut [OwnerRecord],
        reports: &mut [ReportRow],
        problems: &mut [StoredProblem],
    ) -> Result<(), Box<BuildError>> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        let names = Names::new(self.pseudonyms(reports))?;
        // Bare pods, and whatever else is called as one of its pods.
        let pods: BTreeSet<(String, String)> =
            reports.iter().map(|r| (r.namespace.clone(), r.pod.clone())).collect();
        for owner in owners {
            let pod = (owner.key.namespace.clone(), owner.key.name.clone());
            if pods.contains(&pod) || !self.kinds.contains(&Secret::Pods) {
                owner.key.name = names.hide(&owner.key.name);
            }
        }
        for report in reports {
            for name in [&mut report.hostname, &mut report.pod] {
                *name = names.hide(name);
            }
            // That of a process of the node is its binary.
            if !report.is_host {
                report.image = names.hide(&report.image);
            }
            report.labels.iter_mut().for_each(|label| *label = names.hide(label));
        }
        for problem in problems {
            // Folders of reports have all names, and those above are this machine's.
            if !problem.place.contains("://") {
                let file = problem.place.rsplit('/').next().unwrap_or_default();
                problem.place = file.to_owned();
            }
            for text in
                [&mut problem.item, &mut problem.cause, &mut problem.place, &mut problem.remedy]
            {
                *text = names.hide(&without_folders(text));
            }
        }
        Ok(())
    }

    /// Every name, and the forms that it has in others, with its pseudonym.
    fn pseudonyms(&self, reports: &[ReportRow]) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        // Later kinds do not replace earlier ones: a node may be called as a pod is.
        let mut add = |kind: Secret, of: &str, form: &str| {
            if self.kinds.contains(&kind) && !form.is_empty() {
                all.entry(form.to_owned()).or_insert_with(|| self.pseudonym(kind, of));
            }
        };
        for report in reports {
            add(Secret::Hosts, &report.hostname, &report.hostname);
            // Names of static pods end in this.
            let label = report.hostname.split('.').next().unwrap_or_default();
            add(Secret::Hosts, &report.hostname, label);
        }
        for report in reports {
            add(Secret::Pods, &report.pod, &report.pod);
            if report.is_host {
                continue;
            }
            let image = &report.image;
            add(Secret::Images, image, image);
            add(Secret::Images, image, &image.replace(['/', ':', '@'], "-"));
            // What images of one repository have in common.
            let repository = image.split('@').next().unwrap_or_default();
            add(Secret::Images, repository, repository);
        }
        all
    }

    fn pseudonym(&self, kind: Secret, name: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(kind.word().as_bytes()).update(b"=").update(name.as_bytes());
        let digits: String = hasher.finalize().to_hex().chars().take(DIGITS).collect();
        format!("{}-{digits}", kind.word())
    }
}

/// Whether a pseudonym stands in a text, or what looks like one.
pub(crate) fn has_pseudonym(text: &str) -> bool {
    [Secret::Hosts, Secret::Pods, Secret::Images].into_iter().any(|kind| {
        text.match_indices(kind.word()).any(|(at, word)| {
            let rest = text.get(at.saturating_add(word.len())..).unwrap_or_default();
            let digits = rest.strip_prefix('-').and_then(|rest| rest.get(..DIGITS));
            let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            digits.is_some_and(|digits| digits.bytes().all(is_hex))
        })
    })
}

/// Names to look for.
struct Names {
    automaton: AhoCorasick,
    pseudonyms: Vec<String>,
}

impl Names {
    fn new(pseudonyms: BTreeMap<String, String>) -> Result<Self, Box<BuildError>> {
        let automaton = AhoCorasick::new(pseudonyms.keys())?;
        Ok(Self { automaton, pseudonyms: pseudonyms.into_values().collect() })
    }

    /// A text with pseudonyms in place of names: of those that overlap the first and longest. A name
    /// inside of a longer word is none.
    fn hide(&self, text: &str) -> String {
        let is_word = |c: char| c.is_alphanumeric();
        let stands_alone = |start: usize, end: usize| {
            let (before, after) = (text.get(..start), text.get(end..));
            !before.is_some_and(|t| t.ends_with(is_word))
                && !after.is_some_and(|t| t.starts_with(is_word))
        };
        let mut found: Vec<(usize, usize, usize)> = self
            .automaton
            .find_overlapping_iter(text)
            .map(|m| (m.start(), m.end(), m.pattern().as_usize()))
            .filter(|(start, end, _)| stands_alone(*start, *end))
            .collect();
        found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let (mut hidden, mut done) = (String::new(), 0);
        for (start, end, pattern) in found {
            // What the one before has taken already.
            let Some(between) = text.get(done..start).filter(|_| done <= start) else { continue };
            hidden.push_str(between);
            hidden.push_str(self.pseudonyms.get(pattern).map_or("", String::as_str));
            done = end;
        }
        hidden.push_str(text.get(done..).unwrap_or_default());
        hidden
    }
}

/// A text without names of folders that reports have: their parts are joined by `~`.
fn without_folders(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | '/' | ',' | ';');
    let pieces = text.split_inclusive(ends);
    let kept = pieces.map(|piece| {
        let word = piece.trim_end_matches(ends);
        if word.matches('~').count() < 2 {
            return piece.to_owned();
        }
        format!("…{}", piece.get(word.len()..).unwrap_or_default())
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Names {
        Names::new(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()).unwrap()
    }

    #[test]
    fn names_are_replaced_where_they_stand_alone() {
        let names = names(&[("master-0", "H"), ("etcd-master-0", "P"), ("a", "A"), ("ab-c", "X")]);
        let table = [
            ("etcd-master-0", "P"),
            ("kube-apiserver-master-0", "kube-apiserver-H"),
            ("ns/etcd-master-0/etcd", "ns/P/etcd"),
            ("master-01 and xmaster-0", "master-01 and xmaster-0"),
            ("`master-0`: a bad file", "`H`: A bad file"),
            ("ab-cd, a-ab-c", "ab-cd, A-X"),
            ("", ""),
        ];
        for (text, want) in table {
            assert_eq!(names.hide(text), want, "{text}");
        }
    }

    #[test]
    fn folders_of_reports_are_left_out() {
        let text = "`ci~ns~web-0~web~20240229T235959Z~n1` has that meta file: copy it";
        assert_eq!(without_folders(text), "`…` has that meta file: copy it");
        assert_eq!(without_folders("at ~/x, a~b"), "at ~/x, a~b");
    }

    #[test]
    fn pseudonyms_depend_on_kind_name_and_key_alone() {
        let one = Redaction::new([Secret::Pods], [1; 32]);
        let two = Redaction::new([Secret::Pods, Secret::Hosts], [1; 32]);
        let pod = one.pseudonym(Secret::Pods, "web-0");
        assert_eq!(pod, two.pseudonym(Secret::Pods, "web-0"));
        assert!(pod.starts_with("pod-") && pod.len() == 14);
        assert!(has_pseudonym(&pod) && has_pseudonym(&format!("etcd-{pod}")));
        assert!(!has_pseudonym(&pod[..13]) && !has_pseudonym("pod-pod-xyzxyzxyzx"));
        let other = Redaction::new([Secret::Pods], [2; 32]);
        assert_ne!(other.pseudonym(Secret::Pods, "web-0"), pod);
        assert_ne!(one.pseudonym(Secret::Hosts, "web-0").split_off(5), pod[4..]);
    }

    #[test]
    fn patterns_with_such_names_stay_here() {
        let hide = ["pod=web-*", "node=n1", "podium=x", "kind=Job"].map(str::to_owned).to_vec();
        let kept = Redaction::new([Secret::Pods], [0; 32]).harmless(hide);
        assert_eq!(kept, ["node=n1", "podium=x", "kind=Job"]);
    }
}
