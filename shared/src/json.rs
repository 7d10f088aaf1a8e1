//! Reads the JSON of shards.
//!
//! All shards have one shape, so a small reader does: the viewer is a third smaller without a
//! general one. What it accepts is what [`crate::shard::encode`] writes, and blanks between.

use crate::{
    codec::{Columns, Strings},
    named::Named,
};

/// Reads `{"strings": […], "texts": {…}, "numbers": {…}}`; `texts` may be left out.
///
/// # Errors
/// The byte where the text is not what it must be.
pub(crate) fn columns(json: &[u8]) -> Result<Columns, usize> {
    let mut reader = Reader { json, at: 0 };
    reader.columns().ok_or(reader.at)
}

struct Reader<'a> {
    json: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn columns(&mut self) -> Option<Columns> {
        let (mut strings, mut texts, mut numbers) = (None, Named::default(), None);
        self.object(|reader, name| {
            match name.as_str() {
                "strings" => strings = Some(reader.list(Self::string)?),
                "texts" => texts = reader.map(|reader| reader.list(Self::string))?,
                "numbers" => numbers = Some(reader.map(|reader| reader.list(Self::number))?),
                _ => return None,
            }
            Some(())
        })?;
        self.blanks();
        let is_end = self.at == self.json.len();
        let strings = Strings::of(strings?)?;
        is_end.then_some(())?;
        Some(Columns::of(strings, texts, numbers?))
    }

    /// An object whose values all have one type.
    fn map<T>(&mut self, value: fn(&mut Self) -> Option<T>) -> Option<Named<T>> {
        let mut map = Named::default();
        self.object(|reader, name| {
            map.push(name, value(reader)?);
            Some(())
        })?;
        Some(map)
    }

    fn object(&mut self, mut member: impl FnMut(&mut Self, String) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            member(self, name)?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.take(b']') {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if !self.take(b',') {
                self.expect(b']')?;
                return Some(items);
            }
        }
    }

    fn number(&mut self) -> Option<i64> {
        let is_negative = self.take(b'-');
        let start = self.at;
        let mut number = 0_i64;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            let digit = i64::from(digit - b'0');
            // Negative numbers reach further by one.
            number = number.checked_mul(10)?.checked_sub(digit)?;
            self.at += 1;
        }
        if self.at == start {
            return None;
        }
        if is_negative { Some(number) } else { number.checked_neg() }
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let rest = self.json.get(self.at..)?;
            let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\'))?;
            bytes.extend_from_slice(rest.get(..plain)?);
            self.at += plain + 1;
            if rest.get(plain) == Some(&b'"') {
                return String::from_utf8(bytes).ok();
            }
            let mut buffer = [0; 4];
            bytes.extend_from_slice(self.escape()?.encode_utf8(&mut buffer).as_bytes());
        }
    }

    /// What stands behind a `\`.
    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.code_point(),
            b'"' | b'\\' | b'/' => char::from(letter),
            _ => return None,
        })
    }

    /// Four hex digits, or two such escapes for one character beyond them.
    fn code_point(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        let second = self.json.get(self.at..)?.starts_with(b"\\u");
        self.at += 2;
        let second = second.then(|| self.hex())?.filter(|low| (0xdc00..0xe000).contains(low))?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.json.get(self.at..self.at.checked_add(4)?)?;
        self.at += 4;
        digits
            .iter()
            .try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Skips blanks and this byte, if it is there.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::codec::StringsBuilder;

    fn any_columns() -> impl Strategy<Value = Columns> {
        let text = prop_oneof!["\\PC{0,8}", "[\"\\\\\u{0}-\u{1f}\u{7f}é\u{1f600}/]{0,6}"];
        let texts = vec(("[a-z]{1,4}", vec(text.clone(), 0..4)), 0..4);
        let numbers = vec(("[a-z]{1,4}", vec(any::<i64>(), 0..6)), 0..4);
        (vec(text, 0..4), texts, numbers).prop_map(|(strings, texts, numbers)| {
            let mut builder = StringsBuilder::default();
            for text in &strings {
                builder.add(text);
            }
            let mut columns = Columns::new(builder.finish());
            for (name, values) in texts {
                columns.put_texts(&name, values);
            }
            for (name, values) in numbers {
                columns.put(&name, values);
            }
            columns
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_writes(expected in any_columns(), pretty in any::<bool>()) {
            let json = if pretty {
                serde_json::to_vec_pretty(&expected).unwrap()
            } else {
                serde_json::to_vec(&expected).unwrap()
            };
            prop_assert_eq!(columns(&json), Ok(expected));
        }

        #[test]
        fn what_it_reads_serde_json_reads_the_same(expected in any_columns(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut json = serde_json::to_vec(&expected).unwrap();
            let at = at.index(json.len());
            json[at] = byte;
            if let Ok(read) = columns(&json) {
                let text: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
                // A raw control character in a string is no JSON, but harmless.
                if !text.is_null() {
                    prop_assert_eq!(serde_json::to_value(&read).unwrap()["strings"].clone(), text["strings"].clone());
                }
            }
            prop_assert!(columns(&json[..at]).is_err());
        }

        #[test]
        fn random_bytes_never_panic(json in vec(any::<u8>(), 0..80)) {
            let _ = columns(&json);
        }
    }

    #[test]
    fn mistakes_name_their_byte() {
        assert_eq!(columns(b"{\"strings\":[\"\"],\"numbers\":{\"a\":[1,x]}}"), Err(34));
        assert_eq!(columns(b"{\"numbers\":{}} x"), Err(15));
        assert!(columns(b"{\"strings\":[\"a\"],\"numbers\":{}}").is_err(), "entry 0 is empty");
        assert!(
            columns(b"{\"strings\":[\"\"],\"numbers\":{\"a\":[9223372036854775808]}}").is_err()
        );
    }
}
