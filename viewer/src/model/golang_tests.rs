use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn outline(text: &str) -> (Lines, Outline) {
    let lines = Lines::new(text.into());
    let outline = Outline::new(&lines);
    (lines, outline)
}

/// The line with each coloured token as `[class text]`, where the class is its first letter.
fn shown(lines: &Lines, outline: &Outline, number: usize) -> String {
    let line = lines.line(number);
    let mut start = 0;
    let mut out = String::new();
    for token in outline.tokens(line, outline.state(number)) {
        let text = String::from_utf8_lossy(&line[start..token.end]);
        start = token.end;
        match token.class {
            Class::Plain => out.push_str(&text),
            class => {
                let name = format!("{class:?}");
                out += &["[", &name[..1], " ", &text, "]"].concat();
            }
        }
    }
    out
}

fn one(text: &str) -> String {
    let (lines, outline) = outline(text);
    shown(&lines, &outline, 1)
}

#[test]
fn a_method_with_its_body() {
    insta::assert_snapshot!(
        one("func (d *Daemon) drain(n int, f []drain.Filter, e error) (bool, *T) { return x.Run(nil) }"),
        @"[K func] (d *[T Daemon]) [F drain](n [T int], f []drain.Filter, e [T error]) ([T bool], *[T T]) { [K return] x.[F Run]([N nil]) }"
    );
    insta::assert_snapshot!(one("func Map[K comparable](m map[string]T)"), @"[K func] [F Map][K [T comparable]](m [K map][[T string]][T T])");
    insta::assert_snapshot!(one("type Foo struct{ a, b [4]int8 }"), @"[K type] [T Foo] [K struct]{ a, b [[N 4]][T int8] }");
}

#[test]
fn strings_runes_numbers_and_comments() {
    insta::assert_snapshot!(one(r#"x := "a\"//" + '\'' + 0x1p-2 + 1e+9i - .5 // y"#), @r#"x := [S "a\"//"] + [S '\''] + [N 0x1p-2] + [N 1e+9i] - [N .5] [C // y]"#);
    insta::assert_snapshot!(one("a /* b */ / c[1:2] - 0xe+1"), @"a [C /* b */] / c[[N 1]:[N 2]] - [N 0xe]+[N 1]");
    insta::assert_snapshot!(one("s := \"open, 1"), @r#"s := [S "open, 1]"#);
}

#[test]
fn names_of_imported_packages_are_types_and_fields_are_not() {
    let text = "package p\nimport (\n\tcore \"k8s.io/api/core/v1\"\n\t\"gopkg.in/yaml.v3\"\n\t\"k8s.io/klog/v2\"\n)\nimport \"time\"\nvar x = core.Pod{A: node.Spec.Pod, B: yaml.Node, C: klog.Level, D: time.Second}\n";
    let (lines, outline) = outline(text);
    insta::assert_snapshot!(shown(&lines, &outline, 8), @"[K var] x = core.[T Pod]{A: node.Spec.Pod, B: yaml.[T Node], C: klog.[T Level], D: time.[T Second]}");
}

#[test]
fn comments_and_raw_strings_reach_over_lines() {
    let (lines, outline) = outline("a /* b\nc */ d := `e\n\"f` + \"g\" /**/\nh\n");
    let all: Vec<_> = (1..=4).map(|n| shown(&lines, &outline, n)).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    a [C /* b]
    [C c */] d := [S `e]
    [S "f`] + [S "g"] [C /**/]
    h
    "#);
}

#[test]
fn a_slash_behind_a_star_does_not_close_the_comment_that_it_opens() {
    let (lines, outline) = outline("/*/ a\nb */ c\n");
    assert_eq!(shown(&lines, &outline, 1), "[C /*/ a]");
    assert_eq!(shown(&lines, &outline, 2), "[C b */] c");
}

proptest! {
    #[test]
    fn tokens_tile_their_line_and_agree_with_the_outline(
        text in vec(prop_oneof![
            8 => select(b"`\"'/*\\\n .x0e+-[](){}T".to_vec()), 1 => any::<u8>(),
        ], 0..120),
    ) {
        let lines = Lines::new(text);
        let outline = Outline::new(&lines);
        for number in 1..=lines.len() {
            let line = lines.line(number);
            let tokens = outline.tokens(line, outline.state(number));
            let mut start = 0;
            for token in &tokens {
                prop_assert!(token.end > start);
                start = token.end;
            }
            prop_assert_eq!(start, line.len());
            prop_assert!(tokens.windows(2).all(|w| w[0].class != w[1].class));
            let open = match end_state(line, outline.state(number)) {
                State::Code => continue,
                State::Comment => Class::Comment,
                State::Raw => Class::Str,
            };
            let same = outline.state(number) == end_state(line, outline.state(number));
            prop_assert!(line.is_empty() && same || tokens.last().is_some_and(|t| t.class == open));
        }
    }
}
