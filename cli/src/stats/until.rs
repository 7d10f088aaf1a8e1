//! What had run by some time.

use std::collections::{BTreeMap, btree_map::Entry};

use rayon::prelude::*;

use super::{BuildData, Data, StatsError};
use crate::{
    db::{Database, DbError, PackedCounts},
    profile::{Bits, FirstSeen},
};

/// What an owner and build ran, by their ids.
type Seen<'a> = BTreeMap<(i64, i64), &'a PackedCounts>;

impl Data {
    /// Takes out what was first seen to run after a time, in seconds since 1970 UTC.
    ///
    /// Times are kept for owners: a unit that one pod ran before and another one after that time had
    /// run before. Units of which nobody knows when they ran stay.
    ///
    /// # Errors
    /// [`StatsError::Db`].
    pub fn until(mut self, db: &Database, seconds: i64) -> Result<Self, StatsError> {
        let counts = db.packed_counts(|_| true)?;
        let seen: Seen<'_> = counts.iter().map(|c| ((c.owner_id, c.build_id), c)).collect();
        self.builds.par_iter_mut().try_for_each(|build| build.cut(&seen, seconds))?;
        Ok(self)
    }
}

impl BuildData {
    fn cut(&mut self, seen: &Seen<'_>, seconds: i64) -> Result<(), StatsError> {
        let n_units = self.table.units().len();
        let mut unpacked: BTreeMap<i64, FirstSeen> = BTreeMap::new();
        for (process, bits) in &mut self.processes {
            let owner = process.owner_id;
            let seen = match unpacked.entry(owner) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let packed = seen.get(&(owner, self.id)).and_then(|c| c.seen.to_seen(n_units));
                    let what = || format!("times of build {}", self.row.hash);
                    new.insert(packed.ok_or_else(|| DbError::Damaged { what: what() })?)
                }
            };
            let mut earlier = Bits::new(n_units);
            let is_earlier = |unit: &usize| seen.get(*unit).is_none_or(|at| at <= seconds);
            (0..n_units).filter(|u| bits.get(*u)).filter(is_earlier).for_each(|u| earlier.set(u));
            *bits = earlier;
        }
        Ok(())
    }
}
