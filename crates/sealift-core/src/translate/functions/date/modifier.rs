//! Modifiers of date functions.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Amount, Type, Typed, fill};

/// Applies one modifier, in lower case.
pub(super) fn apply(at: &Typed, text: &str) -> Result<Typed, Unsupported> {
    let template = match text {
        "start of day" => Some("date_trunc('day', {0})"),
        "start of month" => Some("date_trunc('month', {0})"),
        "start of year" => Some("date_trunc('year', {0})"),
        _ => None,
    };
    if let Some(template) = template {
        return Ok(at.derive(template, Type::Timestamp));
    }
    if matches!(text, "localtime" | "utc") {
        return Err(Unsupported::new(format!(
            "a date function with '{text}', which depends on the machine's time zone"
        )));
    }
    if let Some(day) = text.strip_prefix("weekday ") {
        return weekday(at, day.trim());
    }
    match clock(text).or_else(|| amount(text)) {
        Some(Shift::Milliseconds(milliseconds)) => {
            let interval = Sql::new().literal(&format!("{milliseconds} ms")).push("::interval");
            Ok(shifted("({0} + {1})", at, &interval))
        }
        // 31 January and a month is 3 March in SQLite, 28 February in PostgreSQL.
        Some(Shift::Months(months)) => {
            let interval = Sql::new().literal(&format!("{months} months")).push("::interval");
            let template = "(date_trunc('month', {0}) + {1} + ({0} - date_trunc('month', {0})))";
            Ok(shifted(template, at, &interval))
        }
        None => Err(Unsupported::new("a date function with a modifier that is not fixed")),
    }
}

/// Applies `'+' || number || ' days'`. A second sign, that of the number, is no modifier: NULL.
pub(super) fn apply_amount(at: &Typed, amount: &Amount) -> Result<Typed, Unsupported> {
    let unit = amount.unit.trim().to_ascii_lowercase();
    let is_apart = amount.unit.starts_with(' ');
    let unit = unit.strip_suffix('s').unwrap_or(&unit);
    let (unit, is_months) = match unit {
        "second" => ("1 second", false),
        "minute" => ("1 minute", false),
        "hour" => ("1 hour", false),
        "day" => ("1 day", false),
        "month" => ("1 month", true),
        "year" => ("1 year", true),
        _ => return Err(Unsupported::new("a date function with a modifier that is not fixed")),
    };
    if !is_apart {
        return Err(Unsupported::new("a date function with a modifier that is not fixed"));
    }
    let unit = Typed::new(Sql::new().literal(unit).push("::interval"), Type::Text);
    let template = match amount.sign {
        None => "({0} * {1})",
        Some('-') => "(case when {0} >= 0 then - {0} * {1} end)",
        Some(_) => "(case when {0} >= 0 then {0} * {1} end)",
    };
    let interval = Typed::made(template, &[&amount.number, &unit], Type::Text);
    let template = if is_months {
        "(date_trunc('month', {0}) + {1} + ({0} - date_trunc('month', {0})))"
    } else {
        "({0} + {1})"
    };
    Ok(Typed::made(template, &[at, &interval], Type::Timestamp))
}

enum Shift {
    Milliseconds(i64),
    Months(i64),
}

fn shifted(template: &'static str, at: &Typed, interval: &Sql) -> Typed {
    let mut made = Typed::new(fill(template, &[&at.sql, interval]), Type::Timestamp);
    made.immutable = at.immutable;
    made
}

/// `weekday N`: on to the next such day, or none when it is that day.
fn weekday(at: &Typed, day: &str) -> Result<Typed, Unsupported> {
    let number: Option<i64> = day.parse().ok().filter(|day| (0..7).contains(day));
    let Some(number) = number else {
        return Err(Unsupported::new("a date function with an unknown day of the week"));
    };
    let day = Sql::new().int(number + 7);
    Ok(shifted("({0} + (({1} - extract(dow from {0})::integer) % 7) * interval '1 day')", at, &day))
}

/// `±HH:MM[:SS[.SSS]]`
fn clock(text: &str) -> Option<Shift> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => (1, text),
    };
    let mut parts = rest.split(':');
    let two = |part: Option<&str>, limit: i64| -> Option<i64> {
        let part = part?;
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number| plain && *number < limit)
    };
    let (hours, minutes) = (two(parts.next(), 25)?, two(parts.next(), 60)?);
    let seconds = match parts.next() {
        None => 0,
        Some(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            two(Some(whole), 60)?.checked_mul(1000)?.checked_add(thousandths(fraction)?)?
        }
    };
    let milliseconds = (hours * 60 + minutes) * 60_000 + seconds;
    parts.next().is_none().then_some(Shift::Milliseconds(sign * milliseconds))
}

/// `±N unit`, with a fraction only where the result is exact.
fn amount(text: &str) -> Option<Shift> {
    let (count, unit) = text.split_once(' ')?;
    let (sign, digits) = match count.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => (1, count),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let count: i64 = whole.parse().ok().filter(|count| *count <= 1_000_000)?;
    let thousandths = count.checked_mul(1000)?.checked_add(thousandths(fraction)?)? * sign;
    let unit = unit.trim();
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    match unit {
        "second" => Some(Shift::Milliseconds(thousandths)),
        "minute" => Some(Shift::Milliseconds(thousandths * 60)),
        "hour" => Some(Shift::Milliseconds(thousandths * 3600)),
        "day" => Some(Shift::Milliseconds(thousandths * 86_400)),
        "month" if thousandths % 1000 == 0 => Some(Shift::Months(thousandths / 1000)),
        "year" if thousandths % 1000 == 0 => Some(Shift::Months(thousandths / 1000 * 12)),
        _ => None,
    }
}

/// Reads up to three digits after the point.
fn thousandths(fraction: &str) -> Option<i64> {
    let plain = (1..=3).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    if plain { format!("{fraction:0<3}").parse().ok() } else { None }
}
