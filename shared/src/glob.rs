//! Globs as the command line understands them, without the code of a regex engine.
//!
//! The meaning is that of the `globset` crate with its defaults, which `--where` and `--hide` use: a
//! glob matches a whole text, byte by byte, and `*` and `?` match `/` too. A property test holds both
//! against each other.

use std::{iter::Peekable, str::Chars};

/// A glob.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(char),
    /// `?`: any byte.
    Any,
    /// `*`: any bytes.
    Many,
    /// `**/` at the start: nothing, or anything up to a `/`.
    DirsBefore,
    /// `/**` at the end: a `/` and anything.
    DirsAfter,
    /// `/**/`: a `/`, or anything between two.
    DirsBetween,
    /// `[…]`: one of the bytes in these ranges, or one outside of them.
    Class { is_negated: bool, ranges: Vec<(u8, u8)> },
    /// `{…,…}`: one of several globs.
    Either(Vec<Vec<Token>>),
}

impl Glob {
    /// Reads a glob; `None` when it is malformed.
    pub fn parse(glob: &str) -> Option<Self> {
        let chars = glob.chars().peekable();
        let mut parser = Parser { chars, before: None, open: vec![Vec::new()], starts: Vec::new() };
        parser.parse()?;
        let tokens = parser.open.pop()?;
        let is_closed = parser.open.is_empty();
        is_closed.then_some(Self(tokens))
    }

    /// The texts that it matches, sorted, when it is one text or a list of texts without wildcards.
    pub fn literals(&self) -> Option<Vec<String>> {
        let text = |tokens: &[Token]| {
            let char = |token: &Token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            };
            tokens.iter().map(char).collect::<Option<String>>()
        };
        let mut texts = match self.0.as_slice() {
            [Token::Either(branches)] => {
                let branches = branches.iter().filter(|branch| !is_nothing(branch));
                branches.map(|branch| text(branch)).collect::<Option<Vec<_>>>()?
            }
            tokens => vec![text(tokens)?],
        };
        texts.sort_unstable();
        (!texts.is_empty()).then_some(texts)
    }

    /// Whether the glob matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        if self.0 == [Token::DirsBefore] {
            return true;
        }
        let mut ends = vec![false; text.len().saturating_add(1)];
        if let Some(start) = ends.first_mut() {
            *start = true;
        }
        step_all(&self.0, text.as_bytes(), ends).last() == Some(&true)
    }
}

/// For each position of a text whether what was matched so far can end there.
type Ends = Vec<bool>;

fn step_all(tokens: &[Token], text: &[u8], mut ends: Ends) -> Ends {
    for token in tokens {
        // Most texts differ early.
        if !ends.contains(&true) {
            break;
        }
        ends = step(token, text, &ends);
    }
    ends
}

/// Where one more token can end.
fn step(token: &Token, text: &[u8], ends: &Ends) -> Ends {
    let is_end = |at: usize| ends.get(at) == Some(&true);
    let first = || ends.iter().position(|end| *end);
    // The ends that are one byte behind an end, where that byte is right.
    let one = |is_right: &dyn Fn(u8) -> bool| {
        let next = text.iter().enumerate().map(|(at, byte)| is_end(at) && is_right(*byte));
        std::iter::once(false).chain(next).collect()
    };
    let behind_slash =
        |at: usize| at.checked_sub(1).is_some_and(|before| text.get(before) == Some(&b'/'));
    let all = |is_right: &dyn Fn(usize) -> bool| (0..ends.len()).map(is_right).collect();
    match token {
        Token::Char(c) => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            all(&|at| {
                let start = at.checked_sub(bytes.len());
                start.is_some_and(|start| is_end(start) && text.get(start..at) == Some(bytes))
            })
        }
        Token::Any => one(&|_| true),
        Token::Class { is_negated, ranges } => one(&|byte| {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&byte)) != *is_negated
        }),
        Token::Many => {
            let first = first();
            all(&|at| first.is_some_and(|first| first <= at))
        }
        Token::DirsBefore => {
            let first = first();
            all(&|at| is_end(at) || behind_slash(at) && first.is_some_and(|first| first < at))
        }
        Token::DirsAfter | Token::DirsBetween => {
            let slash = one(&|byte| byte == b'/');
            let first = slash.iter().position(|end| *end);
            let is_free = *token == Token::DirsAfter;
            all(&|at| {
                let has_begun = first.is_some_and(|first| first <= at);
                let is_at_slash = slash.get(at) == Some(&true);
                has_begun && (is_free || is_at_slash || first < Some(at) && behind_slash(at))
            })
        }
        Token::Either(branches) => {
            let branches = branches.iter().filter(|branch| !is_nothing(branch));
            let ends_of = |branch: &Vec<Token>| step_all(branch, text, ends.clone());
            let either = |a: Ends, b: Ends| a.iter().zip(b).map(|(a, b)| *a || b).collect();
            branches.map(ends_of).reduce(either).unwrap_or_else(|| ends.clone())
        }
    }
}

/// Whether a branch of `{…}` has nothing in it: such a branch does not count.
fn is_nothing(branch: &[Token]) -> bool {
    branch.iter().all(|token| match token {
        Token::Either(branches) => branches.iter().all(|branch| is_nothing(branch)),
        _ => false,
    })
}

/// Reads a glob character by character.
struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    /// The two characters that were read last, the last one behind.
    before: Option<(Option<char>, char)>,
    /// The tokens of the glob, and of each branch of each `{` that is still open.
    open: Vec<Vec<Token>>,
    /// For each `{` that is still open how many lists were open before it.
    starts: Vec<usize>,
}

/// As many `{` may be open at a time.
const MAX_DEPTH: usize = 100;

impl Parser<'_> {
    fn parse(&mut self) -> Option<()> {
        while let Some(c) = self.next() {
            match c {
                '?' => self.push(Token::Any)?,
                '*' => self.star()?,
                '[' => self.class()?,
                '{' if self.starts.len() < MAX_DEPTH => {
                    self.starts.push(self.open.len());
                    self.open.push(Vec::new());
                }
                '{' => return None,
                '}' => {
                    let start = self.starts.pop()?;
                    let branches = self.open.split_off(start);
                    self.push(Token::Either(branches))?;
                }
                ',' if !self.starts.is_empty() => self.open.push(Vec::new()),
                '\\' => {
                    let escaped = self.next()?;
                    self.push(Token::Char(escaped))?;
                }
                c => self.push(Token::Char(c))?,
            }
        }
        self.starts.is_empty().then_some(())
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.before = Some((self.before.map(|(_, last)| last), c));
        Some(c)
    }

    fn push(&mut self, token: Token) -> Option<()> {
        self.open.last_mut()?.push(token);
        Some(())
    }

    /// Behind a `*`: a second one between separators means directories.
    fn star(&mut self) -> Option<()> {
        let before = self.before.and_then(|(before, _)| before);
        if self.chars.peek() != Some(&'*') {
            return self.push(Token::Many);
        }
        self.next()?;
        let follows = self.chars.peek().copied();
        let is_first = self.open.last()?.is_empty();
        let is_in_branch = !self.starts.is_empty();
        if is_first {
            if follows.is_some_and(|c| c != '/') {
                return self.push(Token::Many);
            }
            self.next();
            return self.push(Token::DirsBefore);
        }
        let is_branch_start = is_in_branch && matches!(before, Some(',' | '{'));
        let is_end = match follows {
            _ if before != Some('/') && !is_branch_start => return self.push(Token::Many),
            None => true,
            Some(',' | '}') if is_in_branch => true,
            Some('/') => false,
            _ => return self.push(Token::Many),
        };
        if !is_end {
            self.next();
        }
        // It takes the place of the `/` before it.
        let token = match self.open.last_mut()?.pop()? {
            dirs @ (Token::DirsBefore | Token::DirsAfter) => dirs,
            _ if is_end => Token::DirsAfter,
            _ => Token::DirsBetween,
        };
        self.push(token)
    }

    /// Behind a `[`.
    fn class(&mut self) -> Option<()> {
        let is_negated = matches!(self.chars.peek(), Some('!' | '^'));
        if is_negated {
            self.next();
        }
        let mut chars: Vec<(char, char)> = Vec::new();
        let (mut is_first, mut is_range) = (true, false);
        loop {
            match self.next()? {
                ']' if !is_first => break,
                '-' if !is_first && !is_range => is_range = true,
                '[' if !is_range && self.chars.peek() == Some(&':') => match self.named() {
                    Some(named) => chars.extend(named),
                    None => chars.push(('[', '[')),
                },
                last if is_range => {
                    let range = chars.last_mut()?;
                    range.1 = last;
                    if range.1 < range.0 {
                        return None;
                    }
                    is_range = false;
                }
                c => chars.push((c, c)),
            }
            is_first = false;
        }
        if is_range {
            chars.push(('-', '-'));
        }
        let ranges = chars.into_iter().flat_map(byte_ranges).collect();
        self.push(Token::Class { is_negated, ranges })
    }

    /// The characters of `[:name:]`, whose `[` was read; nothing is read when it is none.
    fn named(&mut self) -> Option<&'static [(char, char)]> {
        let mut ahead = self.chars.clone();
        ahead.next();
        let mut name = String::new();
        let ranges = loop {
            match ahead.next()? {
                ':' if ahead.peek() == Some(&']') => break named_ranges(&name),
                c if c.is_ascii_lowercase() && name.len() < 8 => name.push(c),
                _ => return None,
            }
        };
        ahead.next();
        // What stood before matters to `**` only, which is not read in here.
        self.chars = ahead;
        ranges
    }
}

/// What a range of characters means byte by byte: the bytes of both ends, and all between the last
/// of the first and the first of the last. Only within ASCII is that what one expects.
fn byte_ranges((first, last): (char, char)) -> Vec<(u8, u8)> {
    let (mut a, mut b) = ([0; 4], [0; 4]);
    let (a, b) = (first.encode_utf8(&mut a).bytes(), last.encode_utf8(&mut b).bytes());
    let mut ranges: Vec<(u8, u8)> = a.map(|byte| (byte, byte)).collect();
    if first != last {
        let mut b = b;
        if let (Some(range), Some(end)) = (ranges.last_mut(), b.next()) {
            range.1 = end;
        }
        ranges.extend(b.map(|byte| (byte, byte)));
    }
    ranges
}

/// The classes of POSIX, in ASCII.
fn named_ranges(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, text: &str) -> bool {
        Glob::parse(glob).unwrap_or_else(|| panic!("{glob} is malformed")).matches(text)
    }

    #[test]
    fn a_glob_matches_the_whole_text() {
        let is =
            [("kube-*", "kube-proxy"), ("e2e-?", "e2e-1"), ("*", ""), ("", ""), ("a/*", "a/b/c")];
        for (glob, text) in is {
            assert!(matches(glob, text), "{glob} {text}");
        }
        for (glob, text) in [("kube-*", "a-kube-proxy"), ("e2e-?", "e2e-"), ("", "a"), ("A", "a")] {
            assert!(!matches(glob, text), "{glob} {text}");
        }
    }

    #[test]
    fn classes_and_branches() {
        assert!(matches("etc[a-d]", "etcd") && !matches("etc[!a-d]", "etcd"));
        assert!(matches("[]-]", "]") && matches("[[:digit:]x]", "7"));
        assert!(matches("{Job,Cron*}", "CronJob") && !matches("{Job,Cron*}", "Pod"));
        assert!(matches(r"\*", "*") && !matches(r"\*", "a"));
    }

    #[test]
    fn two_stars_between_slashes_are_directories() {
        assert!(matches("**/a.go", "a.go") && matches("**/a.go", "x/y/a.go"));
        assert!(matches("x/**/a.go", "x/a.go") && !matches("x/**/a.go", "xa.go"));
        assert!(matches("x/**", "x/y") && !matches("x/**", "x"));
    }

    #[test]
    fn lists_of_texts_are_known_and_only_those() {
        let literals = |glob: &str| Glob::parse(glob).unwrap().literals().unwrap_or_default();
        assert_eq!(literals(r"{b,a\*,}"), ["a*", "b"]);
        assert_eq!(literals(r"x\,y/é"), ["x,y/é"]);
        for glob in ["a*", "{a,b?}", "x{a,b}", "{a,{b,c}}", "{,}", "[a]", "**/a"] {
            assert!(Glob::parse(glob).unwrap().literals().is_none(), "{glob}");
        }
        for glob in [r"{b,a\*,}", "", "ab"] {
            let glob = Glob::parse(glob).unwrap();
            let texts = ["", "a", "a*", "b", "ab", "aa"].iter().filter(|text| glob.matches(text));
            let literals = glob.literals().unwrap();
            assert!(texts.clone().count() > 0 && texts.eq(literals.iter()));
        }
    }

    #[test]
    fn malformed_globs_are_none() {
        for glob in ["[a", "[z-a]", "{a", "a}", r"a\", "[]"] {
            assert!(Glob::parse(glob).is_none(), "{glob}");
        }
        assert!(Glob::parse(&"{".repeat(1_000_000)).is_none());
    }
}
