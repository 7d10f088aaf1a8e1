//! What covatlas must say about the sample, worked out from Go's own numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::fixtures;
use crate::golden::{Golden, Profile};

/// Kind, owner and evidence of the pod in each golden directory.
///
/// Names of Deployments' and DaemonSets' pods end in letters of the cluster's alphabet, those of
/// static pods and installers in their node's name; an ordinal is a pattern.
const OWNERS: [(&str, &str, &str); 14] = [
    ("DaemonSet", "dns-default", "alphabet"),
    ("StaticPod", "kube-apiserver", "static-pod"),
    ("StaticPod", "etcd", "static-pod"),
    ("Job", "installer", "static-pod"),
    ("Host", "kubelet", "host"),
    ("DaemonSet", "node-ca", "alphabet"),
    ("Deployment", "covdemo", "alphabet"),
    ("Deployment", "covdemo", "alphabet"),
    ("Deployment", "router-default", "alphabet"),
    ("Deployment", "console-operator", "alphabet"),
    ("Deployment", "covdemo", "alphabet"),
    ("StatefulSet", "prometheus-k8s", "pattern"),
    ("Deployment", "covdemo", "alphabet"),
    ("Deployment", "covdemo-canary", "alphabet"),
];

/// The golden directory with three programs: its text profile mixes them.
pub const MIXED: usize = 13;

/// Golden directories with exactly the counter files that the mixed one has of each build.
pub const MIXED_FROM: [usize; 3] = [0, 7, 11];

/// Namespace, kind, owner, binary, build.
pub type OwnerKey = [String; 5];

/// One owner and build.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// How the owner was found.
    pub evidence: String,
    /// What it ran.
    pub profile: Profile,
    /// Its containers.
    pub containers: BTreeSet<String>,
    /// Its pods.
    pub pods: BTreeSet<String>,
    /// Its nodes.
    pub hosts: BTreeSet<String>,
    /// Its processes.
    pub processes: usize,
    /// The golden directories it comes from.
    pub goldens: Vec<usize>,
    /// The latest time in the names of its counter files, in nanoseconds; slots have none.
    pub last_write: u64,
}

/// All owners and builds of the sample.
pub fn owners() -> BTreeMap<OwnerKey, Owner> {
    let goldens = Golden::all();
    let mut owners: BTreeMap<OwnerKey, Owner> = BTreeMap::new();
    for golden in &goldens {
        let (kind, name, evidence) = OWNERS[golden.number];
        for (build, profile) in profiles(golden, &goldens) {
            let key = [golden.part(1), kind, name, golden.binary(), &build].map(str::to_owned);
            let owner = owners.entry(key).or_default();
            owner.evidence = evidence.to_owned();
            owner.profile.raise(&profile);
            owner.hosts.insert(golden.part(0).to_owned());
            if kind != "Host" {
                owner.pods.insert(golden.part(2).to_owned());
                owner.containers.insert(golden.part(3).to_owned());
            }
            owner.processes += processes(golden, &build);
            owner.last_write = owner.last_write.max(last_write(golden, &build));
            owner.goldens.push(golden.number);
        }
    }
    owners
}

/// What ran in a directory, by build.
fn profiles(golden: &Golden, all: &[Golden]) -> Vec<(String, Profile)> {
    if golden.number != MIXED {
        let builds = golden.builds();
        assert_eq!(builds.len(), 1, "{}", golden.key);
        return builds.into_iter().map(|build| (build, golden.profile())).collect();
    }
    // Go adds equal units of the three programs up, so its profile cannot be taken apart. But the
    // counter files are those of three other directories, byte for byte.
    let mut own = counter_files(golden);
    let same: Vec<_> = MIXED_FROM.iter().map(|&number| &all[number]).collect();
    for other in &same {
        for bytes in counter_files(other) {
            own.retain(|own| *own != bytes);
        }
    }
    assert!(own.is_empty(), "counter files of the mixed directory that no other one has");
    let profiles: Vec<_> =
        same.iter().map(|other| (other.builds().remove(0), other.profile())).collect();
    let mut builds: Vec<_> = profiles.iter().map(|(build, _)| build.clone()).collect();
    builds.sort();
    assert_eq!(builds, golden.builds());
    profiles
}

fn counter_files(golden: &Golden) -> Vec<Vec<u8>> {
    fixtures::counters(&golden.dir()).iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Pid and number in the names of a build's counter files.
fn names(golden: &Golden, build: &str) -> Vec<(u64, u64)> {
    let own = fixtures::counters(&golden.dir())
        .into_iter()
        .filter(|path| fixtures::hex(&std::fs::read(path).unwrap()[8..24]) == build);
    let numbers = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut parts = name.rsplit('.').map(|part| part.parse().unwrap());
        let number = parts.next().unwrap();
        (parts.next().unwrap(), number)
    };
    own.map(numbers).collect()
}

/// How many processes left counters of a build, at least one: a meta file alone is one as well.
///
/// No snapshot in the sample has a smaller count than an earlier one of its pid.
fn processes(golden: &Golden, build: &str) -> usize {
    let pids: BTreeSet<u64> = names(golden, build).into_iter().map(|(pid, _)| pid).collect();
    pids.len().max(1)
}

fn last_write(golden: &Golden, build: &str) -> u64 {
    let times = names(golden, build).into_iter().map(|(_, number)| number);
    times.filter(|number| *number > 2).max().unwrap_or(0)
}

/// Of each owner the build that wrote last, by key without the build.
pub fn newest() -> BTreeMap<[String; 4], (String, Owner)> {
    let mut newest: BTreeMap<[String; 4], (String, Owner)> = BTreeMap::new();
    for ([namespace, kind, name, binary, build], owner) in owners() {
        let known = newest.entry([namespace, kind, name, binary]).or_default();
        if known.0.is_empty() || known.1.last_write < owner.last_write {
            *known = (build, owner);
        }
    }
    newest
}
