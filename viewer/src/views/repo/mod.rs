//! The page of a repository: each of its files once, over all builds that have it.

mod band;
mod files;
mod header;

use std::rc::Rc;

use covatlas_shared::{manifest::Manifest, repo::RepoShard, stats::Tiers};
use yew::prelude::*;

use crate::{
    components::{Nav, loading, nav::here, problem, same::Same, title::use_title, use_nav},
    model::{repo::file_list, search::short_repo, tree::FileList},
    route::{FileView, RepoView, Route},
    store::{Remote, use_manifest, use_repo},
    views::absent::no_such_repo,
};
use files::{files_pane, use_files};

/// Properties of [`RepoPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct RepoPageProps {
    /// `host/org/repo`.
    pub(crate) name: String,
    /// What of it is shown.
    pub(crate) view: RepoView,
}

/// What the parts of the page draw.
#[derive(Clone, PartialEq)]
struct Shown {
    nav: Nav,
    manifest: Same<Manifest>,
    repo: Same<RepoShard>,
    view: RepoView,
    files: Same<FileList>,
}

impl Shown {
    fn tiers(&self) -> Tiers {
        self.manifest.tiers
    }

    fn has_clusters(&self) -> bool {
        self.manifest.clusters.len() > 1
    }

    /// The page in another state.
    fn route(&self, view: RepoView) -> Route {
        Route::Repo(self.repo.repo.clone(), view)
    }

    /// Changes the state of the page, not the history. The state is the one of the address bar:
    /// rows are drawn again only when they look different, so theirs may be an old one.
    fn change(&self, f: impl FnOnce(&mut RepoView)) {
        let mut view = match here() {
            Route::Repo(_, view) => view,
            _ => self.view.clone(),
        };
        f(&mut view);
        self.nav.replace.emit(self.route(view));
    }

    /// A callback that changes the state of the page.
    fn on<T: 'static>(&self, f: fn(&mut RepoView, T)) -> Callback<T> {
        let shown = self.clone();
        Callback::from(move |value| shown.change(|view| f(view, value)))
    }

    /// The page of a file.
    fn file(&self, file: usize) -> Route {
        let path = self.files.get(file).map_or("", |f| &f.path).to_owned();
        let view = FileView { path, list: self.view.list.clone(), ..FileView::default() };
        Route::RepoFile(self.repo.repo.clone(), view)
    }
}

/// The page. It needs one shard besides the manifest.
#[component]
pub(crate) fn RepoPage(props: &RepoPageProps) -> Html {
    let RepoPageProps { name, view } = props;
    let (nav, manifest) = (use_nav(), use_manifest());
    use_title(short_repo(name).to_owned());
    let repo = use_repo(manifest.ready().and_then(|m| shard_of(m, name)));
    let files = use_memo((repo.clone(), view.unbuilt), |(repo, with_unbuilt)| {
        repo.ready().map(|repo| file_list(repo, *with_unbuilt)).unwrap_or_default()
    });
    let shown = manifest.ready().zip(repo.ready()).map(|(manifest, repo)| Shown {
        nav: nav.clone(),
        manifest: Rc::clone(manifest).into(),
        repo: Rc::clone(repo).into(),
        view: view.clone(),
        files: Rc::clone(&files).into(),
    });
    let rows = use_files(shown.as_ref());
    match (&shown, &manifest, &repo) {
        (Some(shown), ..) => page(shown, rows),
        (_, Remote::Failed(error), _) => problem("the report", error),
        (_, Remote::Ready(manifest), _) if shard_of(manifest, name).is_none() => {
            no_such_repo(manifest, name)
        }
        (_, _, Remote::Failed(error)) => problem("the files of the repository", error),
        _ => loading("the files of the repository", 24),
    }
}

/// The name of the shard of a repository; `None` when the report has none.
pub(super) fn shard_of(manifest: &Manifest, name: &str) -> Option<String> {
    manifest.repos.iter().find(|repo| repo.repo == name).map(|repo| repo.shard.clone())
}

fn page(shown: &Shown, rows: files::FileRows) -> Html {
    html! {
        <>
            {header::header(shown)}
            {band::band(shown)}
            {band::everyone(shown)}
            {files_pane(shown, rows)}
            if !shown.manifest.hide.is_empty() {
                <footer class="foot">{"Owners that are hidden as noise elsewhere count here."}</footer>
            }
        </>
    }
}
