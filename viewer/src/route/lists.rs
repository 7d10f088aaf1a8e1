//! The states of the pages that list what is found and what never ran.

use super::text::Params;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words that must all fit.
    pub q: String,
    /// The kind of things to show, `functions` or another word of the page; all when empty.
    pub kind: String,
}

/// Which of the funcs that never ran are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeverQuery {
    /// Words that must occur in a func's name or path.
    pub q: String,
    /// The repository, `host/org/repo`; an empty one stands for "unknown", `None` for all.
    pub repo: Option<String>,
    /// The directory of the package; all when empty.
    pub package: String,
    /// What a row stands for, `packages` or another word of the page; a func when empty.
    pub by: String,
    /// Whether files that tools wrote count too.
    pub generated: bool,
    /// Whether all are shown, and not only the largest.
    pub all: bool,
}

impl SearchQuery {
    pub(super) fn read(params: &Params) -> Self {
        Self { q: params.first("q"), kind: params.first("kind") }
    }

    pub(super) fn write(&self, params: &mut Params) {
        params.add("q", &self.q);
        params.add("kind", &self.kind);
    }
}

impl NeverQuery {
    pub(super) fn read(params: &Params) -> Self {
        Self {
            q: params.first("q"),
            repo: params.all("repo").into_iter().next(),
            package: params.first("pkg"),
            by: params.first("by"),
            generated: !params.first("gen").is_empty(),
            all: !params.first("all").is_empty(),
        }
    }

    pub(super) fn write(&self, params: &mut Params) {
        let flag = |is_on| if is_on { "1" } else { "" };
        params.add("q", &self.q);
        params.add_all("repo", self.repo.as_slice());
        params.add("pkg", &self.package);
        params.add("by", &self.by);
        params.add("gen", flag(self.generated));
        params.add("all", flag(self.all));
    }
}
