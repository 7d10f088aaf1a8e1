//! Who ran some units of a build.

use covatlas_shared::lens::{LensProcess, LensShard};

use super::{sorting::sorted_things, subject::Subject};

/// An owner of the build with its processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// Position in [`Subject::runners`].
    pub row: usize,
    /// The pods, or nodes of host processes, that ran any of the units, sorted.
    pub ran: Vec<Place>,
    /// How many other pods or nodes have the build and ran none of the units.
    pub n_idle: usize,
}

/// Where a process ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The pod; the node for a host process.
    pub name: String,
    /// The node.
    pub host: String,
}

/// Everyone with the build, and whether they ran some units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runners {
    /// Owners that ran any of the units, in the order of [`Subject::runners`].
    pub ran: Vec<Runner>,
    /// The others.
    pub idle: Vec<Runner>,
    /// Processes that ran any of the units, of how many.
    pub processes: (usize, usize),
    /// Nodes with such a process, of how many.
    pub hosts: (usize, usize),
}

impl Runners {
    /// Looks at the processes of the build; `units` are positions in the lens shard.
    pub fn new(subject: &Subject, lens: &LensShard, units: &[usize]) -> Self {
        let has_run: Vec<bool> = (0..lens.processes.len())
            .map(|i| units.iter().any(|unit| lens.has_run(i, *unit)))
            .collect();
        let n_hosts = |wanted: fn(bool) -> bool| {
            let processes = lens.processes.iter().zip(&has_run);
            let hosts = processes.filter(|(_, ran)| wanted(**ran)).map(|(p, _)| p.host);
            distinct(hosts).len()
        };
        let mut runners = Self {
            processes: (has_run.iter().filter(|ran| **ran).count(), has_run.len()),
            hosts: (n_hosts(|ran| ran), n_hosts(|_| true)),
            ..Self::default()
        };
        for (row, own) in subject.runners.iter().enumerate() {
            let name = [own.cluster, own.namespace, own.kind, own.name, own.binary];
            let name = name.map(|idx| subject.table.text(idx));
            let places = |wanted: bool| {
                let processes = lens.processes.iter().zip(&has_run);
                let own = processes.filter(|(p, ran)| **ran == wanted && owner(lens, p) == name);
                let places = distinct(own.map(|(p, _)| place(lens, p)));
                sorted_things(places, |a: &Place, b| a.name.cmp(&b.name))
            };
            let (ran, idle) = (places(true), places(false));
            let n_idle = idle.iter().filter(|place| !ran.contains(place)).count();
            let runner = Runner { row, ran, n_idle };
            let list = if runner.ran.is_empty() { &mut runners.idle } else { &mut runners.ran };
            list.push(runner);
        }
        runners
    }
}

/// Each once, in the order in which they first stand there.
fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    list
}

/// Cluster, namespace, kind, name, binary.
type OwnerName<'a> = [&'a str; 5];

fn owner<'a>(lens: &'a LensShard, p: &LensProcess) -> OwnerName<'a> {
    [p.cluster, p.namespace, p.kind, p.name, p.binary].map(|idx| lens.strings.get(idx))
}

fn place(lens: &LensShard, process: &LensProcess) -> Place {
    let (pod, host) = (lens.strings.get(process.pod), lens.strings.get(process.host));
    let name = if pod.is_empty() { host } else { pod };
    Place { name: name.to_owned(), host: host.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use covatlas_shared::{
        codec::StringsBuilder,
        owners::{Build, OwnerRow, OwnersShard},
        stats::{Coverage, Tiers},
    };

    use super::*;
    use crate::{
        model::owners::OwnerTable,
        route::{BuildId, BuildRef},
    };

    /// A build with the owners `web` (ran more) and `db`.
    fn subject() -> Subject {
        let mut s = StringsBuilder::default();
        let hash = format!("{:032x}", 7);
        let mut row = |name: &str, covered| OwnerRow {
            cluster: s.add("c"),
            namespace: s.add("ns"),
            kind: s.add("Deployment"),
            name: s.add(name),
            binary: s.add("bin"),
            evidence: 0,
            build: 0,
            coverage: Coverage::new(9, covered).unwrap(),
            funcs: Coverage::default(),
            processes: 1,
            containers: vec![],
            pods: vec![],
            hosts: vec![],
            images: vec![],
            labels: vec![],
            trend: vec![],
            first_seen: None,
            last_seen: None,
            counts: String::new(),
        };
        let rows = vec![row("db", 1), row("web", 5)];
        let build = Build {
            hash: hash.clone(),
            binary: s.add("bin"),
            module: 0,
            repo: 0,
            commit: 0,
            coverage: Coverage::default(),
            funcs: Coverage::default(),
            files: 0,
            stats: String::new(),
            counts: String::new(),
            lens: String::new(),
        };
        let shard = OwnersShard { strings: s.finish(), builds: vec![build], rows, runs: vec![] };
        let table = Rc::new(OwnerTable::new(Rc::new(shard), Tiers::default()));
        let build = BuildRef { binary: "bin".into(), build: BuildId::of_hash(&hash).unwrap() };
        Subject::of_build(&table, &build).unwrap()
    }

    /// Processes by owner, pod and node, with the units that each of them ran.
    fn lens(processes: &[(&str, &str, &str, &[usize])]) -> LensShard {
        let mut s = StringsBuilder::default();
        let list: Vec<LensProcess> = processes
            .iter()
            .map(|(name, pod, host, _)| LensProcess {
                cluster: s.add("c"),
                namespace: s.add("ns"),
                kind: s.add("Deployment"),
                name: s.add(name),
                binary: s.add("bin"),
                pod: s.add(pod),
                host: s.add(host),
                runs: 1,
                ..LensProcess::default()
            })
            .collect();
        let ran = (0..4).map(|unit| {
            let bit = |(i, p): (usize, &(&str, &str, &str, &[usize]))| {
                u32::from(p.3.contains(&unit)) << i
            };
            vec![processes.iter().enumerate().map(bit).sum()]
        });
        LensShard::new(s.finish(), list, ran)
    }

    #[test]
    fn pods_that_ran_any_of_the_units_are_told_from_those_that_did_not() {
        let lens = lens(&[
            ("web", "web-b", "n1", &[0, 2]),
            ("web", "web-a", "n2", &[3]),
            ("web", "web-a", "n2", &[]), // its other container
            ("web", "web-c", "n2", &[0]),
            ("db", "db-0", "n3", &[0]),
        ]);
        let subject = subject();
        let found = Runners::new(&subject, &lens, &[2, 3]);
        let place = |name: &str, host: &str| Place { name: name.into(), host: host.into() };
        let ran = vec![place("web-a", "n2"), place("web-b", "n1")];
        assert_eq!(found.ran, [Runner { row: 0, ran, n_idle: 1 }]);
        assert_eq!(found.idle, [Runner { row: 1, ran: vec![], n_idle: 1 }]);
        assert_eq!((found.processes, found.hosts), ((2, 5), (2, 3)));
        assert_eq!(Runners::new(&subject, &lens, &[1]).ran, []);
    }

    #[test]
    fn a_host_process_has_the_name_of_its_node() {
        let found = Runners::new(&subject(), &lens(&[("web", "", "n1", &[1])]), &[1]);
        assert_eq!(found.ran[0].ran, [Place { name: "n1".into(), host: "n1".into() }]);
    }
}
