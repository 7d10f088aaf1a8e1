//! Packages, files and funcs of one build, with what ran of them anywhere.

use std::ops::Range;

use crate::{
    codec::{Columns, StrIdx, Strings},
    path,
    shard::{self, Kind, ShardError},
    stats::Coverage,
};

/// Packages, files and funcs of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsShard {
    /// The strings that the rows point to.
    pub strings: Strings,
    /// The meta hash, 32 hex digits.
    pub build: String,
    /// Where its sources come from; files point into it.
    pub sources: Vec<Source>,
    /// Names of the source packs; files point into it.
    pub packs: Vec<String>,
    /// Files, sorted by path as built.
    pub files: Vec<FileRow>,
    /// Funcs, those of the first file first, within a file by line.
    pub funcs: Vec<FuncRow>,
    /// First unit of each file in the counts shards, and the number of units in all at the end.
    first_unit: Vec<usize>,
}

/// A source repository at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `host/org/repo`.
    pub repo: String,
    /// `https:` address of the repository for people, without `.git`; empty when there is none.
    pub url: String,
    /// The commit that the build was made of.
    pub commit: String,
    /// The commit that the text was taken from; differs when the wanted one could not be had.
    pub text_commit: String,
}

/// One file of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRow {
    /// The directory part of the path as built, without the last `/`.
    pub dir: StrIdx,
    /// The last part of the path as built.
    pub base: StrIdx,
    /// Path in the repository; empty when unresolved.
    pub repo_path: StrIdx,
    /// Position in [`StatsShard::sources`]; `None` when unresolved.
    pub source: Option<u32>,
    /// `exact`, `rewritten`, `gopath`, `migrated`, `suffix`, `mismatch` or `unresolved`.
    pub resolution: StrIdx,
    /// How the repository was found: `info`, `mapping`, `labels`, `module`, `guessed` or empty.
    pub evidence: StrIdx,
    /// Whether a tool wrote the file.
    pub is_generated: bool,
    /// Position in [`StatsShard::packs`].
    pub pack: u32,
    /// Position in the pack.
    pub entry: u32,
    /// Units.
    pub n_units: u32,
    /// Funcs.
    pub n_funcs: u32,
    /// What ran anywhere.
    pub coverage: Coverage,
}

/// One func of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncRow {
    /// Position in [`StatsShard::files`].
    pub file: u32,
    /// The name as the compiler wrote it: `F`, `T.M`, `*T.M` or `func.L<line>.C<col>`.
    pub name: StrIdx,
    /// First line of its first unit, from 1.
    pub line: u32,
    /// What ran anywhere.
    pub coverage: Coverage,
}

impl StatsShard {
    /// A shard of these rows.
    ///
    /// # Errors
    /// When the funcs of the files are not as many as there are funcs.
    pub fn new(
        strings: Strings,
        build: String,
        sources: Vec<Source>,
        packs: Vec<String>,
        files: Vec<FileRow>,
        funcs: Vec<FuncRow>,
    ) -> Result<Self, ShardError> {
        let mut first_unit = Vec::with_capacity(files.len().saturating_add(1));
        let (mut n_units, mut n_funcs) = (0_usize, 0_usize);
        for file in &files {
            first_unit.push(n_units);
            n_units = n_units.saturating_add(usize::try_from(file.n_units).unwrap_or(usize::MAX));
            n_funcs = n_funcs.saturating_add(usize::try_from(file.n_funcs).unwrap_or(usize::MAX));
        }
        first_unit.push(n_units);
        if n_funcs != funcs.len() {
            return Err(ShardError::damaged(Kind::Stats, "the funcs of the files do not add up"));
        }
        Ok(Self { strings, build, sources, packs, files, funcs, first_unit })
    }

    /// Units of all files.
    pub fn n_units(&self) -> usize {
        self.first_unit.last().copied().unwrap_or(0)
    }

    /// Where the units of a file stand in the counts shards; `None` when out of range.
    pub fn unit_range(&self, file_idx: usize) -> Option<Range<usize>> {
        let start = *self.first_unit.get(file_idx)?;
        Some(start..*self.first_unit.get(file_idx.checked_add(1)?)?)
    }

    /// The path as built of a file: `dir/base`.
    pub fn path(&self, file: &FileRow) -> String {
        let (dir, base) = (self.strings.get(file.dir), self.strings.get(file.base));
        path::join(dir, base)
    }

    /// The bytes of the shard, before compression.
    ///
    /// # Errors
    /// See [`shard::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let mut columns = Columns::new(self.strings.clone());
        self.put(&mut columns);
        shard::encode(Kind::Stats, &columns, &[])
    }

    /// Adds all columns; the strings must be those of `columns`.
    pub(crate) fn put(&self, columns: &mut Columns) {
        let (files, funcs) = (&self.files, &self.funcs);
        let texts = |text: fn(&Source) -> &String| self.sources.iter().map(text).cloned();
        columns.put_texts("build", [self.build.clone()]);
        columns.put_texts("source_repo", texts(|s| &s.repo));
        columns.put_texts("source_url", texts(|s| &s.url));
        columns.put_texts("source_commit", texts(|s| &s.commit));
        columns.put_texts("source_text_commit", texts(|s| &s.text_commit));
        columns.put_texts("packs", self.packs.iter().cloned());
        columns.put_deltas("dir", files.iter().map(|f| f.dir));
        columns.put_deltas("base", files.iter().map(|f| f.base));
        columns.put_deltas("repo_path", files.iter().map(|f| f.repo_path));
        columns.put("source", files.iter().map(|f| f.source.map_or(-1, i64::from)));
        columns.put_u32("resolution", files.iter().map(|f| f.resolution));
        columns.put_u32("evidence", files.iter().map(|f| f.evidence));
        columns.put_u32("generated", files.iter().map(|f| u32::from(f.is_generated)));
        columns.put_deltas("pack", files.iter().map(|f| f.pack));
        columns.put_u32("entry", files.iter().map(|f| f.entry));
        columns.put_u32("n_units", files.iter().map(|f| f.n_units));
        columns.put_u32("n_funcs", files.iter().map(|f| f.n_funcs));
        columns.put_u64("statements", files.iter().map(|f| f.coverage.statements()));
        columns.put_u64("covered", files.iter().map(|f| f.coverage.covered()));
        columns.put_deltas("func_name", funcs.iter().map(|f| f.name));
        columns.put_deltas("func_line", funcs.iter().map(|f| f.line));
        columns.put_u64("func_statements", funcs.iter().map(|f| f.coverage.statements()));
        columns.put_u64("func_covered", funcs.iter().map(|f| f.coverage.covered()));
    }

    /// Reads the shard from its bytes, after decompression.
    ///
    /// # Errors
    /// See [`shard::decode`]; also when columns do not fit together.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShardError> {
        let (columns, _) = shard::decode(Kind::Stats, bytes)?;
        let unequal = || ShardError::damaged(Kind::Stats, "columns do not fit together");
        Self::take(columns).ok_or_else(unequal)
    }

    /// The undoing of [`StatsShard::put`]; `None` when columns do not fit together.
    pub(crate) fn take(mut columns: Columns) -> Option<Self> {
        let build = columns.take_texts("build")?.pop()?;
        let sources = sources(&mut columns)?;
        let packs = columns.take_texts("packs")?;
        let files = files(&columns, sources.len(), packs.len())?;
        let funcs = funcs(&columns, &files)?;
        Self::new(columns.strings, build, sources, packs, files, funcs).ok()
    }
}

fn sources(columns: &mut Columns) -> Option<Vec<Source>> {
    let repos = columns.take_texts("source_repo")?;
    let mut urls = columns.take_texts("source_url")?.into_iter();
    let mut commits = columns.take_texts("source_commit")?.into_iter();
    let mut texts = columns.take_texts("source_text_commit")?.into_iter();
    let mut source = |repo| {
        Some(Source {
            repo,
            url: urls.next()?,
            commit: commits.next()?,
            text_commit: texts.next()?,
        })
    };
    repos.into_iter().map(&mut source).collect()
}

fn files(columns: &Columns, n_sources: usize, n_packs: usize) -> Option<Vec<FileRow>> {
    let (base, repo_path) = (columns.undeltas("base")?, columns.undeltas("repo_path")?);
    let (pack, entry) = (columns.undeltas("pack")?, columns.u32s("entry")?);
    let (resolution, evidence) = (columns.u32s("resolution")?, columns.u32s("evidence")?);
    let (n_units, n_funcs) = (columns.u32s("n_units")?, columns.u32s("n_funcs")?);
    let (statements, covered) = (columns.u64s("statements")?, columns.u64s("covered")?);
    let (source, generated) = (columns.get("source")?, columns.u32s("generated")?);
    let row = |(i, dir): (usize, u32)| {
        let source = u32::try_from(*source.get(i)?).ok();
        let pack = *pack.get(i)?;
        let is_known = source.is_none_or(|s| usize_of(s) < n_sources) && usize_of(pack) < n_packs;
        is_known.then_some(FileRow {
            dir,
            base: *base.get(i)?,
            repo_path: *repo_path.get(i)?,
            source,
            resolution: *resolution.get(i)?,
            evidence: *evidence.get(i)?,
            is_generated: *generated.get(i)? == 1,
            pack,
            entry: *entry.get(i)?,
            n_units: *n_units.get(i)?,
            n_funcs: *n_funcs.get(i)?,
            coverage: Coverage::new(*statements.get(i)?, *covered.get(i)?)?,
        })
    };
    columns.undeltas("dir")?.into_iter().enumerate().map(row).collect()
}

fn funcs(columns: &Columns, files: &[FileRow]) -> Option<Vec<FuncRow>> {
    let (names, lines) = (columns.undeltas("func_name")?, columns.undeltas("func_line")?);
    let (statements, covered) = (columns.u64s("func_statements")?, columns.u64s("func_covered")?);
    let mut funcs = Vec::with_capacity(names.len());
    for (file_idx, file) in files.iter().enumerate() {
        for _ in 0..file.n_funcs {
            let i = funcs.len();
            let coverage = Coverage::new(*statements.get(i)?, *covered.get(i)?)?;
            let file = u32::try_from(file_idx).ok()?;
            funcs.push(FuncRow { file, name: *names.get(i)?, line: *lines.get(i)?, coverage });
        }
    }
    (funcs.len() == names.len()).then_some(funcs)
}

/// An index as `usize`; an index that does not fit is beyond every table.
fn usize_of(idx: u32) -> usize {
    usize::try_from(idx).unwrap_or(usize::MAX)
}

#[cfg(test)]
impl StatsShard {
    /// A build with one file of so many units.
    pub(crate) fn of_units(n_units: usize) -> Self {
        let file = FileRow { n_units: u32::try_from(n_units).unwrap(), ..FileRow::default() };
        Self::new(Strings::default(), String::new(), vec![], vec![], vec![file], vec![]).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::StringsBuilder, counts::CountsShard};

    fn shard() -> StatsShard {
        let mut s = StringsBuilder::default();
        let file = |s: &mut StringsBuilder, base: &str, n_units, n_funcs| FileRow {
            dir: s.add("github.com/o/r/cmd"),
            base: s.add(base),
            repo_path: s.add(&format!("cmd/{base}")),
            source: Some(0),
            resolution: s.add("exact"),
            evidence: s.add("info"),
            is_generated: base.starts_with("zz"),
            pack: 0,
            entry: 0,
            n_units,
            n_funcs,
            coverage: Coverage::new(10, 3).unwrap(),
        };
        let files = vec![file(&mut s, "main.go", 2, 1), file(&mut s, "zz_deep.go", 3, 2)];
        let func = |s: &mut StringsBuilder, file, name: &str, line| FuncRow {
            file,
            name: s.add(name),
            line,
            coverage: Coverage::new(5, 5).unwrap(),
        };
        let funcs = vec![
            func(&mut s, 0, "main", 9),
            func(&mut s, 1, "*T.Deep", 4),
            func(&mut s, 1, "F", 90),
        ];
        let source = Source {
            repo: "github.com/o/r".into(),
            url: "https://github.com/o/r".into(),
            commit: "c0ffee0".into(),
            text_commit: "c0ffee0".into(),
        };
        let packs = vec!["source-0123456789abcdef".into()];
        StatsShard::new(s.finish(), "ab".repeat(16), vec![source], packs, files, funcs).unwrap()
    }

    #[test]
    fn rows_come_back() {
        let shard = shard();
        let back = StatsShard::decode(&shard.encode().unwrap()).unwrap();
        assert_eq!(back, shard);
        assert_eq!(back.path(&back.files[1]), "github.com/o/r/cmd/zz_deep.go");
        assert_eq!(back.unit_range(1), Some(2..5));
    }

    #[test]
    fn counts_must_fit_their_build() {
        let stats = shard();
        let counts = CountsShard {
            files: vec![3, 0],
            funcs: vec![3, 0, 0],
            units: vec![0, 7, 0, 0, 0],
            seen: vec![0; 5],
        };
        let bytes = counts.encode().unwrap();
        assert_eq!(CountsShard::decode(&bytes, &stats).unwrap(), counts);
        assert_eq!(counts.of_file(&stats, 0), [0, 7]);
        let other = CountsShard { units: vec![1], ..counts };
        assert!(CountsShard::decode(&other.encode().unwrap(), &stats).is_err());
    }

    #[test]
    fn more_covered_than_statements_is_refused() {
        let text = String::from_utf8(shard().encode().unwrap()).unwrap();
        let damaged = text.replace("\"covered\":[3,3]", "\"covered\":[11,3]");
        assert_ne!(text, damaged);
        assert!(StatsShard::decode(damaged.as_bytes()).is_err());
    }
}
