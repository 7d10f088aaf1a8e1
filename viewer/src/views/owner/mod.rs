//! The page of one owner with one of its builds, and that of a build over all its owners.

mod band;
mod files;
mod funcs;
mod header;
mod table;

use covatlas_shared::files::StatsShard;
use yew::prelude::*;

use crate::{
    components::{
        Nav, NoticeKind, loading, nav::here, notice, problem, same::Same, title::use_title, use_nav,
    },
    model::{funcs::FuncList, subject::Subject, tree::FileList},
    route::{Counts, FileListView, FileView, LineRange, Mode, OwnerView, Route},
    store::{Remote, use_counts, use_stats},
    views::subject::{Target, use_subject},
};
use files::{files_pane, use_files};
use funcs::{funcs_pane, use_funcs};

/// Properties of [`OwnerPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct OwnerPageProps {
    /// Whose page, or which build's.
    pub(crate) target: Target,
    /// What of it is shown.
    pub(crate) view: OwnerView,
}

/// The page. Header and band need no other shard than the one of all owners, so they are there at
/// once; files and funcs follow.
#[component]
pub(crate) fn OwnerPage(props: &OwnerPageProps) -> Html {
    let nav = use_nav();
    let subject = use_subject(&props.target, props.view.build.clone());
    let found = subject.as_ref().ok();
    use_title(match &props.target {
        Target::Owner(owner) => format!("{} ({})", owner.name, owner.binary),
        Target::Build(build) => format!("{} ({})", build.binary, build.build.as_str()),
    });
    let stats = use_stats(found.map(|s| s.build.stats.clone()));
    let own_name = found.and_then(|s| s.own.as_ref()).map(|own| own.counts.clone());
    let has_owner = own_name.is_some();
    let own = use_counts(own_name, &stats);
    let lists = use_memo((stats.clone(), own.clone(), has_owner), |(stats, own, has_owner)| {
        let stats: &StatsShard = stats.ready()?;
        let own = own.ready().map(|c| &**c);
        if own.is_none() && *has_owner {
            return None;
        }
        Some((Same::new(FileList::new(stats, own)), Same::new(FuncList::new(stats, own))))
    });
    let shown = found.zip(lists.as_ref().as_ref()).map(|(subject, (files, funcs))| Shown {
        nav: nav.clone(),
        subject: subject.clone(),
        target: props.target.clone(),
        view: props.view.clone(),
        files: files.clone(),
        funcs: funcs.clone(),
    });
    let files = use_files(shown.as_ref());
    let funcs = use_funcs(shown.as_ref());
    let panes = match (&shown, stats, own) {
        (Some(shown), ..) => html! {
            <div class="panes">{files_pane(shown, files)}{funcs_pane(shown, funcs)}</div>
        },
        (None, Remote::Failed(error), _) => problem("files and functions", &error),
        (None, _, Remote::Failed(error)) => problem("what this owner ran", &error),
        _ => loading("files and functions", 24),
    };
    match &subject {
        Err(instead) => instead.clone(),
        Ok(subject) => html! {
            <>
                {header::header(subject, &props.target, &props.view)}
                if subject.is_other_build {
                    {other_build()}
                }
                {band::band(subject, shown.as_ref())}
                {band::everyone(subject)}
                {panes}
            </>
        },
    }
}

fn other_build() -> Html {
    let text = "The build of this link is not in the report: this is the newest one of the owner.";
    notice(NoticeKind::Warn, html! { <span>{text}</span> })
}

/// What the parts of the page draw.
#[derive(Clone, PartialEq)]
struct Shown {
    nav: Nav,
    subject: Same<Subject>,
    target: Target,
    view: OwnerView,
    files: Same<FileList>,
    funcs: Same<FuncList>,
}

impl Shown {
    /// The page in another state.
    fn route(&self, view: OwnerView) -> Route {
        match &self.target {
            Target::Owner(owner) => Route::Owner(owner.clone(), view),
            Target::Build(build) => Route::Build(build.clone(), view),
        }
    }

    /// Changes the state of the page, not the history. The state is the one of the address bar:
    /// rows are drawn again only when they look different, so theirs may be an old one.
    fn change(&self, f: impl FnOnce(&mut OwnerView)) {
        let mut view = match here() {
            Route::Owner(_, view) | Route::Build(_, view) => view,
            _ => self.view.clone(),
        };
        f(&mut view);
        self.nav.replace.emit(self.route(view));
    }

    /// A callback that changes the state of the page.
    fn on<T: 'static>(&self, f: fn(&mut OwnerView, T)) -> Callback<T> {
        let shown = self.clone();
        Callback::from(move |value| shown.change(|view| f(view, value)))
    }

    /// The page of a file, or of a line of it: in the colours of the owner, or of everyone. A file
    /// is always shown with an owner; for a build, with the one that ran most of it.
    fn file(&self, file: usize, line: Option<u32>) -> Route {
        let lines = line.map(|l| LineRange::new(l, l));
        self.file_page(file, FileView { lines, ..FileView::default() })
    }

    /// The page of a file in a layout, with what is listed beside it.
    fn file_beside(&self, file: usize, mode: Mode, list: FileListView) -> Route {
        self.file_page(file, FileView { mode, list, ..FileView::default() })
    }

    fn file_page(&self, file: usize, view: FileView) -> Route {
        let path = self.files.get(file).map_or("", |f| &f.path).to_owned();
        let file = FileView { path, ..view };
        match &self.target {
            Target::Owner(owner) => {
                Route::File(owner.clone(), FileView { build: self.view.build.clone(), ..file })
            }
            Target::Build(build) => {
                let first = self.subject.runners.first();
                let owner = first.map(|r| self.subject.table.owner_ref(r)).unwrap_or_default();
                let (build, counts) = (Some(build.build.clone()), Counts::Anywhere);
                Route::File(owner, FileView { build, counts, ..file })
            }
        }
    }
}
