//! Manifests, indexes and configs: what they say, whoever wrote them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::name::is_digest;
use super::{ImageConfig, RegistryFailure};

/// Most labels of an image that are kept.
const MAX_LABELS: usize = 500;
/// Most entries of its environment that are kept.
const MAX_ENV: usize = 1000;
/// Longest name of a label, and longest value or entry, in bytes.
const MAX_LABEL_NAME: usize = 256;
const MAX_VALUE: usize = 4096;

/// What `Accept` says when a manifest is asked for.
pub(super) const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What a digest leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// An image for one platform: the digest of its config.
    Image { config: String },
    /// Images for several platforms: the digest of the manifest of the best one.
    Index { manifest: String },
}

#[derive(Deserialize)]
struct Document {
    config: Option<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// Reads a manifest or an index.
///
/// Of an index the image for linux on amd64 counts, else the first for linux: the images of an
/// index are built from the same source.
///
/// # Errors
///
/// No JSON of that shape, another kind of digest than sha256, or an index without an image.
pub(super) fn manifest(bytes: &[u8]) -> Result<Manifest, RegistryFailure> {
    let malformed = |reason| RegistryFailure::Malformed { what: "manifest", reason };
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|_| malformed("it is neither an image's manifest nor an index"))?;
    let (is_index, digest) = match (document.config, document.manifests) {
        (Some(config), None) => (false, config.digest),
        (None, Some(all)) => {
            let best = all.into_iter().filter(|d| rank(d) < UNUSABLE).min_by_key(rank);
            (true, best.ok_or_else(|| malformed("no image of its index is for linux"))?.digest)
        }
        (None, None) => {
            return Err(malformed("it is of the first version, which names no config"));
        }
        (Some(_), Some(_)) => {
            return Err(malformed("it is both an image's manifest and an index"));
        }
    };
    if !is_digest(&digest) {
        return Err(malformed("a digest in it is not of sha256"));
    }
    Ok(if is_index {
        Manifest::Index { manifest: digest }
    } else {
        Manifest::Image { config: digest }
    })
}

/// The rank of an image that does not run anywhere, such as an attestation.
const UNUSABLE: u8 = 4;

/// How much we want an image of an index, best first.
fn rank(descriptor: &Descriptor) -> u8 {
    let Some(Platform { os, architecture, variant }) = &descriptor.platform else { return 3 };
    match (os.as_str(), architecture.as_str(), variant) {
        ("linux", "amd64", None) => 0,
        ("linux", "amd64", Some(_)) => 1,
        ("linux", _, _) => 2,
        _ => UNUSABLE,
    }
}

/// Reads the config of an image.
///
/// # Errors
///
/// No JSON object. Whatever in it has another shape is left out.
pub(super) fn config(bytes: &[u8]) -> Result<ImageConfig, RegistryFailure> {
    #[derive(Deserialize)]
    struct Config {
        config: Option<Value>,
    }
    let malformed =
        |_| RegistryFailure::Malformed { what: "config", reason: "it is no JSON object" };
    let parsed: Config = serde_json::from_slice(bytes).map_err(malformed)?;
    let Some(Value::Object(mut config)) = parsed.config else { return Ok(ImageConfig::default()) };
    Ok(ImageConfig { labels: labels(&mut config), env: env(&mut config) })
}

fn labels(config: &mut Map<String, Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(labels)) = config.remove("Labels") else { return BTreeMap::new() };
    let texts = labels.into_iter().filter_map(|(name, value)| match value {
        Value::String(value) if name.len() <= MAX_LABEL_NAME && value.len() <= MAX_VALUE => {
            Some((name, value))
        }
        _ => None,
    });
    texts.take(MAX_LABELS).collect()
}

fn env(config: &mut Map<String, Value>) -> Vec<String> {
    let Some(Value::Array(entries)) = config.remove("Env") else { return Vec::new() };
    let texts = entries.into_iter().filter_map(|entry| match entry {
        Value::String(entry) if entry.len() <= MAX_VALUE => Some(entry),
        _ => None,
    });
    texts.take(MAX_ENV).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn index(images: &[(char, &str)]) -> String {
        let image = |(digit, platform): &(char, &str)| {
            let digest = digest(*digit);
            let mut parts = platform.split('/');
            let (os, arch) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            let variant = parts.next().map(|v| format!(r#","variant":"{v}""#)).unwrap_or_default();
            let platform = format!(r#"{{"os":"{os}","architecture":"{arch}"{variant}}}"#);
            format!(r#"{{"digest":"{digest}","platform":{platform}}}"#)
        };
        let images: Vec<String> = images.iter().map(image).collect();
        format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, images.join(","))
    }

    #[test]
    fn the_platform_of_an_index() {
        let table = [
            (&[('a', "linux/arm64"), ('b', "linux/amd64")][..], Some('b')),
            (&[('a', "linux/amd64/v3"), ('b', "linux/amd64")], Some('b')),
            (&[('a', "linux/s390x"), ('b', "linux/arm64")], Some('a')),
            (&[('a', "unknown/unknown"), ('b', "linux/arm64")], Some('b')),
            (&[('a', "windows/amd64")], None),
            (&[], None),
        ];
        for (images, want) in table {
            let found = manifest(index(images).as_bytes()).ok();
            let want = want.map(|digit| Manifest::Index { manifest: digest(digit) });
            assert_eq!(found, want, "{images:?}");
        }
    }

    #[test]
    fn manifests_that_cannot_be_used() {
        let config = format!(r#"{{"config":{{"digest":"{}"}}}}"#, digest('c'));
        assert_eq!(manifest(config.as_bytes()), Ok(Manifest::Image { config: digest('c') }));
        let table = [
            ("", "neither"),
            ("[]", "neither"),
            (r#"{"schemaVersion":1,"history":[]}"#, "first version"),
            (r#"{"config":{"digest":"sha512:00"}}"#, "not of sha256"),
            (r#"{"config":{"digest":"../../x"}}"#, "not of sha256"),
            (r#"{"config":{"digest":"x"},"manifests":[]}"#, "both"),
        ];
        for (text, want) in table {
            let err = manifest(text.as_bytes()).unwrap_err().to_string();
            assert!(err.contains(want), "{text}: {err}");
        }
    }

    #[test]
    fn labels_and_environment_of_a_config() {
        let text = r#"{"architecture":"amd64","config":{
            "Labels":{"vcs-ref":"abc","number":7,"none":null},"Env":["A=b",5,"C"],"Cmd":["x"]}}"#;
        let found = config(text.as_bytes()).unwrap();
        assert_eq!(found.labels, BTreeMap::from([("vcs-ref".to_owned(), "abc".to_owned())]));
        assert_eq!(found.env, ["A=b", "C"]);
        for empty in ["{}", r#"{"config":null}"#, r#"{"config":{"Labels":null,"Env":null}}"#] {
            assert_eq!(config(empty.as_bytes()), Ok(ImageConfig::default()));
        }
        assert!(config(b"[]").is_err() && config(&b"[".repeat(100_000)).is_err());
        let many: Vec<String> = (0..2000).map(|n| format!(r#""l{n}":"x""#)).collect();
        let many = format!(r#"{{"config":{{"Labels":{{{}}}}}}}"#, many.join(","));
        assert_eq!(config(many.as_bytes()).unwrap().labels.len(), MAX_LABELS);
    }
}
