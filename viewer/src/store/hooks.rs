//! Hooks that give shards to components. Each asks for its shard once and draws again when it comes.

use std::{any::Any, rc::Rc};

use covatlas_shared::{
    compare::CompareShard,
    counts::CountsShard,
    files::StatsShard,
    lens::LensShard,
    lines::LinesShard,
    manifest::Manifest,
    never::NeverShard,
    owners::OwnersShard,
    repo::RepoShard,
    search::{FuncsShard, PathsShard},
    shard::ShardError,
    source::SourcePack,
    trust::TrustShard,
    union::UnionShard,
};
use yew::prelude::*;

use super::{Remote, Store, cache::Decode};

/// The root of the site.
#[hook]
pub fn use_manifest() -> Remote<Manifest> {
    use_shard(Some(Store::of_page().manifest()), Manifest::decode)
}

/// All owners and builds.
#[hook]
pub fn use_owners() -> Remote<OwnersShard> {
    let manifest = use_manifest();
    let name = manifest.ready().map(|m| m.owners.clone());
    after(&manifest, &use_shard(name, OwnersShard::decode))
}

/// What is missing or doubtful, item by item.
#[hook]
pub fn use_trust() -> Remote<TrustShard> {
    let manifest = use_manifest();
    let name = manifest.ready().map(|m| m.trust.shard.clone());
    after(&manifest, &use_shard(name, TrustShard::decode))
}

/// Packages, files and funcs of one build, by `Build::stats`. `None` asks for nothing yet.
#[hook]
pub fn use_stats(name: Option<String>) -> Remote<StatsShard> {
    use_shard(name, StatsShard::decode)
}

/// Counts of one build, by `Build::counts` or `OwnerRow::counts`, once its stats are here.
#[hook]
pub fn use_counts(name: Option<String>, stats: &Remote<StatsShard>) -> Remote<CountsShard> {
    use_beside(name, stats, CountsShard::decode)
}

/// Which process ran which unit of one build, by `Build::lens`, once its stats are here.
#[hook]
pub fn use_lens(name: Option<String>, stats: &Remote<StatsShard>) -> Remote<LensShard> {
    use_beside(name, stats, LensShard::decode)
}

/// The paths that the search knows. Asks for nothing until `is_wanted`.
#[hook]
pub fn use_paths(is_wanted: bool) -> Remote<PathsShard> {
    let manifest = use_manifest();
    let name = manifest.ready().filter(|_| is_wanted).map(|m| m.paths.clone());
    after(&manifest, &use_shard(name, PathsShard::decode))
}

/// The funcs that the search knows, once its paths are here.
#[hook]
pub fn use_funcs(paths: &Remote<PathsShard>) -> Remote<FuncsShard> {
    let manifest = use_manifest();
    let name = manifest.ready().map(|m| m.funcs.clone());
    use_beside(name, paths, FuncsShard::decode)
}

/// The largest funcs that nobody entered, and the repositories of all.
#[hook]
pub fn use_never() -> Remote<NeverShard> {
    let manifest = use_manifest();
    let name = manifest.ready().map(|m| m.never.clone());
    after(&manifest, &use_shard(name, NeverShard::decode))
}

/// The funcs of repositories that nobody entered, by `NeverRepo::shard`, in the order of the names.
#[hook]
pub fn use_never_of(names: Vec<String>) -> Vec<Remote<NeverShard>> {
    use_all(names, NeverShard::decode)
}

/// What changed since the baseline: the overview. Nothing comes without a baseline.
#[hook]
pub fn use_compare() -> Remote<CompareShard> {
    let manifest = use_manifest();
    let name = manifest.ready().and_then(|m| Some(m.compare.as_ref()?.shard.clone()));
    after(&manifest, &use_shard(name, CompareShard::decode))
}

/// What changed of repositories, by `RepoDeltas::shard`, in the order of the names.
#[hook]
pub fn use_compare_of(names: Vec<String>) -> Vec<Remote<CompareShard>> {
    use_all(names, CompareShard::decode)
}

/// Counts of files before and now, by `CompareShard::lines`. `None` asks for nothing yet.
#[hook]
pub fn use_lines(name: Option<String>) -> Remote<LinesShard> {
    use_shard(name, LinesShard::decode)
}

/// Shards of one kind, in the order of their names.
#[hook]
fn use_all<T: 'static>(
    names: Vec<String>,
    decode: fn(&[u8]) -> Result<T, ShardError>,
) -> Vec<Remote<T>> {
    let store = Store::of_page();
    let update = use_force_update();
    {
        let store = store.clone();
        use_effect_with(names.clone(), move |names| {
            let subscribe = |name: &String| {
                let update = update.clone();
                let id = store.subscribe(name, Callback::from(move |()| update.force_update()));
                (name.clone(), id)
            };
            let subscriptions: Vec<(String, u64)> = names.iter().map(subscribe).collect();
            move || {
                for (name, id) in subscriptions {
                    store.unsubscribe(&name, id);
                }
            }
        });
    }
    let new: Vec<String> = names.iter().filter(|name| store.is_new(name)).cloned().collect();
    use_effect_with(new, {
        let store = store.clone();
        move |new| {
            for name in new {
                let decode =
                    move |bytes: &[u8]| decode(bytes).map(|s| -> Rc<dyn Any> { Rc::new(s) });
                store.request(name, Box::new(decode));
            }
        }
    });
    names.iter().map(|name| store.peek(name)).collect()
}

/// All files of a repository, by `RepoLink::shard`. `None` asks for nothing yet.
#[hook]
pub fn use_repo(name: Option<String>) -> Remote<RepoShard> {
    use_shard(name, RepoShard::decode)
}

/// The counts of files of a repository, by their position in `RepoShard::unions`, once the
/// repository is here.
#[hook]
pub fn use_union(repo: &Remote<RepoShard>, at: Option<usize>) -> Remote<UnionShard> {
    let loaded = repo.ready().cloned().zip(at);
    let name = loaded.as_ref().and_then(|(repo, at)| repo.unions.get(*at)).cloned();
    let decode = move |bytes: &[u8]| match &loaded {
        Some((repo, at)) => UnionShard::decode(bytes, repo, *at),
        None => Err(ShardError::NotAShard),
    };
    after(repo, &use_shard(name, decode))
}

/// One source pack, by `StatsShard::packs`. `None` asks for nothing yet.
#[hook]
pub fn use_pack(name: Option<String>) -> Remote<SourcePack> {
    use_shard(name, SourcePack::decode)
}

/// A shard that is read by another one, such as the stats of its build, once that is here.
#[hook]
fn use_beside<S: 'static, T: 'static>(
    name: Option<String>,
    first: &Remote<S>,
    decode: fn(&[u8], &S) -> Result<T, ShardError>,
) -> Remote<T> {
    let loaded = first.ready().cloned();
    let name = name.filter(|_| loaded.is_some());
    let decode = move |bytes: &[u8]| match &loaded {
        Some(first) => decode(bytes, first),
        None => Err(ShardError::NotAShard),
    };
    after(first, &use_shard(name, decode))
}

/// What `second` is, unless `first`, which it needs, failed or is still loading.
fn after<A, B>(first: &Remote<A>, second: &Remote<B>) -> Remote<B> {
    match first {
        Remote::Loading => Remote::Loading,
        Remote::Failed(error) => Remote::Failed(error.clone()),
        Remote::Ready(_) => second.clone(),
    }
}

#[hook]
fn use_shard<T, D>(name: Option<String>, decode: D) -> Remote<T>
where
    T: 'static,
    D: FnOnce(&[u8]) -> Result<T, ShardError> + 'static,
{
    let decode = move |bytes: &[u8]| decode(bytes).map(|value| -> Rc<dyn Any> { Rc::new(value) });
    use_slot(name.clone(), Box::new(decode));
    name.map_or(Remote::Loading, |name| Store::of_page().peek(&name))
}

/// Asks for a shard and draws again whenever its state changes.
#[hook]
fn use_slot(name: Option<String>, decode: Decode) {
    let store = Store::of_page();
    let update = use_force_update();
    let is_new = name.as_ref().is_some_and(|name| store.is_new(name));
    {
        let store = store.clone();
        use_effect_with(name.clone(), move |name| {
            let subscription = name.clone().map(|name| {
                let id = store.subscribe(&name, Callback::from(move |()| update.force_update()));
                (name, id)
            });
            move || {
                if let Some((name, id)) = subscription {
                    store.unsubscribe(&name, id);
                }
            }
        });
    }
    // Runs again after a retry, which makes the shard new.
    use_effect_with((name, is_new), move |(name, is_new)| {
        if let (Some(name), true) = (name, *is_new) {
            store.request(name, decode);
        }
    });
}
