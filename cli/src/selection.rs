//! Filters of the form `FIELD=GLOB`, as `--where` takes them.

use std::{fmt, str::FromStr};

use globset::{Glob, GlobMatcher};
use thiserror::Error;

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The cluster's name.
    Cluster,
    /// The namespace.
    Namespace,
    /// The owner's kind.
    Kind,
    /// The owner's name.
    Owner,
    /// The pod.
    Pod,
    /// The node.
    Node,
    /// The container.
    Container,
    /// The image.
    Image,
    /// The binary.
    Binary,
    /// The build's hash.
    Build,
    /// The source repository, `host/org/repo`.
    Repo,
    /// A file's path, as built or in its repository.
    Path,
    /// A func's name.
    Func,
}

const FIELDS: [(&str, Field); 13] = [
    ("cluster", Field::Cluster),
    ("namespace", Field::Namespace),
    ("kind", Field::Kind),
    ("owner", Field::Owner),
    ("pod", Field::Pod),
    ("node", Field::Node),
    ("container", Field::Container),
    ("image", Field::Image),
    ("binary", Field::Binary),
    ("build", Field::Build),
    ("repo", Field::Repo),
    ("path", Field::Path),
    ("func", Field::Func),
];

/// A filter that cannot be understood: a usage error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    /// There is no `=`.
    #[error("`{0}` is no filter: write FIELD=GLOB, with one of the fields {fields}", fields = field_names())]
    NoEqualsSign(String),
    /// No such field.
    #[error("unknown field `{0}`: the fields are {fields}", fields = field_names())]
    UnknownField(String),
    /// The glob is malformed.
    #[error("`{glob}` is no glob: {reason}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn field_names() -> String {
    FIELDS.map(|(name, _)| name).join(", ")
}

/// One filter.
#[derive(Clone, Debug)]
pub struct Filter {
    field: Field,
    glob: GlobMatcher,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (name, glob) =
            text.split_once('=').ok_or_else(|| FilterError::NoEqualsSign(text.to_owned()))?;
        let field = FIELDS.iter().find(|(known, _)| *known == name);
        let (_, field) = field.ok_or_else(|| FilterError::UnknownField(name.to_owned()))?;
        Ok(Self { field: *field, glob: parse_glob(glob)? })
    }
}

/// A shell glob (`*`, `?`, `[…]`) that must match the whole string.
///
/// # Errors
/// [`FilterError::Glob`].
pub fn parse_glob(glob: &str) -> Result<GlobMatcher, FilterError> {
    let compiled = Glob::new(glob).map_err(|err| FilterError::Glob {
        glob: glob.to_owned(),
        reason: err.kind().to_string(),
    })?;
    Ok(compiled.compile_matcher())
}

/// Filters that must all match.
#[derive(Clone, Debug, Default)]
pub struct Selection(Vec<Filter>);

impl Selection {
    /// Reads filters.
    ///
    /// # Errors
    /// [`FilterError`] of the first one that cannot be understood.
    pub fn parse(filters: &[String]) -> Result<Self, FilterError> {
        filters.iter().map(|f| f.parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether all filters on fields that `value` knows match; it gives the values of a field, any
    /// of which may match, or `None` for a field that is not decided here.
    pub fn matches<'v, V: AsRef<[&'v str]>>(&self, value: impl Fn(Field) -> Option<V>) -> bool {
        self.0.iter().all(|filter| {
            value(filter.field)
                .is_none_or(|values| values.as_ref().iter().any(|v| filter.glob.is_match(v)))
        })
    }

    /// Whether some filter looks at this field.
    pub fn has(&self, field: Field) -> bool {
        self.0.iter().any(|filter| filter.field == field)
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, filter) in self.0.iter().enumerate() {
            let name = FIELDS.iter().find(|(_, field)| *field == filter.field).map_or("", |f| f.0);
            let separator = if i == 0 { "" } else { " " };
            write!(f, "{separator}{name}={}", filter.glob.glob())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_the_whole_string_and_filters_all_match() {
        let selection =
            Selection::parse(&["namespace=openshift-*".into(), "owner=etc[d]".into()]).unwrap();
        let matches = |ns: &'static str, owner: &'static str| {
            selection.matches(|field| match field {
                Field::Namespace => Some([ns]),
                Field::Owner => Some([owner]),
                _ => None,
            })
        };
        assert!(matches("openshift-etcd", "etcd"));
        assert!(!matches("openshift-etcd", "etcd2"));
        assert!(!matches("my-openshift-etcd", "etcd"));
    }

    #[test]
    fn mistakes_name_the_valid_fields() {
        let err = Selection::parse(&["ns=x".into()]).unwrap_err().to_string();
        assert!(err.contains("unknown field `ns`") && err.contains("namespace"), "{err}");
        let err = Selection::parse(&["owner".into()]).unwrap_err().to_string();
        assert!(err.contains("FIELD=GLOB"), "{err}");
    }
}
