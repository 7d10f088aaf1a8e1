//! What a collection keeps of an owners file.

use std::collections::BTreeMap;

use serde::de::Error as _;

use super::{Owner, OwnersFile, UnknownEvidence, UnknownKind};

impl OwnersFile {
    /// The owners alone, as [`Self::from_json`] reads them: nothing else of the list is kept, which
    /// may hold secrets.
    ///
    /// # Errors
    /// Never for these types; the serialiser's all the same.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let texts = |owner: &Owner| {
            [owner.kind.to_string(), owner.name.clone(), owner.evidence.to_string()]
        };
        let of_namespace = |pods: &BTreeMap<String, Owner>| -> BTreeMap<String, [String; 3]> {
            pods.iter().map(|(pod, owner)| (pod.clone(), texts(owner))).collect()
        };
        let namespaces = self.pods.iter().map(|(name, pods)| (name, of_namespace(pods)));
        let mut json = serde_json::to_vec_pretty(&namespaces.collect::<BTreeMap<_, _>>())?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads what [`Self::to_json`] wrote: by namespace and pod the kind, name and evidence of its
    /// owner.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        type Stored = BTreeMap<String, BTreeMap<String, [String; 3]>>;
        let owner = |[kind, name, evidence]: [String; 3]| {
            let wrong = |err: &dyn std::error::Error| serde_json::Error::custom(err.to_string());
            let kind = kind.parse().map_err(|err: UnknownKind| wrong(&err))?;
            let evidence = evidence.parse().map_err(|err: UnknownEvidence| wrong(&err))?;
            Ok(Owner { kind, name, evidence })
        };
        let mut file = Self::default();
        for (namespace, pods) in serde_json::from_slice::<Stored>(json)? {
            let pods = pods.into_iter().map(|(pod, texts)| Ok((pod, owner(texts)?)));
            file.pods.insert(namespace, pods.collect::<serde_json::Result<_>>()?);
        }
        Ok(file)
    }
}
