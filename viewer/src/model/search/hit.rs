//! What is shown of something that was found, and where it leads.

use covatlas_shared::{search::PathRow, stats::Coverage};

use super::{Item, Kind, Names};
use crate::{
    model::{format, funcs::parts},
    route::{OwnerView, Route},
};

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What it is, in a few letters and in words.
    pub badge: (String, String),
    /// What stands before the name, quietly.
    pub head: String,
    /// Its name.
    pub name: String,
    /// What follows the name, quietly.
    pub rest: String,
    /// Where it belongs: a namespace or a repository.
    pub place: String,
    /// What ran of it, where that is known.
    pub coverage: Option<Coverage>,
    /// The page about it.
    pub to: Route,
}

impl Names {
    /// What is shown of an item; `None` when the site does not have what it needs.
    pub fn hit(&self, kind: Kind, item: Item) -> Option<Hit> {
        match kind {
            Kind::Owners => self.owner_hit(item.at),
            Kind::Binaries => self.binary_hit(item.at),
            Kind::Packages => self.package_hit(item.at),
            Kind::Files => self.file_hit(item.at),
            Kind::Funcs => self.func_hit(item),
        }
    }

    fn owner_hit(&self, at: usize) -> Option<Hit> {
        let (table, row) = (self.links.table(), self.links.table().newest(at)?);
        let (short, long) = format::kind(table.text(row.kind));
        let (before, namespace) = format::namespace(table.text(row.namespace));
        let (name, binary) = (table.text(row.name), table.text(row.binary));
        Some(Hit {
            badge: (short.to_owned(), long.to_owned()),
            head: String::new(),
            name: name.to_owned(),
            rest: if name == binary { String::new() } else { binary.to_owned() },
            place: format!("{before}{namespace}"),
            coverage: Some(row.coverage),
            to: Route::Owner(table.owner_ref(row), OwnerView::default()),
        })
    }

    fn binary_hit(&self, at: usize) -> Option<Hit> {
        let table = self.links.table();
        let build = table.shard().builds.get(at)?;
        let known = [build.repo, build.module].map(|idx| table.text(idx));
        let known = known.into_iter().find(|text| !text.is_empty());
        Some(Hit {
            badge: ("bin".to_owned(), "Build of a binary".to_owned()),
            head: String::new(),
            name: table.text(build.binary).to_owned(),
            rest: format!("build {}", build.hash.get(..8).unwrap_or_default()),
            place: short_repo(known.unwrap_or_default()).to_owned(),
            coverage: Some(build.coverage),
            to: self.links.build(at, OwnerView::default())?,
        })
    }

    fn package_hit(&self, at: usize) -> Option<Hit> {
        let (package, paths) = (self.packages.get(at)?, self.paths.as_ref()?);
        let build = super::at(&self.builds, package.file.build)??;
        let (dir, repo) =
            (paths.strings.get(package.file.dir), paths.strings.get(package.file.repo));
        let short = below_repo(dir, repo);
        let last = short.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let (head, name) = short.split_at(last);
        // The page filters by words: a directory with blanks in its name would be several.
        let q = if dir.contains(char::is_whitespace) { String::new() } else { format!("{dir}/") };
        let view = OwnerView { q, scope: format!("{dir}/"), ..OwnerView::default() };
        let n_files = format::amount(package.n_files);
        Some(Hit {
            badge: ("pkg".to_owned(), "Go package".to_owned()),
            head: head.to_owned(),
            name: name.to_owned(),
            rest: format::count(n_files, "file"),
            place: short_repo(repo).to_owned(),
            coverage: None,
            to: self.links.build(build, view)?,
        })
    }

    fn file_hit(&self, at: usize) -> Option<Hit> {
        let paths = self.paths.as_ref()?;
        let file = paths.files.get(at)?;
        let repo = paths.strings.get(file.repo);
        let dir = below_repo(paths.strings.get(file.dir), repo);
        Some(Hit {
            badge: ("file".to_owned(), "File".to_owned()),
            head: if dir.is_empty() { String::new() } else { format!("{dir}/") },
            name: paths.strings.get(file.base).to_owned(),
            rest: String::new(),
            place: short_repo(repo).to_owned(),
            coverage: None,
            to: self.file_route(file, None)?,
        })
    }

    fn func_hit(&self, item: Item) -> Option<Hit> {
        let (paths, funcs) = (self.paths.as_ref()?, self.funcs.as_ref()?);
        let (file, func) = (paths.files.get(item.at)?, funcs.funcs().get(item.func)?);
        let (head, name) = parts(funcs.strings.get(func.name));
        let (path, repo) = (paths.path(file), paths.strings.get(file.repo));
        Some(Hit {
            badge: ("func".to_owned(), "Function".to_owned()),
            head: String::new(),
            name: format!("{head}{name}"),
            rest: format!("{}:{}", below_repo(&path, repo), func.line),
            place: short_repo(repo).to_owned(),
            coverage: None,
            to: self.file_route(file, Some(func.line))?,
        })
    }

    /// The page of a file, in the colours of everyone.
    fn file_route(&self, file: &PathRow, line: Option<u32>) -> Option<Route> {
        let build = super::at(&self.builds, file.build)??;
        self.links.file(build, self.paths.as_ref()?.path(file), line)
    }
}

/// A path as built, without the repository when it starts with that.
fn below_repo<'a>(path: &'a str, repo: &str) -> &'a str {
    let below = path.strip_prefix(repo).and_then(|rest| rest.strip_prefix('/'));
    below.filter(|_| !repo.is_empty()).unwrap_or(path)
}

/// A repository without its host.
pub fn short_repo(repo: &str) -> &str {
    match repo.split_once('/') {
        Some((host, rest)) if host.contains('.') => rest,
        _ => repo,
    }
}
