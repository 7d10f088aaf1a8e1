//! A line cut into pieces that look the same from start to end.

use std::ops::Range;

use super::{
    golang::{Class, Token},
    source_find::Match,
    source_text::display,
};

/// What the bytes of a piece did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// Not told apart from the rest of the line.
    #[default]
    None,
    /// They ran; only on lines that ran partly.
    Ran,
    /// They never ran; only on lines that ran partly.
    Never,
}

/// A piece of a line that looks the same from start to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// What is shown: invalid UTF-8 is replaced, control characters are made visible.
    pub text: String,
    /// The bytes of the line that it shows.
    pub n_bytes: usize,
    /// The syntax colour.
    pub class: Class,
    /// What the bytes did.
    pub tint: Tint,
    /// Whether the piece is (part of) something that the reader looks for.
    pub is_match: bool,
}

/// Three ways to cut a line, to be laid over each other.
pub(super) struct Pieces<'a> {
    pub(super) line: &'a [u8],
    pub(super) tokens: Vec<Token>,
    pub(super) spans: Vec<(Range<usize>, Tint)>,
    pub(super) matches: &'a [Match],
}

impl Pieces<'_> {
    /// The pieces. Behind `limit` of them there is no syntax, behind four times as many nothing is
    /// told apart.
    pub(super) fn runs(&self, limit: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut at = 0;
        let (mut tokens, mut spans, mut matches) =
            (self.tokens.as_slice(), self.spans.as_slice(), self.matches);
        for n in 0..limit.saturating_mul(4) {
            let Some(rest) = self.rest(at) else { return runs };
            drop_while(&mut tokens, |t| t.end <= at);
            drop_while(&mut spans, |(range, _)| range.end <= at);
            drop_while(&mut matches, |m| m.bytes.end <= at);
            let mut end = self.line.len();
            let token = tokens.first().filter(|_| n < limit);
            let class = token.map_or(Class::Plain, |token| {
                end = end.min(token.end);
                token.class
            });
            let span = spans.first().filter(|(range, _)| cut(range, at, &mut end));
            let tint = span.map_or(Tint::None, |(_, tint)| *tint);
            let is_match = matches.first().is_some_and(|m| cut(&m.bytes, at, &mut end));
            let bytes = rest.get(..end.saturating_sub(at)).unwrap_or(rest);
            runs.push(Run { class, tint, is_match, ..Run::plain(bytes) });
            at = end;
        }
        runs.extend(self.rest(at).map(Run::plain));
        runs
    }

    /// What is left of the line.
    fn rest(&self, at: usize) -> Option<&[u8]> {
        self.line.get(at..).filter(|rest| !rest.is_empty())
    }
}

impl Run {
    fn plain(bytes: &[u8]) -> Self {
        Self { text: display(bytes), n_bytes: bytes.len(), ..Self::default() }
    }
}

/// Removes the items at the start that are `done`.
fn drop_while<T>(items: &mut &[T], done: impl Fn(&T) -> bool) {
    while let [first, rest @ ..] = *items
        && done(first)
    {
        *items = rest;
    }
}

/// Whether `at` lies in `range`; moves `end` to where that changes.
fn cut(range: &Range<usize>, at: usize, end: &mut usize) -> bool {
    let is_inside = range.start <= at;
    *end = (*end).min(if is_inside { range.end } else { range.start });
    is_inside
}
