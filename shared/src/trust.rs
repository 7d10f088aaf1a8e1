//! What a report misses and where it is doubtful, item by item: what the trust panel lists.

use crate::{
    codec::Columns,
    shard::{self, Kind, ShardError},
};

/// The lists behind the numbers of [`Trust`](crate::manifest::Trust).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustShard {
    /// Where data is missing or damaged: of reports, mostly.
    pub losses: Listed<Problem>,
    /// Namespaces of the cluster's own list with pods that have no report.
    pub unmeasured: Listed<Problem>,
    /// What lost nothing but may surprise.
    pub notes: Listed<Problem>,
    /// Builds with files that have no source, or one that does not fit; those with most first.
    pub builds: Listed<DoubtfulBuild>,
}

/// The first things of a list, and how long the whole list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// How many there are.
    pub n: u32,
    /// The first of them, perhaps all.
    pub first: Vec<T>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { n: 0, first: Vec::new() }
    }
}

/// One thing that went wrong while the report was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Its class: a short stable word, such as `Orphan`.
    pub kind: String,
    /// What it concerns: a report, an image, a repository.
    pub item: String,
    /// The name of the coverage file; empty when it is about none.
    pub file: String,
    /// What happened.
    pub cause: String,
    /// What to do about it; may be empty.
    pub remedy: String,
}

/// A build whose text is not all there, or not all its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoubtfulBuild {
    /// Name of its binary.
    pub binary: String,
    /// Its meta hash, 32 hex digits.
    pub hash: String,
    /// Its files.
    pub files: u32,
    /// Those of them without a source.
    pub unresolved: u32,
    /// Those of them whose text does not fit the units.
    pub mismatched: u32,
}

impl TrustShard {
    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::default();
        put_problems(&mut columns, "loss", &self.losses);
        put_problems(&mut columns, "unmeasured", &self.unmeasured);
        put_problems(&mut columns, "note", &self.notes);
        let builds = &self.builds.first;
        columns.put_u32("build.n", [self.builds.n]);
        columns.put_texts("build.binary", builds.iter().map(|b| b.binary.clone()));
        columns.put_texts("build.hash", builds.iter().map(|b| b.hash.clone()));
        columns.put_u32("build.files", builds.iter().map(|b| b.files));
        columns.put_u32("build.unresolved", builds.iter().map(|b| b.unresolved));
        columns.put_u32("build.mismatched", builds.iter().map(|b| b.mismatched));
        shard::encode(Kind::Trust, &columns, &[])
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit together.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (mut columns, _) = shard::decode(Kind::Trust, bytes)?;
        Self::from_columns(&mut columns)
            .ok_or_else(|| ShardError::damaged(Kind::Trust, "columns do not fit together"))
    }

    fn from_columns(columns: &mut Columns) -> Option<Self> {
        Some(Self {
            losses: problems(columns, "loss")?,
            unmeasured: problems(columns, "unmeasured")?,
            notes: problems(columns, "note")?,
            builds: builds(columns)?,
        })
    }
}

fn put_problems(columns: &mut Columns, list: &str, problems: &Listed<Problem>) {
    columns.put_u32(&format!("{list}.n"), [problems.n]);
    let mut put = |name: &str, text: fn(&Problem) -> &String| {
        columns.put_texts(&format!("{list}.{name}"), problems.first.iter().map(text).cloned());
    };
    put("kind", |p| &p.kind);
    put("item", |p| &p.item);
    put("file", |p| &p.file);
    put("cause", |p| &p.cause);
    put("remedy", |p| &p.remedy);
}

fn problems(columns: &mut Columns, list: &str) -> Option<Listed<Problem>> {
    let n = *columns.u32s(&format!("{list}.n"))?.first()?;
    let mut take = |name: &str| Some(columns.take_texts(&format!("{list}.{name}"))?.into_iter());
    let (kinds, mut items, mut files) = (take("kind")?, take("item")?, take("file")?);
    let (mut causes, mut remedies) = (take("cause")?, take("remedy")?);
    let problem = |kind| {
        Some(Problem {
            kind,
            item: items.next()?,
            file: files.next()?,
            cause: causes.next()?,
            remedy: remedies.next()?,
        })
    };
    Some(Listed { n, first: kinds.map(problem).collect::<Option<_>>()? })
}

fn builds(columns: &mut Columns) -> Option<Listed<DoubtfulBuild>> {
    let n = *columns.u32s("build.n")?.first()?;
    let (files, unresolved) = (columns.u32s("build.files")?, columns.u32s("build.unresolved")?);
    let mismatched = columns.u32s("build.mismatched")?;
    let mut hashes = columns.take_texts("build.hash")?.into_iter();
    let build = |(i, binary): (usize, String)| {
        Some(DoubtfulBuild {
            binary,
            hash: hashes.next()?,
            files: *files.get(i)?,
            unresolved: *unresolved.get(i)?,
            mismatched: *mismatched.get(i)?,
        })
    };
    let binaries = columns.take_texts("build.binary")?.into_iter();
    Some(Listed { n, first: binaries.enumerate().map(build).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back() {
        let problem = |kind: &str| Problem {
            kind: kind.into(),
            item: "ns/pod".into(),
            file: "covcounters.x".into(),
            cause: "at byte 4".into(),
            remedy: String::new(),
        };
        let build = DoubtfulBuild {
            binary: "app".into(),
            hash: "0f".repeat(16),
            files: 9,
            unresolved: 2,
            mismatched: 1,
        };
        let shard = TrustShard {
            losses: Listed { n: 2000, first: vec![problem("Orphan"), problem("Truncated")] },
            unmeasured: Listed { n: 1, first: vec![problem("not-measured")] },
            notes: Listed::default(),
            builds: Listed { n: 1, first: vec![build] },
        };
        assert_eq!(TrustShard::decode(&shard.encode().unwrap()).unwrap(), shard);
        let text = String::from_utf8(shard.encode().unwrap()).unwrap();
        assert!(TrustShard::decode(text.replace("\"ns/pod\",", "").as_bytes()).is_err());
    }
}
