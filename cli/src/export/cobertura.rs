//! Cobertura's XML, as coverage-04.dtd describes it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use covatlas_shared::stats::Coverage;
use rayon::prelude::*;

use super::{lines::lines, one_line};
use crate::{
    site::escape,
    sources::TextSource,
    stats::{Exported, FileCounts, FuncCount},
};

/// Branches are not measured, and nothing is said of complexity.
const UNMEASURED: &str = "branch-rate=\"0\" complexity=\"0\"";

/// A file with its lines.
struct Class<'a> {
    file: &'a FileCounts,
    lines: BTreeMap<u32, u32>,
    coverage: Coverage,
}

/// Writes a report: a package for each folder, a class for each file, a method for each func.
///
/// Lines are those of [`super::write_lcov`]; a method has the line that it begins at, and how often
/// it was entered. The time is when the newest data was written, so that the same data gives the
/// same bytes.
///
/// # Errors
/// When `out` fails.
pub fn write_cobertura(
    exported: &Exported,
    texts: &dyn TextSource,
    out: &mut dyn Write,
) -> io::Result<()> {
    let classes: Vec<Class<'_>> =
        exported.files.par_iter().map(|file| Class::new(file, texts)).collect();
    let total = sum(&classes);
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n\
         <coverage line-rate=\"{}\" branch-rate=\"0\" lines-covered=\"{}\" lines-valid=\"{}\" \
         branches-covered=\"0\" branches-valid=\"0\" complexity=\"0\" version=\"covatlas {}\" \
         timestamp=\"{}\">\n<sources><source>.</source></sources>\n<packages>",
        rate(total),
        total.covered(),
        total.statements(),
        env!("CARGO_PKG_VERSION"),
        exported.last_seen.unwrap_or(0)
    )?;
    let mut packages: BTreeMap<&str, Vec<Class<'_>>> = BTreeMap::new();
    for class in classes {
        packages.entry(class.names().0).or_default().push(class);
    }
    for (name, classes) in packages {
        let rate = rate(sum(&classes));
        writeln!(out, "<package name=\"{}\" line-rate=\"{rate}\" {UNMEASURED}>", text(name))?;
        writeln!(out, "<classes>")?;
        classes.iter().try_for_each(|class| class.write(out))?;
        writeln!(out, "</classes>\n</package>")?;
    }
    writeln!(out, "</packages>\n</coverage>")
}

fn sum(classes: &[Class<'_>]) -> Coverage {
    classes.iter().fold(Coverage::default(), |sum, class| sum.plus(class.coverage))
}

impl<'a> Class<'a> {
    fn new(file: &'a FileCounts, texts: &dyn TextSource) -> Self {
        let lines = lines(file, texts);
        let covered = lines.values().filter(|count| **count > 0).count();
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let coverage = Coverage::new(number(lines.len()), number(covered)).unwrap_or_default();
        Self { file, lines, coverage }
    }

    /// Folder and base name.
    fn names(&self) -> (&'a str, &'a str) {
        self.file.path.rsplit_once('/').unwrap_or((".", &self.file.path))
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<class name=\"{}\" filename=\"{}\" line-rate=\"{}\" {UNMEASURED}>\n<methods>",
            text(self.names().1),
            text(&self.file.path),
            rate(self.coverage)
        )?;
        self.file.funcs.iter().try_for_each(|func| write_method(func, out))?;
        writeln!(out, "</methods>\n<lines>")?;
        for (line, count) in &self.lines {
            writeln!(out, "<line number=\"{line}\" hits=\"{count}\"/>")?;
        }
        writeln!(out, "</lines>\n</class>")
    }
}

fn write_method(func: &FuncCount, out: &mut dyn Write) -> io::Result<()> {
    let FuncCount { name, line, count, .. } = func;
    writeln!(
        out,
        "<method name=\"{}\" signature=\"()\" line-rate=\"{}\" {UNMEASURED}>\
         <lines><line number=\"{line}\" hits=\"{count}\"/></lines></method>",
        text(name),
        u8::from(*count > 0)
    )
}

/// A part of 1 with four decimals; 1 only when everything ran, also of nothing, and 0 only when
/// nothing did.
fn rate(coverage: Coverage) -> String {
    match coverage.hundredths() {
        None | Some(10_000) => "1".to_owned(),
        Some(0) => "0".to_owned(),
        Some(part) => format!("0.{part:04}"),
    }
}

/// A name as an attribute; XML has no way to write U+FFFE and U+FFFF.
fn text(name: &str) -> String {
    escape(&one_line(name)).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use covatlas_shared::source::Unit;

    use super::*;
    use crate::problems::Problems;

    struct NoTexts;

    impl TextSource for NoTexts {
        fn text(&self, _: &str, _: &str, _: &str) -> Option<Vec<u8>> {
            None
        }
    }

    #[test]
    fn names_from_the_cluster_are_no_markup() {
        let unit = |line| Unit {
            start_line: line,
            end_line: line,
            start_col: 2,
            end_col: 9,
            statements: 1,
        };
        let func = |name: &str, line, count| FuncCount { name: name.into(), line, col: 2, count };
        let file = |path: &str, counts: Vec<u32>| FileCounts {
            path: path.into(),
            units: vec![unit(3), unit(4), unit(9)],
            counts,
            funcs: vec![func("(*T).<&\">", 3, 7), func("G", 9, 0)],
            source: None,
        };
        let files = vec![file("m/a\u{1}'<x>\u{ffff}.go", vec![7, 2, 0]), file("b.go", vec![0; 3])];
        let exported = Exported {
            mode: "count".into(),
            files,
            last_seen: Some(1_795_200_000),
            problems: Problems::new(),
        };
        let mut out = Vec::new();
        write_cobertura(&exported, &NoTexts, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(text, @r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
        <coverage line-rate="0.3333" branch-rate="0" lines-covered="2" lines-valid="6" branches-covered="0" branches-valid="0" complexity="0" version="covatlas VERSION" timestamp="1795200000">
        <sources><source>.</source></sources>
        <packages>
        <package name="." line-rate="0" branch-rate="0" complexity="0">
        <classes>
        <class name="b.go" filename="b.go" line-rate="0" branch-rate="0" complexity="0">
        <methods>
        <method name="(*T).&lt;&amp;&quot;&gt;" signature="()" line-rate="1" branch-rate="0" complexity="0"><lines><line number="3" hits="7"/></lines></method>
        <method name="G" signature="()" line-rate="0" branch-rate="0" complexity="0"><lines><line number="9" hits="0"/></lines></method>
        </methods>
        <lines>
        <line number="3" hits="0"/>
        <line number="4" hits="0"/>
        <line number="9" hits="0"/>
        </lines>
        </class>
        </classes>
        </package>
        <package name="m" line-rate="0.6667" branch-rate="0" complexity="0">
        <classes>
        <class name="a�&#39;&lt;x&gt;�.go" filename="m/a�&#39;&lt;x&gt;�.go" line-rate="0.6667" branch-rate="0" complexity="0">
        <methods>
        <method name="(*T).&lt;&amp;&quot;&gt;" signature="()" line-rate="1" branch-rate="0" complexity="0"><lines><line number="3" hits="7"/></lines></method>
        <method name="G" signature="()" line-rate="0" branch-rate="0" complexity="0"><lines><line number="9" hits="0"/></lines></method>
        </methods>
        <lines>
        <line number="3" hits="7"/>
        <line number="4" hits="2"/>
        <line number="9" hits="0"/>
        </lines>
        </class>
        </classes>
        </package>
        </packages>
        </coverage>
        "##);
    }

    #[test]
    fn rates_are_1_or_0_only_when_all_or_nothing_ran() {
        let of = |lines, covered| rate(Coverage::new(lines, covered).unwrap());
        assert_eq!([of(0, 0), of(9, 9), of(9, 0)], ["1", "1", "0"]);
        assert_eq!([of(3, 2), of(100_000, 99_999), of(100_000, 1)], ["0.6667", "0.9999", "0.0001"]);
    }
}
