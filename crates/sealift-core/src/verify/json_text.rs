//! JSON text → a canonical form in which equal values are equal bytes.

use super::text_value::Decimal;
use std::collections::BTreeMap;

/// Returns the canonical form of a JSON text (RFC 8259), or `None` when it is not JSON.
///
/// Members are in the order of their names, the last of equal names counts, numbers are compared as
/// decimals, strings by the characters they stand for: the equality of `jsonb` (manual section
/// 8.14). Nothing recurses, so nesting is limited by memory only. A lone surrogate is refused, as
/// `jsonb` refuses it.
pub(super) fn canonical(text: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: std::str::from_utf8(text).ok()?.as_bytes() };
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut value = match reader.begin(&mut open)? {
            Step::Value(value) => value,
            Step::Opened => continue,
        };
        // A finished value goes to its container, which may be finished by that in turn.
        loop {
            let Some(container) = open.last_mut() else {
                reader.spaces();
                return reader.rest.is_empty().then_some(value);
            };
            container.add(value);
            reader.spaces();
            if reader.take(b',') {
                if let Open::Object { name, .. } = container {
                    *name = reader.name()?;
                }
                break;
            }
            if !reader.take(container.closing()) {
                return None;
            }
            value = open.pop()?.close();
        }
    }
}

enum Step {
    Value(Vec<u8>),
    Opened,
}

/// A container that is not closed yet.
enum Open {
    Array(Vec<u8>),
    Object { members: BTreeMap<Vec<u8>, Vec<u8>>, name: Vec<u8> },
}

impl Open {
    fn add(&mut self, value: Vec<u8>) {
        match self {
            Self::Array(items) => {
                if !items.is_empty() {
                    items.push(b',');
                }
                items.extend_from_slice(&value);
            }
            Self::Object { members, name } => {
                members.insert(std::mem::take(name), value);
            }
        }
    }

    fn closing(&self) -> u8 {
        match self {
            Self::Array(_) => b']',
            Self::Object { .. } => b'}',
        }
    }

    fn close(self) -> Vec<u8> {
        match self {
            Self::Array(items) => [b"[".as_slice(), &items, b"]"].concat(),
            Self::Object { members, .. } => {
                let mut out = vec![b'{'];
                for (name, value) in &members {
                    string(name, &mut out);
                    out.push(b':');
                    out.extend_from_slice(value);
                    out.push(b',');
                }
                out.push(b'}');
                out
            }
        }
    }
}

/// Appends a string with its length before it, so that no content can end it.
fn string(content: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(content.len().to_string().as_bytes());
    out.push(b'"');
    out.extend_from_slice(content);
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn spaces(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Reads a scalar or an empty container, or opens a container.
    fn begin(&mut self, open: &mut Vec<Open>) -> Option<Step> {
        self.spaces();
        if self.take(b'[') {
            self.spaces();
            if self.take(b']') {
                return Some(Step::Value(b"[]".to_vec()));
            }
            open.push(Open::Array(Vec::new()));
            return Some(Step::Opened);
        }
        if self.take(b'{') {
            self.spaces();
            if self.take(b'}') {
                return Some(Step::Value(b"{}".to_vec()));
            }
            let name = self.name()?;
            open.push(Open::Object { members: BTreeMap::new(), name });
            return Some(Step::Opened);
        }
        for word in [b"null".as_slice(), b"true", b"false"] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Some(Step::Value(word.to_vec()));
            }
        }
        let mut out = Vec::new();
        if self.take(b'"') {
            string(&self.string()?, &mut out);
        } else {
            self.number()?.write(&mut out);
        }
        Some(Step::Value(out))
    }

    /// Reads `"name" :`.
    fn name(&mut self) -> Option<Vec<u8>> {
        self.spaces();
        let name = if self.take(b'"') { self.string()? } else { return None };
        self.spaces();
        self.take(b':').then_some(name)
    }

    /// Reads `[-]int[.digits][e[±]digits]` without leading zeros.
    fn number(&mut self) -> Option<Decimal> {
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let (text, rest) = self.rest.split_at(self.rest.iter().take_while(is_part).count());
        self.rest = rest;
        let unsigned = text.strip_prefix(b"-").unwrap_or(text);
        let plain = match unsigned {
            [b'0', next, ..] => !next.is_ascii_digit(),
            [first, ..] => first.is_ascii_digit(),
            [] => false,
        };
        let dot = unsigned.iter().position(|byte| *byte == b'.');
        let bare_dot = dot.is_some_and(|at| !unsigned.get(at + 1).is_some_and(u8::is_ascii_digit));
        if plain && !bare_dot { Decimal::parse(text) } else { None }
    }

    /// Reads a string up to its closing quote.
    fn string(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return Some(out),
                b'\\' => self.escape(&mut out)?,
                0..=0x1f => return None,
                other => out.push(*other),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        out.push(match byte {
            b'"' | b'\\' | b'/' => *byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) {
                    self.rest = self.rest.strip_prefix(b"\\u")?;
                    let low = self.hex().filter(|low| (0xdc00..0xe000).contains(low))?;
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                let mut buffer = [0; 4];
                let text = char::from_u32(code)?.encode_utf8(&mut buffer);
                out.extend_from_slice(text.as_bytes());
                return Some(());
            }
            _ => return None,
        });
        Some(())
    }

    fn hex(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use proptest::prelude::*;

    fn equal(a: &str, b: &str) -> bool {
        let (a, b) = (canonical(a.as_bytes()), canonical(b.as_bytes()));
        a.is_some() && a == b
    }

    #[test]
    fn order_spacing_and_spelling_do_not_matter() {
        assert!(equal(r#"{"b":1,"a":[1.0, 2e1]}"#, r#" {"a": [1, 20], "b": 1.00}"#));
        assert!(equal(r#""\u00e9\/\ud83d\ude00""#, "\"é/😀\""));
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        assert!(equal(r#"{"a":1,"a":2}"#, r#"{"a":2}"#));
        assert!(!equal(r#"{"a":2,"a":1}"#, r#"{"a":2}"#));
    }

    #[test]
    fn different_values_stay_different() {
        for (a, b) in [
            ("1", "\"1\""),
            ("[1,2]", "[2,1]"),
            ("[]", "{}"),
            ("[[1],2]", "[[1,2]]"),
            ("null", "false"),
            ("0.1", "0.10000000000000001"),
            (r#"["a","b"]"#, r#"["a\",\"b"]"#),
        ] {
            assert!(!equal(a, b), "{a} {b}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "01", "1.", ".5", "+1", "[1,]", "{\"a\"}", "nul", "'a'", "[1", "1 2", "-"]
        {
            assert_eq!(canonical(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(canonical(br#""\ud800""#), None);
    }

    #[test]
    fn deep_nesting_is_read() {
        let text = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(canonical(text.as_bytes()).is_some());
    }

    proptest! {
        #[test]
        fn agrees_with_another_reader_of_json(text in r#"[\[\]{}:,"ab0-9.eE tn\\-]{0,24}"#) {
            let other: Result<serde_json::Value, _> = serde_json::from_str(&text);
            prop_assert_eq!(canonical(text.as_bytes()).is_some(), other.is_ok());
        }

        #[test]
        fn printing_again_changes_nothing(value in value()) {
            let compact = serde_json::to_string(&value).unwrap();
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert!(equal(&compact, &pretty));
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
