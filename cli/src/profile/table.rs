//! The units of one build, sorted by source file.

use std::{collections::BTreeMap, ops::Range};

use covatlas_shared::{path, source, stats::Coverage};
use covdata::{MetaFile, MetaHash, Unit};
use thiserror::Error;

use super::TextProfile;

/// The digest of a file's unit list: with the path as built it is the identity of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileDigest(pub [u8; 16]);

/// Why a meta file cannot be used although it decodes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// Two units of one file have the same range: their counts could not be told apart.
    #[error("Malformed: two units of `{path}` have the range {unit}")]
    DuplicateUnit {
        /// The path as built.
        path: String,
        /// The range as in a text profile.
        unit: String,
    },
    /// More units than can be counted.
    #[error("TooLarge: more units than fit 32 bits")]
    TooLarge,
}

/// The units of one build, sorted by file, and within a file as a text profile sorts them.
///
/// Invariant: the units of a file are sorted, and no two share a range.
#[derive(Clone, Debug)]
pub struct BuildTable {
    hash: MetaHash,
    module: String,
    files: Vec<BuildFile>,
    funcs: Vec<BuildFunc>,
    units: Vec<Unit>,
    /// Position in `funcs` of each unit.
    unit_funcs: Vec<u32>,
    /// Position in counter order of each unit.
    counters: Vec<u32>,
}

/// One source file of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFile {
    /// The path as built.
    pub path: String,
    /// Import path of the package, and module path of it; empty when Go knows none.
    pub package: String,
    /// Module path of the package; empty when Go knows none.
    pub module: String,
    /// The digest of its unit list.
    pub digest: FileDigest,
    /// Where its units stand.
    pub units: Range<usize>,
    /// Where its funcs stand.
    pub funcs: Range<usize>,
    /// Statements.
    pub statements: u64,
}

/// One func of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFunc {
    /// The name as the compiler wrote it.
    pub name: String,
    /// First line of its first unit, from 1; 0 without units.
    pub line: u32,
    /// Byte column of that unit.
    pub col: u32,
    /// Whether it is a literal at package level.
    pub is_literal: bool,
    /// Statements.
    pub statements: u64,
}

/// What ran of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildStats {
    /// Of the whole build.
    pub total: Coverage,
    /// Of each file.
    pub files: Vec<Coverage>,
    /// Of each func.
    pub funcs: Vec<Coverage>,
    /// Whether each func was entered.
    pub entered: Vec<bool>,
    /// Funcs with statements, and how many of them were entered.
    pub n_funcs: Coverage,
}

impl BuildTable {
    /// Sorts the units of a meta file; files whose base name is in `excluded` are left out.
    ///
    /// # Errors
    /// [`TableError`] when two units of a file have the same range.
    pub fn new(meta: &MetaFile, excluded: &[String]) -> Result<Self, TableError> {
        let mut by_path: BTreeMap<&str, Vec<&covdata::Func>> = BTreeMap::new();
        for func in meta.funcs() {
            let path = meta.str(func.file);
            let base = path.rsplit('/').next().unwrap_or(path);
            if !excluded.iter().any(|name| name == base) {
                by_path.entry(path).or_default().push(func);
            }
        }
        let n_units = meta.units().len();
        let mut table = Self {
            hash: meta.hash(),
            module: main_module(meta),
            files: Vec::with_capacity(by_path.len()),
            funcs: Vec::with_capacity(meta.funcs().len()),
            units: Vec::with_capacity(n_units),
            unit_funcs: Vec::with_capacity(n_units),
            counters: Vec::with_capacity(n_units),
        };
        for (path, funcs) in by_path {
            table.push_file(meta, path, funcs)?;
        }
        Ok(table)
    }

    /// Sorts the units of a text profile, which knows no funcs and no modules.
    ///
    /// # Errors
    /// [`TableError`], as [`BuildTable::new`].
    pub fn of_text(text: &TextProfile, excluded: &[String]) -> Result<Self, TableError> {
        let mut table = Self {
            hash: text.hash(),
            module: String::new(),
            files: Vec::new(),
            funcs: Vec::new(),
            units: Vec::new(),
            unit_funcs: Vec::new(),
            counters: Vec::new(),
        };
        let mut at = 0_u32;
        for (path, counts) in text.files() {
            let mut units = Vec::with_capacity(counts.len());
            for unit in counts.keys() {
                units.push((*unit, u32::MAX, at));
                at = at.checked_add(1).ok_or(TableError::TooLarge)?;
            }
            let base = path.rsplit('/').next().unwrap_or(path);
            if !excluded.iter().any(|name| name == base) {
                let package = path::split(path).0.to_owned();
                table.push_units(path, (package, String::new()), 0..0, &units)?;
            }
        }
        Ok(table)
    }

    fn push_file(
        &mut self,
        meta: &MetaFile,
        path: &str,
        mut funcs: Vec<&covdata::Func>,
    ) -> Result<(), TableError> {
        let first_unit = |func: &covdata::Func| {
            meta.func_units(func)
                .iter()
                .map(|u| (u.start_line, u.start_col))
                .min()
                .unwrap_or((0, 0))
        };
        funcs.sort_by_key(|f| (first_unit(f), meta.str(f.name)));
        let func_start = self.funcs.len();
        let mut units: Vec<(Unit, u32, u32)> = Vec::new();
        for func in &funcs {
            let func_idx = u32::try_from(self.funcs.len()).map_err(|_| TableError::TooLarge)?;
            let own = meta.func_units(func);
            units.extend(own.iter().zip(func.units.clone()).map(|(u, at)| (*u, func_idx, at)));
            let (line, col) = first_unit(func);
            self.funcs.push(BuildFunc {
                name: meta.str(func.name).to_owned(),
                line,
                col,
                is_literal: func.is_literal,
                statements: own.iter().map(|u| u64::from(u.statements)).sum(),
            });
        }
        units.sort_unstable();
        let package = funcs
            .first()
            .and_then(|f| usize::try_from(f.package).ok().and_then(|idx| meta.packages().get(idx)));
        let text = |id| meta.str(id).to_owned();
        let package = package.map(|p| (text(p.path), text(p.module_path))).unwrap_or_default();
        self.push_units(path, package, func_start..self.funcs.len(), &units)
    }

    /// Adds a file: units with the positions of their funcs and counters, sorted; `package` is
    /// import path and module path.
    fn push_units(
        &mut self,
        path: &str,
        package: (String, String),
        funcs: Range<usize>,
        units: &[(Unit, u32, u32)],
    ) -> Result<(), TableError> {
        check_unique(path, units)?;
        let start = self.units.len();
        self.files.push(BuildFile {
            path: path.to_owned(),
            package: package.0,
            module: package.1,
            digest: digest(units),
            units: start..start.saturating_add(units.len()),
            funcs,
            statements: units.iter().map(|(u, ..)| u64::from(u.statements)).sum(),
        });
        self.units.extend(units.iter().map(|(u, ..)| *u));
        self.unit_funcs.extend(units.iter().map(|(_, func, _)| *func));
        self.counters.extend(units.iter().map(|(.., at)| *at));
        Ok(())
    }

    /// The meta hash.
    pub fn hash(&self) -> MetaHash {
        self.hash
    }

    /// Module path of the main package, or of all packages that have one; empty when unknown.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Files, sorted by path.
    pub fn files(&self) -> &[BuildFile] {
        &self.files
    }

    /// Funcs, those of the first file first, within a file by position.
    pub fn funcs(&self) -> &[BuildFunc] {
        &self.funcs
    }

    /// Units, those of the first file first.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The funcs of a file.
    pub fn funcs_of(&self, file: &BuildFile) -> &[BuildFunc] {
        self.funcs.get(file.funcs.clone()).unwrap_or_default()
    }

    /// The units of a file.
    pub fn units_of(&self, file: &BuildFile) -> &[Unit] {
        self.units.get(file.units.clone()).unwrap_or_default()
    }

    /// The units of a file, as the site format and the rules of annotating have them.
    pub fn source_units_of(&self, file: &BuildFile) -> Vec<source::Unit> {
        let unit = |u: &Unit| source::Unit {
            start_line: u.start_line,
            end_line: u.end_line,
            start_col: u.start_col,
            end_col: u.end_col,
            statements: u.statements,
        };
        self.units_of(file).iter().map(unit).collect()
    }

    /// For each unit of a file the position of its func among the funcs of that file.
    pub fn unit_funcs_of(&self, file: &BuildFile) -> impl Iterator<Item = usize> {
        let first = file.funcs.start;
        let funcs = self.unit_funcs.get(file.units.clone()).unwrap_or_default().iter();
        funcs.map(move |f| usize::try_from(*f).unwrap_or(usize::MAX).saturating_sub(first))
    }

    /// All units with the positions of their funcs, in order.
    pub fn units_with_funcs(&self) -> impl Iterator<Item = (&Unit, usize)> {
        let funcs = self.unit_funcs.iter().map(|f| usize::try_from(*f).unwrap_or(usize::MAX));
        self.units.iter().zip(funcs)
    }

    /// Counts in counter order (as the decoder leaves them) to the order of this table.
    pub fn sort_counts(&self, counts: &[u32]) -> Vec<u32> {
        let count = |&at: &u32| {
            usize::try_from(at).ok().and_then(|at| counts.get(at)).copied().unwrap_or(0)
        };
        self.counters.iter().map(count).collect()
    }

    /// What ran, from counts in the order of this table. Missing counts are 0.
    pub fn stats(&self, counts: &[u32]) -> BuildStats {
        let mut func_covered = vec![0_u64; self.funcs.len()];
        let mut entered = vec![false; self.funcs.len()];
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let mut covered = 0;
            for at in file.units.clone() {
                if counts.get(at).copied().unwrap_or(0) == 0 {
                    continue;
                }
                let statements = self.units.get(at).map_or(0, |u| u64::from(u.statements));
                covered += statements;
                let func = self.unit_funcs.get(at).and_then(|f| usize::try_from(*f).ok());
                let func = func.unwrap_or(usize::MAX);
                if let Some(func_covered) = func_covered.get_mut(func) {
                    *func_covered += statements;
                }
                if let Some(entered) = entered.get_mut(func) {
                    *entered = true;
                }
            }
            files.push(Coverage::new(file.statements, covered).unwrap_or_default());
        }
        let funcs: Vec<Coverage> = self
            .funcs
            .iter()
            .zip(&func_covered)
            .map(|(f, &covered)| Coverage::new(f.statements, covered).unwrap_or_default())
            .collect();
        let with_statements = || self.funcs.iter().zip(&entered).filter(|(f, _)| f.statements > 0);
        let n_funcs = count_u64(with_statements().count());
        let n_entered = count_u64(with_statements().filter(|(_, entered)| **entered).count());
        BuildStats {
            total: files.iter().fold(Coverage::default(), |sum, &f| sum.plus(f)),
            files,
            funcs,
            entered,
            n_funcs: Coverage::new(n_funcs, n_entered).unwrap_or_default(),
        }
    }
}

/// A number of items as `u64`.
fn count_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The module of package main. A main package that was given as files knows none: then the module
/// of all other packages, when they share one.
fn main_module(meta: &MetaFile) -> String {
    let module = |p: &covdata::Package| meta.str(p.module_path);
    let main = meta.packages().iter().find(|p| meta.str(p.name) == "main").map(module);
    if let Some(module) = main.filter(|m| !m.is_empty()) {
        return module.to_owned();
    }
    let mut modules = meta.packages().iter().map(module).filter(|m| !m.is_empty());
    match modules.next() {
        Some(first) if modules.all(|other| other == first) => first.to_owned(),
        _ => String::new(),
    }
}

fn check_unique(path: &str, units: &[(Unit, u32, u32)]) -> Result<(), TableError> {
    let range = |u: &Unit| (u.start_line, u.end_line, u.start_col, u.end_col);
    let twin = units.windows(2).find_map(|pair| match pair {
        [(a, ..), (b, ..)] if range(a) == range(b) => Some(*a),
        _ => None,
    });
    match twin {
        None => Ok(()),
        Some(u) => Err(TableError::DuplicateUnit {
            path: path.to_owned(),
            unit: format!("{}.{},{}.{}", u.start_line, u.start_col, u.end_line, u.end_col),
        }),
    }
}

fn digest(units: &[(Unit, u32, u32)]) -> FileDigest {
    // Many small updates cost more than the hash.
    let mut bytes = Vec::with_capacity(units.len().saturating_mul(20));
    for (u, ..) in units {
        for number in [u.start_line, u.start_col, u.end_line, u.end_col, u.statements] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    let mut out = [0; 16];
    blake3::Hasher::new().update(&bytes).finalize_xof().fill(&mut out);
    FileDigest(out)
}
