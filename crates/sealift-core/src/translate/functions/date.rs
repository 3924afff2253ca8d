//! Date and time functions (`sqlite.org/lang_datefunc.html`).

mod format;
mod modifier;
mod number;

use crate::convert::Reading;
use crate::mapping::Written;
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
            [format, rest @ ..] => moment(rest).and_then(|at| format::strftime(format, &at)),
            [] => Err(Unsupported::new("strftime() without a format")),
        }
    } else {
        let (arguments, fine) = subsecond(arguments);
        moment(&arguments).and_then(|at| if fine { finely(name, &at) } else { render(name, &at) })
    })
}

/// Returns `CURRENT_TIMESTAMP` and its relatives: text in SQLite.
pub(in crate::translate) fn now(name: &'static str) -> Result<Typed, Unsupported> {
    render(name, &Typed::new(Sql::raw(NOW), Type::Timestamp).stable())
}

fn render(name: &str, at: &Typed) -> Result<Typed, Unsupported> {
    Ok(match name {
        "date" => {
            let text = at.derive("to_char({0}, 'YYYY-MM-DD')", Type::Text).stable();
            text.saying(fill("({0})::date", &[&at.sql]), Type::Date, Written::DAY)
        }
        "time" => at.derive("to_char({0}, 'HH24:MI:SS')", Type::Text).stable(),
        "datetime" => {
            let text = at.derive("to_char({0}, 'YYYY-MM-DD HH24:MI:SS')", Type::Text).stable();
            let second = fill("date_trunc('second', {0})", &[&at.sql]);
            text.saying(second, Type::Timestamp, Written::SQLITE)
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

/// Takes the modifier 'subsec' away, which says how the result is shown.
fn subsecond(arguments: &[Typed]) -> (Vec<Typed>, bool) {
    let is_fine = |(position, argument): (usize, &Typed)| {
        position > 0 && matches!(modifier_text(argument).as_str(), "subsec" | "subsecond")
    };
    let rest = arguments.iter().enumerate().filter(|found| !is_fine(*found));
    let rest: Vec<Typed> = rest.map(|(_, argument)| argument.clone()).collect();
    let fine = rest.len() != arguments.len();
    (rest, fine)
}

/// The same with milliseconds.
fn finely(name: &str, at: &Typed) -> Result<Typed, Unsupported> {
    let seconds = Typed::text("%f")?;
    let with_seconds = |before: &'static str| -> Result<Typed, Unsupported> {
        let start = at.derive(before, Type::Text);
        let end = format::strftime(&seconds, at)?;
        Ok(Typed::made("({0} || {1})", &[&start, &end], Type::Text).stable())
    };
    match name {
        "datetime" => with_seconds("to_char({0}, 'YYYY-MM-DD HH24:MI:')"),
        "time" => with_seconds("to_char({0}, 'HH24:MI:')"),
        "unixepoch" => Ok(at
            .derive(MILLISECONDS, Type::Numeric)
            .derive(
                "((({0})::bigint - 210866760000000)::double precision / 1000.0::double precision)",
                Type::Double,
            )
            .surely_real()),
        _ => render(name, at),
    }
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
    let first = modifiers.first().map(modifier_text).unwrap_or_default();
    let epoch = first == "unixepoch";
    let seconds_column = epoch && value.reading == Reading::UnixSeconds;
    if value.is_time_number() && !seconds_column && value.reading != Reading::JulianDay {
        return Err(Unsupported::new(
            "a date function of a time that SQLite keeps as a number, without 'unixepoch'",
        ));
    }
    let is_number = value.ty.is_number() && !value.is_time_number();
    let mut at = match (value.ty, value.literal_text()) {
        (_, Some(text)) if text.eq_ignore_ascii_case("now") => {
            Typed::new(Sql::raw(NOW), Type::Timestamp).stable()
        }
        (Type::Timestamp, _) => value.clone(),
        (Type::TimestampTz, _) => value.derive("({0} at time zone 'utc')", Type::Timestamp),
        (Type::Date, _) => value.derive("({0})::timestamp", Type::Timestamp),
        (Type::Null, _) => Typed::new(Sql::raw("null::timestamp"), Type::Timestamp),
        _ if is_number => number::of_number(value, &first)?,
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
    let taken = (seconds_column || is_number) && number::UNITS.contains(&first.as_str());
    let rest = if taken { modifiers.get(1..).unwrap_or_default() } else { modifiers };
    // SQLite counts in whole milliseconds as soon as it has something to add.
    if !rest.is_empty() && matches!(value.ty, Type::Timestamp | Type::TimestampTz) {
        let rounded = "date_trunc('milliseconds', {0} + interval '0.0005 s')";
        at = at.derive(rounded, Type::Timestamp);
    }
    for modifier in rest {
        at = match &modifier.amount {
            Some(amount) => modifier::apply_amount(&at, amount)?,
            None => modifier::apply(&at, &modifier_text(modifier))?,
        };
    }
    Ok(at)
}

/// Returns a literal modifier in lower case; an empty text for any other.
fn modifier_text(modifier: &Typed) -> String {
    modifier.literal_text().unwrap_or_default().trim().to_ascii_lowercase()
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
