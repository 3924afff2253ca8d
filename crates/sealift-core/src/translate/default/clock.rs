//! The clock as a default.

use crate::ast::{Expr, Literal, Quote};
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::sqlite::Affinity;
use crate::translate::Unsupported;
use crate::translate::expression::Translator;
use crate::translate::scope::Frame;
use crate::translate::typed::Type;

/// What a default takes from the clock.
pub(super) enum Clock {
    DateTime,
    Date,
    Time,
    UnixSeconds,
    JulianDay,
    /// A date and a time with milliseconds, and whether a `Z` follows.
    Milliseconds(Box<Expr>, Zone),
    /// Any other `strftime()`: only its text is known.
    Text(Box<Expr>),
}

/// Whether a text says its time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// It does not.
    None,
    /// `Z`
    Utc,
}

/// Recognises the ways to say "now".
pub(super) fn recognise(expr: &Expr) -> Option<Result<Clock, Unsupported>> {
    let words = [
        (Literal::CurrentTimestamp, Clock::DateTime),
        (Literal::CurrentDate, Clock::Date),
        (Literal::CurrentTime, Clock::Time),
    ];
    if let Expr::Literal(literal) = expr {
        return words.into_iter().find(|(word, _)| word == literal).map(|(_, clock)| Ok(clock));
    }
    // `CAST(strftime('%s', 'now') AS INTEGER)`
    if let Expr::Cast { operand, type_name } = expr {
        let whole = Affinity::of(Some(type_name), false) == Affinity::Integer;
        let seconds = matches!(recognise(operand), Some(Ok(Clock::UnixSeconds)));
        return (whole && seconds).then_some(Ok(Clock::UnixSeconds));
    }
    let Expr::Function(function) = expr else { return None };
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
            Some("%Y-%m-%d %H:%M:%f" | "%Y-%m-%dT%H:%M:%f" | "%F %H:%M:%f" | "%FT%H:%M:%f") => {
                Clock::Milliseconds(Box::new(expr.clone()), Zone::None)
            }
            Some("%Y-%m-%dT%H:%M:%fZ" | "%Y-%m-%d %H:%M:%fZ" | "%FT%H:%M:%fZ") => {
                Clock::Milliseconds(Box::new(expr.clone()), Zone::Utc)
            }
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
    if let Expr::Literal(Literal::Text(text)) = expr {
        return Some(text);
    }
    // A word in double quotes names no column here, and so is a text.
    let Expr::Column { schema: None, table: None, column } = expr else { return None };
    (column.quote == Quote::Double).then_some(column.text.as_str())
}

pub(super) fn render(
    clock: Clock,
    column_type: PgType,
    reading: Reading,
) -> Result<Sql, Unsupported> {
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
        (PgType::TimestampTz, Clock::Milliseconds(_, zone))
            if zone == Zone::Utc || reading == Reading::NaiveUtc =>
        {
            Ok(Sql::raw("date_trunc('milliseconds', now())"))
        }
        (PgType::Timestamp, Clock::Milliseconds(_, Zone::None)) => {
            Ok(Sql::raw("date_trunc('milliseconds', now() at time zone 'utc')"))
        }
        (PgType::Text | PgType::Varchar(_), Clock::Text(expr) | Clock::Milliseconds(expr, _)) => {
            let value = Translator::new(None).expr(&expr, &Frame::default())?;
            if value.ty == Type::Text { Ok(value.sql) } else { refuse() }
        }
        _ => refuse(),
    }
}
