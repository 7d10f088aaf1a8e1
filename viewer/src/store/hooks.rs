//! Hooks that give shards to components. Each asks for its shard once and draws again when it comes.

use std::rc::Rc;

use covatlas_shared::{
    counts::CountsShard, files::StatsShard, manifest::Manifest, owners::OwnersShard,
    shard::ShardError, source::SourcePack,
};
use yew::prelude::*;

use super::{LoadError, Remote, Store, error::LoadReason};

/// The page's store.
#[hook]
pub fn use_store() -> Option<Store> {
    use_context::<Store>()
}

/// The root of the site.
#[hook]
pub fn use_manifest() -> Remote<Manifest> {
    let name = use_store().map(|s| s.manifest().to_owned()).unwrap_or_default();
    use_shard(Some(name), Manifest::decode)
}

/// All owners and builds.
#[hook]
pub fn use_owners() -> Remote<OwnersShard> {
    let manifest = use_manifest();
    let name = manifest.ready().map(|m| m.owners.clone());
    after(&manifest, &use_shard(name, OwnersShard::decode))
}

/// Packages, files and funcs of one build, by `Build::stats`. `None` asks for nothing yet.
#[hook]
pub fn use_stats(name: Option<String>) -> Remote<StatsShard> {
    use_shard(name, StatsShard::decode)
}

/// Counts of one build, by `Build::counts` or `OwnerRow::counts`, once its stats are here.
#[hook]
pub fn use_counts(name: Option<String>, stats: &Remote<StatsShard>) -> Remote<CountsShard> {
    let loaded = stats.ready().cloned();
    let name = name.filter(|_| loaded.is_some());
    let decode = move |bytes: &[u8]| match &loaded {
        Some(stats) => CountsShard::decode(bytes, stats),
        None => Err(ShardError::NotAShard),
    };
    after(stats, &use_shard(name, decode))
}

/// One source pack, by `StatsShard::packs`. `None` asks for nothing yet.
#[hook]
pub fn use_pack(name: Option<String>) -> Remote<SourcePack> {
    use_shard(name, SourcePack::decode)
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
    D: Fn(&[u8]) -> Result<T, ShardError> + 'static,
{
    let store = use_store();
    let update = use_force_update();
    let state = match (&store, &name) {
        (Some(store), Some(name)) => store.peek(name),
        (None, Some(name)) => Remote::Failed(no_store(name)),
        (_, None) => Remote::Loading,
    };
    let decode = Rc::new(decode);
    let is_loading = matches!(state, Remote::Loading);
    {
        let store = store.clone();
        use_effect_with(name.clone(), move |name| {
            let subscription = store.zip(name.clone()).map(|(store, name)| {
                let changed = Callback::from(move |()| update.force_update());
                let id = store.subscribe(&name, changed);
                (store, name, id)
            });
            move || {
                if let Some((store, name, id)) = subscription {
                    store.unsubscribe(&name, id);
                }
            }
        });
    }
    // Runs again after a retry, which puts the shard back to loading.
    use_effect_with((name, is_loading), move |(name, is_loading)| {
        if let (Some(store), Some(name), true) = (store, name, *is_loading) {
            store.request(name, move |bytes| decode(bytes).map_err(|e| e.to_string()));
        }
    });
    state
}

fn no_store(name: &str) -> LoadError {
    LoadReason::Network("the page has no store".to_owned()).of(name)
}
