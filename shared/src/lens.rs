//! Which process ran which unit of a build: the answer to "who ran this line?", and what any set of
//! owners, pods or nodes ran.

use crate::{
    codec::{Columns, StrIdx, Strings},
    files::StatsShard,
    shard::{self, Kind, ShardError},
};

/// Processes of one build, and the units that each of them ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LensShard {
    /// The strings that the processes point to.
    pub strings: Strings,
    /// The processes, sorted by owner.
    pub processes: Vec<LensProcess>,
    /// The different sets of processes, one after another, as bits of [`LensShard::width`] words;
    /// the first one is empty.
    sets: Vec<u32>,
    /// For each unit the position of the set of processes that ran it, in the order of
    /// [`crate::counts::CountsShard::units`].
    units: Vec<u32>,
}

/// A pid of a report. After a restart several processes held it, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LensProcess {
    /// The owner's cluster.
    pub cluster: StrIdx,
    /// The owner's namespace.
    pub namespace: StrIdx,
    /// The owner's kind.
    pub kind: StrIdx,
    /// The owner's name.
    pub name: StrIdx,
    /// The owner's binary.
    pub binary: StrIdx,
    /// The pod; empty for a host process.
    pub pod: StrIdx,
    /// The node.
    pub host: StrIdx,
    /// The container; empty for a host process.
    pub container: StrIdx,
    /// The image.
    pub image: StrIdx,
    /// Labels as `KEY=VALUE`, sorted.
    pub labels: Vec<StrIdx>,
    /// How many processes held the pid: 1 and the restarts.
    pub runs: u32,
    /// When it was first seen, in seconds since 1970 UTC.
    pub first_seen: Option<i64>,
    /// When its last data was written, in seconds since 1970 UTC.
    pub last_seen: Option<i64>,
}

impl LensShard {
    /// A shard of these processes; `ran` says for each unit which of them ran it, as bits of words,
    /// lowest bit first, as many words as [`LensShard::width_of`] says.
    pub fn new(
        strings: Strings,
        processes: Vec<LensProcess>,
        ran: impl Iterator<Item = Vec<u32>>,
    ) -> Self {
        let width = Self::width_of(processes.len());
        let mut known = std::collections::BTreeMap::from([(vec![0; width], 0)]);
        let (mut sets, mut units) = (vec![0; width], Vec::new());
        for set in ran {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            let position = *known.entry(set).or_insert_with_key(|set| {
                sets.extend(set.iter().copied().chain(std::iter::repeat(0)).take(width));
                next
            });
            units.push(position);
        }
        Self { strings, processes, sets, units }
    }

    /// How many words hold one bit for each of so many processes.
    pub fn width_of(n_processes: usize) -> usize {
        n_processes.div_ceil(32)
    }

    /// How many words a set of processes has.
    pub fn width(&self) -> usize {
        Self::width_of(self.processes.len())
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        for (name, field) in FIELDS {
            columns.put_u32(name, self.processes.iter().map(field));
        }
        columns.put_times("first_seen", self.processes.iter().map(|p| p.first_seen));
        columns.put_times("last_seen", self.processes.iter().map(|p| p.last_seen));
        columns.put_lists("labels", self.processes.iter().map(|p| p.labels.as_slice()));
        columns.put_u32("sets", self.sets.iter().copied());
        columns.put_runs("units", self.units.iter().copied());
        shard::encode(Kind::Lens, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression; `stats` is the shard of its build.
    ///
    /// # Errors
    /// See [`LensShard::decode_units`].
    pub fn decode(bytes: &[u8], stats: &StatsShard) -> Result<Self, ShardError> {
        Self::decode_units(bytes, stats.n_units())
    }

    /// Reads the shard of a build with so many units.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when it does not fit its build, or a unit names a set that is
    /// not there.
    pub fn decode_units(bytes: &[u8], n_units: usize) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Lens, bytes)?;
        let unequal = || ShardError::damaged(Kind::Lens, "columns do not fit together");
        let processes = processes(&columns).ok_or_else(unequal)?;
        let sets = columns.u32s("sets").ok_or_else(unequal)?;
        let units = columns
            .unruns("units", n_units)
            .ok_or_else(|| ShardError::damaged(Kind::Lens, "it does not fit its build"))?;
        let shard = Self { processes, sets, units, strings: columns.strings };
        let n_sets = match shard.width() {
            0 => 1,
            width => shard.sets.len() / width,
        };
        let is_there = |unit: &u32| usize::try_from(*unit).is_ok_and(|set| set < n_sets);
        if !shard.sets.len().is_multiple_of(shard.width().max(1))
            || !shard.units.iter().all(is_there)
        {
            return Err(ShardError::damaged(
                Kind::Lens,
                "a unit names processes that are not there",
            ));
        }
        Ok(shard)
    }

    /// The different sets of processes, as bits of words; the first one is empty.
    pub fn sets(&self) -> impl Iterator<Item = &[u32]> {
        // Without processes there is only the empty set, which has no words.
        let n_empty = usize::from(self.width() == 0);
        std::iter::repeat_n(&[][..], n_empty).chain(self.sets.chunks(self.width().max(1)))
    }

    /// For each unit the position of its set among [`LensShard::sets`].
    pub fn set_of_units(&self) -> &[u32] {
        &self.units
    }

    /// How many units there are.
    pub fn n_units(&self) -> usize {
        self.units.len()
    }

    /// The processes that ran a unit, as bits of words; empty when there is no such unit.
    pub fn set(&self, unit: usize) -> &[u32] {
        let set = self.units.get(unit).and_then(|set| usize::try_from(*set).ok());
        let start = set.and_then(|set| set.checked_mul(self.width()));
        let range = start.and_then(|start| Some(start..start.checked_add(self.width())?));
        range.and_then(|range| self.sets.get(range)).unwrap_or_default()
    }

    /// Whether a process ran a unit; both by position.
    pub fn has_run(&self, process: usize, unit: usize) -> bool {
        self.set(unit).get(process / 32).is_some_and(|word| word >> (process % 32) & 1 == 1)
    }

    /// For each unit whether any process of a set (bits of words) ran it.
    pub fn ran_by(&self, set: &[u32]) -> Vec<bool> {
        let meets = |other: &[u32]| other.iter().zip(set).any(|(a, b)| a & b != 0);
        let by_set: Vec<bool> = match self.width() {
            0 => vec![false],
            width => self.sets.chunks(width).map(meets).collect(),
        };
        let has_run = |unit: &u32| usize::try_from(*unit).ok().and_then(|set| by_set.get(set));
        self.units.iter().map(|unit| has_run(unit).copied().unwrap_or(false)).collect()
    }
}

/// A column of numbers of the processes.
type Field = fn(&LensProcess) -> u32;

const FIELDS: [(&str, Field); 10] = [
    ("cluster", |p| p.cluster),
    ("namespace", |p| p.namespace),
    ("kind", |p| p.kind),
    ("name", |p| p.name),
    ("binary", |p| p.binary),
    ("pod", |p| p.pod),
    ("host", |p| p.host),
    ("container", |p| p.container),
    ("image", |p| p.image),
    ("runs", |p| p.runs),
];

fn processes(columns: &Columns) -> Option<Vec<LensProcess>> {
    let [cluster, namespace, kind, name, binary, pod, host, container, image, runs] =
        FIELDS.map(|(name, _)| columns.u32s(name));
    let (cluster, namespace, kind, name) = (cluster?, namespace?, kind?, name?);
    let (binary, pod, host, container, runs) = (binary?, pod?, host?, container?, runs?);
    let (image, mut labels) = (image?, columns.lists("labels")?.into_iter());
    let (first_seen, last_seen) = (columns.times("first_seen")?, columns.times("last_seen")?);
    let mut process = |i: usize| {
        Some(LensProcess {
            cluster: *cluster.get(i)?,
            namespace: *namespace.get(i)?,
            kind: *kind.get(i)?,
            name: *name.get(i)?,
            binary: *binary.get(i)?,
            pod: *pod.get(i)?,
            host: *host.get(i)?,
            container: *container.get(i)?,
            image: *image.get(i)?,
            labels: labels.next()?,
            runs: *runs.get(i)?,
            first_seen: *first_seen.get(i)?,
            last_seen: *last_seen.get(i)?,
        })
    };
    (0..cluster.len()).map(&mut process).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn shard(n_processes: usize, ran: &[Vec<usize>]) -> LensShard {
        let processes = (0..n_processes).map(|n| LensProcess {
            runs: u32::try_from(n).unwrap(),
            labels: vec![7; n % 3],
            first_seen: n.is_multiple_of(2).then_some(7),
            ..LensProcess::default()
        });
        let words = |ran: &Vec<usize>| {
            let mut words = vec![0; LensShard::width_of(n_processes)];
            for process in ran.iter().filter(|p| **p < n_processes) {
                words[process / 32] |= 1 << (process % 32);
            }
            words
        };
        LensShard::new(Strings::default(), processes.collect(), ran.iter().map(words))
    }

    proptest! {
        #[test]
        fn processes_and_units_come_back(
            n in 0_usize..70, ran in vec(vec(0_usize..70, 0..4), 0..30), lens in vec(0_usize..70, 0..5),
        ) {
            let shard = shard(n, &ran);
            let decoded = LensShard::decode(&shard.encode().unwrap(), &StatsShard::of_units(ran.len())).unwrap();
            prop_assert_eq!(&decoded, &shard);
            let mut set = vec![0_u32; LensShard::width_of(n)];
            lens.iter().filter(|p| **p < n).for_each(|p| set[p / 32] |= 1 << (p % 32));
            let by_lens = decoded.ran_by(&set);
            for (unit, ran) in ran.iter().enumerate() {
                for process in 0..n {
                    prop_assert_eq!(decoded.has_run(process, unit), ran.contains(&process));
                }
                let expected = ran.iter().any(|p| *p < n && lens.contains(p));
                prop_assert_eq!(by_lens[unit], expected);
            }
        }

        #[test]
        fn hostile_columns_never_panic(sets in vec(any::<u32>(), 0..9), units in vec(0_u32..5, 0..9), n in 0_usize..40) {
            let hostile = LensShard { sets, units, ..shard(n, &[]) };
            let bytes = hostile.encode().unwrap();
            if let Ok(read) = LensShard::decode(&bytes, &StatsShard::of_units(hostile.units.len())) {
                for unit in 0..10 {
                    let _ = (read.has_run(n, unit), read.ran_by(read.set(unit)));
                }
            }
        }
    }

    #[test]
    fn a_lens_of_another_build_is_refused() {
        let bytes = shard(2, &[vec![0], vec![1]]).encode().unwrap();
        let err = LensShard::decode(&bytes, &StatsShard::of_units(3)).unwrap_err();
        assert!(err.to_string().contains("does not fit its build"), "{err}");
    }
}
