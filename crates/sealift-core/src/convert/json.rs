//! `json` and `jsonb`: one reader of RFC 8259, and PostgreSQL's own way to print a `jsonb`.
//!
//! Our own reader and not a library's: which texts PostgreSQL's two types take, key order,
//! duplicates and the digits of numbers must all be seen, and a library hides some of them.

use super::decimal::{self, Decimal};
use super::reading::Misfit;

/// The deepest nesting that is read. PostgreSQL's own limit depends on its stack
/// (`max_stack_depth`); at the default of 2 MB it takes several thousand levels.
const MAX_DEPTH: usize = 500;

/// The longest string in a `jsonb`, and the most bytes of one array's or object's members
/// (PostgreSQL source, `JENTRY_OFFLENMASK`). The whole printed text is held to it.
const MAX_JSONB_BYTES: usize = 0x0FFF_FFFF;

/// A JSON value; strings are unescaped, a lone surrogate in three bytes.
#[derive(Debug)]
enum Node<'a> {
    /// `null`, `true` or `false`.
    Word(&'static [u8]),
    Number(&'a [u8]),
    String(Text<'a>),
    Array(Vec<Self>),
    Object(Vec<(Text<'a>, Self)>),
}

type Text<'a> = std::borrow::Cow<'a, [u8]>;

/// A JSON text that was read whole.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: Node<'a>,
    /// An object has a key twice, which `jsonb` would drop.
    pub(crate) has_duplicate_keys: bool,
    /// A number is `-0`, `-0.0` or the like, of which `jsonb` drops the sign.
    pub(crate) has_negative_zero: bool,
    /// `jsonb` takes it: no `\u0000`, no lone surrogate, no number beyond `numeric`.
    pub(crate) fits_jsonb: bool,
}

impl<'a> Document<'a> {
    /// Reads `text`, which is valid UTF-8.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(text, true);
        let root = reader.value(0)?;
        reader.skip_space();
        reader.rest.is_empty().then_some(Self {
            root,
            has_duplicate_keys: reader.duplicates,
            has_negative_zero: reader.negative_zero,
            fits_jsonb: reader.fits_jsonb,
        })
    }

    /// Returns whether `text`, which is valid UTF-8, would be read, without keeping its members.
    pub(crate) fn is_json(text: &[u8]) -> bool {
        let mut reader = Reader::new(text, false);
        let is_value = reader.value(0).is_some();
        reader.skip_space();
        is_value && reader.rest.is_empty()
    }

    /// Returns whether it is an object or an array.
    pub(crate) fn is_container(&self) -> bool {
        matches!(self.root, Node::Array(_) | Node::Object(_))
    }

    /// Appends the text that PostgreSQL prints for the `jsonb`.
    pub(crate) fn write_jsonb(&self, out: &mut Vec<u8>) -> Result<(), Misfit> {
        if !self.fits_jsonb {
            return Err(Misfit::Form);
        }
        let start = out.len();
        write_node(&self.root, out)?;
        if out.len() - start > MAX_JSONB_BYTES {
            return Err(Misfit::TooLarge);
        }
        Ok(())
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Whether arrays and objects keep their members; without, nothing is said about `jsonb`.
    keeps: bool,
    duplicates: bool,
    negative_zero: bool,
    fits_jsonb: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], keeps: bool) -> Self {
        Self { rest: text, keeps, duplicates: false, negative_zero: false, fits_jsonb: true }
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Takes `prefix` off the front.
    fn take(&mut self, prefix: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(prefix)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest.first()? {
            b'n' => self.word(b"null"),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'"' => self.string().map(Node::String),
            b'[' => self.array(depth),
            b'{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Option<Node<'a>> {
        self.take(word)?;
        Some(Node::Word(word))
    }

    fn array(&mut self, depth: usize) -> Option<Node<'a>> {
        self.take(b"[")?;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b"]").is_some() {
            return Some(Node::Array(items));
        }
        loop {
            let item = self.value(depth + 1)?;
            if self.keeps {
                items.push(item);
            }
            self.skip_space();
            if self.take(b",").is_none() {
                self.take(b"]")?;
                return Some(Node::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node<'a>> {
        self.take(b"{")?;
        let mut members = Vec::new();
        self.skip_space();
        if self.take(b"}").is_some() {
            return Some(Node::Object(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.take(b":")?;
            let value = self.value(depth + 1)?;
            if self.keeps {
                members.push((key, value));
            }
            self.skip_space();
            if self.take(b",").is_none() {
                self.take(b"}")?;
                self.duplicates |= has_duplicates(&members);
                return Some(Node::Object(members));
            }
        }
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let all = self.rest;
        if let [b'-', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if let [b'0', _, ..] = self.digits()? {
            return None;
        }
        if let [b'.', rest @ ..] = self.rest {
            self.rest = rest;
            self.digits()?;
        }
        if let [b'e' | b'E', rest @ ..] = self.rest {
            self.rest = match rest {
                [b'+' | b'-', rest @ ..] => rest,
                rest => rest,
            };
            self.digits()?;
        }
        let text = all.get(..all.len() - self.rest.len())?;
        if let [b'-', number @ ..] = text {
            let mantissa = number.iter().take_while(|byte| !matches!(byte, b'e' | b'E'));
            self.negative_zero |= mantissa.into_iter().all(|byte| matches!(byte, b'0' | b'.'));
        }
        // Nothing this short is beyond `numeric`: an exponent of four digits is within its limits.
        self.fits_jsonb &=
            text.len() <= 6 || Decimal::parse(text).is_some_and(|number| number.is_numeric());
        Some(Node::Number(text))
    }

    fn digits(&mut self) -> Option<&'a [u8]> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        (count > 0).then_some(digits)
    }

    fn string(&mut self) -> Option<Text<'a>> {
        self.take(b"\"")?;
        let mut owned: Option<Vec<u8>> = None;
        loop {
            let count = self.rest.iter().take_while(|byte| !is_special(**byte)).count();
            let (plain, rest) = self.rest.split_at_checked(count)?;
            match rest {
                [b'"', tail @ ..] => {
                    self.rest = tail;
                    return Some(match owned {
                        None => Text::Borrowed(plain),
                        Some(mut owned) => {
                            owned.extend_from_slice(plain);
                            Text::Owned(owned)
                        }
                    });
                }
                [b'\\', tail @ ..] => {
                    let buffer = owned.get_or_insert_default();
                    buffer.extend_from_slice(plain);
                    self.rest = tail;
                    self.escape(buffer)?;
                }
                _ => return None,
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let (&kind, rest) = self.rest.split_first()?;
        self.rest = rest;
        out.push(match kind {
            b'"' | b'\\' | b'/' => kind,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(out),
            _ => return None,
        });
        Some(())
    }

    fn unicode(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let unit = self.four_digits()?;
        let mut code = unit;
        if (0xD800..0xDC00).contains(&unit) {
            let before = self.rest;
            let low = self.take(b"\\u").and_then(|()| self.four_digits());
            match low {
                Some(low @ 0xDC00..0xE000) => {
                    code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                }
                // Read again on its own: as an escape, or as what makes the text no JSON.
                Some(_) | None => self.rest = before,
            }
        }
        self.fits_jsonb &= code != 0;
        match char::from_u32(code) {
            Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                self.fits_jsonb = false;
                let byte = |bits: u32, mark: u8| u8::try_from(bits).map(|bits| mark | bits).ok();
                out.push(byte(code >> 12, 0xE0)?);
                out.push(byte((code >> 6) & 0x3F, 0x80)?);
                out.push(byte(code & 0x3F, 0x80)?);
            }
        }
        Some(())
    }

    fn four_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        digits
            .iter()
            .try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
    }
}

/// Returns whether a byte ends a run of plain characters in a string.
fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// `jsonb` sorts keys by length, then by bytes (PostgreSQL source, `lengthCompareJsonbString`).
fn compare_keys(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn has_duplicates(members: &[(Text<'_>, Node<'_>)]) -> bool {
    // Comparing each with each is cheaper than sorting up to about this many, and takes no memory.
    if members.len() <= 12 {
        let mut rest = members;
        while let [(key, _), tail @ ..] = rest {
            if tail.iter().any(|(other, _)| other == key) {
                return true;
            }
            rest = tail;
        }
        return false;
    }
    let mut keys: Vec<&[u8]> = members.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable_by(|a, b| compare_keys(a, b));
    keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b)
}

fn write_node(node: &Node<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match node {
        Node::Word(word) => out.extend_from_slice(word),
        Node::Number(text) => write_number(text, out)?,
        Node::String(text) => write_string(text, out),
        Node::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                write_node(item, out)?;
            }
            out.push(b']');
        }
        Node::Object(members) => write_object(members, out)?,
    }
    Ok(())
}

fn write_object(members: &[(Text<'_>, Node<'_>)], out: &mut Vec<u8>) -> Result<(), Misfit> {
    let mut sorted: Vec<&(Text<'_>, Node<'_>)> = members.iter().collect();
    // A stable sort, so that of equal keys the one written last stays last, and wins.
    sorted.sort_by(|(a, _), (b, _)| compare_keys(a, b));
    out.push(b'{');
    let mut is_first = true;
    let mut rest = sorted.as_slice();
    while let [(key, value), tail @ ..] = rest {
        rest = tail;
        if tail.first().is_some_and(|(next, _)| next == key) {
            continue;
        }
        if !is_first {
            out.extend_from_slice(b", ");
        }
        is_first = false;
        write_string(key, out);
        out.extend_from_slice(b": ");
        write_node(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// `jsonb` keeps a number as `numeric` and prints it as such.
fn write_number(text: &[u8], out: &mut Vec<u8>) -> Result<(), Misfit> {
    // Without an exponent that is the text itself, as JSON has no leading zeros; but for a negative
    // zero, which `numeric` has not.
    if text.iter().all(|byte| !matches!(byte, b'e' | b'E')) {
        let is_zero = text.iter().all(|byte| !matches!(byte, b'1'..=b'9'));
        let shown = text.strip_prefix(b"-").filter(|_| is_zero).unwrap_or(text);
        out.extend_from_slice(shown);
        return Ok(());
    }
    let mut payload = Vec::with_capacity(32);
    Decimal::parse(text).ok_or(Misfit::Form)?.write_numeric(None, &mut payload)?;
    decimal::numeric_text(&payload, out).ok_or(Misfit::Form)
}

/// The escapes of PostgreSQL's `escape_json`.
fn write_string(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0C => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(if byte < 0x10 { b"\\u000" } else { b"\\u001" });
                out.push(HEX.get(usize::from(byte & 0x0F)).copied().unwrap_or(b'0'));
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests;
