//! The page of a file of a repository: in the colours of everyone, over all builds.

use std::rc::Rc;

use covatlas_shared::{
    manifest::Manifest,
    repo::{RepoShard, Unbuilt},
};
use yew::prelude::*;

use super::{
    UNITS,
    load::{Loaded, use_united},
    notes,
    reading::{Here, Whose, use_reading},
    source_of,
    union_tools::union_tools,
    units_link,
    who_of_all::who_of_all,
};
use crate::{
    components::{
        IconName, NoticeKind, icon, loading, notice, problem, same::Same, title::use_title, use_nav,
    },
    model::{
        format::commit,
        repo::{file_list, nearest_paths, variant_of},
        repo_link::{file_link, text_commit},
        tree::FileList,
    },
    route::{FileView, Mode, Route},
    store::{Remote, use_manifest, use_pack, use_repo, use_union},
    views::{absent::no_such_repo, repo::shard_of},
};

/// Properties of [`UnionPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct UnionPageProps {
    /// `host/org/repo`.
    pub(crate) name: String,
    /// Which file, and what is selected in it.
    pub(crate) view: FileView,
}

/// The page. After the shard of the repository it needs two: the text and the counts.
#[component]
pub(crate) fn UnionPage(props: &UnionPageProps) -> Html {
    let name = &props.name;
    let view = FileView { mode: Mode::Source, ..props.view.clone() };
    let manifest = use_manifest();
    let repo = use_repo(manifest.ready().and_then(|m| shard_of(m, name)));
    let variant = repo.ready().and_then(|r| variant_of(r, &view.path, view.build.as_ref()));
    let own = repo.ready().zip(variant);
    let pack = own.and_then(|(repo, variant)| {
        let pack = usize::try_from(repo.stats.files.get(variant)?.pack).ok()?;
        repo.stats.packs.get(pack).cloned()
    });
    let union =
        own.and_then(|(repo, variant)| usize::try_from(repo.variants.get(variant)?.union).ok());
    let (pack, counts) = (use_pack(pack), use_union(&repo, union));
    let loaded = use_united(&repo, variant, &pack, &counts, view.view == UNITS);
    let files = use_memo(repo.clone(), |repo| {
        repo.ready().map(|repo| file_list(repo, false)).unwrap_or_default()
    });
    let order = use_memo(Same::from(Rc::clone(&files)), |files| files.by_path().to_vec());
    let here = Rc::new(Here {
        nav: use_nav(),
        whose: Whose::Repo(name.clone()),
        build: view.build.clone(),
        file: position(&files, &view.path).unwrap_or(usize::MAX),
        view,
        loaded: loaded.clone(),
        files: files.into(),
        order: order.into(),
    });
    let reading = use_reading(&here);
    let draw = super::use_lines(&here, &reading);
    use_title(here.view.path.rsplit('/').next().unwrap_or_default().to_owned());
    let (manifest, repo) = match (&manifest, &repo) {
        (Remote::Ready(manifest), Remote::Ready(repo)) => (manifest, repo),
        (Remote::Failed(error), _) => return problem("the report", error),
        (Remote::Ready(manifest), _) if shard_of(manifest, name).is_none() => {
            return no_such_repo(manifest, name);
        }
        (_, Remote::Failed(error)) => return problem("the files of the repository", error),
        _ => return loading("files", 30),
    };
    let Some(variant) = variant else { return no_variant(&here, repo) };
    let place = Place { manifest: Rc::clone(manifest), repo: Rc::clone(repo), variant };
    let lines = match (&loaded, &pack, &counts) {
        (Some(loaded), ..) => {
            let side =
                counts.ready().and_then(|counts| who_of_all(&place, counts, &here, &reading));
            super::lines(&here, (loaded, draw), &reading, side)
        }
        (None, Remote::Failed(error), _) => problem("the text of this file", error),
        (None, _, Remote::Failed(error)) => problem("the counts of this file", error),
        _ => loading("source", 36),
    };
    let source = source_of(&repo.stats, variant);
    let note = |l: &Loaded| notes::note(l.fit, source, units_link(&here, l));
    let beyond = |text: String| notice(NoticeKind::Warn, html! { <span>{text}</span> });
    html! {
        <div class="duo"><div class="src">
            <h1 class="sr"><bdi>{format!("{} in {name}", here.view.path)}</bdi></h1>
            {union_tools(&place, &here, &reading)}
            {for loaded.as_ref().map(note)}
            {for notes::beyond(&here).map(beyond)}
            {lines}
        </div></div>
    }
}

/// A variant of a file of a repository.
pub(super) struct Place {
    pub(super) manifest: Rc<Manifest>,
    pub(super) repo: Rc<RepoShard>,
    pub(super) variant: usize,
}

fn position(files: &FileList, path: &str) -> Option<usize> {
    files.files().iter().position(|file| *file.path == *path)
}

/// A file that no build has: it may be in the repository all the same.
fn no_variant(here: &Here, repo: &RepoShard) -> Html {
    let path = &here.view.path;
    let is_it = |file: &&Unbuilt| repo.unbuilt_path(file) == *path;
    let unbuilt = repo.unbuilt.iter().find(is_it);
    let link = |path: &String| {
        let href = here.whose.route(here.other(path)).href();
        html! { <a class="btn" {href}><bdi class="cut">{path.clone()}</bdi></a> }
    };
    let near = if unbuilt.is_some() { Vec::new() } else { nearest_paths(repo, path, 4) };
    let up = here.whose.route(here.view.clone()).up().as_ref().map(Route::href);
    let (title, why) = if unbuilt.is_some() {
        (
            "No build has this file",
            "It is in the repository, but no program of this report was built with it, \
             or it has no functions, which is all that Go counts.",
        )
    } else {
        (
            "This repository has no such file",
            "It may have moved, or it is no Go file that could be built.",
        )
    };
    html! {
        <div class="empty">
            <h1>{title}</h1>
            <p class="mono"><bdi>{path.clone()}</bdi></p>
            <p>{why}</p>
            <div class="row wrap">
                {for near.iter().map(link)}
                {for unbuilt.map(|file| out(repo, file, path))}
                <a class="btn main" href={up}>{"All files of the repository"}</a>
            </div>
        </div>
    }
}

/// The way to a file that no build has, at the newest commit that has it.
fn out(repo: &RepoShard, file: &Unbuilt, path: &str) -> Html {
    let source = usize::try_from(file.commit).ok().and_then(|at| repo.stats.sources.get(at));
    let link = source.and_then(|source| Some((source, file_link(source, path, None)?)));
    let Some((source, href)) = link else { return Html::default() };
    html! {
        <a class="btn" {href} rel="noreferrer">
            {icon(IconName::Out)}{format!("Read it at commit {}", commit(text_commit(source)))}
        </a>
    }
}
