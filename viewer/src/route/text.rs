//! Percent-encoding and the parameters behind `?`.

/// `text` as one segment: everything but letters, digits and `-._~` is percent-encoded.
pub(super) fn encode_segment(text: &str) -> String {
    encode(text, b"")
}

/// `text` as the rest of a path: like a segment, but `/` stays.
pub(crate) fn encode_path(text: &str) -> String {
    encode(text, b"/")
}

fn encode(text: &str, also_plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || also_plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15].map(|n| {
                    char::from_digit(u32::from(n), 16).unwrap_or('0').to_ascii_uppercase()
                }),
            );
        }
    }
    out
}

/// Undoes the encoding. An escape that is none stays as it stands; bytes that are no UTF-8 become
/// replacement characters, which match no name.
pub(super) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(byte);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Parameters in the order in which they were added; a name may occur several times.
#[derive(Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (decode(name), decode(value))).collect())
    }

    /// Adds a parameter unless its value is empty, which is every parameter's default.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Adds one parameter per value, empty values too.
    pub(super) fn add_all(&mut self, name: &str, values: &[String]) {
        self.0.extend(values.iter().map(|v| (name.to_owned(), v.clone())));
    }

    /// The first value of a parameter, empty when there is none.
    pub(super) fn first(&self, name: &str) -> String {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }

    /// `?name=value&…`, empty without parameters.
    pub(super) fn text(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{name}={}", encode(value, b"/:,"));
        let pairs: Vec<String> = self.0.iter().map(pair).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}
