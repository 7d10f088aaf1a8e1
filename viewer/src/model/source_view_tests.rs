use proptest::{collection::vec, prelude::*};

use super::*;
use crate::model::source_find::find;

fn unit(start: (u32, u32), end: (u32, u32)) -> Unit {
    let (start_line, start_col) = start;
    let (end_line, end_col) = end;
    Unit { start_line, end_line, start_col, end_col, statements: 1 }
}

fn view(text: &str, units: &[Unit], counts: &[u32]) -> SourceView {
    SourceView::new(Rc::new(Text::new(text.into())), units, counts)
}

/// A line with its pieces: `+` ran, `-` never, `~` found, each with its colour's first letter.
fn shown(row: &Row) -> String {
    let mut out = format!("{} {:?} {}:", row.number, row.line.state, row.line.count);
    for run in &row.runs {
        let tint = match run.tint {
            Tint::None => "",
            Tint::Ran => "+",
            Tint::Never => "-",
        };
        let class = format!("{:?}", run.class);
        let mark = if run.is_match { "~" } else { "" };
        let text = run.text.replace('\t', "TAB");
        out += &[" [", tint, mark, &class[..1], " ", &text, "]"].concat();
    }
    out
}

const TEXT: &str =
    "func f() error {\n\tif a() { return nil }\n\tif b {\n\n\t\tc()\n\t}\n\treturn d\n}\n";

/// As Go writes them: the body up to the first `{`, the two inner bodies, the parts between.
fn units() -> Vec<Unit> {
    vec![
        unit((1, 16), (2, 9)),
        unit((2, 9), (2, 23)),
        unit((3, 2), (3, 7)),
        unit((3, 7), (6, 3)),
        unit((7, 2), (7, 10)),
    ]
}

#[test]
fn exact_bytes_are_tinted_on_partly_lines_only() {
    let view = view(TEXT, &units(), &[5, 0, 5, 0, 5]);
    let rows: Vec<_> = view.rows(1..100, &[]).iter().map(shown).collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    1 Ran 5: [K func] [P  ] [F f] [P () ] [T error] [P  {]
    2 Partly 5: [P TAB] [+K if] [+P  ] [+F a] [+P () ] [-P { ] [-K return] [-P  ] [-N nil] [-P  }]
    3 Partly 5: [P TAB] [+K if] [+P  b ] [-P {]
    4 NoCode 0:
    5 Never 0: [P TABTAB] [F c] [P ()]
    6 Never 0: [P TAB}]
    7 Ran 5: [P TAB] [K return] [P  d]
    8 NoCode 0: [P }]
    ");
    assert_eq!(view.tally(), Tally { ran: 2, never: 2, partly: 2 });
}

/// One line, its units (columns from 1, the end not included; statements; count), and what it must be.
type Vector<'a> = (&'a str, &'a [(u32, u32, u32, u32)], Line);

/// The rule that `who` and the exports follow too: a unit touches a line when it holds a byte there
/// that is not blank, be it a brace or a comment. The largest count of the touching units with
/// statements is the line's; it is partly when some of them ran and some did not.
#[test]
fn a_line_is_what_the_units_that_touch_it_are() {
    let line = |state, count| Line { state, count };
    let vectors: [Vector<'_>; 11] = [
        ("a()", &[], line(LineState::NoCode, 0)),
        ("a()", &[(1, 4, 1, 0)], line(LineState::Never, 0)),
        ("a()", &[(1, 4, 1, 7)], line(LineState::Ran, 7)),
        ("if a {", &[(1, 6, 1, 7), (6, 7, 1, 0)], line(LineState::Partly, 7)),
        ("} else {", &[(1, 2, 1, 0), (8, 9, 1, 7)], line(LineState::Partly, 7)),
        ("a() // b", &[(1, 4, 1, 7), (5, 9, 1, 0)], line(LineState::Partly, 7)),
        ("a() b()", &[(1, 4, 1, 2), (5, 8, 2, 9)], line(LineState::Ran, 9)),
        // Without statements, or on blanks only, a unit says nothing.
        ("a() {}", &[(1, 4, 1, 7), (5, 7, 0, 0)], line(LineState::Ran, 7)),
        ("a()  ", &[(1, 4, 1, 7), (4, 6, 1, 0)], line(LineState::Ran, 7)),
        ("\ta()", &[(2, 5, 1, 7), (1, 2, 1, 0)], line(LineState::Ran, 7)),
        (" \t ", &[(1, 4, 1, 7)], line(LineState::NoCode, 0)),
    ];
    for (text, units, expected) in vectors {
        let place = |&(start, end, statements, _): &(u32, u32, u32, u32)| Unit {
            statements,
            ..unit((1, start), (1, end))
        };
        let counts: Vec<u32> = units.iter().map(|unit| unit.3).collect();
        let units: Vec<Unit> = units.iter().map(place).collect();
        assert_eq!(view(text, &units, &counts).line(1), expected, "{text}");
    }
}

#[test]
fn places_hold_the_blank_lines_of_their_unit() {
    let view = view(TEXT, &units(), &[5, 0, 5, 0, 5]);
    assert_eq!(view.places(), std::slice::from_ref(&(2..7)));
    let view = self::view(TEXT, &units(), &[5, 0, 5, 5, 0]);
    assert_eq!(view.places(), [2..3, 7..8]);
    assert_eq!(
        [view.place_after(0), view.place_after(2), view.place_after(7)],
        [Some(0), Some(1), None]
    );
    assert_eq!(
        [view.place_before(2), view.place_before(7), view.place_before(99)],
        [None, Some(0), Some(1)]
    );
    let whole = self::view("a()\n\nb()\n", &[unit((1, 1), (3, 4))], &[0]);
    assert_eq!(whole.places().first(), Some(&(1..4)));
    assert_eq!(whole.places().len(), 1);
    let parts = self::view("a()\n\nb()\n", &[unit((1, 1), (1, 4)), unit((3, 1), (3, 4))], &[0]);
    assert_eq!(parts.places(), [1..2, 3..4]);
}

#[test]
fn the_minimap_merges_lines_and_keeps_to_its_limit() {
    let view = view(TEXT, &units(), &[5, 0, 5, 0, 5]);
    let mark = |start, len, is_never, tenths| Mark { start, len, is_never, tenths };
    assert_eq!(view.minimap(300), [mark(1, 2, false, 10), mark(4, 2, true, 10)]);
    let Tally { ran, never, partly } = view.tally();
    assert_eq!((ran, never, partly), (2, 2, 2));
    assert_eq!(view.minimap(1), [mark(0, 8, true, 7)], "4 of 6 lines");
    let text = "a()\n\n".repeat(20_000);
    let units: Vec<_> = (0..20_000).map(|i| unit((i * 2 + 1, 1), (i * 2 + 1, 4))).collect();
    assert!(self::view(&text, &units, &[]).minimap(300).len() <= 300);
}

#[test]
fn matches_cut_pieces() {
    let view = view(TEXT, &units(), &[5, 0, 5, 0, 5]);
    let found = find(view.text().lines(), "{ RET");
    let rows = view.rows(2..3, &found);
    insta::assert_snapshot!(shown(&rows[0]), @"2 Partly 5: [P TAB] [+K if] [+P  ] [+F a] [+P () ] [-~P { ] [-~K ret] [-K urn] [-P  ] [-N nil] [-P  }]");
}

#[test]
fn long_lines_are_cut_and_pages_of_numbers_lose_their_colours_but_not_their_text() {
    let long = "é".repeat(600_000);
    let view = view(&format!("{long}\n"), &[], &[]);
    let row = &view.rows(1..2, &[])[0];
    assert_eq!((row.runs[0].text.len(), row.n_cut), (4_000, 1_196_000));

    let numbers = "0x1, ".repeat(100);
    let text = format!("{numbers}\n").repeat(60);
    let view = self::view(&text, &[], &[]);
    let rows = view.rows(1..61, &[]);
    assert!(rows.iter().map(|r| r.runs.len()).sum::<usize>() <= 60 * (MAX_RUNS + 1));
    let line: String = rows[59].runs.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(line, numbers);
}

#[test]
fn a_file_without_text_shows_its_units() {
    let view = SourceView::of_units(&units(), &[5, 0, 5, 0, 5]);
    let rows: Vec<_> = view.rows(1..9, &[]).iter().map(shown).collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    1 Ran 5: [P 1:16 to 2:9 · 1 statement]
    2 Never 0: [P 2:9 to 2:23 · 1 statement]
    3 Ran 5: [P 3:2 to 3:7 · 1 statement]
    4 Never 0: [P 3:7 to 6:3 · 1 statement]
    5 Ran 5: [P 7:2 to 7:10 · 1 statement]
    ");
    assert_eq!([1, 2, 4, 5, 9].map(|n| view.label(n)), [1, 2, 3, 7, 9]);
    assert_eq!([1, 3, 4, 99].map(|line| view.row_of(line)), [1, 3, 5, 6]);
    assert_eq!(self::view(TEXT, &units(), &[]).row_of(4), 4);
}

#[test]
fn the_width_counts_columns() {
    let text = Text::new("a\tb\n\t\té\n".into());
    assert_eq!(text.width(), 9);
}

proptest! {
    #[test]
    fn pieces_give_the_line_back(
        text in vec(prop_oneof![Just(b'\n'), Just(b'{'), Just(b'"'), b' '..b'~'], 0..120),
        raw in vec([1_u32..9, 0..20, 1..9, 0..20], 0..8),
        counts in vec(0_u32..2, 0..8),
        needle in "[a-c{\" ]{0,2}",
        limit in 1_usize..8,
    ) {
        let mut units: Vec<_> = raw.iter().map(|[a, b, c, d]| unit((*a, *b), (*c, *d))).collect();
        units.sort_unstable();
        let view = SourceView::new(Rc::new(Text::new(text)), &units, &counts);
        let found = find(view.text().lines(), &needle);
        let tally = view.tally();
        prop_assert!(tally.never + tally.partly >= view.places().len());
        for number in 0..=view.len() + 1 {
            for row in [view.row(number, &found, usize::MAX), view.row(number, &found, limit)] {
                let back: String = row.runs.iter().map(|r| r.text.as_str()).collect();
                prop_assert_eq!(back.as_bytes(), view.text().lines().line(number));
                prop_assert!(row.runs.iter().all(|r| !r.text.is_empty()));
            }
        }
    }

    #[test]
    fn hostile_bytes_never_panic(text in vec(any::<u8>(), 0..90), raw in vec(any::<[u8; 4]>(), 0..6)) {
        let wide = |b: u8| u32::from(b % 16);
        let mut units: Vec<_> =
            raw.iter().map(|[a, b, c, d]| unit((wide(*a), wide(*b)), (wide(*c), wide(*d)))).collect();
        units.sort_unstable();
        let view = SourceView::new(Rc::new(Text::new(text)), &units, &[1, 0, 1, 0]);
        prop_assert_eq!(view.rows(0..999, &[]).len(), view.len());
        prop_assert!(view.minimap(3).len() <= 3);
    }
}
