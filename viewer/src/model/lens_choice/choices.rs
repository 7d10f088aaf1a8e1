//! The names that a site has to offer, and how many owners each would show.

use covatlas_shared::{
    codec::StrIdx,
    field::Field,
    owners::{OwnerRow, OwnersShard},
};

use super::LensFilters;
use crate::{
    lens::Lens,
    model::{
        find_words::{Fit, fit},
        sorting::sorted_things,
    },
};

/// The names of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The field.
    pub field: Field,
    /// What can be chosen, sorted by name.
    pub choices: Vec<Choice>,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name.
    pub name: String,
    /// How many owners have it and pass the filters on all other fields.
    pub n_owners: usize,
    /// Position of the first row that has it.
    pub row: usize,
}

/// The fields that can be chosen from, in the order in which they are offered.
const GROUPS: [Field; 10] = [
    Field::Namespace,
    Field::Key,
    Field::Kind,
    Field::Node,
    Field::Pod,
    Field::Label,
    Field::Image,
    Field::Container,
    Field::Binary,
    Field::Cluster,
];

/// The fields that a site has to offer anything of: clusters only when there are several.
pub fn offered(owners: &OwnersShard) -> Vec<Field> {
    let first = owners.rows.first().map(|row| row.cluster);
    let is_one_cluster = owners.rows.iter().all(|row| Some(row.cluster) == first);
    let is_offered = |field: &Field| *field != Field::Cluster || !is_one_cluster;
    GROUPS.into_iter().filter(is_offered).collect()
}

/// How many owners pass, at most: an owner may have one process that passes one filter, and another
/// that passes another.
///
/// # Errors
/// What is wrong with the first filter that is none, for people.
pub fn n_owners(owners: &OwnersShard, filters: &[String]) -> Result<usize, String> {
    let lens = Lens::parse(filters)?;
    let owner_of = owner_of_rows(owners);
    let passing = owners.rows.iter().zip(owner_of).filter(|(row, _)| lens.may_hold(owners, row));
    let mut passing: Vec<usize> = passing.map(|(_, owner)| owner).collect();
    passing.dedup();
    Ok(passing.len())
}

/// What there is to choose: of each field the names that hold all words, whatever their case, and
/// that owners have which pass the filters on all other fields.
pub fn groups(owners: &OwnersShard, filters: &LensFilters, words: &[String]) -> Vec<Group> {
    let failed = failed_filters(owners, filters);
    let owner_of = owner_of_rows(owners);
    let group = |field: Field| {
        let passes = |row: usize| failed.get(row).is_some_and(|failed| failed.but_for(field));
        let rows = owners.rows.iter().zip(&owner_of).enumerate().filter(|(at, _)| passes(*at));
        let mut found = Found::new(owners.strings.len());
        for (at, (row, owner)) in rows {
            let at = At { row: at, owner: *owner };
            match strings_of(row, field) {
                Some(strings) => strings.iter().for_each(|idx| found.add(*idx, at)),
                None => found.add_key(owners.key(row), at),
            }
        }
        Group { field, choices: found.choices(owners, words) }
    };
    let all = offered(owners).into_iter().map(group);
    all.filter(|group| !group.choices.is_empty()).collect()
}

/// For each row which owner it is of, counted from 0.
fn owner_of_rows(owners: &OwnersShard) -> Vec<usize> {
    let key = |row: &OwnerRow| [row.cluster, row.namespace, row.kind, row.name, row.binary];
    let (mut n, mut before) = (0_usize, None);
    let number = |row: &OwnerRow| {
        if before.is_some_and(|before| before != key(row)) {
            n = n.saturating_add(1);
        }
        before = Some(key(row));
        n
    };
    owners.rows.iter().map(number).collect()
}

/// What a row has of a field; `None` for its key, which is no string of the shard.
fn strings_of(row: &OwnerRow, field: Field) -> Option<&[StrIdx]> {
    let one = std::slice::from_ref;
    Some(match field {
        Field::Cluster => one(&row.cluster),
        Field::Namespace => one(&row.namespace),
        Field::Kind => one(&row.kind),
        Field::Binary => one(&row.binary),
        Field::Node => &row.hosts,
        Field::Pod => &row.pods,
        Field::Label => &row.labels,
        Field::Image => &row.images,
        Field::Container => &row.containers,
        _ => return None,
    })
}

/// Which filters a row fails.
#[derive(Clone, Copy)]
enum Failed {
    None,
    /// The one on the names of this field, and no other.
    Names(Field),
    /// Others.
    More,
}

impl Failed {
    /// Whether the row passes all filters but that on the names of a field.
    fn but_for(self, field: Field) -> bool {
        match self {
            Self::None => true,
            Self::Names(own) => own == field,
            Self::More => false,
        }
    }
}

/// For each row which filters it fails. A filter that is none keeps nothing out: it is to be
/// removed, and what there is to choose is to be seen meanwhile.
fn failed_filters(owners: &OwnersShard, filters: &LensFilters) -> Vec<Failed> {
    let mut failed = vec![Failed::None; owners.rows.len()];
    let texts = filters.texts();
    for (filter, text) in filters.all().iter().zip(&texts) {
        let Ok(lens) = Lens::parse(std::slice::from_ref(text)) else { continue };
        for (row, failed) in owners.rows.iter().zip(&mut failed) {
            if !lens.may_hold(owners, row) {
                *failed = match (*failed, filter) {
                    (Failed::None, super::LensFilter::Names(field, _)) => Failed::Names(*field),
                    _ => Failed::More,
                };
            }
        }
    }
    failed
}

/// A row and its owner.
#[derive(Clone, Copy)]
struct At {
    row: usize,
    owner: usize,
}

/// Names that were found.
struct Found {
    /// For each string of the shard how many owners have it, and where it was found first and last.
    strings: Vec<Option<(usize, usize, At)>>,
    keys: Vec<(String, At)>,
}

impl Found {
    fn new(n_strings: usize) -> Self {
        Self { strings: vec![None; n_strings], keys: Vec::new() }
    }

    /// Adds a string of a row; rows of one owner come one after another.
    fn add(&mut self, idx: StrIdx, at: At) {
        let slot = usize::try_from(idx).ok().and_then(|idx| self.strings.get_mut(idx));
        let Some(slot) = slot else { return };
        let (n, row, last) = slot.unwrap_or((1, at.row, at));
        *slot = Some((n.saturating_add(usize::from(last.owner != at.owner)), row, at));
    }

    fn add_key(&mut self, key: String, at: At) {
        if self.keys.last().is_none_or(|(_, last)| last.owner != at.owner) {
            self.keys.push((key, at));
        }
    }

    /// Those that hold all words, sorted by name; an empty one is no name.
    fn choices(self, owners: &OwnersShard, words: &[String]) -> Vec<Choice> {
        let fits = |name: &str| {
            !name.is_empty() && words.iter().all(|word| fit(name, word) != Fit::Absent)
        };
        let named = self.strings.iter().enumerate().filter_map(|(idx, slot)| {
            let (n_owners, row, _) = (*slot)?;
            let name = owners.strings.get(StrIdx::try_from(idx).ok()?);
            fits(name).then(|| Choice { name: name.to_owned(), n_owners, row })
        });
        let keys = self.keys.into_iter().filter(|(key, _)| fits(key));
        let keys = keys.map(|(name, at)| Choice { name, n_owners: 1, row: at.row });
        let all = sorted_things(named.chain(keys).collect(), |a, b| a.name.cmp(&b.name));
        let mut merged: Vec<Choice> = Vec::with_capacity(all.len());
        for choice in all {
            // Owners of several clusters may have one key.
            match merged.last_mut().filter(|last| last.name == choice.name) {
                Some(last) => last.n_owners = last.n_owners.saturating_add(choice.n_owners),
                None => merged.push(choice),
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use covatlas_shared::{codec::StringsBuilder, stats::Coverage};

    use super::*;

    /// `cluster namespace kind name pods`, one owner and build per line; pods with `,` between.
    fn owners(lines: &[&str]) -> OwnersShard {
        let mut s = StringsBuilder::default();
        let row = |line: &&str| {
            let f: Vec<&str> = line.split(' ').collect();
            let pods = f[4].split(',').filter(|pod| !pod.is_empty());
            OwnerRow {
                cluster: s.add(f[0]),
                namespace: s.add(f[1]),
                kind: s.add(f[2]),
                name: s.add(f[3]),
                binary: s.add("bin"),
                evidence: 0,
                build: 0,
                coverage: Coverage::default(),
                funcs: Coverage::default(),
                processes: 1,
                containers: vec![],
                pods: pods.map(|pod| s.add(pod)).collect(),
                hosts: vec![s.add("")],
                images: vec![],
                labels: vec![],
                first_seen: None,
                last_seen: None,
                trend: vec![],
                counts: String::new(),
            }
        };
        let rows = lines.iter().map(row).collect();
        OwnersShard { strings: s.finish(), rows, ..OwnersShard::default() }
    }

    /// What there is to choose as `field name n_owners`.
    fn offer(owners: &OwnersShard, filters: &[&str], words: &[&str]) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
        let groups = groups(owners, &LensFilters::read(&owned(filters)), &owned(words));
        let of_group = |g: &Group| {
            let name = g.field.name();
            g.choices
                .iter()
                .map(|c| format!("{name} {} {}", c.name, c.n_owners))
                .collect::<Vec<_>>()
        };
        groups.iter().flat_map(of_group).collect()
    }

    #[test]
    fn names_are_offered_with_the_owners_that_pass_all_other_filters() {
        let shard = owners(&[
            "c shop Job a a-1",
            "c shop Job a a-2,a-1",
            "c shop Pod b b-1",
            "c dns Pod d x",
        ]);
        assert_eq!(
            offer(&shard, &[], &["sho"]),
            ["namespace shop 2", "key shop/Job/a/bin 1", "key shop/Pod/b/bin 1"]
        );
        assert_eq!(offer(&shard, &[], &["-1"]), ["pod a-1 1", "pod b-1 1"]);
        // What is chosen of a field does not narrow the field itself.
        assert_eq!(
            offer(&shard, &["kind=Pod"], &[])[..2],
            ["namespace dns 1".to_owned(), "namespace shop 1".to_owned()]
        );
        assert_eq!(offer(&shard, &["kind=Pod"], &["job"]), ["kind Job 1"]);
        assert_eq!(offer(&shard, &["kind=Pod", "namespace=dns"], &["shop"]), ["namespace shop 1"]);
        assert_eq!(offer(&shard, &["kind=P*"], &["job"]), [""; 0]);
        // A filter that is none keeps nothing out.
        assert_eq!(offer(&shard, &["pod=["], &["job"]).len(), 2);
    }

    #[test]
    fn clusters_are_offered_when_there_are_several_and_owners_count_in_each() {
        let one = owners(&["c a Pod p x"]);
        assert!(!offered(&one).contains(&Field::Cluster));
        let two = owners(&["c a Pod p x", "d a Pod p x"]);
        let all = offer(&two, &[], &[]);
        assert!(all.contains(&"key a/Pod/p/bin 2".to_owned()), "{all:?}");
        assert_eq!(all[all.len() - 2..], ["cluster c 1", "cluster d 1"]);
    }

    #[test]
    fn owners_count_once_whatever_builds_they_have() {
        let shard = owners(&["c shop Job a a-1", "c shop Job a a-2", "c shop Pod b b-1"]);
        let n = |filters: &[&str]| {
            n_owners(&shard, &filters.iter().map(|&f| f.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!([n(&[]), n(&["pod=a-*"]), n(&["pod=x"])], [Ok(2), Ok(1), Ok(0)]);
        assert!(n(&["nope"]).is_err());
    }
}
