//! Go text to syntax colours, line by line.
//!
//! A tokenizer, not a parser: what a name is, is guessed from its neighbours (`f(` is a call,
//! `pkg.Name` with an imported `pkg` is shown as a type). It works on bytes, so that text that is
//! not UTF-8 is coloured too; bytes above 0x7f count as letters.

use covatlas_shared::annotate::Lines;

/// What a piece of a line is coloured as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Class {
    /// Everything that has no colour: names, operators, blanks.
    #[default]
    Plain,
    /// One of Go's 25 keywords.
    Keyword,
    /// A predeclared type, a declared type, or a name of an imported package.
    Type,
    /// A string or a rune.
    Str,
    /// A number, `true`, `false`, `nil` or `iota`.
    Number,
    /// A func that is declared or called.
    Func,
    /// A comment.
    Comment,
}

/// What a line starts within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Code.
    #[default]
    Code,
    /// A `/* … */` comment.
    Comment,
    /// A raw string.
    Raw,
}

/// One piece of a line: it ends before byte `end` of the line and starts where the last one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte behind the token.
    pub end: usize,
    /// Its colour; neighbours differ in it.
    pub class: Class,
}

const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

const TYPES: [&str; 22] = [
    "any",
    "bool",
    "byte",
    "comparable",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

const VALUES: [&str; 4] = ["false", "iota", "nil", "true"];

/// What is known of a whole file before its lines are coloured: the state at the start of each
/// line and the names of its imports.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    states: Vec<State>,
    imports: Vec<Vec<u8>>,
}

impl Outline {
    /// Looks once at every byte of `text`.
    pub fn new(text: &Lines) -> Self {
        let mut state = State::Code;
        let next = |number| {
            let start = state;
            state = end_state(text.line(number), start);
            start
        };
        Self { states: (1..=text.len()).map(next).collect(), imports: imports(text) }
    }

    /// The state at the start of line `number`, counted from 1.
    pub fn state(&self, number: usize) -> State {
        number.checked_sub(1).and_then(|i| self.states.get(i)).copied().unwrap_or_default()
    }

    /// The tokens of a line that starts in `state`; they tile it.
    pub fn tokens(&self, line: &[u8], state: State) -> Vec<Token> {
        let mut lexer = Lexer { line, at: 0, out: Vec::new(), last: Last::default() };
        lexer.run(state, &self.imports);
        lexer.out
    }
}

/// The state behind a line that starts in `state`. Sees strings and comments as the lexer does.
fn end_state(line: &[u8], mut state: State) -> State {
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|r| !r.is_empty()) {
        let (len, next) = match state {
            State::Comment | State::Raw => within(rest, state),
            State::Code => {
                let Some(skip) = rest.iter().position(|b| matches!(b, b'"' | b'\'' | b'`' | b'/'))
                else {
                    return State::Code;
                };
                let rest = rest.get(skip..).unwrap_or_default();
                let (len, next) = match rest {
                    [b'/', b'/', ..] => (rest.len(), State::Code),
                    [b'/', b'*', ..] => (2, State::Comment),
                    [b'`', ..] => (1, State::Raw),
                    [quote @ (b'"' | b'\''), ..] => (quoted(rest, *quote), State::Code),
                    _ => (1, State::Code),
                };
                (skip.saturating_add(len), next)
            }
        };
        at = at.saturating_add(len);
        state = next;
    }
    state
}

/// How far a comment or raw string reaches that `rest` starts within, and the state behind it.
fn within(rest: &[u8], state: State) -> (usize, State) {
    let end = match state {
        State::Comment => rest.windows(2).position(|w| w == b"*/").map(|i| i.saturating_add(2)),
        State::Raw => rest.iter().position(|&b| b == b'`').map(|i| i.saturating_add(1)),
        State::Code => Some(0),
    };
    end.map_or((rest.len(), state), |end| (end, State::Code))
}

/// Bytes of the string or rune at the start of `rest`, which is `quote`; to the end of the line
/// when it is not closed.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (i, &b) in rest.iter().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if b == quote => return i.saturating_add(1),
            _ => {}
        }
    }
    rest.len()
}

/// What stood before a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    /// The keyword `func`.
    Func,
    /// The keyword `type`, `]` or a `*` that makes a pointer type: a type follows.
    Type,
    /// A name of an import.
    Import,
    /// A name of an import and a dot.
    Qualified,
    /// A dot behind something else: a field or method follows.
    Dot,
}

struct Lexer<'a> {
    line: &'a [u8],
    at: usize,
    out: Vec<Token>,
    last: Last,
}

impl Lexer<'_> {
    fn run(&mut self, start: State, imports: &[Vec<u8>]) {
        let mut state = start;
        while let Some(rest) = self.line.get(self.at..).filter(|r| !r.is_empty()) {
            if state != State::Code {
                let class = if state == State::Raw { Class::Str } else { Class::Comment };
                let (len, next) = within(rest, state);
                self.push(len, class);
                state = next;
                continue;
            }
            match *rest {
                [b'/', b'/', ..] => self.push(rest.len(), Class::Comment),
                [b'/', b'*', ..] => {
                    self.push(2, Class::Comment);
                    state = State::Comment;
                }
                [b'`', ..] => {
                    self.push(1, Class::Str);
                    state = State::Raw;
                }
                [quote @ (b'"' | b'\''), ..] => self.push(quoted(rest, quote), Class::Str),
                [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => {
                    self.push(number(rest), Class::Number);
                }
                [b, ..] if is_letter(b) => self.name(rest, imports),
                [b, ..] => self.operator(b, rest),
                [] => return,
            }
        }
    }

    /// Adds a token of `len` bytes (at least one), or lengthens the last one of the same class.
    fn push(&mut self, len: usize, class: Class) {
        self.at = self.at.saturating_add(len.max(1)).min(self.line.len());
        if !matches!(class, Class::Plain | Class::Keyword) {
            self.last = Last::Other;
        }
        match self.out.last_mut() {
            Some(token) if token.class == class => token.end = self.at,
            _ => self.out.push(Token { end: self.at, class }),
        }
    }

    /// A blank or an operator.
    fn operator(&mut self, b: u8, rest: &[u8]) {
        let before = self.at.checked_sub(1).and_then(|i| self.line.get(i)).copied();
        self.last = match b {
            b' ' | b'\t' => match self.last {
                Last::Func | Last::Type if before != Some(b']') => self.last,
                _ => Last::Other,
            },
            b'.' if self.last == Last::Import => Last::Qualified,
            b'.' => Last::Dot,
            b']' => Last::Type,
            // A factor has blanks on both sides or on none; a pointer type only before it.
            b'*' if matches!(before, None | Some(b' ' | b'\t' | b'(' | b'[' | b']' | b'*'))
                && rest.get(1).is_some_and(u8::is_ascii_uppercase) =>
            {
                Last::Type
            }
            _ => Last::Other,
        };
        self.push(1, Class::Plain);
    }

    fn name(&mut self, rest: &[u8], imports: &[Vec<u8>]) {
        let len = rest.iter().position(|&b| !is_letter(b) && !b.is_ascii_digit());
        let (name, behind) = rest.split_at(len.unwrap_or(rest.len()));
        let before = std::mem::take(&mut self.last);
        let class = match name {
            _ if is_word(&KEYWORDS, name) => Class::Keyword,
            _ if before != Last::Dot && is_word(&TYPES, name) => Class::Type,
            _ if before != Last::Dot && is_word(&VALUES, name) => Class::Number,
            _ if before == Last::Func => Class::Func,
            _ if before == Last::Type && behind.first() != Some(&b'.') => Class::Type,
            _ if behind.first() == Some(&b'(') => Class::Func,
            _ if before == Last::Qualified => Class::Type,
            _ if behind.first() == Some(&b'{') => Class::Type,
            _ => Class::Plain,
        };
        self.push(name.len(), class);
        self.last = match (class, name) {
            (Class::Keyword, b"func") => Last::Func,
            (Class::Keyword, b"type") => Last::Type,
            (Class::Plain, _) if before != Last::Dot && imports.iter().any(|i| i == name) => {
                Last::Import
            }
            _ => Last::Other,
        };
    }
}

/// Bytes of the number at the start of `rest`.
fn number(rest: &[u8]) -> usize {
    let mut last = b'0';
    let hex = matches!(rest, [b'0', b'x' | b'X', ..]);
    let end = rest.iter().position(|&b| {
        let sign = matches!(b, b'+' | b'-')
            && matches!((last, hex), (b'e' | b'E', false) | (b'p' | b'P', true));
        last = b;
        !(sign || b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
    });
    end.unwrap_or(rest.len())
}

fn is_letter(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

/// Whether `name` is in `words`, which are sorted.
fn is_word(words: &[&str], name: &[u8]) -> bool {
    words.binary_search_by(|w| w.as_bytes().cmp(name)).is_ok()
}

/// Names of the imported packages, as far as they can be told without the packages: the alias, or
/// the last part of the path that is not a version.
fn imports(text: &Lines) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let mut in_block = false;
    for number in 1..=text.len() {
        let line = text.line(number).trim_ascii();
        let spec = match line {
            b")" if in_block => {
                in_block = false;
                continue;
            }
            b"import (" => {
                in_block = true;
                continue;
            }
            _ if in_block => line,
            _ => match line.strip_prefix(b"import ") {
                Some(spec) => spec,
                None if starts_code(line) => break,
                None => continue,
            },
        };
        if let Some(name) = import_name(spec) {
            names.push(name);
        }
    }
    names
}

/// Whether imports cannot follow `line` any more.
fn starts_code(line: &[u8]) -> bool {
    [&b"func "[..], b"type ", b"var ", b"const "].iter().any(|word| line.starts_with(word))
}

/// The name that an import spec, `"path"` or `alias "path"`, gives to its package.
fn import_name(spec: &[u8]) -> Option<Vec<u8>> {
    let mut parts = spec.splitn(3, |&b| b == b'"');
    let alias = parts.next()?.trim_ascii();
    let path = parts.next()?;
    if !alias.is_empty() {
        return (alias.iter().all(|&b| is_letter(b) || b.is_ascii_digit())).then(|| alias.to_vec());
    }
    let is_version = |part: &[u8]| {
        part.strip_prefix(b"v").is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
    };
    let part = path.rsplit(|&b| b == b'/').find(|part| !is_version(part))?;
    let part = part.split(|&b| b == b'.').next()?;
    let part = part.strip_prefix(b"go-").unwrap_or(part);
    part.rsplit(|&b| b == b'-').next().map(<[u8]>::to_vec)
}

#[cfg(test)]
#[path = "golang_tests.rs"]
mod tests;
