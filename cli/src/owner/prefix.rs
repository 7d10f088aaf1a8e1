//! Rules of the user's own: what pods' names start with.

use std::str::FromStr;

use thiserror::Error;

use super::{Owner, OwnerEvidence, OwnerKind};

/// Pods whose names start so belong to this owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerPrefix {
    prefix: String,
    owner: Owner,
}

/// A text that is no [`OwnerPrefix`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("write PREFIX=KIND/NAME, such as tekton-run-=Job/tekton-run")]
pub struct OwnerPrefixError;

impl FromStr for OwnerPrefix {
    type Err = OwnerPrefixError;

    fn from_str(text: &str) -> Result<Self, OwnerPrefixError> {
        let (prefix, owner) = text.split_once('=').ok_or(OwnerPrefixError)?;
        let (kind, name) = owner.split_once('/').ok_or(OwnerPrefixError)?;
        let kind: OwnerKind = kind.parse().map_err(|_| OwnerPrefixError)?;
        if prefix.is_empty() || name.is_empty() || name.contains('/') {
            return Err(OwnerPrefixError);
        }
        let owner = Owner { kind, name: name.to_owned(), evidence: OwnerEvidence::Configured };
        Ok(Self { prefix: prefix.to_owned(), owner })
    }
}

/// The owner that the longest fitting prefix names.
pub fn by_prefix<'a>(prefixes: &'a [OwnerPrefix], pod: &str) -> Option<&'a Owner> {
    let fitting = prefixes.iter().filter(|rule| pod.starts_with(&rule.prefix));
    fitting.max_by_key(|rule| rule.prefix.len()).map(|rule| &rule.owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let rules = ["ci-=Job/ci", "ci-e2e-=Runner/e2e"].map(|rule| rule.parse().unwrap());
        let owner = |pod| by_prefix(&rules, pod).map(|o| format!("{} {}", o.kind, o.name));
        assert_eq!(owner("ci-abc").as_deref(), Some("Job ci"));
        assert_eq!(owner("ci-e2e-7").as_deref(), Some("Runner e2e"));
        assert_eq!(owner("xci-e2e-7"), None);
        for wrong in ["", "a", "a=Job", "=Job/x", "a=job/x", "a=Job/", "a=Job/x/y"] {
            assert_eq!(wrong.parse::<OwnerPrefix>(), Err(OwnerPrefixError), "{wrong}");
        }
    }
}
