//! The text profile that `go tool covdata textfmt` writes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use thiserror::Error;

use crate::counter::Combine;
use crate::directory::{Build, Directory, NamedCounters, Refused};
use crate::error::{DecodeError, ErrorClass};
use crate::meta::{Granularity, MetaFile, Mode, Package, Unit};

/// Why a text profile cannot be written.
#[derive(Debug, Error)]
pub enum TextfmtError {
    /// Meta files of different modes or granularities cannot share a profile.
    #[error("{name}: {error}")]
    Clash {
        /// The first meta file that differs from an earlier one.
        name: String,
        /// The difference, of class `ModeClash`.
        error: DecodeError,
    },
    /// The output cannot be written.
    #[error("cannot write the text profile")]
    Write(#[from] io::Error),
}

/// What went into a text profile.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct TextfmtReport<'a> {
    /// How many rows were written, without the mode line.
    pub n_rows: usize,
    /// Orphans of one directory that do not fit the meta file that another directory has.
    pub refused: Vec<Refused<'a>>,
    /// Names of counter files without a meta file in any directory.
    pub orphans: Vec<&'a str>,
}

/// Writes the text profile of all directories together.
///
/// With [`Combine::Sum`] the output is, byte for byte, that of
/// `go tool covdata textfmt -i DIR,DIR -o FILE`, except where that is random: rows that differ only
/// in the function's name come in the order of the names. As there, rows of several programs that
/// agree in package, file, function and unit become one, rows of injected files stay, and nothing
/// at all is written when there is no meta file. Counters find their meta file in any directory.
///
/// # Errors
///
/// `Clash` before anything is written, or `Write`.
pub fn write_textfmt<'a>(
    dirs: &[Directory<'a>],
    combine: Combine,
    out: &mut impl Write,
) -> Result<TextfmtReport<'a>, TextfmtError> {
    let mut report = TextfmtReport::default();
    let pods = collect_pods(dirs, combine, &mut report)?;
    let Some(first) = pods.first() else { return Ok(report) };
    let rule = Rule { mode: first.meta.mode(), combine };
    let mut lines = Lines { out, buffer: Vec::with_capacity(Lines::<Vec<u8>>::FULL * 2) };
    lines.buffer.extend(b"mode: ");
    lines.buffer.extend(rule.mode.as_str().as_bytes());
    lines.buffer.push(b'\n');
    let mut packages: BTreeMap<&str, Vec<(&Pod, &Package)>> = BTreeMap::new();
    for pod in &pods {
        for package in pod.meta.packages() {
            packages.entry(pod.meta.str(package.path)).or_default().push((pod, package));
        }
    }
    for parts in packages.values() {
        report.n_rows += write_package(parts, rule, &mut lines)?;
    }
    lines.flush()?;
    Ok(report)
}

/// The counters of one build over all directories.
struct Pod {
    meta: Arc<MetaFile>,
    counters: Vec<u32>,
}

/// How two rows of one unit become one.
#[derive(Clone, Copy)]
struct Rule {
    mode: Mode,
    combine: Combine,
}

impl Rule {
    fn apply(self, a: u32, b: u32) -> u32 {
        match (self.mode, self.combine) {
            (Mode::Set, _) => u32::from(a | b != 0),
            (_, Combine::Max) => a.max(b),
            (_, Combine::Sum) => a.saturating_add(b),
        }
    }
}

fn collect_pods<'a>(
    dirs: &[Directory<'a>],
    combine: Combine,
    report: &mut TextfmtReport<'a>,
) -> Result<Vec<Pod>, TextfmtError> {
    let mut pods: Vec<Pod> = Vec::new();
    let mut style: Option<(Mode, Granularity)> = None;
    for build in dirs.iter().flat_map(Directory::builds) {
        check_style(build, &mut style)?;
        let is_same = |meta: &Arc<MetaFile>| {
            Arc::ptr_eq(meta, &build.meta)
                || (meta.hash() == build.meta.hash() && *meta == build.meta)
        };
        let index = pods.iter().position(|pod| is_same(&pod.meta)).unwrap_or(pods.len());
        if index == pods.len() {
            let counters = vec![0; build.meta.units().len()];
            pods.push(Pod { meta: Arc::clone(&build.meta), counters });
        }
        let Some(pod) = pods.get_mut(index) else { continue };
        for named in &build.counters {
            // A build's files were checked to fit when the directory was read.
            named.file.merge_checked(&pod.meta, &mut pod.counters, combine);
        }
    }
    for named in dirs.iter().flat_map(Directory::orphans) {
        adopt(named, &mut pods, combine, report);
    }
    Ok(pods)
}

/// Finds an orphan's meta file in the other directories.
fn adopt<'a>(
    named: &NamedCounters<'a>,
    pods: &mut [Pod],
    combine: Combine,
    report: &mut TextfmtReport<'a>,
) {
    let hash = named.file.meta_hash();
    let Some(pod) = pods.iter_mut().find(|pod| pod.meta.hash() == hash) else {
        report.orphans.push(named.name);
        return;
    };
    if let Err(error) = named.file.merge_into(&pod.meta, &mut pod.counters, combine) {
        report.refused.push(Refused { name: named.name, error });
    }
}

/// Checks that a build counts as the earlier ones do.
fn check_style(
    build: &Build<'_>,
    style: &mut Option<(Mode, Granularity)>,
) -> Result<(), TextfmtError> {
    let (mode, granularity) = *style.get_or_insert((build.meta.mode(), build.meta.granularity()));
    let clash = |offset, field, message| {
        let error = DecodeError::new(ErrorClass::ModeClash, offset, field, message);
        Err(TextfmtError::Clash { name: build.name.to_owned(), error })
    };
    if build.meta.mode() != mode {
        let message = format!("{} here, but {mode} in an earlier meta file", build.meta.mode());
        return clash(48, "mode", message);
    }
    if build.meta.granularity() != granularity {
        let here = build.meta.granularity();
        let message = format!("{here} here, but {granularity} in an earlier meta file");
        return clash(49, "granularity", message);
    }
    Ok(())
}

/// A line to be, ordered as Go orders lines, then by function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey<'a> {
    /// The file's place among the package's files.
    file: u32,
    unit: Unit,
    func: &'a str,
    is_literal: bool,
}

/// Writes all rows of one import path. Returns their number.
fn write_package<W: Write>(
    parts: &[(&Pod, &Package)],
    rule: Rule,
    lines: &mut Lines<'_, W>,
) -> io::Result<usize> {
    let files = file_ranks(parts);
    let mut rows: Vec<(RowKey<'_>, u32)> = Vec::new();
    for (pod, package) in parts {
        let meta = pod.meta.as_ref();
        for func in meta.package_funcs(package) {
            let file = files.get(meta.str(func.file)).copied().unwrap_or_default();
            let start = usize::try_from(func.units.start).unwrap_or(usize::MAX);
            let counters = pod.counters.get(start..).unwrap_or_default();
            let (func_name, is_literal) = (meta.str(func.name), func.is_literal);
            for (unit, count) in meta.func_units(func).iter().zip(counters) {
                rows.push((RowKey { file, unit: *unit, func: func_name, is_literal }, *count));
            }
        }
    }
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows.dedup_by(|(later, count), (kept, sum)| {
        let is_same = later == kept;
        if is_same {
            *sum = rule.apply(*sum, *count);
        }
        is_same
    });
    let names: Vec<&str> = files.into_keys().collect();
    for (key, count) in &rows {
        let name = usize::try_from(key.file).ok().and_then(|file| names.get(file));
        lines.write(name.copied().unwrap_or_default(), key.unit, *count)?;
    }
    Ok(rows.len())
}

/// The files of a package, each with its place in byte order.
fn file_ranks<'a>(parts: &[(&'a Pod, &'a Package)]) -> BTreeMap<&'a str, u32> {
    let mut files = BTreeMap::new();
    for (pod, package) in parts {
        for func in pod.meta.package_funcs(package) {
            files.insert(pod.meta.str(func.file), 0);
        }
    }
    (0..).zip(files.values_mut()).for_each(|(rank, file)| *file = rank);
    files
}

/// Text on its way out, in large pieces.
struct Lines<'a, W> {
    out: &'a mut W,
    buffer: Vec<u8>,
}

impl<W: Write> Lines<'_, W> {
    /// The size in bytes from which the buffer is written.
    const FULL: usize = 1 << 16;

    fn write(&mut self, file: &str, unit: Unit, count: u32) -> io::Result<()> {
        self.buffer.extend(file.as_bytes());
        let numbers = [
            (b':', unit.start_line),
            (b'.', unit.start_col),
            (b',', unit.end_line),
            (b'.', unit.end_col),
            (b' ', unit.statements),
            (b' ', count),
        ];
        for (separator, number) in numbers {
            self.buffer.push(separator);
            push_decimal(&mut self.buffer, number);
        }
        self.buffer.push(b'\n');
        if self.buffer.len() >= Self::FULL {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

fn push_decimal(out: &mut Vec<u8>, number: u32) {
    let mut digits = [b'0'; 10];
    let mut rest = number;
    let mut n_digits = 0;
    for digit in digits.iter_mut().rev() {
        let [low, ..] = (rest % 10).to_le_bytes();
        *digit += low;
        n_digits += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(digits.len() - n_digits));
}

#[cfg(test)]
mod tests;
