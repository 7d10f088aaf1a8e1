//! Which owners pass the filters, and what each filter has to offer beside the others.

use covatlas_shared::{codec::StrIdx, owners::OwnerRow};

use super::OwnerTable;
use crate::{
    model::{find_words::words_of, sorting::sort_by_keys},
    route::DashboardQuery,
};

/// Filters that offer choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// The namespace.
    Namespace,
    /// The owner kind.
    Kind,
    /// A container of the newest build.
    Container,
    /// The tier of the newest build.
    Tier,
    /// The repository of the newest build.
    Repo,
    /// A label of the newest build.
    Label,
}

/// One choice of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value in the address.
    pub value: String,
    /// How many owners have it and pass all other filters.
    pub n_owners: usize,
}

/// Which filters each owner fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// A bit for each filter: those of [`Facet::bit`], [`TEXT`] and [`NOISE`].
    failed: Vec<u32>,
    /// Whether what is noise is hidden.
    is_quiet: bool,
}

/// The bit of the text filter.
const TEXT: u32 = 1;
/// The bit of owners that are noise and not asked for.
const NOISE: u32 = 128;

impl Facet {
    /// All filters that offer choices, as they stand on the page.
    pub const ALL: [Self; 6] =
        [Self::Namespace, Self::Kind, Self::Container, Self::Tier, Self::Repo, Self::Label];

    /// The bit of the filter in [`Passing`].
    fn bit(self) -> u32 {
        match self {
            Self::Namespace => 2,
            Self::Kind => 4,
            Self::Container => 8,
            Self::Tier => 16,
            Self::Repo => 32,
            Self::Label => 64,
        }
    }

    /// What of this filter is on, as in the address.
    pub fn chosen(self, query: &DashboardQuery) -> Vec<String> {
        match self {
            Self::Namespace => query.namespaces.clone(),
            Self::Kind => query.kinds.clone(),
            Self::Container => query.containers.clone(),
            Self::Tier => query.tiers.iter().map(u8::to_string).collect(),
            Self::Repo => query.repos.clone(),
            Self::Label => query.labels.clone(),
        }
    }

    /// Puts one value of the filter on, or off when it is on.
    pub fn toggle(self, query: &mut DashboardQuery, value: &str) {
        let values = match self {
            Self::Namespace => &mut query.namespaces,
            Self::Kind => &mut query.kinds,
            Self::Container => &mut query.containers,
            Self::Repo => &mut query.repos,
            Self::Label => &mut query.labels,
            Self::Tier => {
                let Ok(tier) = value.parse::<u8>() else { return };
                let n = query.tiers.len();
                query.tiers.retain(|t| *t != tier);
                if query.tiers.len() == n {
                    query.tiers.push(tier);
                }
                return;
            }
        };
        let n = values.len();
        values.retain(|v| v != value);
        if values.len() == n {
            values.push(value.to_owned());
        }
    }
}

impl Passing {
    /// Those of `owners` that pass all filters, in the same order.
    pub fn shown(&self, owners: &[usize]) -> Vec<usize> {
        owners.iter().copied().filter(|owner| self.failed.get(*owner) == Some(&0)).collect()
    }

    /// Whether there is noise, and it is hidden.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// How many owners pass all filters but are hidden as noise.
    pub fn n_hidden(&self) -> usize {
        self.failed.iter().filter(|failed| **failed == NOISE).count()
    }

    /// Whether an owner passes all filters but one.
    pub fn passes_but_for(&self, owner: usize, facet: Facet) -> bool {
        self.failed.get(owner).is_some_and(|failed| failed & !facet.bit() == 0)
    }
}

impl OwnerTable {
    /// Which filters each owner fails.
    pub fn passing(&self, query: &DashboardQuery) -> Passing {
        let words = words_of(&query.q);
        let chosen = Facet::ALL.map(|facet| (facet, facet.chosen(query)));
        let failed = |owner| {
            let text = words.iter().all(|word| self.lower.holds(owner, word));
            let facets = chosen.iter().filter(|(facet, values)| {
                !values.is_empty()
                    && !self.newest(owner).is_some_and(|r| self.has(r, *facet, values))
            });
            let noise = if !query.noise && self.is_noise(owner) { NOISE } else { 0 };
            let bits = noise | if text { 0 } else { TEXT };
            facets.fold(bits, |bits, (facet, _)| bits | facet.bit())
        };
        let is_quiet = !query.noise && self.noise.contains(&true);
        Passing { failed: (0..self.len()).map(failed).collect(), is_quiet }
    }

    /// Whether there is anything to choose: only collections of several runs have labels.
    pub fn offers(&self, facet: Facet) -> bool {
        facet != Facet::Label || self.shard.rows.iter().any(|row| !row.labels.is_empty())
    }

    /// How many of `owners` are noise.
    pub fn n_noise(&self, owners: &[usize]) -> usize {
        owners.iter().filter(|owner| self.is_noise(**owner)).count()
    }

    /// Whether a row has one of the values of a filter.
    fn has(&self, row: &OwnerRow, facet: Facet, values: &[String]) -> bool {
        let is_one = |text: &str| values.iter().any(|value| value == text);
        match self.strings_of(row, facet) {
            Some(strings) => strings.iter().any(|idx| is_one(self.text(*idx))),
            None => is_one(&self.tier(row.coverage).to_string()),
        }
    }

    /// What a row has of a filter, at least one string; `None` for the tier, which is no string.
    fn strings_of<'a>(&'a self, row: &'a OwnerRow, facet: Facet) -> Option<&'a [StrIdx]> {
        let one = std::slice::from_ref;
        Some(match facet {
            Facet::Namespace => one(&row.namespace),
            Facet::Kind => one(&row.kind),
            Facet::Container if row.containers.is_empty() => &[0],
            Facet::Container => &row.containers,
            Facet::Label if row.labels.is_empty() => &[0],
            Facet::Label => &row.labels,
            Facet::Repo => self.build(row).map_or(&[0], |build| one(&build.repo)),
            Facet::Tier => return None,
        })
    }

    /// How many owners are in each tier, 0 (no statements) to 4, of those that pass all filters but
    /// that of the tier.
    pub fn tier_counts(&self, passing: &Passing) -> [u64; 5] {
        let mut counts = [0_u64; 5];
        for owner in (0..self.len()).filter(|o| passing.passes_but_for(*o, Facet::Tier)) {
            let tier = self.newest(owner).map_or(0, |row| self.tier(row.coverage));
            if let Some(n) = counts.get_mut(usize::from(tier)) {
                *n = n.saturating_add(1);
            }
        }
        counts
    }

    /// The choices that a filter offers, sorted by value: those of owners that pass all other
    /// filters.
    pub fn choices(&self, passing: &Passing, facet: Facet) -> Vec<Choice> {
        if facet == Facet::Tier {
            let choice = |(tier, n): (usize, u64)| Choice {
                value: tier.to_string(),
                n_owners: usize::try_from(n).unwrap_or(usize::MAX),
            };
            let counts = self.tier_counts(passing).into_iter().enumerate();
            return counts.map(choice).filter(|choice| choice.n_owners > 0).collect();
        }
        // For each string of the shard how many owners have it.
        let mut counts = vec![0_usize; self.shard.strings.len()];
        for owner in (0..self.len()).filter(|o| passing.passes_but_for(*o, facet)) {
            let strings = self.newest(owner).and_then(|row| self.strings_of(row, facet));
            for idx in strings.unwrap_or_default() {
                if let Some(n) = position(*idx).and_then(|i| counts.get_mut(i)) {
                    *n = n.saturating_add(1);
                }
            }
        }
        let string = |i: usize| StrIdx::try_from(i).unwrap_or_default();
        let ranks: Vec<u64> = (0..counts.len()).map(|i| self.rank(string(i)).into()).collect();
        let has_some = |i: &usize| counts.get(*i).is_some_and(|n| *n > 0);
        let mut found: Vec<usize> = (0..counts.len()).filter(has_some).collect();
        sort_by_keys(&mut found, &ranks);
        let choice = |i: usize| Choice {
            value: self.text(string(i)).to_owned(),
            n_owners: counts.get(i).copied().unwrap_or(0),
        };
        found.into_iter().map(choice).collect()
    }
}

/// The position of a string.
fn position(idx: StrIdx) -> Option<usize> {
    usize::try_from(idx).ok()
}
