//! What never ran: funcs that no process of any owner ever entered.

mod band;
mod table;
mod tools;

use std::rc::Rc;

use covatlas_shared::{
    manifest::Manifest,
    never::{NeverRepo, NeverShard, NeverSum},
};
use yew::prelude::*;

use crate::{
    components::{Nav, loading, nav::here, problem, same::Same, title::use_title, use_nav},
    model::{
        build_links::BuildLinks, format, never::NeverList, owners::OwnerTable,
        sorting::sorted_things,
    },
    route::{NeverQuery, Route},
    store::{Remote, use_manifest, use_never, use_never_of, use_owners},
};
use band::band;
use table::{table, use_table};
use tools::tools;

/// The views by which a row stands for more than a func.
const PACKAGES: &str = "packages";
const REPOS: &str = "repositories";

/// Properties of [`NeverPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct NeverPageProps {
    /// What of it is shown.
    pub(crate) query: NeverQuery,
}

/// What the parts of the page draw.
#[derive(Clone, PartialEq)]
struct Shown {
    nav: Nav,
    query: NeverQuery,
    overview: Same<NeverShard>,
    list: Same<NeverList>,
    /// Whether the list has only the largest funcs of all.
    is_cut: bool,
}

impl Shown {
    /// Changes the state of the page, not the history.
    fn change(&self, f: impl FnOnce(&mut NeverQuery)) {
        let mut query = match here() {
            Route::Never(query) => query,
            _ => self.query.clone(),
        };
        f(&mut query);
        self.nav.replace.emit(Route::Never(query));
    }

    /// The page in another state.
    fn href(&self, f: impl FnOnce(&mut NeverQuery)) -> String {
        let mut query = self.query.clone();
        f(&mut query);
        Route::Never(query).href()
    }

    /// All repositories with the number of funcs that the page counts, most statements first.
    fn repos(&self) -> Vec<(String, NeverSum)> {
        let repos = self
            .overview
            .repos
            .iter()
            .map(|repo| (self.overview.strings.get(repo.repo).to_owned(), self.counted(repo)));
        let some: Vec<(String, NeverSum)> = repos.filter(|(_, sum)| sum.funcs > 0).collect();
        let by_size =
            |a: &(String, NeverSum), b: &(String, NeverSum)| b.1.statements.cmp(&a.1.statements);
        sorted_things(some, by_size)
    }

    fn counted(&self, repo: &NeverRepo) -> NeverSum {
        if self.query.generated { repo.written.plus(repo.generated) } else { repo.written }
    }
}

/// The page. The largest funcs of all need one shard; those of a repository another one; and all of
/// them, or their packages, all of these.
#[component]
pub(crate) fn NeverPage(props: &NeverPageProps) -> Html {
    use_title("Never ran".to_owned());
    let (nav, query) = (use_nav(), &props.query);
    let (manifest, owners, overview) = (use_manifest(), use_owners(), use_never());
    let wanted = use_memo((overview.clone(), query.clone()), |(overview, query)| {
        overview.ready().map(|overview| wanted(overview, query)).unwrap_or_default()
    });
    let parts = use_never_of((*wanted).clone());
    let deps = (owners.clone(), overview.clone(), parts.clone(), manifest.clone());
    let list = use_memo(deps, |(owners, overview, parts, manifest)| {
        let (owners, manifest) = (owners.ready()?, manifest.ready()?);
        let overview = overview.ready()?;
        let parts: Option<Vec<Rc<NeverShard>>> = parts.iter().map(|p| p.ready().cloned()).collect();
        let parts = parts.map(|p| if p.is_empty() { vec![Rc::clone(overview)] } else { p })?;
        let table = Rc::new(OwnerTable::new(Rc::clone(owners), manifest.tiers));
        Some(Same::new(NeverList::new(Rc::new(BuildLinks::new(table)), parts)))
    });
    let shown = overview.ready().zip(list.as_ref().as_ref()).map(|(overview, list)| Shown {
        nav: nav.clone(),
        query: query.clone(),
        overview: Rc::clone(overview).into(),
        list: list.clone(),
        is_cut: wanted.is_empty()
            && query.by != REPOS
            && all(overview).funcs > u32::try_from(list.len()).unwrap_or(u32::MAX),
    });
    let rows = use_table(shown.as_ref());
    let failed = std::iter::once(overview.failed()).chain(parts.iter().map(Remote::failed));
    let failed = failed.chain([manifest.failed(), owners.failed()]).flatten().next();
    match (shown, manifest.ready(), failed) {
        (_, _, Some(error)) => problem("what never ran", error),
        (Some(shown), Some(manifest), None) => page(&shown, manifest, rows),
        _ => loading("what never ran", 24),
    }
}

fn page(shown: &Shown, manifest: &Manifest, rows: table::Rows) -> Html {
    let n = rows.n_funcs;
    html! {
        <>
            <h1 class="sr">{"Functions that never ran"}</h1>
            {band(shown, manifest)}
            {tools(shown, &rows)}
            {table(shown, rows)}
            <footer class="foot">
                {format::count(n, "function")}
                {" that no process of any owner ever entered, most statements first."}
                if !manifest.hide.is_empty() {
                    {" Owners that are hidden as noise elsewhere count here."}
                }
                if shown.is_cut {
                    {" These are among the largest of "}
                    <a href={shown.href(|query| query.all = true)}>
                        {"all "}{format::number(all_counted(shown).funcs.into())}
                    </a>{"."}
                }
            </footer>
        </>
    }
}

/// The shards of the repositories that a query needs; none when the overview is enough.
fn wanted(overview: &NeverShard, query: &NeverQuery) -> Vec<String> {
    let of_repo = |repo: &&NeverRepo| {
        query.repo.as_ref().is_none_or(|name| overview.strings.get(repo.repo) == name)
    };
    let needs_all = query.all || query.by == PACKAGES || !query.package.is_empty();
    if query.repo.is_none() && !needs_all {
        return Vec::new();
    }
    overview.repos.iter().filter(of_repo).map(|repo| repo.shard.clone()).collect()
}

/// All funcs that nobody entered, generated ones too.
fn all(overview: &NeverShard) -> NeverSum {
    let sums = overview.repos.iter().map(|repo| repo.written.plus(repo.generated));
    sums.fold(NeverSum::default(), NeverSum::plus)
}

/// All that the page counts.
fn all_counted(shown: &Shown) -> NeverSum {
    let sums = shown.overview.repos.iter().map(|repo| shown.counted(repo));
    sums.fold(NeverSum::default(), NeverSum::plus)
}
