//! `go.mod` and `go.work`, as far as they say where modules are.
//!
//! The grammar is line based: <https://go.dev/ref/mod#go-mod-file-lexical>.

/// The module path that a `go.mod` declares.
///
/// `None` when it has no `module` line or a broken one.
pub fn module_path(text: &str) -> Option<String> {
    directives(text).find_map(|(verb, args)| match (verb.as_str(), args.as_slice()) {
        ("module", [path]) if is_module_path(path) => Some(path.clone()),
        _ => None,
    })
}

/// The folders that a `go.work` uses, relative to it, with `/` between their parts; `""` is its
/// own folder. Folders outside of the tree are left out.
pub fn work_uses(text: &str) -> Vec<String> {
    let uses = directives(text).filter(|(verb, args)| verb == "use" && args.len() == 1);
    uses.filter_map(|(_, args)| clean_folder(args.first()?)).collect()
}

/// A relative folder without `.` parts; `None` when it leaves the tree.
pub(super) fn clean_folder(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn is_module_path(path: &str) -> bool {
    let known = |c: char| !c.is_control() && !c.is_whitespace() && c != '\\';
    (1..=1024).contains(&path.len())
        && path.chars().all(known)
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// The directives of a file: verb and arguments, those in blocks with the verb of their block.
fn directives(text: &str) -> impl Iterator<Item = (String, Vec<String>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut block: Option<String> = None;
    text.lines().filter_map(move |line| {
        let mut words = words(line)?;
        if words.is_empty() {
            return None;
        }
        if let Some(verb) = &block {
            if words.iter().map(Word::op).eq([Some(')')]) {
                block = None;
                return None;
            }
            return Some((verb.clone(), words.into_iter().map(|w| w.text).collect()));
        }
        let verb = words.remove(0).text;
        match words.last().and_then(Word::op) {
            // `use ()` on one line is an empty block.
            Some(')') => return None,
            Some('(') if words.len() == 1 => {
                block = Some(verb);
                return None;
            }
            _ => {}
        }
        Some((verb, words.into_iter().map(|word| word.text).collect()))
    })
}

struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    /// The bracket this word is.
    fn op(&self) -> Option<char> {
        match self.text.as_str() {
            "(" if !self.quoted => Some('('),
            ")" if !self.quoted => Some(')'),
            _ => None,
        }
    }
}

/// The words of a line without its comment. `None` for a line with a broken string.
fn words(line: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with("//") {
        let (word, len) = match rest.chars().next()? {
            '"' => interpreted(rest)?,
            '`' => {
                let inside = rest.get(1..)?.split_once('`')?.0;
                (Word { text: inside.to_owned(), quoted: true }, inside.len() + 2)
            }
            bracket @ ('(' | ')') => (Word { text: bracket.to_string(), quoted: false }, 1),
            _ => {
                let len = bare_len(rest);
                (Word { text: rest.get(..len)?.to_owned(), quoted: false }, len)
            }
        };
        words.push(word);
        rest = rest.get(len..)?.trim_start();
    }
    Some(words)
}

/// Length of an unquoted word: up to a blank, a bracket, a quote or a comment.
fn bare_len(rest: &str) -> usize {
    let stop = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '`');
    let blank = rest.find(stop).unwrap_or(rest.len());
    rest.find("//").map_or(blank, |comment| blank.min(comment)).max(1)
}

/// A string in double quotes: its value, and its length with the quotes.
fn interpreted(rest: &str) -> Option<(Word, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Word { text, quoted: true }, at + 1)),
            '\\' => text.push(escape(chars.by_ref().map(|(_, c)| c))?),
            c => text.push(c),
        }
    }
    None
}

/// The character of an escape after its backslash, for the escapes that a path can have.
fn escape(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let digits = match chars.next()? {
        c @ ('"' | '\\') => return Some(c),
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let code = (0..digits)
        .try_fold(0_u32, |code, _| Some(code.wrapping_mul(16) + chars.next()?.to_digit(16)?))?;
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_lines() {
        let table = [
            ("module github.com/o/r\n\ngo 1.26\n", Some("github.com/o/r")),
            ("// a comment\nmodule github.com/o/r // Deprecated: x\n", Some("github.com/o/r")),
            ("module \"github.com/o/r\"", Some("github.com/o/r")),
            ("module `github.com/o/r`", Some("github.com/o/r")),
            ("module \"github.com/\\x6f/r\"", Some("github.com/o/r")),
            ("module (\n\tgithub.com/o/r // x\n)\n", Some("github.com/o/r")),
            ("module(\n\t\"github.com/o/r\"\n)\n", Some("github.com/o/r")),
            ("\u{feff}module github.com/o/r/v2\r\n", Some("github.com/o/r/v2")),
            ("go 1.26\nmodule std\n", Some("std")),
            ("module github.com/o/r//x", Some("github.com/o/r")),
            ("require (\n\tmodule v1.0.0\n)\n", None),
            ("require (\n\tmodule github.com/o/r\n)\nmodule m\n", Some("m")),
            ("modules github.com/o/r", None),
            ("module a b", None),
            ("module \"a", None),
            ("module ../x", None),
            ("module a/../b", None),
            ("module", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(module_path(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn use_lines() {
        let text = "go 1.26\n\nuse .\nuse ./a // x\nuse (\n\t// none\n\t./staging/src/k8s.io/api\n\
            \t\"./b c\"\n\t`d/`\n)\nuse ()\nuse ../outside\nuse /abs\nreplace x => ./y\n\
            toolchain go1.26.1\nuse ./last";
        let want = ["", "a", "staging/src/k8s.io/api", "b c", "d", "last"];
        assert_eq!(work_uses(text), want);
    }

    #[test]
    fn folders() {
        assert_eq!(clean_folder("./a/../b//c/.").as_deref(), Some("b/c"));
        assert_eq!(clean_folder("a/../../b"), None);
    }

    proptest::proptest! {
        /// No folder leaves the tree, whatever the file says.
        #[test]
        fn used_folders_stay_inside(text in "(use|module|[a-z.(){}\"`\\\\/ \\n])*") {
            let _ = module_path(&text);
            for folder in work_uses(&text) {
                let plain = folder.split('/').all(|part| part != ".." && part != ".");
                proptest::prop_assert!(plain && !folder.starts_with('/'), "{}", folder);
            }
        }
    }
}
