//! Answers pages that ask for shards of a lens. Browser only: nothing here can run in a host test.
//!
//! What was loaded of the site is kept, so that the next lens needs only what it adds.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use covatlas_shared::{
    counts::CountsShard,
    files::StatsShard,
    lens::LensShard,
    manifest::Manifest,
    owners::OwnersShard,
    repo::RepoShard,
    shard::{Kind, ShardError},
    union::UnionShard,
    units::UnitsShard,
};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{
    Lens,
    bits::BuildBits,
    build,
    chosen::{BuildPart, Builds, Chosen, Part, Site},
    front,
    never::{Never, StatsOf},
    repo::{self, LensedRepo},
};
use crate::{
    host,
    store::{Home, LoadReason, lens_name},
};

/// Offers the loader what answers pages: `(filters, name) -> Promise<Uint8Array>`.
pub(crate) fn offer() {
    let engine = Rc::new(Engine::default());
    let answer = Closure::<dyn Fn(Array, String) -> Promise>::new(move |filters: Array, name| {
        let engine = Rc::clone(&engine);
        let filters: Vec<String> = filters.iter().filter_map(|f| f.as_string()).collect();
        future_to_promise(async move {
            let bytes = engine.answer(&filters, name).await.map_err(|e| js_sys::Error::new(&e))?;
            Ok(Uint8Array::from(bytes.as_slice()).into())
        })
    });
    let answer = answer.into_js_value();
    Reflect::set(&host::property(&host::home(), "offers"), &"lensed".into(), &answer).ok();
}

/// The site as far as it was loaded, and the lens that was asked for last.
#[derive(Default)]
struct Engine {
    site: RefCell<Option<Rc<Site>>>,
    builds: RefCell<Builds>,
    last: RefCell<Option<Rc<Under>>>,
}

/// A site under a lens.
struct Under {
    site: Rc<Site>,
    chosen: Chosen,
    owners: OwnersShard,
    /// Once it was asked for.
    never: RefCell<Option<Rc<Never>>>,
    /// The repository that was asked for last.
    repo: RefCell<Option<(usize, Rc<LensedRepo>)>>,
}

/// Why there is no answer, for people.
type Answer<T> = Result<T, String>;

impl Engine {
    /// The bytes of a shard of a lens.
    async fn answer(self: Rc<Self>, filters: &[String], name: String) -> Answer<Vec<u8>> {
        let under = self.under(filters).await?;
        let no_such = || "the lens has no such shard".to_owned();
        let (kind, at) = lens_name::parse_name(&name, under.chosen.id).ok_or_else(no_such)?;
        let bytes = match kind {
            Kind::Manifest => front::manifest(&under.site, &under.chosen, &under.owners).encode(),
            Kind::Owners => under.owners.encode(),
            Kind::Stats => under.stats(at).await?.encode(),
            Kind::Counts if at % 2 == 0 => under.counts_of_build(at / 2).await?.encode(),
            Kind::Counts => under.counts_of_row(at / 2).await?.encode(),
            Kind::Lens => build::lens(under.build(at)?).encode(),
            Kind::Never => {
                under.never().await?.shard(under.chosen.id, at).ok_or_else(no_such)?.encode()
            }
            Kind::Repo => under.repo(at).await?.shard.encode(),
            Kind::Union => {
                let (repo, at) = repo::of_union_at(at);
                under.union(repo, at).await?.encode()
            }
            _ => return Err(no_such()),
        };
        bytes.map_err(|e| e.to_string())
    }

    /// The site under the lens with these filters.
    async fn under(self: &Rc<Self>, filters: &[String]) -> Answer<Rc<Under>> {
        let lens = Lens::parse(filters)?;
        let last = self.last.borrow().clone();
        if let Some(last) = last.filter(|last| last.chosen.id == lens.id()) {
            return Ok(last);
        }
        let site = self.site().await?;
        let builds = self.builds(&site, site.builds_of(&lens)).await?;
        let chosen = Chosen::new(&site, &lens, &builds)?;
        let owners = front::owners(&site, &chosen);
        let under = Rc::new(Under {
            site,
            chosen,
            owners,
            never: RefCell::default(),
            repo: RefCell::default(),
        });
        self.last.replace(Some(Rc::clone(&under)));
        Ok(under)
    }

    async fn site(&self) -> Answer<Rc<Site>> {
        let known = self.site.borrow().clone();
        if let Some(site) = known {
            return Ok(site);
        }
        let manifest = load(&Home::of_page().manifest(&[]), Manifest::decode).await?;
        let owners = load(&manifest.owners, OwnersShard::decode).await?;
        let units = load(&manifest.units, UnitsShard::decode).await?;
        let site = Rc::new(Site::new(manifest, owners, units));
        self.site.replace(Some(Rc::clone(&site)));
        Ok(site)
    }

    /// These builds, those that are new all at once.
    async fn builds(self: &Rc<Self>, site: &Rc<Site>, wanted: Vec<usize>) -> Answer<Builds> {
        let new = wanted.iter().copied().filter(|at| !self.builds.borrow().contains_key(at));
        let loading = new.map(|at| {
            let (engine, site) = (Rc::clone(self), Rc::clone(site));
            promise(async move {
                let bits = load_build(&site, at).await?;
                engine.builds.borrow_mut().insert(at, Rc::new(bits));
                Ok(())
            })
        });
        all(loading).await?;
        let builds = self.builds.borrow();
        let own = wanted.into_iter().filter_map(|at| Some((at, Rc::clone(builds.get(&at)?))));
        Ok(own.collect())
    }
}

async fn load_build(site: &Site, at: usize) -> Answer<BuildBits> {
    let no_build = || "the report does not fit together".to_owned();
    let build = site.owners.builds.get(at).ok_or_else(no_build)?;
    let in_units = site.units.build(&build.hash).ok_or_else(no_build)?;
    let files = site.units.files_of(in_units).iter();
    let n_units = files.map(|own| site.units.range(own.file).len()).fold(0, usize::saturating_add);
    let shard = load(&build.lens, |bytes| LensShard::decode_units(bytes, n_units)).await?;
    Ok(BuildBits::new(shard, at, in_units, &site.owners, &site.units))
}

impl Under {
    fn build(&self, at: usize) -> Answer<&BuildPart> {
        self.chosen.builds.get(&at).ok_or_else(|| "the lens has no such build".to_owned())
    }

    /// The stats of builds, all at once.
    async fn all_stats(&self, builds: impl Iterator<Item = usize>) -> Answer<StatsOf> {
        let names = |at: usize| Some((at, self.site.owners.builds.get(at)?.stats.clone()));
        let loaded = Rc::new(RefCell::new(StatsOf::new()));
        let loading = builds.filter_map(names).map(|(at, name)| {
            let loaded = Rc::clone(&loaded);
            promise(async move {
                let stats = load(&name, StatsShard::decode).await?;
                loaded.borrow_mut().insert(at, stats);
                Ok(())
            })
        });
        all(loading).await?;
        Ok(loaded.take())
    }

    async fn never(&self) -> Answer<Rc<Never>> {
        let known = self.never.borrow().clone();
        if let Some(never) = known {
            return Ok(never);
        }
        let stats = self.all_stats(self.chosen.builds.keys().copied()).await?;
        let never = Rc::new(Never::new(&self.site, &self.chosen, &stats));
        self.never.replace(Some(Rc::clone(&never)));
        Ok(never)
    }

    /// A repository, by position in the manifest of the site.
    async fn repo(&self, at: usize) -> Answer<Rc<LensedRepo>> {
        let known = self.repo.borrow().clone();
        if let Some((_, repo)) = known.filter(|(own, _)| *own == at) {
            return Ok(repo);
        }
        let link = self.site.manifest.repos.get(at).ok_or("the report has no such repository")?;
        let own = load(&link.shard, RepoShard::decode).await?;
        let builds = repo::builds(&self.site, &self.chosen, &own).into_iter().flatten();
        let stats = self.all_stats(builds).await?;
        let repo = LensedRepo::new(&self.site, &self.chosen, &stats, &own, at);
        let repo = Rc::new(repo);
        self.repo.replace(Some((at, Rc::clone(&repo))));
        Ok(repo)
    }

    async fn union(&self, repo: usize, at: usize) -> Answer<UnionShard> {
        let repo = self.repo(repo).await?;
        let mut counts = BTreeMap::new();
        for build in repo.builds_in(at) {
            counts.insert(build, self.counts_of_build(build).await?.units);
        }
        repo.union(&self.site, &self.chosen, at, &counts).map_err(|e| e.to_string())
    }

    async fn own_stats(&self, build: usize) -> Answer<StatsShard> {
        let own = self.site.owners.builds.get(build).map_or("", |build| &build.stats);
        load(own, StatsShard::decode).await
    }

    async fn stats(&self, at: usize) -> Answer<StatsShard> {
        let part = self.build(at)?;
        Ok(build::stats(&self.site.units, part, &self.own_stats(at).await?))
    }

    async fn counts_of_row(&self, at: usize) -> Answer<CountsShard> {
        let part = self.chosen.rows.get(&at).ok_or("the lens has no such owner")?;
        let stats = self.own_stats(part.build).await?;
        self.counts(at, part, &stats).await
    }

    async fn counts(&self, at: usize, part: &Part, stats: &StatsShard) -> Answer<CountsShard> {
        let own = self.site.owners.rows.get(at).map_or("", |row| &row.counts);
        let all = load(own, |bytes| CountsShard::decode(bytes, stats)).await?;
        if part.is_whole {
            return Ok(all);
        }
        let build = self.build(part.build)?;
        Ok(build::counts_of_row(&self.site.units, build, (at, part), stats, &all))
    }

    async fn counts_of_build(&self, at: usize) -> Answer<CountsShard> {
        let (part, stats) = (self.build(at)?, self.own_stats(at).await?);
        if part.part.is_whole {
            let own = self.site.owners.builds.get(at).map_or("", |build| &build.counts);
            return load(own, |bytes| CountsShard::decode(bytes, &stats)).await;
        }
        let mut rows = Vec::with_capacity(part.rows.len());
        for row in &part.rows {
            if let Some(part) = self.chosen.rows.get(row) {
                rows.push(self.counts(*row, part, &stats).await?);
            }
        }
        Ok(build::counts_of_build(&self.site.units, part, &stats, &rows))
    }
}

/// Starts something that others may go on beside.
fn promise(future: impl Future<Output = Answer<()>> + 'static) -> Promise {
    future_to_promise(async move {
        future.await.map_err(JsValue::from)?;
        Ok(JsValue::NULL)
    })
}

/// Waits for all of these, or for the first that fails.
async fn all(started: impl Iterator<Item = Promise>) -> Answer<()> {
    let all = Promise::all(&started.collect::<Array>());
    JsFuture::from(all).await.map_err(|e| e.as_string().unwrap_or_default())?;
    Ok(())
}

/// A shard of the site.
async fn load<T>(name: &str, decode: impl FnOnce(&[u8]) -> Result<T, ShardError>) -> Answer<T> {
    let loaded = Home::of_page().load_own(name).await;
    let decoded = loaded.and_then(|b| decode(&b).map_err(|e| LoadReason::Damaged(e.to_string())));
    decoded.map_err(|reason| reason.of(name).to_string())
}
