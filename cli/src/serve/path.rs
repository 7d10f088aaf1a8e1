//! From the path of a request to the path of a file in the site.

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A file, by its path below the site's folder; never empty, without `.` and `..`.
    File(String),
    /// The site's own address, with a slash added.
    Redirect(String),
    /// Nothing that a site can have.
    Nothing,
    /// A path that tries to reach out of the site, or is none.
    Refused,
}

/// The prefix as the start of every path: empty, or with a slash before and none after it.
pub(super) fn normal_prefix(prefix: &str) -> String {
    let parts: Vec<_> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { format!("/{}", parts.join("/")) }
}

/// Reads a request's path, still percent-encoded, under a normal prefix.
pub(super) fn target(path: &str, prefix: &str) -> Target {
    let Some(decoded) = percent_decode(path) else { return Target::Refused };
    let hostile = decoded.chars().any(|c| c.is_control() || c == '\\')
        || decoded.split('/').any(|part| matches!(part, "." | ".."));
    if hostile {
        return Target::Refused;
    }
    let Some(below) = decoded.strip_prefix(prefix) else { return Target::Nothing };
    if below.is_empty() {
        return Target::Redirect(format!("{prefix}/"));
    }
    let Some(relative) = below.strip_prefix('/') else { return Target::Nothing };
    let file = match relative.strip_suffix('/') {
        _ if relative.is_empty() => "index.html".to_owned(),
        Some(folder) => format!("{folder}/index.html"),
        None => relative.to_owned(),
    };
    // No file of a site is hidden but .nojekyll, which no page asks for.
    let is_name = |part: &str| !part.is_empty() && !part.starts_with('.');
    if file.split('/').all(is_name) { Target::File(file) } else { Target::Nothing }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let value = digit()?.checked_mul(16)?.checked_add(digit()?)?;
            decoded.push(u8::try_from(value).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str) -> Target {
        Target::File(path.to_owned())
    }

    #[test]
    fn paths_name_files() {
        for (path, found) in [
            ("/", file("index.html")),
            ("/data/a-1.js", file("data/a-1.js")),
            ("/docs/", file("docs/index.html")),
            ("/a%20b.txt", file("a b.txt")),
            ("/%C3%A4.txt", file("ä.txt")),
            ("", Target::Redirect("/".to_owned())),
            ("//a", Target::Nothing),
            ("/a//b", Target::Nothing),
            ("/.git/config", Target::Nothing),
            ("/a/.hidden", Target::Nothing),
        ] {
            assert_eq!(target(path, ""), found, "{path}");
        }
    }

    #[test]
    fn paths_that_reach_out_are_refused() {
        for path in [
            "/..",
            "/../x",
            "/a/../x",
            "/%2e%2e/x",
            "/%2E./x",
            "/a/%2e/x",
            "/..%2fx",
            "/a%00.js",
            "/a%0a.js",
            "/a%5c..%5cx",
            "/a\\x",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/%ff",
        ] {
            assert_eq!(target(path, ""), Target::Refused, "{path}");
        }
        // Decoding happens once: this asks for a file of that very name.
        assert_eq!(target("/a%252e%252e", ""), file("a%2e%2e"));
        assert_eq!(target("/%2fetc/passwd", ""), Target::Nothing);
    }

    #[test]
    fn a_prefix_hides_everything_else() {
        for prefix in ["org/site", "/org/site/", "//org//site"] {
            assert_eq!(normal_prefix(prefix), "/org/site");
        }
        assert_eq!(normal_prefix("/"), "");
        assert_eq!(target("/org/site/a.js", "/org/site"), file("a.js"));
        assert_eq!(target("/org/site", "/org/site"), Target::Redirect("/org/site/".to_owned()));
        assert_eq!(target("/org/sites", "/org/site"), Target::Nothing);
        assert_eq!(target("/a.js", "/org/site"), Target::Nothing);
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_site(path in "/[a./%2eE5cC\\\\]{0,20}|.*") {
            if let Target::File(file) = target(&path, "") {
                prop_assert!(!file.starts_with('/') && !file.contains('\\'));
                prop_assert!(file.split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
            }
        }
    }
}
