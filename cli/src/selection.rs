//! Filters of the form `FIELD=GLOB`, as `--where` takes them.

use std::{fmt, str::FromStr};

pub use covatlas_shared::field::Field;
use globset::{Glob, GlobMatcher};
use thiserror::Error;

/// A filter that cannot be understood: a usage error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    /// There is no `=`.
    #[error("`{0}` is no filter: write FIELD=GLOB, with one of the fields {fields}", fields = field_names())]
    NoEqualsSign(String),
    /// No such field.
    #[error(
        "unknown field `{0}`: the fields are {fields}; a label is written label=KEY=VALUE",
        fields = field_names()
    )]
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
    Field::ALL.map(Field::name).join(", ")
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
        let field = Field::of(name).ok_or_else(|| FilterError::UnknownField(name.to_owned()))?;
        Ok(Self { field, glob: parse_glob(glob)? })
    }
}

impl Filter {
    /// What it looks at.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Whether a value passes.
    pub fn is_match(&self, value: &str) -> bool {
        self.glob.is_match(value)
    }

    /// The glob as it was written.
    pub fn glob(&self) -> &str {
        self.glob.glob().glob()
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

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.field.name(), self.glob.glob())
    }
}

/// What is noise: a filter, or nothing, which takes a configured list back.
#[derive(Clone, Debug)]
pub struct Noise(Option<Filter>);

impl FromStr for Noise {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        if text.is_empty() { Ok(Self(None)) } else { text.parse().map(|f| Self(Some(f))) }
    }
}

impl Noise {
    /// The filters of a list as they were written.
    pub fn texts(list: &[Self]) -> Vec<String> {
        list.iter().flat_map(|noise| &noise.0).map(Filter::to_string).collect()
    }
}

/// Filters that must all match, and some of which none may.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    must: Vec<Filter>,
    noise: Vec<Filter>,
}

impl Selection {
    /// Reads filters.
    ///
    /// # Errors
    /// [`FilterError`] of the first one that cannot be understood.
    pub fn parse(filters: &[String]) -> Result<Self, FilterError> {
        let must = filters.iter().map(|f| f.parse()).collect::<Result<_, _>>()?;
        Ok(Self { must, noise: Vec::new() })
    }

    /// The selection without what is noise.
    #[must_use]
    pub fn without(mut self, noise: &[Noise]) -> Self {
        self.noise.extend(noise.iter().filter_map(|noise| noise.0.clone()));
        self
    }

    /// Whether all filters on fields that `value` knows match; it gives the values of a field, any
    /// of which may match, or `None` for a field that is not decided here.
    pub fn matches<S: AsRef<str>, V: AsRef<[S]>>(
        &self,
        value: impl Fn(Field) -> Option<V>,
    ) -> bool {
        let passes = |filter: &Filter, value: &S| filter.is_match(value.as_ref());
        let is_kept = self.must.iter().all(|filter| {
            value(filter.field)
                .is_none_or(|values| values.as_ref().iter().any(|v| passes(filter, v)))
        });
        let is_noise = |filter: &Filter| {
            let Some(values) = value(filter.field) else { return false };
            let mut matches = values.as_ref().iter().map(|v| passes(filter, v)).peekable();
            // Of a build in several repositories only the files of one of them may be noise.
            let all = filter.field == Field::Repo && matches.peek().is_some();
            if all { matches.all(|is_match| is_match) } else { matches.any(|is_match| is_match) }
        };
        is_kept && !self.noise.iter().any(is_noise)
    }

    /// Whether it leaves everything.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.noise.is_empty()
    }

    /// The filters that must match.
    pub fn filters(&self) -> &[Filter] {
        &self.must
    }

    /// Whether some filter looks at this field.
    pub fn has(&self, field: Field) -> bool {
        self.must.iter().chain(&self.noise).any(|filter| filter.field == field)
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noise = self.noise.iter().map(|filter| format!("not {filter}"));
        let texts: Vec<String> = self.must.iter().map(Filter::to_string).chain(noise).collect();
        f.write_str(&texts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use covatlas_shared::glob::Glob as ViewersGlob;
    use proptest::prelude::*;

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
    fn noise_is_left_out_where_it_is_known() {
        let noise = ["kind=Job", "repo=h/o/*", "path=*_gen.go", ""].map(|n| n.parse().unwrap());
        assert_eq!(Noise::texts(&noise), ["kind=Job", "repo=h/o/*", "path=*_gen.go"]);
        let selection = Selection::parse(&["owner=a".into()]).unwrap().without(&noise);
        assert_eq!(selection.to_string(), "owner=a not kind=Job not repo=h/o/* not path=*_gen.go");
        assert!(selection.has(Field::Path) && !selection.has(Field::Pod));
        let process = |kind: &'static str, repos: &'static [&'static str]| {
            selection.matches(|field| match field {
                Field::Owner => Some(vec!["a"]),
                Field::Kind => Some(vec![kind]),
                Field::Repo => Some(repos.to_vec()),
                _ => None,
            })
        };
        assert!(process("Pod", &[]) && !process("Job", &[]));
        assert!(process("Pod", &["h/o/r", "x/y/z"]), "files of the other repository stay");
        assert!(!process("Pod", &["h/o/r", "h/o/s"]));
        let file = |paths: [&'static str; 2]| {
            selection.matches(|field| (field == Field::Path).then_some(paths))
        };
        assert!(file(["m/a.go", "a.go"]) && !file(["m/a.go", "a_gen.go"]));
    }

    #[test]
    fn mistakes_name_the_valid_fields() {
        let err = Selection::parse(&["ns=x".into()]).unwrap_err().to_string();
        assert!(err.contains("unknown field `ns`") && err.contains("namespace"), "{err}");
        let err = Selection::parse(&["owner".into()]).unwrap_err().to_string();
        assert!(err.contains("FIELD=GLOB"), "{err}");
    }

    /// Pieces that mean something to a glob, between letters and bytes that could be taken apart.
    const PIECES: &str = r"(\*|\*\*|\?|/|a|b|é|è|-|,|\.|\\|\[|\]|!|\{|\}|\[a-b\]|\[!a\]|\[é\]|\[\[:alpha:\]\]|\[:|:\])";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        /// The page hides what `--hide` leaves out of answers.
        #[test]
        fn the_page_understands_globs_as_the_command_line_does(
            glob in proptest::string::string_regex(&format!("{PIECES}{{0,8}}")).unwrap(),
            texts in proptest::collection::vec("[ab/é,.!-]{0,6}", 8),
        ) {
            let (ours, theirs) = (ViewersGlob::parse(&glob), parse_glob(&glob).ok());
            prop_assert_eq!(ours.is_some(), theirs.is_some(), "{}", glob);
            if let Some((ours, theirs)) = ours.zip(theirs) {
                for text in texts {
                    prop_assert_eq!(ours.matches(&text), theirs.is_match(&text), "{} {}", glob, text);
                }
            }
        }
    }
}
