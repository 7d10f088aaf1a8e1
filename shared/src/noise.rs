//! What a reader does not want to see unless they ask: [`Manifest::hide`](crate::manifest::Manifest::hide).

use crate::{
    codec::StrIdx,
    field::Field,
    glob::Glob,
    owners::{OwnerRow, OwnersShard},
};

/// What is noise among owners: patterns `FIELD=GLOB`, with the fields of `--where`.
///
/// An owner is noise when all of its builds are; a build of it is when, of one field, each value
/// matches a pattern. Patterns for files and funcs (`path`, `func`) say nothing about owners. Of a
/// build with files in several repositories only the main one counts, the others are not known here.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    patterns: Vec<(Field, Glob)>,
}

impl Noise {
    /// Reads patterns. Malformed ones are left out: the command line refuses them before they get into
    /// a site.
    pub fn of_owners(hide: &[String]) -> Self {
        let pattern = |text: &String| {
            let (name, glob) = text.split_once('=')?;
            Some((Field::of(name)?, Glob::parse(glob)?))
        };
        Self { patterns: hide.iter().filter_map(pattern).collect() }
    }

    /// Whether an owner with these rows, at least one, is noise.
    pub fn holds(&self, shard: &OwnersShard, rows: &[OwnerRow]) -> bool {
        let is_noise =
            |row: &OwnerRow| Field::ALL.into_iter().any(|field| self.holds_all(field, shard, row));
        !self.patterns.is_empty() && !rows.is_empty() && rows.iter().all(is_noise)
    }

    /// Whether of some key each label that a row has matches a pattern.
    fn holds_labels(&self, shard: &OwnersShard, row: &OwnerRow) -> bool {
        let key = |label: &str| label.split('=').next().unwrap_or_default().to_owned();
        let labels: Vec<&str> = row.labels.iter().map(|idx| shard.strings.get(*idx)).collect();
        let is_noise = |label: &str| {
            let mut own = self.patterns.iter().filter(|(field, _)| *field == Field::Label);
            own.any(|(_, glob)| glob.matches(label))
        };
        let holds = |one: &&str| {
            let mut alike = labels.iter().filter(|label| key(label) == key(one));
            alike.all(|label| is_noise(label))
        };
        labels.iter().any(holds)
    }

    /// Whether each value that a row has of a field matches a pattern.
    fn holds_all(&self, field: Field, shard: &OwnersShard, row: &OwnerRow) -> bool {
        if !self.patterns.iter().any(|(own, _)| *own == field) {
            return false;
        }
        let matches = |text: &str| {
            self.patterns.iter().any(|(own, glob)| *own == field && glob.matches(text))
        };
        let is_noise = |idx: &StrIdx| matches(shard.strings.get(*idx));
        // A process outside of pods has an empty pod.
        let list = |values: &[StrIdx]| {
            if values.is_empty() { matches("") } else { values.iter().all(is_noise) }
        };
        let build = usize::try_from(row.build).ok().and_then(|build| shard.builds.get(build));
        match field {
            Field::Cluster => is_noise(&row.cluster),
            Field::Namespace => is_noise(&row.namespace),
            Field::Kind => is_noise(&row.kind),
            Field::Owner => is_noise(&row.name),
            Field::Binary => is_noise(&row.binary),
            Field::Key => matches(&shard.key(row)),
            Field::Pod => list(&row.pods),
            Field::Node => list(&row.hosts),
            Field::Container => list(&row.containers),
            Field::Image => list(&row.images),
            Field::Build => build.is_some_and(|build| matches(&build.hash)),
            Field::Repo => build.is_some_and(|b| b.repo != 0 && is_noise(&b.repo)),
            Field::Label => self.holds_labels(shard, row),
            Field::Path | Field::Func => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::StringsBuilder, owners::Build, stats::Coverage};

    fn shard() -> OwnersShard {
        let mut s = StringsBuilder::default();
        let build = Build {
            hash: "0123456789abcdef0123456789abcdef".into(),
            binary: s.add("app"),
            module: 0,
            repo: s.add("github.com/o/r"),
            commit: 0,
            coverage: Coverage::default(),
            funcs: Coverage::default(),
            files: 0,
            stats: String::new(),
            counts: String::new(),
            lens: String::new(),
        };
        let mut row = |build: u32, pods: &[&str]| OwnerRow {
            cluster: s.add("east"),
            namespace: s.add("e2e-3"),
            kind: s.add("Job"),
            name: s.add("load"),
            binary: s.add("app"),
            evidence: 0,
            build,
            coverage: Coverage::default(),
            funcs: Coverage::default(),
            processes: 1,
            containers: vec![s.add("main"), s.add("proxy")],
            pods: pods.iter().map(|pod| s.add(pod)).collect(),
            hosts: vec![],
            images: vec![],
            labels: vec![s.add("job=aws"), s.add(&format!("job=try-{build}")), s.add("team=web")],
            trend: vec![],
            first_seen: None,
            last_seen: None,
            counts: String::new(),
        };
        let rows = vec![row(0, &["load-a", "load-b"]), row(1, &["load-c"])];
        let other = Build { hash: "ff".repeat(16), repo: 0, ..build.clone() };
        OwnersShard { strings: s.finish(), builds: vec![build, other], rows, runs: vec![] }
    }

    fn holds(hide: &[&str]) -> bool {
        let shard = shard();
        let hide: Vec<String> = hide.iter().map(|h| (*h).to_owned()).collect();
        Noise::of_owners(&hide).holds(&shard, &shard.rows)
    }

    #[test]
    fn any_field_makes_an_owner_noise_when_all_its_values_match() {
        assert!(holds(&["namespace=e2e-*"]) && holds(&["kind=Pod", "kind=Job"]));
        assert!(holds(&["cluster=east"]) && holds(&["owner=load"]) && holds(&["binary=a??"]));
        assert!(!holds(&["namespace=e2e"]) && !holds(&["kind=job"]) && !holds(&[]));
        assert!(!holds(&["container=main"]) && holds(&["container=main", "container=p*"]));
        assert!(!holds(&["pod=load-[ab]"]), "the older build ran elsewhere");
        assert!(holds(&["pod=load-[ab]", "pod=load-c"]));
        assert!(holds(&["node="]), "none has a host");
        assert!(!holds(&["repo=*"]), "of one build the repository is not known");
        assert!(!holds(&["build=0123*"]) && holds(&["build=0123*", "build=ff*"]));
    }

    #[test]
    fn labels_make_an_owner_noise_when_all_of_one_key_match() {
        assert!(holds(&["label=team=web"]) && holds(&["label=job=*"]));
        assert!(!holds(&["label=job=aws"]), "other processes are of another job");
        assert!(holds(&["label=job=aws", "label=job=try-[01]"]));
        assert!(!holds(&["label=job=aws", "label=job=try-0"]), "the older build");
        assert!(!holds(&["label=team"]) && !holds(&["label=tea*web?"]));
    }

    #[test]
    fn patterns_for_files_say_nothing_about_owners() {
        assert!(!holds(&["path=*", "func=*", "what=*", "kind"]));
    }
}
