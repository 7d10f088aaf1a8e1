//! The states of the pages that compare.

use super::{BuildId, LineRange, SortBy, build_text, parse_sort, sort_text, text::Params};

/// Which of the things that changed are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareQuery {
    /// Words that must occur in a name or path.
    pub q: String,
    /// What a row stands for, `files` or another word of the page; an owner when empty.
    pub by: String,
    /// What must have happened to it, `lost` or another word of the page; any change when empty.
    pub only: String,
    /// The repository, `host/org/repo`; an empty one stands for "unknown", `None` for all.
    pub repo: Option<String>,
    /// Whether all are shown, and not only what changed most.
    pub all: bool,
    /// The order; the default order when empty.
    pub sort: Vec<SortBy>,
}

/// A file on both sides, and what is selected in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComparedFile {
    /// The path as built; never empty.
    pub path: String,
    /// The selected lines.
    pub lines: Option<LineRange>,
    /// A build that has the variant; the first one when `None`.
    pub build: Option<BuildId>,
    /// Where it is looked for: see [`CompareQuery::repo`].
    pub repo: Option<String>,
    /// Which places are gone through: see [`CompareQuery::only`].
    pub only: String,
}

impl CompareQuery {
    pub(super) fn read(params: &Params) -> Self {
        Self {
            q: params.first("q"),
            by: params.first("by"),
            only: params.first("only"),
            repo: params.all("repo").into_iter().next(),
            all: !params.first("all").is_empty(),
            sort: parse_sort(&params.first("sort")),
        }
    }

    pub(super) fn write(&self, params: &mut Params) {
        params.add("q", &self.q);
        params.add("by", &self.by);
        params.add("only", &self.only);
        params.add_all("repo", self.repo.as_slice());
        params.add("all", if self.all { "1" } else { "" });
        params.add("sort", &sort_text(&self.sort));
    }
}

impl ComparedFile {
    pub(super) fn read(params: &Params, path: String, build: Option<BuildId>) -> Self {
        let lines = LineRange::parse(&params.first("l"));
        let repo = params.all("repo").into_iter().next();
        Self { path, lines, build, repo, only: params.first("only") }
    }

    pub(super) fn write(&self, params: &mut Params) {
        params.add("l", &self.lines.map(LineRange::text).unwrap_or_default());
        params.add("b", build_text(self.build.as_ref()));
        params.add("only", &self.only);
        params.add_all("repo", self.repo.as_slice());
    }

    /// The list of files in which it stands.
    pub(super) fn list(&self) -> CompareQuery {
        let (only, repo) = (self.only.clone(), self.repo.clone());
        CompareQuery { by: "files".to_owned(), only, repo, ..CompareQuery::default() }
    }
}
