//! How a registry says what it wants: `WWW-Authenticate`.

use ureq::http::{HeaderMap, header};

/// Longest header that is looked at, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// A way to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token from another server.
    Bearer {
        /// The address of that server.
        realm: String,
        /// What the registry is called there; may be empty.
        service: String,
    },
    /// User and password.
    Basic,
}

impl Challenge {
    /// The best way of those in the headers: tokens before passwords.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::WWW_AUTHENTICATE).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let all: Vec<Self> =
            texts.filter(|text| text.len() <= MAX_HEADER).flat_map(parse).collect();
        let is_bearer = |challenge: &&Self| matches!(challenge, Self::Bearer { .. });
        all.iter().find(is_bearer).or_else(|| all.first()).cloned()
    }
}

/// The ways that one header names: `Scheme key="value",key=value, Scheme …`.
fn parse(text: &str) -> Vec<Challenge> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        let (scheme, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let (params, after) = params(after);
        let param = |name: &str| {
            let found = params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        if scheme.eq_ignore_ascii_case("bearer") {
            let service = param("service").unwrap_or_default();
            found.extend(param("realm").map(|realm| Challenge::Bearer { realm, service }));
        } else if scheme.trim_end_matches(',').eq_ignore_ascii_case("basic") {
            found.push(Challenge::Basic);
        }
        rest = after;
    }
    found
}

/// The parameters at the start of a text, and what follows them.
fn params(text: &str) -> (Vec<(String, String)>, &str) {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches([' ', ',', '\t']);
        let Some((key, after)) = rest.split_once('=') else { return (found, rest) };
        if key.contains(' ') {
            return (found, rest);
        }
        let (value, after) = value(after);
        found.push((key.to_owned(), value));
        rest = after;
    }
}

/// A value, in quotes or not, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;

    fn of(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_str(value).unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn forms_of_the_header() {
        let bearer = |realm: &str, service: &str| {
            Some(Challenge::Bearer { realm: realm.to_owned(), service: service.to_owned() })
        };
        let realm = "https://a/token";
        let table: [(&[&str], _); 11] = [
            (
                &[r#"Bearer realm="https://a/token",service="r",scope="repository:o/r:pull""#],
                bearer(realm, "r"),
            ),
            (&[r#"bearer Realm="https://a/token""#], bearer(realm, "")),
            (&["Bearer realm=https://a/token, service=r"], bearer(realm, "r")),
            (&[r#"Bearer realm="a\"b",service="a,b""#], bearer("a\"b", "a,b")),
            (&[r#"Basic realm="x""#], Some(Challenge::Basic)),
            (&["Basic"], Some(Challenge::Basic)),
            (&[r#"Basic realm="x", Bearer realm="https://a/token""#], bearer(realm, "")),
            (&["Basic realm=x", r#"Bearer realm="https://a/token""#], bearer(realm, "")),
            (&["Negotiate", "Basic realm=x"], Some(Challenge::Basic)),
            (&["Bearer"], None),
            (&[r#"Bearer realm="cut"#], bearer("cut", "")),
        ];
        for (values, want) in table {
            assert_eq!(of(values), want, "{values:?}");
        }
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn any_header_ends() {
        for text in ["=", "==", "\"", "a=b", "Basic =", "Bearer =\"", ", ,", "Bearer  realm"] {
            of(&[text]);
        }
    }
}
