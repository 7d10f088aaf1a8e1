//! Which processes of a site pass a lens.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, rc::Rc};

use covatlas_shared::{manifest::Manifest, owners::OwnersShard, units::UnitsShard};

use super::{
    bits::{BuildBits, Mask},
    filter::Lens,
    union::Stamps,
};

/// A site, as far as lenses need it.
#[derive(Debug)]
pub struct Site {
    /// The root.
    pub manifest: Manifest,
    /// All owners and builds.
    pub owners: OwnersShard,
    /// What all builds are made of.
    pub units: UnitsShard,
    /// For unions over builds.
    pub(super) stamps: RefCell<Stamps>,
}

/// The builds that were asked for, by position in the owners shard.
pub type Builds = BTreeMap<usize, Rc<BuildBits>>;

/// What passes a lens.
#[derive(Debug)]
pub struct Chosen {
    /// Tells its shards from those of other lenses.
    pub id: u32,
    /// By position in the owners shard: the owners with one of their builds.
    pub rows: BTreeMap<usize, Part>,
    /// By position in the owners shard: the builds.
    pub builds: BTreeMap<usize, BuildPart>,
}

/// Processes of a row or of a build.
#[derive(Debug)]
pub struct Part {
    /// The build's position in the owners shard.
    pub build: usize,
    /// The processes, by position in the build's lens shard.
    pub processes: Vec<usize>,
    /// The same as bits.
    pub mask: Mask,
    /// Whether these are all.
    pub is_whole: bool,
}

/// A build, and its processes that pass.
#[derive(Debug)]
pub struct BuildPart {
    /// The build.
    pub bits: Rc<BuildBits>,
    /// Its processes.
    pub part: Part,
    /// Its rows, by position in the owners shard.
    pub rows: Vec<usize>,
}

impl Site {
    /// A site with these shards.
    pub fn new(manifest: Manifest, owners: OwnersShard, units: UnitsShard) -> Self {
        Self { manifest, owners, units, stamps: RefCell::default() }
    }

    /// The builds that some process may have that passes, by position in the owners shard.
    pub fn builds_of(&self, lens: &Lens) -> Vec<usize> {
        let rows = self.owners.rows.iter().filter(|row| lens.may_hold(&self.owners, row));
        let mut builds: Vec<usize> =
            rows.filter_map(|row| usize::try_from(row.build).ok()).collect();
        builds.sort_unstable();
        builds.dedup();
        builds
    }
}

impl Chosen {
    /// What passes of these builds.
    ///
    /// # Errors
    /// When nothing does, for people.
    pub fn new(site: &Site, lens: &Lens, builds: &Builds) -> Result<Self, String> {
        let mut chosen = Self { id: lens.id(), rows: BTreeMap::new(), builds: BTreeMap::new() };
        let owners = &site.owners;
        let may: Vec<bool> = owners.rows.iter().map(|row| lens.may_hold(owners, row)).collect();
        for (build, bits) in builds {
            let mut of_row: BTreeMap<usize, (Vec<usize>, bool)> = BTreeMap::new();
            let mut passes = lens.processes(&bits.shard);
            for (row, range) in &bits.groups {
                let (own, is_whole) = of_row.entry(*row).or_insert((Vec::new(), true));
                let may = may.get(*row) == Some(&true);
                for process in range.clone() {
                    let row = bits.shard.processes.get(process);
                    if may && row.is_some_and(&mut passes) {
                        own.push(process);
                    } else {
                        *is_whole = false;
                    }
                }
            }
            let n_rows = of_row.len();
            of_row.retain(|_, (own, _)| !own.is_empty());
            let is_whole = of_row.len() == n_rows && of_row.values().all(|(_, whole)| *whole);
            let all: Vec<usize> = of_row.values().flat_map(|(own, _)| own).copied().collect();
            if all.is_empty() {
                continue;
            }
            let part = |processes: Vec<usize>, is_whole| {
                let mask = bits.mask(processes.iter().copied());
                Part { build: *build, processes, mask, is_whole }
            };
            let rows = of_row.keys().copied().collect();
            chosen.builds.insert(
                *build,
                BuildPart { bits: Rc::clone(bits), part: part(all, is_whole), rows },
            );
            let parts = of_row.into_iter().map(|(row, (own, whole))| (row, part(own, whole)));
            chosen.rows.extend(parts);
        }
        if chosen.rows.is_empty() {
            return Err("no process passes the lens".to_owned());
        }
        Ok(chosen)
    }

    /// The build of a row.
    pub fn build_of(&self, row: &Part) -> Option<&BuildPart> {
        self.builds.get(&row.build)
    }
}

impl BuildPart {
    /// The processes of a row, by position in the lens shard, passing or not.
    pub fn all_of(&self, row: usize) -> impl Iterator<Item = Range<usize>> {
        self.bits.groups.iter().filter(move |(own, _)| *own == row).map(|(_, range)| range.clone())
    }
}
