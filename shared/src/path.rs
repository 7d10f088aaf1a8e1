//! Paths as Go writes them: with `/` on every system.

/// A path's directory, without the `/` behind it, and its last part.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of which [`split`] gives these parts.
pub fn join(dir: &str, base: &str) -> String {
    if dir.is_empty() { base.to_owned() } else { format!("{dir}/{base}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together_again() {
        for (path, parts) in [("m/a/b.go", ("m/a", "b.go")), ("b.go", ("", "b.go")), ("", ("", ""))]
        {
            assert_eq!(split(path), parts);
            assert_eq!(join(parts.0, parts.1), path);
        }
    }
}
