//! Just enough of Go's lexical rules to find functions: comments, strings and brackets.
//!
//! See <https://go.dev/ref/spec#Lexical_elements>. Works on any bytes; on text that is not Go it
//! finds fewer functions, which is all its callers need.

/// Most tokens that the signature of a function literal may have.
const MAX_SIGNATURE: usize = 4096;

/// A function or method with a body, declared at the top level of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decl<'a> {
    /// Its name, without the receiver.
    pub name: &'a [u8],
    /// The receiver's type and whether it is a pointer. `None` for functions, and for receivers
    /// with type parameters, which Go leaves out of the name.
    pub receiver: Option<(bool, &'a [u8])>,
    /// Where its body is.
    pub body: Body,
}

/// Where the body of a function is, as byte offsets from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// Its `{`.
    pub brace: usize,
    /// Its first token after the `{` that is no comment; the `}` of an empty body.
    pub first: usize,
}

/// The functions of one file.
#[derive(Debug, Default)]
pub(super) struct Functions<'a> {
    /// In the order of the text, so sorted by `body.brace`.
    pub decls: Vec<Decl<'a>>,
    /// Offsets of every other `func`, in the order of the text: literals and types.
    others: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Literal,
    Op(u8),
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    start: usize,
    text: &'a [u8],
    /// Whether a line ended between the token before and this one.
    on_new_line: bool,
}

impl Token<'_> {
    fn is(&self, op: u8) -> bool {
        self.kind == Kind::Op(op)
    }

    fn is_word(&self, word: &[u8]) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Whether a line end after this token ends a statement.
    fn ends_statement(&self) -> bool {
        match self.kind {
            Kind::Word => !matches!(
                self.text,
                b"func" | b"chan" | b"map" | b"struct" | b"interface" | b"var" | b"type"
            ),
            Kind::Literal => true,
            Kind::Op(op) => matches!(op, b')' | b']' | b'}'),
        }
    }
}

#[derive(Clone)]
struct Lexer<'a> {
    src: &'a [u8],
    pos: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&self, ahead: usize) -> u8 {
        self.src.get(self.pos.saturating_add(ahead)).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.src.get(self.pos..).unwrap_or_default()
    }

    /// Skips blanks and comments; says whether a line ended.
    fn skip_blank(&mut self) -> bool {
        let mut line_ended = false;
        while self.pos < self.src.len() {
            match (self.peek(0), self.peek(1)) {
                (b'\n', _) => {
                    line_ended = true;
                    self.pos += 1;
                }
                (b' ' | b'\t' | b'\r', _) => self.pos += 1,
                (b'/', b'/') => {
                    let rest = self.rest();
                    self.pos += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                }
                (b'/', b'*') => {
                    let inside = self.rest().get(2..).unwrap_or_default();
                    let end = inside.windows(2).position(|w| w == b"*/");
                    let text = inside.get(..end.unwrap_or(inside.len())).unwrap_or_default();
                    line_ended |= text.contains(&b'\n');
                    self.pos = (self.pos + 4 + text.len()).min(self.src.len());
                }
                // A byte order mark, only at the very start.
                (0xef, 0xbb) if self.pos == 0 && self.peek(2) == 0xbf => self.pos = 3,
                _ => break,
            }
        }
        line_ended
    }

    /// Length of the quoted text at the start of `rest`, quotes included.
    fn quoted_len(rest: &[u8], quote: u8) -> usize {
        let mut escaped = false;
        for (at, byte) in rest.iter().enumerate().skip(1) {
            match *byte {
                _ if escaped => escaped = false,
                b'\\' if quote != b'`' => escaped = true,
                // Only raw strings go over a line; anything else is broken text.
                b'\n' if quote != b'`' => return at,
                byte if byte == quote => return at + 1,
                _ => {}
            }
        }
        rest.len()
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let on_new_line = self.skip_blank();
        let start = self.pos;
        let first = *self.src.get(start)?;
        let rest = self.rest();
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        let (kind, len) = match first {
            b'"' | b'\'' | b'`' => (Kind::Literal, Self::quoted_len(rest, first)),
            b if is_word(b) => {
                let len = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
                (if b.is_ascii_digit() { Kind::Literal } else { Kind::Word }, len)
            }
            op => (Kind::Op(op), 1),
        };
        self.pos = start + len;
        Some(Token { kind, start, text: rest.get(..len).unwrap_or_default(), on_new_line })
    }
}

/// Finds the functions of a file, in one pass over its bytes.
pub(super) fn functions(src: &[u8]) -> Functions<'_> {
    let mut lexer = Lexer { src, pos: 0 };
    let mut found = Functions::default();
    let mut depth = 0_usize;
    let mut at_statement = true;
    let mut before: Option<Token<'_>> = None;
    while let Some(token) = lexer.next() {
        at_statement |= token.on_new_line && before.is_none_or(|b| b.ends_statement());
        let mut last = token;
        if token.is_word(b"func") {
            if depth == 0 && at_statement {
                let (decl, end) = declaration(&mut lexer);
                found.decls.extend(decl);
                depth += usize::from(decl.is_some());
                last = end.unwrap_or(token);
            } else {
                found.others.push(token.start);
            }
        }
        match token.kind {
            Kind::Op(b'(' | b'[' | b'{') => depth += 1,
            Kind::Op(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        at_statement = token.is(b';');
        before = Some(last);
    }
    found
}

/// Offset of the first token of the file that is no comment; its length when there is none.
pub(super) fn first_token(src: &[u8]) -> usize {
    Lexer { src, pos: 0 }.next().map_or(src.len(), |token| token.start)
}

impl Functions<'_> {
    /// The body of the function literal whose `func` is at `offset`.
    pub(super) fn literal(&self, src: &[u8], offset: usize) -> Option<Body> {
        self.others.binary_search(&offset).ok()?;
        let mut lexer = Lexer { src, pos: offset + "func".len() };
        let mut budget = MAX_SIGNATURE;
        let open = lexer.next().filter(|token| token.is(b'('))?;
        skip_brackets(&mut lexer, &mut budget)?;
        match after_params(&mut lexer, open, &mut budget) {
            After::Body(body) => Some(body),
            After::Nothing(_) => None,
        }
    }
}

/// Reads a declaration after its `func`, up to and including the `{` of its body.
///
/// Also gives the last token that was read, for the rules about line ends.
fn declaration<'a>(lexer: &mut Lexer<'a>) -> (Option<Decl<'a>>, Option<Token<'a>>) {
    let mut budget = usize::MAX;
    let Some(mut token) = lexer.next() else { return (None, None) };
    let mut receiver = None;
    if token.is(b'(') {
        receiver = read_receiver(lexer);
        let Some(next) = lexer.next() else { return (None, None) };
        token = next;
    }
    let name = token;
    let Some(mut open) = lexer.next() else { return (None, None) };
    if open.is(b'[') {
        let after = skip_brackets(lexer, &mut budget).and_then(|()| lexer.next());
        let Some(after) = after else { return (None, None) };
        open = after;
    }
    if name.kind != Kind::Word || !open.is(b'(') || skip_brackets(lexer, &mut budget).is_none() {
        return (None, Some(open));
    }
    match after_params(lexer, open, &mut budget) {
        After::Body(body) => (Some(Decl { name: name.text, receiver, body }), None),
        After::Nothing(last) => (None, last),
    }
}

/// Reads a receiver after its `(`, up to and including the `)`.
fn read_receiver<'a>(lexer: &mut Lexer<'a>) -> Option<(bool, &'a [u8])> {
    let (mut star, mut plain, mut depth) = (false, true, 1_usize);
    let mut word = None;
    for token in lexer.by_ref() {
        match token.kind {
            Kind::Op(b')') if depth == 1 => break,
            Kind::Op(b'*') => star = true,
            Kind::Word if depth == 1 => word = Some(token.text),
            Kind::Op(b'(' | b'[') => {
                depth += 1;
                plain = false;
            }
            Kind::Op(b')' | b']') => depth -= 1,
            _ => {}
        }
    }
    word.filter(|_| plain).map(|word| (star, word))
}

/// Skips to the bracket that closes the one just read.
fn skip_brackets(lexer: &mut Lexer<'_>, budget: &mut usize) -> Option<()> {
    let mut depth = 1_usize;
    for token in lexer.by_ref() {
        *budget = budget.checked_sub(1)?;
        match token.kind {
            Kind::Op(b'(' | b'[' | b'{') => depth += 1,
            Kind::Op(b')' | b']' | b'}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
    }
    None
}

/// What follows the parameters of a function.
enum After<'a> {
    Body(Body),
    /// No body: a type, or a declaration without one. The last token read.
    Nothing(Option<Token<'a>>),
}

/// Reads results after the `)` of the parameters, up to and including the `{` of a body.
fn after_params<'a>(lexer: &mut Lexer<'a>, open: Token<'a>, budget: &mut usize) -> After<'a> {
    let mut before = Token { kind: Kind::Op(b')'), ..open };
    loop {
        let mut ahead = lexer.clone();
        let Some(token) = ahead.next() else { return After::Nothing(Some(before)) };
        if token.on_new_line && before.ends_statement() {
            return After::Nothing(Some(before));
        }
        let type_body = before.is_word(b"struct") || before.is_word(b"interface");
        let goes_on = match token.kind {
            Kind::Op(b'{') if !type_body => {
                *lexer = ahead;
                let first = lexer.clone().next().map_or(lexer.src.len(), |next| next.start);
                return After::Body(Body { brace: token.start, first });
            }
            Kind::Op(op) => matches!(op, b'{' | b'(' | b'[' | b'*' | b'.' | b'<' | b'-'),
            Kind::Word => true,
            Kind::Literal => false,
        };
        if !goes_on {
            return After::Nothing(Some(before));
        }
        *lexer = ahead;
        before = token;
        if matches!(token.kind, Kind::Op(b'{' | b'(' | b'[')) {
            if skip_brackets(lexer, budget).is_none() {
                return After::Nothing(Some(before));
            }
            before = Token { kind: Kind::Op(b')'), ..token };
        }
        let Some(left) = budget.checked_sub(1) else { return After::Nothing(Some(before)) };
        *budget = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(src: &str) -> Vec<String> {
        let decls = functions(src.as_bytes()).decls;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = |decl: &Decl<'_>| match decl.receiver {
            Some((star, of)) => {
                format!("{}{}.{}", if star { "*" } else { "" }, text(of), text(decl.name))
            }
            None => text(decl.name),
        };
        decls.iter().map(name).collect()
    }

    #[test]
    fn declarations() {
        let src = "package p\n\
            func A() {}\n\
            func (t T) B() { if x { } }\n\
            func (t *T) C(a int, b func() error) (c int, err error) {\n}\n\
            func (*T) D() struct{ a int } { return x }\n\
            func (s *S[K, V]) E() interface {\n M()\n} { }\n\
            func F[T any, U interface{ ~int }](t T) map[string]func(int) []T { }\n\
            func G() func() (int, error) { return nil }\n\
            func extern(a int) int\n\
            func H() <-chan struct{} { }; func I() {}\n";
        let want = ["A", "T.B", "*T.C", "*T.D", "E", "F", "G", "H", "I"];
        assert_eq!(names(src), want);
    }

    #[test]
    fn what_only_looks_like_a_declaration() {
        let src = "package p\n\
            // func A() {}\n/* \nfunc B() {}\n*/\n\
            var s = `\nfunc C() {}\n`\nvar t = \"func D() {}\"\nvar r = '\\''\nvar b = '{'\n\
            var f = func() { }\nvar g =\nfunc() { }\ntype h func() int\n\
            type i struct {\nfunc1 func()\n}\n\
            func ok() {\n}\n";
        assert_eq!(names(src), ["ok"]);
    }

    #[test]
    fn bodies_and_literals() {
        let src = b"package p\nfunc a() { /* c */\n // d\n x()\n}\nvar f = func(int) error { }\ntype t func()\n";
        let found = functions(src);
        let body = found.decls[0].body;
        assert_eq!((src[body.brace], &src[body.first..=body.first]), (b'{', &b"x"[..]));
        let at = |text: &str| String::from_utf8_lossy(src).find(text).unwrap();
        let literal = found.literal(src, at("func(int)")).unwrap();
        assert_eq!((src[literal.brace], src[literal.first]), (b'{', b'}'));
        assert_eq!(found.literal(src, at("func()\n")), None);
        assert_eq!(found.literal(src, at("func a")), None);
    }

    #[test]
    fn broken_text_gives_nothing_and_ends() {
        for src in [
            "",
            "func",
            "func (",
            "func (t T",
            "func A(",
            "func A() {",
            "/*",
            "\"",
            "'",
            "`",
            "}}}func",
        ] {
            functions(src.as_bytes());
        }
        let deep = "func(".repeat(100_000);
        let found = functions(deep.as_bytes());
        assert_eq!(found.literal(deep.as_bytes(), 5), None);
    }
}
