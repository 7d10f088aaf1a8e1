//! The programs that the viewer is built as, one for each group of pages, so that nobody waits for
//! code of pages that they do not open. `loader.js` says which addresses are whose, loads a program
//! when an address first needs it, and keeps it.
//!
//! A program draws nothing by itself: it offers what it can draw, and the loader asks for it.
//! Each carries a copy of the frame and of what the pages share. A new group of pages becomes a new
//! part: a function here, a file in `bin/`, a line in `loader.js` and in `build.sh`.

use yew::prelude::*;

use crate::{
    app::mount,
    host::offer,
    route::Route,
    views::{
        compare::{ComparePage, ComparedPage},
        dashboard::Dashboard,
        lens::mount_picker,
        never::NeverPage,
        owner::OwnerPage,
        repo::RepoPage,
        search::{SearchPage, mount_palette},
        source::{SourcePage, UnionPage},
        subject::Target,
    },
};

/// Draws the landing page, and what to show at addresses that lead nowhere.
pub fn board() {
    offer("board", || {
        mount("board", |route| match route {
            Route::Dashboard(query) => Some(html! { <Dashboard {query} /> }),
            _ => None,
        });
    });
}

/// Draws the pages of owners and of builds.
pub fn owner() {
    offer("owner", || {
        mount("owner", |route| {
            let (target, view) = match route {
                Route::Owner(owner, view) => (Target::Owner(owner), view),
                Route::Build(build, view) => (Target::Build(build), view),
                _ => return None,
            };
            Some(html! { <OwnerPage {target} {view} /> })
        });
    });
}

/// Draws the pages of files.
pub fn source() {
    offer("source", || {
        mount("source", |route| match route {
            Route::File(owner, view) => Some(html! { <SourcePage {owner} {view} /> }),
            _ => None,
        });
    });
}

/// Draws the lists over all builds: what is searched for, and what never ran. The search also lies
/// over other pages.
pub fn find() {
    offer("find", || {
        mount("find", |route| match route {
            Route::Search(query) => Some(html! { <SearchPage {query} /> }),
            Route::Never(query) => Some(html! { <NeverPage {query} /> }),
            _ => None,
        });
    });
    offer("palette", mount_palette);
}

/// Computes what pages show under a lens.
pub fn lens() {
    crate::lens::engine::offer();
}

/// Draws the sheet where a lens is chosen.
pub fn picker() {
    offer("picker", mount_picker);
}

/// Draws the pages of repositories.
pub fn repo() {
    offer("repo", || {
        mount("repo", |route| match route {
            Route::Repo(name, view) => Some(html! { <RepoPage {name} {view} /> }),
            _ => None,
        });
    });
}

/// Draws the pages of files of repositories.
pub fn union() {
    offer("union", || {
        mount("union", |route| match route {
            Route::RepoFile(name, view) => Some(html! { <UnionPage {name} {view} /> }),
            _ => None,
        });
    });
}

/// Draws what is compared: the lists, and files line by line.
pub fn compare() {
    offer("compare", || {
        mount("compare", |route| match route {
            Route::Compare(query) => Some(html! { <ComparePage {query} /> }),
            Route::ComparedFile(file) => Some(html! { <ComparedPage {file} /> }),
            _ => None,
        });
    });
}
