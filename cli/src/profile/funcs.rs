//! The funcs of a source file over all builds that have it.

use std::collections::BTreeMap;

use super::{BuildFile, BuildFunc, BuildTable};

/// The funcs of one source file: path as built and unit list. Those of one line and name count as
/// one.
#[derive(Clone, Debug, Default)]
pub struct SourceFuncs<'a>(BTreeMap<(u32, &'a str), Func>);

#[derive(Clone, Copy, Debug, Default)]
struct Func {
    statements: u64,
    entered: bool,
}

/// A func of which no unit ran in any build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeverEntered<'a> {
    /// First line of its first unit, from 1.
    pub line: u32,
    /// The name as the compiler wrote it.
    pub name: &'a str,
    /// Statements; never 0.
    pub statements: u64,
}

impl<'a> SourceFuncs<'a> {
    /// Adds those funcs of a build's file for which `is_wanted` holds; `ran` says for each position
    /// in the table whether that unit ran.
    pub fn add(
        &mut self,
        table: &'a BuildTable,
        file: &BuildFile,
        ran: impl Fn(usize) -> bool,
        is_wanted: impl Fn(&BuildFunc) -> bool,
    ) {
        let funcs = table.funcs_of(file);
        let mut entered = vec![false; funcs.len()];
        for (at, func) in file.units.clone().zip(table.unit_funcs_of(file)) {
            if ran(at)
                && let Some(entered) = entered.get_mut(func)
            {
                *entered = true;
            }
        }
        let mut statements: BTreeMap<(u32, &str), u64> = BTreeMap::new();
        for (func, entered) in funcs.iter().zip(entered).filter(|(func, _)| is_wanted(func)) {
            let key = (func.line, func.name.as_str());
            *statements.entry(key).or_default() += func.statements;
            self.0.entry(key).or_default().entered |= entered;
        }
        for (key, statements) in statements {
            let func = self.0.entry(key).or_default();
            func.statements = func.statements.max(statements);
        }
    }

    /// How many funcs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The funcs with statements that nobody entered, by line and name.
    pub fn never_entered(&self) -> impl Iterator<Item = NeverEntered<'a>> {
        let never = self.0.iter().filter(|(_, func)| func.statements > 0 && !func.entered);
        never.map(|((line, name), func)| NeverEntered {
            line: *line,
            name,
            statements: func.statements,
        })
    }
}
