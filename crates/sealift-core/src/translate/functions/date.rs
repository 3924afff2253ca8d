//! Date and time functions (`sqlite.org/lang_datefunc.html`).

use crate::convert::Reading;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed, fill};

type Call = Option<Result<Typed, Unsupported>>;

/// The clock in UTC: SQLite's 'now'.
const NOW: &str = "(now() at time zone 'utc')";

/// The text of a moment without one: `to_char` is not immutable, since it knows languages.
const MILLISECONDS: &str = "(round(extract(epoch from {0}) * 1000) + 210866760000000)";

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    let known = ["date", "time", "datetime", "julianday", "unixepoch", "strftime"];
    if !known.contains(&name) {
        return None;
    }
    Some(if name == "strftime" {
        match arguments {
            [format, rest @ ..] => moment(rest).and_then(|at| strftime(format, &at)),
            [] => Err(Unsupported::new("strftime() without a format")),
        }
    } else {
        moment(arguments).and_then(|at| render(name, &at))
    })
}

/// Returns `CURRENT_TIMESTAMP` and its relatives: text in SQLite.
pub(in crate::translate) fn now(name: &'static str) -> Result<Typed, Unsupported> {
    render(name, &Typed::new(Sql::raw(NOW), Type::Timestamp).stable())
}

fn render(name: &str, at: &Typed) -> Result<Typed, Unsupported> {
    Ok(match name {
        "date" => {
            let mut text = at.derive("to_char({0}, 'YYYY-MM-DD')", Type::Text).stable();
            text.moment = Some((fill("({0})::date", &[&at.sql]), Type::Date));
            text
        }
        "time" => at.derive("to_char({0}, 'HH24:MI:SS')", Type::Text).stable(),
        "datetime" => {
            let mut text = at.derive("to_char({0}, 'YYYY-MM-DD HH24:MI:SS')", Type::Text).stable();
            text.moment = Some((fill("date_trunc('second', {0})", &[&at.sql]), Type::Timestamp));
            text
        }
        "julianday" => {
            let milliseconds = at.derive(MILLISECONDS, Type::Numeric);
            milliseconds
                .derive("(({0})::double precision / 86400000.0::double precision)", Type::Double)
        }
        "unixepoch" => seconds(at),
        _ => return Err(Unsupported::new("an unknown date function")),
    })
}

/// SQLite keeps milliseconds and cuts them off.
fn seconds(at: &Typed) -> Typed {
    at.derive(MILLISECONDS, Type::Numeric)
        .derive("(div({0}, 1000)::bigint - 210866760000)", Type::BigInt)
}

/// Reads the arguments of a date function: a time value and its modifiers.
fn moment(arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let Some((value, modifiers)) = arguments.split_first() else {
        return Ok(Typed::new(Sql::raw(NOW), Type::Timestamp).stable());
    };
    let epoch = modifiers
        .first()
        .and_then(Typed::literal_text)
        .is_some_and(|text| text.eq_ignore_ascii_case("unixepoch"));
    let seconds_column = epoch && value.reading == Reading::UnixSeconds;
    if value.is_time_number() && !seconds_column && value.reading != Reading::JulianDay {
        return Err(Unsupported::new(
            "a date function of a time that SQLite keeps as a number, without 'unixepoch'",
        ));
    }
    let mut at = match (value.ty, value.literal_text()) {
        (_, Some(text)) if text.eq_ignore_ascii_case("now") => {
            Typed::new(Sql::raw(NOW), Type::Timestamp).stable()
        }
        (Type::Timestamp, _) => value.clone(),
        (Type::TimestampTz, _) => value.derive("({0} at time zone 'utc')", Type::Timestamp),
        (Type::Date, _) => value.derive("({0})::timestamp", Type::Timestamp),
        (Type::Integer | Type::BigInt, _) if epoch => {
            value.derive("(to_timestamp({0}) at time zone 'utc')", Type::Timestamp)
        }
        (Type::Null, _) => Typed::new(Sql::raw("null::timestamp"), Type::Timestamp),
        _ => match value.convert(Type::Timestamp) {
            Ok(at) => at,
            Err(_) => {
                return Err(Unsupported::new(format!(
                    "a date function of a value of type {}, whose form is only known at run time",
                    value.ty.name()
                )));
            }
        },
    };
    let rest = if epoch && (value.ty.is_integer() || seconds_column) {
        modifiers.get(1..)
    } else {
        Some(modifiers)
    };
    for modifier in rest.unwrap_or_default() {
        at = modified(&at, modifier)?;
    }
    Ok(at)
}

fn modified(at: &Typed, modifier: &Typed) -> Result<Typed, Unsupported> {
    let text = modifier.literal_text().unwrap_or_default().trim().to_ascii_lowercase();
    let template = match text.as_str() {
        "start of day" => Some("date_trunc('day', {0})"),
        "start of month" => Some("date_trunc('month', {0})"),
        "start of year" => Some("date_trunc('year', {0})"),
        _ => None,
    };
    if let Some(template) = template {
        return Ok(at.derive(template, Type::Timestamp));
    }
    let refuse =
        || Unsupported::new("a date function with a modifier that is not fixed, or is `localtime`");
    let (count, unit) = text.split_once(' ').ok_or_else(refuse)?;
    let count: i64 = count.trim_start_matches('+').parse().map_err(|_| refuse())?;
    let unit = match unit.trim().trim_end_matches('s') {
        "day" => "days",
        "hour" => "hours",
        "minute" => "mins",
        "second" => "secs",
        "month" => "months",
        "year" => "years",
        _ => return Err(refuse()),
    };
    if count.abs() > 1_000_000 {
        return Err(refuse());
    }
    let interval = Sql::new().literal(&format!("{count} {unit}")).push("::interval");
    // 31 January and a month is 3 March in SQLite, 28 February in PostgreSQL.
    let template = if matches!(unit, "months" | "years") {
        "(date_trunc('month', {0}) + {1} + ({0} - date_trunc('month', {0})))"
    } else {
        "({0} + {1})"
    };
    let mut made = Typed::new(fill(template, &[&at.sql, &interval]), Type::Timestamp);
    made.immutable = at.immutable;
    Ok(made)
}

fn strftime(format: &Typed, at: &Typed) -> Result<Typed, Unsupported> {
    let Some(format) = format.literal_text() else {
        return Err(Unsupported::new("strftime() with a format that is not a literal"));
    };
    let mut parts: Vec<Sql> = Vec::new();
    let mut plain = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            plain.push(character);
            continue;
        }
        let letter = characters.next().unwrap_or(' ');
        if letter == '%' {
            plain.push('%');
            continue;
        }
        let template = conversion(letter)
            .ok_or_else(|| Unsupported::new(format!("strftime() with the conversion %{letter}")))?;
        if !plain.is_empty() {
            parts.push(Sql::new().literal(&plain));
            plain.clear();
        }
        let source = if letter == 's' { seconds(at).sql } else { at.sql.clone() };
        parts.push(fill(template, &[&source]));
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Sql::new().literal(&plain));
    }
    let mut text = Typed::new(Sql::raw("(").join(parts, " || ").push(")"), Type::Text).stable();
    text.moment = match format {
        "%Y-%m-%d" | "%F" => Some((fill("({0})::date", &[&at.sql]), Type::Date)),
        "%Y-%m-%d %H:%M:%S" | "%F %T" => {
            Some((fill("date_trunc('second', {0})", &[&at.sql]), Type::Timestamp))
        }
        "%Y-%m-%d %H:%M" => Some((fill("date_trunc('minute', {0})", &[&at.sql]), Type::Timestamp)),
        _ => None,
    };
    Ok(text)
}

fn conversion(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Y' => "to_char({0}, 'YYYY')",
        'm' => "to_char({0}, 'MM')",
        'd' => "to_char({0}, 'DD')",
        'H' => "to_char({0}, 'HH24')",
        'I' => "to_char({0}, 'HH12')",
        'M' => "to_char({0}, 'MI')",
        'S' => "to_char({0}, 'SS')",
        'j' => "to_char({0}, 'DDD')",
        'F' => "to_char({0}, 'YYYY-MM-DD')",
        'T' => "to_char({0}, 'HH24:MI:SS')",
        'R' => "to_char({0}, 'HH24:MI')",
        'G' => "to_char({0}, 'IYYY')",
        'V' => "to_char({0}, 'IW')",
        'w' => "extract(dow from {0})::integer::text",
        'u' => "extract(isodow from {0})::integer::text",
        's' => "({0})::text",
        _ => return None,
    })
}

/// Returns the moment that a text literal says in ISO 8601: a date, or a date and a time.
pub(in crate::translate) fn literal_moment(text: &str) -> Option<(Sql, Type)> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape == "9999-99-99" && is_date(text) {
        return Some((Sql::new().literal(text).push("::date"), Type::Date));
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let time_shape: String =
        time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let fraction = time_shape.strip_prefix("99:99:99.").is_some_and(|digits| {
        (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte == b'9')
    });
    let known = matches!(time_shape.as_str(), "99:99" | "99:99:99") || fraction;
    let in_range = |from: usize, limit: u32| {
        time.get(from..from + 2).is_none_or(|part| part.parse::<u32>().is_ok_and(|n| n < limit))
    };
    let valid = known && in_range(0, 24) && in_range(3, 60) && in_range(6, 60);
    (valid && date.len() == 10 && is_date(date))
        .then(|| (Sql::new().literal(text).push("::timestamp"), Type::Timestamp))
}

/// A date that exists: PostgreSQL refuses 30 February, SQLite makes it 2 March.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').map(str::parse::<u32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}
