use super::*;
use crate::mapping::{Range, TextCensus};

fn facts(declared_type: &str) -> ColumnFacts<'_> {
    ColumnFacts {
        declared_type,
        affinity: Affinity::of(Some(declared_type), false),
        rowid_alias: false,
        json_checked: false,
        indexed: false,
    }
}

fn integers(min: i64, max: i64) -> ColumnCensus {
    ColumnCensus {
        integers: 2,
        integer_range: Some(Range { min, max }),
        integers_not_boolean: 2,
        ..ColumnCensus::default()
    }
}

fn texts(count: u64, text: TextCensus) -> ColumnCensus {
    ColumnCensus { texts: count, text, ..ColumnCensus::default() }
}

#[test]
fn a_small_integer_with_large_cells_becomes_wide_enough() {
    let choice = choose(facts("SMALLINT"), &integers(1, 70_000));
    assert_eq!(choice.data_type, PgType::Integer);
    assert_eq!(choice.verdict, Verdict::Widened);
}

#[test]
fn a_boolean_that_holds_2_becomes_a_number() {
    let choice = choose(facts("BOOLEAN"), &integers(0, 2));
    assert_eq!((choice.data_type, choice.verdict), (PgType::BigInt, Verdict::LeftFamily));
    assert_eq!(choice.wanted, Some(PgType::Boolean));
}

#[test]
fn a_number_that_holds_words_becomes_text() {
    let census = ColumnCensus { texts: 1, ..integers(1, 5) };
    let choice = choose(facts("INTEGER"), &census);
    assert_eq!((choice.data_type, choice.verdict), (PgType::Text, Verdict::LeftFamily));
    assert_eq!(choice.because, "declared INTEGER, but it holds 1 text, 2 whole numbers");
}

#[test]
fn a_text_longer_than_declared_becomes_text() {
    let census = texts(3, TextCensus { longest_chars: 6, ..TextCensus::default() });
    assert_eq!(choose(facts("VARCHAR(3)"), &census).data_type, PgType::Text);
    assert_eq!(choose(facts("VARCHAR(6)"), &census).data_type, PgType::Varchar(6));
}

#[test]
fn a_text_with_a_nul_byte_becomes_bytes() {
    let census = texts(3, TextCensus { with_nul: 1, ..TextCensus::default() });
    let choice = choose(facts("TEXT"), &census);
    assert_eq!((choice.data_type, choice.verdict), (PgType::Bytea, Verdict::LeftFamily));
}

#[test]
fn a_decimal_that_would_be_rounded_keeps_all_digits() {
    let census = ColumnCensus {
        reals: 1,
        real_range: Some(Range { min: 12.345, max: 12.345 }),
        integer_digits: 2,
        fraction_digits: 3,
        ..ColumnCensus::default()
    };
    assert_eq!(choose(facts("DECIMAL(10,2)"), &census).data_type, PgType::Numeric(None));
    assert_eq!(choose(facts("DECIMAL(10,3)"), &census).data_type, PgType::Numeric(Some((10, 3))));
}

#[test]
fn moments_without_offset_are_never_given_one() {
    let naive = texts(2, TextCensus { timestamp: 1, date: 1, ..TextCensus::default() });
    assert_eq!(choose(facts("DATETIME"), &naive).data_type, PgType::Timestamp);
    let mixed = texts(2, TextCensus { timestamp: 1, timestamp_offset: 1, ..TextCensus::default() });
    assert_eq!(choose(facts("DATETIME"), &mixed).data_type, PgType::Text);
    let offset = texts(2, TextCensus { timestamp_offset: 2, ..TextCensus::default() });
    assert_eq!(choose(facts("DATETIME"), &offset).data_type, PgType::TimestampTz);
}

#[test]
fn milliseconds_in_a_datetime_are_read_as_such_only_when_all_are() {
    let choice = choose(facts("DATETIME"), &integers(1_704_164_645_000, 1_704_164_645_999));
    assert_eq!((choice.data_type, choice.reading), (PgType::Timestamp, Reading::UnixMillis));
    let with_zero = choose(facts("DATETIME"), &integers(0, 1_704_164_645_999));
    assert_eq!(with_zero.data_type, PgType::BigInt);
}

#[test]
fn json_keeps_its_bytes_and_becomes_text_where_it_is_a_key() {
    let census = texts(1, TextCensus { json: 1, ..TextCensus::default() });
    assert_eq!(choose(facts("JSON"), &census).data_type, PgType::Json);
    assert_eq!(
        choose(ColumnFacts { indexed: true, ..facts("JSON") }, &census).data_type,
        PgType::Text
    );
    let checked = ColumnFacts { json_checked: true, ..facts("TEXT") };
    assert_eq!(choose(checked, &census).data_type, PgType::Json);
}

#[test]
fn an_untyped_column_with_blobs_and_texts_becomes_bytes_with_a_warning() {
    let census = ColumnCensus { blobs: 1, texts: 1, ..ColumnCensus::default() };
    let choice = choose(facts(""), &census);
    assert_eq!((choice.data_type, choice.verdict), (PgType::Bytea, Verdict::LeftFamily));
}

#[test]
fn whole_and_fractional_numbers_share_a_double_where_it_is_exact() {
    let census = ColumnCensus { reals: 1, ..integers(1, 5) };
    assert_eq!(choose(facts(""), &census).data_type, PgType::Double);
    let large = ColumnCensus { integers_not_double: 1, ..census };
    assert_eq!(choose(facts(""), &large).data_type, PgType::Numeric(None));
}

#[test]
fn a_column_without_values_has_the_declared_type() {
    let empty = ColumnCensus::default();
    assert_eq!(choose(facts("DECIMAL(10,2)"), &empty).data_type, PgType::Numeric(Some((10, 2))));
    assert_eq!(choose(facts(""), &empty).data_type, PgType::Text);
}

#[test]
fn a_reading_under_which_the_cells_would_fit_is_named() {
    let nul = texts(3, TextCensus { with_nul: 1, ..TextCensus::default() });
    assert_eq!(choose(facts("TEXT"), &nul).remedy, Some((PgType::Text, Reading::StripNul)));
    let invalid = texts(3, TextCensus { invalid_utf8: 1, ..TextCensus::default() });
    assert_eq!(
        choose(facts("TEXT"), &invalid).remedy,
        Some((PgType::Text, Reading::ReplaceInvalid))
    );
    let flags = choose(facts("BOOLEAN"), &integers(0, 2)).remedy;
    assert_eq!(flags, Some((PgType::Boolean, Reading::NonzeroTrue)));
    let gaps = texts(2, TextCensus { empty: 1, timestamp: 1, ..TextCensus::default() });
    assert_eq!(
        choose(facts("DATETIME"), &gaps).remedy,
        Some((PgType::Timestamp, Reading::EmptyNull))
    );
}
