//! Lines with their counts before and now.

use covatlas_shared::annotate::LineState;
use yew::prelude::*;

use crate::{
    components::{
        code::{LineLinks, chunk, cut_note, runs},
        same::Same,
    },
    model::{
        compared_lines::{Change, ComparedLine, ComparedView},
        format::{number, short},
        source_view::Row,
    },
    route::LineRange,
};

/// What all lines of a file have in common.
#[derive(Clone, PartialEq)]
pub(super) struct ComparedLook {
    /// The file.
    pub(super) view: Same<ComparedView>,
    /// The selected lines.
    pub(super) selected: Option<LineRange>,
    /// The addresses of the lines.
    pub(super) links: LineLinks,
    /// Whether before is a moment, of which nobody knows how often something had run.
    pub(super) is_moment: bool,
}

/// The lines behind a position that are drawn together.
pub(super) fn compared_lines(look: &ComparedLook, start: usize) -> Html {
    let rows = look.view.view.rows(chunk(start), &[]);
    rows.iter().map(|row| line(row, look)).collect()
}

fn line(row: &Row, look: &ComparedLook) -> Html {
    let compared = look.view.line(row.number);
    let n = row.label;
    let is_on = look.selected.is_some_and(|lines| lines.contains(n));
    let href = format!("{}{n}{}", look.links.before, look.links.behind);
    let (sign, class) = match compared.change {
        Change::New => ("+", "sg up"),
        Change::Lost => ("−", "sg down"),
        Change::Both => ("±", "sg down"),
        Change::Other => ("≠", "sg mut"),
        _ if compared.is_new_text => ("·", "sg dim"),
        _ => ("", "sg"),
    };
    let is_partly = row.line.state == LineState::Partly;
    let [before, after] = counts(compared, look.is_moment).map(|text| {
        let class = if text == "0" { "ct z" } else { "ct" };
        html! { <span {class}>{text}</span> }
    });
    html! {
        <li key={row.number} class={line_class(compared.change, is_partly, is_on)} title={says(compared)}>
            <a class="no" {href}>{ n }</a>
            {before}{after}
            <span {class}>{sign}</span>
            <code>{ runs(row, None) }{ cut_note(row) }</code>
        </li>
    }
}

/// The counts before and now, as the gutter shows them.
fn counts(line: ComparedLine, is_moment: bool) -> [String; 2] {
    if line.change == Change::NoCode {
        return [String::new(), String::new()];
    }
    let before = match line.before {
        None => String::new(),
        Some(1..) if is_moment => "ran".to_owned(),
        Some(n) => short(n.into()),
    };
    [before, short(line.after.into())]
}

fn says(line: ComparedLine) -> Option<String> {
    let ran = |n: u32| format!("{} times", number(n.into()));
    let text = match line.change {
        Change::NoCode | Change::Kept => return None,
        Change::New => format!("runs now, {}, and did not before", ran(line.after)),
        Change::Lost => "ran before and does not now".to_owned(),
        Change::Both => "some of it runs now and did not, other code no longer runs".to_owned(),
        Change::Still => "some of it never ran, before and now".to_owned(),
        Change::Other => "code that was not there before, or not like this".to_owned(),
    };
    Some(text)
}

fn line_class(change: Change, is_partly: bool, is_on: bool) -> &'static str {
    match (change, is_on) {
        (Change::NoCode, false) => "ln df",
        (Change::Kept, false) => "ln df c",
        (Change::New, false) => "ln df c new",
        (Change::Lost | Change::Both, false) => "ln df u lost",
        (Change::Still, false) if is_partly => "ln df p",
        (Change::Still, false) => "ln df u",
        (Change::Other, false) => "ln df other",
        (Change::NoCode, true) => "ln df on",
        (Change::Kept, true) => "ln df c on",
        (Change::New, true) => "ln df c new on",
        (Change::Lost | Change::Both, true) => "ln df u lost on",
        (Change::Still, true) if is_partly => "ln df p on",
        (Change::Still, true) => "ln df u on",
        (Change::Other, true) => "ln df other on",
    }
}
