//! Where a file can be read in its repository.

use covatlas_shared::files::Source;

use crate::route::{LineRange, encode_path};

/// The address of the repository for people; `None` unless it starts with `https://`.
pub fn repo_link(source: &Source) -> Option<String> {
    let is_safe = source.url.starts_with("https://")
        && source.url.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&b));
    is_safe.then(|| source.url.trim_end_matches('/').to_owned())
}

/// The address of a file of the repository at the commit that its text was taken from, and of
/// lines of it; `None` when the repository has no address or the file no place in it.
pub fn file_link(source: &Source, repo_path: &str, lines: Option<LineRange>) -> Option<String> {
    let repo = repo_link(source).filter(|_| !repo_path.is_empty())?;
    let commit = encode_path(text_commit(source));
    let path = encode_path(repo_path);
    let (blob, dash) = if is_gitlab(source) { ("-/blob", "-") } else { ("blob", "-L") };
    let anchor = match lines {
        None => String::new(),
        Some(l) if l.first() == l.last() => format!("#L{}", l.first()),
        Some(l) => format!("#L{}{dash}{}", l.first(), l.last()),
    };
    Some(format!("{repo}/{blob}/{commit}/{path}{anchor}"))
}

/// The address of all files of the repository at the commit that texts were taken from.
pub fn tree_link(source: &Source) -> Option<String> {
    let tree = if is_gitlab(source) { "-/tree" } else { "tree" };
    Some(format!("{}/{tree}/{}", repo_link(source)?, encode_path(text_commit(source))))
}

fn is_gitlab(source: &Source) -> bool {
    source.repo.split('/').next().is_some_and(|host| host.contains("gitlab"))
}

/// The commit that the text was taken from.
pub fn text_commit(source: &Source) -> &str {
    if source.text_commit.is_empty() { &source.commit } else { &source.text_commit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(repo: &str, url: &str) -> Source {
        let commit = "c0ffee".to_owned();
        Source { repo: repo.into(), url: url.into(), text_commit: commit.clone(), commit }
    }

    #[test]
    fn lines_are_named_as_the_host_names_them() {
        let github = source("github.com/o/r", "https://github.com/o/r");
        let link = |lines| file_link(&github, "a b/x.go", lines).unwrap();
        assert_eq!(link(None), "https://github.com/o/r/blob/c0ffee/a%20b/x.go");
        assert!(link(Some(LineRange::new(3, 3))).ends_with("#L3"));
        assert!(link(Some(LineRange::new(3, 9))).ends_with("#L3-L9"));
        let gitlab = source("gitlab.com/o/r", "https://gitlab.com/o/r/");
        assert_eq!(
            file_link(&gitlab, "x.go", Some(LineRange::new(3, 9))).unwrap(),
            "https://gitlab.com/o/r/-/blob/c0ffee/x.go#L3-9"
        );
        assert_eq!(tree_link(&gitlab).unwrap(), "https://gitlab.com/o/r/-/tree/c0ffee");
    }

    #[test]
    fn only_https_is_linked() {
        for url in [
            "",
            "http://x.io/o/r",
            "javascript:alert(1)",
            "https://x.io/\"onclick=",
            " https://x.io",
        ] {
            assert_eq!(file_link(&source("x.io/o/r", url), "x.go", None), None, "{url}");
        }
        assert_eq!(file_link(&source("x.io/o/r", "https://x.io/o/r"), "", None), None);
    }
}
