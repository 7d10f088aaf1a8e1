//! Whether a text is the one that a build's units were made from.
//!
//! The units of a build are positions in a text that the build does not carry. Colouring another
//! text with them would lie, so every file must pass [`check`] first: all units lie inside it,
//! and each function is declared where its first unit says.

use covdata::Unit;
use thiserror::Error;

use super::golex::{self, Body, Decl, Functions};

/// One function of a build in one file.
#[derive(Clone, Copy, Debug)]
pub struct FuncUnits<'a> {
    /// Its name as in the meta file: `F`, `T.M`, `*T.M`, or `func.L<line>.C<column>`.
    pub name: &'a str,
    /// Whether it is a function literal.
    pub literal: bool,
    /// Its units in the order of the meta file: the first one starts its body.
    pub units: &'a [Unit],
}

/// Why a text does not fit the units: the first function that fails, and how.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("func `{func}`")]
pub struct AnchorError {
    /// Name of the function, as in the meta file.
    pub func: String,
    /// What does not fit.
    #[source]
    pub kind: AnchorErrorKind,
}

/// The ways in which a text can fail to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnchorErrorKind {
    /// A position has line or column 0.
    #[error("line {line} has no column, as after a `//line` directive")]
    NoColumn {
        /// The line.
        line: u32,
    },
    /// A unit ends before it starts.
    #[error("the unit at {line}.{col} ends before it starts")]
    Backwards {
        /// Line of the unit's start.
        line: u32,
        /// Column of the unit's start.
        col: u32,
    },
    /// A position is below the last line.
    #[error("a unit reaches line {line}, but the text has {lines} lines")]
    AfterLastLine {
        /// Line of the position.
        line: u32,
        /// Number of lines.
        lines: usize,
    },
    /// A position is right of the end of its line.
    #[error("a unit reaches column {col} of line {line}, which has {bytes} bytes")]
    AfterLineEnd {
        /// Line of the position.
        line: u32,
        /// Column of the position.
        col: u32,
        /// Bytes of the line.
        bytes: usize,
    },
    /// No function's body starts at the first unit.
    #[error("no body of a function starts at {line}.{col}")]
    NoBody {
        /// Line of the first unit.
        line: u32,
        /// Column of the first unit.
        col: u32,
    },
    /// A function of another name is there.
    #[error("another function is declared at {line}.{col}")]
    OtherName {
        /// Line of the first unit.
        line: u32,
        /// Column of the first unit.
        col: u32,
    },
    /// The name of a literal does not say where it is.
    #[error("its name does not say where it stands")]
    LiteralName,
}

/// Checks that `source` is the text these functions were built from, in one pass over the text.
///
/// # Errors
///
/// The first function that does not fit.
pub fn check(source: &[u8], funcs: &[FuncUnits<'_>]) -> Result<(), AnchorError> {
    let text = Text::new(source);
    for func in funcs {
        text.check(func).map_err(|kind| AnchorError { func: func.name.to_owned(), kind })?;
    }
    Ok(())
}

struct Text<'a> {
    source: &'a [u8],
    /// Offset of each line's first byte.
    lines: Vec<usize>,
    functions: Functions<'a>,
}

impl<'a> Text<'a> {
    fn new(source: &'a [u8]) -> Self {
        let ends = source.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { source, lines, functions: golex::functions(source) }
    }

    fn check(&self, func: &FuncUnits<'_>) -> Result<(), AnchorErrorKind> {
        for unit in func.units {
            self.offset(unit.start_line, unit.start_col)?;
            self.offset(unit.end_line, unit.end_col)?;
            if (unit.end_line, unit.end_col) < (unit.start_line, unit.start_col) {
                let (line, col) = (unit.start_line, unit.start_col);
                return Err(AnchorErrorKind::Backwards { line, col });
            }
        }
        let Some(first) = func.units.first().filter(|_| !func.name.is_empty()) else {
            return Ok(());
        };
        let (line, col) = (first.start_line, first.start_col);
        let start = self.offset(line, col)?;
        if func.literal {
            return self.check_literal(func.name, start, first);
        }
        let decl = self.decl_at(start).ok_or(AnchorErrorKind::NoBody { line, col })?;
        if is_named(decl, func.name) {
            Ok(())
        } else {
            Err(AnchorErrorKind::OtherName { line, col })
        }
    }

    fn check_literal(&self, name: &str, start: usize, first: &Unit) -> Result<(), AnchorErrorKind> {
        let (line, col) = literal_position(name).ok_or(AnchorErrorKind::LiteralName)?;
        let offset = self.offset(line, col)?;
        let body = self.functions.literal(self.source, offset);
        if body.is_some_and(|body| starts_at(body, start)) {
            Ok(())
        } else {
            Err(AnchorErrorKind::NoBody { line: first.start_line, col: first.start_col })
        }
    }

    /// The declaration whose body starts at `offset`.
    fn decl_at(&self, offset: usize) -> Option<&Decl<'a>> {
        let decls = &self.functions.decls;
        let after = decls.partition_point(|decl| decl.body.brace <= offset);
        decls.get(after.checked_sub(1)?).filter(|decl| starts_at(decl.body, offset))
    }

    /// The byte offset of a position, which may be the end of a line or of the text, or the
    /// first column of the line after the last.
    fn offset(&self, line: u32, col: u32) -> Result<usize, AnchorErrorKind> {
        let index = |number: u32| usize::try_from(number).ok()?.checked_sub(1);
        let (Some(row), Some(column)) = (index(line), index(col)) else {
            return Err(AnchorErrorKind::NoColumn { line });
        };
        let lines = self.lines.len();
        if row == lines && column == 0 {
            return Ok(self.source.len());
        }
        let Some(start) = self.lines.get(row) else {
            return Err(AnchorErrorKind::AfterLastLine { line, lines });
        };
        let next = self.lines.get(row + 1).map_or(self.source.len(), |next| next - 1);
        let bytes = next - start;
        if column > bytes {
            return Err(AnchorErrorKind::AfterLineEnd { line, col, bytes });
        }
        Ok(start + column)
    }
}

/// Whether the first unit of a function with this body may start at `offset`.
///
/// Up to Go 1.26 that is the `{`, and the byte after it when the body is empty; in Go 1.27 the
/// first token of the body that is no comment, and the byte after the `{` when there is none.
fn starts_at(body: Body, offset: usize) -> bool {
    offset == body.brace || offset == body.brace + 1 || offset == body.first
}

/// Whether cmd/cover gives this declaration this name.
fn is_named(decl: &Decl<'_>, name: &str) -> bool {
    let (receiver, name) = match name.rsplit_once('.') {
        Some((receiver, name)) => (Some(receiver), name),
        None => (None, name),
    };
    if decl.name != name.as_bytes() {
        return false;
    }
    match (receiver, decl.receiver) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(receiver), Some((star, of))) => {
            let base = receiver.strip_prefix('*');
            star == base.is_some() && of == base.unwrap_or(receiver).as_bytes()
        }
    }
}

/// Line and column in `func.L<line>.C<column>`.
fn literal_position(name: &str) -> Option<(u32, u32)> {
    let (line, col) = name.strip_prefix("func.L")?.split_once(".C")?;
    Some((line.parse().ok()?, col.parse().ok()?))
}

/// A unit of one statement, for tests.
#[cfg(test)]
pub(super) fn unit_at(start_line: u32, start_col: u32, end_line: u32, end_col: u32) -> Unit {
    Unit { start_line, start_col, end_line, end_col, statements: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "package p\n\
        \n\
        func e() {}\n\
        \n\
        func (s *Stack[T]) Push(v T) {\n\
        \t// why\n\
        \ts.n++\n\
        }\n\
        \n\
        func (t T) Val() int { return 1 }\n\
        \n\
        var f = func() { e() }\n\
        \n\
        func (t *T) Long(\n\
        \ta int,\n\
        ) error {\n\
        \treturn nil\n\
        }\n";

    fn unit(start: (u32, u32), end: (u32, u32)) -> Unit {
        unit_at(start.0, start.1, end.0, end.1)
    }

    fn run(source: &str, name: &str, units: &[Unit]) -> Result<(), AnchorErrorKind> {
        let literal = name.starts_with("func.L");
        check(source.as_bytes(), &[FuncUnits { name, literal, units }]).map_err(|err| err.kind)
    }

    #[test]
    fn shapes_of_go_1_26_and_older() {
        let table = [
            ("e", unit((3, 11), (3, 12))),
            ("Push", unit((5, 30), (8, 2))),
            ("T.Val", unit((10, 22), (10, 34))),
            ("func.L12.C9", unit((12, 16), (12, 23))),
            ("*T.Long", unit((16, 9), (18, 2))),
        ];
        for (name, first) in table {
            assert_eq!(run(SOURCE, name, &[first]), Ok(()), "{name}");
        }
    }

    #[test]
    fn shapes_of_go_1_27() {
        let table = [
            ("e", unit((3, 11), (3, 11))),
            ("Push", unit((7, 2), (8, 1))),
            ("T.Val", unit((10, 24), (10, 34))),
            ("func.L12.C9", unit((12, 18), (12, 23))),
            ("*T.Long", unit((17, 2), (18, 1))),
        ];
        for (name, first) in table {
            assert_eq!(run(SOURCE, name, &[first]), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_reason_says_what_does_not_fit() {
        use AnchorErrorKind as K;
        let body = unit((10, 22), (10, 34));
        let table = [
            ("T.Other", body, K::OtherName { line: 10, col: 22 }),
            ("*T.Val", body, K::OtherName { line: 10, col: 22 }),
            ("U.Val", body, K::OtherName { line: 10, col: 22 }),
            ("T.Val", unit((10, 21), (10, 34)), K::NoBody { line: 10, col: 21 }),
            ("T.Val", unit((11, 1), (11, 1)), K::NoBody { line: 11, col: 1 }),
            ("T.Val", unit((10, 22), (10, 35)), K::AfterLineEnd { line: 10, col: 35, bytes: 33 }),
            ("T.Val", unit((10, 22), (21, 1)), K::AfterLastLine { line: 21, lines: 19 }),
            ("T.Val", unit((10, 22), (9, 1)), K::Backwards { line: 10, col: 22 }),
            ("T.Val", unit((10, 0), (10, 0)), K::NoColumn { line: 10 }),
            ("T.Val", unit((0, 1), (10, 1)), K::NoColumn { line: 0 }),
            ("func.L12.C1", unit((12, 16), (12, 23)), K::NoBody { line: 12, col: 16 }),
            ("func.L99.C9", unit((12, 16), (12, 23)), K::AfterLastLine { line: 99, lines: 19 }),
            ("func.Lx", unit((12, 16), (12, 23)), K::LiteralName),
        ];
        for (name, first, want) in table {
            assert_eq!(run(SOURCE, name, &[first]), Err(want), "{name} {first:?}");
        }
    }

    #[test]
    fn later_units_count_too() {
        let units = [unit((10, 22), (10, 34)), unit((40, 1), (41, 1))];
        let want = AnchorErrorKind::AfterLastLine { line: 40, lines: 19 };
        assert_eq!(run(SOURCE, "T.Val", &units), Err(want));
    }

    #[test]
    fn the_line_after_the_last_is_inside() {
        let first = unit((2, 10), (3, 1));
        assert_eq!(run("package p\nfunc f() { g() }", "f", &[first]), Ok(()));
        assert_eq!(run("package p\nfunc f() { g() }\n", "f", &[first]), Ok(()));
        let further = unit((2, 10), (3, 2));
        assert!(run("package p\nfunc f() { g() }", "f", &[further]).is_err());
    }

    #[test]
    fn line_ends_of_windows_count_as_bytes() {
        let source = "package p\r\nfunc f() {\r\n\tg()\r\n}\r\n";
        assert_eq!(run(source, "f", &[unit((2, 10), (4, 2))]), Ok(()));
    }

    #[test]
    fn errors_read_well() {
        let funcs = [FuncUnits { name: "g", literal: false, units: &[unit((3, 9), (3, 9))] }];
        let err = check(SOURCE.as_bytes(), &funcs).unwrap_err();
        assert_eq!(format!("{err}: {}", err.kind), "func `g`: no body of a function starts at 3.9");
    }

    proptest::proptest! {
        /// Nothing in a text or in units makes the check panic.
        #[test]
        fn any_text_and_any_units(
            source in "(func|[a-zA-Z(){}\\[\\]*.,;`\"'/ \\n\\t\\\\]|//|/\\*|\\*/|é){0,80}",
            spans in proptest::collection::vec(proptest::array::uniform4(0_u32..12), 0..4),
            name in "(func\\.L[0-9]{1,11}\\.C[0-9]|\\*?[A-Z]\\.[a-z]|[a-z.]{0,3})",
            literal: bool,
        ) {
            let units: Vec<_> = spans.iter().map(|s| unit_at(s[0], s[1], s[2], s[3])).collect();
            let funcs = [FuncUnits { name: &name, literal, units: &units }];
            let _ = check(source.as_bytes(), &funcs);
        }

        /// Bytes that are not UTF-8 neither.
        #[test]
        fn any_bytes(source: Vec<u8>) {
            let units = [unit_at(1, 1, 1, 1)];
            let funcs = [FuncUnits { name: "f", literal: false, units: &units }];
            proptest::prop_assert!(check(&source, &funcs).is_err());
        }
    }
}
