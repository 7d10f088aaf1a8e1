//! Lines of a source file.

use std::ops::Range;

use covatlas_shared::annotate::{Line, LineState};
use yew::prelude::*;

use crate::{
    model::{
        format::{amount, number, short},
        golang::Class,
        source_find::Match,
        source_pieces::{Run, Tint},
        source_view::{MAX_LINE, Row, SourceView},
    },
    route::LineRange,
};

use super::{code_view::CHUNK, same::Same};

/// The addresses of a file's lines: what stands before and behind the line number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineLinks {
    /// `#…?l=`
    pub(crate) before: AttrValue,
    /// `&b=…` or nothing.
    pub(crate) behind: AttrValue,
}

impl LineLinks {
    /// The links of the page at `href`, the address of a file without lines.
    pub(crate) fn of(href: &str) -> Self {
        let (path, query) = href.split_once('?').unwrap_or((href, ""));
        let behind = if query.is_empty() { String::new() } else { format!("&{query}") };
        Self { before: format!("{path}?l=").into(), behind: behind.into() }
    }
}

/// What all lines of a file have in common.
#[derive(Clone, PartialEq)]
pub(crate) struct CodeLook {
    /// The file.
    pub(crate) view: Same<SourceView>,
    /// Where the text stands that the reader looks for.
    pub(crate) matches: Same<Vec<Match>>,
    /// The match that the reader stands on.
    pub(crate) current: Option<usize>,
    /// The selected lines.
    pub(crate) selected: Option<LineRange>,
    /// The addresses of the lines.
    pub(crate) links: LineLinks,
}

/// The lines behind a position, as many as [`CHUNK`].
pub(crate) fn code_lines(look: &CodeLook, start: usize) -> Html {
    let rows = look.view.rows(chunk(start), &look.matches);
    rows.iter().map(|row| code_line(row, look)).collect()
}

/// The numbers, from 1, of the lines behind a position that are drawn together.
pub(crate) fn chunk(start: usize) -> Range<usize> {
    let first = start.saturating_add(1);
    first..first.saturating_add(CHUNK)
}

fn code_line(row: &Row, look: &CodeLook) -> Html {
    let n = row.label;
    let is_on = look.selected.is_some_and(|s| s.contains(n));
    let current = look.current.and_then(|i| look.matches.get(i)).filter(|m| m.line == row.number);
    let href = format!("{}{n}{}", look.links.before, look.links.behind);
    html! {
        <li key={row.number} class={line_class(row.line.state, is_on)}>
            <a class="no" {href}>{ n }</a>
            { count_cell(n, row.line) }
            <i class="mk"></i>
            <code>{ runs(row, current) }{ cut_note(row) }</code>
        </li>
    }
}

fn line_class(state: LineState, is_on: bool) -> &'static str {
    match (state, is_on) {
        (LineState::NoCode, false) => "ln",
        (LineState::Ran, false) => "ln c",
        (LineState::Never, false) => "ln u",
        (LineState::Partly, false) => "ln p",
        (LineState::NoCode, true) => "ln on",
        (LineState::Ran, true) => "ln c on",
        (LineState::Never, true) => "ln u on",
        (LineState::Partly, true) => "ln p on",
    }
}

/// How often a line ran; asks who ran it.
fn count_cell(n: u32, line: Line) -> Html {
    let count = u64::from(line.count);
    let says = match line.state {
        LineState::NoCode => return html! { <span class="ct"></span> },
        LineState::Ran => format!("line {n} ran {} times", number(count)),
        LineState::Never => format!("line {n} never ran"),
        LineState::Partly => format!("line {n} ran partly, at most {} times", number(count)),
    };
    let shown = short(count);
    let label = format!("{shown}: {says}. Who ran it?");
    html! { <button class="ct" title={says} aria-label={label}>{ shown }</button> }
}

/// The text of a line, piece by piece.
pub(crate) fn runs(row: &Row, current: Option<&Match>) -> Html {
    let mut at = 0_usize;
    row.runs
        .iter()
        .map(|run| {
            let is_current = current.is_some_and(|m| m.bytes.contains(&at));
            at = at.saturating_add(run.n_bytes);
            piece(run, is_current)
        })
        .collect()
}

fn piece(run: &Run, is_current: bool) -> Html {
    let text = run.text.clone();
    let classes = classes!(class_name(run.class), tint_name(run.tint));
    if run.is_match {
        let here = is_current.then_some("here");
        return html! { <mark class={classes!(classes, here)}>{ text }</mark> };
    }
    if classes.is_empty() {
        return html! { { text } };
    }
    html! { <span class={classes}>{ text }</span> }
}

fn class_name(class: Class) -> Option<&'static str> {
    match class {
        Class::Plain => None,
        Class::Keyword => Some("kw"),
        Class::Type => Some("ty"),
        Class::Str => Some("st"),
        Class::Number => Some("nu"),
        Class::Func => Some("fn"),
        Class::Comment => Some("co"),
    }
}

fn tint_name(tint: Tint) -> Option<&'static str> {
    match tint {
        Tint::None => None,
        Tint::Ran => Some("cs"),
        Tint::Never => Some("us"),
    }
}

/// How much of a line is not shown.
pub(crate) fn cut_note(row: &Row) -> Html {
    if row.n_cut == 0 {
        return Html::default();
    }
    let cut = number(amount(row.n_cut));
    html! { <span class="tag">{ format!("{cut} more bytes: lines are cut at {MAX_LINE}") }</span> }
}
