//! A literal as a default.

use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Constant, Type, Typed};

/// A literal, as the column's affinity and the conversion of its cells would make it.
pub(super) fn render(
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
        PgType::Boolean => truth(trimmed).map_or_else(refuse, Ok),
        PgType::SmallInt | PgType::Integer | PgType::BigInt => {
            integer(trimmed, column_type).map_or_else(refuse, Ok)
        }
        // PostgreSQL would round it to what the column takes; SQLite stores it as it is written.
        PgType::Numeric(Some(bounds)) if !within(trimmed, bounds) => {
            Err(Unsupported::new(format!("PostgreSQL would round the default to {column_type}")))
        }
        PgType::Double | PgType::Numeric(_) => number(trimmed, column_type).map_or_else(refuse, Ok),
        PgType::Text => text_default(&text, is_text, None),
        PgType::Varchar(limit) => text_default(&text, is_text, Some(limit)),
        PgType::Bytea if is_text => Ok(Sql::new().bytes(text.as_bytes())),
        PgType::Json | PgType::Jsonb => json(&text, column_type).map_or_else(refuse, Ok),
        PgType::Date | PgType::Timestamp | PgType::TimestampTz if is_text => {
            Ok(Typed::text(&text)?.convert(Type::of(column_type))?.sql)
        }
        PgType::Time if is_text => time(&text).map_or_else(refuse, Ok),
        PgType::Uuid => uuid(&text).map_or_else(refuse, Ok),
        PgType::Bytea | PgType::Date | PgType::Time | PgType::Timestamp | PgType::TimestampTz => {
            refuse()
        }
    }
}

/// PostgreSQL's own spellings of a boolean, which are also those that cells are read by.
fn truth(text: &str) -> Option<Sql> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" | "on" => Some(Sql::raw("true")),
        "0" | "f" | "false" | "n" | "no" | "off" => Some(Sql::raw("false")),
        _ => None,
    }
}

fn integer(text: &str, column_type: PgType) -> Option<Sql> {
    let value = whole_number(text)?;
    let fits = if column_type == PgType::SmallInt {
        i16::try_from(value).is_ok()
    } else {
        column_type == PgType::BigInt || i32::try_from(value).is_ok()
    };
    fits.then(|| Sql::new().int(value))
}

fn number(text: &str, column_type: PgType) -> Option<Sql> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let finite = text.parse::<f64>().is_ok_and(f64::is_finite);
    let suffix = if column_type == PgType::Double { "::double precision" } else { "::numeric" };
    (plain && finite).then(|| Sql::new().literal(text).push(suffix))
}

/// Returns whether a number has no more digits than a `numeric(p,s)`. One with an exponent is taken to
/// have more.
fn within(text: &str, (precision, scale): (u16, u16)) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    has_only(whole)
        && has_only(fraction)
        && fraction.trim_end_matches('0').len() <= usize::from(scale)
        && whole.trim_start_matches('0').len() <= usize::from(precision.saturating_sub(scale))
}

fn json(text: &str, column_type: PgType) -> Option<Sql> {
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    let suffix = if column_type == PgType::Json { "::json" } else { "::jsonb" };
    Some(Sql::new().literal(text).push(suffix))
}

fn time(text: &str) -> Option<Sql> {
    let stamp = format!("2000-01-01 {text}");
    crate::translate::functions::date::literal_moment(&stamp)?;
    Some(Sql::new().literal(text).push("::time"))
}

fn uuid(text: &str) -> Option<Sql> {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let rest_is_dashes = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let shaped = digits == 32 && rest_is_dashes && (text.len() == 32 || text.len() == 36);
    shaped.then(|| Sql::new().literal(text).push("::uuid"))
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
