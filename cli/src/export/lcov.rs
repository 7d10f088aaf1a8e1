//! lcov's tracefiles.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{lines::lines, one_line};
use crate::{
    sources::TextSource,
    stats::{Exported, FuncCount},
};

/// Writes a tracefile, one record for each file.
///
/// Lines and their counts are those of the page where the text that a file was made from is there,
/// else the first lines of its units with statements.
///
/// # Errors
/// When `out` fails.
pub fn write_lcov(
    exported: &Exported,
    texts: &dyn TextSource,
    out: &mut dyn Write,
) -> io::Result<()> {
    for file in &exported.files {
        writeln!(out, "TN:\nSF:{}", one_line(&file.path))?;
        write_funcs(&file.funcs, out)?;
        let lines = lines(file, texts);
        for (line, count) in &lines {
            writeln!(out, "DA:{line},{count}")?;
        }
        let hit = lines.values().filter(|count| **count > 0).count();
        writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len())?;
    }
    Ok(())
}

/// Readers take a name that stands twice for a mistake, but a file may have many `init`.
fn write_funcs(funcs: &[FuncCount], out: &mut dyn Write) -> io::Result<()> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for func in funcs {
        *times.entry(&func.name).or_default() += 1;
    }
    let name = |func: &FuncCount| match times.get(func.name.as_str()) {
        Some(1) => one_line(&func.name),
        _ => format!("{}:{}:{}", one_line(&func.name), func.line, func.col),
    };
    for func in funcs {
        writeln!(out, "FN:{},{}", func.line, name(func))?;
    }
    for func in funcs {
        writeln!(out, "FNDA:{},{}", func.count, name(func))?;
    }
    let hit = funcs.iter().filter(|func| func.count > 0).count();
    writeln!(out, "FNF:{}\nFNH:{hit}", funcs.len())
}

#[cfg(test)]
mod tests {
    use covatlas_shared::source::Unit;

    use super::*;
    use crate::{
        problems::Problems,
        stats::{FileCounts, Source},
    };

    struct Text(Option<&'static str>);

    impl TextSource for Text {
        fn text(&self, _: &str, _: &str, _: &str) -> Option<Vec<u8>> {
            self.0.map(Into::into)
        }
    }

    fn tracefile(text: Option<&'static str>) -> String {
        let unit = |start_line, end_line, end_col, statements| Unit {
            start_line,
            end_line,
            start_col: 2,
            end_col,
            statements,
        };
        let func = |name: &str, line, count| FuncCount { name: name.into(), line, col: 2, count };
        let source = Source { repo: "h/o/r".into(), commit: "c".into(), repo_path: "a.go".into() };
        let file = FileCounts {
            path: "m/a\nDA:1,1.go".into(),
            units: vec![unit(1, 2, 1, 1), unit(3, 3, 5, 2), unit(3, 3, 9, 1), unit(4, 4, 9, 0)],
            counts: vec![7, 0, 2, 1],
            funcs: vec![func("init", 1, 7), func("F", 3, 0), func("init", 3, 2)],
            source: Some(source),
        };
        let problems = Problems::new();
        let exported =
            Exported { mode: "count".into(), files: vec![file], last_seen: None, problems };
        let mut out = Vec::new();
        write_lcov(&exported, &Text(text), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn without_text_lines_are_the_first_ones_of_units_with_statements() {
        insta::assert_snapshot!(tracefile(None), @r"
        TN:
        SF:m/a�DA:1,1.go
        FN:1,init:1:2
        FN:3,F
        FN:3,init:3:2
        FNDA:7,init:1:2
        FNDA:0,F
        FNDA:2,init:3:2
        FNF:3
        FNH:2
        DA:1,7
        DA:3,2
        LF:2
        LH:2
        end_of_record
        ");
    }

    #[test]
    fn with_text_lines_are_those_of_the_page() {
        let text = tracefile(Some("\tcall()\n}\n\tcall()\n\tcall()\n"));
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("DA:")).collect();
        assert_eq!(lines, ["DA:1,7", "DA:3,2"]);
    }
}
