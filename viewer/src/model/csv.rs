//! Lines of files for spreadsheets and scripts (RFC 4180).

/// Adds a line of cells.
pub fn push_line(out: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        push_text(out, cell);
    }
    out.push_str("\r\n");
}

/// Adds a text as a cell. One that a spreadsheet would take for a formula gets an apostrophe before it.
fn push_text(out: &mut String, text: &str) {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_quoted = text.contains([',', '"', '\r', '\n']);
    let quote = if is_quoted { "\"" } else { "" };
    out.push_str(quote);
    if is_formula {
        out.push('\'');
    }
    for c in text.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push_str(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, text);
        out
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        assert_eq!(cell("kube-proxy"), "kube-proxy");
        assert_eq!(cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(cell("=HYPERLINK(\"http://x\",1)"), "\"'=HYPERLINK(\"\"http://x\"\",1)\"");
        assert_eq!(["+1", "-x", "@x", "\tx"].map(cell), ["'+1", "'-x", "'@x", "'\tx"]);
        assert_eq!(cell("\rx"), "\"'\rx\"");
    }

    #[test]
    fn lines_end_as_the_format_wants() {
        let mut out = String::new();
        push_line(&mut out, &["a", "", "b,c"]);
        push_line(&mut out, &[]);
        assert_eq!(out, "a,,\"b,c\"\r\n\r\n");
    }
}
