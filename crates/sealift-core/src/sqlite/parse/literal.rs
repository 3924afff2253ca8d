//! Literal values (`sqlite.org/lang_expr.html`, section 3).

use super::reader::{Reader, required, unquote};
use super::{ParseError, Result};
use crate::ast::{Expr, Literal, Quote};
use syntaqlite_syntax::nodes::{self, LiteralType};

/// The one whole number that fits 64 bits only with its sign.
const MIN_DIGITS: &str = "9223372036854775808";

/// Reads a literal.
pub(super) fn literal(reader: Reader<'_>, node: nodes::Literal<'_>) -> Result<Literal> {
    let text = required(reader.raw(node.node_id().into_inner(), "source")?, "literal")?;
    match node.literal_type() {
        LiteralType::Null => Ok(Literal::Null),
        LiteralType::Integer => whole(text),
        LiteralType::Float => Ok(Literal::Real(text.to_owned())),
        LiteralType::Qnumber => separated(text),
        LiteralType::String => Ok(string(text)),
        LiteralType::Blob => blob(text),
        LiteralType::Current => current(text),
    }
}

/// Returns `-literal` as a literal where the sign makes a whole number fit.
pub(super) fn negated_minimum(operand: &Expr) -> Option<Literal> {
    let Expr::Literal(Literal::Real(digits)) = operand else { return None };
    (digits.trim_start_matches('0') == MIN_DIGITS).then_some(Literal::Integer(i64::MIN))
}

/// Returns `TRUE` or `FALSE` when an unquoted word is one of them.
pub(super) fn boolean(word: &str) -> Option<Literal> {
    if word.eq_ignore_ascii_case("true") {
        Some(Literal::True)
    } else if word.eq_ignore_ascii_case("false") {
        Some(Literal::False)
    } else {
        None
    }
}

fn whole(text: &str) -> Result<Literal> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let Some(digits) = hexadecimal else {
        return Ok(text.parse().map_or_else(|_| Literal::Real(text.to_owned()), Literal::Integer));
    };
    // SQLite reads up to 16 digits as the bits of a signed number and refuses more.
    let bits = u64::from_str_radix(digits, 16)
        .map_err(|_| ParseError::new(format!("hex literal too big: {text}")))?;
    Ok(Literal::Integer(i64::from_ne_bytes(bits.to_ne_bytes())))
}

/// Reads a number with `_` between digits (SQLite 3.46).
fn separated(text: &str) -> Result<Literal> {
    let digits = text.replace('_', "");
    let is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if is_hexadecimal || digits.bytes().all(|byte| byte.is_ascii_digit()) {
        whole(&digits)
    } else {
        Ok(Literal::Real(digits))
    }
}

/// Reads a string. After `DEFAULT` the grammar also calls a bare or quoted name a string, as
/// SQLite does, which still takes a bare `true` for the boolean.
fn string(text: &str) -> Literal {
    let name = unquote(text);
    let word = if name.quote == Quote::None { boolean(&name.text) } else { None };
    word.unwrap_or(Literal::Text(name.text))
}

fn blob(text: &str) -> Result<Literal> {
    let bad = || ParseError::new("malformed blob literal");
    let digits = text
        .strip_prefix(['x', 'X'])
        .and_then(|rest| rest.strip_prefix('\''))
        .and_then(|rest| rest.strip_suffix('\''))
        .ok_or_else(bad)?;
    let nibbles: Vec<u8> = digits
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()))
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    nibbles
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Ok(high << 4 | low),
            _ => Err(bad()),
        })
        .collect::<Result<_>>()
        .map(Literal::Blob)
}

fn current(text: &str) -> Result<Literal> {
    match text.to_ascii_uppercase().as_str() {
        "CURRENT_TIME" => Ok(Literal::CurrentTime),
        "CURRENT_DATE" => Ok(Literal::CurrentDate),
        "CURRENT_TIMESTAMP" => Ok(Literal::CurrentTimestamp),
        other => Err(ParseError::new(format!("unknown literal {other}"))),
    }
}
