//! The search: over any page, and as a page of its own.

mod hits;
mod page;
mod palette;

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    components::same::Same,
    model::{
        format,
        owners::OwnerTable,
        search::{Found, Names},
    },
    store::{LoadError, Remote, use_funcs, use_manifest, use_owners, use_paths},
};

pub(crate) use page::SearchPage;
pub(crate) use palette::mount_palette;

/// What a query finds, as far as the names are here.
struct Search {
    /// `None` until the owners are here.
    names: Same<Option<Names>>,
    found: Same<Found>,
    /// Whether names that the query needs are on their way.
    is_loading: bool,
    /// The first shard that did not come.
    error: Option<LoadError>,
}

/// Finds what fits a query. The names of files and funcs are loaded once it has words.
#[hook]
fn use_search(query: &str) -> Search {
    let (manifest, owners) = (use_manifest(), use_owners());
    let has_words = !query.trim().is_empty();
    let paths = use_paths(has_words);
    let funcs = use_funcs(&paths);
    let deps = (manifest, owners.clone(), paths.clone(), funcs.clone());
    let names = use_memo(deps, |(manifest, owners, paths, funcs)| {
        let (manifest, owners) = (manifest.ready()?, owners.ready()?);
        let table = Rc::new(OwnerTable::new(Rc::clone(owners), manifest.tiers));
        Some(Names::new(table, paths.ready().cloned(), funcs.ready().cloned()))
    });
    let names = Same::from(names);
    let found = use_memo((names.clone(), query.to_owned()), |(names, query)| {
        names.as_ref().map(|names| names.find(query)).unwrap_or_default()
    });
    let error = match (owners, paths, &funcs) {
        (Remote::Failed(error), ..) | (_, Remote::Failed(error), _) => Some(error),
        (.., Remote::Failed(error)) => Some(error.clone()),
        _ => None,
    };
    let is_loading = has_words && funcs.ready().is_none() && error.is_none();
    Search { names, found: Same::from(found), is_loading, error }
}

/// How many things were found, in words; for people who cannot see them it is read aloud.
fn n_hits(search: &Search) -> String {
    let n = format::count(format::amount(search.found.len()), "hit");
    if search.is_loading { format!("{n}, loading names…") } else { n }
}
