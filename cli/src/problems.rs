//! Failures that do not stop a run: values that end in the summary and in the database.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a problem costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Coverage data or a requested object is missing or damaged; the run ends with status 3.
    Loss,
    /// Nothing is lost, but something is less than it could be.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Loss => "loss",
            Self::Note => "note",
        })
    }
}

/// One thing that went wrong, and what to do about it.
///
/// Field order is sort order, and the order of keys in `--json` output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// What it costs.
    pub severity: Severity,
    /// A short stable word for scripts, such as `wrong-prefix`.
    pub kind: Box<str>,
    /// The thing concerned: a report, image, repository or file.
    pub item: String,
    /// Where it lies: a path, key or URL.
    pub place: String,
    /// What happened, with its causes.
    pub cause: String,
    /// What the user can do; empty when there is nothing to do.
    pub remedy: String,
}

impl Problem {
    /// A problem that lost data; its other texts are still empty.
    pub fn loss(kind: &str, item: impl Into<String>) -> Self {
        Self::new(Severity::Loss, kind, item.into())
    }

    /// A problem that lost nothing; its other texts are still empty.
    pub fn note(kind: &str, item: impl Into<String>) -> Self {
        Self::new(Severity::Note, kind, item.into())
    }

    fn new(severity: Severity, kind: &str, item: String) -> Self {
        let (place, cause, remedy) = Default::default();
        Self { severity, kind: kind.into(), item, place, cause, remedy }
    }

    /// Says where it happened.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = place.to_string();
        self
    }

    /// Says what happened in one text.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = cause.to_string();
        self
    }

    /// Says what happened as an error and its chain of causes, joined by `: `.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        self.cause = chain(error);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl fmt::Display) -> Self {
        self.remedy = remedy.to_string();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, item, place, cause, remedy, .. } = self;
        write!(f, "{severity}: {item}")?;
        for (before, text) in [(" at ", place), (": ", cause), ("; ", remedy)] {
            if !text.is_empty() {
                write!(f, "{before}{text}")?;
            }
        }
        Ok(())
    }
}

/// An error and its causes, joined by `: `.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for source in std::iter::successors(error.source(), |source| source.source()) {
        let cause = source.to_string();
        // Some errors repeat their source's text in their own.
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// The problems of a step, in the order they were met.
#[must_use = "problems belong in the summary"]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a problem.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// The value of a result, or `None` with its problem recorded.
    pub fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.push(problem)).ok()
    }

    /// Whether any of them lost data.
    pub fn has_loss(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Loss)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order they were met.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Brings them into an order that does not depend on scheduling: losses first.
    pub fn sort(&mut self) {
        self.0.sort();
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("cannot decode")]
    struct Outer(#[source] Inner);

    #[derive(Debug, Error)]
    #[error("need 4 more bytes")]
    struct Inner;

    #[test]
    fn a_problem_has_the_promised_keys_in_order() {
        let problem = Problem::loss("damaged", "covmeta.abc")
            .at("coverage/x")
            .caused_by(&Outer(Inner))
            .remedy("collect it again");
        insta::assert_snapshot!(
            serde_json::to_string(&problem).unwrap(),
            @r#"{"severity":"loss","kind":"damaged","item":"covmeta.abc","place":"coverage/x","cause":"cannot decode: need 4 more bytes","remedy":"collect it again"}"#
        );
        insta::assert_snapshot!(
            problem,
            @"loss: covmeta.abc at coverage/x: cannot decode: need 4 more bytes; collect it again"
        );
        assert_eq!(Problem::note("x", "item").to_string(), "note: item");
    }

    #[test]
    fn keep_returns_the_value_or_records_the_problem() {
        let mut problems = Problems::new();
        assert_eq!(problems.keep(Ok(1)), Some(1));
        assert_eq!(problems.keep::<i32>(Err(Problem::note("k", "b"))), None);
        assert!(!problems.has_loss());
        problems.extend([Problem::loss("k", "c")]);
        assert!(problems.has_loss());
        problems.sort();
        let items: Vec<_> = problems.iter().map(|problem| problem.item.as_str()).collect();
        assert_eq!(items, ["c", "b"]);
        let json = serde_json::to_string(&problems).unwrap();
        assert_eq!(serde_json::from_str::<Problems>(&json).unwrap(), problems);
    }
}
