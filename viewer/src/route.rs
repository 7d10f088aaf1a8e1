//! `Route` <-> the part of the URL behind `#`: every state that a link can carry.
//!
//! Links live in tickets, so this mapping is frozen by the table test below. Segments and values are
//! percent-encoded except letters, digits and `-._~`; a built path keeps its `/` and is the rest of
//! the address up to `?`, so that it may start with `/`. Unknown parameters are ignored, parameters
//! at their default are left out.

mod compared;
pub mod lens;
mod lists;
mod text;
mod views;

pub use compared::{CompareQuery, ComparedFile};
pub use lists::{NeverQuery, SearchQuery};
pub(crate) use text::encode_path;
pub use views::{Counts, FileListView, FileView, Mode, OwnerView, RepoView};

use text::{Params, decode, encode_segment};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// All owners.
    Dashboard(DashboardQuery),
    /// One owner with one of its binaries.
    Owner(OwnerRef, OwnerView),
    /// One file, in the colours of one owner.
    File(OwnerRef, FileView),
    /// One build of a binary, over all owners.
    Build(BuildRef, OwnerView),
    /// The union of all builds of a repository, `host/org/repo`.
    Repo(String, RepoView),
    /// One file of a repository, by its path in the repository, in the colours of everyone.
    RepoFile(String, FileView),
    /// Functions that never ran anywhere.
    Never(NeverQuery),
    /// Two collections, or two moments of one, side by side.
    Compare(CompareQuery),
    /// One file on both sides.
    ComparedFile(ComparedFile),
    /// The search.
    Search(SearchQuery),
    /// An address that names no page, as it stands behind the `#`.
    Unknown(String),
}

/// The filters and the order of the dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DashboardQuery {
    /// Words that must occur in an owner's text columns.
    pub q: String,
    /// Namespaces to show; all when empty. Likewise the next five.
    pub namespaces: Vec<String>,
    /// Owner kinds to show.
    pub kinds: Vec<String>,
    /// Containers to show.
    pub containers: Vec<String>,
    /// Tiers to show, 0 to 4.
    pub tiers: Vec<u8>,
    /// Repositories to show, `host/org/repo`; an empty one stands for "unknown".
    pub repos: Vec<String>,
    /// Labels to show, `KEY=VALUE`; an empty one stands for "unknown".
    pub labels: Vec<String>,
    /// Whether owners that are noise are shown too.
    pub noise: bool,
    /// Whether the trust panel lies over the page.
    pub trust: bool,
    /// The order, most important first; the default order when empty.
    pub sort: Vec<SortBy>,
}

/// One column of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortBy {
    /// The column's name: lower-case letters.
    pub column: String,
    /// Largest first.
    pub descending: bool,
}

/// The name of an owner with one binary. Made of names, never of positions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerRef {
    /// The cluster; empty where the site has only one.
    pub cluster: String,
    /// The namespace, `_host_` for host processes.
    pub namespace: String,
    /// The owner kind, as in the data: `Deployment`.
    pub kind: String,
    /// The owner's name.
    pub name: String,
    /// Name of the binary.
    pub binary: String,
}

/// A build by its binary's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRef {
    /// Name of the binary.
    pub binary: String,
    /// The build.
    pub build: BuildId,
}

/// The first 8 hex digits of a build's meta hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildId(String);

/// Lines of a file, from 1, the last one included.
///
/// Invariant: `1 <= first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    first: u32,
    last: u32,
}

impl BuildId {
    /// The id of a build by its meta hash; `None` when that is no hash.
    pub fn of_hash(hash: &str) -> Option<Self> {
        let id = hash.get(..8)?;
        let is_hex = id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_hex.then(|| Self(id.to_owned()))
    }

    /// The 8 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the id of the build with that meta hash.
    pub fn is_of(&self, hash: &str) -> bool {
        hash.starts_with(&self.0)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::of_hash(text).filter(|id| id.0.len() == text.len())
    }
}

impl LineRange {
    /// The lines between two lines, in either order; line 0 counts as 1.
    pub fn new(a: u32, b: u32) -> Self {
        Self { first: a.min(b).max(1), last: a.max(b).max(1) }
    }

    /// The first line, from 1.
    pub fn first(self) -> u32 {
        self.first
    }

    /// The last line, from 1.
    pub fn last(self) -> u32 {
        self.last
    }

    /// Whether a line is selected.
    pub fn contains(self, line: u32) -> bool {
        (self.first..=self.last).contains(&line)
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(Self::new(first.parse().ok()?, last.parse().ok()?))
    }

    fn text(self) -> String {
        if self.first == self.last {
            self.first.to_string()
        } else {
            format!("{}-{}", self.first, self.last)
        }
    }
}

impl Route {
    /// The page that `hash` names: what `location.hash` gives, with or without its `#`.
    pub fn parse(hash: &str) -> Self {
        let hash = hash.strip_prefix('#').unwrap_or(hash);
        let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
        let params = Params::parse(query);
        let path = path.strip_prefix('/').unwrap_or(path);
        parse_path(path, &params).unwrap_or_else(|| Self::Unknown(hash.to_owned()))
    }

    /// The address of the page, starting with `#`; it keeps the lens.
    pub fn href(&self) -> String {
        self.href_under(&lens::current())
    }

    /// The address of the page under another lens, whose filters these are.
    pub fn href_under(&self, filters: &[String]) -> String {
        let mut params = Params::default();
        let path = match self {
            Self::Dashboard(query) => {
                query.write(&mut params);
                "/".to_owned()
            }
            Self::Owner(owner, view) => {
                view.write(&mut params);
                params.add("b", build_text(view.build.as_ref()));
                params.add("c", &owner.cluster);
                owner.path()
            }
            Self::File(owner, view) => {
                view.write(&mut params);
                params.add("c", &owner.cluster);
                format!("{}/f/{}", owner.path(), encode_path(&view.path))
            }
            Self::Build(BuildRef { binary, build }, view) => {
                view.write(&mut params);
                format!("/b/{}/{}", encode_segment(binary), build.0)
            }
            Self::Repo(repo, view) => {
                view.write(&mut params);
                format!("/r/{}", encode_segment(repo))
            }
            Self::RepoFile(repo, view) => {
                view.write(&mut params);
                format!("/r/{}/f/{}", encode_segment(repo), encode_path(&view.path))
            }
            Self::Never(query) => {
                query.write(&mut params);
                "/never".to_owned()
            }
            Self::Compare(query) => {
                query.write(&mut params);
                "/compare".to_owned()
            }
            Self::ComparedFile(file) => {
                file.write(&mut params);
                format!("/compare/f/{}", encode_path(&file.path))
            }
            Self::Search(query) => {
                query.write(&mut params);
                "/search".to_owned()
            }
            Self::Unknown(hash) => return format!("#{hash}"),
        };
        lens::write(&mut params, filters);
        format!("#{path}{}", params.text())
    }

    /// The page one level up; `None` from the dashboard itself.
    pub fn up(&self) -> Option<Self> {
        match self {
            Self::Dashboard(query) => (*query != DashboardQuery::default())
                .then(|| Self::Dashboard(DashboardQuery::default())),
            Self::File(owner, view) => {
                let FileListView { q, written, sort } = view.list.clone();
                let build = view.build.clone();
                let view = OwnerView { build, q, written, sort, ..OwnerView::default() };
                Some(Self::Owner(owner.clone(), view))
            }
            Self::RepoFile(repo, view) => {
                let view = RepoView { list: view.list.clone(), ..RepoView::default() };
                Some(Self::Repo(repo.clone(), view))
            }
            Self::ComparedFile(file) => Some(Self::Compare(file.list())),
            _ => Some(Self::Dashboard(DashboardQuery::default())),
        }
    }

    /// Whether both show the same page, perhaps in another state of it.
    pub fn is_same_page(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Owner(a, _), Self::Owner(b, _)) => a == b,
            (Self::Build(a, _), Self::Build(b, _)) => a == b,
            (Self::File(a, x), Self::File(b, y)) => a == b && x.path == y.path,
            (Self::Repo(a, _), Self::Repo(b, _)) => a == b,
            (Self::RepoFile(a, x), Self::RepoFile(b, y)) => a == b && x.path == y.path,
            (Self::ComparedFile(a), Self::ComparedFile(b)) => a.path == b.path,
            (Self::Dashboard(_), Self::Dashboard(_))
            | (Self::Compare(_), Self::Compare(_))
            | (Self::Search(_), Self::Search(_))
            | (Self::Never(_), Self::Never(_)) => true,
            _ => self == other,
        }
    }
}

impl OwnerRef {
    fn path(&self) -> String {
        let [namespace, kind, name, binary] =
            [&self.namespace, &self.kind, &self.name, &self.binary].map(|s| encode_segment(s));
        format!("/o/{namespace}/{kind}/{name}/{binary}")
    }
}

impl Route {
    /// The trust panel, over the dashboard as it is.
    #[must_use]
    pub fn trust(&self) -> Self {
        let query = match self {
            Self::Dashboard(query) => query.clone(),
            _ => DashboardQuery::default(),
        };
        Self::Dashboard(DashboardQuery { trust: true, ..query })
    }
}

impl DashboardQuery {
    fn read(params: &Params) -> Self {
        let tier = |t: &str| t.parse().ok().filter(|t| *t <= 4);
        Self {
            q: params.first("q"),
            namespaces: params.all("ns"),
            kinds: params.all("kind"),
            containers: params.all("container"),
            tiers: params.all("tier").iter().filter_map(|t| tier(t)).collect(),
            repos: params.all("repo"),
            labels: params.all("label"),
            noise: !params.first("noise").is_empty(),
            trust: !params.first("trust").is_empty(),
            sort: parse_sort(&params.first("sort")),
        }
    }

    fn write(&self, params: &mut Params) {
        params.add("q", &self.q);
        params.add_all("ns", &self.namespaces);
        params.add_all("kind", &self.kinds);
        params.add_all("container", &self.containers);
        let tiers: Vec<String> = self.tiers.iter().map(u8::to_string).collect();
        params.add_all("tier", &tiers);
        params.add_all("repo", &self.repos);
        params.add_all("label", &self.labels);
        params.add("noise", if self.noise { "1" } else { "" });
        params.add("trust", if self.trust { "1" } else { "" });
        params.add("sort", &sort_text(&self.sort));
    }
}

/// The page at a path without its leading `/`; `None` when there is none.
fn parse_path(path: &str, params: &Params) -> Option<Route> {
    let (head, rest) = path.split_once('/').unwrap_or((path, ""));
    let has_rest = path.len() > head.len();
    match head {
        "" if rest.is_empty() => Some(Route::Dashboard(DashboardQuery::read(params))),
        "o" => parse_owner(rest, params),
        "b" => {
            let (binary, build) = rest.split_once('/')?;
            let build = BuildId::parse(build)?;
            let view = OwnerView::read(params, None);
            Some(Route::Build(BuildRef { binary: decode(binary), build }, view))
        }
        "r" if has_rest => match rest.split_once('/') {
            None if rest.is_empty() => None,
            None => Some(Route::Repo(decode(rest), RepoView::read(params))),
            Some((repo, file)) => {
                let path = decode(file.strip_prefix("f/").filter(|p| !p.is_empty())?);
                let build = BuildId::parse(&params.first("b"));
                Some(Route::RepoFile(decode(repo), FileView::read(params, path, build)))
            }
        },
        "never" if !has_rest => Some(Route::Never(NeverQuery::read(params))),
        "compare" if !has_rest => Some(Route::Compare(CompareQuery::read(params))),
        "compare" => {
            let path = decode(rest.strip_prefix("f/").filter(|path| !path.is_empty())?);
            let build = BuildId::parse(&params.first("b"));
            Some(Route::ComparedFile(ComparedFile::read(params, path, build)))
        }
        "search" if !has_rest => Some(Route::Search(SearchQuery::read(params))),
        _ => None,
    }
}

/// The page of an owner or of one of its files.
fn parse_owner(rest: &str, params: &Params) -> Option<Route> {
    let mut segments = rest.splitn(5, '/');
    let mut next = || segments.next().map(decode);
    let owner = OwnerRef {
        namespace: next()?,
        kind: next()?,
        name: next()?,
        binary: next()?,
        cluster: params.first("c"),
    };
    let build = BuildId::parse(&params.first("b"));
    match segments.next() {
        None => Some(Route::Owner(owner, OwnerView::read(params, build))),
        Some(file) => {
            let path = decode(file.strip_prefix("f/").filter(|p| !p.is_empty())?);
            let view = FileView::read(params, path, build);
            Some(Route::File(owner, view))
        }
    }
}

fn build_text(build: Option<&BuildId>) -> &str {
    build.map_or("", BuildId::as_str)
}

/// An order as text: `-uncovered,namespace`.
fn sort_text(sort: &[SortBy]) -> String {
    let sign = |s: &SortBy| if s.descending { "-" } else { "" };
    let columns: Vec<String> = sort.iter().map(|s| format!("{}{}", sign(s), s.column)).collect();
    columns.join(",")
}

/// Reads [`sort_text`]; leaves out what is no column name.
fn parse_sort(text: &str) -> Vec<SortBy> {
    let column = |part: &str| {
        let name = part.strip_prefix('-').unwrap_or(part);
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
        let descending = name.len() < part.len();
        is_name.then(|| SortBy { column: name.to_owned(), descending })
    };
    text.split(',').filter_map(column).collect()
}

#[cfg(test)]
mod tests;
