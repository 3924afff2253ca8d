//! What to type when cells do not fit a column of the target.

use crate::convert::Reading;
use crate::mapping::{ColumnCensus, PgType};

/// Returns what helps cells into a column whose type stands: a conversion where there is one for
/// what the census saw, else mending them.
#[must_use]
pub fn reading_hint(table: &str, column: &str, data_type: PgType, census: &ColumnCensus) -> String {
    match conversion(data_type, census) {
        Some((Reading::NaiveUtc, meaning)) => {
            format!(
                "--cast '{table}.{column}={data_type} using naive-utc' {meaning}, and '*.*={data_type} using naive-utc' does so in every such column"
            )
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::TextCensus;

    fn of_texts(text: TextCensus) -> ColumnCensus {
        ColumnCensus { texts: 1, text, ..ColumnCensus::default() }
    }

    #[test]
    fn the_conversion_that_takes_the_cells_is_named_as_it_is_typed() {
        let naive = of_texts(TextCensus { timestamp: 1, ..TextCensus::default() });
        let hint = reading_hint("t", "c", PgType::TimestampTz, &naive);
        assert!(hint.starts_with("--cast 't.c=timestamptz using naive-utc' takes"), "{hint}");
        let empty = of_texts(TextCensus { empty: 1, ..TextCensus::default() });
        let hint = reading_hint("t", "c", PgType::Integer, &empty);
        assert!(hint.starts_with("--cast 't.c=integer using empty-null' takes"), "{hint}");
        let numbers = ColumnCensus { reals: 1, ..ColumnCensus::default() };
        assert!(reading_hint("t", "c", PgType::Date, &numbers).contains("unix-seconds"));
    }

    #[test]
    fn where_no_conversion_helps_the_rows_are_to_be_mended() {
        let words = of_texts(TextCensus::default());
        let hint = reading_hint("t", "c", PgType::Integer, &words);
        assert_eq!(hint, "mend those rows in SQLite, or change the column's type in the target");
    }

    #[test]
    fn every_conversion_that_is_named_exists_for_its_type() {
        let everything = ColumnCensus {
            integers: 1,
            integers_not_boolean: 1,
            texts: 5,
            text: TextCensus {
                empty: 1,
                timestamp: 1,
                with_nul: 1,
                invalid_utf8: 1,
                ..TextCensus::default()
            },
            ..ColumnCensus::default()
        };
        for data_type in [
            PgType::Boolean,
            PgType::BigInt,
            PgType::Text,
            PgType::Date,
            PgType::Timestamp,
            PgType::TimestampTz,
            PgType::Jsonb,
        ] {
            let (reading, _) = conversion(data_type, &everything).unwrap();
            assert!(crate::convert::ColumnCodec::new(data_type, reading).is_ok(), "{data_type}");
        }
    }
}
