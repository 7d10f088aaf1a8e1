use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use thiserror::Error;

use super::rules::{before_node, is_schedule_stamp, split_last};
use super::{Owner, OwnerEvidence, OwnerKind};

/// The owners that a cluster itself states, by namespace and pod.
///
/// Read from the raw output of `kubectl get pods,rs,jobs -A -o json`. Specs, statuses and
/// annotations are skipped while parsing and are never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnersFile {
    pub(super) pods: BTreeMap<String, BTreeMap<String, Owner>>,
}

/// An owners file that cannot be used.
#[derive(Debug, Error)]
pub enum OwnersFileError {
    /// The text is not JSON, or not of the expected shape; the cause has line and column.
    #[error("not the output of `kubectl get pods,rs,jobs -A -o json`")]
    Malformed(#[source] serde_json::Error),
    /// The list holds no pod, so that it cannot name any owner.
    #[error("no pod among {items} items: use the output of `kubectl get pods,rs,jobs -A -o json`")]
    NoPods {
        /// How many items of other kinds the list has.
        items: usize,
    },
}

impl OwnersFile {
    /// Reads a list of pods, `ReplicaSet`s and `Job`s; other kinds are skipped.
    ///
    /// Fails when the text is no such list or names no pod at all.
    pub fn parse(reader: impl Read) -> Result<Self, OwnersFileError> {
        let list: List = serde_json::from_reader(reader).map_err(OwnersFileError::Malformed)?;
        let list_kind = list.kind.unwrap_or_default();
        let default_kind = list_kind.strip_suffix("List").unwrap_or_default();
        let items = list.items.unwrap_or_default();
        let n_items = items.len();

        let mut pods = Vec::new();
        let mut parents = Parents::default();
        for Item { kind, metadata } in items {
            match kind.as_deref().unwrap_or(default_kind) {
                "Pod" => pods.push(metadata),
                "ReplicaSet" => parents.replica_sets.add(metadata),
                "Job" => parents.jobs.add(metadata),
                _ => {}
            }
        }
        if pods.is_empty() {
            return Err(OwnersFileError::NoPods { items: n_items });
        }
        let mut file = Self::default();
        for pod in pods {
            if let Some(owner) = parents.owner_of(&pod) {
                file.pods.entry(pod.namespace).or_default().insert(pod.name, owner);
            }
        }
        Ok(file)
    }

    /// The owner of a pod, or `None` when the file says nothing and the name has to decide.
    pub fn owner_of(&self, namespace: &str, pod: &str) -> Option<&Owner> {
        self.pods.get(namespace)?.get(pod)
    }

    /// Namespace, name and owner of every pod that has an owner here, sorted.
    pub fn pods(&self) -> impl Iterator<Item = (&str, &str, &Owner)> {
        self.pods.iter().flat_map(|(namespace, pods)| {
            pods.iter().map(|(pod, owner)| (namespace.as_str(), pod.as_str(), owner))
        })
    }

    /// How many pods have an owner here.
    pub fn len(&self) -> usize {
        self.pods.values().map(BTreeMap::len).sum()
    }

    /// Whether no pod has an owner here.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }
}

#[derive(Deserialize)]
struct List {
    kind: Option<String>,
    items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    kind: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: String,
    namespace: String,
    generate_name: Option<String>,
    labels: Option<Labels>,
    owner_references: Option<Vec<Reference>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels {
    #[serde(rename = "pod-template-hash")]
    template_hash: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    kind: String,
    name: String,
    controller: Option<bool>,
}

impl Metadata {
    /// The reference that counts: the controller, else the first workload.
    ///
    /// Other references only tie lifetimes together, as a `ConfigMap` does for installer pods.
    fn controller(&self) -> Option<&Reference> {
        let references = self.owner_references.as_deref().unwrap_or_default();
        let is_workload = |reference: &&Reference| {
            matches!(
                reference.kind.as_str(),
                "Deployment"
                    | "DaemonSet"
                    | "StatefulSet"
                    | "ReplicaSet"
                    | "ReplicationController"
                    | "Job"
                    | "CronJob"
            )
        };
        let controller = references.iter().find(|reference| reference.controller == Some(true));
        controller.or_else(|| references.iter().find(is_workload))
    }

    fn is_ownerless(&self) -> bool {
        let has_references = self.owner_references.as_ref().is_some_and(|list| !list.is_empty());
        !has_references && self.generate_name.as_deref().unwrap_or_default().is_empty()
    }
}

/// One kind of intermediate object: (namespace, name) -> its controller as (kind, name), or
/// `None` when it has none.
#[derive(Default)]
struct Controllers(BTreeMap<(String, String), Option<(String, String)>>);

enum Parent<'a> {
    Of(&'a str, &'a str),
    Nobody,
    /// The list does not hold the object, as when it was already deleted.
    Unlisted,
}

impl Controllers {
    fn add(&mut self, object: Metadata) {
        let parent = object.controller().map(|found| (found.kind.clone(), found.name.clone()));
        self.0.insert((object.namespace, object.name), parent);
    }

    fn parent(&self, namespace: &str, name: &str) -> Parent<'_> {
        match self.0.get(&(namespace.to_owned(), name.to_owned())) {
            Some(Some((kind, name))) => Parent::Of(kind, name),
            Some(None) => Parent::Nobody,
            None => Parent::Unlisted,
        }
    }
}

#[derive(Default)]
struct Parents {
    replica_sets: Controllers,
    jobs: Controllers,
}

impl Parents {
    fn owner_of(&self, pod: &Metadata) -> Option<Owner> {
        let Some(reference) = pod.controller() else {
            // A pod that was made by hand under its own name has no owner, whatever it looks like.
            return pod.is_ownerless().then(|| stated("Pod", &pod.name)).flatten();
        };
        match reference.kind.as_str() {
            "ReplicaSet" => self.of_replica_set(pod, &reference.name),
            "Job" => self.of_job(pod, &reference.name),
            // The API server's mirror of a static pod is owned by its node.
            "Node" => {
                let name = before_node(&pod.name, &reference.name).unwrap_or(&pod.name);
                stated("StaticPod", name)
            }
            kind => stated(kind, &reference.name),
        }
    }

    fn of_replica_set(&self, pod: &Metadata, name: &str) -> Option<Owner> {
        match self.replica_sets.parent(&pod.namespace, name) {
            Parent::Of(kind, parent) => stated(kind, parent),
            Parent::Nobody => stated("ReplicaSet", name),
            Parent::Unlisted => {
                let hash = pod.labels.as_ref().and_then(|labels| labels.template_hash.as_deref());
                let deployment = hash
                    .filter(|hash| !hash.is_empty())
                    .and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'))
                    .filter(|deployment| !deployment.is_empty());
                deployment.map_or_else(
                    || stated("ReplicaSet", name),
                    |deployment| stated("Deployment", deployment),
                )
            }
        }
    }

    fn of_job(&self, pod: &Metadata, name: &str) -> Option<Owner> {
        match self.jobs.parent(&pod.namespace, name) {
            Parent::Of(kind, parent) => stated(kind, parent),
            Parent::Nobody => stated("Job", name),
            Parent::Unlisted => {
                match split_last(name).filter(|(_, stamp)| is_schedule_stamp(stamp)) {
                    Some((cron_job, _)) => Some(Owner {
                        kind: OwnerKind::CronJob,
                        name: cron_job.to_owned(),
                        evidence: OwnerEvidence::Pattern,
                    }),
                    None => stated("Job", name),
                }
            }
        }
    }
}

/// An owner that the cluster states; `None` when the kind or name cannot be real.
fn stated(kind: &str, name: &str) -> Option<Owner> {
    let kind = kind.parse().ok()?;
    let evidence = OwnerEvidence::OwnerReference;
    (!name.is_empty()).then(|| Owner { kind, name: name.to_owned(), evidence })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(items: &Value) -> OwnersFile {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
        OwnersFile::parse(list.to_string().as_bytes()).unwrap()
    }

    fn object(kind: &str, name: &str, references: &Value) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {
                "name": name,
                "namespace": "ns",
                "uid": "1",
                "creationTimestamp": null,
                "ownerReferences": references,
            },
            "spec": { "containers": [{ "name": "c", "env": [{ "name": "TOKEN" }] }] },
            "status": { "phase": "Running" },
        })
    }

    fn owner(file: &OwnersFile, pod: &str) -> String {
        file.owner_of("ns", pod).map_or_else(
            || "none".to_owned(),
            |owner| format!("{} {} ({})", owner.kind, owner.name, owner.evidence),
        )
    }

    #[test]
    fn references_lead_through_replica_sets_and_jobs() {
        let controller = |kind: &str, name: &str| json!([{ "apiVersion": "v1", "kind": kind, "name": name, "controller": true }]);
        let file = parse(&json!([
            object("Pod", "web-x", &controller("ReplicaSet", "web-rs")),
            object("ReplicaSet", "web-rs", &controller("Deployment", "web")),
            object("Pod", "bare-x", &controller("ReplicaSet", "bare-rs")),
            object("ReplicaSet", "bare-rs", &json!(null)),
            object("Pod", "roll-x", &controller("ReplicaSet", "roll-rs")),
            object("ReplicaSet", "roll-rs", &controller("Rollout", "roll")),
            object("Pod", "tick-x", &controller("Job", "tick-28471935")),
            object("Job", "tick-28471935", &controller("CronJob", "tick")),
            object("Pod", "once-x", &controller("Job", "once")),
            object("Job", "once", &json!([])),
            object("Pod", "db-0", &controller("StatefulSet", "db")),
            object("Pod", "etcd-master-0", &controller("Node", "master-0")),
            object("Pod", "odd-pod", &controller("Node", "master-0")),
            object("Pod", "redhat-x7k2p", &controller("CatalogSource", "redhat")),
        ]));
        let json = file.to_json().unwrap();
        assert_eq!(OwnersFile::from_json(&json).unwrap(), file, "what is kept says the same");
        assert_eq!(owner(&file, "web-x"), "Deployment web (owner-reference)");
        assert_eq!(owner(&file, "bare-x"), "ReplicaSet bare-rs (owner-reference)");
        assert_eq!(owner(&file, "roll-x"), "Rollout roll (owner-reference)");
        assert_eq!(owner(&file, "tick-x"), "CronJob tick (owner-reference)");
        assert_eq!(owner(&file, "once-x"), "Job once (owner-reference)");
        assert_eq!(owner(&file, "db-0"), "StatefulSet db (owner-reference)");
        assert_eq!(owner(&file, "etcd-master-0"), "StaticPod etcd (owner-reference)");
        assert_eq!(owner(&file, "odd-pod"), "StaticPod odd-pod (owner-reference)");
        assert_eq!(owner(&file, "redhat-x7k2p"), "CatalogSource redhat (owner-reference)");
        assert_eq!(file.owner_of("other", "db-0"), None);
        assert_eq!(file.len(), 9);
    }

    #[test]
    fn without_replica_sets_the_template_hash_label_is_stripped() {
        let pod = |name: &str, set: &str, labels: Value| {
            let references = json!([{ "kind": "ReplicaSet", "name": set, "controller": true }]);
            let mut pod = object("Pod", name, &references);
            pod["metadata"]["labels"] = labels;
            pod
        };
        let file = parse(&json!([
            pod("a", "web-7d9f8b6c5d", json!({ "app": "web", "pod-template-hash": "7d9f8b6c5d" })),
            pod("b", "web-7d9f8b6c5d", json!({ "app": "web" })),
            pod("c", "7d9f8b6c5d", json!({ "pod-template-hash": "7d9f8b6c5d" })),
        ]));
        assert_eq!(owner(&file, "a"), "Deployment web (owner-reference)");
        assert_eq!(owner(&file, "b"), "ReplicaSet web-7d9f8b6c5d (owner-reference)");
        assert_eq!(owner(&file, "c"), "ReplicaSet 7d9f8b6c5d (owner-reference)");
    }

    #[test]
    fn without_jobs_the_stamp_tells_a_cron_job() {
        let pod = |name: &str, job: &str| {
            object("Pod", name, &json!([{ "kind": "Job", "name": job, "controller": true }]))
        };
        let file = parse(&json!([pod("a", "tick-28471935"), pod("b", "migrate")]));
        assert_eq!(owner(&file, "a"), "CronJob tick (pattern)");
        assert_eq!(owner(&file, "b"), "Job migrate (owner-reference)");
    }

    #[test]
    fn the_controller_is_preferred_over_the_first_reference() {
        let file = parse(&json!([
            object(
                "Pod",
                "a",
                &json!([
                    { "kind": "DaemonSet", "name": "first" },
                    { "kind": "StatefulSet", "name": "second", "controller": true },
                ])
            ),
            object("Pod", "b", &json!([{ "kind": "DaemonSet", "name": "only" }])),
            object("Pod", "installer-5-m", &json!([{ "kind": "ConfigMap", "name": "rev-5" }])),
        ]));
        assert_eq!(owner(&file, "a"), "StatefulSet second (owner-reference)");
        assert_eq!(owner(&file, "b"), "DaemonSet only (owner-reference)");
        assert_eq!(owner(&file, "installer-5-m"), "none");
    }

    #[test]
    fn a_pod_made_by_hand_is_its_own_owner() {
        let mut generated = object("Pod", "job-x7k2p", &json!(null));
        generated["metadata"]["generateName"] = json!("job-");
        let file = parse(&json!([object("Pod", "web-0", &json!(null)), generated]));
        assert_eq!(owner(&file, "web-0"), "Pod web-0 (owner-reference)");
        assert_eq!(owner(&file, "job-x7k2p"), "none");
    }

    #[test]
    fn items_of_a_typed_list_need_no_kind() {
        let list = json!({
            "kind": "PodList",
            "items": [{ "metadata": { "name": "p", "namespace": "ns" } }],
        });
        let file = OwnersFile::parse(list.to_string().as_bytes()).unwrap();
        assert_eq!(owner(&file, "p"), "Pod p (owner-reference)");
    }

    #[test]
    fn hostile_kinds_and_names_are_left_out() {
        let file = parse(&json!([
            object("Pod", "a", &json!([{ "kind": "../x", "name": "n", "controller": true }])),
            object("Pod", "b", &json!([{ "kind": "Job", "name": "", "controller": true }])),
        ]));
        assert!(file.is_empty());
    }

    #[test]
    fn other_texts_are_refused_with_the_command_to_run() {
        for text in ["", "[]", "{\"items\": 3}", "not json"] {
            let error = OwnersFile::parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("kubectl get pods,rs,jobs"), "{text}");
        }
        let error = OwnersFile::parse(&b"{\"kind\":\"List\",\"items\":[]}"[..]).unwrap_err();
        insta::assert_snapshot!(error, @"no pod among 0 items: use the output of `kubectl get pods,rs,jobs -A -o json`");
    }
}
