//! `DEFAULT`.

use super::Unsupported;
use super::expression::Translator;
use super::scope::Frame;
use super::typed::{Constant, Type, Typed};
use crate::ast::{Expr, Function, Literal, Name, Quote};
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::sqlite::Affinity;

/// Translates a `DEFAULT` for a column of `column_type` whose cells are read by `reading`.
///
/// Returns `None` for `DEFAULT NULL`, which says nothing.
///
/// # Errors
/// With the reason, when the value is not of the column's type or cannot be made in PostgreSQL.
pub fn default(
    expr: &Expr,
    column_type: PgType,
    reading: Reading,
) -> Result<Option<Sql>, Unsupported> {
    if let Some(clock) = clock(expr) {
        return clock_default(clock?, column_type, reading).map(Some);
    }
    if let Some(bytes) = random_hex(expr) {
        return random_default(bytes, column_type).map(Some);
    }
    // A bare word is a text here, as it names no column.
    let value = match expr {
        Expr::Column { schema: None, table: None, column } => Typed::text(&column.text)?,
        _ => Translator::new(None).expr(expr, &Frame::default())?,
    };
    if value.ty == Type::Null {
        return Ok(None);
    }
    match &value.constant {
        Some(constant) => literal_default(constant, column_type, reading).map(Some),
        None => {
            let wanted = Type::of(column_type);
            if value.ty == wanted || (value.ty.is_integer() && wanted.is_integer()) {
                Ok(Some(value.sql))
            } else {
                Ok(Some(value.convert(wanted)?.sql))
            }
        }
    }
}

/// A literal, as the column's affinity and the conversion of its cells would make it.
fn literal_default(
    constant: &Constant,
    column_type: PgType,
    reading: Reading,
) -> Result<Sql, Unsupported> {
    let refuse =
        || Err(Unsupported::new(format!("the default is not a value of the type {column_type}")));
    if reading != Reading::Plain
        && matches!(column_type, PgType::Date | PgType::Timestamp | PgType::TimestampTz)
        && reading != Reading::NaiveUtc
        && reading != Reading::EmptyNull
    {
        return Err(Unsupported::new("a number as the default of a column that became a time"));
    }
    let text = match constant {
        Constant::Integer(value) => value.to_string(),
        Constant::Real(text) | Constant::Text(text) => text.clone(),
        Constant::Truth(value) => i64::from(*value).to_string(),
        Constant::Blob(bytes) => {
            return if column_type == PgType::Bytea {
                Ok(Sql::new().bytes(bytes))
            } else {
                refuse()
            };
        }
    };
    if text.is_empty() && reading == Reading::EmptyNull {
        return Ok(Sql::raw("null"));
    }
    let is_text = matches!(constant, Constant::Text(_));
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    match column_type {
        PgType::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "y" | "yes" | "on" => Ok(Sql::raw("true")),
            "0" | "f" | "false" | "n" | "no" | "off" => Ok(Sql::raw("false")),
            _ => refuse(),
        },
        PgType::SmallInt | PgType::Integer | PgType::BigInt => {
            let Some(value) = whole_number(trimmed) else { return refuse() };
            let fits = match column_type {
                PgType::SmallInt => i16::try_from(value).is_ok(),
                PgType::Integer => i32::try_from(value).is_ok(),
                _ => true,
            };
            if fits { Ok(Sql::new().int(value)) } else { refuse() }
        }
        PgType::Double | PgType::Numeric(_) => {
            let plain = trimmed.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            match trimmed.parse::<f64>() {
                Ok(value) if plain && value.is_finite() => {
                    let suffix = if column_type == PgType::Double {
                        "::double precision"
                    } else {
                        "::numeric"
                    };
                    Ok(Sql::new().literal(trimmed).push(suffix))
                }
                _ => refuse(),
            }
        }
        PgType::Text => text_default(&text, is_text, None),
        PgType::Varchar(limit) => text_default(&text, is_text, Some(limit)),
        PgType::Bytea if is_text => Ok(Sql::new().bytes(text.as_bytes())),
        PgType::Json | PgType::Jsonb => {
            if serde_json::from_str::<serde_json::Value>(&text).is_err() {
                return refuse();
            }
            let suffix = if column_type == PgType::Json { "::json" } else { "::jsonb" };
            Ok(Sql::new().literal(&text).push(suffix))
        }
        PgType::Date | PgType::Timestamp | PgType::TimestampTz if is_text => {
            Ok(Typed::text(&text)?.convert(Type::of(column_type))?.sql)
        }
        PgType::Time if is_text => {
            let shape: String =
                text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            let stamp = format!("2000-01-01 {text}");
            match super::functions::date::literal_moment(&stamp) {
                Some(_) if shape.starts_with("99:99") => {
                    Ok(Sql::new().literal(&text).push("::time"))
                }
                _ => refuse(),
            }
        }
        PgType::Uuid => {
            let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
            let rest_is_dashes = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
            if digits == 32 && rest_is_dashes && (text.len() == 32 || text.len() == 36) {
                Ok(Sql::new().literal(&text).push("::uuid"))
            } else {
                refuse()
            }
        }
        PgType::Bytea | PgType::Date | PgType::Time | PgType::Timestamp | PgType::TimestampTz => {
            refuse()
        }
    }
}

fn text_default(text: &str, is_text: bool, limit: Option<u32>) -> Result<Sql, Unsupported> {
    if !is_text && text.parse::<i64>().is_err() {
        return Err(Unsupported::new("a number with a fraction as the default of a text column"));
    }
    let too_long = limit.is_some_and(|limit| {
        usize::try_from(limit).is_ok_and(|limit| text.chars().count() > limit)
    });
    if too_long {
        return Err(Unsupported::new("the default is longer than its column"));
    }
    Ok(Sql::new().literal(text))
}

/// Returns a text as the whole number that INTEGER affinity would make of it.
fn whole_number(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse::<i64>() {
        return Some(value);
    }
    let (whole, fraction) = text.split_once('.')?;
    let zeros = fraction.bytes().all(|byte| byte == b'0');
    if zeros { whole.parse().ok() } else { None }
}

/// What a default takes from the clock.
enum Clock {
    DateTime,
    Date,
    Time,
    UnixSeconds,
    JulianDay,
    /// Any other `strftime()`: only its text is known.
    Text(Box<Expr>),
}

/// Recognises the ways to say "now".
fn clock(expr: &Expr) -> Option<Result<Clock, Unsupported>> {
    let function = match expr {
        Expr::Literal(Literal::CurrentTimestamp) => return Some(Ok(Clock::DateTime)),
        Expr::Literal(Literal::CurrentDate) => return Some(Ok(Clock::Date)),
        Expr::Literal(Literal::CurrentTime) => return Some(Ok(Clock::Time)),
        // `CAST(strftime('%s', 'now') AS INTEGER)`
        Expr::Cast { operand, type_name }
            if Affinity::of(Some(type_name), false) == Affinity::Integer =>
        {
            return match clock(operand) {
                Some(Ok(Clock::UnixSeconds)) => Some(Ok(Clock::UnixSeconds)),
                _ => None,
            };
        }
        Expr::Function(function) => function,
        _ => return None,
    };
    let texts: Vec<Option<&str>> = function.arguments.iter().map(text_of).collect();
    let local = texts.iter().any(|text| {
        text.is_some_and(|text| {
            text.eq_ignore_ascii_case("localtime") || text.eq_ignore_ascii_case("utc")
        })
    });
    let name = function.name.text.to_ascii_lowercase();
    let known = ["datetime", "date", "time", "unixepoch", "julianday", "strftime"];
    if !known.contains(&name.as_str()) {
        return None;
    }
    if local {
        return Some(Err(Unsupported::new(
            "the default is in the local time of the machine that writes",
        )));
    }
    let now = |text: Option<&Option<&str>>| {
        text.is_none_or(|text| text.is_some_and(|text| text.eq_ignore_ascii_case("now")))
    };
    if name == "strftime" {
        if !(now(texts.get(1)) && texts.len() <= 2) {
            return None;
        }
        return Some(Ok(match texts.first().copied().flatten() {
            Some("%Y-%m-%d %H:%M:%S" | "%F %T") => Clock::DateTime,
            Some("%Y-%m-%d" | "%F") => Clock::Date,
            Some("%H:%M:%S" | "%T") => Clock::Time,
            Some("%s") => Clock::UnixSeconds,
            _ => Clock::Text(Box::new(expr.clone())),
        }));
    }
    if !(now(texts.first()) && texts.len() <= 1) {
        return None;
    }
    Some(Ok(match name.as_str() {
        "datetime" => Clock::DateTime,
        "date" => Clock::Date,
        "time" => Clock::Time,
        "unixepoch" => Clock::UnixSeconds,
        _ => Clock::JulianDay,
    }))
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(Literal::Text(text)) => Some(text),
        Expr::Column { schema: None, table: None, column: Name { text, quote: Quote::Double } } => {
            Some(text)
        }
        _ => None,
    }
}

fn clock_default(clock: Clock, column_type: PgType, reading: Reading) -> Result<Sql, Unsupported> {
    let refuse = || {
        Err(Unsupported::new(format!(
            "the default takes another form from the clock than the type {column_type} has"
        )))
    };
    let seconds = Sql::raw("floor(extract(epoch from now()))::bigint");
    match (column_type, clock) {
        // The very number that the application would have written is read back as a moment.
        (PgType::TimestampTz, Clock::UnixSeconds) if reading == Reading::UnixSeconds => {
            Ok(Sql::raw("date_trunc('second', now())"))
        }
        (PgType::Timestamp, Clock::UnixSeconds) if reading == Reading::UnixSeconds => {
            Ok(Sql::raw("date_trunc('second', now() at time zone 'utc')"))
        }
        (PgType::TimestampTz, Clock::DateTime) => Ok(Sql::raw("date_trunc('second', now())")),
        (PgType::Timestamp, Clock::DateTime) => {
            Ok(Sql::raw("date_trunc('second', now() at time zone 'utc')"))
        }
        (PgType::Date, Clock::Date) => Ok(Sql::raw("((now() at time zone 'utc')::date)")),
        (PgType::Timestamp, Clock::Date) => {
            Ok(Sql::raw("date_trunc('day', now() at time zone 'utc')"))
        }
        (PgType::Time, Clock::Time) => {
            Ok(Sql::raw("(date_trunc('second', now() at time zone 'utc')::time)"))
        }
        (PgType::BigInt | PgType::Integer, Clock::UnixSeconds) => Ok(seconds),
        (PgType::Text | PgType::Varchar(_), Clock::UnixSeconds) => {
            Ok(Sql::raw("(").sql(&seconds).push("::text)"))
        }
        (PgType::Text | PgType::Varchar(_), Clock::DateTime) => {
            Ok(Sql::raw("to_char(now() at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS')"))
        }
        (PgType::Text | PgType::Varchar(_), Clock::Date) => {
            Ok(Sql::raw("to_char(now() at time zone 'utc', 'YYYY-MM-DD')"))
        }
        (PgType::Text | PgType::Varchar(_), Clock::Time) => {
            Ok(Sql::raw("to_char(now() at time zone 'utc', 'HH24:MI:SS')"))
        }
        (PgType::Double, Clock::JulianDay) => {
            Ok(Sql::raw("((extract(epoch from now()) / 86400 + 2440587.5)::double precision)"))
        }
        (PgType::Text | PgType::Varchar(_), Clock::Text(expr)) => {
            let value = Translator::new(None).expr(&expr, &Frame::default())?;
            if value.ty == Type::Text { Ok(value.sql) } else { refuse() }
        }
        _ => refuse(),
    }
}

/// Recognises `hex(randomblob(n))`, perhaps inside `lower()`; returns n and whether it is lower.
fn random_hex(expr: &Expr) -> Option<(i64, bool)> {
    let call = |expr: &Expr, name: &str| -> Option<Expr> {
        let Expr::Function(function) = expr else { return None };
        let Function { name: found, arguments, .. } = function.as_ref();
        match arguments.as_slice() {
            [argument] if found.is(name) => Some(argument.clone()),
            _ => None,
        }
    };
    let (inner, lower) = match call(expr, "lower") {
        Some(inner) => (inner, true),
        None => (expr.clone(), false),
    };
    let blob = call(&inner, "hex")?;
    match call(&blob, "randomblob")? {
        Expr::Literal(Literal::Integer(bytes)) => Some((bytes, lower)),
        _ => None,
    }
}

/// An unpredictable hexadecimal text of 16 bytes. PostgreSQL has no random bytes without an
/// extension; the SHA-256 of two random UUIDs (244 random bits) cannot be told from them.
fn random_default((bytes, lower): (i64, bool), column_type: PgType) -> Result<Sql, Unsupported> {
    let digits = bytes.checked_mul(2).filter(|digits| (2..=64).contains(digits));
    let Some(digits) = digits else {
        return Err(Unsupported::new("more random bytes than PostgreSQL can make by itself"));
    };
    let fits = match column_type {
        PgType::Text => true,
        PgType::Varchar(limit) => digits <= i64::from(limit),
        PgType::Uuid if bytes == 16 => return Ok(Sql::raw("gen_random_uuid()")),
        _ => false,
    };
    if !fits {
        return Err(Unsupported::new(format!(
            "random hexadecimal text as the default of a column of type {column_type}"
        )));
    }
    let hex = Sql::raw(
        "left(encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex'), ",
    )
    .int(digits)
    .push(")");
    Ok(if lower { hex } else { Sql::raw("upper(").sql(&hex).push(")") })
}
