use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::collect::key::{ReportKey, ReportOrigin};
use crate::label::Label;
use crate::owner::{HOST_NAMESPACE, Owner, OwnerEvidence};
use crate::timestamp::Timestamp;

/// What the collector knows about a report: the contents of `metadata.json`.
///
/// Reading accepts missing keys, nulls and unknown keys, because older tools write this file too;
/// an empty text and `None` mean that it is not known. Writing is deterministic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// The pod's name; the directory's name for a local process; empty for a host report.
    #[serde(deserialize_with = "or_default")]
    pub pod_name: String,
    /// The Kubernetes namespace, or `_host_`.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// The container; empty for a host report.
    #[serde(deserialize_with = "or_default")]
    pub container: ContainerMetadata,
    /// The binary's name.
    #[serde(deserialize_with = "or_default")]
    pub binary_name: String,
    /// When the files were last collected.
    #[serde(deserialize_with = "any_time", skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<Timestamp>,
    /// The node's name.
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
    /// Whether the process ran on the node itself.
    #[serde(deserialize_with = "or_default")]
    pub host_process: bool,
    /// When the container or host process was first seen.
    #[serde(deserialize_with = "any_time", skip_serializing_if = "Option::is_none")]
    pub discovered_at: Option<Timestamp>,
    /// The cluster, as the user names it.
    #[serde(deserialize_with = "or_default")]
    pub cluster: String,
    /// Whether the report comes from a directory without any Kubernetes identity.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_false")]
    pub local_process: bool,
    /// What the user said about the run that it is of.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether the report has a text profile only.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_false")]
    pub text: bool,
    /// The owner, when the collector knew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerMetadata>,
    /// Where the files came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceMetadata>,
}

/// The container of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerMetadata {
    /// The container's name within the pod.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The image; sanitised when the report comes from a bucket.
    #[serde(deserialize_with = "or_default")]
    pub image: String,
}

/// An owner that the collector knew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnerMetadata {
    /// The kind's full name, such as `Deployment`.
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// The owner's name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// The objects in a bucket that a report's files are copies of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceMetadata {
    /// The bucket's name; empty where an older program collected.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub bucket: String,
    /// The report's key, from the bucket's root, without a slash at its end.
    #[serde(deserialize_with = "or_default")]
    pub key_prefix: String,
    /// By file name within the report.
    #[serde(deserialize_with = "or_default")]
    pub files: BTreeMap<String, SourceFile>,
}

/// The identity of one object as the listing gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceFile {
    /// The object's name where the file has another one, because an older object had it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// In bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// `None` where the listing has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the object was last written.
    #[serde(deserialize_with = "any_time", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<Timestamp>,
}

impl Metadata {
    /// What a key says about its report.
    pub fn from_key(cluster: &str, key: &ReportKey) -> Self {
        Self {
            pod_name: key.pod.clone(),
            namespace: key.namespace.clone(),
            container: ContainerMetadata { name: key.container.clone(), image: key.image.clone() },
            binary_name: key.binary.clone(),
            hostname: key.hostname.clone(),
            host_process: key.is_host(),
            discovered_at: Some(key.discovered_at),
            cluster: cluster.to_owned(),
            local_process: key.origin == ReportOrigin::Process,
            ..Self::default()
        }
    }

    /// The report's identity; `unknown_time` stands in when no time is known.
    pub fn report_key(&self, unknown_time: Timestamp) -> ReportKey {
        let origin = if self.host_process || self.namespace == HOST_NAMESPACE {
            ReportOrigin::Host
        } else if self.local_process || self.pod_name.is_empty() {
            ReportOrigin::Process
        } else {
            ReportOrigin::Container
        };
        let of_pod = |text: &String| match origin {
            ReportOrigin::Host => String::new(),
            _ => text.clone(),
        };
        let namespace = if origin == ReportOrigin::Host { HOST_NAMESPACE } else { &self.namespace };
        ReportKey {
            origin,
            hostname: self.hostname.clone(),
            namespace: namespace.to_owned(),
            pod: of_pod(&self.pod_name),
            container: of_pod(&self.container.name),
            discovered_at: self
                .discovered_at
                .or(self.collected_at)
                .unwrap_or(unknown_time)
                .whole_seconds(),
            image: of_pod(&self.container.image),
            binary: self.binary_name.clone(),
        }
    }

    /// The owner that the collector stated, if it is one.
    pub fn stated_owner(&self) -> Option<Owner> {
        let stated = self.owner.as_ref().filter(|owner| !owner.name.is_empty())?;
        let kind = stated.kind.parse().ok()?;
        let evidence = OwnerEvidence::OwnerReference;
        Some(Owner { kind, name: stated.name.clone(), evidence })
    }

    /// Gives the report labels; of one key the last word counts, and others stay.
    pub fn add_labels(&mut self, labels: &[Label]) {
        let pair = |label: &Label| (label.key().to_owned(), label.value().to_owned());
        self.labels.extend(labels.iter().map(pair));
    }

    /// Takes note of a file that was collected, unless it is known with this size.
    pub fn collected(&mut self, name: &str, size: u64) {
        let files = &mut self.source.get_or_insert_default().files;
        if files.get(name).is_none_or(|known| known.size != size) {
            files.insert(name.to_owned(), SourceFile { size, ..SourceFile::default() });
        }
    }

    /// Reads a file's contents; unknown keys are skipped.
    ///
    /// Fails when they are not a JSON object or a key has a value of the wrong type.
    pub fn parse(contents: &[u8]) -> Result<Self, serde_json::Error> {
        // An array would be taken for the fields in their order.
        if !contents.trim_ascii_start().starts_with(b"{") {
            return Err(serde::de::Error::custom("not a JSON object"));
        }
        serde_json::from_slice(contents)
    }

    /// The file's contents: indented, in the order of the fields, with a line feed at the end.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A time in either spelling; anything else, and Go's zero time, is an unknown time.
fn any_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: String = or_default(deserializer)?;
    let time = Timestamp::from_rfc3339(&text).or_else(|_| Timestamp::from_compact(&text)).ok();
    Ok(time.filter(|time| !time.to_string().starts_with("0001-01-01")))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::from_compact(text).unwrap()
    }

    #[test]
    fn a_file_has_the_promised_keys() {
        let key: ReportKey = "n1/ns/web-0/web/20240229T235959Z/img/bin".parse().unwrap();
        let mut metadata = Metadata::from_key("ci", &key);
        metadata.collected_at = Some(time("20240301T000000Z"));
        let file = SourceFile {
            object: None,
            size: 7,
            etag: Some("abc".to_owned()),
            last_modified: Some(time("20240301T000000Z")),
        };
        metadata.source = Some(SourceMetadata {
            bucket: "cov".to_owned(),
            key_prefix: format!("runs/{key}"),
            files: BTreeMap::from([("covmeta.a".to_owned(), file)]),
        });
        let json = metadata.to_json().unwrap();
        insta::assert_snapshot!(String::from_utf8(json.clone()).unwrap(), @r#"
        {
          "pod_name": "web-0",
          "namespace": "ns",
          "container": {
            "name": "web",
            "image": "img"
          },
          "binary_name": "bin",
          "collected_at": "2024-03-01T00:00:00Z",
          "hostname": "n1",
          "host_process": false,
          "discovered_at": "2024-02-29T23:59:59Z",
          "cluster": "ci",
          "source": {
            "bucket": "cov",
            "key_prefix": "runs/n1/ns/web-0/web/20240229T235959Z/img/bin",
            "files": {
              "covmeta.a": {
                "size": 7,
                "etag": "abc",
                "last_modified": "2024-03-01T00:00:00Z"
              }
            }
          }
        }
        "#);
        assert_eq!(Metadata::parse(&json).unwrap(), metadata);
        assert_eq!(metadata.report_key(time("20200101T000000Z")), key);
    }

    #[test]
    fn host_and_process_reports_survive_a_round_trip() {
        let host: ReportKey = "n1/_host_/20240229T235959Z/kubelet".parse().unwrap();
        let process = ReportKey {
            origin: ReportOrigin::Process,
            namespace: "local".to_owned(),
            pod: "run".to_owned(),
            ..host.clone()
        };
        for key in [host, process] {
            let json = Metadata::from_key("ci", &key).to_json().unwrap();
            let metadata = Metadata::parse(&json).unwrap();
            assert_eq!(metadata.report_key(time("20200101T000000Z")), key);
        }
    }

    #[test]
    fn files_of_older_tools_are_read() {
        let metadata = Metadata::parse(
            br#"{"pod_name":"web-0","namespace":"ns","container":null,"new":[1],
                 "collected_at":"2024-03-01T01:00:00.5+01:00","discovered_at":"20240229T235959Z"}"#,
        )
        .unwrap();
        assert_eq!(metadata.collected_at.unwrap().to_string(), "2024-03-01T00:00:00.5Z");
        assert_eq!(metadata.discovered_at, Some(time("20240229T235959Z")));
        assert_eq!((metadata.hostname.as_str(), metadata.host_process), ("", false));

        let host = Metadata::parse(
            br#"{"pod_name":"n1","hostname":"n1","host_process":true,"binary_name":"kubelet",
                 "collected_at":"2024-03-01T00:00:00.5Z","discovered_at":"0001-01-01T00:00:00Z"}"#,
        )
        .unwrap();
        let key = host.report_key(time("20200101T000000Z"));
        assert_eq!(key.to_string(), "n1/_host_/20240301T000000Z/kubelet");
        assert_eq!(key.pod, "");

        let empty = Metadata::parse(b"{}").unwrap();
        assert_eq!(empty, Metadata::default());
        assert_eq!(
            empty.report_key(time("20200101T000000Z")).discovered_at,
            time("20200101T000000Z")
        );
        for refused in [&b"[]"[..], b"", b"{\"pod_name\":1}", b"\xff"] {
            assert!(Metadata::parse(refused).is_err());
        }
    }

    #[test]
    fn a_stated_owner_needs_a_kind_and_a_name() {
        let stated = |json: &str| {
            let metadata = Metadata::parse(json.as_bytes()).unwrap();
            metadata.stated_owner().map(|owner| format!("{} {}", owner.kind, owner.name))
        };
        assert_eq!(
            stated(r#"{"owner":{"kind":"Deployment","name":"web"}}"#).as_deref(),
            Some("Deployment web")
        );
        assert_eq!(stated(r#"{"owner":{"kind":"../x","name":"web"}}"#), None);
        assert_eq!(stated(r#"{"owner":{"kind":"Job"}}"#), None);
        assert_eq!(stated(r#"{"owner":null}"#), None);
    }
}
