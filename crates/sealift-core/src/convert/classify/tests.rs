use super::*;
use crate::convert::{ColumnCodec, Misfit, Reading};
use crate::mapping::PgType;
use proptest::prelude::*;

fn census_of(text: &[u8]) -> TextCensus {
    let mut census = TextCensus::default();
    classify_text(text, &mut census, Interest::ALL);
    census
}

fn encode(data_type: PgType, reading: Reading, value: ValueRef<'_>) -> Result<Vec<u8>, Misfit> {
    let mut out = b"before".to_vec();
    let result = ColumnCodec::new(data_type, reading).unwrap().encode(value, &mut out);
    let field = out.split_off(6);
    assert_eq!(out, b"before");
    assert!(result.is_ok() || field.is_empty(), "a misfit left bytes behind");
    result.map(|()| field)
}

/// Texts close to every form, so that both sides of each border are met.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[-]?[0-9]{0,21}(\\.[0-9]{0,4})?([eE][+-]?[0-9]{1,6})?".prop_map(String::into_bytes),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]".prop_map(String::into_bytes),
        "[012][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{0,6}[0]{0,2}[0-9]{0,2})?)?"
            .prop_map(String::into_bytes),
        "(19|20|00)[0-9]{2}-0[0-9]-[0-2][0-9][ T](00:00|[012][0-9]:[0-5][0-9])(:[0-5][0-9](\\.[0-9]{1,8})?)?(Z|[+-][01][0-9](:[0-6][0-9])?)?"
            .prop_map(String::into_bytes),
        "(?i:t|f|true|false|y|n|yes|no|on|off|1|0|tru| t)".prop_map(String::into_bytes),
        r#"[ \[\]{}":,0-9a-z\\.eE+-]{0,16}"#.prop_map(String::into_bytes),
        r#"\{("a":(1|\[\]|"x"),)?"(a|b)": ?("\\u0000"|"\\ud83d\\ude00"|"\\ud800"|null|1e200000|-0\.50)\}"#
            .prop_map(String::into_bytes),
        r"\{?[0-9a-fA-F]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?"
            .prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..12),
        ".{0,12}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_counted_form_encodes_and_nothing_else_does(text in texts()) {
        let census = census_of(&text);
        let fits = |data_type, reading| {
            encode(data_type, reading, ValueRef::Text(&text)).is_ok()
        };
        let is = |count: WideCount| count == 1;
        let plain = Reading::Plain;

        prop_assert_eq!(fits(PgType::Boolean, plain), is(census.boolean));
        prop_assert_eq!(fits(PgType::BigInt, plain), is(census.integer));
        let special = matches!(text.as_slice(), b"NaN" | b"Infinity" | b"-Infinity");
        prop_assert_eq!(fits(PgType::Numeric(None), plain), is(census.decimal) || special);
        prop_assert_eq!(fits(PgType::Time, plain), is(census.time));
        prop_assert_eq!(
            fits(PgType::Timestamp, plain),
            is(census.date) || is(census.timestamp)
        );
        prop_assert_eq!(fits(PgType::TimestampTz, plain), is(census.timestamp_offset));
        prop_assert_eq!(
            fits(PgType::TimestampTz, Reading::NaiveUtc),
            is(census.date) || is(census.timestamp) || is(census.timestamp_offset)
        );
        if is(census.date) {
            prop_assert!(fits(PgType::Date, plain));
        }
        let too_precise = Err(Misfit::TooPrecise);
        let moments = [PgType::Time, PgType::Timestamp, PgType::TimestampTz];
        prop_assert_eq!(
            moments.iter().any(|t| encode(*t, plain, ValueRef::Text(&text)) == too_precise),
            is(census.too_precise)
        );
        prop_assert_eq!(fits(PgType::Json, plain), is(census.json));
        prop_assert_eq!(
            fits(PgType::Jsonb, plain),
            is(census.json) && !is(census.json_not_jsonb)
        );
        prop_assert_eq!(fits(PgType::Uuid, plain), is(census.uuid));
        prop_assert_eq!(
            fits(PgType::Text, plain),
            !is(census.invalid_utf8) && !is(census.with_nul)
        );
        prop_assert!(fits(PgType::Bytea, plain));
    }

    #[test]
    fn the_census_of_numbers_agrees_with_the_codecs(
        integer in prop_oneof![any::<i64>(), -3..3_i64, Just(i64::MIN), Just(1_i64 << 53)],
        real in prop_oneof![any::<f64>(), (-1000..1000_i32).prop_map(f64::from), Just(-0.0)],
    ) {
        let mut census = ColumnCensus::default();
        record(&mut census, ValueRef::Integer(integer), Interest::ALL);
        let fits = |data_type| encode(data_type, Reading::Plain, ValueRef::Integer(integer)).is_ok();
        prop_assert_eq!(fits(PgType::Boolean), census.integers_not_boolean == 0);
        prop_assert_eq!(fits(PgType::Double), census.integers_not_double == 0);
        if !real.is_nan() {
            let mut census = ColumnCensus::default();
            record(&mut census, ValueRef::Real(real), Interest::ALL);
            let fits = |data_type| encode(data_type, Reading::Plain, ValueRef::Real(real)).is_ok();
            let signed_zero = census.reals_negative_zero == 1;
            prop_assert_eq!(fits(PgType::BigInt), census.reals_whole == 1 && !signed_zero);
            prop_assert_eq!(fits(PgType::Numeric(None)), !signed_zero);
            let scale = u16::try_from(census.fraction_digits).unwrap();
            let precision = u16::try_from(census.integer_digits).unwrap() + scale;
            if (1..=1000).contains(&precision) {
                let bounded = PgType::Numeric(Some((precision, scale)));
                prop_assert_eq!(fits(bounded), real.is_finite() && !signed_zero);
            }
        }
    }

    #[test]
    fn censuses_of_parts_add_up_to_the_census_of_the_whole(
        texts in prop::collection::vec(texts(), 0..8),
        numbers in prop::collection::vec((any::<i64>(), -1e9..1e9_f64), 0..4),
        cut in 0..4_usize,
    ) {
        let mut values: Vec<ValueRef<'_>> = texts.iter().map(|text| ValueRef::Text(text)).collect();
        for (integer, real) in &numbers {
            values.extend([ValueRef::Null, ValueRef::Integer(*integer), ValueRef::Real(*real)]);
        }
        values.extend(texts.iter().map(|text| ValueRef::Blob(text)));
        let census = |values: &[ValueRef<'_>]| {
            let mut census = ColumnCensus::default();
            for value in values {
                record(&mut census, *value, Interest::ALL);
            }
            census
        };
        let (head, tail) = values.split_at(values.len() * cut / 4);
        let mut sum = census(head);
        sum.merge(&census(tail));
        prop_assert_eq!(sum, census(&values));
    }
}

#[test]
fn a_column_declared_as_text_is_not_searched_for_forms() {
    assert_eq!(Interest::of("TEXT", Affinity::Text), Interest::BYTES);
    assert_eq!(Interest::of("varchar(36)", Affinity::Text), Interest::UUID);
    assert_eq!(Interest::of("JSON_TEXT", Affinity::Text), Interest::JSON);
    assert_eq!(Interest::of("", Affinity::Blob), Interest::ALL);
    assert_eq!(Interest::of("DATETIME", Affinity::Numeric), Interest::ALL);
}

#[test]
fn the_longest_text_is_counted_in_characters() {
    let mut census = TextCensus::default();
    for text in ["ééé", "abcd", "éééé"] {
        classify_text(text.as_bytes(), &mut census, Interest::BYTES);
    }
    assert_eq!(census.longest_chars, 4);
}

#[test]
fn digits_are_those_that_numeric_needs() {
    let mut census = ColumnCensus::default();
    record(&mut census, ValueRef::Integer(-1234), Interest::ALL);
    record(&mut census, ValueRef::Real(0.125), Interest::ALL);
    record(&mut census, ValueRef::Text(b"12345.67000"), Interest::ALL);
    assert_eq!((census.integer_digits, census.fraction_digits), (5, 3));
}
