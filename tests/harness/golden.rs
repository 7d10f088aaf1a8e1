//! What Go's own tool said about the fixtures, and the numbers that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::fixtures;

/// The place of a unit in a text profile: path as built, `12.2,14.11`, statements.
pub type Place = (String, String, u64);

/// A text profile: counts by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Counts of all units.
    pub counts: BTreeMap<Place, u64>,
}

/// `(statements, covered)`.
pub type Coverage = (u64, u64);

impl Profile {
    /// Reads what `go tool covdata textfmt` writes; drops the injected server's rows.
    ///
    /// # Panics
    /// When a line has another shape.
    pub fn parse(text: &str) -> Self {
        let mut profile = Self::whole(text);
        profile.counts.retain(|(path, ..), _| {
            let base = path.rsplit('/').next().unwrap();
            !["coverage_server.go", "coverage_producer.go"].contains(&base)
        });
        profile
    }

    /// The same with all rows.
    ///
    /// # Panics
    /// When a line has another shape.
    pub fn whole(text: &str) -> Self {
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("mode: ")));
        let mut profile = Self::default();
        for line in lines {
            let (rest, count) = line.rsplit_once(' ').unwrap();
            let (place, statements) = rest.rsplit_once(' ').unwrap();
            let (path, range) = place.rsplit_once(':').unwrap();
            let place = (path.to_owned(), range.to_owned(), statements.parse().unwrap());
            let before = profile.counts.insert(place, count.parse().unwrap());
            assert_eq!(before, None, "{line}");
        }
        profile
    }

    /// Raises the counts to those of another profile of the same build.
    pub fn raise(&mut self, other: &Self) {
        for (place, count) in &other.counts {
            let own = self.counts.entry(place.clone()).or_default();
            *own = (*own).max(*count);
        }
    }

    /// Statements in all, and those in units that ran.
    pub fn coverage(&self) -> Coverage {
        coverage(self.counts.iter())
    }

    /// The same by path.
    pub fn files(&self) -> BTreeMap<&str, Coverage> {
        let mut files: BTreeMap<&str, Coverage> = BTreeMap::new();
        for ((path, _, statements), count) in &self.counts {
            let file = files.entry(path).or_default();
            file.0 += statements;
            file.1 += if *count > 0 { *statements } else { 0 };
        }
        files
    }

    /// The counts of one file by range.
    pub fn file(&self, path: &str) -> BTreeMap<&str, (u64, u64)> {
        let units = self.counts.iter().filter(|((p, ..), _)| p == path);
        units.map(|((_, range, stmts), count)| (range.as_str(), (*stmts, *count))).collect()
    }
}

fn coverage<'a>(units: impl Iterator<Item = (&'a Place, &'a u64)>) -> Coverage {
    units.fold((0, 0), |(all, ran), ((_, _, statements), count)| {
        (all + statements, ran + if *count > 0 { *statements } else { 0 })
    })
}

/// Statements of several profiles, where files with equal paths and units count once.
pub fn union<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Coverage {
    let mut files: BTreeMap<Vec<&Place>, BTreeSet<&Place>> = BTreeMap::new();
    for profile in profiles {
        let mut by_path: BTreeMap<&str, Vec<(&Place, u64)>> = BTreeMap::new();
        for (place, count) in &profile.counts {
            by_path.entry(&place.0).or_default().push((place, *count));
        }
        for units in by_path.into_values() {
            let identity = units.iter().map(|(place, _)| *place).collect();
            let ran = units.iter().filter(|(_, count)| *count > 0).map(|(place, _)| *place);
            files.entry(identity).or_default().extend(ran);
        }
    }
    files.iter().fold((0, 0), |(all, ran), (units, hit)| {
        let statements =
            |places: &mut dyn Iterator<Item = &&Place>| places.map(|p| p.2).sum::<u64>();
        (all + statements(&mut units.iter()), ran + statements(&mut hit.iter()))
    })
}

/// The percentage that covatlas must print: half up to two decimals, and neither 0 nor 100 unless
/// nothing or everything ran.
pub fn percent((statements, covered): Coverage) -> Option<f64> {
    if statements == 0 {
        return None;
    }
    let hundredths = (covered * 20_000 + statements) / (2 * statements);
    let hundredths = match covered {
        0 => 0,
        covered if covered == statements => 10_000,
        _ => hundredths.clamp(1, 9_999),
    };
    Some(f64::from(u32::try_from(hundredths).unwrap()) / 100.0)
}

/// One directory of the fixtures with what Go says about it.
#[derive(Clone, Debug)]
pub struct Golden {
    /// Its number, as in `golden/NN.txt`.
    pub number: usize,
    /// Its path below `data/`.
    pub key: String,
    /// `golden/NN.txt` as it is.
    pub text: String,
    /// `golden/NN.func` as it is.
    pub funcs: String,
}

impl Golden {
    /// All of them, by number.
    pub fn all() -> Vec<Self> {
        let dir = fixtures::small().join("golden");
        let index = fs::read_to_string(dir.join("INDEX.tsv")).unwrap();
        let golden = |line: &str| {
            let (number, key) = line.split_once('\t').unwrap();
            let read = |end: &str| fs::read_to_string(dir.join(format!("{number}.{end}"))).unwrap();
            Self {
                number: number.parse().unwrap(),
                key: key.to_owned(),
                text: read("txt"),
                funcs: read("func"),
            }
        };
        let all: Vec<_> = index.lines().skip(1).map(golden).collect();
        assert_eq!(all.len(), 14);
        all
    }

    /// The directory.
    pub fn dir(&self) -> PathBuf {
        fixtures::data().join(&self.key)
    }

    /// Its profile.
    pub fn profile(&self) -> Profile {
        Profile::parse(&self.text)
    }

    /// A part of its key: 0 host, 1 namespace, 2 pod, 3 container, 4 time, 5 image, 6 binary.
    pub fn part(&self, index: usize) -> &str {
        self.key.split('/').nth(index).unwrap()
    }

    /// The last part of its key.
    pub fn binary(&self) -> &str {
        self.key.rsplit('/').next().unwrap()
    }

    /// The hashes in the headers of its meta files, as 32 hex digits, sorted.
    pub fn builds(&self) -> Vec<String> {
        let mut builds: Vec<_> = fixtures::metas(&self.dir())
            .iter()
            .map(|path| fixtures::hex(&fs::read(path).unwrap()[24..40]))
            .collect();
        builds.sort();
        builds
    }
}
