use super::*;
use proptest::prelude::*;

fn plain(value: ValueRef<'_>, data_type: PgType, text: &str) -> bool {
    same(value, data_type, Reading::Plain, Some(text.as_bytes()))
}

fn text(value: &str) -> ValueRef<'_> {
    ValueRef::Text(value.as_bytes())
}

/// One cell of each type, what PostgreSQL prints for it, and what it prints for another value.
fn samples() -> Vec<(ValueRef<'static>, PgType, &'static str, &'static str)> {
    vec![
        (ValueRef::Integer(1), PgType::Boolean, "t", "f"),
        (ValueRef::Integer(-7), PgType::SmallInt, "-7", "-8"),
        (ValueRef::Integer(7), PgType::Integer, "7", "70"),
        (ValueRef::Integer(i64::MIN), PgType::BigInt, "-9223372036854775808", "0"),
        (ValueRef::Real(0.1), PgType::Double, "0.1", "0.10000000000000002"),
        (ValueRef::Real(12.5), PgType::Numeric(None), "12.5", "12.51"),
        (text("12.50"), PgType::Numeric(Some((10, 2))), "12.50", "12.05"),
        (text("abc"), PgType::Text, "abc", "abd"),
        (text("é"), PgType::Varchar(3), "é", "e"),
        (ValueRef::Blob(b"\x00\xff"), PgType::Bytea, "\\x00ff", "\\x00fe"),
        (text("2024-02-29"), PgType::Date, "2024-02-29", "2024-03-01"),
        (text("10:11"), PgType::Time, "10:11:00", "10:11:00.000001"),
        (
            text("2024-01-02T03:04:05.5"),
            PgType::Timestamp,
            "2024-01-02 03:04:05.5",
            "2024-01-02 03:04:05",
        ),
        (
            text("2024-01-02T03:04:05+02:00"),
            PgType::TimestampTz,
            "2024-01-02 01:04:05+00",
            "2024-01-02 03:04:05+00",
        ),
        (text("{\"a\": 1}"), PgType::Json, "{\"a\": 1}", "{\"a\":1}"),
        (text("{\"b\":1.0,\"a\":2}"), PgType::Jsonb, "{\"a\": 2, \"b\": 1.0}", "{\"a\": 2}"),
        (
            text("{550E8400-e29b-41d4-a716-446655440000}"),
            PgType::Uuid,
            "550e8400-e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-446655440001",
        ),
    ]
}

#[test]
fn for_every_type_the_copy_is_same_and_a_changed_copy_is_not() {
    for (value, data_type, copied, changed) in samples() {
        assert!(plain(value, data_type, copied), "{data_type}");
        assert!(!plain(value, data_type, changed), "{data_type}");
        assert!(!same(value, data_type, Reading::Plain, None), "{data_type}");
        assert!(!plain(ValueRef::Null, data_type, copied), "{data_type}");
        assert!(same(ValueRef::Null, data_type, Reading::Plain, None), "{data_type}");
    }
}

#[test]
fn a_negative_zero_and_the_infinities_are_kept_apart() {
    assert!(plain(ValueRef::Real(-0.0), PgType::Double, "-0"));
    assert!(!plain(ValueRef::Real(-0.0), PgType::Double, "0"));
    assert!(!plain(ValueRef::Real(0.0), PgType::Double, "-0"));
    assert!(!plain(ValueRef::Real(-0.0), PgType::Numeric(None), "0"));
    assert!(plain(ValueRef::Real(f64::INFINITY), PgType::Double, "Infinity"));
    assert!(!plain(ValueRef::Real(f64::INFINITY), PgType::Double, "-Infinity"));
    assert!(plain(text("NaN"), PgType::Double, "NaN"));
}

#[test]
fn an_integer_that_no_double_holds_does_not_pass_as_one() {
    assert!(plain(ValueRef::Integer(1 << 53), PgType::Double, "9007199254740992"));
    assert!(!plain(ValueRef::Integer((1 << 53) + 1), PgType::Double, "9007199254740992"));
}

#[test]
fn a_number_in_a_text_column_keeps_its_own_spelling() {
    assert!(plain(ValueRef::Integer(7), PgType::Text, "7"));
    assert!(plain(ValueRef::Real(7.0), PgType::Text, "7.0"));
    assert!(!plain(ValueRef::Real(7.0), PgType::Text, "7"));
    assert!(plain(ValueRef::Real(1e15), PgType::Text, "1.0e+15"));
    assert!(plain(ValueRef::Real(-1.5e-7), PgType::Text, "-1.5e-07"));
    assert!(plain(ValueRef::Real(123_456_789_012_345.6), PgType::Text, "123456789012345.6"));
    assert!(plain(ValueRef::Real(0.0001), PgType::Text, "0.0001"));
    assert!(plain(ValueRef::Real(f64::NEG_INFINITY), PgType::Text, "-Inf"));
    assert!(!plain(text("007"), PgType::Text, "7"));
    assert!(!plain(text(""), PgType::Text, " "));
}

#[test]
fn booleans_follow_the_reading() {
    assert!(plain(text("TRUE"), PgType::Boolean, "t"));
    assert!(plain(text("off"), PgType::Boolean, "f"));
    assert!(!plain(ValueRef::Integer(2), PgType::Boolean, "t"));
    assert!(same(ValueRef::Integer(2), PgType::Boolean, Reading::NonzeroTrue, Some(b"t")));
    assert!(same(ValueRef::Integer(0), PgType::Boolean, Reading::NonzeroTrue, Some(b"f")));
}

#[test]
fn an_empty_text_is_null_only_when_read_so() {
    assert!(same(text(""), PgType::Integer, Reading::EmptyNull, None));
    assert!(!same(text(""), PgType::Integer, Reading::Plain, None));
    assert!(!same(text("x"), PgType::Text, Reading::EmptyNull, None));
}

#[test]
fn repaired_texts_are_compared_after_the_repair() {
    let damaged = ValueRef::Text(b"a\xffb");
    assert!(same(damaged, PgType::Text, Reading::Latin1, Some("a\u{ff}b".as_bytes())));
    assert!(same(damaged, PgType::Text, Reading::ReplaceInvalid, Some("a\u{fffd}b".as_bytes())));
    assert!(same(ValueRef::Text(b"a\0b"), PgType::Text, Reading::StripNul, Some(b"ab")));
    assert!(!same(ValueRef::Text(b"a\0b"), PgType::Text, Reading::Plain, Some(b"ab")));
}

#[test]
fn numbers_are_read_as_times_by_their_unit() {
    let expected = Some(b"2023-11-14 22:13:20.125".as_slice());
    let cases = [
        (ValueRef::Real(1_700_000_000.125), Reading::UnixSeconds),
        (ValueRef::Integer(1_700_000_000_125), Reading::UnixMillis),
        (ValueRef::Integer(1_700_000_000_125_000), Reading::UnixMicros),
        (ValueRef::Real(2_460_263.425_927_372_7), Reading::JulianDay),
    ];
    for (value, reading) in cases {
        assert!(same(value, PgType::Timestamp, reading, expected), "{reading}");
        assert!(!same(value, PgType::Timestamp, Reading::Plain, expected), "{reading}");
    }
    let noon = Some(b"2000-01-01 12:00:00".as_slice());
    assert!(same(ValueRef::Integer(2_451_545), PgType::Timestamp, Reading::JulianDay, noon));
    assert!(same(
        ValueRef::Integer(-1),
        PgType::TimestampTz,
        Reading::UnixSeconds,
        Some(b"1969-12-31 23:59:59+00")
    ));
}

#[test]
fn a_date_becomes_midnight_and_a_time_of_day_is_not_dropped() {
    assert!(plain(text("2024-01-02"), PgType::Timestamp, "2024-01-02 00:00:00"));
    assert!(plain(text("2024-01-02T00:00:00"), PgType::Date, "2024-01-02"));
    assert!(!plain(text("2024-01-02 10:00"), PgType::Date, "2024-01-02"));
}

#[test]
fn an_offset_is_neither_invented_nor_dropped() {
    let naive = text("2024-01-02 10:00");
    let printed = Some(b"2024-01-02 10:00:00+00".as_slice());
    assert!(!same(naive, PgType::TimestampTz, Reading::Plain, printed));
    assert!(same(naive, PgType::TimestampTz, Reading::NaiveUtc, printed));
    assert!(!plain(text("2024-01-02T10:00Z"), PgType::Timestamp, "2024-01-02 10:00:00"));
}

#[test]
fn a_uuid_of_bytes_equals_its_text() {
    let bytes = *b"\x55\x0e\x84\x00\xe2\x9b\x41\xd4\xa7\x16\x44\x66\x55\x44\x00\x00";
    let copied = "550e8400-e29b-41d4-a716-446655440000";
    assert!(plain(ValueRef::Blob(&bytes), PgType::Uuid, copied));
    assert!(plain(text("550e8400e29b41d4a716446655440000"), PgType::Uuid, copied));
    assert!(!plain(ValueRef::Blob(&bytes[..15]), PgType::Uuid, copied));
}

fn written(normal: &Normal<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    normal.write(&mut out);
    out
}

proptest! {
    #[test]
    fn two_doubles_are_same_only_bit_for_bit(a in any::<f64>(), b in any::<f64>()) {
        prop_assume!(!a.is_nan() && !b.is_nan());
        let printed = if b.is_infinite() {
            if b > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
        } else {
            format!("{b:e}")
        };
        prop_assert_eq!(plain(ValueRef::Real(a), PgType::Double, &printed), a.to_bits() == b.to_bits());
    }

    #[test]
    fn two_integers_are_same_only_when_equal(a in any::<i64>(), step in -1_i64..=1) {
        let b = a.wrapping_add(step);
        for data_type in [PgType::BigInt, PgType::Numeric(None), PgType::Text] {
            prop_assert_eq!(plain(ValueRef::Integer(a), data_type, &b.to_string()), step == 0);
        }
    }

    #[test]
    fn equal_bytes_and_equal_values_are_one_thing(a in "[0-9.e-]{0,6}", b in "[0-9.e-]{0,6}") {
        let numeric = PgType::Numeric(None);
        let left = of_source(ValueRef::Text(a.as_bytes()), numeric, Reading::Plain);
        let right = of_target(Some(b.as_bytes()), numeric);
        if let (Some(left), Some(right)) = (left, right) {
            prop_assert_eq!(left == right, written(&left) == written(&right));
        }
    }

    #[test]
    fn blobs_come_back_from_hexadecimal(blob in prop::collection::vec(any::<u8>(), 0..20)) {
        let hex: String = blob.iter().map(|byte| format!("{byte:02x}")).collect();
        let copied = format!("\\x{hex}");
        prop_assert!(plain(ValueRef::Blob(&blob), PgType::Bytea, &copied));
        let other = format!("\\x{hex}00");
        prop_assert!(!plain(ValueRef::Blob(&blob), PgType::Bytea, &other));
    }

    #[test]
    fn no_cell_and_no_text_panics(
        value in prop::collection::vec(any::<u8>(), 0..12),
        text in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        for (_, data_type, _, _) in samples() {
            for reading in Reading::ALL {
                let target = of_target(Some(&text), data_type);
                for cell in [ValueRef::Text(&value), ValueRef::Blob(&value)] {
                    let source = of_source(cell, data_type, reading);
                    let equal = source.is_some() && source == target;
                    prop_assert_eq!(same(cell, data_type, reading, Some(&text)), equal);
                }
            }
        }
    }
}
