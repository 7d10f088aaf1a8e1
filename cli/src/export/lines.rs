//! Lines of a file with code, and how often they ran.

use std::collections::BTreeMap;

use covatlas_shared::annotate::{Annotated, LineState, Lines};

use crate::{sources::TextSource, stats::FileCounts};

/// Counts of lines with code, by line from 1: those of the page where the text that the file was
/// made from is there, else the first lines of its units with statements.
pub(super) fn lines(file: &FileCounts, texts: &dyn TextSource) -> BTreeMap<u32, u32> {
    let text = file.source.as_ref().and_then(|at| texts.text(&at.repo, &at.commit, &at.repo_path));
    if let Some(text) = text {
        let annotated = Annotated::new(&Lines::new(text), &file.units, &file.counts);
        let with_code = (1..).zip(annotated.lines());
        let with_code = with_code.filter(|(_, line)| line.state != LineState::NoCode);
        return with_code.map(|(number, line)| (number, line.count)).collect();
    }
    let mut lines: BTreeMap<u32, u32> = BTreeMap::new();
    for (unit, count) in file.units.iter().zip(&file.counts).filter(|(u, _)| u.statements > 0) {
        let line = lines.entry(unit.start_line).or_default();
        *line = (*line).max(*count);
    }
    lines
}
