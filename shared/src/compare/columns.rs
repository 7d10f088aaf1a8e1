//! Rows as columns, and back.

use super::{
    About, CompareShard, Delta, FileDelta, FileVariant, FuncDelta, OwnerDelta, RepoDeltas, State,
};
use crate::{codec::Columns, stats::Coverage};

impl CompareShard {
    /// Everything as columns.
    pub(super) fn columns(&self) -> Columns {
        let mut columns = Columns::new(self.strings.clone());
        let About { baseline, since, before: [a, b], now: [c, d] } = &self.about;
        columns.put_texts("baseline", [baseline.clone()]);
        columns.put_times("times", [*since, *a, *b, *c, *d]);
        columns.put_u64("n_files", self.n_files);
        put_deltas(&mut columns, "total", &[self.total].iter());
        for (name, field) in OWNER {
            columns.put_u32(name, self.owners.iter().map(field));
        }
        put_deltas(&mut columns, "owners", &self.owners.iter().map(|o| &o.delta));
        columns.put_texts("repos.shard", self.repos.iter().map(|r| r.shard.clone()));
        columns.put_u32("repos.repo", self.repos.iter().map(|r| r.repo));
        columns.put_u32("repos.files", self.repos.iter().map(|r| r.files));
        columns.put_u32("repos.funcs", self.repos.iter().map(|r| r.funcs));
        for (name, field) in FILE {
            columns.put_deltas(name, self.files.iter().map(field));
        }
        put_deltas(&mut columns, "files", &self.files.iter().map(|f| &f.delta));
        for (name, field) in VARIANT {
            columns.put_deltas(name, self.variants.iter().map(field));
        }
        for (name, field) in FUNC {
            columns.put_deltas(name, self.funcs.iter().map(field));
        }
        put_deltas(&mut columns, "funcs", &self.funcs.iter().map(|f| &f.delta));
        columns.put_texts("packs", self.packs.iter().cloned());
        columns.put_texts("lines", self.lines.iter().cloned());
        columns.put_texts("builds", self.builds.iter().cloned());
        columns
    }

    /// The undoing of [`CompareShard::columns`].
    pub(super) fn take(mut columns: Columns) -> Option<Self> {
        let [since, a, b, c, d]: [Option<i64>; 5] = columns.times("times")?.try_into().ok()?;
        let baseline = columns.take_texts("baseline")?.pop()?;
        Some(Self {
            about: About { baseline, since, before: [a, b], now: [c, d] },
            total: deltas(&columns, "total")?.pop()?,
            n_files: columns.u64s("n_files")?.try_into().ok()?,
            owners: owners(&columns)?,
            repos: repos(&mut columns)?,
            files: files(&columns)?,
            variants: variants(&columns)?,
            funcs: funcs(&columns)?,
            packs: columns.take_texts("packs")?,
            lines: columns.take_texts("lines")?,
            builds: columns.take_texts("builds")?,
            strings: columns.strings,
        })
    }
}

/// Columns of numbers by name.
type Fields<T, const N: usize> = [(&'static str, fn(&T) -> u32); N];

const OWNER: Fields<OwnerDelta, 4> = [
    ("owners.namespace", |o| o.namespace),
    ("owners.kind", |o| o.kind),
    ("owners.name", |o| o.name),
    ("owners.binary", |o| o.binary),
];

const FILE: Fields<FileDelta, 4> = [
    ("files.dir", |f| f.dir),
    ("files.base", |f| f.base),
    ("files.repo", |f| f.repo),
    ("files.repo_path", |f| f.repo_path),
];

const VARIANT: Fields<FileVariant, 9> = [
    ("variants.file", |v| v.file),
    ("variants.pack", |v| v.pack),
    ("variants.entry", |v| v.entry),
    ("variants.has_text", |v| u32::from(v.has_text)),
    ("variants.lines", |v| v.lines),
    ("variants.at", |v| v.at),
    ("variants.build", |v| v.build),
    ("variants.commit_before", |v| v.commit_before),
    ("variants.commit", |v| v.commit),
];

const FUNC: Fields<FuncDelta, 3> =
    [("funcs.file", |f| f.file), ("funcs.name", |f| f.name), ("funcs.line", |f| f.line)];

/// The numbers of rows. Most of most rows are 0 in this form.
fn put_deltas<'a>(
    columns: &mut Columns,
    name: &str,
    all: &(impl Iterator<Item = &'a Delta> + Clone),
) {
    let mut put = |field: &str, number: fn(&Delta) -> u64| {
        columns.put_u64(&format!("{name}.{field}"), all.clone().map(number));
    };
    put("statements", |d| d.after.statements());
    put("gained", |d| d.gained);
    put("lost", |d| d.lost);
    put("uncovered", |d| d.uncovered);
    put("kept", |d| d.kept);
    put("state", |d| d.state.code().into());
    let mut differ = |field: &str, numbers: fn(&Delta) -> (u64, u64)| {
        let difference = |d: &Delta| {
            let (a, b) = numbers(d);
            let [a, b] = [a, b].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            a.saturating_sub(b)
        };
        columns.put(&format!("{name}.{field}"), all.clone().map(difference));
    };
    differ("grown", |d| (d.after.statements(), d.before.statements()));
    differ("rest", |d| (d.after.covered(), d.gained.saturating_add(d.kept)));
    differ("rest_before", |d| (d.before.covered(), d.lost.saturating_add(d.kept)));
}

/// The undoing of [`put_deltas`].
pub(super) fn deltas(columns: &Columns, name: &str) -> Option<Vec<Delta>> {
    let column = |field: &str| columns.u64s(&format!("{name}.{field}"));
    let (gained, lost) = (column("gained")?, column("lost")?);
    let (uncovered, kept, state) = (column("uncovered")?, column("kept")?, column("state")?);
    let difference = |field: &str| columns.get(&format!("{name}.{field}"));
    let (grown, rest) = (difference("grown")?, difference("rest")?);
    let rest_before = difference("rest_before")?;
    let delta = |(at, statements): (usize, u64)| {
        let [gained, lost, kept] = [*gained.get(at)?, *lost.get(at)?, *kept.get(at)?];
        let moved = |n: u64, by: &[i64]| n.checked_add_signed(*by.get(at)?);
        let statements_before = statements.checked_add_signed(grown.get(at)?.checked_neg()?)?;
        Some(Delta {
            before: Coverage::new(statements_before, moved(lost.checked_add(kept)?, rest_before)?)?,
            after: Coverage::new(statements, moved(gained.checked_add(kept)?, rest)?)?,
            gained,
            lost,
            uncovered: *uncovered.get(at)?,
            kept,
            state: State::of_code(u32::try_from(*state.get(at)?).ok()?)?,
        })
    };
    column("statements")?.into_iter().enumerate().map(delta).collect()
}

fn owners(columns: &Columns) -> Option<Vec<OwnerDelta>> {
    let [namespace, kind, name, binary] = OWNER.map(|(name, _)| columns.u32s(name));
    let (namespace, kind, name, binary) = (namespace?, kind?, name?, binary?);
    let owner = |(at, delta)| {
        Some(OwnerDelta {
            namespace: *namespace.get(at)?,
            kind: *kind.get(at)?,
            name: *name.get(at)?,
            binary: *binary.get(at)?,
            delta,
        })
    };
    deltas(columns, "owners")?.into_iter().enumerate().map(owner).collect()
}

fn repos(columns: &mut Columns) -> Option<Vec<RepoDeltas>> {
    let (repo, files) = (columns.u32s("repos.repo")?, columns.u32s("repos.files")?);
    let funcs = columns.u32s("repos.funcs")?;
    let row = |(at, shard)| {
        let (files, funcs) = (*files.get(at)?, *funcs.get(at)?);
        Some(RepoDeltas { repo: *repo.get(at)?, shard, files, funcs })
    };
    columns.take_texts("repos.shard")?.into_iter().enumerate().map(row).collect()
}

fn files(columns: &Columns) -> Option<Vec<FileDelta>> {
    let [dir, base, repo, repo_path] = FILE.map(|(name, _)| columns.undeltas(name));
    let (dir, base, repo, repo_path) = (dir?, base?, repo?, repo_path?);
    let file = |(at, delta)| {
        Some(FileDelta {
            dir: *dir.get(at)?,
            base: *base.get(at)?,
            repo: *repo.get(at)?,
            repo_path: *repo_path.get(at)?,
            delta,
        })
    };
    deltas(columns, "files")?.into_iter().enumerate().map(file).collect()
}

fn variants(columns: &Columns) -> Option<Vec<FileVariant>> {
    let [file, pack, entry, has_text, lines, at, build, commit_before, commit] =
        VARIANT.map(|(name, _)| columns.undeltas(name));
    let (pack, entry, has_text, lines, place) = (pack?, entry?, has_text?, lines?, at?);
    let (build, commit_before, commit) = (build?, commit_before?, commit?);
    let variant = |(at, file)| {
        Some(FileVariant {
            file,
            pack: *pack.get(at)?,
            entry: *entry.get(at)?,
            has_text: *has_text.get(at)? == 1,
            lines: *lines.get(at)?,
            at: *place.get(at)?,
            build: *build.get(at)?,
            commit_before: *commit_before.get(at)?,
            commit: *commit.get(at)?,
        })
    };
    file?.into_iter().enumerate().map(variant).collect()
}

fn funcs(columns: &Columns) -> Option<Vec<FuncDelta>> {
    let [file, name, line] = FUNC.map(|(name, _)| columns.undeltas(name));
    let (file, name, line) = (file?, name?, line?);
    let func = |(at, delta)| {
        let (file, name, line) = (*file.get(at)?, *name.get(at)?, *line.get(at)?);
        Some(FuncDelta { file, name, line, delta })
    };
    deltas(columns, "funcs")?.into_iter().enumerate().map(func).collect()
}
