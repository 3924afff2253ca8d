//! `--cast 'TABLE.COLUMN=TYPE [using CONVERSION]'`

use crate::error::{CommandError, CommandResult, usage_error};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;
use sealift_engine::config::Cast;

/// Reads one rule. A name that holds a dot or an equals sign stands in double quotes, doubled inside.
pub(super) fn parse(rule: &str) -> CommandResult<Cast> {
    let (table, rest) = name(rule, '.').ok_or_else(|| malformed(rule))?;
    let (column, rest) = name(rest, '=').ok_or_else(|| malformed(rule))?;
    let (data_type, reading) = split_using(rest);
    let data_type: PgType = data_type.parse().map_err(|error: sealift_core::mapping::PgTypeError| {
        usage_error(format!("--cast {rule}: {error}"))
            .hinted("types: boolean, smallint, integer, bigint, double precision, numeric(p,s), text, varchar(n), bytea, date, time, timestamp, timestamptz, json, jsonb, uuid")
    })?;
    let reading = match reading {
        None => Reading::Plain,
        Some(text) => text
            .parse()
            .map_err(|reason: String| usage_error(format!("--cast {rule}: {reason}")))?,
    };
    Ok(Cast { table, column, data_type, reading })
}

fn malformed(rule: &str) -> CommandError {
    usage_error(format!("--cast {rule}: not of the form TABLE.COLUMN=TYPE"))
        .hinted("for example --cast 'events.at=timestamptz using unix-seconds'")
}

/// Returns the name at the start of `text` and what follows `end`.
pub(super) fn name(text: &str, end: char) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (name, rest) = text.split_once(end)?;
        let name = name.trim();
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after.trim_start().strip_prefix(end)?)),
        }
    }
}

/// Splits `timestamptz using unix-seconds`.
fn split_using(text: &str) -> (&str, Option<&str>) {
    let mut words = text.split_whitespace().rev();
    let last = words.next();
    match (last, words.next()) {
        (Some(last), Some(word)) if word.eq_ignore_ascii_case("using") => {
            let end = text.trim_end().len().saturating_sub(last.len());
            let before = text.get(..end).unwrap_or_default().trim_end();
            let end = before.len().saturating_sub(word.len());
            (before.get(..end).unwrap_or_default().trim(), Some(last))
        }
        _ => (text.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_conversion_are_read() {
        let cast = parse("events.at = timestamp with time zone USING unix-seconds").unwrap();
        assert_eq!((cast.table.as_str(), cast.column.as_str()), ("events", "at"));
        assert_eq!((cast.data_type, cast.reading), (PgType::TimestampTz, Reading::UnixSeconds));
        let cast = parse("*.price=numeric(10,2)").unwrap();
        assert_eq!(
            (cast.data_type, cast.reading),
            (PgType::Numeric(Some((10, 2))), Reading::Plain)
        );
    }

    #[test]
    fn quoted_names_may_hold_anything() {
        let cast = parse(r#""a.b""c"."d=e"=text"#).unwrap();
        assert_eq!((cast.table.as_str(), cast.column.as_str()), (r#"a.b"c"#, "d=e"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (rule, says) in [
            ("events=text", "not of the form"),
            ("events.at", "not of the form"),
            ("events.at=circle", "`circle` is not a type"),
            ("events.at=text using magic", "`magic` is not a conversion"),
        ] {
            let error = parse(rule).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
        }
    }
}
