//! Who ran a line.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use covatlas_shared::annotate::{Annotated, Lines};
use thiserror::Error;

use super::{
    BuildData, Data, Row, StatsError,
    group::{Group, Ran, by_owner, select},
    locate::locate,
};
use crate::{
    db::{Database, DbError, FilePlace, PackedCounts},
    selection::Selection,
    sources::TextSource,
};

/// A line of a file as people write it: `FILE:LINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// A path in a repository, a path as built, or the end of one.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A text that is no [`SourceLine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write FILE:LINE with a line from 1, such as pkg/store/store.go:41")]
pub struct SourceLineError;

impl FromStr for SourceLine {
    type Err = SourceLineError;

    fn from_str(text: &str) -> Result<Self, SourceLineError> {
        let (file, line) = text.rsplit_once(':').ok_or(SourceLineError)?;
        let line: u32 = line.parse().map_err(|_| SourceLineError)?;
        if file.is_empty() || line == 0 {
            return Err(SourceLineError);
        }
        Ok(Self { file: file.to_owned(), line })
    }
}

/// Who ran a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Runners {
    /// The path as built of the file that was meant, the first one by name.
    pub path: String,
    /// Whether any build has code on that line.
    pub has_code: bool,
    /// One line for each owner and build that ran it, sorted by owner, newest build first.
    pub rows: Vec<Row>,
}

/// Finds who ran a line, in all builds that have the file.
///
/// A unit touches the line when its range holds a non-blank byte there; where there is no text
/// that fits the build, when its lines include it.
///
/// # Errors
/// [`StatsError::NoFile`], [`StatsError::Ambiguous`] and those of [`Data::read`].
pub fn who(db: &Database, texts: &dyn TextSource, at: &SourceLine) -> Result<Runners, StatsError> {
    let places = locate(db, &at.file)?;
    let mut wanted: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for FilePlace { build_id, idx, .. } in &places {
        wanted.entry(*build_id).or_default().push(*idx);
    }
    let data = Data::read_builds(db, |id| wanted.contains_key(&id))?;
    let mut texts = Texts { source: texts, read: BTreeMap::new() };
    let mut units: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for build in &data.builds {
        let files = wanted.get(&build.id).map(Vec::as_slice).unwrap_or_default();
        let touching = files.iter().flat_map(|idx| touching(build, *idx, at.line, &mut texts));
        units.insert(build.id, touching.collect());
    }
    let counts = db.packed_counts(|id| units.get(&id).is_some_and(|units| !units.is_empty()))?;
    let counts: BTreeMap<(i64, i64), PackedCounts> =
        counts.into_iter().map(|c| ((c.owner_id, c.build_id), c)).collect();
    let mut rows = Vec::new();
    for group in by_owner(&select(&data, &Selection::default())?) {
        let units = units.get(&group.build.id).map(Vec::as_slice).unwrap_or_default();
        rows.extend(runner(&group, units, &counts)?);
    }
    Ok(Runners {
        path: places.into_iter().map(|p| p.path).min().unwrap_or_default(),
        has_code: units.values().any(|units| !units.is_empty()),
        rows,
    })
}

/// The line of one owner and build; `None` when it did not run any of the units.
fn runner(
    group: &Group<'_>,
    units: &[usize],
    counts: &BTreeMap<(i64, i64), PackedCounts>,
) -> Result<Option<Row>, StatsError> {
    let ran: Vec<&Ran<'_>> =
        group.ran.iter().filter(|r| units.iter().any(|at| r.bits.get(*at))).collect();
    let Some(Ran { owner, .. }) = ran.first() else { return Ok(None) };
    let build = &group.build.row;
    let damaged = || DbError::Damaged { what: format!("counts of build {}", build.hash) };
    let n_units = group.build.table.units().len();
    let packed = counts.get(&(owner.id, group.build.id)).ok_or_else(damaged)?;
    let counts = packed.counts.to_counts(n_units).ok_or_else(damaged)?;
    let seen = packed.seen.to_seen(n_units).ok_or_else(damaged)?;
    let count = units.iter().filter_map(|at| counts.get(*at)).max().copied().unwrap_or(0);
    let names = |name: fn(&Ran<'_>) -> String| -> Vec<String> {
        let names: BTreeSet<String> = ran.iter().map(|r| name(r)).collect();
        names.into_iter().filter(|name| !name.is_empty()).collect()
    };
    let row = Row::default()
        .with("namespace", owner.key.namespace.clone())
        .with("owner_kind", owner.key.kind.clone())
        .with("owner", owner.key.name.clone())
        .with("binary", owner.key.binary.clone())
        .with("build", build.hash.clone())
        .with("pods", names(|r| r.report.pod.clone()))
        .with("hosts", names(|r| r.report.hostname.clone()))
        .with("count", count)
        .with_time("first_seen", units.iter().filter_map(|at| seen.get(*at)).min());
    Ok(Some(row))
}

/// Positions in the build's table of the units with statements that touch a line of a file.
fn touching(build: &BuildData, idx: usize, line: u32, texts: &mut Texts<'_>) -> Vec<usize> {
    let Some(file) = build.table.files().get(idx) else { return Vec::new() };
    let Ok(number) = usize::try_from(line) else { return Vec::new() };
    let units = build.table.source_units_of(file);
    let found = if let Some(text) = texts.of(build, idx) {
        Annotated::new(text, &units, &[]).touching(text, number)
    } else {
        let mut found = Annotated::new(&Lines::default(), &units, &[]).units_on(number);
        found.retain(|at| units.get(*at).is_some_and(|u| u.statements > 0));
        found
    };
    found.into_iter().map(|at| file.units.start.saturating_add(at)).collect()
}

/// Texts that were read, each once.
struct Texts<'a> {
    source: &'a dyn TextSource,
    /// By repository, commit and path; `None`: there is none.
    read: BTreeMap<(String, String, String), Option<Lines>>,
}

impl Texts<'_> {
    /// The text that a file of a build was made from; `None` when it is not known.
    fn of(&mut self, build: &BuildData, idx: usize) -> Option<&Lines> {
        let found = build.resolution(idx).filter(|r| r.fits())?;
        let key = (found.repo.clone(), found.commit.clone(), found.repo_path.clone());
        let source = self.source;
        let text = self.read.entry(key).or_insert_with(|| {
            source.text(&found.repo, &found.commit, &found.repo_path).map(Lines::new)
        });
        text.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        db::Resolution,
        sample::{POD, REPLICA, Run, counters, func, meta, time},
    };

    /// One text for every file, or none.
    struct Text(Option<&'static str>);

    impl TextSource for Text {
        fn text(&self, _: &str, _: &str, _: &str) -> Option<Vec<u8>> {
            self.0.map(Into::into)
        }
    }

    fn answer(run: &Run, text: Option<&'static str>, at: &str) -> Result<Runners, StatsError> {
        let db = Database::open(&run.collection.database()).unwrap();
        who(&db, &Text(text), &at.parse().unwrap())
    }

    /// `m/a/f.go` with a unit of one statement on each of lines 1 to 3, two replicas of it.
    fn replicas() -> Run {
        let run = Run::new();
        for (pod, n, counts) in [(POD, 1, [5, 0, 0]), (REPLICA, 2, [7, 0, 1])] {
            run.put(pod, "covmeta.x", &meta(1, vec![func("m/a/f.go", &[1, 1, 1])]));
            run.put(pod, &format!("covcounters.x.1.{}", time(n)), &counters(1, &[&counts]));
        }
        run.compile();
        run
    }

    fn resolve(run: &Run, resolution: &str) {
        let mut db = Database::open(&run.collection.database()).unwrap();
        let row = Resolution {
            build_id: db.builds().unwrap()[0].0,
            idx: 0,
            repo: "h/o/r".into(),
            commit: "c".into(),
            repo_path: "pkg/f.go".into(),
            evidence: "info".into(),
            resolution: resolution.into(),
            reason: String::new(),
            generated: false,
        };
        db.put_resolutions(&[row], "").unwrap();
    }

    #[test]
    fn replicas_that_ran_the_line_are_listed_with_the_largest_count() {
        let run = replicas();
        let pods = ["api-6c8b5d7f9-4kq2z", "api-6c8b5d7f9-x2x9k"];
        let row = |pods: &[&str], hosts: &[&str], count: u32, seen: &str| {
            json!({
                "namespace": "ns", "owner_kind": "Deployment", "owner": "api", "binary": "api",
                "build": "01".repeat(16), "pods": pods, "hosts": hosts, "count": count,
                "first_seen": seen,
            })
        };
        let rows = |at: &str| -> Vec<Value> {
            let rows = answer(&run, None, at).unwrap().rows;
            rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect()
        };
        assert_eq!(rows("m/a/f.go:1"), [row(&pods, &["n1", "n2"], 7, "2026-11-20T18:40:01Z")]);
        assert_eq!(rows("f.go:3"), [row(&pods[1..], &["n2"], 1, "2026-11-20T18:40:02Z")]);
        assert!(rows("a/f.go:2").is_empty(), "nobody ran it");
        assert!(answer(&run, None, "f.go:2").unwrap().has_code);
        assert!(!answer(&run, None, "f.go:4").unwrap().has_code);
    }

    #[test]
    fn a_text_that_fits_decides_which_units_touch_a_line() {
        let run = replicas();
        resolve(&run, "exact");
        // The unit of line 3 is columns 2 to 9, where this text has nothing.
        let text = Some("\tcall()\n\tcall()\n}\n");
        let at = |at: &str, text| answer(&run, text, at).unwrap();
        assert!(at("h/o/r/pkg/f.go:1", text).has_code);
        assert!(!at("pkg/f.go:3", text).has_code);
        assert!(at("pkg/f.go:3", None).has_code, "the repository has no such text any more");
        resolve(&run, "mismatch");
        assert!(at("pkg/f.go:3", text).has_code, "a text that does not fit is not asked");
    }

    #[test]
    fn names_that_fit_no_or_several_files_are_explained() {
        let run = Run::new();
        run.put(POD, "covmeta.x", &meta(1, vec![func("m/a/f.go", &[1]), func("m/b/f.go", &[1])]));
        run.compile();
        let err = answer(&run, None, "f.go:1").unwrap_err().to_string();
        assert_eq!(err, "`f.go` is ambiguous, name one of these:\n  m/a/f.go\n  m/b/f.go");
        let err = answer(&run, None, "b/g.go:1").unwrap_err().to_string();
        assert!(err.starts_with("no file `b/g.go`; the nearest names are\n  m/b/f.go"), "{err}");
        let err = answer(&run, None, "something/else.c:1").unwrap_err().to_string();
        assert_eq!(err, "no file `something/else.c`");
    }

    #[test]
    fn places_that_are_none_are_refused() {
        for wrong in ["", "a.go", ":1", "a.go:0", "a.go:x", "a.go:-1", "a.go:99999999999"] {
            assert_eq!(wrong.parse::<SourceLine>(), Err(SourceLineError), "{wrong}");
        }
        let at: SourceLine = "C:/a.go:7".parse().unwrap();
        assert_eq!((at.file.as_str(), at.line), ("C:/a.go", 7));
    }
}
