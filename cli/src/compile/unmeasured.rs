//! Pods that the cluster runs and nobody collected coverage of.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::Report;
use crate::{
    owner::{Owner, OwnersFile},
    problems::Problem,
};

/// Owners that a note names; the others are only counted.
const MAX_NAMED: usize = 5;

/// One note for each namespace of the cluster's own list in which pods have no report.
pub(super) fn notes(owners: &OwnersFile, reports: &[Report]) -> Vec<Problem> {
    let measured: BTreeSet<(&str, &str)> =
        reports.iter().map(|r| (r.row.namespace.as_str(), r.row.pod.as_str())).collect();
    let mut namespaces: BTreeMap<&str, Namespace> = BTreeMap::new();
    for (namespace, pod, owner) in owners.pods() {
        let counted = namespaces.entry(namespace).or_default();
        counted.pods = counted.pods.saturating_add(1);
        if !measured.contains(&(namespace, pod)) {
            let missing = counted.missing.entry(owner).or_default();
            *missing = missing.saturating_add(1);
        }
    }
    let notes = namespaces.iter().filter(|(_, counted)| !counted.missing.is_empty());
    notes.map(|(name, counted)| counted.note(name)).collect()
}

/// What the list says of one namespace.
#[derive(Default)]
struct Namespace<'a> {
    pods: usize,
    /// Pods without a report, by owner.
    missing: BTreeMap<&'a Owner, usize>,
}

impl Namespace<'_> {
    fn note(&self, name: &str) -> Problem {
        let missing: usize = self.missing.values().sum();
        let owner = |(owner, n): (&&Owner, &usize)| format!("{} {} ({n})", owner.kind, owner.name);
        let mut named: Vec<String> = self.missing.iter().take(MAX_NAMED).map(owner).collect();
        match self.missing.len().saturating_sub(MAX_NAMED) {
            0 => {}
            1 => named.push("1 more owner".to_owned()),
            more => named.push(format!("{more} more owners")),
        }
        let pods = if self.pods == 1 { "1 pod has" } else { &format!("{} pods have", self.pods) };
        Problem::note("not-measured", name)
            .because(format!("{missing} of {pods} no report: {}", named.join(", ")))
            .remedy("no number counts them; build their programs with -cover and collect them")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        compile::Options,
        owner::OwnersFile,
        sample::{POD, Run, func, meta},
    };

    fn pod(namespace: &str, name: &str, kind: &str, owner: &str) -> Value {
        let references = json!([{ "kind": kind, "name": owner, "controller": true }]);
        let metadata =
            json!({ "namespace": namespace, "name": name, "ownerReferences": references });
        json!({ "kind": "Pod", "metadata": metadata })
    }

    #[test]
    fn pods_without_a_report_are_noted_by_namespace() {
        let run = Run::new();
        run.put(POD, "covmeta.x", &meta(1, vec![func("m/a.go", &[1])]));
        let key: Vec<&str> = POD.split('/').collect();
        let [_, namespace, measured, ..] = key[..] else { panic!("{POD}") };
        let mut items = vec![
            pod(namespace, measured, "DaemonSet", "own"),
            pod(namespace, "db-0", "StatefulSet", "db"),
            pod("web", "only-x7k2p", "DaemonSet", "only"),
        ];
        items.extend(
            (0..7).map(|n| pod("many", &format!("p{n}-0"), "StatefulSet", &format!("p{n}"))),
        );
        items.push(pod("many", "p0-1", "StatefulSet", "p0"));
        let list = json!({ "kind": "List", "items": items }).to_string();
        let owners = OwnersFile::parse(list.as_bytes()).unwrap();
        let options = Options { owners: Some(owners), ..Options::default() };
        let compiled = run.compile_with(&options);
        let notes = compiled.problems.iter().filter(|p| &*p.kind == "not-measured");
        let notes: Vec<String> = notes.map(|p| format!("{}: {}", p.item, p.cause)).collect();
        insta::assert_snapshot!(notes.join("\n"), @r"
        many: 8 of 8 pods have no report: StatefulSet p0 (2), StatefulSet p1 (1), StatefulSet p2 (1), StatefulSet p3 (1), StatefulSet p4 (1), 2 more owners
        ns: 1 of 2 pods have no report: StatefulSet db (1)
        web: 1 of 1 pod has no report: DaemonSet only (1)
        ");
        assert!(!compiled.problems.has_loss());
    }
}
