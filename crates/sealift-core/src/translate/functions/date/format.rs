//! `strftime()`.

use crate::mapping::Written;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed, fill};

/// Renders a moment by a literal format.
pub(super) fn strftime(format: &Typed, at: &Typed) -> Result<Typed, Unsupported> {
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
        let source = if letter == 's' { super::seconds(at).sql } else { at.sql.clone() };
        parts.push(fill(template, &[&source]));
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Sql::new().literal(&plain));
    }
    let text = Sql::raw("(").join(parts, " || ").push(")");
    let text = Typed::new(text, Type::Text).stable();
    Ok(match said_moment(format, &at.sql) {
        Some((moment, ty, form)) => text.saying(moment, ty, form),
        None => text,
    })
}

/// Returns the moment that the text says, where it does in a form that is read back.
fn said_moment(format: &str, at: &Sql) -> Option<(Sql, Type, Written)> {
    Some(match format {
        "%Y-%m-%d" | "%F" => (fill("({0})::date", &[at]), Type::Date, Written::DAY),
        "%Y-%m-%d %H:%M:%S" | "%F %T" => {
            (fill("date_trunc('second', {0})", &[at]), Type::Timestamp, Written::SQLITE)
        }
        "%Y-%m-%d %H:%M" => {
            (fill("date_trunc('minute', {0})", &[at]), Type::Timestamp, Written::MINUTE)
        }
        "%Y-%m-01" => (fill("(date_trunc('month', {0})::date)", &[at]), Type::Date, Written::DAY),
        _ => return None,
    })
}

fn conversion(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Y' => "to_char({0}, 'YYYY')",
        'm' => "to_char({0}, 'MM')",
        'd' => "to_char({0}, 'DD')",
        'e' => "lpad(to_char({0}, 'FMDD'), 2, ' ')",
        'H' => "to_char({0}, 'HH24')",
        'I' => "to_char({0}, 'HH12')",
        'k' => "lpad(to_char({0}, 'FMHH24'), 2, ' ')",
        'l' => "lpad(to_char({0}, 'FMHH12'), 2, ' ')",
        'M' => "to_char({0}, 'MI')",
        'S' => "to_char({0}, 'SS')",
        // SQLite rounds to milliseconds, but never up to the next minute.
        'f' => {
            "(case when extract(second from {0}) > 59.999 then '59.999' \
             else to_char(date_trunc('milliseconds', {0} + interval '0.0005 s'), 'SS.MS') end)"
        }
        'p' => "to_char({0}, 'AM')",
        'P' => "to_char({0}, 'am')",
        'j' => "to_char({0}, 'DDD')",
        'F' => "to_char({0}, 'YYYY-MM-DD')",
        'T' => "to_char({0}, 'HH24:MI:SS')",
        'R' => "to_char({0}, 'HH24:MI')",
        'G' => "to_char({0}, 'IYYY')",
        'g' => "to_char({0}, 'IY')",
        'V' => "to_char({0}, 'IW')",
        // Weeks counted from the year's first Sunday, or Monday.
        'U' => {
            "lpad(((extract(doy from {0})::integer + 6 - extract(dow from {0})::integer) / 7)\
             ::text, 2, '0')"
        }
        'W' => {
            "lpad(((extract(doy from {0})::integer + 7 - extract(isodow from {0})::integer) / 7)\
             ::text, 2, '0')"
        }
        'w' => "extract(dow from {0})::integer::text",
        'u' => "extract(isodow from {0})::integer::text",
        's' => "({0})::text",
        _ => return None,
    })
}
