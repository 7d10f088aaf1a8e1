//! The answers of the band above the table: of all owners, or of those that pass the filters.
//!
//! The manifest has exact numbers, each statement counted once, of the whole and of each namespace,
//! with noise and without. Of any other set of owners nobody knows how much code they share; their own numbers are added up
//! then, and the band says so.

use std::cmp::Reverse;

use covatlas_shared::{codec::StrIdx, manifest::Manifest, stats::Coverage};

use super::{OwnerTable, Passing, sort::part};
use crate::model::sorting::sorted_things;

/// What the band says of the owners that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// How many owners are shown.
    pub n_shown: usize,
    /// How many there are.
    pub n_owners: usize,
    /// What ran.
    pub ran: Numbers<Coverage>,
    /// How many owners there are in each tier, 0 (no statements) to 4, whatever tier is filtered by.
    pub tiers: [u64; 5],
    /// The namespaces with the most statements that never ran.
    pub namespaces: Numbers<Vec<NamespaceShare>>,
    /// Positions of the owners of which the smallest part ran.
    pub lowest: Vec<usize>,
    /// How much is shown.
    pub size: Size,
}

/// Numbers of statements of several owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers<T> {
    /// Each statement counts once, in all builds.
    Once(T),
    /// The newest builds of owners are added up: what several of them run counts several times.
    AddedUp(T),
}

/// What never ran in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceShare {
    /// The namespace.
    pub namespace: String,
    /// Statements that never ran.
    pub uncovered: u64,
}

/// How many different things there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Owners.
    pub owners: u32,
    /// Names of binaries.
    pub binaries: u32,
    /// Builds.
    pub builds: u32,
    /// Pods.
    pub pods: u32,
    /// Hosts.
    pub hosts: u32,
    /// Repositories: all that files are from, or of a part of the owners the main ones of their
    /// builds.
    pub repos: u32,
}

impl<T> Numbers<T> {
    /// The numbers.
    pub fn get(&self) -> &T {
        match self {
            Self::Once(numbers) | Self::AddedUp(numbers) => numbers,
        }
    }

    /// Whether each statement counts once.
    pub fn is_once(&self) -> bool {
        matches!(self, Self::Once(_))
    }
}

impl Answers {
    /// The answers for the owners of a table that pass the filters, three names each.
    pub fn of(table: &OwnerTable, manifest: &Manifest, passing: &Passing) -> Self {
        let shown = &passing.shown(&(0..table.len()).collect::<Vec<_>>());
        let exact = Exact::of(manifest, passing);
        let n_all = (0..table.len()).filter(|owner| exact.counts(table, *owner)).count();
        let by_namespace = ByNamespace::of(table, shown, &exact);
        let is_whole = shown.len() == table.len();
        Self {
            n_shown: shown.len(),
            n_owners: table.len(),
            ran: if shown.len() == n_all { Numbers::Once(exact.whole) } else { by_namespace.ran() },
            tiers: table.tier_counts(passing),
            namespaces: by_namespace.most_uncovered(3),
            lowest: lowest(table, shown, 3),
            size: if is_whole { Size::of_all(manifest) } else { Size::of(table, shown) },
        }
    }

    /// Whether all owners are shown.
    pub fn is_whole(&self) -> bool {
        self.n_shown == self.n_owners
    }
}

/// The numbers of the manifest that fit: those without noise when it is hidden.
struct Exact<'a> {
    is_quiet: bool,
    whole: Coverage,
    namespaces: &'a [(String, Coverage)],
}

impl<'a> Exact<'a> {
    fn of(manifest: &'a Manifest, passing: &Passing) -> Self {
        let is_quiet = passing.is_quiet();
        let (whole, namespaces) = if is_quiet {
            (manifest.quiet.coverage, &manifest.quiet.namespaces)
        } else {
            (manifest.totals.coverage, &manifest.namespaces)
        };
        Self { is_quiet, whole, namespaces }
    }

    /// Whether an owner is in these numbers.
    fn counts(&self, table: &OwnerTable, owner: usize) -> bool {
        !(self.is_quiet && table.is_noise(owner))
    }
}

/// The namespaces of owners.
struct ByNamespace {
    /// Each namespace of the shown owners with the sum of their newest builds.
    sums: Vec<(String, Coverage)>,
    /// The exact numbers of the same namespaces; `None` when some of their owners are not shown.
    exact: Option<Vec<(String, Coverage)>>,
}

impl ByNamespace {
    fn of(table: &OwnerTable, shown: &[usize], exact: &Exact<'_>) -> Self {
        let n_strings = table.shard().strings.len();
        // By namespace how many of its owners are not shown.
        let mut left = vec![0_usize; n_strings];
        let mut sums = vec![Coverage::default(); n_strings];
        let row = |owner: &usize| table.newest(*owner);
        let counted = (0..table.len()).filter(|owner| exact.counts(table, *owner));
        for n in counted.filter_map(|owner| row(&owner)).filter_map(|row| at(row.namespace)) {
            if let Some(left) = left.get_mut(n) {
                *left = left.saturating_add(1);
            }
        }
        let mut found = Vec::new();
        let mut is_found = Seen::new(n_strings);
        for row in shown.iter().filter_map(row) {
            let slots = at(row.namespace).map(|n| (left.get_mut(n), sums.get_mut(n)));
            if let Some((Some(left), Some(sum))) = slots {
                *left = left.saturating_sub(1);
                *sum = sum.plus(row.coverage);
            }
            if is_found.add(row.namespace) {
                found.push(row.namespace);
            }
        }
        let sum = |idx: &StrIdx| {
            let sum = at(*idx).and_then(|n| sums.get(n).copied()).unwrap_or_default();
            (table.text(*idx).to_owned(), sum)
        };
        let sums: Vec<_> = found.iter().map(sum).collect();
        let is_whole = |idx: &StrIdx| at(*idx).and_then(|n| left.get(n)) == Some(&0);
        let is_here = |(name, _): &&(String, Coverage)| sums.iter().any(|(own, _)| own == name);
        let of_these: Vec<_> = exact.namespaces.iter().filter(is_here).cloned().collect();
        let is_exact = found.iter().all(is_whole) && of_these.len() == sums.len();
        Self { exact: is_exact.then_some(of_these), sums }
    }

    /// What ran of all of them. What two namespaces share is not known.
    fn ran(&self) -> Numbers<Coverage> {
        if let Some([(_, coverage)]) = self.exact.as_deref() {
            return Numbers::Once(*coverage);
        }
        Numbers::AddedUp(self.sums.iter().fold(Coverage::default(), |sum, own| sum.plus(own.1)))
    }

    /// The namespaces with the most statements that never ran, at most `n`.
    fn most_uncovered(self, n: usize) -> Numbers<Vec<NamespaceShare>> {
        let is_once = self.exact.is_some();
        let mut all = sorted_things(self.exact.unwrap_or(self.sums), |(a, x), (b, y)| {
            y.uncovered().cmp(&x.uncovered()).then_with(|| a.cmp(b))
        });
        all.truncate(n);
        let share = |(namespace, own): (String, Coverage)| NamespaceShare {
            namespace,
            uncovered: own.uncovered(),
        };
        let shares = all.into_iter().map(share).collect();
        if is_once { Numbers::Once(shares) } else { Numbers::AddedUp(shares) }
    }
}

/// Sorts owners by the part that ran, those of one part by their statements, most first.
type Lowness = (Option<u64>, Reverse<u64>);

/// Positions of those of `shown` of which the smallest part ran, at most `n`; the larger owner first
/// where equal. Owners without statements are left out.
///
/// Only the first few are wanted, at every keystroke: sorting all of them would take longer than
/// everything else that a keystroke costs.
fn lowest(table: &OwnerTable, shown: &[usize], n: usize) -> Vec<usize> {
    let mut lowest: Vec<(usize, Lowness)> = Vec::new();
    for owner in shown {
        let coverage = table.newest(*owner).map_or(Coverage::default(), |row| row.coverage);
        let key = (part(coverage), Reverse(coverage.statements()));
        let is_out = lowest.len() >= n && lowest.last().is_none_or(|(_, last)| key >= *last);
        if coverage.statements() > 0 && !is_out {
            let at = lowest.partition_point(|(_, other)| *other <= key);
            lowest.insert(at, (*owner, key));
            lowest.truncate(n);
        }
    }
    lowest.into_iter().map(|(owner, _)| owner).collect()
}

impl Size {
    fn of_all(manifest: &Manifest) -> Self {
        let totals = &manifest.totals;
        Self {
            owners: totals.owners,
            binaries: totals.binaries,
            builds: totals.builds,
            pods: totals.pods,
            hosts: totals.hosts,
            repos: totals.repos,
        }
    }

    /// Counts what owners have in all their builds.
    fn of(table: &OwnerTable, owners: &[usize]) -> Self {
        let seen = || Seen::new(table.shard().strings.len());
        let [mut binaries, mut hosts, mut repos] = [seen(), seen(), seen()];
        let mut builds = Seen::new(table.shard().builds.len());
        let mut pods =
            SeenPods { first: vec![None; table.shard().strings.len()], others: Vec::new() };
        let mut size =
            Self { owners: u32::try_from(owners.len()).unwrap_or(u32::MAX), ..Self::default() };
        for row in owners.iter().flat_map(|owner| table.rows(*owner)) {
            size.binaries += u32::from(binaries.add(row.binary));
            size.builds += u32::from(builds.add(row.build));
            for host in &row.hosts {
                size.hosts += u32::from(hosts.add(*host));
            }
            for pod in &row.pods {
                size.pods += u32::from(pods.add(*pod, (row.cluster, row.namespace)));
            }
            let repo = table.build(row).map_or(0, |build| build.repo);
            size.repos += u32::from(repo != 0 && repos.add(repo));
        }
        size
    }
}

/// A set of small numbers.
struct Seen(Vec<bool>);

impl Seen {
    fn new(n: usize) -> Self {
        Self(vec![false; n])
    }

    /// Adds a number; whether it is new.
    fn add(&mut self, number: u32) -> bool {
        let seen = at(number).and_then(|at| self.0.get_mut(at));
        seen.is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

/// Pods by name, and where they are: pods of two namespaces may have one name.
struct SeenPods {
    first: Vec<Option<(StrIdx, StrIdx)>>,
    others: Vec<(StrIdx, (StrIdx, StrIdx))>,
}

impl SeenPods {
    fn add(&mut self, pod: StrIdx, place: (StrIdx, StrIdx)) -> bool {
        match at(pod).and_then(|pod| self.first.get_mut(pod)) {
            Some(first @ None) => {
                *first = Some(place);
                true
            }
            Some(Some(first)) if *first == place => false,
            _ if self.others.contains(&(pod, place)) => false,
            _ => {
                self.others.push((pod, place));
                true
            }
        }
    }
}

fn at(idx: u32) -> Option<usize> {
    usize::try_from(idx).ok()
}
