//! The states of the pages of numbers and of text.

use super::{BuildId, LineRange, SortBy, build_text, parse_sort, sort_text, text::Params};

/// What an owner's page shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerView {
    /// The build; the newest when `None`.
    pub build: Option<BuildId>,
    /// Words that must occur in a file's path.
    pub q: String,
    /// Whether only what people wrote is listed, not what tools did.
    pub written: bool,
    /// How the page is laid out, `flat` or another word of the page; empty for the default.
    pub view: String,
    /// The order of the files; the default order when empty.
    pub sort: Vec<SortBy>,
    /// Directories that are open though closed by default, or the other way round.
    pub toggled: Vec<String>,
    /// The file, or directory with `/` at its end, whose funcs are listed; all when empty.
    pub scope: String,
    /// Words that must occur in a func's name or path.
    pub funcs: String,
    /// The order of the funcs; the default order when empty.
    pub funcs_sort: Vec<SortBy>,
}

/// What the page of a repository shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepoView {
    /// Which files are listed, and in which order.
    pub list: FileListView,
    /// How the files are laid out, `flat` or another word of the page; empty for the default.
    pub view: String,
    /// Directories that are open though closed by default, or the other way round.
    pub toggled: Vec<String>,
    /// Whether files that no build has are listed too.
    pub unbuilt: bool,
}

/// A file and what is selected in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileView {
    /// The path as built, of a repository's file that in the repository; never empty.
    pub path: String,
    /// The selected lines.
    pub lines: Option<LineRange>,
    /// The build; the newest when `None`. Of a repository's file a build that has the variant.
    pub build: Option<BuildId>,
    /// Whose counts colour the file.
    pub counts: Counts,
    /// The text that is looked for in it.
    pub find: String,
    /// The states of lines that are not coloured: `r` ran, `m` never ran, `p` partly.
    pub hide: String,
    /// How the file is shown, `units` or another word of the page; empty for the default.
    pub view: String,
    /// Whether who ran the selected lines is shown.
    pub who: bool,
    /// What stands beside the file.
    pub mode: Mode,
    /// Which files are listed there, and in which order.
    pub list: FileListView,
}

/// What stands beside a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: the file has the whole page.
    #[default]
    Source,
    /// The files of the build, to choose from.
    Split,
}

/// A list of files, as on the owner's page: see the fields of [`OwnerView`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileListView {
    /// Words that must occur in a file's path.
    pub q: String,
    /// Whether only what people wrote is listed.
    pub written: bool,
    /// The order; the default order when empty.
    pub sort: Vec<SortBy>,
}

/// Whose counts colour a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    /// Those of the owner.
    #[default]
    Here,
    /// Those of everyone with the build.
    Anywhere,
}

impl Counts {
    fn parse(text: &str) -> Self {
        if text == "anywhere" { Self::Anywhere } else { Self::Here }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Here => "",
            Self::Anywhere => "anywhere",
        }
    }
}

impl Mode {
    fn parse(text: &str) -> Self {
        if text == "split" { Self::Split } else { Self::Source }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Source => "",
            Self::Split => "split",
        }
    }
}

impl FileListView {
    fn read(params: &Params) -> Self {
        Self {
            q: params.first("q"),
            written: !params.first("written").is_empty(),
            sort: parse_sort(&params.first("sort")),
        }
    }

    fn write(&self, params: &mut Params) {
        params.add("q", &self.q);
        params.add("written", if self.written { "1" } else { "" });
        params.add("sort", &sort_text(&self.sort));
    }
}

impl OwnerView {
    pub(super) fn read(params: &Params, build: Option<BuildId>) -> Self {
        Self {
            build,
            q: params.first("q"),
            written: !params.first("written").is_empty(),
            view: params.first("view"),
            sort: parse_sort(&params.first("sort")),
            toggled: params.all("dir"),
            scope: params.first("in"),
            funcs: params.first("fq"),
            funcs_sort: parse_sort(&params.first("fsort")),
        }
    }

    /// Adds all but the build, which stands elsewhere in the address of its own page.
    pub(super) fn write(&self, params: &mut Params) {
        params.add("q", &self.q);
        params.add("written", if self.written { "1" } else { "" });
        params.add("view", &self.view);
        params.add("sort", &sort_text(&self.sort));
        params.add_all("dir", &self.toggled);
        params.add("in", &self.scope);
        params.add("fq", &self.funcs);
        params.add("fsort", &sort_text(&self.funcs_sort));
    }
}

impl RepoView {
    pub(super) fn read(params: &Params) -> Self {
        Self {
            list: FileListView::read(params),
            view: params.first("view"),
            toggled: params.all("dir"),
            unbuilt: !params.first("unbuilt").is_empty(),
        }
    }

    pub(super) fn write(&self, params: &mut Params) {
        self.list.write(params);
        params.add("view", &self.view);
        params.add_all("dir", &self.toggled);
        params.add("unbuilt", if self.unbuilt { "1" } else { "" });
    }
}

impl FileView {
    pub(super) fn read(params: &Params, path: String, build: Option<BuildId>) -> Self {
        let [find, hide, view] = ["find", "hide", "view"].map(|name| params.first(name));
        let lines = LineRange::parse(&params.first("l"));
        let counts = Counts::parse(&params.first("counts"));
        let who = !params.first("who").is_empty();
        let (mode, list) = (Mode::parse(&params.first("mode")), FileListView::read(params));
        Self { path, lines, build, counts, find, hide, view, who, mode, list }
    }

    pub(super) fn write(&self, params: &mut Params) {
        params.add("l", &self.lines.map(LineRange::text).unwrap_or_default());
        params.add("b", build_text(self.build.as_ref()));
        params.add("counts", self.counts.name());
        params.add("find", &self.find);
        params.add("hide", &self.hide);
        params.add("view", &self.view);
        params.add("who", if self.who { "1" } else { "" });
        params.add("mode", self.mode.name());
        self.list.write(params);
    }
}
