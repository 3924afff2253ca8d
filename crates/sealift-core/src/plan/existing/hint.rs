//! What to type when cells do not fit a column of the target.

use crate::convert::Reading;
use crate::mapping::{ColumnCensus, PgType};

/// Returns what helps cells into a column whose type stands: a conversion where there is one for
/// what the census saw, else mending them.
#[must_use]
pub fn reading_hint(table: &str, column: &str, data_type: PgType, census: &ColumnCensus) -> String {
    match conversion(data_type, census) {
        Some((reading, meaning)) => {
            format!(
                "--cast '{table}.{column}={data_type} using {reading}' {meaning}; or mend those rows in SQLite"
            )
        }
        None => "mend those rows in SQLite, or change the column's type in the target".to_owned(),
    }
}

fn conversion(data_type: PgType, census: &ColumnCensus) -> Option<(Reading, &'static str)> {
    let numbers = census.integers + census.reals;
    let moment = matches!(data_type, PgType::Date | PgType::Timestamp | PgType::TimestampTz);
    let naive = census.text.timestamp + census.text.date;
    if data_type == PgType::TimestampTz && naive > 0 {
        return Some((Reading::NaiveUtc, "takes a time without an offset for UTC"));
    }
    if moment && numbers > 0 {
        return Some((
            Reading::UnixSeconds,
            "takes numbers for seconds since 1970 (unix-millis, unix-micros and julian-day are there too)",
        ));
    }
    if data_type == PgType::Boolean && numbers > 0 && census.integers_not_boolean > 0 {
        return Some((Reading::NonzeroTrue, "takes any number but 0 for true"));
    }
    if !data_type.is_text() && data_type != PgType::Bytea && census.text.empty > 0 {
        return Some((Reading::EmptyNull, "takes an empty text for NULL"));
    }
    if data_type.is_text() && census.text.with_nul > 0 {
        return Some((Reading::StripNul, "drops NUL bytes"));
    }
    if data_type.is_text() && census.text.invalid_utf8 > 0 {
        return Some((
            Reading::Latin1,
            "takes text that is not UTF-8 for Latin-1 (replace-invalid is there too)",
        ));
    }
    None
}
